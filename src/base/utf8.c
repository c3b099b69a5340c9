/* utf8.c - UTF-8, clusters and columns.
 *
 * Decoding is strict (RFC 3629): no overlong forms, no surrogates, nothing over U+10FFFF.  A bad sequence
 * costs one byte, so that reading always goes on and finds the next good character. */
#include "base/utf8.h"

#include "base/buffer.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <utf8proc.h>
#include <wchar.h>

/* What a lead byte promises: how many bytes, and what the second may be (that rules out overlong forms,
 * surrogates and the far end; all later bytes are 80..BF). */
struct lead {
    unsigned char first, last; /* of the lead byte */
    unsigned char size;
    unsigned char low, high; /* of the second byte */
};

static const struct lead leads[] = {
    { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf }, { 0xe1, 0xec, 3, 0x80, 0xbf },
    { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf }, { 0xf0, 0xf0, 4, 0x90, 0xbf },
    { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct lead *lead_of(unsigned char byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

/* How many bytes of TEXT go well with LEAD, its own included. */
static size_t well_formed(const struct lead *lead, const char *text, size_t length)
{
    size_t size = length < lead->size ? length : lead->size;
    for (size_t i = 1; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < (i == 1 ? lead->low : 0x80) || byte > (i == 1 ? lead->high : 0xbf))
            return i;
    }
    return size;
}

size_t utf8_decode(const char *text, size_t length, uint32_t *code)
{
    unsigned char first = (unsigned char)text[0];
    *code = first;
    if (first < 0x80)
        return 1;
    const struct lead *lead = lead_of(first);
    if (!lead || well_formed(lead, text, length) < lead->size) {
        *code = UTF8_BAD;
        return 1;
    }
    *code = first & (0x7f >> lead->size);
    for (size_t i = 1; i < lead->size; i++)
        *code = *code << 6 | ((unsigned char)text[i] & 0x3f);
    return lead->size;
}

size_t utf8_encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* The length of the plain ASCII at the start of TEXT, eight bytes at a time. */
static size_t ascii_run(const char *text, size_t length)
{
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= length; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < length && (unsigned char)text[at] < 0x80)
        at++;
    return at;
}

size_t utf8_valid_length(const char *text, size_t length)
{
    size_t at = 0;
    while ((at += ascii_run(text + at, length - at)) < length) {
        uint32_t code;
        size_t size = utf8_decode(text + at, length - at, &code);
        if (code == UTF8_BAD)
            break;
        at += size;
    }
    return at;
}

bool utf8_valid(const char *text, size_t length)
{
    return utf8_valid_length(text, length) == length;
}

size_t utf8_partial_tail(const char *text, size_t length)
{
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        const char *start = text + length - back;
        if (((unsigned char)*start & 0xc0) == 0x80)
            continue;
        const struct lead *lead = lead_of((unsigned char)*start);
        return lead && back < lead->size && well_formed(lead, start, back) == back ? back : 0;
    }
    return 0;
}

size_t utf8_cluster(const char *text, size_t length)
{
    uint32_t before, code;
    size_t at = utf8_decode(text, length, &before);
    utf8proc_int32_t state = 0;
    while (at < length && before != UTF8_BAD) {
        size_t size = utf8_decode(text + at, length - at, &code);
        if (code == UTF8_BAD || (before >= ' ' && before < 0x7f && code >= ' ' && code < 0x7f) ||
            utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)code, &state))
            break;
        at += size;
        before = code;
    }
    return at;
}

int utf8_code_columns(uint32_t code)
{
    if (code >= ' ' && code < 0x7f)
        return 1;
    if (!code || code > 0x10ffff)
        return -1;
    return wcwidth((wchar_t)code);
}

void utf8_set_locale(void)
{
    if (!setlocale(LC_ALL, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    /* Numbers are written and read the same everywhere: JSON, YAML and SQL know one decimal point. */
    setlocale(LC_NUMERIC, "C");
}

void utf8_repair(struct buffer *out, const char *text, size_t length)
{
    size_t start = 0, at = 0;
    while ((at += ascii_run(text + at, length - at)) < length) {
        uint32_t code;
        size_t size = utf8_decode(text + at, length - at, &code);
        if (code == UTF8_BAD) {
            buffer_append(out, text + start, at - start);
            buffer_append_text(out, "\xef\xbf\xbd");
            start = at + size;
        }
        at += size;
    }
    buffer_append(out, text + start, length - start);
}
