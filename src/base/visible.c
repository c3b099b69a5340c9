/* visible.c - untrusted text made safe to draw.
 *
 * Nearly all text is plain ASCII and leaves by the first lines of visible_next, or in whole runs where a line
 * is built.  Anything else is decoded and must *earn* its way to the terminal: it has columns by wcwidth, it
 * is in no row of the table below, and what follows it joins it only as one of
 *   - a combining mark: no break before it, no columns, category Mn or Me, or a Hangul vowel or final;
 *     at most four, since a cell holds five code points; the fifth stands alone and becomes a mark;
 *   - the tail of an emoji, which is taken off: one skin tone, one variation selector, and joined emoji.
 * A tail of that grammar only, so that no text can be hidden behind an emoji by selectors or tags. */
#include "base/visible.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

enum {
    JOINER = 0x200d,
    KEYCAP = 0x20e3,
    TEXT_STYLE = 0xfe0e,
    EMOJI_STYLE = 0xfe0f,
    MARKS_A_CELL = 4,
    JOINED_EMOJI = 8, /* a family has three; more is an attempt at something */
};

/* What never reaches the terminal though wcwidth gives some of it columns or it counts as a combining mark:
 * invisible, changes the direction of its neighbours, or means what each font likes. Ascending. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    { 0x0080, 0x009f },    /* C1 controls */
    { 0x00ad, 0x00ad },    /* soft hyphen */
    { 0x034f, 0x034f },    /* grapheme joiner */
    { 0x061c, 0x061c },    /* Arabic letter mark (bidi) */
    { 0x115f, 0x1160 },    /* Hangul fillers */
    { 0x17b4, 0x17b5 },    /* Khmer inherent vowels */
    { 0x180b, 0x180f },    /* Mongolian selectors */
    { 0x200b, 0x200f },    /* zero-width space, joiners, direction marks */
    { 0x2028, 0x202e },    /* separators, bidi embeddings and overrides */
    { 0x2060, 0x206f },    /* word joiner, invisible operators, bidi isolates */
    { 0x3164, 0x3164 },    /* Hangul filler */
    { 0xe000, 0xf8ff },    /* private use */
    { 0xfe00, 0xfe0f },    /* variation selectors */
    { 0xfeff, 0xfeff },    /* byte order mark */
    { 0xffa0, 0xffa0 },    /* half-width Hangul filler */
    { 0xfff0, 0xfffb },    /* specials */
    { 0x1bca0, 0x1bca3 },  /* shorthand format controls */
    { 0x1d159, 0x1d159 },  /* musical null notehead */
    { 0x1d173, 0x1d17a },  /* musical format controls */
    { 0xe0000, 0xe0fff },  /* tags, selectors */
    { 0xf0000, 0x10ffff }, /* private use */
};

