/* difference.h - what changes between two texts, as display lines. */
#ifndef SANDGATE_UI_DIFFERENCE_H
#define SANDGATE_UI_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>

struct lines;

/* Appends what is removed, added and stands around it to LINES. NUMBERED: each part begins with its line. */
void difference_add(struct lines *lines, const char *before, size_t before_length, const char *after,
                    size_t after_length, bool numbered);

#endif
