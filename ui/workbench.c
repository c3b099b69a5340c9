/* workbench.c - the life of the screen, its layout and its drawing.
 *
 * Everything that happens marks the screen stale; paint.h draws it once at the end of the loop's turn.  The
 * workbench keeps no truth of the session: panes read the conversation, the asks and the state when they draw. */
#include "ui/workbench_private.h"

#include "agent/session.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "ui/bar.h"
#include "ui/call_pane.h"
#include "ui/card.h"
#include "ui/composer.h"
#include "ui/conversation_pane.h"
#include "ui/draw.h"
#include "ui/external_editor.h"
#include "ui/files_pane.h"
#include "ui/paint.h"
#include "ui/pull_pane.h"
#include "ui/style.h"
#include "ui/term.h"
#include "ui/trial_pane.h"
#include "ui/viewer.h"
#include "ui/written_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CLOCK_EVERY = 1000,
    MINUTES_EVERY = 30 * 1000,
    OVER_LEAST = 8, /* rows of a viewer that are worth having */
    LAST_MINUTES = 3 * 60 * 1000,
    COMPOSER_ROWS = 12,
    QUEUE_WORDS_FROM = 80
};

void workbench_stale(struct workbench *workbench)
{
    paint_stale(workbench->paint);
}

void workbench_tell(struct workbench *workbench, const char *sentence)
{
    free(workbench->message);
    workbench->message = xstrdup_or_null(sentence);
    workbench_stale(workbench);
}

void workbench_focus(struct workbench *workbench, enum place place)
{
    workbench->focus = place;
    if (place != PLACE_COMPOSER)
        workbench->shown = place;
    else if (workbench->card && card_has_focus(workbench->card))
        workbench->ask_left = card_ask(workbench->card)->id;
    if (workbench->card)
        card_focus(workbench->card, false);
    workbench_watch_card(workbench);
    workbench_stale(workbench);
}

void workbench_open_viewer(struct workbench *workbench, const char *title, const char *language,
                           const char *text, size_t length)
{
    viewer_free(workbench->viewer);
    workbench->viewer = viewer_new(title, language, text, length);
    workbench_stale(workbench);
}

void workbench_compose_prompt(struct workbench *workbench)
{
    workbench_forget_preview(workbench);
    workbench->composing = COMPOSING_PROMPT;
    composer_set_text(workbench->composer, workbench->kept ? workbench->kept : "");
    free(workbench->kept);
    workbench->kept = NULL;
    workbench_stale(workbench);
}

/* --- the card's turn --- */

static void consider_card(void *data)
{
    struct workbench *workbench = data;

    workbench->focus_timer = NULL;
    workbench_watch_card(workbench);
}

static void guard_is_over(void *data)
{
    struct workbench *workbench = data;

    workbench->focus_timer = NULL;
    workbench_stale(workbench);
}

void workbench_watch_card(struct workbench *workbench)
{
    int64_t wait = conf_integer(workbench->setup.conf, "approval.focus_wait");
    int64_t quiet = clock_steady() - workbench->last_key;

    loop_timer_cancel(workbench->focus_timer);
    workbench->focus_timer = NULL;
    if (workbench->session && card_has_focus(workbench->card) && card_guard_left(workbench->card) > 0) {
        workbench->focus_timer =
            loop_timer_add(workbench->setup.loop, card_guard_left(workbench->card), guard_is_over, workbench);
        return;
    }
    if (!workbench->session || !card_ask(workbench->card) || card_has_focus(workbench->card) ||
        card_ask(workbench->card)->id == workbench->ask_left || workbench->composing != COMPOSING_PROMPT ||
        workbench->focus != PLACE_COMPOSER || workbench->pull || !composer_is_empty(workbench->composer))
        return;
    if (quiet < wait) {
        workbench->focus_timer =
            loop_timer_add(workbench->setup.loop, wait - quiet, consider_card, workbench);
        return;
    }
    card_focus(workbench->card, true);
    workbench_watch_card(workbench); /* for the guard */
    workbench_stale(workbench);
}

/* --- the clock: only while something runs or starts --- */

static bool time_is_shown(const struct workbench *workbench)
{
    return (session_is_busy(workbench->session) && session_ask_count(workbench->session) == 0) ||
           session_state(workbench->session) == SESSION_STARTING;
}

