/* toml.c - see toml.h.  One pass over the text, a line at a time: blank, comment, header, or KEY = VALUE. */
#include "modal/toml.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char only_simple[] = "only strings on one line, numbers, true and false are read here";

/* One reading of one text. */
struct reading {
    const char *text;
    size_t length, at;
    int line;
    struct toml *toml;
    struct error *error;
};

/* The byte at hand; 0 at the end (NUL itself was refused before). */
static char peek(const struct reading *reading)
{
    return reading->at < reading->length ? reading->text[reading->at] : '\0';
}

static bool refuse(const struct reading *reading, const char *sentence)
{
    return error_set(reading->error, "line %d: %s", reading->line, sentence);
}

static void skip_blanks(struct reading *reading)
{
    while (peek(reading) == ' ' || peek(reading) == '\t')
        reading->at++;
}

static bool at_newline(const struct reading *reading)
{
    return peek(reading) == '\n' || (peek(reading) == '\r' && reading->at + 1 < reading->length &&
                                     reading->text[reading->at + 1] == '\n');
}

/* Blanks, a comment, and the end of the line. */
static bool finish_line(struct reading *reading)
{
    skip_blanks(reading);
    if (peek(reading) == '#')
        while (reading->at < reading->length && !at_newline(reading)) {
            unsigned char byte = (unsigned char)peek(reading);
            if ((byte < ' ' && byte != '\t') || byte == 0x7f)
                return refuse(reading, "a comment holds a control character");
            reading->at++;
        }
    if (reading->at == reading->length)
        return true;
    if (!at_newline(reading))
        return refuse(reading, "something unexpected stands at the end of the line");
    reading->at += peek(reading) == '\r' ? 2 : 1;
    reading->line++;
    return true;
}

/* --- strings and keys --- */

/* The DIGITS hexadecimal digits of \u and \U. */
static bool read_code(struct reading *reading, int digits, struct buffer *out)
{
    uint32_t code = 0;
    char bytes[4];

    for (int i = 0; i < digits; i++, reading->at++) {
        static const char hex[] = "0123456789abcdef";
        char digit = peek(reading);
        const char *found = digit ? strchr(hex, digit >= 'A' && digit <= 'F' ? digit + 32 : digit) : NULL;
        if (!found)
            return refuse(reading, "\\u takes four hexadecimal digits, \\U eight");
        code = code << 4 | (uint32_t)(found - hex);
    }
    if (!code || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return refuse(reading, "a \\u names a character that cannot stand in a text");
    buffer_append(out, bytes, utf8_encode(code, bytes));
    return true;
}

static bool read_escape(struct reading *reading, struct buffer *out)
{
    static const char letters[] = "btnfr\"\\", meanings[] = "\b\t\n\f\r\"\\";
    char letter = peek(reading);
    const char *found = letter ? strchr(letters, letter) : NULL;

    reading->at += reading->at < reading->length;
    if (letter == 'u' || letter == 'U')
        return read_code(reading, letter == 'u' ? 4 : 8, out);
    if (!found)
        return refuse(reading, "a text holds an unknown escape");
    buffer_append_byte(out, meanings[found - letters]);
    return true;
}

/* "basic" or 'literal'; NULL: refused. */
static char *read_quoted(struct reading *reading)
{
    struct buffer out = BUFFER_INIT;
    char quote = peek(reading);
    bool fine = true;

    reading->at++;
    while (fine && peek(reading) != quote) {
        unsigned char byte = (unsigned char)peek(reading);
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            fine = refuse(reading, "a text is not closed on its line, or holds a control character");
            break;
        }
        reading->at++;
        if (byte == '\\' && quote == '"')
            fine = read_escape(reading, &out);
        else
            buffer_append_byte(&out, (char)byte);
    }
    reading->at += fine;
    if (fine)
        return buffer_detach(&out);
    buffer_release(&out);
    return NULL;
}

bool toml_is_bare(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-';
}

