/* markdown_stream.c - the few rules of block structure that decide where a stream can be cut.
 *
 * A place is: before a line in column 0 that follows a blank line (unless it may go on with a list), before and
 * behind a heading, before a fence.  A wrong "no" costs a little time, a wrong "yes" would cost a wrong
 * picture, so what is not sure is no place. */
#include "matter/markdown_stream.h"

#include <string.h>

bool markdown_line(const char *source, size_t length, size_t *line, size_t *next)
{
    const char *end = length ? memchr(source, '\n', length) : NULL;
    *line = end ? (size_t)(end - source) : length;
    *next = end ? *line + 1 : length;
    if (*line && source[*line - 1] == '\r')
        --*line;
    return end != NULL;
}

/* --- lines --- */

static size_t spaces(const char *line, size_t length)
{
    size_t count = 0;
    while (count < length && (line[count] == ' ' || line[count] == '\t'))
        count++;
    return count;
}

static bool is_blank(const char *line, size_t length)
{
    return spaces(line, length) == length;
}

static size_t run_of(const char *line, size_t length, char byte)
{
    size_t count = 0;
    while (count < length && line[count] == byte)
        count++;
    return count;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* It may be (or become) the first line of a list item. */
static bool may_be_item(const char *line, size_t length)
{
    return length && (strchr("-+*", line[0]) || is_digit(line[0]));
}

/* It surely is one. */
static bool is_item(const char *line, size_t length)
{
    size_t at = 0;
    while (at < length && at < 9 && is_digit(line[at]))
        at++;
    if (at ? at < length && strchr(".)", line[at]) : length && strchr("-+*", line[0]))
        at++;
    else
        return false;
    return at < length && (line[at] == ' ' || line[at] == '\t');
}

static bool is_heading(const char *line, size_t length, bool complete)
{
    size_t marks = run_of(line, length, '#');
    if (!marks || marks > 6)
        return false;
    return marks < length ? line[marks] == ' ' || line[marks] == '\t' : complete;
}

bool markdown_fence_opens(const char *line, size_t length, struct markdown_fence *fence)
{
    size_t indent = spaces(line, length);
    if (indent > 3 || indent == length || !strchr("`~", line[indent]))
        return false;
    char mark = line[indent];
    size_t width = run_of(line + indent, length - indent, mark);
    size_t info = indent + width, end = length;
    info += spaces(line + info, length - info);
    while (end > info && (line[end - 1] == ' ' || line[end - 1] == '\t'))
        end--;
    if (width < 3 || (mark == '`' && memchr(line + info, '`', end - info)))
        return false;
    *fence = (struct markdown_fence){ mark, width, indent, info, end - info };
    return true;
}

bool markdown_fence_closes(const char *line, size_t length, const struct markdown_fence *fence)
{
    size_t indent = spaces(line, length);
    size_t width = run_of(line + indent, length - indent, fence->mark);
    return indent <= 3 && width >= fence->width && is_blank(line + indent + width, length - indent - width);
}

/* --- closed --- */

struct reader {
    const char *source;
    size_t length;
    size_t at;       /* start of the line */
    size_t place;    /* the last place found */
    size_t last_cut; /* where an overlong block may be cut, 0: nowhere */
    bool after_blank, in_list, in_table, begun;
};

/* A line in column 0 begins something new here. */
static bool begins_block(const struct reader *reader, const char *line, size_t length, bool complete)
{
    if (is_heading(line, length, complete))
        return true;
    if (!reader->after_blank || !length || line[0] == ' ' || line[0] == '\t')
        return false;
    return !(reader->in_list && may_be_item(line, length));
}

static void note_block(struct reader *reader, const char *line, size_t length)
{
    reader->place = reader->last_cut = reader->at;
    reader->in_list = may_be_item(line, length);
    reader->in_table = memchr(line, '|', length) != NULL;
    reader->last_cut = 0;
}

/* Reads one line; false: stop here. */
static bool read_line(struct reader *reader)
{
    const char *line = reader->source + reader->at;
    size_t length, next;
    struct markdown_fence fence;
    bool complete = markdown_line(line, reader->length - reader->at, &length, &next);
    bool opens = complete && markdown_fence_opens(line, length, &fence);
    if (opens && (fence.indent == 0 || !reader->in_list)) {
        reader->place = reader->at;
        return false;
    }
    if (is_blank(line, length)) {
        reader->after_blank |= complete;
    } else {
        if (!reader->begun || begins_block(reader, line, length, complete))
            note_block(reader, line, length);
        else if (!reader->in_list || is_item(line, length))
            reader->last_cut = reader->at;
        reader->begun = true;
        reader->after_blank = false;
        if (complete && is_heading(line, length, true))
            reader->place = reader->at + next;
    }
    reader->at += next;
    return complete && reader->at < reader->length;
}

/* Where a line that goes on and on is cut: behind its last space, else before its last character. */
static size_t last_space(const char *source, size_t length)
{
    for (size_t at = length; at > length / 2; at--)
        if (source[at - 1] == ' ')
            return at;
    while (length > 1 && ((unsigned char)source[length - 1] & 0xc0) == 0x80)
        length--;
    return length - 1;
}

size_t markdown_closed(const char *source, size_t length, bool *within)
{
    struct reader reader = { .source = source, .length = length };
    while (length && read_line(&reader))
        ;
    size_t open = length - reader.place;
    size_t longest = MARKDOWN_OPEN_LONGEST * (reader.in_table ? MARKDOWN_TABLE_FACTOR : 1);
    *within = !reader.place && open > longest;
    if (!*within)
        return reader.place;
    return reader.last_cut ? reader.last_cut : last_space(source, length);
}

/* --- undecided --- */

static bool only_of(const char *line, size_t length, const char *bytes)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(bytes, line[i]) || !line[i])
            return false;
    return true;
}

/* An unfinished line that is nothing but a mark so far. */
static bool is_mark_only(const char *line, size_t length)
{
    size_t indent = spaces(line, length), at = indent;
    line += indent;
    length -= indent;
    at = 0;
    if (!length)
        return false;
    if (only_of(line, length, "-=*_ ") || only_of(line, length, "#") || only_of(line, length, "> ") ||
        only_of(line, length, "+ "))
        return true;
    if (run_of(line, length, '`') >= 3 || run_of(line, length, '~') >= 3 || only_of(line, length, "`~"))
        return true;
    while (at < length && is_digit(line[at]))
        at++;
    return at && at < 10 && only_of(line + at, length - at, ".) ");
}

/* Start of the paragraph that SOURCE ends in, and how many whole lines it has. */
static size_t last_paragraph(const char *source, size_t length, size_t *whole_lines)
{
    size_t start = length, lines = 0;
    while (start > 0) {
        size_t line = start - 1;
        while (line > 0 && source[line - 1] != '\n')
            line--;
        if (is_blank(source + line, start - line) || source[line] == '\n')
            break;
        if (source[start - 1] == '\n')
            lines++;
        start = line;
        if (lines > 2)
            break;
    }
    *whole_lines = lines;
    return start;
}

size_t markdown_undecided(const char *source, size_t length)
{
    size_t line = length, lines;
    size_t paragraph = last_paragraph(source, length, &lines);
    if (paragraph < length && source[paragraph] == '|' && lines < 2)
        return length - paragraph;
    while (line > 0 && source[line - 1] != '\n')
        line--;
    if (line < length && (is_mark_only(source + line, length - line) || source[line] == '|'))
        return length - line;
    return 0;
}
