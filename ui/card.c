/* card.c - the content is wrapped lines, rebuilt for another ask or width: the command highlighted and the
 * deciding part named, or the difference that a write would make. */
#include "ui/card.h"

#include "agent/session.h"
#include "agent/tools.h"
#include "base/clock.h"
#include "base/memory.h"
#include "ui/difference.h"
#include "ui/draw.h"
#include "ui/key.h"
#include "ui/markdown.h"
#include "ui/script_lines.h"
#include "ui/scroll.h"
#include "ui/wrap.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_ROWS = 2, WHERE_AND_WHY = 2, BOX_FROM = 8 };

struct card {
    struct session *session;
    int64_t guard;
    int64_t shown;                 /* id of the ask that is shown; 0, or one that is gone: the first */
    int64_t ask;                   /* id that the lines are of */
    bool group, built_group;       /* all that are like it are shown; the lines are of all of them */
    int64_t built[CARD_GROUP_MAX]; /* ids of the group that the lines are of */
    size_t built_count;
    size_t seen;     /* lines from the first on that were in sight, none left out */
    uint32_t letter; /* the key that was pressed and waits to be alone; 0: none */
    int width;
    struct lines *lines;
    struct scroll scroll;
    bool focused;
    int64_t guarded;     /* id of the ask that the guard is for */
    int64_t quiet_since; /* clock_steady: focus taken, another ask, or the last key that came too early */
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
    for (size_t i = 0; i < session_ask_count(card->session); i++)
        if (session_ask(card->session, i)->id == card->shown)
            return session_ask(card->session, i);
    return session_ask_count(card->session) ? session_ask(card->session, 0) : NULL;
}

static size_t index_of(const struct card *card, const struct ask *ask)
{
    size_t index = 0;

    while (session_ask(card->session, index) != ask)
        index++;
    return index;
}

/* Those that are like ASK, itself counted. */
static size_t count_alike(const struct card *card, const struct ask *ask)
{
    size_t count = 0;

    for (size_t i = 0; i < session_ask_count(card->session); i++)
        count += session_ask(card->session, i) == ask || ask_is_like(session_ask(card->session, i), ask);
    return count;
}

void card_toggle_group(struct card *card)
{
    const struct ask *ask = card_ask(card);

    card->group = !card->group && ask && count_alike(card, ask) > 1;
}

/* The ids of ASK and, in a group, of those that are like it. */
static size_t group_of(const struct card *card, const struct ask *ask, int64_t ids[CARD_GROUP_MAX])
{
    size_t count = 0;

    for (size_t i = 0; ask && i < session_ask_count(card->session) && count < CARD_GROUP_MAX; i++) {
        const struct ask *other = session_ask(card->session, i);
        if (other == ask || (card->group && ask_is_like(other, ask)))
            ids[count++] = other->id;
    }
    return count;
}

/* The lines are of the asks that wait now. */
static bool is_built(const struct card *card, const struct ask *ask)
{
    int64_t ids[CARD_GROUP_MAX];
    size_t count = group_of(card, ask, ids);

    return card->ask == ask->id && card->group == card->built_group && count == card->built_count &&
           memcmp(ids, card->built, count * sizeof *ids) == 0;
}

size_t card_decided(const struct card *card, int64_t ids[CARD_GROUP_MAX])
{
    return group_of(card, card_ask(card), ids);
}

bool card_was_seen_whole(const struct card *card)
{
    const struct ask *ask = card_ask(card);

    return !card->group || (ask && is_built(card, ask) && card->seen >= lines_count(card->lines));
}

