/* stage.c - see stage.h.  A condition is looked for only in what came since, and the time taken is that of the
 * arrival: looking costs the figure nothing. */
#include "config.h"

#include "stage.h"

#include "glass.h"
#include "stream_server.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 60 * 1000 * 1000, REST = 150, VARIABLES = 16 };

const struct program programs[2] = {
    { "sandgate", SANDGATE_BUILD_FOLDER "/sandgate", "Write to the agent", 2, "e edit", true, false },
    { "bare", SANDGATE_BUILD_FOLDER "/tests/bench/bare", "ready >", 1, NULL, false, true },
};

static const char settings[] = "approval:\n  key_guard: 0s\n  focus_wait: 0s\n";

/* --- its life --- */

static void make_home(const struct stage *stage)
{
    char *folder = path_join(stage->folder, "home/.config/sandgate");
    char *file = path_join(folder, "sandgate.yaml");
    char *work = path_join(stage->folder, "work");
    char *note = path_join(work, "note.txt");

    if (!path_make_folders(folder, NULL) || !path_make_folders(work, NULL) ||
        !path_write_file(file, settings, strlen(settings), 0600, NULL) ||
        !path_write_file(note, "A file.\n", 8, 0600, NULL))
        bug("cannot fill %s", stage->folder);
    free(note);
    free(work);
    free(file);
    free(folder);
}

static void start(struct stage *stage)
{
    struct error error = ERROR_INIT;
    int port = stream_server_port(stage->server);
    char *command = stage->program->takes_port ? xasprintf("%s %d", stage->program->command, port)
                                               : xstrdup(stage->program->command);
    char *work = path_join(stage->folder, "work");
    char *environment[VARIABLES] = { xasprintf("HOME=%s/home", stage->folder),
                                     xasprintf("PATH=%s", getenv("PATH")),
                                     xstrdup("TERM=xterm-256color"),
                                     xstrdup("LANG=C.UTF-8"),
                                     xasprintf("SANDGATE_MODEL_URL=http://127.0.0.1:%d/v1", port),
                                     xstrdup("SANDGATE_MODEL=m") };

    stage->started = clock_steady_micro();
    stage->glass = glass_start(command, environment, work, STAGE_ROWS, STAGE_COLUMNS, &error);
    if (!stage->glass)
        bug("%s", error_message(&error));
    stage->process = glass_process(stage->glass);
    for (size_t i = 0; i < VARIABLES; i++)
        free(environment[i]);
    free(work);
    free(command);
}

void stage_init(struct stage *stage, const struct program *program)
{
    *stage = (struct stage){ .program = program, .server = stream_server_start() };
    stage->folder = xstrdup("/tmp/sandgate-bench-XXXXXX");
    if (!mkdtemp(stage->folder))
        bug("no folder");
    make_home(stage);
    start(stage);
}

void stage_init_usable(struct stage *stage, const struct program *program)
{
    stage_init(stage, program);
    stage_until(stage, stage_shows, program->prompt);
    if (program->has_sandbox)
        stage_until(stage, stage_shows, "note.txt"); /* in its files pane: the copy is complete */
    stage_pass(stage, REST);
}

void stage_release(struct stage *stage)
{
    glass_signal(stage->glass, SIGTERM);
    for (int i = 0; i < 100 && !glass_has_ended(stage->glass); i++)
        glass_turn(stage->glass, 50);
    glass_free(stage->glass);
    stream_server_stop(stage->server);
    path_remove_tree(stage->folder, NULL);
    free(stage->folder);
}

/* --- what happens --- */

void stage_type(struct stage *stage, const char *keys)
{
    if (!glass_send(stage->glass, keys, strlen(keys)))
        bug("%s reads no keys", stage->program->name);
}

void stage_pass(struct stage *stage, int milliseconds)
{
    int64_t end = clock_steady() + milliseconds, left;
    while ((left = end - clock_steady()) > 0)
        glass_turn(stage->glass, (int)left);
}

static void print_screen(const struct stage *stage)
{
    struct buffer row = BUFFER_INIT;
    for (int i = 0; i < STAGE_ROWS; i++) {
        buffer_clear(&row);
        glass_row(stage->glass, i, &row);
        fprintf(stderr, "%s\n", row.data);
    }
    buffer_release(&row);
}

int64_t stage_until(struct stage *stage, bool (*holds)(struct stage *stage, const void *what),
                    const void *what)
{
    int64_t now = clock_steady_micro(), begin = now;
    while (!holds(stage, what)) {
        if (now - begin > PATIENCE || glass_has_ended(stage->glass)) {
            print_screen(stage);
            bug("%s does not get there", stage->program->name);
        }
        glass_turn(stage->glass, 5);
        now = clock_steady_micro();
    }
    return now;
}

/* --- what is to be seen --- */

/* What stands behind TEXT in the rows from FIRST to before END, NULL when it is not there. Caller frees. */
static char *find(const struct stage *stage, int first, int end, const char *text)
{
    struct buffer row = BUFFER_INIT;
    char *rest = NULL;

    for (int i = first; i < end && !rest; i++) {
        buffer_clear(&row);
        glass_row(stage->glass, i, &row);
        const char *found = strstr(row.data, text);
        if (found)
            rest = xstrdup(found + strlen(text));
    }
    buffer_release(&row);
    return rest;
}

static bool stands(const struct stage *stage, int first, int end, const char *text)
{
    char *rest = find(stage, first, end, text);
    free(rest);
    return rest != NULL;
}

bool stage_shows(struct stage *stage, const void *text)
{
    return stands(stage, 0, STAGE_ROWS, text);
}

bool stage_input_shows(struct stage *stage, const void *text)
{
    int row = STAGE_ROWS - stage->program->input_row;
    return stands(stage, row, row + 1, text);
}

bool stage_is_ready(struct stage *stage, const void *unused)
{
    (void)unused;
    return stands(stage, STAGE_ROWS - 1, STAGE_ROWS, "ready ");
}

bool stage_is_busy(struct stage *stage, const void *unused)
{
    return !stage_is_ready(stage, unused);
}

bool stage_is_asked(struct stage *stage, const void *unused)
{
    (void)unused;
    return stream_server_is_open(stage->server);
}

int64_t stage_printed_time(struct stage *stage, const char *label)
{
    char *sign = xasprintf("%s=", label);
    char *rest = find(stage, 0, STAGE_ROWS, sign);
    long long seconds = 0, micro = 0;

    if (rest)
        sscanf(rest, "%lld.%6lld", &seconds, &micro);
    free(rest);
    free(sign);
    return seconds * 1000000 + micro;
}

size_t stage_bytes(const struct stage *stage)
{
    return glass_output(stage->glass)->length;
}
