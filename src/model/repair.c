/* repair.c - one pass over the text that knows strings and brackets; json_parse has the last word. */
#include "model/repair.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

struct span {
    const char *text;
    size_t length;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static struct span trimmed(struct span span)
{
    while (span.length && is_blank(*span.text)) {
        span.text++;
        span.length--;
    }
    while (span.length && is_blank(span.text[span.length - 1]))
        span.length--;
    return span;
}

static bool starts(struct span span, const char *word)
{
    return span.length >= strlen(word) && memcmp(span.text, word, strlen(word)) == 0;
}

static struct span skipped(struct span span, size_t bytes)
{
    return (struct span){ span.text + bytes, span.length - bytes };
}

/* "```json\n{...}\n```" without its fence; the closing one is left to the scan. */
static struct span without_fence(struct span span)
{
    if (!starts(span, "```"))
        return span;
    const char *line_end = memchr(span.text, '\n', span.length);
    return line_end ? trimmed(skipped(span, (size_t)(line_end - span.text) + 1)) : span;
}

/* --- the scan --- */

struct scan {
    struct buffer out;
    char closers[DEPTH_MAX]; /* what closes each open bracket */
    size_t depth;
    bool in_string;
    bool begun; /* the first bracket was seen */
    bool cut;   /* the text ended before the value did */
};

static void append_in_string(struct scan *scan, struct span rest, size_t *taken)
{
    char byte = *rest.text;
    if (byte == '\\' && rest.length > 1) {
        buffer_append(&scan->out, rest.text, 2);
        *taken = 2;
        return;
    }
    *taken = 1;
    if (byte == '"')
        scan->in_string = false;
    if (byte == '\n')
        buffer_append_text(&scan->out, "\\n");
    else if (byte == '\t')
        buffer_append_text(&scan->out, "\\t");
    else if (byte == '\r')
        buffer_append_text(&scan->out, "\\r");
    else
        buffer_append_byte(&scan->out, byte);
}

static bool is_stray_comma(struct span rest)
{
    struct span after = trimmed(skipped(rest, 1));
    return starts(after, "}") || starts(after, "]");
}

/* False: a bracket closes what is not open, or there are too many. */
static bool append_outside(struct scan *scan, struct span rest)
{
    char byte = *rest.text;
    if (byte == '{' || byte == '[') {
        if (scan->depth == DEPTH_MAX)
            return false;
        scan->closers[scan->depth++] = byte == '{' ? '}' : ']';
        scan->begun = true;
    } else if (byte == '}' || byte == ']') {
        if (!scan->depth || scan->closers[--scan->depth] != byte)
            return false;
    } else if (byte == '"') {
        scan->in_string = true;
    } else if (byte == ',' && is_stray_comma(rest)) {
        return true;
    }
    return buffer_append_byte(&scan->out, byte);
}

/* Scans one bracketed value; *REST is what follows it. False: there is none. */
static bool scan_value(struct scan *scan, struct span *rest)
{
    while (rest->length && !(scan->begun && scan->depth == 0)) {
        size_t taken = 1;
        if (scan->in_string)
            append_in_string(scan, *rest, &taken);
        else if (!append_outside(scan, *rest))
            return false;
        *rest = skipped(*rest, taken);
    }
    return scan->begun;
}

/* Whether what follows the object VALUE may be dropped: stray closers, a fence, a tag, the object again. */
static bool is_droppable(struct span rest, struct span value)
{
    static const char *const strays[] = { "}", "]", "```", "</tool_call>" };
    for (rest = trimmed(rest); rest.length; rest = trimmed(rest)) {
        size_t length = 0;
        for (size_t i = 0; i < ARRAY_SIZE(strays); i++)
            if (starts(rest, strays[i]))
                length = strlen(strays[i]);
        if (rest.length >= value.length && memcmp(rest.text, value.text, value.length) == 0)
            length = value.length;
        if (!length)
            return false;
        rest = skipped(rest, length);
    }
    return true;
}

/* A value that ends behind a string, a bracket or a word lacks nothing but closers; a number may lack digits. */
static bool lacks_only_closers(const struct scan *scan)
{
    struct span out = trimmed((struct span){ scan->out.data, scan->out.length });
    return !scan->in_string && out.length && strchr("\"}]el", out.text[out.length - 1]);
}

static bool mend(struct span span, bool complete, struct scan *scan)
{
    struct span rest = span;
    if (!starts(span, "{") || !scan_value(scan, &rest))
        return false;
    if (scan->depth == 0)
        return is_droppable(rest, (struct span){ span.text, span.length - rest.length });
    if (!complete || !lacks_only_closers(scan)) {
        scan->cut = true;
        return false;
    }
    while (scan->depth)
        buffer_append_byte(&scan->out, scan->closers[--scan->depth]);
    return true;
}

/* --- arguments --- */

static bool is_object(struct span span, struct error *error)
{
    struct json *json = json_parse(span.text, span.length, error);
    bool good = json_is(json, JSON_OBJECT);
    if (json && !good)
        error_set(error, "they are not an object");
    json_free(json);
    return good;
}

static char *refuse(struct error *error, const struct scan *scan, const struct error *why)
{
    if (scan->cut)
        error_set(error, "The arguments break off in the middle, so the call was not run. "
                         "Call the tool again with all of its arguments.");
    else
        error_set(error,
                  "The arguments are not one JSON object (%s), so the call was not run. "
                  "Call the tool again with well-formed JSON.",
                  error_message(why));
    return NULL;
}

static char *mended(struct span span, bool complete, struct error *error)
{
    struct error why = ERROR_INIT;
    char *good = NULL;
    if (is_object(span, &why)) {
        good = xstrndup(span.text, span.length);
    } else {
        struct scan scan = { .out = { .data = buffer_empty, .ceiling = 2 * ARGUMENTS_MAX } };
        struct span stripped = without_fence(span);
        if (mend(stripped, complete, &scan) &&
            is_object((struct span){ scan.out.data, scan.out.length }, &why))
            good = buffer_detach(&scan.out);
        else
            refuse(error, &scan, &why);
        buffer_release(&scan.out);
    }
    error_clear(&why);
    return good;
}

char *repair_arguments(const char *text, size_t length, bool complete, struct error *error)
{
    struct span span = trimmed((struct span){ text, length });
    if (length > ARGUMENTS_MAX) {
        error_set(error, "The arguments are over %d MiB, so the call was not run. Use smaller pieces.",
                  ARGUMENTS_MAX / 1024 / 1024);
        return NULL;
    }
    struct json *packed = starts(span, "\"") ? json_parse(span.text, span.length, NULL) : NULL;
    if (json_text(packed))
        span = trimmed((struct span){ json_text(packed), strlen(json_text(packed)) });
    bool nothing = !span.length || (span.length == 4 && starts(span, "null"));
    char *good = nothing ? xstrdup("{}") : mended(span, complete, error);
    json_free(packed);
    return good;
}

/* --- messages --- */

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit = (char)tolower((unsigned char)digit);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The 16 bits of an escape "\uXXXX" at the start of REST; -1: there is none. */
static int32_t escape_value(struct span rest)
{
    int32_t value = 0;
    if (rest.length < 6 || !starts(rest, "\\u"))
        return -1;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_value(rest.text[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool is_high(int32_t value)
{
    return value >= 0xd800 && value <= 0xdbff;
}

static bool is_low(int32_t value)
{
    return value >= 0xdc00 && value <= 0xdfff;
}

/* Appends the escape at the start of REST, or its stand-in. Returns the bytes taken. */
static size_t append_escape(struct buffer *out, struct span rest)
{
    int32_t value = escape_value(rest);
    size_t taken = value >= 0 ? 6 : rest.length > 1 ? 2 : 1;
    if (is_high(value) && is_low(escape_value(skipped(rest, 6))))
        taken = 12;
    else if (value == 0 || is_high(value) || is_low(value)) {
        buffer_append_text(out, "\\ufffd");
        return taken;
    }
    buffer_append(out, rest.text, taken);
    return taken;
}

bool repair_message(const char *text, size_t length, struct buffer *out)
{
    struct buffer escaped = { .data = buffer_empty, .ceiling = out->ceiling };
    struct span rest = { text, length };
    while (rest.length) {
        const char *next = memchr(rest.text, '\\', rest.length);
        size_t plain = next ? (size_t)(next - rest.text) : rest.length;
        buffer_append(&escaped, rest.text, plain);
        rest = skipped(rest, plain);
        if (rest.length)
            rest = skipped(rest, append_escape(&escaped, rest));
    }
    utf8_repair(out, escaped.data, escaped.length);
    bool whole = !escaped.full && !out->full;
    buffer_release(&escaped);
    return whole;
}
