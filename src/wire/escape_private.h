/* escape_private.h - what the files behind escape.h know of one another; for src/wire/escape*.c alone.
 *
 * escape.c takes sequences apart, escape_style.c reads SGR, escape_row.c is the line being written. */
#ifndef SANDGATE_WIRE_ESCAPE_PRIVATE_H
#define SANDGATE_WIRE_ESCAPE_PRIVATE_H

#include "base/buffer.h"
#include "wire/escape.h"

enum { ESCAPE_CODES = 4 }; /* of a cell: a base and three marks */

#define ESCAPE_BAD_BYTE 0x80000000u /* | byte: no code point, but a byte that is no UTF-8 */
#define ESCAPE_TAIL 0x40000000u     /* the right half of the wide character before it */

struct escape_cell {
    uint32_t codes[ESCAPE_CODES]; /* 0 behind the last, but for a base that is NUL itself */
    struct escape_style style;
};

/* A row as a terminal sees it: one cell a column.  The cursor may stand beyond the last. */
struct escape_row {
    struct escape_cell *cells;
    size_t count, capacity;
    size_t column; /* of the cursor, at most ESCAPE_LINE */
};

struct escape_row_text {
    struct buffer text;
    struct escape_span *spans;
    size_t capacity;
    struct escape_line line;
};

void escape_row_clear(struct escape_row *row);
/* Writes CODE at the cursor over what is there. False: it does not fit in the row any more. */
bool escape_row_put(struct escape_row *row, uint32_t code, const struct escape_style *style);
void escape_row_move_to(struct escape_row *row, size_t column);
void escape_row_left(struct escape_row *row, size_t columns);
/* As CSI K: 0: from the cursor to the end, 1: from the start to the cursor, 2: all; the cursor stays. */
void escape_row_erase(struct escape_row *row, unsigned what);
void escape_row_render(const struct escape_row *row, struct escape_row_text *out);

/* A parameter of a sequence; sub is true when a colon joins it to the one before. */
struct escape_parameter {
    unsigned value;
    bool sub;
};

#define ESCAPE_STYLE_PLAIN                              \
    {                                                   \
        ESCAPE_COLOUR_DEFAULT, ESCAPE_COLOUR_DEFAULT, 0 \
    }

void escape_style_apply(struct escape_style *style, const struct escape_parameter *parameters, size_t count);

#endif
