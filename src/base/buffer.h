/* buffer.h - a growing byte string with a ceiling.
 *
 * `data` is never NULL and always ends in a NUL that `length` does not count; the content may hold NULs.
 * A buffer never grows over its ceiling: an append that would is refused whole, sets `full`, and returns
 * false.  A stream from a model or a sandbox is exactly what must not grow for ever, so each use names its
 * ceiling. */
#ifndef SANDGATE_BASE_BUFFER_H
#define SANDGATE_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data;
    size_t length;
    size_t capacity; /* bytes allocated; 0: data points at a shared empty string */
    size_t ceiling;  /* bytes, content only; 0: BUFFER_CEILING */
    bool full;       /* an append was refused since init or clear */
};

enum { BUFFER_CEILING = 64 * 1024 * 1024 }; /* for buffers that name none of their own */

extern char buffer_empty[1]; /* what data points at before the first byte; never written */

#define BUFFER_INIT { .data = buffer_empty }

void buffer_init(struct buffer *buffer, size_t ceiling);
/* Frees the content; the buffer is empty and usable again, its ceiling kept. */
void buffer_release(struct buffer *buffer);
/* Forgets the content, keeps the memory. */
void buffer_clear(struct buffer *buffer);

bool buffer_append(struct buffer *buffer, const void *data, size_t length);
bool buffer_append_text(struct buffer *buffer, const char *text);
bool buffer_append_byte(struct buffer *buffer, char byte);
bool buffer_append_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool buffer_append_format_list(struct buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Makes room for MORE bytes behind the content and returns where they go; the caller then adds what it
 * wrote to length with buffer_added.  NULL when the ceiling forbids it. */
char *buffer_reserve(struct buffer *buffer, size_t more);
void buffer_added(struct buffer *buffer, size_t length);

/* Removes LENGTH bytes at OFFSET. */
void buffer_remove(struct buffer *buffer, size_t offset, size_t length);
void buffer_insert(struct buffer *buffer, size_t offset, const void *data, size_t length);
void buffer_truncate(struct buffer *buffer, size_t length);

/* Hands the content over (NUL-terminated, caller frees); the buffer is empty again. */
char *buffer_detach(struct buffer *buffer);

#endif
