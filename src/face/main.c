/* main.c - the table of subcommands. `sandgate` alone is the workbench. */
#include "config.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "face/audit.h"
#include "face/faces.h"
#include "face/modal.h"
#include "face/policy.h"
#include "face/pull.h"
#include "face/sandbox.h"
#include "face/sessions.h"
#include "face/show_config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct face workbench = {
    .usage = "sandgate [OPTION ...] [DIR]",
    .help = "A terminal workbench for agents that act in sandboxes. DIR (default: the current directory) is "
            "copied\n"
            "into a sandbox; a model works there; you decide what runs.",
    .options = session_options,
    .takes_settings = true,
    .run = face_workbench,
};

static const struct face faces[] = {
    { "demo", "sandgate demo", "The tutorial with a recorded model: no account, no key, no network.", NULL,
      true, face_demo },
    { "run", "sandgate run [OPTION ...] [-p PROMPT | -]", "The same session without a screen.", run_options,
      true, face_run },
    { "pull", "sandgate pull [ID]", "Brings back what a session changed in its sandbox, as you choose.",
      .plain = face_pull },
    { "sandbox", "sandgate sandbox VERB ...", "Makes, lists and uses Modal Sandboxes.",
      .plain = face_sandbox },
    { "sessions", "sandgate sessions VERB ...", "Lists, shows, exports, verifies and deletes sessions.",
      .plain = face_sessions },
    { "modal", "sandgate modal VERB ...", "The account at Modal: login, secrets, volumes, published images.",
      .plain = face_modal },
    { "doctor", "sandgate doctor [OPTION ...] [DIR]",
      "Checks everything that a session needs, and what a sandbox keeps out.", doctor_options, true,
      face_doctor },
    { "policy", "sandgate policy VERB ...", "Judges commands by the rules in force, checks and lists rules.",
      .plain = face_policy },
    { "audit", "sandgate audit [OPTION ...]",
      "What ran, what was refused and what was edited, over all sessions.", .plain = face_audit },
    { "config", "sandgate config [VERB]", "Shows every option with its value and where it came from.",
      .plain = face_config },
};

static const struct face *find_face(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(faces); i++)
        if (strcmp(faces[i].name, name) == 0)
            return &faces[i];
    return NULL;
}

static void print_faces(void)
{
    puts("\nsubcommands (each has --help):");
    for (size_t i = 0; i < ARRAY_SIZE(faces); i++)
        printf("  %-12s %s\n", faces[i].name, faces[i].help);
}

/* Faces that read their own command line leave --version to this. */
static bool asks_version(int argc, char **argv)
{
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--version") == 0)
            return true;
    return false;
}

static int run(const struct face *face, int argc, char **argv)
{
    if (!face)
        return workbench.run(argc, argv, &workbench);
    if (face->plain && asks_version(argc, argv)) {
        puts(PACKAGE_STRING);
        return 0;
    }
    return face->plain ? face->plain(argc - 1, argv + 1) : face->run(argc - 1, argv + 1, face);
}

/* We may be started without some of them: what we open must not get the number of one. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(1);
}

int main(int argc, char **argv)
{
    const struct face *face = argc > 1 ? find_face(argv[1]) : NULL;

    hold_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    memory_setup();
    utf8_set_locale();
    log_open();
    int code = run(face, argc, argv);
    if (!face && argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        print_faces();
    log_close();
    return code;
}
