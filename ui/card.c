/* card.c - the content is wrapped lines, rebuilt for another ask or width: the command highlighted and the
 * deciding part named, or the difference that a write would make. */
#include "ui/card.h"

#include "agent/session.h"
#include "agent/tools.h"
#include "base/clock.h"
#include "base/memory.h"
#include "matter/diff.h"
#include "ui/draw.h"
#include "ui/key.h"
#include "ui/markdown.h"
#include "ui/scroll.h"
#include "ui/wrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_ROWS = 2, FOOT_ROWS = 3 };

struct card {
    struct session *session;
    int64_t guard;
    int64_t ask;  /* id that the lines are of */
    size_t index; /* among the asks */
    int width;
    struct lines *lines;
    struct scroll scroll;
    bool focused;
    int64_t quiet_since; /* clock_steady: focus taken, or the last key that came too early */
};

struct card *card_new(struct session *session, int64_t key_guard)
{
    struct card *card = xcalloc(1, sizeof *card);

    card->session = session;
    card->guard = key_guard;
    card->lines = lines_new(1);
    return card;
}

void card_free(struct card *card)
{
    if (!card)
        return;
    lines_free(card->lines);
    free(card);
}

const struct ask *card_ask(const struct card *card)
{
    size_t count = session_ask_count(card->session);

    return count == 0 ? NULL : session_ask(card->session, card->index < count ? card->index : 0);
}

void card_focus(struct card *card, bool focused)
{
    if (focused && !card->focused)
        card->quiet_since = clock_steady();
    card->focused = focused;
}

bool card_has_focus(const struct card *card)
{
    return card->focused && session_ask_count(card->session) > 0;
}

bool card_accepts(struct card *card)
{
    int64_t now = clock_steady();
    bool accepts = now - card->quiet_since >= card->guard;

    if (!accepts)
        card->quiet_since = now;
    return accepts;
}

/* --- content --- */

static void put_diff_line(struct lines *lines, const struct diff_line *line)
{
    static const struct {
        enum style style;
        const char *mark;
    } forms[] = { [DIFF_SAME] = { STYLE_DIFF_CONTEXT, "  " },
                  [DIFF_OLD] = { STYLE_DIFF_REMOVE, "- " },
                  [DIFF_NEW] = { STYLE_DIFF_ADD, "+ " } };
    struct span mark = { forms[line->kind].style, forms[line->kind].mark, 2 };
    struct line_form form = { .mode = WRAP_COLUMNS,
                              .first = &mark,
                              .first_count = 1,
                              .rest = &mark,
                              .rest_count = 1,
                              .fill = forms[line->kind].style };

    lines_begin(lines, &form);
    lines_add(lines, forms[line->kind].style, line->text, line->length);
    lines_end(lines);
}

static void put_diff(struct lines *lines, const struct action *action)
{
    struct diff *diff = diff_new(action->before ? action->before : "", action->before_length, action->content,
                                 action->content_length, DIFF_CONTEXT);

    for (size_t i = 0; i < diff_hunks(diff); i++) {
        const struct diff_hunk *hunk = diff_hunk(diff, i);
        char head[96];
        snprintf(head, sizeof head, "@@ line %zu @@", hunk->new_start);
        lines_put(lines, STYLE_DIFF_HUNK, head);
        for (size_t k = 0; k < hunk->line_count; k++)
            put_diff_line(lines, &hunk->lines[k]);
    }
    if (diff_hunks(diff) == 0)
        lines_put(lines, STYLE_NOTICE, "(nothing changes)");
    diff_free(diff);
}

static void build(struct card *card, const struct ask *ask, int width)
{
    const struct action *action = ask->action;
    const struct tool *tool = tool_find(action->tool);

    lines_clear(card->lines, width);
    if (action->kind == ACTION_WRITE) {
        lines_put(card->lines, STYLE_STRONG, action->path);
        put_diff(card->lines, action);
    } else if (action->script) {
        markdown_add_code(card->lines, tool ? tool->code_language : NULL, action->script,
                          strlen(action->script));
    }
    card->ask = ask->id;
    card->width = width;
    card->scroll = (struct scroll){ .loose = true };
}

static void refresh(struct card *card, const struct ask *ask, int width)
{
    if (card->ask != ask->id || card->width != width)
        build(card, ask, width);
}

