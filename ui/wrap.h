/* wrap.h - styled text wrapped into display lines of one width.
 *
 * The owner begins a logical line, adds pieces of text in styles, and ends it; `lines` holds the text once, a
 * span for each change of style, and a few bytes per display line: no allocation per line, 2 MB of answer
 * cost some 3 MB.  Wrapping is at word boundaries, by columns as they will be drawn (visible.h); words longer
 * than the line are cut; tabs go to the next multiple of 8.
 *
 * It is made for streams: text added to the open logical line re-wraps no more than its last display line,
 * and lines_cut goes back to an earlier state, so that a block that grew is built anew and nothing before it.
 * Built for one width; for another width clear it and build again.  Not thread-safe, knows no screen. */
#ifndef SANDGATE_UI_WRAP_H
#define SANDGATE_UI_WRAP_H

#include "ui/style.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct lines;
struct odd_list;

enum wrap_mode {
    WRAP_WORDS,   /* prose */
    WRAP_COLUMNS, /* code, output: at the last column, spaces kept */
    WRAP_NONE,    /* one display line, clipped when drawn */
};

/* A piece of text in a style. */
struct span {
    enum style style;
    const char *text;
    size_t length;
};

/* What a logical line looks like beside its text. The prefixes are copied. */
struct line_form {
    enum wrap_mode mode;
    const struct span *first; /* drawn before the first display line: "- ", a quote's bar */
    size_t first_count;
    const struct span *rest; /* drawn before the others */
    size_t rest_count;
    enum style fill; /* of the cells behind the text to the edge */
};

struct lines *lines_new(int width); /* columns, at least 1 */
void lines_free(struct lines *lines);
void lines_clear(struct lines *lines, int width); /* keeps the memory */
int lines_width(const struct lines *lines);

/* From here on the characters of MARKS (borrowed; NULL: none) are put down as marks, "<U+0430>", whatever style they
 * are added in: for text that a person has to judge. */
void lines_mark(struct lines *lines, const struct odd_list *marks);

/* Begins a logical line; an open one is ended. FORM NULL: words, no prefix, STYLE_TEXT. */
void lines_begin(struct lines *lines, const struct line_form *form);
/* Adds to the open logical line; begins a plain one when none is open. A newline in TEXT ends the logical
 * line and begins another of the same form with the `rest` prefix. */
void lines_add(struct lines *lines, enum style style, const char *text, size_t length);
void lines_end(struct lines *lines);
/* A whole line of plain text; convenience for begin, add, end. */
void lines_put(struct lines *lines, enum style style, const char *text);
/* An empty display line. */
void lines_blank(struct lines *lines);

/* Display lines so far, the open one counted. */
size_t lines_count(const struct lines *lines);

/* Where it stands now (ends the open line), and back to there. */
struct lines_place {
    size_t text, spans, rows, prefixes;
};
struct lines_place lines_here(struct lines *lines);
void lines_cut(struct lines *lines, struct lines_place place);

/* The spans of a display line, the prefix first: INDEX from 0; false past the last. Borrowed until a change. */
bool lines_span(const struct lines *lines, size_t line, size_t index, struct span *span);
enum style lines_fill(const struct lines *lines, size_t line);
int lines_prefix_columns(const struct lines *lines, size_t line); /* tab stops count from here */
/* True when LINE continues the logical line of the display line before it. */
bool lines_continues(const struct lines *lines, size_t line);
/* Appends the text of a display line, prefix included, as it is in memory. */
void lines_text(const struct lines *lines, size_t line, struct buffer *out);
/* Bytes of memory held. */
size_t lines_memory(const struct lines *lines);

#endif
