/* wrap.c - one pass over the text, each glyph looked at once.
 *
 * Text goes to the end of one buffer.  A glyph is put into the last row by stretching the row's last span; when
 * it does not fit, the row is split at the last place where a line may break, which moves a word and never
 * more.  So text that streams in costs what is new.  A row has no length of its own: its spans end where the
 * next row's begin. */
#include "ui/wrap.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/odd.h"
#include "base/utf8.h"
#include "base/visible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAB_STOP = 8,
    SPAN_LONGEST = (1 << 24) - 1,
    PREFIX_SEARCH = 4, /* how many of the last prefixes are looked through for an equal one */
};

struct piece { /* a span as it is kept */
    uint32_t offset;
    uint32_t length : 24;
    uint32_t style : 8;
};

struct row {
    uint32_t span;
    uint32_t prefix : 22;
    uint32_t fill : 8;
    uint32_t continues : 1;
};

struct prefix {
    uint32_t span, count; /* in prefix_spans */
    int columns;
};

struct lines {
    int width;
    const struct odd_list *marks;
    struct buffer text;
    struct piece *spans;
    size_t span_count, span_capacity;
    struct row *rows;
    size_t row_count, row_capacity;
    struct prefix *prefixes; /* 0 is the empty one */
    size_t prefix_count, prefix_capacity;
    struct piece *prefix_spans;
    size_t prefix_span_count, prefix_span_capacity;

    /* the open logical line */
    bool open;
    enum wrap_mode mode;
    uint32_t rest_prefix;
    enum style fill;
    int column;          /* of the last row, without its prefix */
    bool has_word;       /* the last row holds more than spaces */
    bool must_break;     /* spaces hang over the edge: the next word begins a row */
    size_t break_span;   /* where the last row may be split: behind break_length bytes of this span; */
    size_t break_length; /* 0 and break_span 0: nowhere */
    int break_column;
    bool has_break;
    size_t last_bytes; /* of the glyph put last, 0: it cannot be taken back */
    int last_column;   /* before it */
    bool last_has_word;
    size_t held; /* bytes at the end that are in no row yet: their rest has not come */
    enum style held_style;
};

struct lines *lines_new(int width)
{
    struct lines *lines = xcalloc(1, sizeof(*lines));
    buffer_init(&lines->text, 0);
    lines_clear(lines, width);
    return lines;
}

void lines_free(struct lines *lines)
{
    if (!lines)
        return;
    buffer_release(&lines->text);
    free(lines->spans);
    free(lines->rows);
    free(lines->prefixes);
    free(lines->prefix_spans);
    free(lines);
}

static uint32_t add_prefix(struct lines *lines, const struct span *spans, size_t count);

void lines_clear(struct lines *lines, int width)
{
    lines->width = width < 1 ? 1 : width;
    lines->open = false;
    lines->held = 0;
    lines->span_count = lines->row_count = lines->prefix_count = lines->prefix_span_count = 0;
    buffer_clear(&lines->text);
    add_prefix(lines, NULL, 0);
}

int lines_width(const struct lines *lines)
{
    return lines->width;
}

/* --- prefixes --- */

static bool same_prefix(const struct lines *lines, size_t index, const struct span *spans, size_t count)
{
    const struct prefix *prefix = &lines->prefixes[index];
    if (prefix->count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = &lines->prefix_spans[prefix->span + i];
        if (piece->length != spans[i].length || piece->style != spans[i].style ||
            memcmp(lines->text.data + piece->offset, spans[i].text, spans[i].length) != 0)
            return false;
    }
    return true;
}

/* The number of an equal prefix among the last ones, else of a new one. */
static uint32_t add_prefix(struct lines *lines, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < PREFIX_SEARCH && i < lines->prefix_count; i++)
        if (same_prefix(lines, lines->prefix_count - 1 - i, spans, count))
            return (uint32_t)(lines->prefix_count - 1 - i);
    if (!count && lines->prefix_count)
        return 0;
    struct prefix prefix = { .span = (uint32_t)lines->prefix_span_count, .count = (uint32_t)count };
    lines->prefix_spans = array_reserve(lines->prefix_spans, &lines->prefix_span_capacity,
                                        lines->prefix_span_count + count + 1, sizeof(struct piece));
    for (size_t i = 0; i < count; i++) {
        struct piece piece = { .offset = (uint32_t)lines->text.length };
        if (!buffer_append(&lines->text, spans[i].text, spans[i].length))
            return 0;
        piece.length = spans[i].length & SPAN_LONGEST;
        piece.style = spans[i].style;
        lines->prefix_spans[lines->prefix_span_count + i] = piece;
        prefix.columns += (int)visible_columns(spans[i].text, spans[i].length);
    }
    lines->prefix_span_count += count;
    lines->prefixes =
        array_reserve(lines->prefixes, &lines->prefix_capacity, lines->prefix_count + 1, sizeof(prefix));
    lines->prefixes[lines->prefix_count++] = prefix;
    return (uint32_t)(lines->prefix_count - 1);
}

