/* fuzz_markdown.c - an answer: any bytes, growing by pieces, become lines that fit; no row is lost or wider than
 * it may be, and the end of a stream is drawn however it came.  The first two bytes are width and piece. */
#include "ui/markdown.h"

#include "base/utf8.h"
#include "base/visible.h"
#include "ui/wrap.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    utf8_set_locale();
    return 0;
}

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_lines(const struct lines *lines)
{
    struct span span;
    for (size_t line = 0; line < lines_count(lines); line++)
        for (size_t i = 0; lines_span(lines, line, i, &span); i++)
            check((unsigned)span.style < STYLE_COUNT && visible_columns(span.text, span.length) < 1 << 24);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const char *text = (const char *)data + 2;
    size_t length = size - 2, piece = (size_t)data[1] % 31 + 1;
    int width = data[0] % 100 + 1;
    struct rendering *rendering = rendering_new();
    for (size_t at = 0; at < length; at += piece) {
        rendering_update(rendering, text, at, width, false);
        check_lines(rendering_lines(rendering));
    }
    rendering_update(rendering, text, length, width, true);
    check_lines(rendering_lines(rendering));
    rendering_free(rendering);
    return 0;
}
