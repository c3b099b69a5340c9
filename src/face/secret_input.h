/* secret_input.h - NAME=value pairs that must not be seen: typed without echo, or read from a file.
 *
 * Memory that held a value is wiped.  Values never come from the command line, where every process of the
 * machine could read them. */
#ifndef SANDGATE_FACE_SECRET_INPUT_H
#define SANDGATE_FACE_SECRET_INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct loop;

struct secret_pairs {
    char **list; /* NAME=value, NULL-terminated once something was added */
    size_t count, capacity;
};

/* Shows PROMPT and reads a line from the terminal at standard input; HIDDEN: nothing of it is shown.
 * STOP: set by a signal handler of the loop's.  NULL: Ctrl-C, Ctrl-D on an empty line, the end, or STOP. */
char *secret_input_line(struct loop *loop, const char *prompt, bool hidden, const bool *stop);
void secret_wipe(char *text); /* and frees; NULL is fine */

/* Lines of NAME=value (what follows "=" is the value, to the end of the line; empty lines and those that begin
 * with "#" are skipped), or one JSON object whose members are texts. FILE "-" is standard input. */
bool secret_pairs_read(struct secret_pairs *pairs, const char *file, struct error *error);
void secret_pairs_add(struct secret_pairs *pairs, const char *name, const char *value);
void secret_pairs_release(struct secret_pairs *pairs);

#endif
