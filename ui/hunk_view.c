/* hunk_view.c - see hunk_view.h.  A hunk is one change or several that follow each other, and is known by its first.
 * Which lines were in sight is kept line by line, and for a change for good once all of it was: another width makes
 * other lines. */
#include "ui/hunk_view.h"

#include "base/memory.h"
#include "matter/diff.h"
#include "ui/difference.h"
#include "ui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct change {
    bool begins; /* a hunk */
    bool taken, seen;
    size_t first, end; /* its lines; the head of the hunk that it begins counted */
};

struct hunk_view {
    struct diff *diff; /* apart */
    struct change *changes;
    size_t count;   /* of changes */
    size_t present; /* the first change of the present hunk */
    bool *in_sight; /* of each line since it was put, counted from the first head */
    size_t line_count;
    int width; /* the lines are of */
};

struct hunk_view *hunk_view_new(const char *before, size_t before_length, const char *after,
                                size_t after_length)
{
    struct hunk_view *view = xcalloc(1, sizeof *view);

    view->diff = diff_new_apart(before, before_length, after, after_length, DIFF_CONTEXT);
    view->count = diff_hunks(view->diff);
    view->changes = xcalloc(view->count + 1, sizeof *view->changes);
    for (size_t i = 0; i < view->count; i++)
        view->changes[i] = (struct change){ .begins = !diff_hunk_joins(view->diff, i), .taken = true };
    return view;
}

void hunk_view_free(struct hunk_view *view)
{
    if (!view)
        return;
    diff_free(view->diff);
    free(view->changes);
    free(view->in_sight);
    free(view);
}

/* The change behind the last of the hunk that CHANGE is of. */
static size_t end_of(const struct hunk_view *view, size_t change)
{
    do
        change++;
    while (change < view->count && !view->changes[change].begins);
    return change;
}

/* The number, from 1, of the hunk that CHANGE is of. */
static size_t number_of(const struct hunk_view *view, size_t change)
{
    size_t number = 0;

    for (size_t i = 0; i <= change && i < view->count; i++)
        number += view->changes[i].begins;
    return number;
}

/* --- lines --- */

static void put_head(const struct hunk_view *view, size_t change, size_t number, size_t count,
                     struct lines *lines)
{
    bool present = hunk_view_is_choice(view) && change == view->present;
    struct diff_range range;
    char head[96];

    diff_changed_lines(diff_hunk(view->diff, change), &range);
    if (!hunk_view_is_choice(view))
        snprintf(head, sizeof head, "@@ line %zu @@", range.new_first);
    else
        snprintf(head, sizeof head, "%s [%c] hunk %zu of %zu, line %zu", present ? "▸" : " ",
                 view->changes[change].taken ? 'x' : ' ', number, count, range.new_first);
    lines_put(lines, present ? STYLE_STRONG : STYLE_DIFF_HUNK, head);
}

/* The same lines again, but for how they look, were in sight before. */
static void keep_sight(struct hunk_view *view, const struct lines *lines)
{
    size_t count = view->count ? view->changes[view->count - 1].end - view->changes[0].first : 0;

    if (count == view->line_count && lines_width(lines) == view->width)
        return;
    free(view->in_sight);
    view->in_sight = xcalloc(count + 1, sizeof *view->in_sight);
    view->line_count = count;
    view->width = lines_width(lines);
}

void hunk_view_put(struct hunk_view *view, struct lines *lines)
{
    size_t number = 0, count = hunk_view_count(view);

    for (size_t i = 0; i < view->count; i++) {
        view->changes[i].first = lines_count(lines);
        if (view->changes[i].begins)
            put_head(view, i, ++number, count, lines);
        difference_add_hunk(lines, diff_hunk(view->diff, i), !view->changes[i].taken);
        view->changes[i].end = lines_count(lines);
    }
    if (view->count == 0)
        lines_put(lines, STYLE_NOTICE, "(nothing changes)");
    keep_sight(view, lines);
}

static bool was_in_sight(const struct hunk_view *view, const struct change *change)
{
    size_t start = view->changes[0].first;

    for (size_t line = change->first; line < change->end; line++)
        if (!view->in_sight[line - start])
            return false;
    return true;
}

static bool is_in(const struct hunk_view *view, size_t first_change, size_t end_change, size_t first,
                  size_t end)
{
    return view->changes[first_change].first < end && view->changes[end_change - 1].end > first;
}

static void note_sight(struct hunk_view *view, size_t first, size_t end)
{
    size_t start = view->changes[0].first;

    for (size_t line = first > start ? first : start; line < end && line - start < view->line_count; line++)
        view->in_sight[line - start] = true;
    for (size_t i = 0; i < view->count; i++)
        if (!view->changes[i].seen && is_in(view, i, i + 1, first, end))
            view->changes[i].seen = was_in_sight(view, &view->changes[i]);
}

bool hunk_view_look(struct hunk_view *view, size_t first, size_t rows)
{
    size_t end = first + rows, before = view->present;

    if (view->count == 0)
        return false;
    note_sight(view, first, end);
    if (is_in(view, before, end_of(view, before), first, end))
        return false;
    for (size_t i = 0; i < view->count && view->present == before; i = end_of(view, i))
        if (is_in(view, i, end_of(view, i), first, end))
            view->present = i;
    return view->present != before;
}

/* --- the choice --- */

bool hunk_view_is_choice(const struct hunk_view *view)
{
    return view->count > 1;
}

size_t hunk_view_count(const struct hunk_view *view)
{
    return number_of(view, view->count);
}

size_t hunk_view_taken(const struct hunk_view *view)
{
    size_t taken = 0;

    for (size_t i = 0; i < view->count; i++)
        taken += view->changes[i].begins && view->changes[i].taken;
    return taken;
}

bool hunk_view_is_whole(const struct hunk_view *view)
{
    return hunk_view_taken(view) == hunk_view_count(view);
}

size_t hunk_view_unseen(const struct hunk_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->changes[i].taken && !view->changes[i].seen)
            return number_of(view, i);
    return 0;
}

size_t hunk_view_changes(const struct hunk_view *view)
{
    return view->count;
}

bool hunk_view_takes(const struct hunk_view *view, size_t change)
{
    return view->changes[change].taken;
}

size_t hunk_view_move(struct hunk_view *view, long by)
{
    for (; by > 0 && end_of(view, view->present) < view->count; by--)
        view->present = end_of(view, view->present);
    for (; by < 0 && view->present > 0; by++)
        do
            view->present--;
        while (!view->changes[view->present].begins);
    return view->changes[view->present].first;
}

void hunk_view_toggle(struct hunk_view *view)
{
    for (size_t i = view->present; view->count > 0 && i < end_of(view, view->present); i++)
        view->changes[i].taken = !view->changes[i].taken;
}

void hunk_view_toggle_all(struct hunk_view *view)
{
    bool whole = hunk_view_is_whole(view);

    for (size_t i = 0; i < view->count; i++)
        view->changes[i].taken = !whole;
}

bool hunk_view_can_divide(const struct hunk_view *view)
{
    return view->count > 0 && end_of(view, view->present) > view->present + 1;
}

void hunk_view_divide(struct hunk_view *view)
{
    for (size_t i = view->present, end = end_of(view, i); i < end; i++)
        view->changes[i].begins = true;
}
