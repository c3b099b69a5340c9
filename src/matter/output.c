/* output.c - the window of a call's output that is kept in memory.
 *
 * One buffer of fixed size holds the head and, behind it, the tail.  While everything fits they are one text.
 * After that new bytes go to the end; when the buffer is full its last TAIL bytes are moved down behind the
 * head.  What is shown as tail is always the last TAIL bytes, so that it does not jump when they move.
 *
 * Lines are known by the offset of their first byte in the whole stream, which no move changes.  The index
 * holds the lines of the head, then those of the tail; what falls between is dropped now and then. */
#include "matter/output.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "matter/output_parts.h"

#include <stdlib.h>
#include <string.h>

struct line {
    uint64_t start : 62; /* offset in the stream */
    uint64_t stream : 2;
};

struct output {
    size_t head, tail; /* bytes to keep of each end */
    struct buffer kept;
    size_t head_length; /* bytes of the head; all while nothing is left out */
    int64_t total, total_lines;
    int64_t tail_start; /* offset in the stream of the first byte of the tail, when some are left out */
    struct line *lines;
    size_t line_count, line_capacity;
    size_t head_lines; /* in the head, when bytes are left out */
    size_t tail_first; /* index of the line that holds tail_start, when bytes are left out */
    bool line_open;    /* the last line has no newline yet */
    bool cut;          /* bytes are left out */
    unsigned revision;
};

struct output *output_new(size_t head, size_t tail)
{
    struct output *output = xcalloc(1, sizeof *output);
    output->head = head;
    output->tail = tail ? tail : 1;
    buffer_init(&output->kept, output->head + 2 * output->tail);
    return output;
}

void output_free(struct output *output)
{
    if (!output)
        return;
    buffer_release(&output->kept);
    free(output->lines);
    free(output);
}

/* --- taking bytes in --- */

static void add_line(struct output *output, int64_t start, enum output_stream stream)
{
    output->lines =
        array_reserve(output->lines, &output->line_capacity, output->line_count + 1, sizeof *output->lines);
    output->lines[output->line_count++] = (struct line){ (uint64_t)start, stream };
    output->total_lines++;
}

static void index_lines(struct output *output, enum output_stream stream, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;
    while (at < end) {
        if (!output->line_open)
            add_line(output, output->total + (at - bytes), stream);
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        output->line_open = !newline;
        at = newline ? newline + 1 : end;
    }
}

/* Where the byte at OFFSET of the stream lies in the buffer; it is one of the head or the tail. */
static size_t place_of(const struct output *output, int64_t offset)
{
    if (!output->cut || offset < (int64_t)output->head_length)
        return (size_t)offset;
    return output->kept.length - (size_t)(output->total - offset);
}

static void begin_cut(struct output *output)
{
    output->cut = true;
    output->head_length = output->head - utf8_partial_tail(output->kept.data, output->head);
    while (output->head_lines < output->line_count &&
           output->lines[output->head_lines].start < output->head_length)
        output->head_lines++;
    output->tail_first = output->head_lines ? output->head_lines - 1 : 0;
}

/* Forgets the lines between head and tail. */
static void drop_lines(struct output *output)
{
    size_t first = output->tail_first, gap = first - output->head_lines;
    memmove(output->lines + output->head_lines, output->lines + first,
            (output->line_count - first) * sizeof *output->lines);
    output->line_count -= gap;
    output->tail_first -= gap;
}

/* Sets where the tail begins: TAIL bytes before the end, and not within a character. */
static void move_tail(struct output *output)
{
    output->tail_start = output->total - (int64_t)output->tail;
    const char *text = output->kept.data + output->kept.length - output->tail;
    for (int skipped = 0; skipped < 3 && output->tail_start + 1 < output->total; skipped++) {
        if (((unsigned char)*text++ & 0xc0) != 0x80)
            break;
        output->tail_start++;
    }
    while (output->tail_first + 1 < output->line_count &&
           (int64_t)output->lines[output->tail_first + 1].start <= output->tail_start)
        output->tail_first++;
    if (output->tail_first > output->head_lines &&
        output->tail_first - output->head_lines > output->line_count / 2)
        drop_lines(output);
}

/* Makes room behind the tail by moving its last TAIL bytes down to the end of the head. */
static void slide(struct output *output)
{
    size_t unused = output->kept.length - output->head_length - output->tail;
    buffer_remove(&output->kept, output->head_length, unused);
}

void output_append(struct output *output, enum output_stream stream, const char *bytes, size_t length)
{
    output->revision += length > 0;
    while (length) {
        size_t room = output->head + 2 * output->tail - output->kept.length;
        size_t part = length < room ? length : room;
        index_lines(output, stream, bytes, part);
        buffer_append(&output->kept, bytes, part);
        output->total += (int64_t)part;
        if (!output->cut && output->kept.length > output->head + output->tail)
            begin_cut(output);
        if (output->cut) {
            move_tail(output);
            if (part == room)
                slide(output);
        }
        bytes += part;
        length -= part;
    }
}

/* --- figures and lines --- */

int64_t output_total(const struct output *output)
{
    return output->total;
}

int64_t output_total_lines(const struct output *output)
{
    return output->total_lines;
}

int64_t output_left_out(const struct output *output)
{
    return output->cut ? output->tail_start - (int64_t)output->head_length : 0;
}

unsigned output_revision(const struct output *output)
{
    return output->revision;
}

void output_parts(const struct output *output, struct output_part *head, struct output_part *tail)
{
    const char *text = output->kept.data;
    *head = (struct output_part){ text, output->cut ? output->head_length : output->kept.length };
    *tail = (struct output_part){ text + output->kept.length, 0 };
    if (output->cut)
        *tail = (struct output_part){ text + place_of(output, output->tail_start),
                                      (size_t)(output->total - output->tail_start) };
}

size_t output_lines(const struct output *output)
{
    if (!output->cut)
        return output->line_count;
    return output->head_lines + 1 + output->line_count - output->tail_first;
}

/* Fills LINE with the bytes FROM..TO of the stream without the end of line. */
static void set_line(const struct output *output, struct line source, int64_t from, int64_t to,
                     struct output_line *line)
{
    const char *text = output->kept.data + place_of(output, from);
    size_t length = (size_t)(to - from);
    if (length && text[length - 1] == '\n') {
        length--;
        if (length && text[length - 1] == '\r')
            length--;
    }
    *line = (struct output_line){ text, length, (enum output_stream)source.stream, false };
}

bool output_line(const struct output *output, size_t index, struct output_line *line)
{
    if (index >= output_lines(output))
        return false;
    bool in_head = output->cut && index < output->head_lines;
    if (output->cut && index == output->head_lines) {
        *line = (struct output_line){ "", 0, OUTPUT_STDOUT, true };
        return true;
    }
    if (output->cut && !in_head)
        index += output->tail_first - output->head_lines - 1;
    struct line source = output->lines[index];
    int64_t from = (int64_t)source.start;
    int64_t to = index + 1 < output->line_count ? (int64_t)output->lines[index + 1].start : output->total;
    if (in_head && to > (int64_t)output->head_length)
        to = (int64_t)output->head_length;
    if (output->cut && !in_head && from < output->tail_start)
        from = output->tail_start;
    set_line(output, source, from, to, line);
    return true;
}
