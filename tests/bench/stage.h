/* stage.h - one of the two programs on a terminal of its own, and the server it asks. */
#ifndef SANDGATE_BENCH_STAGE_H
#define SANDGATE_BENCH_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct glass;
struct stream_server;

/* What differs between the programs: where on the screen their things stand. */
struct program {
    const char *name;
    const char *command;
    const char *prompt; /* stands there when the prompt can be used */
    int input_row;      /* of the line that is typed, from the bottom, 1 is the last */
    const char *asks;   /* stands there when a call waits for the person; NULL: the call's own text does */
    bool has_sandbox;
    bool takes_port; /* of the server, as its argument; else the environment says it */
};

extern const struct program programs[2]; /* sandgate, bare */

enum { STAGE_ROWS = 40, STAGE_COLUMNS = 120 };

struct stage {
    const struct program *program;
    struct stream_server *server;
    struct glass *glass;
    pid_t process;
    char *folder;    /* home and working folder, removed at the end */
    int64_t started; /* microseconds, steady */
};

/* Starts the program; it may not be usable yet. */
void stage_init(struct stage *stage, const struct program *program);
/* The same, and waits until it can be used and rests. */
void stage_init_usable(struct stage *stage, const struct program *program);
void stage_release(struct stage *stage);

void stage_type(struct stage *stage, const char *keys);
/* Takes in output for so long. */
void stage_pass(struct stage *stage, int milliseconds);
/* Takes in output until HOLDS; the time at which it did, microseconds, steady. Ends the bench after 60 s. */
int64_t stage_until(struct stage *stage, bool (*holds)(struct stage *stage, const void *what),
                    const void *what);

/* Conditions. */
bool stage_shows(struct stage *stage, const void *text);
bool stage_input_shows(struct stage *stage, const void *text); /* in the line that is typed */
bool stage_is_ready(struct stage *stage, const void *unused);  /* nothing is being done */
bool stage_is_busy(struct stage *stage, const void *unused);
bool stage_is_asked(struct stage *stage, const void *unused); /* the server waits to answer by hand */

/* Microseconds of the wall clock that the program's command printed as "LABEL=SECONDS.MICROSECONDS="; 0: it is
 * not to be seen. */
int64_t stage_printed_time(struct stage *stage, const char *label);
/* Bytes that went to the terminal so far. */
size_t stage_bytes(const struct stage *stage);

#endif
