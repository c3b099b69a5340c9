/* glass.h - a program on a real pseudo-terminal, and a terminal emulator (libvterm) that shows what it drew.
 *
 * The program runs in a session of its own.  Nothing here waits blindly: glass_turn sleeps until output, an
 * idle byte or the program's end comes.
 *
 * Idle: the program finds SANDGATE_TEST_IDLE=FD in its environment and writes to that descriptor, each time it
 * is about to wait with nothing left to do, how many bytes it has read from the terminal, as eight hexadecimal
 * digits.  It is idle after what was sent when it told so later, had read all that by then, and sleeps.
 *
 * Rows and columns count from 0. */
#ifndef SANDGATE_TESTS_GLASS_H
#define SANDGATE_TESTS_GLASS_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct error;
struct glass;

/* Runs COMMAND with /bin/sh (an `exec` goes before it), ENVIRONMENT (NULL-terminated, "NAME=VALUE"; nothing
 * else but the idle descriptor's), in FOLDER. */
struct glass *glass_start(const char *command, char *const environment[], const char *folder, int rows,
                          int columns, struct error *error);
/* Kills what still runs. NULL is fine. */
void glass_free(struct glass *glass);

int glass_process(const struct glass *glass); /* its process id, for those who measure it */

/* Waits at most TIMEOUT milliseconds for something to happen and takes it in; false when nothing did. */
bool glass_turn(struct glass *glass, int timeout);

/* To the program's input; its output is taken in meanwhile. False when it does not read for 30 s. */
bool glass_send(struct glass *glass, const void *bytes, size_t length);
void glass_resize(struct glass *glass, int rows, int columns);
void glass_signal(struct glass *glass, int signal);

bool glass_tells_idle(const struct glass *glass); /* it wrote an idle byte at least once */
bool glass_is_idle(const struct glass *glass);    /* since the latest input, resize or signal */
bool glass_has_ended(const struct glass *glass);
int glass_status(const struct glass *glass); /* after its end: exit code, or 128 and the signal's number */

int glass_rows(const struct glass *glass);
int glass_columns(const struct glass *glass);
/* Appends the text of a row, without the blanks at its end. */
void glass_row(const struct glass *glass, int row, struct buffer *out);
/* False when the cursor is hidden. */
bool glass_cursor(const struct glass *glass, int *row, int *column);
/* The style of a cell in words: "bold reverse fg=4 bg=default". */
void glass_style(const struct glass *glass, int row, int column, struct buffer *out);
/* Where TEXT stands for the first time, from the top; false when it does not. The column is of the cell. */
bool glass_find(const struct glass *glass, const char *text, int *row, int *column);
const char *glass_title(const struct glass *glass); /* "" when none was set */
bool glass_on_alternate(const struct glass *glass);
unsigned glass_bells(const struct glass *glass);

/* All bytes that the program wrote. Borrowed. */
const struct buffer *glass_output(const struct glass *glass);

#endif
