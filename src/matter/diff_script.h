/* diff_script.h - the comparison itself, on numbers: what diff.c (lines) and diff_words.c (words) share. */
#ifndef SANDGATE_MATTER_DIFF_SCRIPT_H
#define SANDGATE_MATTER_DIFF_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of text, a line or a word; pieces with the same bytes have the same number. */
struct diff_piece {
    const char *text; /* borrowed */
    size_t length;
    uint32_t number;
    bool changed; /* the answer: it has no counterpart on the other side */
};

struct diff_side {
    struct diff_piece *pieces;
    size_t count, capacity;
};

void diff_side_add(struct diff_side *side, const char *text, size_t length);
void diff_side_release(struct diff_side *side);

/* Numbers the pieces and sets `changed` in both sides; what is left unchanged is the same sequence in both. */
void diff_script(struct diff_side *old_side, struct diff_side *new_side);

#endif
