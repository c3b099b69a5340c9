/* workbench_face.c - `sandgate [DIR]` and `sandgate demo`: a session and its screen. */
#include "face/faces.h"
#include "face/setup.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "store/store.h"
#include "ui/workbench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HISTORY = 1000 };

#define DEMO_TASK                                                                                            \
    "Explore /repo, read each file, tell me what it does, how it is structured, and whether the tests look " \
    "correct."

const struct face_option session_options[] = {
    { "continue", 'c', NULL, "Goes on with the newest session of this folder." },
    { "resume", 'r', "ID", "Goes on with the session ID (its first characters do)." },
    { 0 },
};

struct work {
    struct setup *setup;
    struct workbench *workbench;
    char *words; /* what became of the sandbox; NULL: not known */
    bool ending;
};

static void left(void *data, const char *words)
{
    struct work *work = data;

    work->words = xstrdup(words);
    loop_stop(work->setup->loop);
}

/* The sandbox is left first, in the background; asked again, the person will not wait for it. */
static void ended(void *data, enum session_quit how)
{
    struct work *work = data;

    if (work->ending) {
        loop_stop(work->setup->loop);
        return;
    }
    work->ending = true;
    session_leave(work->setup->session, how, left, work);
}

static void hung_up(void *data, int signal)
{
    (void)signal;
    ended(data, QUIT_AS_CONFIGURED);
}

static void sent(void *data, const char *text)
{
    store_history_add(((struct work *)data)->setup->store, text);
}

static bool add_history(void *data, const char *text)
{
    workbench_add_history(data, text);
    return true;
}

static void say_end(const struct setup *setup, const char *words, const char *id)
{
    struct session_life life;
    struct buffer safe = BUFFER_INIT;

    session_life(setup->session, &life);
    if (!words)
        words = life.can_keep
                    ? "The sandbox was not waited for: it may still run until its time-out. `sandgate "
                      "--continue` comes back to it, `sandgate sandbox stop` ends it."
                    : "The sandbox is closed; the session is kept.";
    visible_text(&safe, words, strlen(words));
    printf("%s\n"
           "  sandgate --resume %s   goes on with it\n"
           "  sandgate pull %s       brings its changes back\n",
           safe.data, id, id);
    buffer_release(&safe);
}

/* Runs the screen until the person leaves. */
static int show(struct setup *setup, const char *draft, bool pin_mode, struct error *error)
{
    struct work work = { .setup = setup };
    struct workbench_setup screen = {
        .loop = setup->loop, .conf = setup->conf, .draft = draft, .sent = sent, .ended = ended, .data = &work
    };
    char id[SESSION_ID_TEXT];

    if (!setup_session(setup, pin_mode, NULL, NULL, error))
        return EXIT_USAGE;
    struct workbench *workbench = workbench_new(&screen, error);
    if (!workbench)
        return EXIT_INTERNAL;
    workbench_attach(workbench, setup->session);
    setup_signal(setup, SIGTERM, hung_up, &work);
    setup_signal(setup, SIGHUP, hung_up, &work);
    loop_turn(setup->loop, 0); /* the first picture need not wait for the disk */
    store_history(setup->store, HISTORY, add_history, workbench, NULL);
    loop_run(setup->loop);
    snprintf(id, sizeof id, "%s", session_id(setup->session));
    workbench_free(workbench);
    say_end(setup, work.words, id);
    free(work.words);
    return EXIT_FINE;
}

static int fail(struct error *error, int code)
{
    fprintf(stderr, "sandgate: %s.\n", error_message(error));
    error_clear(error);
    return code;
}

/* What the project's file asks for and may not do by itself is put in force only by the person's word for
 * exactly this file; anything but y leaves it out. */
static bool ask_trust(struct conf *conf, const char *folder, struct error *error)
{
    const char *const *waiting = conf_waiting(conf);
    struct buffer list = BUFFER_INIT;
    char answer[16] = "";

    if (!waiting[0])
        return true;
    buffer_append_format(
        &list, "%s/.sandgate.yaml asks for settings that a project may not make by itself:\n", folder);
    for (size_t i = 0; waiting[i]; i++)
        buffer_append_format(&list, "  %s\n", waiting[i]);
    struct buffer safe = BUFFER_INIT;
    visible_text(&safe, list.data, list.length);
    fputs(safe.data, stderr);
    buffer_release(&list);
    buffer_release(&safe);
    fputs("Trust this file as it is now? [y/N] ", stderr);
    if (!isatty(STDIN_FILENO) || !fgets(answer, sizeof answer, stdin) ||
        (answer[0] != 'y' && answer[0] != 'Y')) {
        fputs("They are left out.\n", stderr);
        return true;
    }
    return conf_trust(conf, error);
}

int face_workbench(int argc, char **argv, const struct face *face)
{
    struct setup setup = { 0 };
    struct error error = ERROR_INIT;
    struct arguments arguments;
    int code = EXIT_USAGE;

    if (!arguments_read(&arguments, argc, argv, face, &code))
        return code;
    const char *resume =
        arguments_value(&arguments, face, "continue") ? "" : arguments_value(&arguments, face, "resume");
    if (arguments.word_count > 1)
        error_set(&error, "\"%s\" is one word too many; sandgate takes one folder", arguments.words[1]);
    else if (setup_conf(&setup, arguments.words[0], &arguments, &error) &&
             ask_trust(setup.conf, setup.folder, &error) && setup_store(&setup, &error) &&
             (!resume || setup_resume(&setup, resume, &error)))
        code = show(&setup, NULL, false, &error);
    setup_release(&setup);
    arguments_release(&arguments);
    return error.message ? fail(&error, code == EXIT_FINE ? EXIT_USAGE : code) : code;
}

static bool set_demo(struct conf *conf, struct error *error)
{
    static const char *const values[][2] = { { "model.provider", "replay" },
                                             { "terminal.cwd", "/repo" },
                                             { "approval.mode", "careful" },
                                             { "terminal.network", "false" } };
    char *script = path_data_file("contrib/demo/demo.jsonl");
    bool fine = conf_set_flag(conf, "model.script", script, error);

    for (size_t i = 0; fine && i < ARRAY_SIZE(values); i++)
        fine = conf_set_flag(conf, values[i][0], values[i][1], error);
    free(script);
    return fine;
}

int face_demo(int argc, char **argv, const struct face *face)
{
    struct setup setup = { 0 };
    struct error error = ERROR_INIT;
    struct arguments arguments;
    int code = EXIT_USAGE;

    if (!arguments_read(&arguments, argc, argv, face, &code))
        return code;
    char *repository = path_demo();
    if (arguments.word_count > 0)
        error_set(&error, "The demo takes no folder: it has its own");
    else if (setup_conf(&setup, repository, &arguments, &error) && set_demo(setup.conf, &error) &&
             setup_store(&setup, &error))
        code = show(&setup, DEMO_TASK, true, &error);
    free(repository);
    setup_release(&setup);
    arguments_release(&arguments);
    return error.message ? fail(&error, code == EXIT_FINE ? EXIT_USAGE : code) : code;
}
