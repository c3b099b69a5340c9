/* reader_literal.c - what a word comes to when that is known from the text alone: quotes removed as bash
 * would. */
#include "policy/reader_private.h"

#include "base/buffer.h"
#include "base/utf8.h"

#include <string.h>

/* --- $'...' --- */

static int digit_value(int byte, unsigned base)
{
    int value = -1;
    if (byte >= '0' && byte <= '9')
        value = byte - '0';
    else if (byte >= 'a' && byte <= 'f')
        value = byte - 'a' + 10;
    else if (byte >= 'A' && byte <= 'F')
        value = byte - 'A' + 10;
    return value < (int)base ? value : -1;
}

/* Up to MOST digits at *AT; *COUNT of them were there. */
static uint32_t read_number(const char *text, size_t length, size_t *at, unsigned base, unsigned most,
                            unsigned *count)
{
    uint32_t number = 0;
    for (*count = 0; *count < most && *at < length; ++*count, ++*at) {
        int value = digit_value((unsigned char)text[*at], base);
        if (value < 0)
            break;
        number = number * base + (uint32_t)value;
    }
    return number;
}

static bool add_byte(struct buffer *value, uint32_t byte)
{
    /* NUL would end the word, and bash's own marks are handled in ways of their own. */
    if (byte == 0 || byte == 1 || byte == 127 || byte > 255)
        return false;
    return buffer_append_byte(value, (char)byte);
}

static bool add_code(struct buffer *value, uint32_t code)
{
    char bytes[4];
    if (code < 128)
        return add_byte(value, code);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return false;
    return buffer_append(value, bytes, utf8_encode(code, bytes));
}

static bool ansi_number(const char *text, size_t length, size_t *at, int kind, struct buffer *value)
{
    unsigned count;
    if (kind != 'x' && kind != 'u' && kind != 'U')
        return add_byte(value, read_number(text, length, at, 8, 3, &count) & 255);
    unsigned most = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
    ++*at;
    uint32_t number = read_number(text, length, at, 16, most, &count);
    if (!count)
        return false; /* \x without digits, \x{...}: left to bash */
    return kind == 'x' ? add_byte(value, number) : add_code(value, number);
}

/* At the byte behind a backslash. */
static bool ansi_escape(const char *text, size_t length, size_t *at, struct buffer *value)
{
    static const char from[] = "abeEfnrtv\\'\"?", to[] = "\a\b\033\033\f\n\r\t\v\\'\"?";
    int byte = (unsigned char)text[*at];
    const char *simple = byte ? strchr(from, byte) : NULL;
    if (simple) {
        ++*at;
        return add_byte(value, (unsigned char)to[simple - from]);
    }
    if ((byte >= '0' && byte <= '7') || byte == 'x' || byte == 'u' || byte == 'U')
        return ansi_number(text, length, at, byte, value);
    if (byte == 'c')
        return false;
    return buffer_append_byte(value, '\\'); /* the byte itself follows as text */
}

static bool ansi_value(const char *text, size_t length, struct buffer *value)
{
    size_t at = 0;
    while (at < length) {
        if (text[at] != '\\')
            buffer_append_byte(value, text[at++]);
        else if (++at == length || !ansi_escape(text, length, &at, value))
            return false;
    }
    return true;
}

/* --- words --- */

/* Within double quotes and here-documents a backslash quotes only SPECIAL, and a newline is joined. */
static void quoted_value(const char *text, size_t length, const char *special, struct buffer *value)
{
    for (size_t i = 0; i < length; i++) {
        bool escapes = text[i] == '\\' && i + 1 < length && text[i + 1];
        if (escapes && text[i + 1] == '\n')
            i++;
        else if (escapes && strchr(special, text[i + 1]))
            buffer_append_byte(value, text[++i]);
        else
            buffer_append_byte(value, text[i]);
    }
}

