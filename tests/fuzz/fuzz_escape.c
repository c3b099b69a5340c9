/* fuzz_escape.c - the first byte says how the rest is cut; the lines must be those of the whole, bounded, and
 * without an escape byte. */
#include "base/buffer.h"
#include "base/utf8.h"
#include "wire/escape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = ESCAPE_LINE * 4 * 4 }; /* bytes: a column holds at most four code points */

static void note(void *data, const struct escape_line *line)
{
    struct buffer *out = data;
    if (line->text[line->length] != '\0' || line->length > LONGEST ||
        memchr(line->text, '\033', line->length) != NULL || memchr(line->text, '\n', line->length) != NULL)
        abort();
    size_t before = 0;
    for (size_t i = 0; i < line->span_count; i++) {
        if (line->spans[i].offset >= line->length || (i == 0) != (line->spans[i].offset == 0) ||
            line->spans[i].offset < before)
            abort();
        before = line->spans[i].offset;
        buffer_append(out, &line->spans[i], sizeof(line->spans[i]));
    }
    buffer_append(out, line->text, line->length);
    buffer_append_byte(out, line->cut ? '+' : '\n');
}

static void parse(struct buffer *out, const char *bytes, size_t length, size_t piece)
{
    struct escape *escape = escape_new(note, out);
    while (length > 0) {
        size_t count = length < piece ? length : piece;
        escape_feed(escape, bytes, count);
        escape_current(escape);
        bytes += count;
        length -= count;
    }
    escape_end(escape);
    escape_free(escape);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    utf8_set_locale();
    return 0;
}

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
