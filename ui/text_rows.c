/* text_rows.c - wrapping by lines: what comes before the first changed line and after the last stays. */
#include "ui/text_rows.h"

#include "base/memory.h"
#include "base/visible.h"
#include "ui/wide.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TAB_STOP = 8 };

/* Starts of rows, while they are found. */
struct starts {
    size_t *list;
    size_t count, capacity;
};

void text_rows_release(struct text_rows *rows)
{
    free(rows->text);
    free(rows->starts);
    *rows = (struct text_rows)TEXT_ROWS_INIT;
}

/* Reads the glyph at POSITION, which begins in COLUMN; returns where the next begins. A newline has no columns. */
static size_t next_glyph(const wchar_t *text, size_t end, size_t position, int column, int *columns)
{
    struct glyph glyph;
    size_t taken = wide_glyph(text + position, end - position, &glyph);
    *columns = glyph.kind == GLYPH_TAB ? TAB_STOP - column % TAB_STOP : glyph.columns;
    return position + taken;
}

/* Where the row that begins at START ends and the next begins: behind its newline, or where it is full. */
static size_t next_row(const wchar_t *text, size_t end, size_t start, int width)
{
    int room = width > 1 ? width - 1 : 1;
    int column = 0;
    size_t after_space = start;
    for (size_t at = start; at < end;) {
        int columns;
        size_t next = next_glyph(text, end, at, column, &columns);
        if (text[next - 1] == L'\n')
            return next;
        column += columns;
        if (column > room && at > start)
            return after_space > start && text[at] != L' ' ? after_space : at;
        if (text[at] == L' ')
            after_space = next;
        at = next;
    }
    return end;
}

static void add_start(struct starts *starts, size_t start)
{
    starts->list = array_reserve(starts->list, &starts->capacity, starts->count + 1, sizeof *starts->list);
    starts->list[starts->count++] = start;
}

/* Wraps whole lines from FROM to TO. LAST: TO is the end of the text, where a newline begins one more row. */
static struct starts wrap_lines(const wchar_t *text, size_t from, size_t to, bool last, int width)
{
    struct starts starts = { 0 };
    for (size_t at = from;;) {
        add_start(&starts, at);
        size_t next = next_row(text, to, at, width);
        if (next >= to) {
            if (last && next > at && text[next - 1] == L'\n')
                add_start(&starts, next);
            return starts;
        }
        at = next;
    }
}

static size_t common_prefix(const struct text_rows *rows, const wchar_t *text, size_t length)
{
    size_t least = length < rows->length ? length : rows->length, same = 0;
    while (same < least && rows->text[same] == text[same])
        same++;
    return same;
}

static size_t common_suffix(const struct text_rows *rows, const wchar_t *text, size_t length, size_t prefix)
{
    size_t least = (length < rows->length ? length : rows->length) - prefix, same = 0;
    while (same < least && rows->text[rows->length - 1 - same] == text[length - 1 - same])
        same++;
    return same;
}

/* The first row that begins at POSITION or later; the count of rows when none does. */
static size_t first_row_from(const struct text_rows *rows, size_t position)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rows->starts[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Puts STARTS in place of rows FIRST to LAST, and moves the starts of the rows behind them by SHIFT. */
static void splice(struct text_rows *rows, size_t first, size_t last, const struct starts *starts,
                   size_t shift)
{
    size_t tail = rows->count - last, count = first + starts->count + tail;
    rows->starts = array_reserve(rows->starts, &rows->starts_capacity, count, sizeof *rows->starts);
    size_t *behind = rows->starts + first + starts->count;
    memmove(behind, rows->starts + last, tail * sizeof *behind);
    memcpy(rows->starts + first, starts->list, starts->count * sizeof *starts->list);
    for (size_t i = 0; i < tail; i++)
        behind[i] += shift; /* may go down: unsigned, it wraps as it should */
    rows->count = count;
}

static void keep_text(struct text_rows *rows, const wchar_t *text, size_t length, size_t from)
{
    rows->text = array_reserve(rows->text, &rows->text_capacity, length + 1, sizeof *text);
    wmemcpy(rows->text + from, text + from, length - from);
    rows->length = length;
}

void text_rows_update(struct text_rows *rows, const wchar_t *text, size_t length, int width)
{
    bool anew = rows->width != width;
    size_t prefix = anew ? 0 : common_prefix(rows, text, length);
    if (!anew && prefix == length && length == rows->length)
        return;
    size_t suffix = anew ? 0 : common_suffix(rows, text, length, prefix);
    size_t from = wide_line_begin(text, prefix);
    size_t to = wide_line_end(text, length, length - suffix) + 1; /* behind the last changed line */
    bool last = to > length || anew;
    if (last)
        to = length;
    size_t shift = length - rows->length;
    size_t first_row = anew ? 0 : first_row_from(rows, from);
    size_t last_row = last ? rows->count : first_row_from(rows, to - shift);
    struct starts starts = wrap_lines(text, from, to, last, width);
    splice(rows, first_row, last_row, &starts, shift);
    keep_text(rows, text, length, prefix);
    rows->width = width;
    free(starts.list);
}

size_t text_rows_start(const struct text_rows *rows, size_t row)
{
    return rows->starts[row];
}

size_t text_rows_end(const struct text_rows *rows, size_t row)
{
    if (row + 1 == rows->count)
        return rows->length;
    size_t end = rows->starts[row + 1];
    return rows->text[end - 1] == L'\n' ? end - 1 : end;
}

size_t text_rows_find(const struct text_rows *rows, size_t position)
{
    return first_row_from(rows, position + 1) - 1;
}

int text_rows_column(const struct text_rows *rows, size_t row, size_t position)
{
    size_t end = text_rows_end(rows, row);
    int column = 0;
    for (size_t at = text_rows_start(rows, row); at < position && at < end;) {
        int columns;
        at = next_glyph(rows->text, end, at, column, &columns);
        if (at <= position)
            column += columns;
    }
    return column;
}

size_t text_rows_position(const struct text_rows *rows, size_t row, int column)
{
    size_t end = text_rows_end(rows, row), at = text_rows_start(rows, row), before = at;
    int reached = 0;
    while (at < end) {
        int columns;
        size_t next = next_glyph(rows->text, end, at, reached, &columns);
        if (reached + columns > column)
            return at;
        reached += columns;
        before = at;
        at = next;
    }
    bool wrapped = row + 1 < rows->count && end == rows->starts[row + 1];
    return wrapped ? before : end; /* the end of a row that goes on is the start of the next */
}
