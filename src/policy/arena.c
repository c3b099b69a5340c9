/* arena.c - blocks in a chain; a large piece has one of its own. */
#include "policy/arena.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 * 1024, ALIGN = 16 };

struct arena_block {
    struct arena_block *before;
    size_t size, used;
    _Alignas(ALIGN) char bytes[];
};

void *arena_take(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->block;
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (!block || block->size - block->used < size) {
        size_t room = size > BLOCK ? size : BLOCK;
        block = xmalloc(sizeof *block + room);
        *block = (struct arena_block){ .before = arena->block, .size = room };
        arena->block = block;
    }
    void *piece = block->bytes + block->used;
    block->used += size;
    return memset(piece, 0, size);
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_take(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = xvasprintf(format, arguments);
    va_end(arguments);
    char *copy = arena_text(arena, text, strlen(text));
    free(text);
    return copy;
}

void *arena_reserve(struct arena *arena, void *array, size_t *capacity, size_t count, size_t size)
{
    if (count <= *capacity)
        return array;
    size_t room = *capacity * 2 > count ? *capacity * 2 : count + 3;
    void *moved = arena_take(arena, room * size);
    if (*capacity)
        memcpy(moved, array, *capacity * size);
    *capacity = room;
    return moved;
}

void arena_release(struct arena *arena)
{
    while (arena->block) {
        struct arena_block *before = arena->block->before;
        free(arena->block);
        arena->block = before;
    }
}
