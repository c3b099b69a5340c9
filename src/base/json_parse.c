/* json_parse.c - the strict reader (RFC 8259, and stricter: json.h lists what is refused).
 *
 * The text is checked for UTF-8 once, as a whole; then a recursive descent, no deeper than JSON_DEPTH, builds
 * the tree.  A value belongs to its parent from the moment it is made, so a failure frees the root alone. */
#include "base/json.h"

#include "base/error.h"
#include "base/json_node.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    const char *text;
    size_t length;
    size_t at;
    size_t values; /* made so far */
    int depth;
    struct error *error;
};

/* Adds the value at the parser's place to PARENT under KEY (taken over). */
static bool parse_value(struct parser *parser, cJSON *parent, char *key);

static bool refuse(struct parser *parser, const char *what)
{
    if (parser->at >= parser->length)
        return error_set(parser->error, "not valid JSON: the text ends at byte %zu, where %s", parser->length,
                         what);
    return error_set(parser->error, "not valid JSON: at byte %zu, %s", parser->at, what);
}

/* The next byte, 0 at the end (a NUL in the text is good nowhere, so the two need not be told apart). */
static char peek(const struct parser *parser)
{
    return parser->at < parser->length ? parser->text[parser->at] : '\0';
}

static char skip_space(struct parser *parser)
{
    char byte;
    while ((byte = peek(parser)) == ' ' || byte == '\n' || byte == '\t' || byte == '\r')
        parser->at++;
    return byte;
}

/* --- strings --- */

/* Steps to the closing quote. *ESCAPED tells whether a backslash was seen. */
static bool scan_string(struct parser *parser, bool *escaped)
{
    *escaped = false;
    for (; parser->at < parser->length; parser->at++) {
        unsigned char byte = (unsigned char)parser->text[parser->at];
        if (byte == '"')
            return true;
        if (byte < 0x20)
            return refuse(parser, "a control character stands in a string; it must be escaped");
        if (byte == '\\') {
            *escaped = true;
            parser->at++;
        }
    }
    return refuse(parser, "a string is not closed");
}

static bool read_hex(struct parser *parser, const char *from, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        char digit = from[i]; /* the closing quote stands behind, so this never runs past the end */
        if (digit >= '0' && digit <= '9')
            *code = *code << 4 | (uint32_t)(digit - '0');
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            *code = *code << 4 | (uint32_t)((digit | 0x20) - 'a' + 10);
        else
            return refuse(parser, "\\u needs four hexadecimal digits");
    }
    return true;
}

/* Reads what stands after "\u". Returns the bytes taken, 0 when refused. */
static size_t read_unicode(struct parser *parser, const char *from, uint32_t *code)
{
    uint32_t low;
    if (!read_hex(parser, from, code))
        return 0;
    if (!*code) {
        refuse(parser, "\\u0000 is not allowed");
        return 0;
    }
    if (*code < 0xd800 || *code > 0xdfff)
        return 4;
    if (*code > 0xdbff || from[4] != '\\' || from[5] != 'u' || !read_hex(parser, from + 6, &low) ||
        low < 0xdc00 || low > 0xdfff) {
        refuse(parser, "half of a surrogate pair stands alone");
        return 0;
    }
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    return 10;
}

static char plain_escape(char letter)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? meanings[found - letters] : '\0';
}

/* Decodes the escapes of the string of LENGTH bytes that begins at FROM. NULL when one is bad. */
static char *decode_string(struct parser *parser, size_t from, size_t length)
{
    const char *text = parser->text + from, *end = text + length;
    size_t closing = parser->at;
    char *out = xmalloc(length + 1), *to = out;
    while (text < end) {
        const char *backslash = memchr(text, '\\', (size_t)(end - text));
        size_t plain = (size_t)((backslash ? backslash : end) - text);
        memcpy(to, text, plain);
        to += plain;
        text += plain;
        if (!backslash)
            break;
        parser->at = (size_t)(text - parser->text);
        uint32_t code;
        size_t taken = 0;
        char meaning = plain_escape(text[1]);
        if (meaning)
            *to++ = meaning;
        else if (text[1] != 'u')
            refuse(parser, "this escape does not exist");
        else if ((taken = read_unicode(parser, text + 2, &code)))
            to += utf8_encode(code, to);
        if (!meaning && !taken) {
            free(out);
            return NULL;
        }
        text += 2 + taken;
    }
    *to = '\0';
    parser->at = closing;
    return out;
}

/* Reads a string; the parser stands on its opening quote. NULL when refused. */
static char *parse_string(struct parser *parser)
{
    size_t start = ++parser->at;
    bool escaped;
    if (!scan_string(parser, &escaped))
        return NULL;
    size_t length = parser->at - start;
    char *text = escaped ? decode_string(parser, start, length) : xstrndup(parser->text + start, length);
    if (text)
        parser->at++;
    return text;
}

/* --- numbers --- */

static bool skip_digits(struct parser *parser)
{
    size_t start = parser->at;
    while (peek(parser) >= '0' && peek(parser) <= '9')
        parser->at++;
    return parser->at > start;
}