/* A sandbox that ends by itself: its minutes are in the bar, at last its seconds.  0: nothing of it is shown. */
static int64_t life_shown_every(const struct workbench *workbench)
{
    struct session_life life;

    session_life(workbench->session, &life);
    return !life.ends ? 0 : life.ends - clock_wall() < LAST_MINUTES ? CLOCK_EVERY : MINUTES_EVERY;
}

/* The card says since when it waits, in minutes. */
static int64_t minutes_shown_every(const struct workbench *workbench)
{
    return session_ask_count(workbench->session) > 0 ? MINUTES_EVERY : 0;
}

static void watch_clock(struct workbench *workbench);

static void tick(void *data)
{
    struct workbench *workbench = data;

    workbench->clock_timer = NULL;
    workbench_stale(workbench);
    watch_clock(workbench);
}

static void watch_clock(struct workbench *workbench)
{
    bool seconds = time_is_shown(workbench);

    if (workbench->clock_timer && seconds && !workbench->clock_seconds) {
        loop_timer_cancel(workbench->clock_timer);
        workbench->clock_timer = NULL;
    }
    int64_t every = seconds ? CLOCK_EVERY : life_shown_every(workbench);
    if (every == 0)
        every = minutes_shown_every(workbench);
    if (workbench->clock_timer || every == 0)
        return;
    workbench->clock_seconds = seconds;
    workbench->clock_timer = loop_timer_add(workbench->setup.loop, every, tick, workbench);
}

/* --- news of the session --- */

static void call_person(struct workbench *workbench, const struct ask *ask)
{
    const struct conf *conf = workbench->setup.conf;
    const char *notify = conf_text(conf, "ui.notify");
    size_t count = session_ask_count(workbench->session);

    if (conf_boolean(conf, "ui.bell"))
        term_bell(workbench->term);
    if (strcmp(notify, "off") != 0) {
        char *text = count > 1 ? xasprintf("%zu calls wait for your decision", count)
                               : xasprintf("%s waits for your decision", ask->action->tool);
        term_notify(workbench->term, strcmp(notify, "osc777") == 0, text);
        free(text);
    }
}

/* Told once of each, when it comes, while the window has not the focus: whichever of them the card shows. */
static void tell_of_newest(struct workbench *workbench)
{
    const struct ask *newest = NULL;

    for (size_t i = 0; i < session_ask_count(workbench->session); i++) {
        const struct ask *ask = session_ask(workbench->session, i);
        if (ask->id > workbench->ask_told && (!newest || ask->id > newest->id))
            newest = ask;
    }
    if (newest && !workbench->window_focused)
        call_person(workbench, newest);
    if (newest)
        workbench->ask_told = newest->id;
}

static void asks_changed(struct workbench *workbench)
{
    const struct ask *ask = card_ask(workbench->card);

    card_look(workbench->card);
    if (workbench->composing != COMPOSING_PROMPT && (!ask || ask->id != workbench->composing_ask))
        workbench_compose_prompt(workbench);
    if (!ask) {
        workbench->card_invited = false;
        card_focus(workbench->card, false);
    }
    tell_of_newest(workbench);
    workbench_watch_card(workbench);
}

static void hear(void *data, const void *matter)
{
    struct workbench *workbench = data;
    const struct session_news *news = matter;

    if (news->kind == NEWS_ASKS) {
        asks_changed(workbench);
        paint_soon(workbench->paint);
    } else if (news->kind == NEWS_EVENT)
        card_look_again(workbench->card);
    else if (news->kind == NEWS_FILES)
        files_pane_refresh(workbench->files);
    else if (news->kind == NEWS_STATE)
        watch_clock(workbench);
    workbench_stale(workbench);
}

/* --- drawing --- */

static const char *composer_title(const struct workbench *workbench)
{
    static const char *const titles[] = {
        [COMPOSING_PROMPT] = NULL,
        [COMPOSING_EDIT] = " Edit: Enter runs it, Esc leaves it as it was ",
        [COMPOSING_WORDS] = " Why not? Enter sends it to the model, Esc leaves ",
        [COMPOSING_RULE] = " Rule: Enter saves it, M-s this session alone, M-p what it covers, Esc "
    };

    return titles[workbench->composing];
}

