/* plain.h - which words may stand without quotes in a YAML file, and how a text is written back into one. */
#ifndef SANDGATE_CONF_PLAIN_H
#define SANDGATE_CONF_PLAIN_H

#include <stdbool.h>

struct buffer;

/* True when some reader of YAML takes the plain word TEXT for a number, a boolean or nothing: "no", "010",
 * "1:30", "~". */
bool plain_is_ambiguous(const char *text);
/* Appends TEXT as a value on one line, in quotes where it needs them, visible. */
void plain_print(const char *text, struct buffer *out);
/* The same for a file: what cannot be seen is written as an escape, so that it reads as exactly TEXT. */
void plain_quote(const char *text, struct buffer *out);
/* Appends TEXT, which is YAML already, visible. */
void plain_print_line(const char *text, struct buffer *out);

#endif
