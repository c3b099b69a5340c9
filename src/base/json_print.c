/* json_print.c - a value as text: one line, ASCII controls and DEL escaped, all else as it is.
 *
 * Texts are megabytes of model output, so runs without anything to escape are copied whole. */
#include "base/json.h"

#include "base/buffer.h"
#include "base/json_node.h"
#include "base/memory.h"

#include <stdint.h>
#include <string.h>

/* The letter after the backslash; 'u': by number; 0: as it is. */
static char escape_letter(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return byte < 0x20 || byte == 0x7f ? 'u' : '\0';
    }
}

/* The length of the run at the start of TEXT (NUL-terminated) that needs no escape. */
static size_t plain_run(const unsigned char *text)
{
    size_t length = 0;
    while (text[length] >= 0x20 && text[length] != '"' && text[length] != '\\' && text[length] != 0x7f)
        length++;
    return length;
}

void json_print_text(struct buffer *out, const char *text)
{
    buffer_append_byte(out, '"');
    for (;;) {
        size_t plain = plain_run((const unsigned char *)text);
        buffer_append(out, text, plain);
        text += plain;
        if (!*text)
            break;
        unsigned char byte = (unsigned char)*text++;
        char letter = escape_letter(byte);
        if (letter == 'u')
            buffer_append_format(out, "\\u%04x", byte);
        else
            buffer_append(out, (char[]){ '\\', letter }, 2);
    }
    buffer_append_byte(out, '"');
}

static void print_node(struct buffer *out, const cJSON *node);

static void print_container(struct buffer *out, const cJSON *node)
{
    bool object = node->type == cJSON_Object;
    buffer_append_byte(out, object ? '{' : '[');
    for (const cJSON *child = node->child; child; child = child->next) {
        if (object) {
            json_print_text(out, child->string);
            buffer_append_byte(out, ':');
        }
        print_node(out, child);
        if (child->next)
            buffer_append_byte(out, ',');
    }
    buffer_append_byte(out, object ? '}' : ']');
}

/* As deep as the tree: JSON_DEPTH for what was parsed, and our own code builds no deeper. */
static void print_node(struct buffer *out, const cJSON *node)
{
    switch (node->type) {
    case cJSON_Array:
    case cJSON_Object:
        print_container(out, node);
        break;
    case cJSON_String:
        json_print_text(out, node->valuestring);
        break;
    case cJSON_Raw:
        buffer_append_text(out, node->valuestring);
        break;
    case cJSON_True:
        buffer_append_text(out, "true");
        break;
    case cJSON_False:
        buffer_append_text(out, "false");
        break;
    default:
        buffer_append_text(out, "null");
    }
}

char *json_print(const struct json *json)
{
    if (!json)
        return xstrdup("null");
    struct buffer out;
    buffer_init(&out, SIZE_MAX / 2);
    print_node(&out, (const cJSON *)(const void *)json);
    return buffer_detach(&out);
}
