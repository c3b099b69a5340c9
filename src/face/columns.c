/* columns.c - the last column is not padded, so that no line ends in spaces. */
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

static void print_cell(const struct columns *columns, size_t column, const char *cell, size_t width)
{
    int padding = (int)(width - visible_columns(cell, strlen(cell)));
    bool last = column + 1 == columns->number;

    if (columns->alignment[column] == 'r')
        printf("%*s%s", padding, "", cell);
    else
        printf("%s%*s", cell, last ? 0 : padding, "");
    fputs(last ? "\n" : "  ", stdout);
}

void columns_print(struct columns *columns)
{
    size_t widths[COLUMNS_MAX];

    for (size_t i = 0; i < columns->number; i++)
        widths[i] = width_of(columns, i);
    for (size_t i = 0; i < columns->count; i++)
        print_cell(columns, i % columns->number, columns->cells[i], widths[i % columns->number]);
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
