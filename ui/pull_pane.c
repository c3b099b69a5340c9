/* pull_pane.c - a list of changes above the difference of the selected one.
 *
 * Everything that can be brought back is chosen at first; nothing is written before the person presses w.  Of a text that
 * changed in several places single hunks can be left: then each that is taken must have been in sight. */
#include "ui/pull_pane.h"

#include "agent/bring_back.h"
#include "base/memory.h"
#include "ui/difference.h"
#include "ui/draw.h"
#include "ui/hunk_view.h"
#include "ui/key.h"
#include "ui/list.h"
#include "ui/scroll.h"
#include "ui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 300, DETAIL = 120 };

struct pull_pane {
    struct bring_back *back;
    struct pull_calls calls;
    struct list *list;
    struct lines *lines;      /* the difference of the selected change */
    struct hunk_view **views; /* of each change, made when it is looked at; NULL: it has none */
    size_t view_count;
    struct scroll scroll;
    long shown; /* which it is; -1: none */
    int width;
    char label[LABEL], detail[DETAIL];
};

static size_t count_rows(void *data)
{
    return bring_back_count(((struct pull_pane *)data)->back);
}

static const char *mark_of(const struct bring_back_change *change)
{
    return change->applied                 ? "done"
           : change->why || change->failed ? " -- "
           : change->chosen                ? (change->in_part ? "[~] " : "[x] ")
                                           : "[ ] ";
}

static void describe_row(void *data, size_t index, struct list_row *row)
{
    struct pull_pane *pane = data;
    const struct bring_back_change *change = bring_back_at(pane->back, index);

    snprintf(pane->label, sizeof pane->label, "%s %-6s %s", mark_of(change), change->kind, change->path);
    if (change->is_text)
        snprintf(pane->detail, sizeof pane->detail, "+%zu -%zu", change->added, change->removed);
    else
        snprintf(pane->detail, sizeof pane->detail, "not a text");
    row->text = pane->label;
    row->length = strlen(pane->label);
    row->detail = change->failed || change->why ? "stays" : pane->detail;
    row->style = change->applied ? STYLE_DIM : change->why || change->failed ? STYLE_NOTICE : STYLE_TEXT;
    row->detail_style = STYLE_DIM;
}

static void compared(void *data)
{
    struct pull_pane *pane = data;

    list_changed(pane->list);
    pane->calls.changed(pane->calls.data);
}

struct pull_pane *pull_pane_new(struct session *session, const struct pull_calls *calls, struct error *error)
{
    static const struct list_source source = { count_rows, describe_row };
    struct pull_pane *pane = xcalloc(1, sizeof *pane);

    pane->calls = *calls;
    pane->back = bring_back_start(session, compared, pane, error);
    if (!pane->back) {
        free(pane);
        return NULL;
    }
    pane->list = list_new(&source, pane);
    pane->lines = lines_new(1);
    pane->scroll.loose = true;
    pane->shown = -1;
    return pane;
}

void pull_pane_free(struct pull_pane *pane)
{
    if (!pane)
        return;
    bring_back_free(pane->back);
    for (size_t i = 0; i < pane->view_count; i++)
        hunk_view_free(pane->views[i]);
    free(pane->views);
    list_free(pane->list);
    lines_free(pane->lines);
    free(pane);
}

static void add_sentence(struct lines *lines, const char *text)
{
    struct line_form form = { .mode = WRAP_WORDS };

    lines_begin(lines, &form);
    lines_add(lines, STYLE_NOTICE, text, strlen(text));
    lines_end(lines);
}

/* The hunks of the selected change that can be chosen among; NULL: it is no text that changed, or stays. */
static struct hunk_view *view_of(const struct pull_pane *pane, size_t index)
{
    return index < pane->view_count ? pane->views[index] : NULL;
}

static bool has_hunks(const struct bring_back_change *change)
{
    return change->is_text && change->before && change->after && !change->why && !change->failed &&
           !change->applied;
}

static struct hunk_view *make_view(struct pull_pane *pane, size_t index)
{
    const struct bring_back_change *change = bring_back_at(pane->back, index);

    if (!pane->views) {
        pane->view_count = bring_back_count(pane->back);
        pane->views = xcalloc(pane->view_count, sizeof *pane->views);
    }
    if (!pane->views[index])
        pane->views[index] =
            hunk_view_new(change->before, change->before_length, change->after, change->after_length);
    return pane->views[index];
}