/* After a stop, and in a session that goes on, the queue waits for the person (HELD). */
static void draw_queued(const struct canvas *canvas, const char *queued, bool held)
{
    bool words = held && canvas->rect.columns >= QUEUE_WORDS_FROM;
    const char *hint = words ? " M-q takes it back; your next message sends it too " : " M-q takes it back ";
    int end = draw_right(canvas, 0, 2, STYLE_NOTICE, hint) - 2;
    int x = 2 + draw_string(canvas, 0, 2, STYLE_NOTICE, " queued: ");

    x += draw_fit(canvas, 0, x, end - x, STYLE_NOTICE, queued, strlen(queued));
    draw_string(canvas, 0, x, STYLE_NOTICE, " ");
}

static void draw_composer_edge(const struct workbench *workbench, const struct canvas *canvas, bool has_focus)
{
    size_t count = workbench->session ? session_queue_count(workbench->session) : 0;
    size_t above = composer_rows_above(workbench->composer);
    const char *title = composer_title(workbench);
    char text[48];

    draw_horizontal(canvas, 0, 0, canvas->rect.columns, has_focus ? STYLE_BORDER_FOCUS : STYLE_BORDER);
    if (title)
        draw_string(canvas, 0, 2, STYLE_TITLE_FOCUS, title);
    else if (count > 0)
        draw_queued(canvas, session_queue_at(workbench->session, count - 1),
                    session_state(workbench->session) == SESSION_READY);
    snprintf(text, sizeof text, " %zu rows above ", above);
    if (above > 0)
        draw_right(canvas, 0, 2, STYLE_BORDER, text);
}

static void draw_composer(struct workbench *workbench, const struct canvas *canvas)
{
    static const char placeholder[] = "Write to the agent; !command runs your own; ? shows the keys";
    int rows = canvas->rect.rows - 1, column;
    size_t row, length, count;
    bool has_focus =
        workbench->focus == PLACE_COMPOSER && !(workbench->card && card_has_focus(workbench->card));

    if (rows < 1 || canvas->rect.columns < 4)
        return;
    count = composer_layout(workbench->composer, canvas->rect.columns - 3, (size_t)rows);
    draw_composer_edge(workbench, canvas, has_focus);
    for (size_t i = 0; i < count && i < (size_t)rows; i++) {
        const char *text = composer_row(workbench->composer, i, &length);
        draw_string(canvas, 1 + (int)i, 0, STYLE_USER,
                    i == 0 && composer_rows_above(workbench->composer) == 0 ? "› " : "  ");
        draw_text(canvas, 1 + (int)i, 2, STYLE_TEXT, text, length);
    }
    if (composer_is_empty(workbench->composer) && count == 1)
        draw_fit(canvas, 1, 2, canvas->rect.columns - 2, STYLE_PLACEHOLDER, placeholder, strlen(placeholder));
    composer_cursor(workbench->composer, &row, &column);
    if (has_focus && !workbench->viewer && !workbench->pull && !workbench->trial)
        draw_cursor(canvas, 1 + (int)row, 2 + column);
}

static bool pane_focused(const struct workbench *workbench, enum place place)
{
    return workbench->focus == place && !(workbench->card && card_has_focus(workbench->card));
}

/* What lies over the panes ends above the card, or where that leaves too little, covers it.  A trial takes the place
 * of the card that it is about. */
static int rows_over_panes(const struct workbench *workbench)
{
    const struct rect *card = &workbench->places.rect[PLACE_CARD];
    bool above = card->rows > 0 && card->y >= OVER_LEAST && !workbench->trial;

    return above ? card->y : workbench->places.rect[PLACE_COMPOSER].y;
}

bool workbench_covers_card(const struct workbench *workbench)
{
    const struct rect *card = &workbench->places.rect[PLACE_CARD];

    return (workbench->viewer || workbench->pull || workbench->trial) && card->rows > 0 &&
           card->y < rows_over_panes(workbench);
}

static void draw_over_panes(struct workbench *workbench, const struct canvas *canvas)
{
    struct rect over = { 0, 0, rows_over_panes(workbench), canvas->rect.columns };
    struct canvas part = canvas_part(canvas, over);

    if (!workbench->viewer && !workbench->pull && !workbench->trial)
        return;
    draw_fill(&part, STYLE_TEXT);
    if (workbench->viewer)
        viewer_draw(workbench->viewer, &part);
    else if (workbench->trial)
        trial_pane_draw(workbench->trial, &part);
    else
        pull_pane_draw(workbench->pull, &part);
}

