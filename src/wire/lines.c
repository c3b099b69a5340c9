/* lines.c - gathers bytes until a newline; a line that comes whole in one piece is still copied once, so that
 * it ends in a NUL. */
#include "wire/lines.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct lines {
    void (*line)(void *data, const char *text, size_t length);
    void *data;
    struct buffer line_so_far; /* its ceiling is one over ours: the carriage return */
    size_t ceiling;
    bool too_long;
    bool feeding, freed; /* freed: as soon as the feeding is over */
};

struct lines *wire_lines_new(size_t ceiling, void (*line)(void *data, const char *text, size_t length), void *data)
{
    struct lines *lines = xcalloc(1, sizeof(*lines));
    lines->line = line;
    lines->data = data;
    lines->ceiling = ceiling;
    buffer_init(&lines->line_so_far, ceiling + 1);
    return lines;
}

void wire_lines_free(struct lines *lines)
{
    if (lines == NULL)
        return;
    lines->freed = true;
    if (lines->feeding)
        return;
    buffer_release(&lines->line_so_far);
    free(lines);
}

static void tell(struct lines *lines)
{
    struct buffer *line = &lines->line_so_far;
    if (line->length > 0 && line->data[line->length - 1] == '\r')
        buffer_truncate(line, line->length - 1);
    if (line->length > lines->ceiling)
        lines->too_long = true;
    else
        lines->line(lines->data, line->data, line->length);
    buffer_clear(line);
}

static void feed(struct lines *lines, const char *bytes, size_t length)
{
    while (length > 0 && !lines->freed && !lines->too_long) {
        const char *newline = memchr(bytes, '\n', length);
        size_t count = newline == NULL ? length : (size_t)(newline - bytes);
        if (!buffer_append(&lines->line_so_far, bytes, count))
            lines->too_long = true;
        else if (newline != NULL)
            tell(lines);
        count += newline != NULL;
        bytes += count;
        length -= count;
    }
}

static bool finish(struct lines *lines)
{
    lines->feeding = false;
    bool good = lines->freed || !lines->too_long;
    if (lines->freed)
        wire_lines_free(lines);
    return good;
}

bool wire_lines_feed(struct lines *lines, const char *bytes, size_t length)
{
    lines->feeding = true;
    feed(lines, bytes, length);
    return finish(lines);
}

bool wire_lines_end(struct lines *lines)
{
    lines->feeding = true;
    if (!lines->too_long && lines->line_so_far.length > 0)
        tell(lines);
    return finish(lines);
}
