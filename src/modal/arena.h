/* arena.h - memory that goes all at once: what a request was asked for with, and the messages made of it. */
#ifndef SANDGATE_MODAL_ARENA_H
#define SANDGATE_MODAL_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks;
};

#define ARENA_INIT \
    {              \
        NULL       \
    }

void *arena_take(struct arena *arena, size_t size); /* zeroed; never NULL */
void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_text(struct arena *arena, const char *text); /* NULL stays NULL */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A NULL-terminated list; NULL stays NULL. */
const char *const *arena_texts(struct arena *arena, const char *const *list);
/* An empty message, all fields absent: (Modal__Sandbox *)arena_message(arena, &modal__sandbox__descriptor). */
void *arena_message(struct arena *arena, const ProtobufCMessageDescriptor *type);
/* Frees all; the arena is empty and usable again. */
void arena_release(struct arena *arena);

#endif
