/* text_rows.h - a text that is being edited, wrapped into display rows of one width.
 *
 * For texts that change a little at a time: an update wraps only the lines that changed, however long the
 * text is.  Rows break after a space where there is one, else between glyphs; each leaves one column free,
 * where the cursor can stand behind its last character.  Every text has at least one row; one that ends in a
 * newline has an empty last one.  Positions count characters of the text (ui/wide.h). */
#ifndef SANDGATE_UI_TEXT_ROWS_H
#define SANDGATE_UI_TEXT_ROWS_H

#include <stddef.h>
#include <wchar.h>

struct text_rows {
    wchar_t *text; /* owned copy of what is wrapped; not NUL-terminated */
    size_t length, text_capacity;
    size_t *starts; /* where each row begins */
    size_t count, starts_capacity;
    int width; /* columns; 0: nothing was wrapped yet */
};

#define TEXT_ROWS_INIT \
    {                  \
        0              \
    }

void text_rows_release(struct text_rows *rows);
/* Wraps TEXT, of which most may be as before. WIDTH is at least 1. */
void text_rows_update(struct text_rows *rows, const wchar_t *text, size_t length, int width);

/* After the first update. ROW < rows->count; its newline is no part of it. */
size_t text_rows_start(const struct text_rows *rows, size_t row);
size_t text_rows_end(const struct text_rows *rows, size_t row);
/* The row that the cursor is in when it is at POSITION, and its column there. */
size_t text_rows_find(const struct text_rows *rows, size_t position);
int text_rows_column(const struct text_rows *rows, size_t row, size_t position);
/* The position in ROW whose glyph covers COLUMN, or the last where a cursor in ROW can be. */
size_t text_rows_position(const struct text_rows *rows, size_t row, int column);

#endif
