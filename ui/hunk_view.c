/* hunk_view.c - see hunk_view.h.  Which lines were in sight is kept line by line, and for a hunk for good once all of
 * it was: another width makes other lines. */
#include "ui/hunk_view.h"

#include "base/memory.h"
#include "matter/diff.h"
#include "ui/difference.h"
#include "ui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hunk {
    bool taken, seen;
    size_t first, end; /* its lines, the head counted */
};

struct hunk_view {
    struct diff *diff;
    struct hunk *hunks;
    size_t count, present;
    bool *in_sight; /* of each line since it was put, counted from the first hunk's head */
    size_t line_count;
    int width; /* the lines are of */
};

struct hunk_view *hunk_view_new(const char *before, size_t before_length, const char *after,
                                size_t after_length)
{
    struct hunk_view *view = xcalloc(1, sizeof *view);

    view->diff = diff_new(before, before_length, after, after_length, DIFF_CONTEXT);
    view->count = diff_hunks(view->diff);
    view->hunks = xcalloc(view->count + 1, sizeof *view->hunks);
    for (size_t i = 0; i < view->count; i++)
        view->hunks[i].taken = true;
    return view;
}

void hunk_view_free(struct hunk_view *view)
{
    if (!view)
        return;
    diff_free(view->diff);
    free(view->hunks);
    free(view->in_sight);
    free(view);
}

/* --- lines --- */

static void put_head(const struct hunk_view *view, size_t index, struct lines *lines)
{
    struct diff_range range;
    char head[96];

    diff_changed_lines(diff_hunk(view->diff, index), &range);
    if (view->count == 1)
        snprintf(head, sizeof head, "@@ line %zu @@", range.new_first);
    else
        snprintf(head, sizeof head, "%s [%c] hunk %zu of %zu, line %zu", index == view->present ? "▸" : " ",
                 view->hunks[index].taken ? 'x' : ' ', index + 1, view->count, range.new_first);
    lines_put(lines, view->count > 1 && index == view->present ? STYLE_STRONG : STYLE_DIFF_HUNK, head);
}

/* The same lines again, but for how they look, were in sight before. */
static void keep_sight(struct hunk_view *view, const struct lines *lines)
{
    size_t count = view->count ? view->hunks[view->count - 1].end - view->hunks[0].first : 0;

    if (count == view->line_count && lines_width(lines) == view->width)
        return;
    free(view->in_sight);
    view->in_sight = xcalloc(count + 1, sizeof *view->in_sight);
    view->line_count = count;
    view->width = lines_width(lines);
}

void hunk_view_put(struct hunk_view *view, struct lines *lines)
{
    for (size_t i = 0; i < view->count; i++) {
        view->hunks[i].first = lines_count(lines);
        put_head(view, i, lines);
        difference_add_hunk(lines, diff_hunk(view->diff, i), !view->hunks[i].taken);
        view->hunks[i].end = lines_count(lines);
    }
    if (view->count == 0)
        lines_put(lines, STYLE_NOTICE, "(nothing changes)");
    keep_sight(view, lines);
}

static bool was_in_sight(const struct hunk_view *view, const struct hunk *hunk)
{
    size_t start = view->hunks[0].first;

    for (size_t line = hunk->first; line < hunk->end; line++)
        if (!view->in_sight[line - start])
            return false;
    return true;
}

static bool is_in(const struct hunk *hunk, size_t first, size_t end)
{
    return hunk->first < end && hunk->end > first;
}

bool hunk_view_look(struct hunk_view *view, size_t first, size_t rows)
{
    size_t start = view->count ? view->hunks[0].first : 0, before = view->present, end = first + rows;

    for (size_t line = first > start ? first : start; line < end && line - start < view->line_count; line++)
        view->in_sight[line - start] = true;
    for (size_t i = 0; i < view->count; i++)
        view->hunks[i].seen = view->hunks[i].seen ||
                              (is_in(&view->hunks[i], first, end) && was_in_sight(view, &view->hunks[i]));
    for (size_t i = 0; i < view->count && !is_in(&view->hunks[view->present], first, end); i++)
        if (is_in(&view->hunks[i], first, end))
            view->present = i;
    return view->present != before;
}

/* --- the choice --- */

size_t hunk_view_count(const struct hunk_view *view)
{
    return view->count;
}

bool hunk_view_takes(const struct hunk_view *view, size_t index)
{
    return view->hunks[index].taken;
}

size_t hunk_view_taken(const struct hunk_view *view)
{
    size_t taken = 0;

    for (size_t i = 0; i < view->count; i++)
        taken += view->hunks[i].taken;
    return taken;
}

bool hunk_view_is_whole(const struct hunk_view *view)
{
    return hunk_view_taken(view) == view->count;
}

size_t hunk_view_unseen(const struct hunk_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->hunks[i].taken && !view->hunks[i].seen)
            return i + 1;
    return 0;
}

size_t hunk_view_move(struct hunk_view *view, long by)
{
    if (by < 0)
        view->present -= (size_t)-by < view->present ? (size_t)-by : view->present;
    else
        view->present += (size_t)by;
    if (view->present >= view->count)
        view->present = view->count ? view->count - 1 : 0;
    return view->hunks[view->present].first;
}

void hunk_view_toggle(struct hunk_view *view)
{
    if (view->count > 0)
        view->hunks[view->present].taken = !view->hunks[view->present].taken;
}

void hunk_view_toggle_all(struct hunk_view *view)
{
    bool whole = hunk_view_is_whole(view);

    for (size_t i = 0; i < view->count; i++)
        view->hunks[i].taken = !whole;
}