static bool is_hidden(uint32_t code)
{
    size_t low = 0, high = ARRAY_SIZE(hidden);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > hidden[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ARRAY_SIZE(hidden) && code >= hidden[low].first;
}

static bool is_plain(char byte)
{
    return byte >= ' ' && byte < 0x7f;
}

static int boundary_class(uint32_t code)
{
    return utf8proc_get_property((utf8proc_int32_t)code)->boundclass;
}

static bool is_emoji(uint32_t code)
{
    return code > 0x7f && boundary_class(code) == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static bool is_skin_tone(uint32_t code)
{
    return code >= 0x1f3fb && code <= 0x1f3ff;
}

/* Reads the code point of TEXT at AT; 0 at the end. */
static size_t read_code(const char *text, size_t length, size_t at, uint32_t *code)
{
    *code = 0;
    return at < length ? utf8_decode(text + at, length - at, code) : 0;
}

/* --- what joins a base --- */

static bool joins(uint32_t before, uint32_t code)
{
    if (code < 0x300 || code == UTF8_BAD || utf8_code_columns(code) != 0 || is_hidden(code) ||
        utf8proc_grapheme_break((utf8proc_int32_t)before, (utf8proc_int32_t)code))
        return false;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    int class = boundary_class(code);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME ||
           class == UTF8PROC_BOUNDCLASS_V || class == UTF8PROC_BOUNDCLASS_T;
}

/* The bytes from AT on that follow an emoji and are not drawn. */
static size_t emoji_tail(const char *text, size_t length, size_t at)
{
    size_t start = at, size;
    uint32_t code;
    for (int joined = 0;; joined++) {
        size = read_code(text, length, at, &code);
        if (is_skin_tone(code)) {
            at += size;
            size = read_code(text, length, at, &code);
        }
        if (code == EMOJI_STYLE || code == TEXT_STYLE) {
            at += size;
            size = read_code(text, length, at, &code);
        }
        if (code != JOINER || joined == JOINED_EMOJI)
            return at - start;
        size_t behind = read_code(text, length, at + size, &code);
        if (code == UTF8_BAD || !is_emoji(code))
            return at - start;
        at += size + behind;
    }
}

/* The bytes of the variation selector between a digit and the keycap that encloses it, else 0. */
static size_t keycap_selector(char base, const char *text, size_t length, size_t at)
{
    uint32_t selector, keycap;
    size_t size = read_code(text, length, at, &selector);
    if (selector != EMOJI_STYLE || !strchr("0123456789#*", base))
        return 0;
    read_code(text, length, at + size, &keycap);
    return keycap == KEYCAP ? size : 0;
}

/* Takes combining marks from TEXT into the glyph, whose text is TAKEN bytes long and ends with BEFORE. */
static void take_marks(struct glyph *glyph, size_t taken, const char *text, size_t length, uint32_t before)
{
    for (int count = 0; count < MARKS_A_CELL; count++) {
        uint32_t code;
        size_t size = read_code(text, length, glyph->bytes, &code);
        if (!size || !joins(before, code))
            break;
        memcpy(glyph->text + taken, text + glyph->bytes, size);
        taken += size;
        glyph->bytes += size;
        before = code;
    }
    glyph->text[taken] = '\0';
}

/* --- glyphs --- */

static void set_mark(struct glyph *glyph, const char *format, unsigned value)
{
    glyph->kind = GLYPH_MARK;
    glyph->columns = snprintf(glyph->text, sizeof glyph->text, format, value);
}

static void set_unknown(struct glyph *glyph)
{
    glyph->kind = GLYPH_MARK;
    strcpy(glyph->text, "\xef\xbf\xbd");
    glyph->columns = 1;
}

static void set_control(struct glyph *glyph, const char *text, size_t length)
{
    char byte = text[0];
    glyph->text[0] = '\0';
    glyph->columns = 0;
    if (byte == '\t') {
        glyph->kind = GLYPH_TAB;
    } else if (byte == '\n') {
        glyph->kind = GLYPH_NEWLINE;
    } else if (byte == '\r' && length > 1 && text[1] == '\n') {
        glyph->kind = GLYPH_NEWLINE;
        glyph->bytes = 2;
    } else {
        set_mark(glyph, "^%c", (unsigned)byte ^ 0x40);
    }
}

/* A glyph whose base, CODE, has been read into glyph->bytes and is good to draw. */
static void set_text(struct glyph *glyph, const char *text, size_t length, uint32_t code)
{
    size_t taken = glyph->bytes;
    glyph->kind = GLYPH_TEXT;
    memcpy(glyph->text, text, taken);
    if (is_emoji(code))
        glyph->bytes += emoji_tail(text, length, taken);
    else if (code < 0x80)
        glyph->bytes += keycap_selector((char)code, text, length, taken);
    take_marks(glyph, taken, text, length, code);
}

void visible_next(const char *text, size_t length, struct glyph *glyph)
{
    if (is_plain(text[0]) && (length == 1 || (unsigned char)text[1] < 0x80)) {
        *glyph = (struct glyph){ GLYPH_TEXT, { text[0] }, 1, 1 };
        return;
    }
    uint32_t code;
    glyph->bytes = utf8_decode(text, length, &code);
    if (code == UTF8_BAD) {
        set_mark(glyph, "\\x%02x", (unsigned char)text[0]);
        return;
    }
    if (code < 0x80 && !is_plain(text[0])) {
        set_control(glyph, text, length);
        return;
    }
    glyph->columns = utf8_code_columns(code);
    if (is_hidden(code) || glyph->columns == 0)
        set_mark(glyph, "<U+%04X>", code);
    else if (glyph->columns > 0)
        set_text(glyph, text, length, code);
    else {
        set_unknown(glyph);
        if (is_emoji(code)) /* newer than our tables; its tail would be litter */
            glyph->bytes += emoji_tail(text, length, glyph->bytes);
    }
}

/* --- whole texts --- */

/* The length of the run at the start of TEXT that is drawn byte by byte as it is. */
static size_t plain_run(const char *text, size_t length)
{
    size_t run = 0;
    while (run < length && is_plain(text[run]))
        run++;
    /* The last one may be the base of what follows. */
    if (run && run < length && (unsigned char)text[run] >= 0x80)
        run--;
    return run;
}

static void append_visible(struct buffer *out, const char *text, size_t length, const char *newline,
                           const char *tab)
{
    while (length) {
        size_t run = plain_run(text, length);
        if (run) {
            buffer_append(out, text, run);
        } else {
            struct glyph glyph;
            visible_next(text, length, &glyph);
            buffer_append_text(out, glyph.kind == GLYPH_NEWLINE ? newline
                                    : glyph.kind == GLYPH_TAB   ? tab
                                                                : glyph.text);
            run = glyph.bytes;
        }
        text += run;
        length -= run;
    }
}

void visible_line(struct buffer *out, const char *text, size_t length)
{
    append_visible(out, text, length, "\xe2\x8f\x8e", " ");
}

void visible_text(struct buffer *out, const char *text, size_t length)
{
    append_visible(out, text, length, "\n", "\t");
}

size_t visible_columns(const char *text, size_t length)
{
    size_t columns = 0;
    while (length) {
        size_t run = plain_run(text, length);
        columns += run;
        if (!run) {
            struct glyph glyph;
            visible_next(text, length, &glyph);
            columns += glyph.kind == GLYPH_NEWLINE || glyph.kind == GLYPH_TAB ? 1 : (size_t)glyph.columns;
            run = glyph.bytes;
        }
        text += run;
        length -= run;
    }
    return columns;
}
