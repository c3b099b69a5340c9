/* workbench_keys.c - where a key goes: the viewer, the card, the composer or a pane, then the screen's rows.
 *
 * The card has a key only when it has the focus (workbench_letter.c); letters typed otherwise go to the composer.
 * A key is never both. */
#include "ui/workbench_private.h"

#include "agent/session.h"
#include "agent/tools.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "ui/call_pane.h"
#include "ui/card.h"
#include "ui/commands.h"
#include "ui/composer.h"
#include "ui/conversation_pane.h"
#include "ui/files_pane.h"
#include "ui/key.h"
#include "ui/paint.h"
#include "ui/pull_pane.h"
#include "ui/viewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WITH_FOCUS = 300 /* milliseconds */ };

static bool run_bound(struct workbench *workbench, enum command_place place, const struct key *key)
{
    const struct command *command = command_for_key(place, key);

    if (command)
        command->run(workbench, "");
    return command != NULL;
}

static bool viewer_takes(struct workbench *workbench, const struct key *key)
{
    bool close;

    if (!workbench->viewer || !viewer_key(workbench->viewer, key, &close))
        return false;
    if (close) {
        viewer_free(workbench->viewer);
        workbench->viewer = NULL;
    }
    return true;
}

static bool pull_takes(struct workbench *workbench, const struct key *key)
{
    bool close;

    if (!workbench->pull || (card_has_focus(workbench->card) && !workbench_covers_card(workbench)) ||
        !pull_pane_key(workbench->pull, key, &close))
        return false;
    if (close) {
        pull_pane_free(workbench->pull);
        workbench->pull = NULL;
    }
    return true;
}

static bool pane_takes(struct workbench *workbench, const struct key *key)
{
    bool taken = false;

    if (workbench->focus == PLACE_CONVERSATION)
        taken = conversation_pane_key(workbench->conversation, key);
    else if (workbench->focus == PLACE_CALL)
        taken = call_pane_key(workbench->call, key);
    else if (workbench->focus == PLACE_FILES)
        taken = files_pane_key(workbench->files, key);
    if (taken && workbench->focus == PLACE_CONVERSATION)
        call_pane_show(workbench->call, conversation_pane_selected(workbench->conversation));
    return taken || (workbench->focus != PLACE_COMPOSER && run_bound(workbench, PLACE_OF_PANES, key));
}

static bool escape_from_editing(struct workbench *workbench, const struct key *key)
{
    if (workbench->composing == COMPOSING_PROMPT ||
        !(key_is(key, NAMED_ESCAPE, 0) || key_is_character(key, 'c', MOD_CONTROL)))
        return false;
    workbench_compose_prompt(workbench);
    workbench_card(workbench, "");
    return true;
}

/* Keys that mean the same whatever is written: the editor would swallow them. */
static bool goes_before_editor(const struct key *key)
{
    return (key->modifiers & MOD_META) || key_is_character(key, 'z', MOD_CONTROL) ||
           key_is_character(key, 'l', MOD_CONTROL);
}

static bool composer_takes(struct workbench *workbench, const struct key *key)
{
    if (workbench->focus != PLACE_COMPOSER && !key_is_text(key) && key->kind != INPUT_PASTE)
        return false;
    if (workbench->focus == PLACE_COMPOSER && composer_is_empty(workbench->composer) &&
        key_is_character(key, '?', 0)) {
        workbench_help(workbench, "");
        return true;
    }
    if (escape_from_editing(workbench, key))
        return true;
    if (goes_before_editor(key) && run_bound(workbench, PLACE_OF_SCREEN, key))
        return true;
    bool was_empty = composer_is_empty(workbench->composer);
    bool taken = composer_key(workbench->composer, key);
    if (taken && workbench->focus != PLACE_COMPOSER)
        workbench_focus(workbench, PLACE_COMPOSER);
    if (!was_empty && composer_is_empty(workbench->composer))
        workbench_watch_card(workbench);
    return taken;
}

static bool is_in(const struct rect *rect, const struct key *key)
{
    return key->y >= rect->y && key->y < rect->y + rect->rows && key->x >= rect->x &&
           key->x < rect->x + rect->columns;
}

/* The click that gave the window the focus comes with it: it is meant for the window. */
static bool is_for_window(struct workbench *workbench, const struct key *key)
{
    bool entered = workbench->window_entered;

    workbench->window_entered = false;
    return entered && key->mouse <= MOUSE_RIGHT && clock_steady() - workbench->window_since < WITH_FOCUS;
}

/* A click goes to the pane under it; a wheel scrolls it. A click never decides a card. */
static void mouse(struct workbench *workbench, const struct key *key)
{
    enum place before = workbench->focus;
    bool wheel = key->mouse == MOUSE_WHEEL_UP || key->mouse == MOUSE_WHEEL_DOWN;

    for (int place = 0; place < PLACE_COUNT; place++) {
        if (!is_in(&workbench->places.rect[place], key))
            continue;
        if (place == PLACE_CARD) {
            if (wheel)
                card_key(workbench->card, key);
            else
                workbench_card(workbench, "");
        } else if (place != PLACE_BAR) {
            struct key inside = *key;
            inside.y -= workbench->places.rect[place].y + 1;
            inside.x -= workbench->places.rect[place].x + 1;
            workbench_focus(workbench, (enum place)place);
            if (!viewer_takes(workbench, &inside))
                pane_takes(workbench, &inside);
            if (wheel)
                workbench_focus(workbench, before);
        }
        return;
    }
}