/* A key or a table's name, bare or quoted, with the blanks around it; NULL: refused. */
static char *read_key(struct reading *reading)
{
    size_t start;
    char *key = NULL;

    skip_blanks(reading);
    start = reading->at;
    if (peek(reading) == '"' || peek(reading) == '\'') {
        key = read_quoted(reading);
    } else {
        while (toml_is_bare(peek(reading)))
            reading->at++;
        if (reading->at > start)
            key = xstrndup(reading->text + start, reading->at - start);
        else
            refuse(reading, "a name is expected here: letters, digits, \"_\" and \"-\", or a text in quotes");
    }
    skip_blanks(reading);
    if (key && peek(reading) == '.') {
        refuse(reading, "names with dots (nested tables) are not read here");
        free(key);
        return NULL;
    }
    return key;
}

/* --- values --- */

/* Digits with single underscores between them; copies the digits to OUT. */
static bool read_digits(struct reading *reading, struct buffer *out)
{
    bool digit = false;

    for (;; reading->at++) {
        char byte = peek(reading);
        if (byte == '_' && digit) {
            digit = false;
            continue;
        }
        if (byte < '0' || byte > '9')
            return digit;
        buffer_append_byte(out, byte);
        digit = true;
    }
}

static bool read_sign(struct reading *reading, struct buffer *out)
{
    if (peek(reading) != '+' && peek(reading) != '-')
        return false;
    buffer_append_byte(out, peek(reading));
    reading->at++;
    return true;
}

/* The grammar of a number; *WHOLE: it has neither fraction nor exponent. */
static bool read_number_parts(struct reading *reading, struct buffer *out, bool *whole)
{
    size_t sign = read_sign(reading, out) ? 1 : 0;

    *whole = true;
    if (!read_digits(reading, out) || (out->length > sign + 1 && out->data[sign] == '0'))
        return false;
    if (peek(reading) == '.') {
        *whole = false;
        buffer_append_byte(out, '.');
        reading->at++;
        if (!read_digits(reading, out))
            return false;
    }
    if (peek(reading) == 'e' || peek(reading) == 'E') {
        *whole = false;
        buffer_append_byte(out, 'e');
        reading->at++;
        read_sign(reading, out);
        return read_digits(reading, out);
    }
    return true;
}

static bool read_number(struct reading *reading, struct toml_entry *entry)
{
    struct buffer digits = BUFFER_INIT;
    bool whole, fine = read_number_parts(reading, &digits, &whole);

    if (!fine) {
        refuse(reading, only_simple);
    } else {
        errno = 0;
        entry->kind = whole ? TOML_INTEGER : TOML_FLOAT;
        entry->integer = whole ? strtoll(digits.data, NULL, 10) : 0;
        fine = errno == 0 || refuse(reading, "a number is too large");
    }
    buffer_release(&digits);
    return fine;
}

static bool read_boolean(struct reading *reading, struct toml_entry *entry)
{
    static const char *const words[] = { "false", "true" };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        size_t length = strlen(words[i]);
        if (reading->length - reading->at >= length &&
            memcmp(reading->text + reading->at, words[i], length) == 0) {
            reading->at += length;
            entry->kind = TOML_BOOLEAN;
            entry->integer = (int64_t)i;
            return true;
        }
    }
    return refuse(reading, only_simple);
}

static bool read_value(struct reading *reading, struct toml_entry *entry)
{
    char first = peek(reading);
    bool fine;

    entry->start = reading->at;
    if (first == '"' || first == '\'') {
        char quotes[4] = { first, first, first };
        if (reading->length - reading->at >= 3 && memcmp(reading->text + reading->at, quotes, 3) == 0)
            return refuse(reading, only_simple);
        entry->kind = TOML_TEXT;
        entry->text = read_quoted(reading);
        fine = entry->text != NULL;
    } else if (first == 't' || first == 'f') {
        fine = read_boolean(reading, entry);
    } else {
        fine = read_number(reading, entry);
    }
    entry->end = reading->at;
    if (fine && !entry->text)
        entry->text = xstrndup(reading->text + entry->start, entry->end - entry->start);
    return fine;
}

/* --- lines --- */

