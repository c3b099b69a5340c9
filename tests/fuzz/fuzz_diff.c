/* fuzz_diff.c - any two texts (the input, parted at its first 0xFF): hunks that apply to exactly the texts they
 * came from, whichever are chosen, and words within their lines. */
#include "matter/diff.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

/* What a hunk shows must be what stands there: its old lines, or its new lines, in the text from LINE on. */
static size_t check_side(const struct diff_hunk *hunk, enum diff_kind other, size_t start, size_t count)
{
    size_t lines = 0;
    for (size_t i = 0; i < hunk->line_count; i++) {
        const struct diff_line *line = &hunk->lines[i];
        if (line->kind == other)
            continue;
        check((other == DIFF_NEW ? line->old_number : line->new_number) == start + lines);
        lines++;
    }
    check(lines == count);
    return start + lines;
}

static void check_spans(const struct diff_spans *spans, size_t length)
{
    size_t at = 0;
    for (size_t i = 0; i < spans->count; i++) {
        check(spans->items[i].start >= at && spans->items[i].length > 0);
        at = spans->items[i].start + spans->items[i].length;
    }
    check(at <= length);
}

static void check_pairs(const struct diff_hunk *hunk)
{
    struct diff_spans old_spans = DIFF_SPANS_INIT, new_spans = DIFF_SPANS_INIT;
    for (size_t i = 0; i < hunk->line_count; i++) {
        const struct diff_line *line = &hunk->lines[i];
        if (line->pair == DIFF_NO_PAIR || line->kind != DIFF_OLD)
            continue;
        check(line->pair < hunk->line_count);
        const struct diff_line *pair = &hunk->lines[line->pair];
        check(pair->kind == DIFF_NEW && pair->pair == i);
        diff_words(line, pair, &old_spans, &new_spans);
        check_spans(&old_spans, line->length);
        check_spans(&new_spans, pair->length);
    }
    diff_spans_release(&old_spans);
    diff_spans_release(&new_spans);
}

static void check_applied(const struct diff *diff, const bool *chosen, const char *text, size_t length)
{
    struct buffer out = BUFFER_INIT;
    diff_apply(diff, chosen, &out);
    check(out.length == length && memcmp(out.data, text, length) == 0);
    buffer_release(&out);
}

/* Choosing some hunks, by the bits of PATTERN, then the others on top of them, must also lead to the new text. */
static void check_in_two_steps(const struct diff *diff, unsigned pattern, const char *new_text,
                               size_t new_length, size_t context)
{
    struct buffer half = BUFFER_INIT, account = BUFFER_INIT;
    bool *chosen = xcalloc(diff_hunks(diff), sizeof *chosen);
    for (size_t i = 0; i < diff_hunks(diff); i++)
        chosen[i] = pattern >> (i % 7) & 1;
    diff_apply(diff, chosen, &half);
    diff_account(diff, chosen, &account);
    struct diff *rest = diff_new(half.data, half.length, new_text, new_length, context);
    check_applied(rest, NULL, new_text, new_length);
    diff_free(rest);
    buffer_release(&account);
    buffer_release(&half);
    free(chosen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    size_t context = data[0] % 5;
    const char *old_text = (const char *)data + 1, *end = (const char *)data + size;
    const char *part = memchr(old_text, 0xff, size - 1);
    const char *new_text = part ? part + 1 : end;
    size_t old_length = (size_t)((part ? part : end) - old_text), new_length = (size_t)(end - new_text);
    struct diff *diff = data[0] & 64 ? diff_new_apart(old_text, old_length, new_text, new_length, context)
                                     : diff_new(old_text, old_length, new_text, new_length, context);
    bool same = old_length == new_length && memcmp(old_text, new_text, old_length) == 0;
    check(same == (diff_hunks(diff) == 0));
    size_t old_line = 1, new_line = 1;
    for (size_t i = 0; i < diff_hunks(diff); i++) {
        const struct diff_hunk *hunk = diff_hunk(diff, i);
        size_t old_start = hunk->old_start + !hunk->old_count, new_start = hunk->new_start + !hunk->new_count;
        check(old_start - old_line == new_start - new_line);
        old_line = check_side(hunk, DIFF_NEW, old_start, hunk->old_count);
        new_line = check_side(hunk, DIFF_OLD, new_start, hunk->new_count);
        check_pairs(hunk);
    }
    check_applied(diff, NULL, new_text, new_length);
    bool *none = xcalloc(diff_hunks(diff), sizeof *none);
    check_applied(diff, none, old_text, old_length);
    free(none);
    check_in_two_steps(diff, data[0] / 5 | 1, new_text, new_length, context);
    diff_free(diff);
    return 0;
}