static bool part_value(const char *text, const struct reader_node *part, struct buffer *value)
{
    const char *from = text + part->from;
    size_t length = part->to - part->from;
    if (part->first || part->unknown)
        return false;
    switch (part->kind) {
    case READER_ESCAPE:
        if (from[1] != '\n')
            buffer_append(value, from + 1, length - 1);
        return true;
    case READER_SINGLE:
        return buffer_append(value, from + 1, length - 2);
    case READER_ANSI:
        return ansi_value(from + 2, length - 3, value);
    case READER_DOUBLE:
        quoted_value(from + 1, length - 2, "$`\"\\", value);
        return true;
    case READER_LOCALE:
        quoted_value(from + 2, length - 3, "$`\"\\", value);
        return true;
    default:
        return false;
    }
}

static bool word_value(const char *text, const struct reader_node *word, struct buffer *value)
{
    bool assignment = word->kind == READER_ASSIGNMENT;
    unsigned open = READER_TILDE | (assignment ? 0u : READER_GLOBS | READER_BRACES);
    uint32_t at = assignment ? word->inner : word->from;
    if (word->unknown || (word->flags & open))
        return false;
    for (const struct reader_node *part = word->first; part; part = part->next) {
        if (part->from < at)
            return false; /* an expansion in a subscript */
        buffer_append(value, text + at, part->from - at);
        if (!part_value(text, part, value))
            return false;
        at = part->to;
    }
    buffer_append(value, text + at, word->to - at);
    return true;
}

static void strip_tabs(struct buffer *value, size_t from)
{
    size_t to = from;
    bool start = true;
    for (size_t i = from; i < value->length; i++) {
        if (start && value->data[i] == '\t')
            continue;
        start = value->data[i] == '\n';
        value->data[to++] = value->data[i];
    }
    buffer_truncate(value, to);
}

static bool document_value(const char *text, const struct reader_node *body, struct buffer *value)
{
    size_t from = value->length, length = body->inner - body->from;
    bool strips = body->partner->redirection == READER_HERE_STRIPPED;
    if (body->unknown || body->first)
        return false;
    if (body->flags & READER_QUOTED)
        buffer_append(value, text + body->from, length);
    else if (strips && memmem(text + body->from, length, "\\\n", 2))
        return false;
    else
        quoted_value(text + body->from, length, "$`\\", value);
    if (strips)
        strip_tabs(value, from);
    return true;
}

bool reader_literal(const struct reader *reader, const struct reader_node *node, struct buffer *value)
{
    const char *text = reader_text(reader, NULL);
    size_t before = value->length;
    bool known = false;
    if (node->kind == READER_WORD || node->kind == READER_ASSIGNMENT)
        known = word_value(text, node, value);
    else if (node->kind == READER_DOCUMENT)
        known = document_value(text, node, value);
    if (!known)
        buffer_truncate(value, before);
    return known;
}

bool reader_literal_part(const struct reader *reader, const struct reader_node *part, struct buffer *value)
{
    size_t before = value->length;
    bool known = part_value(reader_text(reader, NULL), part, value);
    if (!known)
        buffer_truncate(value, before);
    return known;
}

void reader_assigned(const struct reader *reader, const struct reader_node *assignment, const char **name,
                     size_t *length)
{
    *name = reader_text(reader, NULL) + assignment->from;
    *length = 0;
    while (reader_name_byte((unsigned char)(*name)[*length]))
        ++*length;
}

size_t reader_arguments(const struct reader *reader, const struct reader_node *simple, struct buffer *values)
{
    size_t count = 0, before = values->length;
    for (const struct reader_node *node = simple->first; node; node = node->next) {
        bool assignment = node->kind == READER_ASSIGNMENT;
        if (node->kind == READER_REDIRECTION || (assignment && !count))
            continue;
        if (node->kind != READER_WORD || !reader_literal(reader, node, values)) {
            buffer_truncate(values, before);
            return 0;
        }
        buffer_append_byte(values, '\0');
        count++;
    }
    return count;
}
