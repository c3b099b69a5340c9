/* toml_set.c - changing one value in a text of TOML: what is there is replaced in place, what is missing is a new
 * line in its table. */
#include "modal/toml.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void toml_append_text(struct buffer *out, const char *text)
{
    buffer_append_byte(out, '"');
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            buffer_append_format(out, "\\%c", byte);
        else if (byte < ' ' || byte == 0x7f)
            buffer_append_format(out, "\\u%04x", byte);
        else
            buffer_append_byte(out, *text);
    }
    buffer_append_byte(out, '"');
}

static void append_name(struct buffer *out, const char *name)
{
    size_t bare = 0;

    while (toml_is_bare(name[bare]))
        bare++;
    if (*name && !name[bare])
        buffer_append_text(out, name);
    else
        toml_append_text(out, name);
}

/* How the file ends its lines: as its first line does. */
static const char *newline_of(const struct buffer *text)
{
    const char *first = memchr(text->data, '\n', text->length);

    return first && first > text->data && first[-1] == '\r' ? "\r\n" : "\n";
}

/* A new line at OFFSET, behind a line that may lack its newline. */
static void insert_line(struct buffer *text, size_t offset, const char *line)
{
    const char *newline = newline_of(text);
    bool bare = offset > 0 && text->data[offset - 1] != '\n';
    char *whole = xasprintf("%s%s%s", bare ? newline : "", line, newline);

    buffer_insert(text, offset, whole, strlen(whole));
    free(whole);
}

static void append_table(struct buffer *text, const char *name)
{
    struct buffer header = BUFFER_INIT;

    if (text->length) {
        if (text->data[text->length - 1] != '\n')
            insert_line(text, text->length, "");
        else
            buffer_append_text(text, newline_of(text));
    }
    buffer_append_byte(&header, '[');
    append_name(&header, name);
    buffer_append_byte(&header, ']');
    insert_line(text, text->length, header.data);
    buffer_release(&header);
}

static void put(struct buffer *text, const struct toml_table *table, const char *key, const char *value)
{
    const struct toml_entry *entry = toml_entry(table, key);

    if (entry) {
        size_t start = entry->start;
        buffer_remove(text, start, entry->end - start);
        buffer_insert(text, start, value, strlen(value));
        return;
    }
    char *line = xasprintf("%s = %s", key, value);
    insert_line(text, table->end, line);
    free(line);
}

bool toml_set(struct buffer *text, const char *name, const char *key, const char *value, struct error *error)
{
    struct toml *toml = toml_parse(text->data, text->length, error);

    if (toml && !toml_table(toml, name)) {
        append_table(text, name);
        toml_free(toml);
        toml = toml_parse(text->data, text->length, error);
    }
    if (toml)
        put(text, toml_table(toml, name), key, value);
    toml_free(toml);
    return toml != NULL;
}
