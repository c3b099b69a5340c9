/* plain.c - plain words.  The test for "looks like a number" is wider than any one version of YAML: quoting a
 * text too often costs a pair of quotes, too seldom costs its meaning. */
#include "conf/plain.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/visible.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool looks_like_a_number(const char *text)
{
    text += *text == '-' || *text == '+';
    if (strcasecmp(text, ".inf") == 0 || strcasecmp(text, ".nan") == 0)
        return true;
    if (text[0] == '0' && text[1] && strchr("xXoObB", text[1]))
        return text[2] && !text[2 + strspn(text + 2, "0123456789abcdefABCDEF_")];
    size_t digits = strcspn(text, "0123456789");
    if (digits > 1 || (digits == 1 && *text != '.'))
        return false;
    return !text[strspn(text, "0123456789._:eE+-")] && text[digits];
}

bool plain_is_ambiguous(const char *text)
{
    static const char *const words[] = {
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return looks_like_a_number(text);
}

static bool may_stand_plain(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@+~";
    size_t length = strlen(text);
    if (plain_is_ambiguous(text) || strspn(text, safe) != length || text[length - 1] == ':')
        return false;
    return !strchr("-:@+~", *text) || strncmp(text, "~/", 2) == 0;
}

void plain_print(const char *text, struct buffer *out)
{
    if (may_stand_plain(text)) {
        buffer_append_text(out, text);
        return;
    }
    struct json *json = json_new_text(text);
    char *quoted = json_print(json);
    plain_print_line(quoted, out);
    free(quoted);
    json_free(json);
}

void plain_quote(const char *text, struct buffer *out)
{
    if (may_stand_plain(text)) {
        buffer_append_text(out, text);
        return;
    }
    buffer_append_byte(out, '"');
    for (size_t length = strlen(text); length;) {
        struct glyph glyph;
        uint32_t code;
        visible_next(text, length, &glyph);
        size_t bytes = utf8_decode(text, length, &code);
        bool seen = glyph.kind == GLYPH_TEXT && glyph.bytes == bytes;
        if (*text == '"' || *text == '\\')
            buffer_append_format(out, "\\%c", *text);
        else if (seen)
            buffer_append(out, text, bytes);
        else
            buffer_append_format(out, "\\U%08X", (unsigned)code);
        text += bytes;
        length -= bytes;
    }
    buffer_append_byte(out, '"');
}

void plain_print_line(const char *text, struct buffer *out)
{
    visible_line(out, text, strlen(text));
}
