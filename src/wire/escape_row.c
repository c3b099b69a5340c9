/* escape_row.c - the line that is being written: cells, a cursor, and writing over what is there.
 *
 * One cell is one column, so a move costs nothing, whatever a hostile output does.  A wide character has a
 * second cell, its tail; when one half is written over, the other becomes blank.  A mark without columns of
 * its own joins the cell before the cursor. */
#include "wire/escape_private.h"

#include "base/memory.h"
#include "base/utf8.h"

enum { WIDEST = 512 }; /* columns; a move ends there, unless text already goes further */

static const struct escape_style plain = ESCAPE_STYLE_PLAIN;

void escape_row_clear(struct escape_row *row)
{
    row->count = row->column = 0;
}

static void set_cell(struct escape_row *row, size_t column, uint32_t code, const struct escape_style *style)
{
    row->cells[column] = (struct escape_cell){ .codes = { code }, .style = *style };
}

/* Makes the row at least COUNT columns long. */
static void extend(struct escape_row *row, size_t count)
{
    row->cells = array_reserve(row->cells, &row->capacity, count, sizeof(*row->cells));
    for (; row->count < count; row->count++)
        set_cell(row, row->count, ' ', &plain);
}

static bool is_tail(const struct escape_row *row, size_t column)
{
    return column < row->count && row->cells[column].codes[0] == ESCAPE_TAIL;
}

/* The row is about to change at COLUMN: a wide character that lies across it becomes two blanks. */
static void split_at(struct escape_row *row, size_t column)
{
    if (!is_tail(row, column))
        return;
    set_cell(row, column - 1, ' ', &row->cells[column - 1].style);
    set_cell(row, column, ' ', &row->cells[column].style);
}

static void add_mark(struct escape_cell *cell, uint32_t code)
{
    for (size_t i = 1; i < ESCAPE_CODES; i++)
        if (cell->codes[i] == 0) {
            cell->codes[i] = code;
            return;
        }
}

static size_t columns_of(uint32_t code)
{
    if (code < 0x7f || code & ESCAPE_BAD_BYTE)
        return 1;
    int columns = utf8_code_columns(code);
    return columns < 0 ? 1 : (size_t)columns;
}

bool escape_row_put(struct escape_row *row, uint32_t code, const struct escape_style *style)
{
    size_t columns = columns_of(code), column = row->column;
    if (columns == 0 && column > 0 && column <= row->count) {
        add_mark(&row->cells[is_tail(row, column - 1) ? column - 2 : column - 1], code);
        return true;
    }
    if (columns == 0)
        columns = 1; /* nothing to join: it stands alone */
    if (column + columns > ESCAPE_LINE)
        return false;
    split_at(row, column);
    split_at(row, column + columns);
    extend(row, column + columns);
    set_cell(row, column, code, style);
    if (columns == 2)
        set_cell(row, column + 1, ESCAPE_TAIL, style);
    row->column += columns;
    return true;
}

/* No terminal is that wide; a cursor sent far away must not cost a long row of blanks each time. */
void escape_row_move_to(struct escape_row *row, size_t column)
{
    size_t last = row->count > WIDEST ? row->count : WIDEST;
    row->column = column < last ? column : last - 1;
}

void escape_row_left(struct escape_row *row, size_t columns)
{
    row->column -= columns < row->column ? columns : row->column;
}

void escape_row_erase(struct escape_row *row, unsigned what)
{
    size_t column = row->column;
    split_at(row, column);
    if (what == 2 || (what == 1 && column + 1 >= row->count))
        row->count = 0;
    else if (what == 0 && column < row->count)
        row->count = column;
    else if (what == 1) {
        split_at(row, column + 1);
        for (size_t i = 0; i <= column; i++)
            set_cell(row, i, ' ', &plain);
    }
}

static bool same_style(const struct escape_style *one, const struct escape_style *other)
{
    return one->foreground == other->foreground && one->background == other->background &&
           one->attributes == other->attributes;
}

static void append_cell(struct buffer *text, const struct escape_cell *cell)
{
    for (size_t i = 0; i < ESCAPE_CODES && (i == 0 || cell->codes[i] != 0); i++) {
        char bytes[4] = { (char)cell->codes[i] };
        size_t length = cell->codes[i] & ESCAPE_BAD_BYTE ? 1 : utf8_encode(cell->codes[i], bytes);
        buffer_append(text, bytes, length);
    }
}

static void add_span(struct escape_row_text *out, const struct escape_style *style)
{
    size_t *count = &out->line.span_count;
    out->spans = array_reserve(out->spans, &out->capacity, *count + 1, sizeof(*out->spans));
    out->spans[(*count)++] = (struct escape_span){ out->text.length, *style };
}

void escape_row_render(const struct escape_row *row, struct escape_row_text *out)
{
    buffer_clear(&out->text);
    out->line = (struct escape_line){ 0 };
    for (size_t i = 0; i < row->count; i++) {
        if (is_tail(row, i))
            continue;
        if (i == 0 || !same_style(&row->cells[i].style, &row->cells[i - 1].style))
            add_span(out, &row->cells[i].style);
        append_cell(&out->text, &row->cells[i]);
    }
    out->line.text = out->text.data;
    out->line.length = out->text.length;
    out->line.spans = out->spans;
}
