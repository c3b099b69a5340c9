/* play.c - the folder, the environment, starting and waiting. */
#include "config.h"

#include "play.h"

#include "glass.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef SANDGATE_SANITIZERS
enum { SLOWNESS = 4 };
#else
enum { SLOWNESS = 1 };
#endif

enum { PATIENCE = 60000 * SLOWNESS, TICK = 20 };

/* ---- the environment ----------------------------------------------------------------------------------- */

/* Where the variable NAME is in the environment, or its end. */
static size_t find_variable(const struct play *play, const char *name)
{
    size_t length = strlen(name), i = 0;
    while (play->environment[i] &&
           (strncmp(play->environment[i], name, length) != 0 || play->environment[i][length] != '='))
        i++;
    return i;
}

void play_set(struct play *play, const char *name, const char *value)
{
    size_t i = find_variable(play, name);
    if (i == ENVIRONMENT)
        bug("a play has more than %d variables", ENVIRONMENT);
    free(play->environment[i]);
    play->environment[i] = xasprintf("%s=%s", name, value);
}

const char *play_get(const struct play *play, const char *name)
{
    const char *variable = play->environment[find_variable(play, name)];
    return variable ? variable + strlen(name) + 1 : "";
}

/* A folder of the play, and the variable that names it. */
static bool make_folder(struct play *play, const char *name, const char *variable, struct error *error)
{
    char *path = path_join(play->folder, name);
    bool made = path_make_folders(path, error);
    if (made && variable)
        play_set(play, variable, path);
    free(path);
    return made;
}

static bool make_folders(struct play *play, struct error *error)
{
    static const char *const rows[][2] = {
        { "home", "HOME" },
        { "home/.config", "XDG_CONFIG_HOME" },
        { "home/.local/share", "XDG_DATA_HOME" },
        { "home/.local/state", "XDG_STATE_HOME" },
        { "home/.cache", "XDG_CACHE_HOME" },
        { "run", "XDG_RUNTIME_DIR" },
        { "tmp", "TMPDIR" },
        { "work", NULL },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (!make_folder(play, rows[i][0], rows[i][1], error))
            return false;
    play->work = path_join(play->folder, "work");
    return true;
}

static const char *variable_or(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

/* Sanitizers write into files of the play: on the screen their reports would be drawn over. */
static void set_sanitizers(struct play *play)
{
    static const char *const names[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *value = xasprintf("%s:log_path=%s/report", variable_or(names[i], "color=never"), play->folder);
        play_set(play, names[i], value);
        free(value);
    }
}

/* Words for command lines: $SCRIPTED is the recorded model with the play's own script, $QUICK a card that takes
 * the focus and keys at once. */
static void set_options(struct play *play)
{
    const char *backend = variable_or("SANDGATE_SCREEN_BACKEND", "bubblewrap");
    char *scripted =
        xasprintf("--set model.provider=replay --set model.script=%s/script.jsonl", play->folder);
    char *quick = xasprintf("--backend %s --set approval.focus_wait=0 --set approval.key_guard=0", backend);
    play_set(play, "SCRIPTED", scripted);
    play_set(play, "QUICK", quick);
    play_set(play, "SANDGATE_REPLAY_SPEED", "0");
    free(scripted);
    free(quick);
}

/* Where another backend than the embedded one is found (tests/screen/modal.sh). */
static void set_backend(struct play *play)
{
    static const char *const names[] = { "MODAL_SERVER_URL", "MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET",
                                         "SSL_CERT_FILE" };

    if (!*variable_or("SANDGATE_SCREEN_BACKEND", ""))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        play_set(play, names[i], variable_or(names[i], ""));
}

static void set_environment(struct play *play)
{
    static const char *const rows[][2] = {
        { "TERM", "xterm-256color" }, { "LANG", "C.UTF-8" }, { "TZ", "UTC" },
        { "SHELL", "/bin/sh" },       { "USER", "person" },  { "PS1", "$ " },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        play_set(play, rows[i][0], rows[i][1]);
    const char *build = variable_or("SANDGATE_BUILD", SANDGATE_BUILD_FOLDER);
    char *path = xasprintf("%s:%s", build, variable_or("PATH", "/usr/bin:/bin"));
    play_set(play, "PATH", path);
    play_set(play, "SANDGATE_BUILD", build);
    play_set(play, "SANDGATE_SOURCE", variable_or("SANDGATE_SOURCE", SANDGATE_SOURCE_FOLDER));
    free(path);
    set_sanitizers(play);
    set_options(play);
    set_backend(play);
}

/* ---- beginning and end --------------------------------------------------------------------------------- */

bool play_init(struct play *play, const struct script *script, struct error *error)
{
    *play = (struct play){ .script = script,
                           .rows = DEFAULT_ROWS,
                           .columns = DEFAULT_COLUMNS,
                           .patience = PATIENCE,
                           .out = stdout };
    char *pattern = xasprintf("%s/sandgate-screen-XXXXXX", variable_or("TMPDIR", "/tmp"));
    play->folder = mkdtemp(pattern);
    if (!play->folder) {
        error_set_errno(error, errno, "no folder for the play at %s", pattern);
        free(pattern);
        return false;
    }
    set_environment(play);
    return make_folders(play, error);
}

static void end_model(struct play *play)
{
    if (play->model <= 0)
        return;
    kill(play->model, SIGKILL);
    waitpid(play->model, NULL, 0);
}

void play_release(struct play *play, bool keep)
{
    glass_free(play->glass);
    end_model(play);
    if (play->folder && !keep)
        path_remove_tree(play->folder, NULL);
    for (size_t i = 0; play->environment[i]; i++)
        free(play->environment[i]);
    free(play->command);
    free(play->folder);
    free(play->work);
    free(play->skipped);
}

bool play_start(struct play *play, const char *command, struct error *error)
{
    char *copy = xstrdup(command);
    free(play->command);
    play->command = copy;
    glass_free(play->glass);
    play->glass = glass_start(copy, play->environment, play->work, play->rows, play->columns, error);
    return play->glass != NULL;
}

/* ---- shell commands ------------------------------------------------------------------------------------ */

static pid_t start_shell(struct play *play, const char *command, const char *log)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int output = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600), input = open("/dev/null", O_RDONLY);
    dup2(input, 0);
    dup2(output, 1);
    dup2(output, 2);
    setpgid(0, 0);
    if (chdir(play->work) == 0)
        execle("/bin/sh", "sh", "-c", command, (char *)NULL, play->environment);
    _exit(127);
}

/* Waits for PID while the program goes on; its status, -1 when it took too long and was killed. */
static int wait_for_shell(struct play *play, pid_t pid)
{
    int64_t end = clock_steady() + play->patience;
    int status;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_steady() > end) {
            kill(-pid, SIGKILL);
            waitpid(pid, &status, 0);
            return -1;
        }
        if (!play->glass || !glass_turn(play->glass, TICK))
            usleep(1000);
    }
    return status;
}

