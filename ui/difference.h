/* difference.h - what changes between two texts, as display lines. */
#ifndef SANDGATE_UI_DIFFERENCE_H
#define SANDGATE_UI_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>

struct diff_hunk;
struct lines;

/* Appends what is removed, added and stands around it to LINES, each hunk after the number of its line. */
void difference_add(struct lines *lines, const char *before, size_t before_length, const char *after,
                    size_t after_length);
/* The same of two pieces of a text that is not known whole: without numbers, and how they end means nothing. */
void difference_add_part(struct lines *lines, const char *before, const char *after);
/* The lines of one hunk. FAINT: it is there to be seen, but does not happen. */
void difference_add_hunk(struct lines *lines, const struct diff_hunk *hunk, bool faint);

#endif
