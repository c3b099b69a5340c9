/* diff.c - from two texts to hunks.
 *
 * The comparison (diff_script.c) only says which lines have no counterpart.  Here both sides are walked
 * together: lines without a counterpart are a change, the rest runs in step, and changes with little between
 * them share a hunk.  Removed lines come before the added ones that stand for them, and the two are paired in
 * order. */
#include "matter/diff.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "matter/diff_script.h"

#include <stdlib.h>
#include <string.h>

struct diff {
    char *old_text, *new_text; /* own copies; all lines point into them */
    struct diff_side old_side, new_side;
    struct diff_line *lines; /* of all hunks, one behind the other */
    size_t line_count, line_capacity;
    struct diff_hunk *hunks;
    size_t hunk_count, hunk_capacity;
    size_t added, removed;
    bool apart; /* no two changes share a hunk */
};

/* Where the walk stands: the next line of each side. */
struct place {
    size_t old_at, new_at;
};

static void split_lines(struct diff_side *side, const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *next = newline ? newline + 1 : end;
        diff_side_add(side, text, (size_t)(next - text));
        text = next;
    }
}

static bool is_changed(const struct diff *diff, struct place place)
{
    return (place.old_at < diff->old_side.count && diff->old_side.pieces[place.old_at].changed) ||
           (place.new_at < diff->new_side.count && diff->new_side.pieces[place.new_at].changed);
}

static bool is_end(const struct diff *diff, struct place place)
{
    return place.old_at == diff->old_side.count && place.new_at == diff->new_side.count;
}

/* --- building hunks --- */

static void add_line(struct diff *diff, enum diff_kind kind, struct place place)
{
    const struct diff_piece *piece =
        kind == DIFF_NEW ? &diff->new_side.pieces[place.new_at] : &diff->old_side.pieces[place.old_at];
    bool newline = piece->text[piece->length - 1] == '\n';
    diff->lines = array_reserve(diff->lines, &diff->line_capacity, diff->line_count + 1, sizeof *diff->lines);
    diff->lines[diff->line_count++] = (struct diff_line){
        .kind = kind,
        .text = piece->text,
        .length = piece->length - newline,
        .newline = newline,
        .old_number = kind == DIFF_NEW ? 0 : place.old_at + 1,
        .new_number = kind == DIFF_OLD ? 0 : place.new_at + 1,
        .pair = DIFF_NO_PAIR,
    };
}

/* Pairs the REMOVED lines that begin at index FIRST with the ADDED ones behind them; HUNK is the index of the
 * hunk's first line. */
static void pair_lines(struct diff *diff, size_t hunk, size_t first, size_t removed, size_t added)
{
    for (size_t i = 0; i < removed && i < added; i++) {
        diff->lines[first + i].pair = first + removed + i - hunk;
        diff->lines[first + removed + i].pair = first + i - hunk;
    }
}

/* Takes the change at PLACE, if there is one, into the hunk whose first line has index HUNK. */
static void add_change(struct diff *diff, size_t hunk, struct place *place)
{
    size_t first = diff->line_count;
    for (; place->old_at < diff->old_side.count && diff->old_side.pieces[place->old_at].changed;
         place->old_at++)
        add_line(diff, DIFF_OLD, *place);
    size_t removed = diff->line_count - first;
    for (; place->new_at < diff->new_side.count && diff->new_side.pieces[place->new_at].changed;
         place->new_at++)
        add_line(diff, DIFF_NEW, *place);
    size_t added = diff->line_count - first - removed;
    pair_lines(diff, hunk, first, removed, added);
    diff->removed += removed;
    diff->added += added;
}

static void add_same(struct diff *diff, struct place *place, size_t count)
{
    for (; count; count--, place->old_at++, place->new_at++)
        add_line(diff, DIFF_SAME, *place);
}

/* How many lines from PLACE on are the same on both sides. */
static size_t count_same(const struct diff *diff, struct place place)
{
    size_t start = place.old_at;
    for (; !is_end(diff, place) && !is_changed(diff, place); place.old_at++)
        place.new_at++;
    return place.old_at - start;
}

/* Adds the hunk whose first change is at PLACE, after BEFORE lines that are the same, and moves PLACE behind
 * its last line. */
