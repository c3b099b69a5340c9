/* chunk_shape.c - compares what is around the string, and decodes the string. */
#include "model/chunk_shape.h"

#include "base/utf8.h"

#include <string.h>

enum { PART_MAX = 4096 }; /* bytes of the head or tail that are worth keeping */

void chunk_shape_release(struct chunk_shape *shape)
{
    buffer_release(&shape->head);
    buffer_release(&shape->tail);
}

/* Where the string of the only member KEY begins, behind its quote; 0: there is none, or more than one that might
 * be it. */
static size_t find_string(const char *text, size_t length, const char *key)
{
    size_t key_length = strlen(key), found = 0;

    for (size_t at = 1; at + key_length + 1 < length; at++) {
        const char *quote = memchr(text + at, '"', length - at);
        at = quote ? (size_t)(quote - text) : length;
        if (at + key_length + 1 >= length || strncmp(quote + 1, key, key_length) != 0 ||
            quote[key_length + 1] != '"')
            continue;
        size_t value = at + key_length + 2;
        value += strspn(text + value, " \t\r\n:");
        if (found || value >= length || text[value] != '"')
            return 0;
        found = value + 1;
    }
    return found;
}

/* The string's bytes up to its closing quote, SIZE_MAX when it does not end or holds a control character. */
static size_t string_length(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (text[at] == '"')
            return at;
        if ((unsigned char)text[at] < 0x20)
            break;
        at += text[at] == '\\';
    }
    return SIZE_MAX;
}

void chunk_shape_learn(struct chunk_shape *shape, const char *text, size_t length, const char *key)
{
    size_t begin = find_string(text, length, key);
    size_t inside = begin ? string_length(text + begin, length - begin) : SIZE_MAX;

    buffer_clear(&shape->head);
    buffer_clear(&shape->tail);
    if (inside == SIZE_MAX)
        return;
    size_t end = begin + inside;
    /* An escape might spell KEY, and what was found would be another member of its name. */
    if (begin > PART_MAX || length - end > PART_MAX || memchr(text, '\\', begin) ||
        memchr(text + end, '\\', length - end))
        return;
    buffer_append(&shape->head, text, begin);
    buffer_append(&shape->tail, text + end, length - end);
}

/* Appends what the string of LENGTH bytes means. */
static bool decode(const char *text, size_t length, struct buffer *out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";

    while (length > 0) {
        const char *backslash = memchr(text, '\\', length);
        size_t plain = backslash ? (size_t)(backslash - text) : length;
        if (!buffer_append(out, text, plain))
            return false;
        if (!backslash)
            break;
        const char *letter = memchr(letters, backslash[1], sizeof letters - 1);
        if (!letter || !buffer_append_byte(out, meanings[letter - letters]))
            return false;
        text += plain + 2;
        length -= plain + 2;
    }
    return true;
}

bool chunk_shape_read(const struct chunk_shape *shape, const char *text, size_t length, struct buffer *out)
{
    size_t head = shape->head.length, tail = shape->tail.length, before = out->length;

    if (!head || length < head + tail || memcmp(text, shape->head.data, head) != 0 ||
        memcmp(text + length - tail, shape->tail.data, tail) != 0)
        return false;
    size_t inside = length - head - tail;
    if (string_length(text + head, length - head) != inside ||
        utf8_valid_length(text + head, inside) != inside)
        return false;
    if (decode(text + head, inside, out))
        return true;
    buffer_truncate(out, before);
    return false;
}
