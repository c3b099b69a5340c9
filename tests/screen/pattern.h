/* pattern.h - what a screen is wanted to look like.
 *
 * In a row of a pattern "?" is any one character and "~" any characters, none too; a row that is only "~~" is
 * any number of rows, none too.  Blanks at the end of rows, and blank rows at the end, do not count. */
#ifndef SANDGATE_TESTS_PATTERN_H
#define SANDGATE_TESTS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;

bool pattern_row(const char *pattern, const char *row);
/* Both are rows with a newline after each. */
bool pattern_screen(const char *pattern, const char *screen);
/* Appends ROWS as remarks ("# " before each) with their numbers; row MARKED gets a mark (SIZE_MAX: none). */
void pattern_rows(struct buffer *out, const char *rows, size_t marked);
/* Appends PATTERN and SCREEN row by row, with a mark where they first differ. */
void pattern_difference(struct buffer *out, const char *pattern, const char *screen);

#endif
