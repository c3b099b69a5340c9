/* sorted_lines.h - lines that come in any order and are printed in the order of a time, however many there are: the lines
 * wait in a file that no one else can open and that goes with the process; in memory each has its place alone. */
#ifndef SANDGATE_FACE_SORTED_LINES_H
#define SANDGATE_FACE_SORTED_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct error;
struct sorted_lines;

/* FOLDER is where the file is. NULL and the sentence when it cannot be made. */
struct sorted_lines *sorted_lines_new(const char *folder, struct error *error);
void sorted_lines_free(struct sorted_lines *lines); /* NULL is fine */
/* Lines of one TIME are in the order of NAME (cut to 31 bytes), then of NUMBER. TEXT has no newline. */
bool sorted_lines_add(struct sorted_lines *lines, int64_t time, const char *name, int64_t number,
                      const char *text, struct error *error);
/* Prints all that was added, each with a newline; false: it could not be read again, or OUT not be written. */
bool sorted_lines_print(struct sorted_lines *lines, FILE *out, struct error *error);

#endif