/* --- rows --- */

static void add_row(struct lines *lines, uint32_t prefix, bool continues)
{
    struct row row = { .span = (uint32_t)lines->span_count };
    row.prefix = prefix & ((1 << 22) - 1);
    row.fill = lines->fill;
    row.continues = continues;
    lines->rows = array_reserve(lines->rows, &lines->row_capacity, lines->row_count + 1, sizeof(row));
    lines->rows[lines->row_count++] = row;
    lines->column = 0;
    lines->has_word = lines->has_break = lines->must_break = false;
    lines->last_bytes = 0;
}

void lines_begin(struct lines *lines, const struct line_form *form)
{
    static const struct line_form plain = { .mode = WRAP_WORDS };
    lines_end(lines);
    form = form ? form : &plain;
    lines->mode = form->mode;
    lines->fill = form->fill;
    uint32_t first = add_prefix(lines, form->first, form->first_count);
    lines->rest_prefix = add_prefix(lines, form->rest, form->rest_count);
    lines->open = true;
    add_row(lines, first, false);
}

/* Columns that the last row has for text. */
static int room(const struct lines *lines)
{
    int left = lines->width - lines->prefixes[lines->rows[lines->row_count - 1].prefix].columns;
    return left < 1 ? 1 : left;
}

/* Puts BYTES at OFFSET of the text into the last row. */
static void put(struct lines *lines, enum style style, size_t offset, size_t bytes)
{
    struct piece *last = lines->span_count > lines->rows[lines->row_count - 1].span
                             ? &lines->spans[lines->span_count - 1]
                             : NULL;
    if (last && last->style == style && last->offset + last->length == offset &&
        last->length + bytes <= SPAN_LONGEST) {
        last->length = (last->length + bytes) & SPAN_LONGEST;
        return;
    }
    struct piece piece = { .offset = (uint32_t)offset };
    piece.length = bytes & SPAN_LONGEST;
    piece.style = style;
    lines->spans = array_reserve(lines->spans, &lines->span_capacity, lines->span_count + 1, sizeof(piece));
    lines->spans[lines->span_count++] = piece;
}

/* Here the row may be split later. */
static void mark_break(struct lines *lines)
{
    if (!lines->has_word)
        return;
    lines->has_break = true;
    lines->break_span = lines->span_count - 1;
    lines->break_length = lines->spans[lines->break_span].length;
    lines->break_column = lines->column;
}

static void trim_spaces(struct lines *lines, size_t first, size_t last)
{
    for (size_t i = last + 1; i > first; i--) {
        struct piece *piece = &lines->spans[i - 1];
        while (piece->length && strchr(" \t", lines->text.data[piece->offset + piece->length - 1]))
            piece->length--;
        if (piece->length)
            return;
    }
}

/* Splits the last row where it may be: what stands behind becomes a row of its own. */
static void split_row(struct lines *lines)
{
    size_t at = lines->break_span;
    int moved = lines->column - lines->break_column;
    size_t first = lines->rows[lines->row_count - 1].span, tail = at + 1;
    if (lines->spans[at].length > lines->break_length) {
        lines->spans =
            array_reserve(lines->spans, &lines->span_capacity, lines->span_count + 1, sizeof(struct piece));
        memmove(&lines->spans[at + 1], &lines->spans[at], (lines->span_count - at) * sizeof(struct piece));
        lines->span_count++;
        lines->spans[at].length = lines->break_length & SPAN_LONGEST;
        lines->spans[tail].offset += (uint32_t)lines->break_length;
        lines->spans[tail].length -= lines->break_length & SPAN_LONGEST;
    }
    trim_spaces(lines, first, at);
    add_row(lines, lines->rest_prefix, true);
    lines->rows[lines->row_count - 1].span = (uint32_t)tail;
    lines->column = moved;
    lines->has_word = moved > 0;
}

/* Makes room for a glyph of COLUMNS that does not fit.  False: it is a space that hangs over the edge and is
 * not drawn. */
static bool overflow(struct lines *lines, bool space)
{
    if (lines->mode == WRAP_WORDS && space) {
        lines->must_break = true;
        return false;
    }
    if (lines->mode == WRAP_WORDS && lines->has_break)
        split_row(lines);
    else
        add_row(lines, lines->rest_prefix, true);
    return true;
}

