/* fuzz_visible.c - the door to the terminal: every byte is accounted for, what is drawn is plain and has the
 * columns that are said, and the ways through the door agree. */
#include "base/visible.h"

#include "base/buffer.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

static void check_drawn(const struct glyph *glyph)
{
    int columns = 0;
    size_t length = strnlen(glyph->text, sizeof glyph->text), codes = 0;
    check(length < sizeof glyph->text);
    for (size_t at = 0; at < length; codes++) {
        uint32_t code;
        at += utf8_decode(glyph->text + at, length - at, &code);
        check(code != UTF8_BAD && utf8_code_columns(code) >= 0);
        check(!(code >= 0x200b && code <= 0x200f) && !(code >= 0x2028 && code <= 0x202e));
        check(!(code >= 0x2060 && code <= 0x206f) && !(code >= 0xe0000 && code <= 0xe0fff));
        columns += utf8_code_columns(code);
    }
    bool is_space = glyph->kind == GLYPH_NEWLINE || glyph->kind == GLYPH_TAB;
    check(columns == glyph->columns && is_space == (columns == 0));
    check(glyph->kind != GLYPH_TEXT || codes <= 5); /* what a cell of curses holds */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct buffer line = BUFFER_INIT, joined = BUFFER_INIT, plain = BUFFER_INIT;
    size_t columns = 0;
    for (size_t at = 0; at < size;) {
        struct glyph glyph;
        visible_next(text + at, size - at, &glyph);
        check(glyph.bytes > 0 && glyph.bytes <= size - at);
        check_drawn(&glyph);
        bool newline = glyph.kind == GLYPH_NEWLINE, tab = glyph.kind == GLYPH_TAB;
        buffer_append_text(&joined, newline ? "\xe2\x8f\x8e" : tab ? " " : glyph.text);
        columns += newline || tab ? 1 : (size_t)glyph.columns;
        at += glyph.bytes;
    }
    visible_line(&line, text, size);
    check(strcmp(line.data, joined.data) == 0);
    check(visible_columns(text, size) == columns);
    visible_text(&plain, text, size);
    for (size_t i = 0; i < plain.length; i++)
        check((unsigned char)plain.data[i] >= 0x20 || plain.data[i] == '\n' || plain.data[i] == '\t');
    buffer_release(&line);
    buffer_release(&joined);
    buffer_release(&plain);
    return 0;
}
