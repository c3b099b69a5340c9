/* buffer.c - a growing byte string with a ceiling.
 *
 * Memory doubles while there is room below the ceiling.  An empty buffer owns nothing and points at
 * buffer_empty, so that data is good to read from the first moment. */
#include "base/buffer.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char buffer_empty[1];

enum { FIRST_CAPACITY = 64 };

static size_t ceiling_of(const struct buffer *buffer)
{
    return buffer->ceiling ? buffer->ceiling : BUFFER_CEILING;
}

/* Every write of the ending NUL goes through here: the shared empty string is never written. */
static void set_length(struct buffer *buffer, size_t length)
{
    buffer->length = length;
    if (buffer->capacity)
        buffer->data[length] = '\0';
}

void buffer_init(struct buffer *buffer, size_t ceiling)
{
    *buffer = (struct buffer){ .data = buffer_empty, .ceiling = ceiling };
}

void buffer_release(struct buffer *buffer)
{
    if (buffer->capacity)
        free(buffer->data);
    buffer_init(buffer, buffer->ceiling);
}

void buffer_clear(struct buffer *buffer)
{
    set_length(buffer, 0);
    buffer->full = false;
}

/* Room for exactly MORE bytes and the NUL, without doubling past the ceiling. */
static void grow(struct buffer *buffer, size_t needed)
{
    size_t limit = ceiling_of(buffer);
    limit = limit < SIZE_MAX ? limit + 1 : limit;
    size_t wanted = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (wanted < needed)
        wanted = wanted > SIZE_MAX / 2 ? needed : wanted * 2;
    if (wanted > limit)
        wanted = limit;
    if (buffer->capacity) {
        buffer->data = xrealloc(buffer->data, wanted);
    } else {
        buffer->data = xmalloc(wanted);
        buffer->data[0] = '\0';
    }
    buffer->capacity = wanted;
}

char *buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t ceiling = ceiling_of(buffer);
    if (buffer->length > ceiling || more > ceiling - buffer->length) {
        buffer->full = true;
        return NULL;
    }
    if (buffer->length + more + 1 > buffer->capacity)
        grow(buffer, buffer->length + more + 1);
    return buffer->data + buffer->length;
}

void buffer_added(struct buffer *buffer, size_t length)
{
    if (length && buffer->length + length >= buffer->capacity)
        bug("more bytes were added to a buffer than it had room for");
    set_length(buffer, buffer->length + length);
}

bool buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    if (!length)
        return true;
    char *room = buffer_reserve(buffer, length);
    if (!room)
        return false;
    memcpy(room, data, length);
    set_length(buffer, buffer->length + length);
    return true;
}

bool buffer_append_text(struct buffer *buffer, const char *text)
{
    return buffer_append(buffer, text, strlen(text));
}

bool buffer_append_byte(struct buffer *buffer, char byte)
{
    return buffer_append(buffer, &byte, 1);
}

bool buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool done = buffer_append_format_list(buffer, format, arguments);
    va_end(arguments);
    return done;
}

bool buffer_append_format_list(struct buffer *buffer, const char *format, va_list arguments)
{
    char small[256];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(small, sizeof small, format, arguments);
    bool done;
    if (length >= 0 && (size_t)length < sizeof small) {
        done = buffer_append(buffer, small, (size_t)length);
    } else {
        char *text = xvasprintf(format, again);
        done = buffer_append_text(buffer, text);
        free(text);
    }
    va_end(again);
    return done;
}

void buffer_remove(struct buffer *buffer, size_t offset, size_t length)
{
    if (offset >= buffer->length)
        return;
    if (length > buffer->length - offset)
        length = buffer->length - offset;
    memmove(buffer->data + offset, buffer->data + offset + length, buffer->length - offset - length);
    set_length(buffer, buffer->length - length);
}

void buffer_insert(struct buffer *buffer, size_t offset, const void *data, size_t length)
{
    if (offset > buffer->length)
        offset = buffer->length;
    if (!length || !buffer_reserve(buffer, length))
        return;
    memmove(buffer->data + offset + length, buffer->data + offset, buffer->length - offset);
    memcpy(buffer->data + offset, data, length);
    set_length(buffer, buffer->length + length);
}

void buffer_truncate(struct buffer *buffer, size_t length)
{
    if (length < buffer->length)
        set_length(buffer, length);
}

char *buffer_detach(struct buffer *buffer)
{
    char *data = buffer->capacity ? buffer->data : xstrdup("");
    buffer_init(buffer, buffer->ceiling);
    return data;
}
