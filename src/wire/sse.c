/* sse.c - server-sent events, line by line.
 *
 * Bytes are gathered to lines (a line that comes whole is read where it stands), lines to an event, and a
 * blank line tells it.  A carriage return ends a line at once (an event must not wait for a byte that may never
 * come); a newline right after it is then swallowed. */
#include "wire/sse.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    SSE_CEILING = 16 * 1024 * 1024,
    LINE_CEILING = SSE_CEILING + 16, /* the longest "name: " with room to spare */
    PART = 1024,
};

struct sse {
    void (*event)(void *data, const char *type, const char *text, size_t length);
    void *data;
    struct buffer line;
    struct buffer type;
    struct buffer text;
    bool has_text;       /* a data field came, perhaps an empty one */
    bool past_first;     /* the first line, which may begin with a byte order mark, is over */
    bool after_return;   /* the last byte was a carriage return */
    bool feeding, freed; /* freed: as soon as the feeding is over */
};

struct sse *sse_new(void (*event)(void *data, const char *type, const char *text, size_t length), void *data)
{
    struct sse *sse = xcalloc(1, sizeof(*sse));
    sse->event = event;
    sse->data = data;
    buffer_init(&sse->line, LINE_CEILING);
    buffer_init(&sse->type, SSE_CEILING);
    buffer_init(&sse->text, SSE_CEILING);
    return sse;
}

void sse_free(struct sse *sse)
{
    if (sse == NULL)
        return;
    if (sse->feeding) {
        sse->freed = true;
        return;
    }
    buffer_release(&sse->line);
    buffer_release(&sse->type);
    buffer_release(&sse->text);
    free(sse);
}

/* An event without data is no event (a lone "event:" or "id:" line, a blank line between comments). */
static void dispatch(struct sse *sse)
{
    if (sse->has_text)
        sse->event(sse->data, sse->type.length > 0 ? sse->type.data : "message", sse->text.data,
                   sse->text.length);
    buffer_clear(&sse->type);
    buffer_clear(&sse->text);
    sse->has_text = false;
}

static bool add_data(struct sse *sse, const char *value, size_t length)
{
    if (sse->has_text && !buffer_append_byte(&sse->text, '\n'))
        return false;
    sse->has_text = true;
    return buffer_append(&sse->text, value, length);
}

static bool add_field(struct sse *sse, const char *name, size_t name_length, const char *value, size_t length)
{
    if (name_length == 4 && memcmp(name, "data", 4) == 0)
        return add_data(sse, value, length);
    if (name_length == 5 && memcmp(name, "event", 5) == 0) {
        buffer_clear(&sse->type);
        return buffer_append(&sse->type, value, length);
    }
    return true; /* "id" and "retry" are for browsers that reconnect, the rest is to be ignored */
}

static bool take_line(struct sse *sse, const char *line, size_t length)
{
    const char *end = line + length;
    if (!sse->past_first && length >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3;
    sse->past_first = true;
    bool good = true;
    if (line == end) {
        dispatch(sse);
    } else if (*line != ':') { /* a line that begins with a colon is a comment */
        const char *colon = memchr(line, ':', (size_t)(end - line));
        const char *value = colon == NULL ? end : colon + 1;
        if (value < end && *value == ' ')
            value++;
        good = add_field(sse, line, (size_t)((colon == NULL ? end : colon) - line), value,
                         (size_t)(end - value));
    }
    return good;
}

/* A line ends; BYTES are its last ones, and all of it when none are gathered. */
static bool end_line(struct sse *sse, const char *bytes, size_t length)
{
    if (!sse->line.length && length <= LINE_CEILING)
        return take_line(sse, bytes, length);
    bool good = buffer_append(&sse->line, bytes, length) && take_line(sse, sse->line.data, sse->line.length);
    if (!sse->line.full)
        buffer_clear(&sse->line);
    return good;
}

/* Looks a part at a time: what stands far behind the line's end is not looked at again for each line. */
static size_t bytes_before_line_end(const char *bytes, size_t length)
{
    for (size_t done = 0; done < length; done += PART) {
        size_t part = length - done < PART ? length - done : PART;
        const char *newline = memchr(bytes + done, '\n', part);
        size_t before = newline ? (size_t)(newline - bytes) - done : part;
        const char *carriage = memchr(bytes + done, '\r', before);
        if (carriage || newline)
            return (size_t)((carriage ? carriage : newline) - bytes);
    }
    return length;
}

static bool feed(struct sse *sse, const char *bytes, size_t length)
{
    while (length > 0 && !sse->freed) {
        size_t count = bytes_before_line_end(bytes, length);
        bool swallow = sse->after_return && count == 0 && *bytes == '\n';
        sse->after_return = count < length && bytes[count] == '\r';
        if (count == length)
            return buffer_append(&sse->line, bytes, count);
        if (!swallow && !end_line(sse, bytes, count))
            return false;
        count++;
        bytes += count;
        length -= count;
    }
    return true;
}

static bool is_over_ceiling(const struct sse *sse)
{
    return sse->line.full || sse->type.full || sse->text.full;
}

bool sse_feed(struct sse *sse, const char *bytes, size_t length)
{
    if (is_over_ceiling(sse))
        return false;
    sse->feeding = true;
    bool good = feed(sse, bytes, length);
    sse->feeding = false;
    if (!sse->freed)
        return good;
    sse_free(sse);
    return true;
}
