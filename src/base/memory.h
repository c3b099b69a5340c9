/* memory.h - allocation that cannot fail, and the last words of a program that must stop.
 *
 * Running out of memory ends the program (exemplars: a terminal program gains nothing from half-handled
 * malloc).  Everything that can really happen is an error (error.h) and is handed back instead. */
#ifndef SANDGATE_BASE_MEMORY_H
#define SANDGATE_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

/* As their namesakes in libc, but never NULL.  Sizes of 0 give a unique pointer.  Caller frees with free(). */
void *xmalloc(size_t size) __attribute__((malloc));
void *xcalloc(size_t count, size_t size) __attribute__((malloc));
void *xrealloc(void *pointer, size_t size);
char *xstrdup(const char *text) __attribute__((malloc));
char *xstrndup(const char *text, size_t length) __attribute__((malloc));
void *xmemdup(const void *data, size_t size) __attribute__((malloc));
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), malloc));
char *xvasprintf(const char *format, va_list arguments) __attribute__((format(printf, 1, 0), malloc));

/* xstrdup that maps NULL to NULL. */
char *xstrdup_or_null(const char *text);

/* Makes room in ARRAY (items of ITEM_SIZE bytes, *CAPACITY of them) for COUNT items; doubles. Returns the
 * array, perhaps moved. */
void *array_reserve(void *array, size_t *capacity, size_t count, size_t item_size);

/* A state that cannot be: prints "sandgate: internal error: ..." to standard error and aborts, so that the
 * crash handler can give the terminal back. */
void bug(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* One heap for all threads: what a large event took is given back to the system, not kept by a thread. Call
 * once, before any thread starts. */
void memory_setup(void);
/* Gives free memory back to the system: after something large (an answer of megabytes) is done with. */
void memory_trim(void);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
