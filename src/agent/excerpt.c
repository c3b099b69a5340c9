/* excerpt.c - counts lines and keeps the wanted ones; the line that is being read is kept up to LINE_BYTES, so
 * that a text without a newline costs no more than any other. */
#include "agent/excerpt.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 2000 };

struct excerpt {
    int64_t first, count;
    size_t limit;
    struct buffer text;     /* the wanted lines so far */
    int64_t line;           /* number of the line that is being read */
    int64_t last;           /* number of the last line in text, 0: none */
    char start[LINE_BYTES]; /* of the line that is being read, when it is wanted */
    size_t start_length;
    int64_t length; /* bytes of it so far */
    bool open;      /* it has begun */
};

struct excerpt *excerpt_new(int64_t first, int64_t count, size_t limit)
{
    struct excerpt *excerpt = xcalloc(1, sizeof *excerpt);

    excerpt->first = first;
    excerpt->count = count;
    excerpt->limit = limit;
    excerpt->line = 1;
    buffer_init(&excerpt->text, 0);
    return excerpt;
}

void excerpt_free(struct excerpt *excerpt)
{
    if (!excerpt)
        return;
    buffer_release(&excerpt->text);
    free(excerpt);
}

static bool is_full(const struct excerpt *excerpt)
{
    return excerpt->text.length >= excerpt->limit || excerpt->line - excerpt->first >= excerpt->count;
}

static bool is_wanted(const struct excerpt *excerpt)
{
    return excerpt->line >= excerpt->first && !is_full(excerpt);
}

static void add_to_line(struct excerpt *excerpt, const char *bytes, size_t length)
{
    size_t room = LINE_BYTES - excerpt->start_length, kept = length < room ? length : room;

    excerpt->open = true;
    excerpt->length += (int64_t)length;
    if (!is_wanted(excerpt))
        return;
    memcpy(excerpt->start + excerpt->start_length, bytes, kept);
    excerpt->start_length += kept;
}

/* Good UTF-8 without a NUL, which would end the text for whoever reads it. */
static void append_repaired(struct buffer *out, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t part = strnlen(bytes, length);
        utf8_repair(out, bytes, part);
        if (part < length)
            buffer_append_text(out, "\xe2\x90\x80");
        part += part < length;
        bytes += part;
        length -= part;
    }
}

static void end_line(struct excerpt *excerpt)
{
    size_t shown = excerpt->start_length;

    if (is_wanted(excerpt)) {
        if ((int64_t)shown < excerpt->length)
            shown -= utf8_partial_tail(excerpt->start, shown);
        append_repaired(&excerpt->text, excerpt->start, shown);
        if ((int64_t)shown < excerpt->length)
            buffer_append_format(&excerpt->text, " ... (%" PRId64 " more bytes in this line)",
                                 excerpt->length - (int64_t)shown);
        buffer_append_byte(&excerpt->text, '\n');
        excerpt->last = excerpt->line;
    }
    excerpt->line++;
    excerpt->start_length = 0;
    excerpt->length = 0;
    excerpt->open = false;
}

bool excerpt_add(struct excerpt *excerpt, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        add_to_line(excerpt, at, (size_t)((newline ? newline : end) - at));
        if (newline)
            end_line(excerpt);
        at = newline ? newline + 1 : end;
    }
    return !is_full(excerpt);
}

static void say_what_is_missing(const struct excerpt *excerpt, int64_t size, bool whole, struct buffer *out)
{
    int64_t total = excerpt->line - 1;

    if (whole && excerpt->last == 0)
        buffer_append_format(out, "(the file has %" PRId64 " lines; there is none from %" PRId64 " on)",
                             total, excerpt->first);
    else if (excerpt->last == 0)
        buffer_append_format(out,
                             "(line %" PRId64 " was not reached: the file has more than %" PRId64
                             " lines and %" PRId64 " bytes; look at it with a command)",
                             excerpt->first, total, size);
    else if (whole && excerpt->last < total)
        buffer_append_format(
            out, "(shown: lines %" PRId64 " to %" PRId64 " of %" PRId64 "; read on with offset %" PRId64 ")",
            excerpt->first, excerpt->last, total, excerpt->last + 1);
    else if (!whole)
        buffer_append_format(out,
                             "(shown: lines %" PRId64 " to %" PRId64 "; the file goes on, it has %" PRId64
                             " bytes; read on with offset %" PRId64 ")",
                             excerpt->first, excerpt->last, size, excerpt->last + 1);
}

void excerpt_finish(struct excerpt *excerpt, int64_t size, bool whole, struct buffer *out)
{
    if (excerpt->open)
        end_line(excerpt);
    buffer_append(out, excerpt->text.data, excerpt->text.length);
    say_what_is_missing(excerpt, size, whole, out);
}