static void put_glyph(struct lines *lines, enum style style, size_t offset, const struct glyph *glyph)
{
    char first = lines->text.data[offset];
    bool space = first == ' ' || glyph->kind == GLYPH_TAB;
    int columns = glyph->kind == GLYPH_TAB ? TAB_STOP - lines->column % TAB_STOP : glyph->columns;
    if (lines->must_break && !space)
        add_row(lines, lines->rest_prefix, true);
    else if (lines->must_break)
        return;
    bool wide = columns > 1 && glyph->kind == GLYPH_TEXT;
    if (wide && lines->mode == WRAP_WORDS)
        mark_break(lines); /* ideographs may begin a line */
    while (lines->mode != WRAP_NONE && lines->column && lines->column + columns > room(lines)) {
        if (!overflow(lines, space))
            return;
        if (glyph->kind == GLYPH_TAB)
            columns = TAB_STOP - lines->column % TAB_STOP;
    }
    lines->last_column = lines->column;
    lines->last_has_word = lines->has_word;
    lines->last_bytes = glyph->bytes;
    put(lines, style, offset, glyph->bytes);
    lines->column += columns;
    lines->has_word |= !space;
    if (lines->mode == WRAP_WORDS && (space || wide))
        mark_break(lines);
}

static bool is_plain(char byte)
{
    return byte > ' ' && byte < 0x7f;
}

/* The length of a run of plain ASCII from OFFSET that fits into the row; what a combining mark may still
 * change is not part of it. */
static size_t plain_run(const struct lines *lines, size_t offset, size_t end)
{
    const char *text = lines->text.data;
    size_t at = offset, most = end - offset;
    if (lines->must_break)
        return 0;
    if (lines->mode != WRAP_NONE) {
        int left = room(lines) - lines->column;
        if (left <= 0)
            return 0;
        most = most > (size_t)left ? (size_t)left : most;
    }
    while (at < offset + most && is_plain(text[at]))
        at++;
    if (at > offset && at < end && (unsigned char)text[at] >= 0x80)
        at--;
    return at - offset;
}

/* The last glyph of the row when what follows may belong to it: back by its bytes. */
static size_t take_back(struct lines *lines, enum style style, char next)
{
    size_t end = lines->text.length - lines->held, bytes = lines->last_bytes;
    if (lines->held)
        next = lines->text.data[end];
    if (!bytes || lines->span_count == lines->rows[lines->row_count - 1].span)
        return 0;
    struct piece *last = &lines->spans[lines->span_count - 1];
    bool joins = (unsigned char)next >= 0x80; /* a combining mark, perhaps */
    if (!joins || last->style != style || last->offset + last->length != end || last->length < bytes)
        return 0;
    last->length = (last->length - bytes) & SPAN_LONGEST;
    if (!last->length)
        lines->span_count--;
    lines->column = lines->last_column;
    lines->has_word = lines->last_has_word;
    lines->last_bytes = 0;
    if (lines->has_break && lines->break_column > lines->column)
        lines->has_break = false; /* it was behind what is taken back */
    return bytes;
}

static void next_line(struct lines *lines)
{
    add_row(lines, lines->rest_prefix, false);
}

/* Puts the text from AT to END into rows. */
static void put_text(struct lines *lines, enum style style, size_t at, size_t end)
{
    struct glyph glyph;
    while (at < end) {
        size_t run = plain_run(lines, at, end);
        if (run) {
            put(lines, style, at, run);
            lines->column += (int)run;
            lines->last_has_word = lines->has_word || run > 1;
            lines->has_word = true;
            lines->last_bytes = 1;
            lines->last_column = lines->column - 1;
            at += run;
            continue;
        }
        visible_next(lines->text.data + at, end - at, &glyph);
        if (glyph.kind == GLYPH_NEWLINE)
            next_line(lines);
        else
            put_glyph(lines, style, at, &glyph);
        at += glyph.bytes;
    }
}

/* The rest of half a character will not come. */
static void put_held(struct lines *lines)
{
    size_t end = lines->text.length, held = lines->held;
    lines->held = 0;
    put_text(lines, lines->held_style, end - held, end);
}

/* Bytes at the end whose meaning the next ones decide: half a character, a carriage return. */
static size_t undecided_tail(const char *text, size_t length)
{
    return length && text[length - 1] == '\r' ? 1 : utf8_partial_tail(text, length);
}

static void add_text(struct lines *lines, enum style style, const char *text, size_t length)
{
    if (lines->held && lines->held_style != style)
        put_held(lines);
    size_t at = lines->text.length - lines->held - take_back(lines, style, text[0]);
    if (!buffer_append(&lines->text, text, length))
        return;
    lines->held = undecided_tail(lines->text.data + at, lines->text.length - at);
    lines->held_style = style;
    put_text(lines, style, at, lines->text.length - lines->held);
}

