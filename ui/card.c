/* card.c - the content is wrapped lines, rebuilt for another ask or width: the command highlighted and the deciding
 * part marked, or the difference that a write would make.  The facts about it (card_facts.h) are lines of their own,
 * made anew when something ran or a minute went by; they stand under the content while there is room for both, else
 * behind its last line. */
#include "ui/card.h"

#include "agent/session.h"
#include "agent/tools.h"
#include "agent/written_files.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/odd.h"
#include "base/visible.h"
#include "ui/card_choices.h"
#include "ui/card_facts.h"
#include "ui/card_hunks.h"
#include "ui/draw.h"
#include "ui/hunk_view.h"
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

enum {
    FRAME_ROWS = 2,
    BORDERS = 4,
    BOX_FROM = 8,
    LOW_ROWS = 6,
    WHY_MOST = 3,
    CONTENT_LEAST = 3,
    MINUTE = 60 * 1000
};

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
    struct odd_list odd; /* in what is shown */
    struct lines *facts, *why;
    struct written_files written; /* that the ask may load */
    bool facts_stale;
    int64_t age; /* minutes that the facts tell */
    struct scroll scroll;
    struct hunk_view *hunks; /* of the change of a file that was shown last, NULL: none was */
    int64_t hunks_of;        /* the id of its ask */
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
    card->facts = lines_new(1);
    card->why = lines_new(1);
    return card;
}

