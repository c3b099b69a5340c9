/* script_lines.h - a script as display lines, in the colours of what the policy's reader makes of it. */
#ifndef SANDGATE_UI_SCRIPT_LINES_H
#define SANDGATE_UI_SCRIPT_LINES_H

#include <stddef.h>

struct lines;

/* Appends SCRIPT to LINES; the bytes [FROM, TO), the part that decides, stand out (FROM == TO: none). */
void script_lines_add(struct lines *lines, const char *script, size_t from, size_t to);

#endif
