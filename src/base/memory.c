/* memory.c - libc's allocation with the answer NULL taken out of it.
 *
 * No memory and impossible states end here, each with one line on standard error. */
#include "base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die_of_memory(size_t size) __attribute__((noreturn));

static void die_of_memory(size_t size)
{
    fprintf(stderr, "sandgate: out of memory (%zu bytes were wanted)\n", size);
    abort();
}

void *xmalloc(size_t size)
{
    void *pointer = malloc(size ? size : 1);
    if (!pointer)
        die_of_memory(size);
    return pointer;
}

void *xcalloc(size_t count, size_t size)
{
    void *pointer = count && size ? calloc(count, size) : calloc(1, 1);
    if (!pointer)
        die_of_memory(count > SIZE_MAX / (size ? size : 1) ? SIZE_MAX : count * size);
    return pointer;
}

void *xrealloc(void *pointer, size_t size)
{
    void *moved = realloc(pointer, size ? size : 1);
    if (!moved)
        die_of_memory(size);
    return moved;
}

char *xstrdup(const char *text)
{
    return xmemdup(text, strlen(text) + 1);
}

char *xstrndup(const char *text, size_t length)
{
    size_t used = strnlen(text, length);
    char *copy = xmalloc(used + 1);
    memcpy(copy, text, used);
    copy[used] = '\0';
    return copy;
}

void *xmemdup(const void *data, size_t size)
{
    void *copy = xmalloc(size);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = xvasprintf(format, arguments);
    va_end(arguments);
    return text;
}

char *xvasprintf(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        bug("a text could not be formatted: \"%s\"", format);
    return text;
}

char *xstrdup_or_null(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

void *array_reserve(void *array, size_t *capacity, size_t count, size_t item_size)
{
    if (count <= *capacity)
        return array;
    if (count > SIZE_MAX / 2 / item_size)
        die_of_memory(SIZE_MAX);
    size_t wanted = *capacity ? *capacity : 8;
    while (wanted < count)
        wanted *= 2;
    *capacity = wanted;
    return xrealloc(array, wanted * item_size);
}

void bug(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("sandgate: internal error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

void memory_setup(void)
{
    mallopt(M_ARENA_MAX, 1);
}

void memory_trim(void)
{
    malloc_trim(0);
}
