/* pool.c - blocks in a chain; a large piece has one of its own. */
#include "policy/pool.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 * 1024, ALIGN = 16 };

struct pool_block {
    struct pool_block *before;
    size_t size, used;
    _Alignas(ALIGN) char bytes[];
};

void *pool_take(struct pool *pool, size_t size)
{
    struct pool_block *block = pool->block;
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (!block || block->size - block->used < size) {
        size_t room = size > BLOCK ? size : BLOCK;
        block = xmalloc(sizeof *block + room);
        *block = (struct pool_block){ .before = pool->block, .size = room };
        pool->block = block;
    }
    void *piece = block->bytes + block->used;
    block->used += size;
    return memset(piece, 0, size);
}

char *pool_text(struct pool *pool, const char *text, size_t length)
{
    char *copy = pool_take(pool, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *pool_format(struct pool *pool, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = xvasprintf(format, arguments);
    va_end(arguments);
    char *copy = pool_text(pool, text, strlen(text));
    free(text);
    return copy;
}

void *pool_reserve(struct pool *pool, void *array, size_t *capacity, size_t count, size_t size)
{
    if (count <= *capacity)
        return array;
    size_t room = *capacity * 2 > count ? *capacity * 2 : count + 3;
    void *moved = pool_take(pool, room * size);
    if (*capacity)
        memcpy(moved, array, *capacity * size);
    *capacity = room;
    return moved;
}

void pool_release(struct pool *pool)
{
    while (pool->block) {
        struct pool_block *before = pool->block->before;
        free(pool->block);
        pool->block = before;
    }
}