void card_show_letter(struct card *card, uint32_t letter)
{
    card->letter = letter;
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

void card_look(struct card *card)
{
    const struct ask *ask = card_ask(card);

    card->shown = ask ? ask->id : 0;
    if (!ask || count_alike(card, ask) < 2)
        card->group = false;
    if (ask && ask->id != card->guarded) {
        card->guarded = ask->id;
        card->quiet_since = clock_steady();
    }
}

int64_t card_guard_left(const struct card *card)
{
    int64_t left = card->quiet_since + card->guard - clock_steady();

    return left > 0 ? left : 0;
}

bool card_accepts(struct card *card)
{
    bool accepts = card_guard_left(card) == 0;

    if (!accepts)
        card->quiet_since = clock_steady();
    return accepts;
}

/* --- content --- */

static void add_content(struct card *card, const struct ask *ask)
{
    const struct action *action = ask->action;
    const struct tool *tool = tool_find(action->tool);

    if (action->kind == ACTION_WRITE) {
        lines_put(card->lines, STYLE_STRONG, action->path);
        difference_add(card->lines, action->before ? action->before : "", action->before_length,
                       action->content, action->content_length);
    } else if (action->script && action->interpreter && strcmp(action->interpreter, "bash") == 0) {
        script_lines_add(card->lines, action->script, ask->verdict.from, ask->verdict.to);
    } else if (action->script) {
        markdown_add_code(card->lines, tool ? tool->code_language : NULL, action->script,
                          strlen(action->script));
    }
}

static void add_group(struct card *card, const struct ask *ask)
{
    size_t number = 0;
    char title[64];

    for (size_t i = 0; i < session_ask_count(card->session) && number < card->built_count; i++) {
        const struct ask *other = session_ask(card->session, i);
        if (other != ask && !ask_is_like(other, ask))
            continue;
        snprintf(title, sizeof title, "%s%zu of %zu", number ? "\n" : "", number + 1, card->built_count);
        number++;
        lines_put(card->lines, STYLE_STRONG, title);
        add_content(card, other);
        lines_end(card->lines);
    }
}

static void build(struct card *card, const struct ask *ask, int width)
{
    lines_clear(card->lines, width);
    card->built_count = group_of(card, ask, card->built);
    if (card->group)
        add_group(card, ask);
    else
        add_content(card, ask);
    card->ask = ask->id;
    card->width = width;
    card->built_group = card->group;
    card->seen = 0;
    card->scroll = (struct scroll){ .loose = true };
}

static void refresh(struct card *card, const struct ask *ask, int width)
{
    if (card->width != width || !is_built(card, ask))
        build(card, ask, width);
}

/* --- the keys --- */

/* With long words when all fit in one row, else with short ones in as many rows as it takes. */
static const struct choice {
    const char *key, *words, *brief;
} choices[] = { { "y", "run once", "run" },           { "e", "edit", "edit" },
                { "n", "reject", "reject" },          { "r", "say why", "say why" },
                { "s", "stop agent", "stop" },        { "x", "explain", "explain" },
                { "t", "try in a fork", "try" },      { "w", "rule", "rule" },
                { "a", "allow in session", "allow" }, { "p", "profile sandboxed", "sandboxed" } };

enum { CHOICE_GAP = 2 };

static int choice_width(const char *key, const char *words)
{
    return (int)(strlen(key) + 1 + strlen(words));
}

/* Only a program can be tried, and only where the sandbox can be forked. */
static bool is_offered(const struct card *card, const struct choice *choice)
{
    const struct ask *ask = card_ask(card);
    struct session_life life;

    session_life(card->session, &life);
    if (*choice->key == 'p') /* on the first card of a session alone */
        return ask && ask->id == 1 && session_mode(card->session) == POLICY_CAREFUL &&
               !session_mode_is_pinned(card->session);
    return *choice->key != 't' || (life.can_fork && ask && ask->action->kind == ACTION_EXEC);
}

static bool fits_with_words(const struct card *card, int width)
{
    int needed = -CHOICE_GAP;

    for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
        if (is_offered(card, &choices[i]))
            needed += choice_width(choices[i].key, choices[i].words) + CHOICE_GAP;
    return needed <= width;
}

static void draw_choice(const struct canvas *canvas, int y, int x, enum style style, const char *key,
                        const char *words)
{
    x += draw_string(canvas, y, x, style, key);
    draw_string(canvas, y, x + 1, STYLE_CARD, words);
}

/* The keys do not stand out while the guard is up (not LIVE); the one that was pressed does. */
static enum style key_style(const struct card *card, const struct choice *choice, bool live)
{
    if (card->letter && (uint32_t)*choice->key == card->letter)
        return STYLE_SELECTION;
    return live ? STYLE_CARD_KEY : STYLE_CARD;
}

/* Draws the choices (CANVAS NULL: only counts) from row Y on; how many rows they take. */
static int put_choices(const struct card *card, const struct canvas *canvas, int y, int width, int most,
                       bool live)
{
    bool words = fits_with_words(card, width);
    int x = 0, rows = 1;

    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        const char *text = words ? choices[i].words : choices[i].brief;
        if (!is_offered(card, &choices[i]))
            continue;
        int length = choice_width(choices[i].key, text);
        if (x > 0 && x + length > width && rows == most)
            break; /* the card is low; ? has them all */
        if (x > 0 && x + length > width) {
            x = 0;
            rows++;
        }
        if (canvas)
            draw_choice(canvas, y + rows - 1, x, key_style(card, &choices[i], live), choices[i].key, text);
        x += length + CHOICE_GAP;
    }
    return rows;
}

static void draw_keys(const struct card *card, const struct canvas *canvas, int y)
{
    if (card->focused)
        put_choices(card, canvas, y, canvas->rect.columns - 1, canvas->rect.rows - y,
                    card_guard_left(card) == 0);
    else if (canvas->rect.columns >= 60)
        draw_choice(canvas, y, 0, STYLE_CARD_KEY, "F2",
                    "decides about it; what you type goes to the composer");
    else
        draw_choice(canvas, y, 0, STYLE_CARD_KEY, "F2", "decides about it");
    if (card->focused)
        draw_cursor(canvas, y, 0);
}

