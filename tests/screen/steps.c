/* steps.c - the table, and the steps that prepare, start and end things. */
#include "steps.h"

#include "glass.h"
#include "pattern.h"
#include "play.h"
#include "step_call.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what the step functions share ---------------------------------------------------------------------- */

char *step_text(const char *argument)
{
    size_t length = strlen(argument);
    if (length < 2 || argument[0] != '"' || argument[length - 1] != '"')
        return xstrdup(argument);
    struct buffer text = BUFFER_INIT;
    const char *end = argument + length - 1;
    for (const char *at = argument + 1; at < end; at++) {
        unsigned code;
        if (at[0] != '\\' || at + 1 == end) {
            buffer_append_byte(&text, *at);
        } else if (at[1] == 'x' && sscanf(at + 2, "%2x", &code) == 1) {
            buffer_append_byte(&text, (char)code);
            at += 3;
        } else {
            at++;
            buffer_append_byte(&text, *at == 'e' ? '\033' : *at == 'a' ? '\a' : *at == 'n' ? '\n' : *at);
        }
    }
    return buffer_detach(&text);
}

int step_signal(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } rows[] = { { "KILL", SIGKILL }, { "TERM", SIGTERM }, { "INT", SIGINT },   { "HUP", SIGHUP },
                 { "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "SEGV", SIGSEGV },
                 { "USR1", SIGUSR1 }, { "QUIT", SIGQUIT } };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].number;
    return -1;
}

void step_show_screen(struct call *call)
{
    struct buffer screen = BUFFER_INIT;
    play_screen(call->play, &screen);
    pattern_rows(call->more, screen.data, SIZE_MAX);
    buffer_release(&screen);
}

/* ---- before the program -------------------------------------------------------------------------------- */

static bool read_size(const char *argument, int *columns, int *rows)
{
    char end;
    return sscanf(argument, "%dx%d%c", columns, rows, &end) == 2 && *columns > 0 && *rows > 0;
}

static bool do_size(struct call *call)
{
    if (read_size(call->argument, &call->play->columns, &call->play->rows))
        return true;
    return error_set(call->error, "a size is COLUMNSxROWS, as 80x24");
}

static bool do_env(struct call *call)
{
    const char *equals = strchr(call->argument, '=');
    if (!equals)
        return error_set(call->error, "a variable is NAME=VALUE");
    char *name = xstrndup(call->argument, (size_t)(equals - call->argument));
    play_set(call->play, name, equals + 1);
    free(name);
    return true;
}

static bool do_timeout(struct call *call)
{
    int seconds = atoi(call->argument);
    call->play->patience = call->play->patience > seconds * 1000 ? call->play->patience : seconds * 1000;
    return seconds > 0 || error_set(call->error, "a time-out is a number of seconds");
}

static void show_output(struct buffer *more, const struct buffer *output)
{
    for (const char *at = output->data; *at;) {
        size_t length = strcspn(at, "\n");
        buffer_append_format(more, "# %.*s\n", (int)length, at);
        at += length + (at[length] == '\n');
    }
}

static bool do_run(struct call *call)
{
    struct buffer output = BUFFER_INIT;
    bool good = play_run(call->play, *call->block ? call->block : call->argument, &output);
    if (!good)
        show_output(call->more, &output);
    buffer_release(&output);
    return good || error_set(call->error, "the command failed");
}

static bool do_skip_unless(struct call *call)
{
    struct buffer output = BUFFER_INIT;
    if (!play_run(call->play, call->argument, &output))
        call->play->skipped = xasprintf("this machine fails at: %s", call->argument);
    buffer_release(&output);
    return true;
}

static bool do_file(struct call *call)
{
    char *path = path_join(call->play->work, call->argument);
    char *folder = path_folder(path);
    bool good = path_make_folders(folder, call->error) &&
                path_write_file(path, call->block, strlen(call->block), 0644, call->error);
    free(folder);
    free(path);
    return good;
}

static bool do_script(struct call *call)
{
    static const char head[] = "{\"replay\": 1, \"name\": \"scripted\"}\n";
    char *path = path_join(call->play->folder, "script.jsonl"), *whole = xasprintf("%s%s", head, call->block);
    bool good = path_write_file(path, whole, strlen(whole), 0600, call->error);
    free(whole);
    free(path);
    return good;
}

