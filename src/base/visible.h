/* visible.h - untrusted text made safe to draw; the one door between foreign bytes and the terminal.
 *
 * Model text, file names, command output and tool descriptions come through here.  Control bytes, escapes,
 * bad UTF-8, bidi controls, zero-width and other invisible characters become visible marks ("^[", "\x9f",
 * "<U+202E>"), never what they mean to a terminal.  Of each cluster only the base and true combining marks
 * are drawn; joiners, variation selectors and skin tones inside an emoji cluster are dropped (deps.md 7).
 * Newline and tab are the caller's: visible_next hands them out as marks of their own kind. */
#ifndef SANDGATE_BASE_VISIBLE_H
#define SANDGATE_BASE_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;

enum glyph_kind {
    GLYPH_TEXT,    /* an ordinary cluster */
    GLYPH_NEWLINE, /* "\n", or "\r\n" taken together; text is empty */
    GLYPH_TAB,     /* "\t"; text is empty, columns 0: the caller knows the tab stop */
    GLYPH_MARK,    /* something that must not reach the terminal: text is its visible stand-in */
};

struct glyph {
    enum glyph_kind kind;
    char text[24]; /* UTF-8 to draw, NUL-terminated */
    int columns;   /* 0 only for newline and tab */
    size_t bytes;  /* bytes of the source that it stands for */
};

/* Reads the first glyph of TEXT (LENGTH > 0). */
void visible_next(const char *text, size_t length, struct glyph *glyph);

/* Appends TEXT to OUT as one line: marks for all that is not plain, newline as U+23CE, tab as a space. */
void visible_line(struct buffer *out, const char *text, size_t length);

/* Appends TEXT to OUT keeping newlines and tabs; for plain output to a terminal outside curses. */
void visible_text(struct buffer *out, const char *text, size_t length);

/* Columns that visible_line's form of TEXT takes. */
size_t visible_columns(const char *text, size_t length);

#endif