static void fill(struct pull_pane *pane, size_t index)
{
    const struct bring_back_change *change = bring_back_at(pane->back, index);

    if (change->why || change->failed)
        add_sentence(pane->lines, change->failed ? change->failed : change->why);
    if (has_hunks(change))
        hunk_view_put(make_view(pane, index), pane->lines);
    else if (change->is_text && change->before_length == 0 && change->after_length == 0)
        lines_put(pane->lines, STYLE_DIM, "(an empty file)");
    else if (change->is_text)
        difference_add(pane->lines, change->before ? change->before : "", change->before_length,
                       change->after ? change->after : "", change->after_length);
}

static void refresh(struct pull_pane *pane, int width)
{
    long selected = list_selected(pane->list);

    if (pane->shown == selected && pane->width == width)
        return;
    if (pane->shown != selected)
        pane->scroll = (struct scroll){ .loose = true };
    pane->shown = selected;
    pane->width = width;
    lines_clear(pane->lines, width);
    if (selected >= 0)
        fill(pane, (size_t)selected);
}

/* The view of the selected change, when there is something to choose. */
static struct hunk_view *chooser(const struct pull_pane *pane)
{
    long selected = list_selected(pane->list);
    struct hunk_view *view = selected >= 0 ? view_of(pane, (size_t)selected) : NULL;

    return view && hunk_view_is_choice(view) && has_hunks(bring_back_at(pane->back, (size_t)selected)) ? view
                                                                                                       : NULL;
}

static void refill(struct pull_pane *pane)
{
    lines_clear(pane->lines, pane->width);
    fill(pane, (size_t)list_selected(pane->list));
}

/* The line between list and difference: how many hunks come back, and the keys. */
static void draw_between(const struct pull_pane *pane, const struct canvas *canvas, int y)
{
    const struct hunk_view *view = chooser(pane);
    char text[96];

    draw_horizontal(canvas, y, 0, canvas->rect.columns, STYLE_BORDER);
    if (!view)
        return;
    snprintf(text, sizeof text, " %zu of %zu hunks: x takes or leaves%s%s ", hunk_view_taken(view),
             hunk_view_count(view), canvas->rect.columns < 70 ? "" : ", Right next, Left back",
             hunk_view_can_divide(view) ? ", d divides" : "");
    draw_string(canvas, y, 1, STYLE_DIM, text);
}

static const char *empty_text(const struct pull_pane *pane)
{
    if (!bring_back_is_ready(pane->back))
        return "comparing the sandbox with your folder ...";
    const char *failed = bring_back_failed(pane->back);
    return failed ? failed : "Nothing changed in the sandbox that is not in your folder too.";
}

void pull_pane_draw(struct pull_pane *pane, const struct canvas *canvas)
{
    static const char *const hints[] = { " Space chooses, a all, w writes to your folder, Esc closes ",
                                         " Space, a, w writes, Esc ", " w writes, Esc ", NULL };
    int rows = canvas->rect.rows, columns = canvas->rect.columns;
    int count = (int)bring_back_count(pane->back), top = count > 0 ? count : 1;

    if (rows < 3 || columns < 10)
        return;
    if (top > rows / 3)
        top = rows / 3 > 1 ? rows / 3 : 1;
    draw_head_with(canvas, "bring back", true, hints);
    struct canvas list = canvas_part(canvas, (struct rect){ 1, 1, top, columns - 2 });
    struct canvas below = canvas_part(canvas, (struct rect){ top + 2, 1, rows - top - 2, columns - 2 });
    list_draw(pane->list, &list, empty_text(pane), true);
    refresh(pane, columns - 2);
    size_t below_rows = (size_t)(rows - top - 2);
    size_t first = scroll_fit(&pane->scroll, lines_count(pane->lines), below_rows);
    if (chooser(pane) && hunk_view_look(chooser(pane), first, below_rows))
        refill(pane);
    draw_between(pane, canvas, top + 1);
    draw_lines(&below, pane->lines, first);
    draw_scrollbar(canvas, top + 2, columns - 1, rows - top - 2, lines_count(pane->lines), first);
}

