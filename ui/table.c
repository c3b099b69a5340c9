/* table.c - measure, shrink, wrap each cell by itself, and put the pieces side by side. */
#include "ui/table.h"

#include "base/memory.h"
#include "base/visible.h"
#include "matter/markdown.h"
#include "ui/blocks.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN_LEAST = 4, SEPARATOR = 3 }; /* " | " */

struct table {
    struct lines *lines;
    const struct markdown *document;
    const struct markdown_block *block;
    struct line_form form;
    enum style base;
    int *widths;          /* per column */
    struct lines **cells; /* per column: the cell of the row at hand, wrapped */
};

static const struct markdown_cell *cell_at(const struct table *table, size_t row, size_t column)
{
    return &table->document->cells[table->block->cell + row * table->block->columns + column];
}

/* --- widths --- */

static int cell_columns(const struct table *table, const struct markdown_cell *cell)
{
    size_t columns = 0;
    for (uint32_t i = 0; i < cell->spans; i++) {
        const struct markdown_span *span = &table->document->spans[cell->span + i];
        columns += visible_columns(table->document->text + span->offset, span->length);
    }
    return columns > 10000 ? 10000 : (int)columns;
}

static int measure(struct table *table)
{
    int sum = 0;
    for (size_t column = 0; column < table->block->columns; column++) {
        int most = 1;
        for (size_t row = 0; row < table->block->rows; row++) {
            int columns = cell_columns(table, cell_at(table, row, column));
            most = columns > most ? columns : most;
        }
        table->widths[column] = most;
        sum += most;
    }
    return sum;
}

/* Takes from the widest column until SUM is down to ROOM. False: not even the least widths fit. */
static bool shrink(struct table *table, int sum, int room)
{
    while (sum > room) {
        size_t widest = 0;
        int second = COLUMN_LEAST;
        for (size_t i = 1; i < table->block->columns; i++)
            if (table->widths[i] > table->widths[widest])
                widest = i;
        for (size_t i = 0; i < table->block->columns; i++)
            if (i != widest && table->widths[i] < table->widths[widest] && table->widths[i] > second)
                second = table->widths[i];
        int take = table->widths[widest] - second;
        if (table->widths[widest] <= COLUMN_LEAST)
            return false;
        take = take < 1 ? 1 : take;
        take = take > sum - room ? sum - room : take;
        table->widths[widest] -= take;
        sum -= take;
    }
    return true;
}

/* --- rows --- */

static void add_cell_text(const struct table *table, struct lines *lines, const struct markdown_cell *cell,
                          enum style base)
{
    for (uint32_t i = 0; i < cell->spans; i++) {
        const struct markdown_span *span = &table->document->spans[cell->span + i];
        lines_add(lines, blocks_span_style(span->flags, base), table->document->text + span->offset,
                  span->length);
    }
}

static void add_spaces(struct lines *lines, int count)
{
    for (; count > 0; count--)
        lines_add(lines, STYLE_TEXT, " ", 1);
}

static int line_columns(const struct lines *lines, size_t line)
{
    struct span span;
    size_t columns = 0;
    for (size_t i = 0; lines_span(lines, line, i, &span); i++)
        columns += visible_columns(span.text, span.length);
    return (int)columns;
}

/* Line LINE of the cell in COLUMN, padded to the column's width. */
static void add_cell_line(const struct table *table, size_t column, size_t line, enum markdown_align align)
{
    const struct lines *cell = table->cells[column];
    struct span span;
    int left = table->widths[column] - line_columns(cell, line);
    left = left < 0 ? 0 : left;
    int before = align == MARKDOWN_RIGHT ? left : align == MARKDOWN_CENTRE ? left / 2 : 0;
    add_spaces(table->lines, before);
    for (size_t i = 0; lines_span(cell, line, i, &span); i++)
        lines_add(table->lines, span.style, span.text, span.length);
    add_spaces(table->lines, left - before);
}

static void add_row(const struct table *table, size_t row)
{
    size_t height = 1, columns = table->block->columns;
    enum style base = row ? table->base : STYLE_STRONG;
    for (size_t i = 0; i < columns; i++) {
        lines_clear(table->cells[i], table->widths[i]);
        add_cell_text(table, table->cells[i], cell_at(table, row, i), base);
        size_t count = lines_count(table->cells[i]);
        height = count > height ? count : height;
    }
    for (size_t line = 0; line < height; line++) {
        struct line_form form = table->form;
        if (row || line) {
            form.first = form.rest;
            form.first_count = form.rest_count;
        }
        lines_begin(table->lines, &form);
        for (size_t i = 0; i < columns; i++) {
            if (i)
                lines_add(table->lines, STYLE_TABLE, " \u2502 ", strlen(" \u2502 "));
            add_cell_line(table, i, line, cell_at(table, row, i)->align);
        }
        lines_end(table->lines);
    }
}

static void add_head_rule(const struct table *table)
{
    struct line_form form = table->form;
    form.first = form.rest;
    form.first_count = form.rest_count;
    lines_begin(table->lines, &form);
    for (size_t i = 0; i < table->block->columns; i++) {
        const char *cross = "\u2500\u253c\u2500", *bar = "\u2500";
        if (i)
            lines_add(table->lines, STYLE_TABLE, cross, strlen(cross));
        for (int k = 0; k < table->widths[i]; k++)
            lines_add(table->lines, STYLE_TABLE, bar, strlen(bar));
    }
    lines_end(table->lines);
}

/* Too many columns for the screen. */
static void add_rows_as_text(const struct table *table)
{
    struct line_form form = table->form;
    form.mode = WRAP_WORDS;
    for (size_t row = 0; row < table->block->rows; row++) {
        lines_begin(table->lines, &form);
        form.first = form.rest;
        form.first_count = form.rest_count;
        for (size_t i = 0; i < table->block->columns; i++) {
            if (i)
                lines_add(table->lines, STYLE_TABLE, " \u2502 ", strlen(" \u2502 "));
            add_cell_text(table, table->lines, cell_at(table, row, i), row ? table->base : STYLE_STRONG);
        }
        lines_end(table->lines);
    }
}

static int prefix_columns(const struct line_form *form)
{
    size_t columns = 0;
    for (size_t i = 0; i < form->rest_count; i++)
        columns += visible_columns(form->rest[i].text, form->rest[i].length);
    return (int)columns;
}

void table_add(struct lines *lines, const struct markdown *document, const struct markdown_block *block,
               const struct line_form *form, enum style base)
{
    struct table table = { lines, document, block, *form, base, NULL, NULL };
    size_t columns = block->columns;
    int room = lines_width(lines) - prefix_columns(form) - SEPARATOR * ((int)columns - 1);
    table.widths = xcalloc(columns + 1, sizeof(*table.widths));
    table.cells = xcalloc(columns + 1, sizeof(struct lines *));
    for (size_t i = 0; i < columns; i++)
        table.cells[i] = lines_new(1);
    if (shrink(&table, measure(&table), room)) {
        for (size_t row = 0; row < block->rows; row++) {
            add_row(&table, row);
            if (!row)
                add_head_rule(&table);
        }
    } else {
        add_rows_as_text(&table);
    }
    for (size_t i = 0; i < columns; i++)
        lines_free(table.cells[i]);
    free(table.cells);
    free(table.widths);
}
