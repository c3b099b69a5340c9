/* output_parts.h - what output.c shows to output_model.c alone: the kept bytes themselves. */
#ifndef SANDGATE_MATTER_OUTPUT_PARTS_H
#define SANDGATE_MATTER_OUTPUT_PARTS_H

#include <stddef.h>

struct output;

struct output_part {
    const char *text; /* borrowed until the next append */
    size_t length;
};

/* The head and the tail; while nothing is left out, HEAD is everything and TAIL is empty. */
void output_parts(const struct output *output, struct output_part *head, struct output_part *tail);

#endif
