/* escape.h - the output of a command as lines of styled text, without its escape sequences.
 *
 * A push parser: any split of the input gives the same lines.  Colours and attributes (SGR) become styles;
 * carriage return, backspace, tab, cursor left and right and erase-in-line act on the line that is being
 * written, so that a progress bar overwrites itself; all other sequences (titles, links, cursor addresses,
 * modes, DCS ...) are taken out.  Bytes that are no sequence stay in the text, also bad UTF-8 and control
 * bytes: whoever draws it makes them visible (base/visible.h).  "Concealed" is not honoured: nothing is
 * hidden from the person.  Of a heap of combining marks on one character the first three are kept. */
#ifndef SANDGATE_WIRE_ESCAPE_H
#define SANDGATE_WIRE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum escape_attribute {
    ESCAPE_BOLD = 1 << 0,
    ESCAPE_FAINT = 1 << 1,
    ESCAPE_ITALIC = 1 << 2,
    ESCAPE_UNDERLINE = 1 << 3,
    ESCAPE_REVERSE = 1 << 4,
    ESCAPE_STRIKE = 1 << 5,
};

enum { ESCAPE_COLOUR_DEFAULT = -1, ESCAPE_COLOUR_RGB = 1 << 24 /* | red << 16 | green << 8 | blue */ };

struct escape_style {
    int32_t foreground, background; /* ESCAPE_COLOUR_DEFAULT, 0 to 255 of the palette, or ESCAPE_COLOUR_RGB */
    uint32_t attributes;            /* enum escape_attribute */
};

/* From the byte at offset on, to the next span or the end of the line, text has this style. */
struct escape_span {
    size_t offset;
    struct escape_style style;
};

struct escape_line {
    const char *text; /* NUL-terminated; length without it */
    size_t length;
    const struct escape_span *spans; /* the first, at offset 0, is there when length is not 0 */
    size_t span_count;
    bool cut; /* the line went on, but was longer than ESCAPE_LINE: the rest comes as further lines */
};

enum { ESCAPE_LINE = 4096 }; /* longest line, in columns */

struct escape;

/* LINE is told of each line when its newline has come. What it points at is good during the call. */
struct escape *escape_new(void (*line)(void *data, const struct escape_line *line), void *data);
void escape_free(struct escape *escape); /* NULL is fine; not from its callback */
void escape_feed(struct escape *escape, const char *bytes, size_t length);
/* The line that is being written, as it looks now. Good until the next call. */
const struct escape_line *escape_current(struct escape *escape);
/* The output is over: tells a last line that no newline ended. */
void escape_end(struct escape *escape);

#endif
