/* numbers.c - strict numbers.  YAML 1.1 would take 010 for 8, 1:30 for 90 and 0x1F for 31; a limit that a
 * person did not mean is worse than an error, so only one spelling of each number is taken. */
#include "conf/numbers.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    int64_t factor;
};

/* Largest last: printing takes the largest that divides. */
static const struct unit sizes[] = {
    { "", 1 }, { "K", 1LL << 10 }, { "M", 1LL << 20 }, { "G", 1LL << 30 }, { "T", 1LL << 40 },
};
static const struct unit spans[] = {
    { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 3600 * 1000 }, { "d", 86400 * 1000 },
};

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Digits without a leading zero, that fit. Returns how many, 0: none. */
static size_t read_digits(const char *text, int64_t *value)
{
    size_t length = digits(text);
    if (!length || (length > 1 && *text == '0'))
        return 0;
    errno = 0;
    *value = strtoll(text, NULL, 10);
    return errno ? 0 : length;
}

bool number_integer(const char *text, int64_t *value)
{
    bool negative = *text == '-';
    size_t length = read_digits(text + negative, value);
    if (!length || text[negative + length])
        return false;
    if (negative)
        *value = -*value;
    return true;
}

bool number_decimal(const char *text, double *value)
{
    const char *at = text + (*text == '-');
    size_t whole = digits(at);
    if (!whole || (whole > 1 && *at == '0'))
        return false;
    at += whole;
    if (*at == '.') {
        size_t part = digits(++at);
        if (!part)
            return false;
        at += part;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        if (!digits(at))
            return false;
        at += digits(at);
    }
    if (*at)
        return false;
    *value = strtod(text, NULL);
    return isfinite(*value);
}

static bool read_unit(const struct unit *units, size_t count, const char *text, int64_t *value)
{
    size_t length = read_digits(text, value);
    for (size_t i = 0; length && i < count; i++)
        if (strcmp(text + length, units[i].name) == 0)
            return !__builtin_mul_overflow(*value, units[i].factor, value);
    return false;
}

bool number_size(const char *text, int64_t *bytes)
{
    return read_unit(sizes, ARRAY_SIZE(sizes), text, bytes);
}

bool number_span(const char *text, int64_t *milliseconds)
{
    if (strcmp(text, "0") == 0) {
        *milliseconds = 0;
        return true;
    }
    return read_unit(spans, ARRAY_SIZE(spans), text, milliseconds);
}

static void print_unit(const struct unit *units, size_t count, struct buffer *out, int64_t value)
{
    size_t i = count - 1;
    while (i && (!value || value % units[i].factor))
        i--;
    buffer_append_format(out, "%" PRId64 "%s", value / units[i].factor, value ? units[i].name : "");
}

void number_print_size(struct buffer *out, int64_t bytes)
{
    print_unit(sizes, ARRAY_SIZE(sizes), out, bytes);
}

void number_print_span(struct buffer *out, int64_t milliseconds)
{
    print_unit(spans, ARRAY_SIZE(spans), out, milliseconds);
}