bool play_run(struct play *play, const char *command, struct buffer *output)
{
    char *log = path_join(play->folder, "run.log");
    pid_t pid = start_shell(play, command, log);
    int status = pid < 0 ? -1 : wait_for_shell(play, pid);
    path_read_file(log, output, NULL);
    free(log);
    return status == 0;
}

/* ---- waiting ------------------------------------------------------------------------------------------- */

bool play_until(struct play *play, int patience, bool (*holds)(struct play *play, const void *what),
                const void *what)
{
    int64_t end = clock_steady() + patience;
    while (!holds(play, what)) {
        int64_t left = end - clock_steady();
        if (left <= 0)
            return false;
        if (glass_has_ended(play->glass))
            return false; /* nothing will change any more */
        glass_turn(play->glass, left < TICK ? (int)left : TICK);
    }
    return true;
}

static bool is_settled(struct play *play, const void *what)
{
    (void)what;
    return !glass_tells_idle(play->glass) || glass_is_idle(play->glass);
}

void play_settle(struct play *play)
{
    play_until(play, play->patience, is_settled, NULL);
    while (glass_turn(play->glass, 0)) /* what it drew before it said so */
        ;
}

/* ---- what is shown ------------------------------------------------------------------------------------- */

void play_screen(const struct play *play, struct buffer *out)
{
    for (int row = 0; row < glass_rows(play->glass); row++) {
        glass_row(play->glass, row, out);
        buffer_append_byte(out, '\n');
    }
}

static void append_remarks(struct buffer *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        buffer_append_format(out, "# %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

void play_reports(const struct play *play, struct buffer *out)
{
    char *pattern = xasprintf("%s/report*", play->folder);
    glob_t found = { 0 };
    glob(pattern, 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct buffer report = BUFFER_INIT;
        path_read_file(found.gl_pathv[i], &report, NULL);
        append_remarks(out, report.data);
        buffer_release(&report);
    }
    globfree(&found);
    free(pattern);
}