void card_free(struct card *card)
{
    if (!card)
        return;
    lines_free(card->lines);
    lines_free(card->facts);
    lines_free(card->why);
    odd_list_release(&card->odd);
    written_files_release(&card->written);
    hunk_view_free(card->hunks);
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

const struct written_files *card_written(const struct card *card)
{
    return card_ask(card) ? &card->written : NULL;
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
    const struct ask *ask = card->focused ? card_ask(card) : session_ask(card->session, 0);

    card->shown = ask ? ask->id : 0; /* until somebody looks at one, it is the one of the highest risk */
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

void card_look_again(struct card *card)
{
    card->facts_stale = true;
}

/* --- content --- */

/* A tool that touches a file itself and shows no difference. */
static void add_path(struct card *card, const struct action *action)
{
    char part[96];

    lines_put(card->lines, STYLE_STRONG, action->path ? action->path : "");
    if (action->kind != ACTION_READ)
        return;
    snprintf(part, sizeof part, "from line %" PRId64 ", at most %" PRId64 " lines", action->offset,
             action->limit);
    lines_put(card->lines, STYLE_TEXT, part);
}

/* What was chosen among the hunks outlives another width. */
static void add_change(struct card *card, const struct ask *ask)
{
    const struct action *action = ask->action;

    if (card->hunks_of != ask->id) {
        hunk_view_free(card->hunks);
        card->hunks = hunk_view_new(action->before ? action->before : "", action->before_length,
                                    action->content, action->content_length);
        card->hunks_of = ask->id;
    }
    lines_put(card->lines, STYLE_STRONG, action->path);
    hunk_view_put(card->hunks, card->lines);
}

static void add_content(struct card *card, const struct ask *ask)
{
    const struct action *action = ask->action;
    const struct tool *tool = tool_find(action->tool);

    if (action->kind == ACTION_WRITE) {
        add_change(card, ask);
    } else if (!action->script) {
        add_path(card, action);
    } else if (action->interpreter && strcmp(action->interpreter, "bash") == 0) {
        script_lines_add(card->lines, action->script, ask->verdict.from, ask->verdict.to);
    } else {
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
        card_facts_touched(card->lines, other);
        lines_end(card->lines);
    }
}

static void add_all(struct card *card, const struct ask *ask, int width)
{
    lines_clear(card->lines, width);
    card->built_count = group_of(card, ask, card->built);
    if (card->group)
        add_group(card, ask);
    else
        add_content(card, ask);
}

/* True when the places of what is odd are those in the script. */
static bool shows_script(const struct card *card, const struct ask *ask)
{
    return !card->group && ask->action->script;
}

/* Only what is on the card counts: of a file that changes, the lines of the difference. */
static void find_odd(struct card *card, const struct ask *ask)
{
    struct buffer text = BUFFER_INIT;

    odd_list_release(&card->odd);
    for (size_t i = 0; i < lines_count(card->lines) && !shows_script(card, ask); i++) {
        lines_text(card->lines, i, &text);
        buffer_append_byte(&text, '\n');
    }
    if (shows_script(card, ask))
        odd_find(&card->odd, ask->action->script, strlen(ask->action->script));
    else
        odd_find(&card->odd, text.data ? text.data : "", text.length);
    buffer_release(&text);
}

static void fill(struct card *card, const struct ask *ask, int width)
{
    lines_mark(card->lines, NULL);
    add_all(card, ask, width);
    find_odd(card, ask);
    lines_mark(card->lines, &card->odd);
    if (card->odd.count > 0)
        add_all(card, ask, width);
}

struct hunk_view *card_hunks(const struct card *card)
{
    const struct ask *ask = card_ask(card);

    return ask && ask->id == card->hunks_of && hunk_view_is_choice(card->hunks) ? card->hunks : NULL;
}

void card_hunks_changed(struct card *card)
{
    if (card_hunks(card) && card->ask == card->hunks_of)
        fill(card, card_ask(card), card->width);
}

void card_move_hunk(struct card *card, long by)
{
    if (!card_hunks(card))
        return;
    card->scroll.first = hunk_view_move(card->hunks, by);
    card->scroll.loose = true;
    card_hunks_changed(card);
}

static void build(struct card *card, const struct ask *ask, int width)
{
    bool stays = card->ask == ask->id && card->scroll.first > 0;

    fill(card, ask, width);
    card->ask = ask->id;
    card->width = width;
    card->built_group = card->group;
    card->seen = 0;
    card->scroll = (struct scroll){ .loose = true };
    if (stays && card_hunks(card))
        card->scroll.first = hunk_view_move(card->hunks, 0);
    card->facts_stale = true;
}

static void build_why(struct card *card, const struct ask *ask, int width)
{
    static const struct span indent = { STYLE_CARD, "     ", 5 };
    static const struct line_form form = {
        .mode = WRAP_WORDS, .rest = &indent, .rest_count = 1, .fill = STYLE_CARD
    };

    lines_clear(card->why, width);
    lines_mark(card->why, &card->odd);
    lines_begin(card->why, &form);
    lines_add(card->why, STYLE_CARD_DANGER, "Why: ", 5);
    lines_add(card->why, STYLE_CARD, ask->verdict.reason, strlen(ask->verdict.reason));
    lines_end(card->why);
}

enum { TITLE = 160 };

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

/* The length stands at the right of the title where there is room for it, else among the facts. */
static bool length_is_in_title(const char *title, const char *length, int columns)
{
    enum { AROUND = 10 }; /* corners, blanks and some line between the two */

    return visible_columns(title, strlen(title)) + strlen(length) + AROUND <= (size_t)columns;
}

static const char *length_among_facts(const struct card *card, const struct ask *ask, int columns,
                                      char length[CARD_LENGTH])
{
    char title[TITLE];

    title_text(card, ask, title, sizeof title);
    card_facts_length(ask, length);
    return card->group || length_is_in_title(title, length, columns) ? "" : length;
}

/* Of a group each has its own: what it touches stands behind it. */
static void build_facts(struct card *card, const struct ask *ask, int width, int64_t now)
{
    char length[CARD_LENGTH];

    written_files_release(&card->written);
    written_files_find(card->session, ask, &card->written);
    lines_clear(card->facts, width);
    lines_mark(card->facts, &card->odd);
    const char *told = length_among_facts(card, ask, width + BORDERS, length);
    card_facts_odd(card->facts, &card->odd, shows_script(card, ask));
    card_facts_written(card->facts, ask, &card->written);
    if (!card->group)
        card_facts_touched(card->facts, ask);
    card_facts_place(card->facts, ask, session_sandbox_words(card->session), now, told);
    card->age = (now - ask->since) / MINUTE;
    card->facts_stale = false;
}

static void refresh(struct card *card, const struct ask *ask, int width)
{
    int64_t now = clock_wall();

    if (card->width != width || !is_built(card, ask)) {
        build(card, ask, width);
        build_why(card, ask, width);
    }
    if (card->facts_stale || (now - ask->since) / MINUTE != card->age)
        build_facts(card, ask, width, now);
}

/* --- the keys --- */

/* Only a program can be tried, and only where the sandbox can be forked. */
static struct card_offer offer(const struct card *card)
{
    const struct ask *ask = card_ask(card);
    struct session_life life;

    session_life(card->session, &life);
    return (struct card_offer){ .fork = life.can_fork && ask && ask->action->kind == ACTION_EXEC,
                                .profile = ask && ask->id == 1 &&
                                           session_mode(card->session) == POLICY_CAREFUL &&
                                           !session_mode_is_pinned(card->session),
                                .files = card->written.count > 0,
                                .letter = card->letter };
}

static void draw_keys(const struct card *card, const struct canvas *canvas, int y)
{
    struct card_offer offered = offer(card);

    if (card->focused)
        card_choices_draw(&offered, canvas, y, canvas->rect.columns - 1, canvas->rect.rows - y,
                          card_guard_left(card) == 0);
    else if (canvas->rect.columns >= 60)
        card_choice_draw(canvas, y, 0, "card", "decides about it; what you type goes to the composer");
    else
        card_choice_draw(canvas, y, 0, "card", "decides about it");
    if (card->focused)
        draw_cursor(canvas, y, 0);
}

/* --- drawing --- */

int card_rows(struct card *card, int columns)
{
    const struct ask *ask = card_ask(card);

    if (!ask || columns < 8)
        return 0;
    refresh(card, ask, columns - BORDERS);
    struct card_offer offered = offer(card);
    return (int)(lines_count(card->lines) + lines_count(card->facts) + lines_count(card->why)) + FRAME_ROWS +
           (card_hunks(card) != NULL) + card_choices_rows(&offered, columns - BORDERS, INT_MAX);
}

/* Who gets how many of the rows inside. */
struct shares {
    int body, facts, why, hunks, keys;
    size_t total; /* lines that are scrolled in the body */
};

static int smaller(int one, int other)
{
    return one < other ? one : other;
}

/* The facts and the reason stay in sight while the content has half of the rows, or all that it needs.  Else they
 * are behind its last line, and one row of the reason stays. */
static struct shares share(const struct card *card, int rows, int columns)
{
    struct card_offer offered = offer(card);
    int content = (int)lines_count(card->lines), why = (int)lines_count(card->why);
    int hunks = rows > 3 && card_hunks(card);
    int most = rows > LOW_ROWS ? rows - 2 - hunks : rows > 3 ? 2 : 1;
    int keys = card_choices_rows(&offered, columns - 1, most);
    int left = rows - keys - hunks, half = (left + 1) / 2;
    struct shares shares = {
        .facts = (int)lines_count(card->facts), .why = smaller(why, WHY_MOST), .hunks = hunks, .keys = keys
    };

    if (left - shares.facts - shares.why >= smaller(content, half > CONTENT_LEAST ? half : CONTENT_LEAST)) {
        shares.body = left - shares.facts - shares.why;
        shares.total = (size_t)content;
    } else {
        shares.total = (size_t)(content + shares.facts + (why > 1 ? why : 0));
        shares.facts = 0;
        shares.why = left > 1 ? 1 : 0;
        shares.body = left - shares.why;
    }
    return shares;
}

/* Line INDEX of the content, and of what stands behind it. */
static void draw_body_line(const struct card *card, const struct canvas *canvas, int y, size_t index)
{
    const struct lines *parts[] = { card->lines, card->facts, card->why };

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (index < lines_count(parts[i])) {
            draw_line(canvas, y, 0, parts[i], index);
            return;
        }
        index -= lines_count(parts[i]);
    }
}

static void draw_body(struct card *card, const struct canvas *inside, const struct shares *shares)
{
    int columns = inside->rect.columns;
    struct canvas body = canvas_part(inside, (struct rect){ 0, 0, shares->body, columns - 1 });
    size_t first = scroll_fit(&card->scroll, shares->total, (size_t)body.rect.rows);

    size_t end = first + (size_t)(body.rect.rows > 0 ? body.rect.rows : 0);

    if (card_hunks(card) && hunk_view_look(card->hunks, first, end - first))
        card_hunks_changed(card);
    draw_fill(&body, STYLE_TEXT);
    for (int y = 0; y < body.rect.rows && first + (size_t)y < shares->total; y++)
        draw_body_line(card, &body, y, first + (size_t)y);
    draw_scrollbar(inside, 0, columns - 1, body.rect.rows, shares->total, first);
    if (first <= card->seen && end > card->seen)
        card->seen = end;
}

/* The reason in so many rows; a single one ends in an ellipsis when it is not all. */
static void draw_why(const struct card *card, const struct canvas *inside, int y, const struct ask *ask,
                     int rows)
{
    struct canvas part = canvas_part(inside, (struct rect){ y, 0, rows, inside->rect.columns });

    if (rows != 1 || lines_count(card->why) <= 1) {
        draw_lines(&part, card->why, 0);
        return;
    }
    int x = draw_string(&part, 0, 0, STYLE_CARD_DANGER, "Why: ");
    draw_fit(&part, 0, x, part.rect.columns - x, STYLE_CARD, ask->verdict.reason,
             strlen(ask->verdict.reason));
}

/* The command over its foot: what is known of it, why it is asked, the keys. */
static void draw_inside(struct card *card, const struct canvas *inside, const struct ask *ask)
{
    struct shares shares = share(card, inside->rect.rows, inside->rect.columns);
    struct canvas facts =
        canvas_part(inside, (struct rect){ shares.body, 0, shares.facts, inside->rect.columns });

    draw_keys(card, inside, inside->rect.rows - shares.keys);
    if (shares.hunks)
        card_hunks_draw(card->hunks, inside, inside->rect.rows - shares.keys - 1,
                        card->focused && card_guard_left(card) == 0);
    draw_why(card, inside, shares.body + shares.facts, ask, shares.why);
    draw_lines(&facts, card->facts, 0);
    draw_body(card, inside, &shares);
}

/* A line at the top; a box where it costs nothing that is needed. */
static struct canvas draw_frame(struct card *card, const struct canvas *canvas, const struct ask *ask)
{
    int rows = canvas->rect.rows, columns = canvas->rect.columns;
    char title[TITLE], length[CARD_LENGTH + 3];
    bool box = rows >= BOX_FROM || rows >= card_rows(card, columns);

    title_text(card, ask, title, sizeof title);
    if (box) {
        draw_box(canvas, STYLE_CARD_BORDER, STYLE_CARD_BORDER, title);
    } else {
        draw_horizontal(canvas, 0, 0, columns, STYLE_CARD_BORDER);
        draw_string(canvas, 0, 1, STYLE_CARD_BORDER, " ");
        int end = 2 + draw_fit(canvas, 0, 2, columns - 4, STYLE_CARD_BORDER, title, strlen(title));
        draw_string(canvas, 0, end, STYLE_CARD_BORDER, " ");
    }
    length[0] = ' ';
    card_facts_length(ask, length + 1);
    if (length[1] && !card->group && length_is_in_title(title, length + 1, columns)) {
        strcat(length, " ");
        draw_right(canvas, 0, 2, STYLE_CARD_BORDER, length);
    }
    return canvas_part(canvas, box ? (struct rect){ 1, 2, rows - 2, columns - 3 }
                                   : (struct rect){ 1, 0, rows - 1, columns });
}

void card_draw(struct card *card, const struct canvas *canvas)
{
    const struct ask *ask = card_ask(card);

    if (!ask || canvas->rect.rows < 4)
        return;
    draw_fill(canvas, STYLE_CARD);
    struct canvas inside = draw_frame(card, canvas, ask);
    draw_inside(card, &inside, ask);
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