/* A mark is not cut at the edge. */
static void add_mark(struct lines *lines, uint32_t code)
{
    char mark[16];
    int columns = snprintf(mark, sizeof mark, "<U+%04X>", (unsigned)code);

    if (lines->held)
        put_held(lines);
    if (lines->mode != WRAP_NONE && lines->column > 0 && lines->column + columns > room(lines))
        add_row(lines, lines->rest_prefix, true);
    add_text(lines, STYLE_MARK, mark, (size_t)columns);
}

/* What has a mark is taken out of the text, code point by code point. */
static void add_marked(struct lines *lines, enum style style, const char *text, size_t length)
{
    size_t from = 0;
    uint32_t code;

    for (size_t at = 0, size; at < length; at += size) {
        size = (unsigned char)text[at] < 0x80 ? 1 : utf8_decode(text + at, length - at, &code);
        if ((unsigned char)text[at] < 0x80 || code == UTF8_BAD || !odd_list_has(lines->marks, code))
            continue;
        if (at > from)
            add_text(lines, style, text + from, at - from);
        add_mark(lines, code);
        from = at + size;
    }
    if (length > from)
        add_text(lines, style, text + from, length - from);
}

void lines_mark(struct lines *lines, const struct odd_list *marks)
{
    lines->marks = marks;
}

void lines_add(struct lines *lines, enum style style, const char *text, size_t length)
{
    if (!lines->open)
        lines_begin(lines, NULL);
    if (!length)
        return;
    if (lines->marks && lines->marks->count > 0)
        add_marked(lines, style, text, length);
    else
        add_text(lines, style, text, length);
}

void lines_end(struct lines *lines)
{
    if (lines->held)
        put_held(lines);
    lines->open = false;
}

void lines_put(struct lines *lines, enum style style, const char *text)
{
    lines_begin(lines, NULL);
    lines_add(lines, style, text, strlen(text));
    lines_end(lines);
}

void lines_blank(struct lines *lines)
{
    lines_begin(lines, NULL);
    lines_end(lines);
}

/* --- places --- */

struct lines_place lines_here(struct lines *lines)
{
    lines_end(lines);
    return (struct lines_place){ lines->text.length, lines->span_count, lines->row_count,
                                 lines->prefix_count };
}

void lines_cut(struct lines *lines, struct lines_place place)
{
    lines_end(lines);
    buffer_truncate(&lines->text, place.text);
    lines->span_count = place.spans;
    lines->row_count = place.rows;
    lines->prefix_count = place.prefixes;
    const struct prefix *last = &lines->prefixes[place.prefixes - 1];
    lines->prefix_span_count = last->span + last->count;
}

/* --- reading --- */

size_t lines_count(const struct lines *lines)
{
    return lines->row_count;
}

bool lines_span(const struct lines *lines, size_t line, size_t index, struct span *span)
{
    if (line >= lines->row_count)
        return false;
    const struct row *row = &lines->rows[line];
    const struct prefix *prefix = &lines->prefixes[row->prefix];
    const struct piece *piece;
    if (index < prefix->count) {
        piece = &lines->prefix_spans[prefix->span + index];
    } else {
        size_t end = line + 1 < lines->row_count ? row[1].span : lines->span_count;
        size_t at = row->span + index - prefix->count;
        if (at >= end)
            return false;
        piece = &lines->spans[at];
    }
    *span = (struct span){ (enum style)piece->style, lines->text.data + piece->offset, piece->length };
    return true;
}

enum style lines_fill(const struct lines *lines, size_t line)
{
    return line < lines->row_count ? (enum style)lines->rows[line].fill : STYLE_TEXT;
}

int lines_prefix_columns(const struct lines *lines, size_t line)
{
    return line < lines->row_count ? lines->prefixes[lines->rows[line].prefix].columns : 0;
}

bool lines_continues(const struct lines *lines, size_t line)
{
    return line < lines->row_count && lines->rows[line].continues;
}

void lines_text(const struct lines *lines, size_t line, struct buffer *out)
{
    struct span span;
    for (size_t i = 0; lines_span(lines, line, i, &span); i++)
        buffer_append(out, span.text, span.length);
}

size_t lines_memory(const struct lines *lines)
{
    return sizeof(*lines) + lines->text.capacity + lines->span_capacity * sizeof(struct piece) +
           lines->row_capacity * sizeof(struct row) + lines->prefix_capacity * sizeof(struct prefix) +
           lines->prefix_span_capacity * sizeof(struct piece);
}