static void draw_panes(struct workbench *workbench, const struct canvas *canvas)
{
    struct canvas parts[PLACE_COUNT];

    for (size_t i = 0; i < PLACE_COUNT; i++)
        parts[i] = canvas_part(canvas, workbench->places.rect[i]);
    if (workbench->places.separator.columns > 0) {
        struct rect line = workbench->places.separator;
        draw_vertical(canvas, line.y, line.x, line.rows, STYLE_BORDER);
    }
    if (workbench->places.rect[PLACE_CONVERSATION].rows > 0)
        conversation_pane_draw(workbench->conversation, &parts[PLACE_CONVERSATION],
                               pane_focused(workbench, PLACE_CONVERSATION));
    if (workbench->places.rect[PLACE_CALL].rows > 0)
        call_pane_draw(workbench->call, &parts[PLACE_CALL], pane_focused(workbench, PLACE_CALL));
    if (workbench->places.rect[PLACE_FILES].rows > 0)
        files_pane_draw(workbench->files, &parts[PLACE_FILES], pane_focused(workbench, PLACE_FILES));
    draw_composer(workbench, &parts[PLACE_COMPOSER]);
    draw_over_panes(workbench, canvas);
    if (workbench->places.rect[PLACE_CARD].rows > 0 && !workbench_covers_card(workbench))
        card_draw(workbench->card, &parts[PLACE_CARD]);
    bar_draw(&parts[PLACE_BAR], workbench->session, workbench->message);
}

static void place_panes(struct workbench *workbench, const struct canvas *canvas)
{
    int columns = canvas->rect.columns;
    struct layout_wish wish = { .shown = workbench->shown,
                                .hide_call = workbench->hide_right,
                                .hide_files = workbench->hide_right ||
                                              !conf_boolean(workbench->setup.conf, "ui.files") };

    if (workbench->shown == PLACE_FILES)
        wish.hide_files = workbench->hide_right;
    wish.composer_rows =
        1 + (int)composer_layout(workbench->composer, columns > 4 ? columns - 3 : 1, COMPOSER_ROWS);
    if (workbench->session && card_ask(workbench->card))
        wish.card_rows = card_rows(workbench->card, columns);
    layout_workbench(&workbench->places, canvas->rect.rows, columns, &wish);
}

static void draw(void *data, const struct canvas *canvas)
{
    struct workbench *workbench = data;
    static const char tiny[] = "sandgate needs 40x10";

    place_panes(workbench, canvas);
    if (workbench->places.size == SCREEN_TINY)
        draw_string(canvas, 0, 0, STYLE_NOTICE, tiny);
    else if (workbench->session)
        draw_panes(workbench, canvas);
}

/* --- the terminal --- */

static void resized(void *data, int rows, int columns)
{
    struct workbench *workbench = data;

    (void)rows, (void)columns;
    paint_all(workbench->paint);
}

static void resumed(void *data)
{
    paint_all(((struct workbench *)data)->paint);
}

static void gone(void *data)
{
    struct workbench *workbench = data;

    workbench->setup.ended(workbench->setup.data, QUIT_AS_CONFIGURED);
}

static void complain(void *data, const char *sentence)
{
    workbench_tell(data, sentence);
}

/* Tests wait for a number that says: drawn, nothing else is due, and up to where the input was read. */
static void tell_idle(void *data)
{
    struct workbench *workbench = data;

    if (!paint_is_due(workbench->paint) && !term_is_reading(workbench->term) &&
        dprintf(workbench->idle_file, "%08x", term_input(workbench->term)) < 0)
        workbench->idle_file = -1;
}

static void watch_idle(struct workbench *workbench)
{
    const char *file = getenv("SANDGATE_TEST_IDLE");

    workbench->idle_file = file ? atoi(file) : -1;
    if (workbench->idle_file > 2)
        workbench->idle_hook = loop_hook_add(workbench->setup.loop, tell_idle, workbench);
}

