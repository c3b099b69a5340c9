/* trial_pane.c - one text: how it ended, each change with its difference, then the output.  Keeping takes a capital
 * letter, and only when all is there to be seen. */
#include "ui/trial_pane.h"

#include "agent/session.h"
#include "agent/trial.h"
#include "base/memory.h"
#include "matter/output.h"
#include "ui/difference.h"
#include "ui/draw.h"
#include "ui/key.h"
#include "ui/scroll.h"
#include "ui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trial_pane {
    struct session *session;
    struct lines *lines;
    struct scroll scroll;
    int width;
    bool stale;
};

struct trial_pane *trial_pane_new(struct session *session)
{
    struct trial_pane *pane = xcalloc(1, sizeof *pane);

    pane->session = session;
    pane->lines = lines_new(1);
    pane->scroll.loose = true;
    pane->stale = true;
    return pane;
}

void trial_pane_free(struct trial_pane *pane)
{
    if (!pane)
        return;
    lines_free(pane->lines);
    free(pane);
}

void trial_pane_changed(struct trial_pane *pane)
{
    pane->stale = true;
}

static void add_change(struct lines *lines, const struct trial_change *change)
{
    char *title = xasprintf("%s %s", change->kind, change->path);

    lines_blank(lines);
    lines_put(lines, STYLE_STRONG, title);
    free(title);
    if (change->is_text && change->before_length == 0 && change->after_length == 0)
        lines_put(lines, STYLE_DIM, "(an empty file)");
    else if (change->is_text)
        difference_add(lines, change->before ? change->before : "", change->before_length,
                       change->after ? change->after : "", change->after_length);
    else
        lines_put(lines, STYLE_DIM, "(no text, a link, or too large to be shown)");
}

static void add_output(struct lines *lines, const struct output *output)
{
    static const struct line_form form = { .mode = WRAP_COLUMNS };
    struct output_line line;

    lines_blank(lines);
    lines_put(lines, STYLE_STRONG, output_total(output) ? "output" : "no output");
    for (size_t i = 0; output_line(output, i, &line); i++) {
        lines_begin(lines, &form);
        if (line.is_gap)
            lines_add(lines, STYLE_DIM, "...", 3);
        else
            lines_add(lines, line.stream == OUTPUT_STDERR ? STYLE_NOTICE : STYLE_TEXT, line.text,
                      line.length);
        lines_end(lines);
    }
}

static void build(struct trial_pane *pane, const struct trial *trial)
{
    char words[96];
    size_t count = trial_change_count(trial);

    lines_clear(pane->lines, pane->width);
    lines_put(pane->lines, trial_state(trial) == TRIAL_FAILED ? STYLE_ERROR : STYLE_TEXT, trial_words(trial));
    if (trial_state(trial) == TRIAL_OVER) {
        snprintf(words, sizeof words, "%zu change%s in the workspace%s", count, count == 1 ? "" : "s",
                 count ? ":" : "");
        lines_put(pane->lines, STYLE_TEXT, words);
    }
    for (size_t i = 0; i < count; i++)
        add_change(pane->lines, trial_change_at(trial, i));
    add_output(pane->lines, trial_output(trial));
    pane->stale = false;
}

void trial_pane_draw(struct trial_pane *pane, const struct canvas *canvas)
{
    static const char *const waits[] = { " d throws it away ", NULL };
    static const char *const decisions[] = {
        " K keeps it as the session's sandbox, d throws it away; nothing else ran ",
        " K keeps it as the session's sandbox, d throws it away ", " K keeps it, d throws it away ",
        " K keeps, d drops ", NULL
    };
    const struct trial *trial = session_trial(pane->session);
    int rows = canvas->rect.rows, columns = canvas->rect.columns;

    draw_head_with(canvas, "tried in a fork", true,
                   trial && trial_state(trial) == TRIAL_OVER ? decisions : waits);
    if (!trial || rows < 3 || columns < 10)
        return;
    if (pane->stale || pane->width != columns - 2) {
        pane->width = columns - 2;
        build(pane, trial);
    }
    struct canvas body = canvas_part(canvas, (struct rect){ 1, 1, rows - 1, columns - 2 });
    size_t first = scroll_fit(&pane->scroll, lines_count(pane->lines), (size_t)(rows - 1));
    draw_lines(&body, pane->lines, first);
    draw_scrollbar(canvas, 1, columns - 1, rows - 1, lines_count(pane->lines), first);
    draw_cursor(canvas, 1, 1);
}

bool trial_pane_key(struct trial_pane *pane, const struct key *key, enum trial_wish *wish)
{
    *wish = TRIAL_WISH_NONE;
    if (key_is_character(key, 'K', 0))
        *wish = TRIAL_WISH_KEEP;
    else if (key_is_character(key, 'd', 0))
        *wish = TRIAL_WISH_DISCARD;
    else
        return scroll_key(&pane->scroll, key) || key_is_text(key) || key_is(key, NAMED_ESCAPE, 0);
    return true;
}