int card_rows(struct card *card, int columns)
{
    const struct ask *ask = card_ask(card);

    if (!ask || columns < 8)
        return 0;
    refresh(card, ask, columns - 4);
    return (int)lines_count(card->lines) + FRAME_ROWS + FOOT_ROWS;
}

/* --- drawing --- */

/* On a low screen the rows belong to the command: only the keys stay below it. */
static int foot_rows(const struct card *card, const struct canvas *inside)
{
    size_t wanted = lines_count(card->lines) < 3 ? lines_count(card->lines) : 3;

    return inside->rect.rows - FOOT_ROWS >= (int)wanted ? FOOT_ROWS : 1;
}

/* Where it would run and why it is asked. */
static void draw_foot(const struct card *card, const struct canvas *canvas, const struct ask *ask)
{
    const struct action *action = ask->action;
    char where[512], size[64] = "";
    int y = canvas->rect.rows - FOOT_ROWS;

    if (action->script)
        snprintf(size, sizeof size, " · %zu bytes", strlen(action->script));
    snprintf(where, sizeof where, "in %s · %s%s", action->cwd, session_sandbox_words(card->session), size);
    draw_fit(canvas, y, 0, canvas->rect.columns, STYLE_CARD, where, strlen(where));
    int x = draw_string(canvas, y + 1, 0, STYLE_CARD_DANGER, "Why: ");
    draw_fit(canvas, y + 1, x, canvas->rect.columns - x, STYLE_CARD, ask->verdict.reason,
             strlen(ask->verdict.reason));
}

static int draw_choice(const struct canvas *canvas, int y, int x, const char *key, const char *words)
{
    int length = (int)(strlen(key) + strlen(words)) + 1;

    if (x + length > canvas->rect.columns)
        return x;
    x += draw_string(canvas, y, x, STYLE_CARD_KEY, key);
    x += draw_string(canvas, y, x, STYLE_CARD, " ");
    return x + draw_string(canvas, y, x, STYLE_CARD, words) + 2;
}

static void draw_keys(const struct card *card, const struct canvas *canvas)
{
    static const struct {
        const char *key, *words;
    } choices[] = { { "y", "run once" },          { "e", "edit" }, { "n", "reject" }, { "r", "say why" },
                    { "a", "allow for session" }, { "s", "stop" } };
    int y = canvas->rect.rows - 1, x = 0;

    if (!card->focused) {
        draw_choice(canvas, y, x, "F2", "decides about it; what you type goes to the composer");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
        x = draw_choice(canvas, y, x, choices[i].key, choices[i].words);
}

void card_draw(struct card *card, const struct canvas *canvas)
{
    const struct ask *ask = card_ask(card);
    char title[160], more[64] = "";

    if (!ask || canvas->rect.rows < FRAME_ROWS + 2)
        return;
    refresh(card, ask, canvas->rect.columns - 4);
    if (session_ask_count(card->session) > 1)
        snprintf(more, sizeof more, " (%zu of %zu; Tab: next)", card->index + 1,
                 session_ask_count(card->session));
    snprintf(title, sizeof title, "%s waits for you%s", ask->action->tool, more);
    draw_fill(canvas, STYLE_CARD);
    draw_box(canvas, STYLE_CARD_BORDER, STYLE_CARD_BORDER, title);
    struct canvas inside =
        canvas_part(canvas, (struct rect){ 1, 2, canvas->rect.rows - 2, canvas->rect.columns - 4 });
    int rows = inside.rect.rows - foot_rows(card, &inside);
    struct canvas body = canvas_part(&inside, (struct rect){ 0, 0, rows, inside.rect.columns });
    size_t first = scroll_fit(&card->scroll, lines_count(card->lines), (size_t)rows);
    draw_fill(&body, STYLE_TEXT);
    draw_lines(&body, card->lines, first);
    draw_scrollbar(canvas, 1, canvas->rect.columns - 1, rows, lines_count(card->lines), first);
    if (foot_rows(card, &inside) == FOOT_ROWS)
        draw_foot(card, &inside, ask);
    draw_keys(card, &inside);
    if (card->focused)
        draw_cursor(&inside, inside.rect.rows - 1, 0);
}

bool card_key(struct card *card, const struct key *key)
{
    size_t count = session_ask_count(card->session);

    if (!key_is(key, NAMED_TAB, 0))
        return scroll_key(&card->scroll, key);
    card->index = count > 0 ? (card->index + 1) % count : 0;
    return true;
}