static bool open_screen(struct workbench *workbench, struct error *error)
{
    static const struct term_events events = { workbench_key, resized, resumed, gone };
    const struct conf *conf = workbench->setup.conf;
    struct term_options options = { .mouse = conf_boolean(conf, "ui.mouse"),
                                    .no_colour = getenv("NO_COLOR") != NULL };

    workbench->styles = styles_new();
    if (!styles_load(workbench->styles, conf_text(conf, "ui.theme"), error))
        return false;
    workbench->term = term_open(workbench->setup.loop, &options, &events, workbench, error);
    if (!workbench->term)
        return false;
    styles_map(workbench->styles, term_depth(workbench->term));
    workbench->paint = paint_new(workbench->setup.loop, workbench->term, workbench->styles,
                                 (int)conf_integer(conf, "ui.frame_rate"), draw, workbench);
    watch_idle(workbench);
    return true;
}

static bool open_composer(struct workbench *workbench, struct error *error)
{
    struct composer_options options = { .vi = strcmp(conf_text(workbench->setup.conf, "ui.editing"), "vi") ==
                                              0 };
    struct composer_calls calls = {
        .submit = workbench_submit, .complete = workbench_complete, .tell = complain, .data = workbench
    };

    workbench->composer = composer_new(&options, &calls, error);
    if (!workbench->composer)
        return false;
    if (workbench->setup.draft)
        composer_set_text(workbench->composer, workbench->setup.draft);
    return true;
}

struct workbench *workbench_new(const struct workbench_setup *setup, struct error *error)
{
    struct workbench *workbench = xcalloc(1, sizeof *workbench);

    workbench->setup = *setup;
    workbench->focus = PLACE_COMPOSER;
    workbench->shown = PLACE_CONVERSATION;
    workbench->window_focused = true;
    workbench->last_key = clock_steady() - 3600 * 1000;
    if (!open_composer(workbench, error) || !open_screen(workbench, error)) {
        workbench_free(workbench);
        return NULL;
    }
    const char *complaints = composer_complaints(workbench->composer);
    if (complaints || term_notice(workbench->term))
        workbench_tell(workbench, complaints ? complaints : term_notice(workbench->term));
    return workbench;
}

static void open_file(void *data, const char *path, const char *bytes, size_t length, long long size)
{
    char title[300];

    snprintf(title, sizeof title, "%.200s (%lld bytes%s)", path, size,
             (long long)length < size ? ", its beginning" : "");
    workbench_open_viewer(data, title, path, bytes, length);
}

static void files_stale(void *data)
{
    workbench_stale(data);
}

void workbench_attach(struct workbench *workbench, struct session *session)
{
    struct files_calls calls = { files_stale, open_file, complain, workbench };

    workbench->session = session;
    workbench->conversation = conversation_pane_new(session);
    workbench->call = call_pane_new(session);
    workbench->files = files_pane_new(workbench->setup.loop, session, &calls);
    workbench->card = card_new(session, conf_integer(workbench->setup.conf, "approval.key_guard"));
    workbench->listener = session_listen(session, hear, workbench);
    term_title(workbench->term, "sandgate");
    files_pane_refresh(workbench->files);
    watch_clock(workbench);
    asks_changed(workbench);
    workbench_stale(workbench);
}

void workbench_add_history(struct workbench *workbench, const char *text)
{
    composer_add_history(workbench->composer, text);
}

void workbench_free(struct workbench *workbench)
{
    if (!workbench)
        return;
    if (workbench->listener)
        session_unlisten(workbench->session, workbench->listener);
    loop_timer_cancel(workbench->focus_timer);
    loop_timer_cancel(workbench->letter_timer);
    loop_timer_cancel(workbench->clock_timer);
    if (workbench->idle_hook)
        loop_hook_remove(workbench->idle_hook);
    external_editor_free(workbench->editor);
    trial_pane_free(workbench->trial);
    written_view_free(workbench->written);
    pull_pane_free(workbench->pull);
    viewer_free(workbench->viewer);
    card_free(workbench->card);
    files_pane_free(workbench->files);
    call_pane_free(workbench->call);
    conversation_pane_free(workbench->conversation);
    paint_free(workbench->paint);
    term_close(workbench->term);
    composer_free(workbench->composer);
    styles_free(workbench->styles);
    free(workbench->message);
    free(workbench->kept);
    workbench_forget_preview(workbench);
    free(workbench);
}