/* Starts the stand-in server on the scenario at PATH; what it says comes from the stream that is returned. Its
 * standard input is a pipe of ours: it ends when we do. */
static FILE *start_model(struct play *play, const char *path)
{
    int said[2], held[2];
    if (pipe2(said, O_CLOEXEC) != 0 || pipe2(held, O_CLOEXEC) != 0)
        return NULL;
    play->model = fork();
    if (play->model == 0) {
        dup2(held[0], 0);
        dup2(said[1], 1);
        char *line = xasprintf("exec python3 \"$SANDGATE_SOURCE/tests/standin/model_server.py\" '%s' "
                               "--control control",
                               path);
        if (chdir(play->work) == 0)
            execle("/bin/sh", "sh", "-c", line, (char *)NULL, play->environment);
        _exit(127);
    }
    close(said[1]);
    close(held[0]); /* held[1] stays open until the end */
    return fdopen(said[0], "r");
}

/* The scenario: a file of tests/data/model, or the block, which is written into the play's folder. */
static char *scenario_path(struct call *call)
{
    if (!*call->block)
        return xasprintf("%s/tests/data/model/%s", play_get(call->play, "SANDGATE_SOURCE"), call->argument);
    char *path = path_join(call->play->folder, "scenario.json");
    path_write_file(path, call->block, strlen(call->block), 0600, NULL);
    return path;
}

static bool do_model(struct call *call)
{
    if (call->play->model > 0)
        return error_set(call->error, "there is a model server already");
    char *path = scenario_path(call), *control = path_join(call->play->work, "control");
    path_make_folders(control, NULL);
    FILE *said = start_model(call->play, path);
    int port = 0;
    bool good = said && fscanf(said, "%d", &port) == 1;
    if (said)
        fclose(said);
    char *url = xasprintf("http://127.0.0.1:%d/v1", port);
    play_set(call->play, "SANDGATE_MODEL_URL", url);
    free(url);
    free(control);
    free(path);
    return good || error_set(call->error, "the model server did not start");
}

static bool do_release(struct call *call)
{
    char *name = xasprintf("%s/control/%s", call->play->work, call->argument);
    bool good = path_write_file(name, "", 0, 0600, call->error);
    free(name);
    return good;
}

/* ---- the program --------------------------------------------------------------------------------------- */

static bool do_start(struct call *call)
{
    if (!*call->argument)
        return error_set(call->error, "what is to be started?");
    return play_start(call->play, call->argument, call->error);
}

static bool do_restart(struct call *call)
{
    return play_start(call->play, *call->argument ? call->argument : call->play->command, call->error);
}

static bool do_resize(struct call *call)
{
    if (!do_size(call))
        return false;
    glass_resize(call->play->glass, call->play->rows, call->play->columns);
    return true;
}

static bool do_signal(struct call *call)
{
    int number = step_signal(call->argument);
    if (number < 0)
        return error_set(call->error, "no such signal");
    glass_signal(call->play->glass, number);
    return true;
}

static bool do_show(struct call *call)
{
    play_settle(call->play);
    struct buffer screen = BUFFER_INIT, rows = BUFFER_INIT;
    play_screen(call->play, &screen);
    pattern_rows(&rows, screen.data, SIZE_MAX);
    fputs(rows.data, call->play->out);
    buffer_release(&rows);
    buffer_release(&screen);
    return true;
}

/* ---- the table ----------------------------------------------------------------------------------------- */

enum { ANYTIME = 0, PROGRAM = 1 /* something must have been started */ };

