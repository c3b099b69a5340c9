/* output_model.c - a call's output as the model gets it: bounded, good UTF-8, and honest about what is missing.
 *
 * The limit holds for what comes out, where a bad byte or a NUL takes three; so lengths are measured in that
 * form while cuts are made in the bytes that came. */
#include "matter/output.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "matter/output_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char nul_sign[] = "\xe2\x90\x80";

/* Steps over one character of TEXT; *COST is its length when repaired. */
static size_t step(const char *text, size_t length, size_t *cost)
{
    uint32_t code;
    size_t size = utf8_decode(text, length, &code);
    *cost = code == UTF8_BAD || code == 0 ? 3 : size;
    return size;
}

static size_t repaired_length(const char *text, size_t length)
{
    size_t sum = 0, cost;
    for (size_t at = 0; at < length; sum += cost)
        at += step(text + at, length - at, &cost);
    return sum;
}

static void append_repaired(struct buffer *out, const char *text, size_t length)
{
    while (length) {
        size_t part = strnlen(text, length);
        utf8_repair(out, text, part);
        if (part < length) {
            buffer_append_text(out, nul_sign);
            part++;
        }
        text += part;
        length -= part;
    }
}

/* How much of the start of PART fits BUDGET; ends with a line when one ends in the last quarter. */
static size_t fit_head(struct output_part part, size_t budget)
{
    size_t at = 0, sum = 0, cost;
    while (at < part.length) {
        size_t size = step(part.text + at, part.length - at, &cost);
        if (sum + cost > budget)
            break;
        sum += cost;
        at += size;
    }
    if (at == part.length)
        return at;
    const char *newline = memrchr(part.text, '\n', at);
    size_t line_end = newline ? (size_t)(newline - part.text) + 1 : 0;
    return line_end >= at - at / 4 ? line_end : at;
}

/* How much of the start of PART must go so that the rest fits BUDGET; a line begins there when one begins in
 * the next quarter. */
static size_t skip_for_tail(struct output_part part, size_t budget)
{
    size_t at = 0, cost, sum = repaired_length(part.text, part.length);
    while (sum > budget) {
        at += step(part.text + at, part.length - at, &cost);
        sum -= cost;
    }
    if (!at || part.text[at - 1] == '\n')
        return at;
    const char *newline = memchr(part.text + at, '\n', (part.length - at) / 4);
    return newline ? (size_t)(newline - part.text) + 1 : at;
}

static char *gap_text(int64_t left_out, const char *name)
{
    if (name)
        return xasprintf("[%" PRId64 " bytes left out here; the whole output can be read as %s]\n", left_out,
                         name);
    return xasprintf("[%" PRId64 " bytes left out here]\n", left_out);
}

void output_for_model(const struct output *output, size_t limit, const char *name, struct buffer *out)
{
    struct output_part head, tail;
    output_parts(output, &head, &tail);
    int64_t total = output_total(output);
    if (!output_left_out(output) && repaired_length(head.text, head.length) <= limit) {
        append_repaired(out, head.text, head.length);
        return;
    }
    char *gap = gap_text(total, name); /* as long as it can become */
    size_t reserved = strlen(gap) + 1;
    free(gap);
    size_t budget = limit > reserved ? limit - reserved : 0;
    head.length = fit_head(head, budget / 2);
    if (!output_left_out(output))
        tail = (struct output_part){ head.text + head.length, (size_t)total - head.length };
    size_t skipped = skip_for_tail(tail, budget - budget / 2);
    append_repaired(out, head.text, head.length);
    if (head.length && head.text[head.length - 1] != '\n')
        buffer_append_byte(out, '\n');
    gap = gap_text(total - (int64_t)(head.length + tail.length - skipped), name);
    buffer_append_text(out, gap);
    free(gap);
    append_repaired(out, tail.text + skipped, tail.length - skipped);
}