static void interrupt(struct workbench *workbench)
{
    if (workbench->quit_asked) {
        workbench_quit(workbench, "!");
        return;
    }
    workbench->quit_asked = true;
    workbench_tell(workbench, session_is_busy(workbench->session)
                                  ? "Something runs: Ctrl-C again ends it and quits, Esc only stops it."
                                  : "Ctrl-C again quits.");
}

/* True while KEY may be a letter of ":quit". */
static bool is_of_a_command(struct workbench *workbench, const struct key *key)
{
    return workbench->focus == PLACE_COMPOSER &&
           (composer_is_empty(workbench->composer) ? key_is_character(key, ':', 0)
                                                   : composer_text(workbench->composer)[0] == ':');
}

static void route(struct workbench *workbench, const struct key *key)
{
    bool interrupted = key_is_character(key, 'c', MOD_CONTROL);
    bool quitting = key_is_character(key, 'd', MOD_CONTROL) || is_of_a_command(workbench, key);

    if (!interrupted && !quitting)
        workbench->quit_asked = false;
    if (viewer_takes(workbench, key) || workbench_trial_takes(workbench, key) || pull_takes(workbench, key) ||
        workbench_card_takes(workbench, key))
        return;
    if (pane_takes(workbench, key) || composer_takes(workbench, key))
        return;
    if (interrupted)
        interrupt(workbench);
    else
        run_bound(workbench, PLACE_OF_SCREEN, key);
}

void workbench_key(void *data, const struct key *key)
{
    struct workbench *workbench = data;

    paint_soon(workbench->paint);
    if (key->kind == INPUT_FOCUS) {
        workbench->window_focused = workbench->window_entered = key->code == 1;
        workbench->window_since = clock_steady();
        return;
    }
    workbench->quiet = clock_steady() - workbench->last_key;
    workbench->last_key = clock_steady();
    if (!workbench->session)
        return;
    free(workbench->message);
    workbench->message = NULL;
    if (key->kind != INPUT_MOUSE) {
        workbench->window_entered = false;
        route(workbench, key);
    } else if (!is_for_window(workbench, key)) {
        workbench_drop_letter(workbench);
        mouse(workbench, key);
    }
    workbench_watch_card(workbench);
}

/* --- Tab in the composer: names of commands --- */

bool workbench_complete(void *data)
{
    struct workbench *workbench = data;
    const char *before = composer_before(workbench->composer);
    struct buffer added = BUFFER_INIT, matches = BUFFER_INIT;

    if (before[0] != ':' || strpbrk(before, " \n"))
        return false;
    size_t count = command_complete(before + 1, &added, &matches);
    if (count == 1)
        buffer_append_byte(&added, ' ');
    if (added.length > 0)
        composer_complete(workbench->composer, 0, added.data);
    else
        workbench_tell(workbench, count > 0 ? matches.data : "No command begins so; ? shows all.");
    buffer_release(&added);
    buffer_release(&matches);
    return true;
}

/* --- what Enter in the composer does --- */

/* ":name ..." is a command; so is "/name ..." when there is a command of exactly that name. */
static bool is_command(const char *text)
{
    size_t length = strcspn(text + 1, " ");
    const struct command *command = text[0] == '/' ? command_find(text + 1, length) : NULL;

    return (text[0] == ':' && text[1]) || (command && strlen(command->name) == length);
}

static const struct ask *ask_being_composed(const struct workbench *workbench)
{
    for (size_t i = 0; i < session_ask_count(workbench->session); i++)
        if (session_ask(workbench->session, i)->id == workbench->composing_ask)
            return session_ask(workbench->session, i);
    return NULL;
}

/* The arguments of the ask with its code replaced by TEXT. Caller frees. */
static char *edited_arguments(const struct ask *ask, const char *text)
{
    const struct tool *tool = tool_find(ask->action->tool);
    struct json *arguments = json_copy(ask->action->arguments);

    json_set_text(arguments, tool->code_member, text);
    char *printed = json_print(arguments);
    json_free(arguments);
    return printed;
}

static void submit_decision(struct workbench *workbench, const char *text)
{
    const struct ask *ask = ask_being_composed(workbench);
    struct error error = ERROR_INIT;
    char *arguments = NULL;

    if (!ask) {
        workbench_compose_prompt(workbench);
        return;
    }
    struct decision decision = { .ask = ask->id, .actor = "person", .kind = DECISION_REJECT, .words = text };
    snprintf(decision.digest, sizeof decision.digest, "%s", ask->digest);
    if (workbench->composing == COMPOSING_EDIT) {
        arguments = edited_arguments(ask, text);
        decision.kind = DECISION_EDIT;
        decision.words = NULL;
        decision.arguments = arguments;
    }
    if (session_decide(workbench->session, &decision, &error)) {
        workbench_compose_prompt(workbench);
    } else {
        workbench_tell(workbench, error_message(&error));
        composer_set_text(workbench->composer, text);
    }
    error_clear(&error);
    free(arguments);
}

static void submit_prompt(struct workbench *workbench, const char *text)
{
    workbench->shown = PLACE_CONVERSATION;
    session_submit(workbench->session, text);
}

void workbench_submit(void *data, const char *text)
{
    struct workbench *workbench = data;

    if (workbench->composing == COMPOSING_RULE) {
        workbench_save_rule(workbench, text);
        return;
    }
    if (workbench->composing != COMPOSING_PROMPT) {
        submit_decision(workbench, text);
        return;
    }
    if (workbench->setup.sent)
        workbench->setup.sent(workbench->setup.data, text);
    if (is_command(text))
        workbench_run_line(workbench, text + 1);
    else if (text[0] == '!' && text[1])
        workbench_run(workbench, text + 1);
    else
        submit_prompt(workbench, text);
    conversation_pane_to_end(workbench->conversation);
}