static void add_hunk(struct diff *diff, struct place *place, size_t before, size_t context)
{
    size_t lead = before < context ? before : context, hunk = diff->line_count, trail;
    struct place start = { place->old_at - lead, place->new_at - lead };
    *place = start;
    add_same(diff, place, lead);
    for (;;) {
        add_change(diff, hunk, place);
        size_t same = count_same(diff, *place);
        struct place behind = { place->old_at + same, place->new_at + same };
        size_t share = diff->apart && !is_end(diff, behind) ? same - same / 2 : same;
        trail = share < context ? share : context;
        if (is_end(diff, behind) || same > 2 * context || diff->apart)
            break;
        add_same(diff, place, same);
    }
    add_same(diff, place, trail);
    size_t old_count = place->old_at - start.old_at, new_count = place->new_at - start.new_at;
    diff->hunks = array_reserve(diff->hunks, &diff->hunk_capacity, diff->hunk_count + 1, sizeof *diff->hunks);
    diff->hunks[diff->hunk_count++] = (struct diff_hunk){
        .old_start = start.old_at + (old_count > 0),
        .old_count = old_count,
        .new_start = start.new_at + (new_count > 0),
        .new_count = new_count,
        .line_count = diff->line_count - hunk,
    };
}

static void build_hunks(struct diff *diff, size_t context)
{
    struct place place = { 0, 0 };
    while (!is_end(diff, place)) {
        size_t same = count_same(diff, place);
        place.old_at += same;
        place.new_at += same;
        if (!is_end(diff, place))
            add_hunk(diff, &place, same, context);
    }
    /* Only now do the lines stay where they are. */
    const struct diff_line *line = diff->lines;
    for (size_t i = 0; i < diff->hunk_count; line += diff->hunks[i++].line_count)
        diff->hunks[i].lines = line;
}

static struct diff *make(const char *old_text, size_t old_length, const char *new_text, size_t new_length,
                         size_t context, bool apart)
{
    struct diff *diff = xcalloc(1, sizeof *diff);
    diff->apart = apart;
    diff->old_text = xmemdup(old_text, old_length);
    diff->new_text = xmemdup(new_text, new_length);
    split_lines(&diff->old_side, diff->old_text, old_length);
    split_lines(&diff->new_side, diff->new_text, new_length);
    diff_script(&diff->old_side, &diff->new_side);
    build_hunks(diff, context);
    return diff;
}

struct diff *diff_new(const char *old_text, size_t old_length, const char *new_text, size_t new_length,
                      size_t context)
{
    return make(old_text, old_length, new_text, new_length, context, false);
}

struct diff *diff_new_apart(const char *old_text, size_t old_length, const char *new_text, size_t new_length,
                            size_t context)
{
    return make(old_text, old_length, new_text, new_length, context, true);
}

void diff_free(struct diff *diff)
{
    if (!diff)
        return;
    diff_side_release(&diff->old_side);
    diff_side_release(&diff->new_side);
    free(diff->old_text);
    free(diff->new_text);
    free(diff->lines);
    free(diff->hunks);
    free(diff);
}

/* --- what there is to see --- */

size_t diff_hunks(const struct diff *diff)
{
    return diff->hunk_count;
}

const struct diff_hunk *diff_hunk(const struct diff *diff, size_t index)
{
    return index < diff->hunk_count ? &diff->hunks[index] : NULL;
}

/* The old lines before it. */
static size_t lines_before(const struct diff_hunk *hunk)
{
    return hunk->old_start - (hunk->old_count > 0);
}

bool diff_hunk_joins(const struct diff *diff, size_t index)
{
    const struct diff_hunk *hunk = &diff->hunks[index], *before = hunk - 1;

    return index > 0 && lines_before(before) + before->old_count == lines_before(hunk);
}

size_t diff_added(const struct diff *diff)
{
    return diff->added;
}

size_t diff_removed(const struct diff *diff)
{
    return diff->removed;
}

/* --- applying --- */

/* Appends the bytes of the old lines FROM..TO (indices). */
static void append_old(const struct diff *diff, size_t from, size_t to, struct buffer *out)
{
    if (from >= to)
        return;
    const struct diff_piece *first = &diff->old_side.pieces[from], *last = &diff->old_side.pieces[to - 1];
    buffer_append(out, first->text, (size_t)(last->text + last->length - first->text));
}

static void append_new(const struct diff_hunk *hunk, struct buffer *out)
{
    for (size_t i = 0; i < hunk->line_count; i++)
        if (hunk->lines[i].kind != DIFF_OLD)
            buffer_append(out, hunk->lines[i].text, hunk->lines[i].length + hunk->lines[i].newline);
}

void diff_apply(const struct diff *diff, const bool *chosen, struct buffer *out)
{
    size_t at = 0; /* the next old line */
    for (size_t i = 0; i < diff->hunk_count; i++) {
        const struct diff_hunk *hunk = &diff->hunks[i];
        if (chosen && !chosen[i])
            continue;
        size_t start = lines_before(hunk);
        append_old(diff, at, start, out);
        append_new(hunk, out);
        at = start + hunk->old_count;
    }
    append_old(diff, at, diff->old_side.count, out);
}
