/* sse.h - server-sent events as a push parser (WHATWG HTML, section 9.2.6): any split of the input gives the
 * same events. */
#ifndef SANDGATE_WIRE_SSE_H
#define SANDGATE_WIRE_SSE_H

#include <stdbool.h>
#include <stddef.h>

struct sse;

/* EVENT is told of each dispatched event: TYPE ("message" when the stream named none) and its DATA lines
 * joined by newlines (NUL-terminated; LENGTH without it). */
struct sse *sse_new(void (*event)(void *data, const char *type, const char *text, size_t length), void *data);
void sse_free(struct sse *sse); /* NULL is fine; from its callback too */
/* False once an event grew over its ceiling (16 MiB); the parser then takes nothing more.  True when the
 * parser was freed by its callback.  An event that the end of the stream cuts off is not told. */
bool sse_feed(struct sse *sse, const char *bytes, size_t length);

#endif
