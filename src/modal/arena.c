/* arena.c - one block an allocation, in a list: there are dozens, not millions. */
#include "modal/arena.h"

#include "base/memory.h"
#include "base/texts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    max_align_t content[];
};

void *arena_take(struct arena *arena, size_t size)
{
    struct arena_block *block = xcalloc(1, sizeof *block + size);

    block->next = arena->blocks;
    arena->blocks = block;
    return block->content;
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    void *copy = arena_take(arena, size);

    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, text, strlen(text) + 1) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = xvasprintf(format, arguments);
    va_end(arguments);
    char *copy = arena_text(arena, text);
    free(text);
    return copy;
}

const char *const *arena_texts(struct arena *arena, const char *const *list)
{
    if (!list)
        return NULL;
    size_t count = texts_count(list);
    const char **copy = arena_take(arena, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = arena_text(arena, list[i]);
    return copy;
}

void *arena_message(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
    void *message = arena_take(arena, type->sizeof_message);

    protobuf_c_message_init(type, message);
    return message;
}

void arena_release(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
}
