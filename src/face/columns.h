/* columns.h - columns for a terminal: foreign text made visible, as wide as it must be. */
#ifndef SANDGATE_FACE_COLUMNS_H
#define SANDGATE_FACE_COLUMNS_H

#include <stddef.h>

enum { COLUMNS_MAX = 8 };

struct columns {
    size_t number;
    const char *alignment; /* a letter for each column: 'l' left, 'r' right */
    char **cells;          /* row after row, as they are printed */
    size_t count, capacity;
};

#define COLUMNS_INIT(letters)                               \
    {                                                       \
        .number = sizeof(letters) - 1, .alignment = letters \
    }

/* One text for each column, copied; NULL is empty. */
void columns_add(struct columns *columns, const char *const *texts);
/* To standard output, and empties it. */
void columns_print(struct columns *columns);
void columns_release(struct columns *columns);

#endif