/* --- drawing --- */

int card_rows(struct card *card, int columns)
{
    const struct ask *ask = card_ask(card);

    if (!ask || columns < 8)
        return 0;
    refresh(card, ask, columns - 4);
    return (int)lines_count(card->lines) + FRAME_ROWS + WHERE_AND_WHY +
           put_choices(card, NULL, 0, columns - 4, INT_MAX, true);
}

static void draw_where(const struct card *card, const struct canvas *canvas, int y, const struct ask *ask)
{
    char where[512];

    snprintf(where, sizeof where, "in %s · %s", ask->action->cwd, session_sandbox_words(card->session));
    draw_fit(canvas, y, 0, canvas->rect.columns, STYLE_CARD, where, strlen(where));
}

static void draw_why(const struct canvas *canvas, int y, const struct ask *ask)
{
    int x = draw_string(canvas, y, 0, STYLE_CARD_DANGER, "Why: ");

    draw_fit(canvas, y, x, canvas->rect.columns - x, STYLE_CARD, ask->verdict.reason,
             strlen(ask->verdict.reason));
}

static void title_text(const struct card *card, const struct ask *ask, char *out, size_t size)
{
    size_t count = session_ask_count(card->session), alike = count_alike(card, ask);
    char more[64] = "", group[64] = "";

    if (count > 1 && !card->group)
        snprintf(more, sizeof more, " (%zu of %zu; Tab: next)", index_of(card, ask) + 1, count);
    if (alike > 1)
        snprintf(group, sizeof group,
                 card->group ? " (%zu together; g: one by one)" : " (%zu alike; g: together)", alike);
    snprintf(out, size, "%s%s waits for you%s%s", ask->verdict.risk == RISK_HIGH ? "high risk: " : "",
             ask->action->tool, more, group);
}

/* The command over its foot: where it would run, why it is asked, the keys. */
static void draw_inside(struct card *card, const struct canvas *inside, const struct ask *ask)
{
    int rows = inside->rect.rows, columns = inside->rect.columns;
    int most = rows > 3 ? rows - 2 : 1; /* the command and the reason have a row each */
    int keys = put_choices(card, NULL, 0, columns - 1, most, true), foot = keys + 1;

    draw_keys(card, inside, rows - keys);
    draw_why(inside, rows - foot, ask);
    if (rows - foot > 1) /* the command goes first */
        draw_where(card, inside, rows - ++foot, ask);
    struct canvas body = canvas_part(inside, (struct rect){ 0, 0, rows - foot, columns - 1 });
    size_t first = scroll_fit(&card->scroll, lines_count(card->lines), (size_t)body.rect.rows);
    draw_fill(&body, STYLE_TEXT);
    draw_lines(&body, card->lines, first);
    draw_scrollbar(inside, 0, columns - 1, body.rect.rows, lines_count(card->lines), first);
    size_t end = first + (size_t)(body.rect.rows > 0 ? body.rect.rows : 0);
    if (first <= card->seen && end > card->seen)
        card->seen = end;
}

void card_draw(struct card *card, const struct canvas *canvas)
{
    const struct ask *ask = card_ask(card);
    int rows = canvas->rect.rows, columns = canvas->rect.columns;
    char title[160];

    if (!ask || rows < 4)
        return;
    title_text(card, ask, title, sizeof title);
    draw_fill(canvas, STYLE_CARD);
    if (rows >= BOX_FROM || rows >= card_rows(card, columns)) {
        draw_box(canvas, STYLE_CARD_BORDER, STYLE_CARD_BORDER, title);
        struct canvas inside = canvas_part(canvas, (struct rect){ 1, 2, rows - 2, columns - 3 });
        draw_inside(card, &inside, ask);
    } else {
        draw_horizontal(canvas, 0, 0, columns, STYLE_CARD_BORDER);
        draw_string(canvas, 0, 1, STYLE_CARD_BORDER, " ");
        int end = 2 + draw_fit(canvas, 0, 2, columns - 4, STYLE_CARD_BORDER, title, strlen(title));
        draw_string(canvas, 0, end, STYLE_CARD_BORDER, " ");
        struct canvas inside = canvas_part(canvas, (struct rect){ 1, 0, rows - 1, columns });
        draw_inside(card, &inside, ask);
    }
}

bool card_key(struct card *card, const struct key *key)
{
    size_t count = session_ask_count(card->session);

    if (!key_is(key, NAMED_TAB, 0))
        return scroll_key(&card->scroll, key);
    if (count > 0)
        card->shown = session_ask(card->session, (index_of(card, card_ask(card)) + 1) % count)->id;
    card->group = false;
    card_look(card);
    return true;
}
