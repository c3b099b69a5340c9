/* columns.c - all rows are kept until the widths are known; no line ends in spaces. */
#include "face/columns.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/visible.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void columns_add(struct columns *columns, const char *const *texts)
{
    columns->cells = array_reserve(columns->cells, &columns->capacity, columns->count + columns->number,
                                   sizeof *columns->cells);
    for (size_t i = 0; i < columns->number; i++) {
        struct buffer cell = BUFFER_INIT;
        if (texts[i])
            visible_line(&cell, texts[i], strlen(texts[i]));
        columns->cells[columns->count++] = buffer_detach(&cell);
    }
}

static size_t width_of(const struct columns *columns, size_t column)
{
    size_t width = 0;

    for (size_t i = column; i < columns->count; i += columns->number) {
        size_t own = visible_columns(columns->cells[i], strlen(columns->cells[i]));
        width = own > width ? own : width;
    }
    return width;
}

static void append_cell(struct buffer *line, const char *cell, size_t width, bool right)
{
    int padding = (int)(width - visible_columns(cell, strlen(cell)));

    if (line->length > 0)
        buffer_append_text(line, "  ");
    if (right)
        buffer_append_format(line, "%*s%s", padding, "", cell);
    else
        buffer_append_format(line, "%s%*s", cell, padding, "");
}

static void print_row(const struct columns *columns, char *const *cells, const size_t *widths)
{
    struct buffer line = BUFFER_INIT;

    for (size_t i = 0; i < columns->number; i++)
        append_cell(&line, cells[i], widths[i], columns->alignment[i] == 'r');
    while (line.length > 0 && line.data[line.length - 1] == ' ')
        buffer_truncate(&line, line.length - 1);
    puts(line.data);
    buffer_release(&line);
}

void columns_print(struct columns *columns)
{
    size_t widths[COLUMNS_MAX];

    for (size_t i = 0; i < columns->number; i++)
        widths[i] = width_of(columns, i);
    for (size_t i = 0; i < columns->count; i += columns->number)
        print_row(columns, &columns->cells[i], widths);
    columns_release(columns);
}

void columns_release(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->cells[i]);
    free(columns->cells);
    columns->cells = NULL;
    columns->count = columns->capacity = 0;
}