static struct toml_table *add_table(struct toml *toml, char *name, int line)
{
    toml->tables = array_reserve(toml->tables, &toml->capacity, toml->count + 1, sizeof *toml->tables);
    toml->tables[toml->count] = (struct toml_table){ .name = name, .line = line };
    return &toml->tables[toml->count++];
}

static bool read_header(struct reading *reading)
{
    int line = reading->line;
    char *name;

    reading->at++;
    if (peek(reading) == '[')
        return refuse(reading, "arrays of tables ([[...]]) are not read here");
    name = read_key(reading);
    if (!name)
        return false;
    if (peek(reading) != ']' || !*name || toml_table(reading->toml, name)) {
        bool twice = peek(reading) == ']' && *name;
        free(name);
        return refuse(reading, twice ? "this table stands here a second time" : "a table's header is [NAME]");
    }
    reading->at++;
    struct toml_table *table = add_table(reading->toml, name, line);
    bool fine = finish_line(reading);
    table->end = reading->at;
    return fine;
}

static bool read_entry(struct reading *reading)
{
    struct toml_table *table = &reading->toml->tables[reading->toml->count - 1];
    char *key = read_key(reading);

    if (!key)
        return false;
    if (peek(reading) != '=' || toml_entry(table, key)) {
        free(key);
        return refuse(reading, peek(reading) != '=' ? "\"=\" is expected behind a name"
                                                    : "this name stands in its table a second time");
    }
    reading->at++;
    skip_blanks(reading);
    table->entries =
        array_reserve(table->entries, &table->capacity, table->count + 1, sizeof *table->entries);
    struct toml_entry *entry = &table->entries[table->count++];
    *entry = (struct toml_entry){ .key = key, .line = reading->line };
    bool fine = read_value(reading, entry) && finish_line(reading);
    table->end = reading->at;
    return fine;
}

static bool read_lines(struct reading *reading)
{
    bool fine = true;

    while (fine && reading->at < reading->length) {
        skip_blanks(reading);
        if (peek(reading) == '[')
            fine = read_header(reading);
        else if (peek(reading) == '#' || at_newline(reading) || reading->at == reading->length)
            fine = finish_line(reading);
        else
            fine = read_entry(reading);
    }
    return fine;
}

static int line_at(const char *text, size_t offset)
{
    int line = 1;

    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

/* What no TOML may hold, found before anything is read. */
static bool check_bytes(const char *text, size_t length, struct error *error)
{
    const char *nul = memchr(text, '\0', length);
    size_t good = utf8_valid_length(text, nul ? (size_t)(nul - text) : length);

    return good == length || error_set(error, "line %d: the file is not UTF-8 text", line_at(text, good));
}

struct toml *toml_parse(const char *text, size_t length, struct error *error)
{
    struct reading reading = { .text = text, .length = length, .line = 1, .error = error };

    if (!check_bytes(text, length, error))
        return NULL;
    reading.toml = xcalloc(1, sizeof *reading.toml);
    add_table(reading.toml, xstrdup(""), 0);
    if (read_lines(&reading))
        return reading.toml;
    toml_free(reading.toml);
    return NULL;
}

void toml_free(struct toml *toml)
{
    for (size_t i = 0; toml && i < toml->count; i++) {
        struct toml_table *table = &toml->tables[i];
        for (size_t j = 0; j < table->count; j++) {
            free(table->entries[j].key);
            free(table->entries[j].text);
        }
        free(table->entries);
        free(table->name);
    }
    if (toml)
        free(toml->tables);
    free(toml);
}

const struct toml_table *toml_table(const struct toml *toml, const char *name)
{
    for (size_t i = 0; i < toml->count; i++)
        if (strcmp(toml->tables[i].name, name) == 0)
            return &toml->tables[i];
    return NULL;
}

const struct toml_entry *toml_entry(const struct toml_table *table, const char *key)
{
    for (size_t i = 0; table && i < table->count; i++)
        if (strcmp(table->entries[i].key, key) == 0)
            return &table->entries[i];
    return NULL;
}

bool toml_true(const struct toml_table *table, const char *key)
{
    const struct toml_entry *entry = toml_entry(table, key);

    return entry && entry->kind == TOML_BOOLEAN && entry->integer;
}