static const struct {
    const char *word;
    const char *usage;
    const char *help;
    int needs;
    bool (*run)(struct call *call);
} table[] = {
    { "size", "COLUMNSxROWS", "of the terminal, before start (80x24)", ANYTIME, do_size },
    { "env", "NAME=VALUE", "for what is started from now on", ANYTIME, do_env },
    { "timeout", "SECONDS", "how long a condition may take, when longer than usual", ANYTIME, do_timeout },
    { "run", "COMMAND or <<END", "a shell command in the working folder; it must succeed", ANYTIME, do_run },
    { "skip-unless", "COMMAND", "the test is skipped when this fails", ANYTIME, do_skip_unless },
    { "file", "PATH <<END", "writes a file into the working folder", ANYTIME, do_file },
    { "model", "NAME or <<END", "a stand-in server with a scenario (tests/standin/model_server.py)", ANYTIME,
      do_model },
    { "script", "<<END",
      "what the recorded model of $SCRIPTED says (src/model/replay_script.h), without the head", ANYTIME,
      do_script },
    { "release", "NAME", "lets the stand-in server go on where it waits for NAME", ANYTIME, do_release },
    { "start", "COMMAND", "on the terminal, in the working folder", ANYTIME, do_start },
    { "restart", "[COMMAND]", "kills what runs and starts it (or COMMAND) anew", PROGRAM, do_restart },
    { "resize", "COLUMNSxROWS", "while the program runs", PROGRAM, do_resize },
    { "signal", "NAME", "KILL, TERM, INT, ...", PROGRAM, do_signal },
    { "type", "TEXT", "as it is; in quotes \\e \\n \\xHH are read", PROGRAM, step_type },
    { "typist", "RATE TEXT", "the same letter by letter, RATE a second; the program need not rest", PROGRAM,
      step_typist },
    { "key", "NAME...", "Enter, C-c, M-x, S-Tab, Up, ...; the program rests between them", PROGRAM,
      step_key },
    { "paste", "TEXT, file PATH, repeat N LINE or <<END", "bracketed; %d in LINE is its number", PROGRAM,
      step_paste },
    { "click", "ROW COLUMN or \"TEXT\"", "the left button", PROGRAM, step_click },
    { "wheel", "up|down ROW COLUMN", "one step", PROGRAM, step_wheel },
    { "window", "enters [TEXT] or leaves", "the focus of the terminal's window; enters by a click on TEXT",
      PROGRAM, step_window },
    { "wait", "TEXT", "until it is on the screen", PROGRAM, step_wait },
    { "wait-gone", "TEXT", "until it is not", PROGRAM, step_wait_gone },
    { "wait-run", "COMMAND", "until the shell command succeeds", PROGRAM, step_wait_run },
    { "idle", "", "until the program rests", PROGRAM, step_idle },
    { "expect-screen", "<<END", "? is one character, ~ any, a row ~~ any rows", PROGRAM, step_expect_screen },
    { "expect-rows", "FIRST <<END", "the same for rows from FIRST on", PROGRAM, step_expect_rows },
    { "expect-row", "PATTERN", "some row is like this", PROGRAM, step_expect_row },
    { "expect-not", "TEXT", "it is not on the screen when the program rests", PROGRAM, step_expect_not },
    { "expect-style", "ROW COLUMN or \"TEXT\", WORDS",
      "bold underline italic blink reverse strike plain fg= bg=", PROGRAM, step_expect_style },
    { "cursor", "ROW COLUMN, \"TEXT\" or hidden", "where it is", PROGRAM, step_cursor },
    { "expect-title", "PATTERN", "of the terminal's window", PROGRAM, step_expect_title },
    { "expect-exit", "CODE or SIGNAL", "waits for the program's end", PROGRAM, step_expect_exit },
    { "expect-bytes-clean", "", "nothing hostile was ever written to the terminal", PROGRAM,
      step_expect_bytes_clean },
    { "wait-bytes", "TEXT", "until these bytes were written to the terminal", PROGRAM, step_wait_bytes },
    { "expect-bells", "NUMBER", "so often the bell rang since the program was started", PROGRAM,
      step_expect_bells },
    { "expect-no-bytes", "TEXT", "these bytes were never written", PROGRAM, step_expect_no_bytes },
    { "show", "", "prints the screen as a remark", PROGRAM, do_show },
};

bool steps_play(struct play *play, const struct step *step, struct buffer *more, struct error *error)
{
    struct call call = { play, step->argument, step->block ? step->block : "", more, error };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (strcmp(table[i].word, step->word) != 0)
            continue;
        if (table[i].needs == PROGRAM && !play->glass)
            return error_set(error, "nothing was started yet");
        return table[i].run(&call);
    }
    return error_set(error, "there is no such step");
}

void steps_help(struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(table); i++)
        buffer_append_format(out, "  %s %s\n        %s\n", table[i].word, table[i].usage, table[i].help);
}