/* What the view says is what is chosen. */
static void choose_by_view(struct pull_pane *pane, size_t index)
{
    const struct hunk_view *view = view_of(pane, index);
    size_t count = hunk_view_changes(view);
    bool *hunks = xcalloc(count + 1, sizeof *hunks);

    for (size_t i = 0; i < count; i++)
        hunks[i] = hunk_view_takes(view, i);
    bring_back_choose(pane->back, index, hunk_view_taken(view) > 0);
    bring_back_choose_hunks(pane->back, index, hunk_view_is_whole(view) ? NULL : hunks, count);
    free(hunks);
}

static bool hunk_key(struct pull_pane *pane, const struct key *key)
{
    struct hunk_view *view = chooser(pane);
    long by = key_is(key, NAMED_RIGHT, 0) ? 1 : key_is(key, NAMED_LEFT, 0) ? -1 : 0;

    bool divides = key_is_character(key, 'd', 0);

    if (!view || (by == 0 && !divides && !key_is_character(key, 'x', 0)))
        return false;
    if (divides) {
        hunk_view_divide(view);
    } else if (by != 0) {
        pane->scroll.first = hunk_view_move(view, by);
        pane->scroll.loose = true;
    } else {
        hunk_view_toggle(view);
        choose_by_view(pane, (size_t)list_selected(pane->list));
    }
    refill(pane);
    return true;
}

/* A file of which no hunk is taken is taken whole again. */
static void toggle(struct pull_pane *pane, size_t index)
{
    struct hunk_view *view = view_of(pane, index);
    const struct bring_back_change *change = bring_back_at(pane->back, index);

    bring_back_choose(pane->back, index, !change->chosen);
    if (!change->chosen || !view || hunk_view_taken(view) > 0)
        return;
    hunk_view_toggle_all(view);
    choose_by_view(pane, index);
    refill(pane);
}

static void choose_all(struct pull_pane *pane)
{
    size_t count = bring_back_count(pane->back), chosen = 0;

    for (size_t i = 0; i < count; i++)
        chosen += bring_back_at(pane->back, i)->chosen;
    for (size_t i = 0; i < count; i++)
        if (bring_back_at(pane->back, i)->chosen != (chosen == 0))
            toggle(pane, i);
}

/* True, and says so, when a hunk is taken by itself that was not in sight. */
static bool is_unseen(struct pull_pane *pane)
{
    for (size_t i = 0; i < pane->view_count; i++) {
        const struct bring_back_change *change = bring_back_at(pane->back, i);
        size_t unseen =
            change->chosen && change->in_part && pane->views[i] ? hunk_view_unseen(pane->views[i]) : 0;
        if (unseen == 0)
            continue;
        char *text = xasprintf("Hunk %zu of %.60s was not in sight whole: look at it, or leave it.", unseen,
                               change->path);
        pane->calls.tell(pane->calls.data, text);
        free(text);
        return true;
    }
    return false;
}

static void write_chosen(struct pull_pane *pane)
{
    char text[96];
    if (is_unseen(pane))
        return;
    size_t left = 0, applied = bring_back_apply(pane->back);

    for (size_t i = 0; i < bring_back_count(pane->back); i++)
        left += bring_back_at(pane->back, i)->failed != NULL;
    if (left > 0)
        snprintf(text, sizeof text, "%zu brought back, %zu could not be.", applied, left);
    else if (applied > 0)
        snprintf(text, sizeof text, "%zu brought back.", applied);
    else
        snprintf(text, sizeof text, "Nothing is chosen.");
    pane->calls.tell(pane->calls.data, text);
    pane->shown = -1;
}

bool pull_pane_key(struct pull_pane *pane, const struct key *key, bool *close)
{
    long selected = list_selected(pane->list);

    *close = key_is(key, NAMED_ESCAPE, 0) || key_is_character(key, 'q', 0);
    if (*close)
        return true;
    if (key_is_character(key, ' ', 0) && selected >= 0)
        toggle(pane, (size_t)selected);
    else if (key_is_character(key, 'a', 0))
        choose_all(pane);
    else if (key_is_character(key, 'w', 0))
        write_chosen(pane);
    else if (hunk_key(pane, key))
        return true;
    else if (key_is(key, NAMED_UP, 0) || key_is(key, NAMED_DOWN, 0))
        list_key(pane->list, key);
    else
        return scroll_key(&pane->scroll, key);
    list_changed(pane->list);
    return true;
}