static char *parse_number(struct parser *parser)
{
    size_t start = parser->at;
    bool good;
    if (peek(parser) == '-')
        parser->at++;
    if (peek(parser) == '0') {
        parser->at++;
        good = true;
    } else {
        good = skip_digits(parser);
    }
    if (good && peek(parser) == '.') {
        parser->at++;
        good = skip_digits(parser);
    }
    if (good && (peek(parser) | 0x20) == 'e') {
        parser->at++;
        if (peek(parser) == '+' || peek(parser) == '-')
            parser->at++;
        good = skip_digits(parser);
    }
    if (good)
        return xstrndup(parser->text + start, parser->at - start);
    refuse(parser, "a digit was expected");
    return NULL;
}

/* --- containers --- */

static int compare_keys(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* A key that stands twice in OBJECT, or NULL.  Sorted, so that many keys take no time to speak of. */
static const char *find_duplicate(const cJSON *object)
{
    size_t count = (size_t)object->valueint;
    if (count < 2)
        return NULL;
    const char **keys = xmalloc(count * sizeof *keys), *duplicate = NULL;
    for (size_t i = 0; i < count; i++)
        keys[i] = json_node_child(object, i)->string;
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; !duplicate && i < count; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            duplicate = keys[i];
    free(keys);
    return duplicate;
}

static bool parse_member(struct parser *parser, cJSON *object)
{
    if (skip_space(parser) != '"')
        return refuse(parser, "a key in quotes was expected");
    char *key = parse_string(parser);
    if (!key)
        return false;
    if (skip_space(parser) != ':') {
        free(key);
        return refuse(parser, "a colon was expected");
    }
    parser->at++;
    return parse_value(parser, object, key);
}

/* The inside of an array or object up to its closing bracket; the parser stands behind the opening one. */
static bool parse_children(struct parser *parser, cJSON *container)
{
    bool object = container->type == cJSON_Object;
    char close = object ? '}' : ']';
    if (skip_space(parser) == close) {
        parser->at++;
        return true;
    }
    for (;;) {
        if (!(object ? parse_member(parser, container) : parse_value(parser, container, NULL)))
            return false;
        char byte = skip_space(parser);
        if (byte != ',' && byte != close)
            return refuse(parser, object ? "a comma or } was expected" : "a comma or ] was expected");
        parser->at++;
        if (byte == close)
            return true;
    }
}

static bool parse_container(struct parser *parser, cJSON *container)
{
    size_t start = parser->at++;
    if (++parser->depth > JSON_DEPTH)
        return error_set(parser->error, "not valid JSON: at byte %zu, nested deeper than %d", start,
                         JSON_DEPTH);
    if (!parse_children(parser, container))
        return false;
    parser->depth--;
    const char *duplicate = container->type == cJSON_Object ? find_duplicate(container) : NULL;
    if (!duplicate)
        return true;
    return error_set(parser->error, "not valid JSON: the object at byte %zu has the key \"%.80s\" twice",
                     start, duplicate);
}

/* --- values --- */

static bool parse_word(struct parser *parser, cJSON *node)
{
    static const struct {
        const char *word;
        int type;
    } words[] = { { "true", cJSON_True }, { "false", cJSON_False }, { "null", cJSON_NULL } };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        size_t length = strlen(words[i].word);
        if (parser->length - parser->at < length ||
            memcmp(parser->text + parser->at, words[i].word, length) != 0)
            continue;
        node->type = words[i].type;
        parser->at += length;
        return true;
    }
    return refuse(parser, "a value was expected");
}

static bool parse_value(struct parser *parser, cJSON *parent, char *key)
{
    cJSON *node = json_node_new(cJSON_NULL);
    json_node_append(parent, key, node);
    if (++parser->values > JSON_VALUES)
        return error_set(parser->error, "this JSON has more than %d values", JSON_VALUES);
    char byte = skip_space(parser);
    if (byte == '{' || byte == '[') {
        node->type = byte == '{' ? cJSON_Object : cJSON_Array;
        return parse_container(parser, node);
    }
    if (byte == '"') {
        node->type = cJSON_String;
        node->valuestring = parse_string(parser);
        return node->valuestring;
    }
    if (byte == '-' || (byte >= '0' && byte <= '9')) {
        node->type = cJSON_Raw;
        node->valuestring = parse_number(parser);
        return node->valuestring;
    }
    return parse_word(parser, node);
}

/* Takes the only child out of the array HOLDER. */
static struct json *take_root(cJSON *holder)
{
    cJSON *root = holder->child;
    holder->child = NULL;
    root->prev = NULL;
    return (struct json *)(void *)root;
}

struct json *json_parse(const char *text, size_t length, struct error *error)
{
    struct parser parser = { .text = text, .length = length, .error = error };
    parser.at = utf8_valid_length(text, length);
    if (parser.at < length) {
        refuse(&parser, "a byte is not UTF-8");
        return NULL;
    }
    parser.at = 0;
    cJSON *holder = json_node_new(cJSON_Array);
    struct json *root = NULL;
    if (parse_value(&parser, holder, NULL)) {
        skip_space(&parser);
        if (parser.at == length)
            root = take_root(holder);
        else
            refuse(&parser, "something stands behind the value");
    }
    cJSON_Delete(holder);
    return root;
}
