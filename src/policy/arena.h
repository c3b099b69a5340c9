/* arena.h - memory of one verdict: taken piece by piece, given back all at once. */
#ifndef SANDGATE_POLICY_ARENA_H
#define SANDGATE_POLICY_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_block *block; /* the newest */
};

#define ARENA_INIT \
    {              \
        0          \
    }

void *arena_take(struct arena *arena, size_t size); /* zeroed */
char *arena_text(struct arena *arena, const char *text, size_t length);
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for COUNT items of SIZE bytes in ARRAY, which has *CAPACITY; returns it, perhaps moved. */
void *arena_reserve(struct arena *arena, void *array, size_t *capacity, size_t count, size_t size);
void arena_release(struct arena *arena);

#endif
