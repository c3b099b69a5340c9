/* play.h - a script being played: its folder, environment, program and patience.
 *
 * Everything of a play lives in a folder of its own: HOME and all XDG folders, the working folder in which
 * commands run ("work"), and what sanitizers report.  It is removed when the play went well.  The environment has
 * $SCRIPTED and $QUICK for command lines (set_options in play.c). */
#ifndef SANDGATE_TESTS_PLAY_H
#define SANDGATE_TESTS_PLAY_H

#include "script.h"

#include "base/buffer.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct error;
struct glass;

enum { DEFAULT_ROWS = 24, DEFAULT_COLUMNS = 80, ENVIRONMENT = 64 };

struct play {
    const struct script *script;
    struct glass *glass; /* NULL until something was started */
    char *command;       /* what was started, for `restart` */
    char *folder, *work;
    char *environment[ENVIRONMENT + 1]; /* "NAME=VALUE", NULL-terminated */
    int rows, columns;
    int patience;  /* milliseconds that a condition may take */
    pid_t model;   /* the stand-in server, 0: none */
    char *skipped; /* why the rest is not played; NULL: it is */
    FILE *out;     /* what `show` prints */
};

bool play_init(struct play *play, const struct script *script, struct error *error);
/* Ends all that was started. KEEP: the folder stays. */
void play_release(struct play *play, bool keep);

void play_set(struct play *play, const char *name, const char *value);
/* Borrowed until it is set anew; "" when it is not there. */
const char *play_get(const struct play *play, const char *name);
bool play_start(struct play *play, const char *command, struct error *error);
/* Runs a shell command to its end. OUTPUT gets what it printed. False when it failed or took too long. */
bool play_run(struct play *play, const char *command, struct buffer *output);

/* Takes in what happens until HOLDS; false when it does not within PATIENCE milliseconds, or cannot any more. */
bool play_until(struct play *play, int patience, bool (*holds)(struct play *play, const void *what),
                const void *what);
/* Until the program has done all that its input made it do. */
void play_settle(struct play *play);

/* Appends the screen, a newline after each row. */
void play_screen(const struct play *play, struct buffer *out);
/* Appends what sanitizers reported, a "# " before each line. */
void play_reports(const struct play *play, struct buffer *out);

#endif
