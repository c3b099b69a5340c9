/* fuzz_sse.c - the first byte says how the rest is cut; the events must be those of the whole. */
#include "base/buffer.h"
#include "wire/sse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void note(void *data, const char *type, const char *text, size_t length)
{
    struct buffer *events = data;
    if (text[length] != '\0')
        abort();
    buffer_append(events, type, strlen(type) + 1);
    buffer_append(events, &length, sizeof(length));
    buffer_append(events, text, length);
}

static void parse(struct buffer *events, const char *bytes, size_t length, size_t piece)
{
    struct sse *sse = sse_new(note, events);
    while (length > 0) {
        size_t count = length < piece ? length : piece;
        if (!sse_feed(sse, bytes, count))
            abort();
        bytes += count;
        length -= count;
    }
    sse_free(sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct buffer whole = BUFFER_INIT, pieces = BUFFER_INIT;
    const char *bytes = (const char *)data + 1;
    parse(&whole, bytes, size - 1, size);
    parse(&pieces, bytes, size - 1, data[0] % 16 + 1);
    if (whole.length != pieces.length || memcmp(whole.data, pieces.data, whole.length) != 0)
        abort();
    buffer_release(&whole);
    buffer_release(&pieces);
    return 0;
}
