/* lines.h - newline-separated records as a push parser (JSON lines, MCP over pipes): any split of the input
 * gives the same lines. */
#ifndef SANDGATE_WIRE_LINES_H
#define SANDGATE_WIRE_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines;

/* LINE is told of each line, without its newline and a carriage return before that (NUL-terminated; LENGTH
 * without it).  CEILING: the longest line in bytes. */
struct lines *wire_lines_new(size_t ceiling, void (*line)(void *data, const char *text, size_t length),
                        void *data);
void wire_lines_free(struct lines *lines); /* NULL is fine; from its callback too */
/* False once a line grew over the ceiling; the parser then takes nothing more.  True when the parser was freed
 * by its callback. */
bool wire_lines_feed(struct lines *lines, const char *bytes, size_t length);
/* The stream is over: tells a last line that no newline ended.  False: it was too long. */
bool wire_lines_end(struct lines *lines);

#endif
