/* diff_words.c - which words of a changed line changed.
 *
 * A word is a run of letters, digits, underscores and bytes of other scripts; blanks go together; every other
 * sign is a word of its own.  Marks help only where most of a line has stayed: else the reader is better
 * served by the whole line. */
#include "matter/diff.h"

#include "base/memory.h"
#include "matter/diff_script.h"

#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_LINE = 20000,   /* bytes; no one reads words in a longer one */
    LEAST_COMMON_TENTHS = 3 /* of the bytes other than blanks of the longer line */
};

static bool is_letter(unsigned char byte)
{
    return byte >= 0x80 || byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static bool is_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\t';
}

static void split_words(struct diff_side *side, const struct diff_line *line)
{
    const char *text = line->text;
    for (size_t at = 0, end; at < line->length; at = end) {
        unsigned char first = (unsigned char)text[at];
        end = at + 1;
        if (is_letter(first))
            while (end < line->length && is_letter((unsigned char)text[end]))
                end++;
        else if (is_blank(first))
            while (end < line->length && is_blank((unsigned char)text[end]))
                end++;
        diff_side_add(side, text + at, end - at);
    }
}

/* A lone blank between two changed words belongs to the change. */
static void join_over_blanks(struct diff_side *side)
{
    for (size_t i = 1; i + 1 < side->count; i++)
        if (is_blank((unsigned char)side->pieces[i].text[0]) && side->pieces[i - 1].changed &&
            side->pieces[i + 1].changed)
            side->pieces[i].changed = true;
}

static size_t count_bytes(const struct diff_side *side, bool only_same)
{
    size_t sum = 0;
    for (size_t i = 0; i < side->count; i++)
        if (!is_blank((unsigned char)side->pieces[i].text[0]) && !(only_same && side->pieces[i].changed))
            sum += side->pieces[i].length;
    return sum;
}

static bool have_enough_in_common(const struct diff_side *old_side, const struct diff_side *new_side)
{
    size_t old_bytes = count_bytes(old_side, false), new_bytes = count_bytes(new_side, false);
    size_t longer = old_bytes > new_bytes ? old_bytes : new_bytes;
    return count_bytes(old_side, true) * 10 >= longer * LEAST_COMMON_TENTHS;
}

static void collect(struct diff_spans *spans, const struct diff_side *side, const char *text)
{
    for (size_t i = 0; i < side->count; i++) {
        const struct diff_piece *piece = &side->pieces[i];
        if (!piece->changed)
            continue;
        if (i && side->pieces[i - 1].changed) {
            spans->items[spans->count - 1].length += piece->length;
            continue;
        }
        spans->items = array_reserve(spans->items, &spans->capacity, spans->count + 1, sizeof *spans->items);
        spans->items[spans->count++] = (struct diff_span){ (size_t)(piece->text - text), piece->length };
    }
}

bool diff_words(const struct diff_line *old_line, const struct diff_line *new_line,
                struct diff_spans *old_spans, struct diff_spans *new_spans)
{
    old_spans->count = new_spans->count = 0;
    if (old_line->length > LONGEST_LINE || new_line->length > LONGEST_LINE)
        return false;
    struct diff_side old_side = { 0 }, new_side = { 0 };
    split_words(&old_side, old_line);
    split_words(&new_side, new_line);
    diff_script(&old_side, &new_side);
    bool helps = have_enough_in_common(&old_side, &new_side);
    if (helps) {
        join_over_blanks(&old_side);
        join_over_blanks(&new_side);
        collect(old_spans, &old_side, old_line->text);
        collect(new_spans, &new_side, new_line->text);
    }
    diff_side_release(&old_side);
    diff_side_release(&new_side);
    return helps;
}

void diff_spans_release(struct diff_spans *spans)
{
    free(spans->items);
    *spans = (struct diff_spans)DIFF_SPANS_INIT;
}
