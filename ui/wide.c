/* wide.c - wide characters over base/utf8 and base/visible, which read UTF-8.
 *
 * Glyphs and clusters are found by writing the next few characters as UTF-8 into a window on the stack; no
 * cluster that a person typed is longer than that window. */
#include "ui/wide.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/visible.h"

#include <stdbool.h>
#include <stdint.h>

enum { WINDOW = 64, REPLACEMENT = 0xfffd };

static uint32_t code_of(wchar_t character)
{
    uint32_t code = (uint32_t)character;
    bool good = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
    return good ? code : REPLACEMENT;
}

wchar_t *wide_from_utf8(const char *text, size_t length, size_t *count)
{
    wchar_t *wide = xmalloc((length + 1) * sizeof *wide);
    *count = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += utf8_decode(text + at, length - at, &code);
        wide[(*count)++] = code == UTF8_BAD || code == 0 ? REPLACEMENT : (wchar_t)code;
    }
    wide[*count] = 0;
    return wide;
}

void wide_to_utf8(struct buffer *out, const wchar_t *text, size_t count)
{
    char piece[512];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += utf8_encode(code_of(text[i]), piece + used);
        if (used > sizeof piece - 4) {
            buffer_append(out, piece, used);
            used = 0;
        }
    }
    buffer_append(out, piece, used);
}

/* Writes the start of TEXT into WINDOW as UTF-8; returns the bytes. */
static size_t fill_window(char window[WINDOW * 4], const wchar_t *text, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count && i < WINDOW; i++)
        used += utf8_encode(code_of(text[i]), window + used);
    return used;
}

/* How many of TEXT's characters make BYTES bytes of UTF-8. */
static size_t characters_in(const wchar_t *text, size_t bytes)
{
    size_t count = 0;
    for (size_t used = 0; used < bytes; count++) {
        char one[4];
        used += utf8_encode(code_of(text[count]), one);
    }
    return count;
}

static bool is_ascii_text(wchar_t character)
{
    return character >= L' ' && character < 0x7f;
}

size_t wide_glyph(const wchar_t *text, size_t count, struct glyph *glyph)
{
    if (is_ascii_text(text[0]) && (count == 1 || is_ascii_text(text[1]) || text[1] == L'\n')) {
        *glyph = (struct glyph){ .text = { (char)text[0] }, .columns = 1, .bytes = 1 };
        return 1;
    }
    char window[WINDOW * 4];
    size_t bytes = fill_window(window, text, count);
    visible_next(window, bytes, glyph);
    return characters_in(text, glyph->bytes);
}

size_t wide_cluster(const wchar_t *text, size_t count)
{
    char window[WINDOW * 4];
    size_t bytes = fill_window(window, text, count);
    return characters_in(text, utf8_cluster(window, bytes));
}

size_t wide_cluster_before(const wchar_t *text, size_t position)
{
    size_t at = wide_line_begin(text, position - 1);
    if (position - at > WINDOW)
        at = position - WINDOW;
    for (;;) {
        size_t next = at + wide_cluster(text + at, position - at);
        if (next >= position)
            return at;
        at = next;
    }
}

size_t wide_line_begin(const wchar_t *text, size_t position)
{
    while (position > 0 && text[position - 1] != L'\n')
        position--;
    return position;
}

size_t wide_line_end(const wchar_t *text, size_t count, size_t position)
{
    while (position < count && text[position] != L'\n')
        position++;
    return position;
}
