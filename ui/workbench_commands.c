/* workbench_commands.c - what the rows of the command table do; each a few lines on the session or the screen. */
#include "ui/workbench_private.h"

#include "agent/session.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "matter/call.h"
#include "ui/call_pane.h"
#include "ui/card.h"
#include "ui/commands.h"
#include "ui/composer.h"
#include "ui/conversation_pane.h"
#include "ui/external_editor.h"
#include "ui/key.h"
#include "ui/paint.h"
#include "ui/pull_pane.h"
#include "ui/style.h"
#include "ui/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void workbench_report(struct workbench *workbench, bool fine, struct error *error)
{
    if (!fine)
        workbench_tell(workbench, error_message(error));
    error_clear(error);
}

void workbench_run_line(struct workbench *workbench, const char *line)
{
    size_t length = strcspn(line, " ");
    const struct command *command = command_find(line, length);
    const char *argument = line + length + strspn(line + length, " ");

    if (!command || command->run != workbench_quit)
        workbench->quit_asked = false;
    if (command) {
        command->run(workbench, argument);
        return;
    }
    char *text = xasprintf("\":%.*s\" is not a command; ? shows all.", (int)length, line);
    workbench_tell(workbench, text);
    free(text);
}

/* --- the screen --- */

void workbench_help(struct workbench *workbench, const char *argument)
{
    struct buffer text = BUFFER_INIT;

    (void)argument;
    commands_help(&text);
    workbench_open_viewer(workbench, "keys and commands", NULL, text.data, text.length);
    buffer_release(&text);
}

void workbench_conversation(struct workbench *workbench, const char *argument)
{
    (void)argument;
    workbench_focus(workbench, PLACE_CONVERSATION);
}

void workbench_call(struct workbench *workbench, const char *argument)
{
    if (*argument) {
        call_pane_show(workbench->call, atoll(argument));
        conversation_pane_select(workbench->conversation, atoll(argument));
    }
    workbench->hide_right = false;
    workbench_focus(workbench, PLACE_CALL);
}

void workbench_files(struct workbench *workbench, const char *argument)
{
    (void)argument;
    workbench->hide_right = false;
    workbench_focus(workbench, PLACE_FILES);
}

void workbench_composer(struct workbench *workbench, const char *argument)
{
    (void)argument;
    if (workbench->shown != PLACE_CONVERSATION)
        workbench->shown = PLACE_CONVERSATION;
    workbench_focus(workbench, PLACE_COMPOSER);
}

static void cycle(struct workbench *workbench, int step)
{
    static const enum place order[] = { PLACE_COMPOSER, PLACE_CONVERSATION, PLACE_CALL, PLACE_FILES };
    size_t at = 0;

    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        if (order[i] == workbench->focus)
            at = i;
    enum place next = order[(at + ARRAY_SIZE(order) + (size_t)step) % ARRAY_SIZE(order)];
    if (next == PLACE_COMPOSER)
        workbench_composer(workbench, "");
    else
        workbench_focus(workbench, next);
}

void workbench_next(struct workbench *workbench, const char *argument)
{
    (void)argument;
    cycle(workbench, 1);
}

void workbench_previous(struct workbench *workbench, const char *argument)
{
    (void)argument;
    cycle(workbench, -1);
}

/* The conversation, or the call where a narrow screen shows that instead. */
static void scroll(struct workbench *workbench, enum named_key named)
{
    struct key key = { .kind = INPUT_NAMED, .code = named };

    if (workbench->places.rect[PLACE_CONVERSATION].rows == 0 && workbench->places.rect[PLACE_CALL].rows > 0)
        call_pane_key(workbench->call, &key);
    else
        conversation_pane_key(workbench->conversation, &key);
}

void workbench_up(struct workbench *workbench, const char *argument)
{
    (void)argument;
    scroll(workbench, NAMED_PAGE_UP);
}

void workbench_down(struct workbench *workbench, const char *argument)
{
    (void)argument;
    scroll(workbench, NAMED_PAGE_DOWN);
}

void workbench_reasoning(struct workbench *workbench, const char *argument)
{
    (void)argument;
    conversation_pane_toggle_reasoning(workbench->conversation);
}

void workbench_hide(struct workbench *workbench, const char *argument)
{
    (void)argument;
    workbench->hide_right = !workbench->hide_right;
    if (workbench->focus == PLACE_CALL || workbench->focus == PLACE_FILES)
        workbench_composer(workbench, "");
}

void workbench_theme(struct workbench *workbench, const char *argument)
{
    struct error error = ERROR_INIT;
    bool fine = styles_load(workbench->styles, *argument ? argument : "dark", &error);

    if (fine)
        styles_map(workbench->styles, term_depth(workbench->term));
    paint_all(workbench->paint);
    workbench_report(workbench, fine, &error);
}

/* The index of the last block of the answer before END; SIZE_MAX: there is none. */
static size_t text_before(const struct conversation *conversation, size_t end)
{
    while (end > 0 && conversation_block(conversation, end - 1)->kind != BLOCK_TEXT)
        end--;
    return end - 1;
}

void workbench_copy(struct workbench *workbench, const char *argument)
{
    const struct conversation *conversation = session_conversation(workbench->session);
    size_t last = text_before(conversation, conversation_count(conversation)), first = last;

    (void)argument;
    if (last == SIZE_MAX) {
        workbench_tell(workbench, "There is no answer yet.");
        return;
    }
    while (first > 0 && conversation_block(conversation, first - 1)->kind == BLOCK_TEXT &&
           conversation_block(conversation, first - 1)->step == conversation_block(conversation, last)->step)
        first--; /* a long one is in several blocks */
    struct buffer text = BUFFER_INIT;
    for (size_t i = first; i <= last; i++)
        buffer_append(&text, conversation_block(conversation, i)->text.data,
                      conversation_block(conversation, i)->text.length);
    bool copied = term_copy(workbench->term, text.data, text.length);
    workbench_tell(workbench, copied ? "The last answer was sent to the clipboard (OSC 52)."
                                     : "The last answer is too long for the clipboard (100 KB).");
    buffer_release(&text);
}

void workbench_redraw(struct workbench *workbench, const char *argument)
{
    (void)argument;
    paint_all(workbench->paint);
}

void workbench_suspend(struct workbench *workbench, const char *argument)
{
    (void)argument;
    term_suspend(workbench->term);
}

/* What `:quit WORD` does with the sandbox; "!" ends whatever runs. */
static const struct quit_word {
    const char *word;
    enum session_quit how;
} quit_words[] = {
    { "", QUIT_AS_CONFIGURED },    { "!", QUIT_AS_CONFIGURED },     { "keep", QUIT_KEEP },
    { "snapshot", QUIT_SNAPSHOT }, { "terminate", QUIT_TERMINATE },
};

static const struct quit_word *find_quit(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(quit_words); i++)
        if (strcmp(quit_words[i].word, word) == 0)
            return &quit_words[i];
    return NULL;
}

void workbench_quit(struct workbench *workbench, const char *argument)
{
    const struct quit_word *quit = find_quit(argument);
    struct session_life life;

    if (!quit) {
        workbench_tell(workbench, ":quit takes keep, snapshot, terminate, or ! to end what runs.");
        return;
    }
    if (session_is_busy(workbench->session) && !workbench->quit_asked && !*argument) {
        workbench->quit_asked = true;
        workbench_tell(workbench,
                       "Something runs or waits: quit again to end it; the session can be resumed.");
        return;
    }
    workbench->setup.ended(workbench->setup.data, quit->how);
    session_life(workbench->session, &life);
    workbench_tell(workbench, life.snapshotting
                                  ? "Taking a snapshot, then ending the sandbox; quit again not to wait."
                                  : "Leaving the sandbox; quit again not to wait.");
}

/* --- the session --- */

void workbench_stop(struct workbench *workbench, const char *argument)
{
    if (session_state(workbench->session) == SESSION_STARTING)
        session_cancel_start(workbench->session);
    else if (session_is_busy(workbench->session))
        session_stop(workbench->session);
    else
        workbench_composer(workbench, argument);
}

void workbench_unqueue(struct workbench *workbench, const char *argument)
{
    size_t count = session_queue_count(workbench->session);

    (void)argument;
    if (count == 0) {
        workbench_tell(workbench, "Nothing is queued.");
        return;
    }
    if (!composer_is_empty(workbench->composer)) {
        workbench_tell(workbench, "The composer is not empty; send or clear it first.");
        return;
    }
    char *text = session_queue_take(workbench->session, count - 1);
    composer_set_text(workbench->composer, text);
    workbench_focus(workbench, PLACE_COMPOSER);
    free(text);
}

void workbench_mode(struct workbench *workbench, const char *argument)
{
    struct error error = ERROR_INIT;
    enum policy_mode mode;

    if (!policy_mode_from_name(argument, &mode) || mode == POLICY_RULES) {
        workbench_tell(workbench, ":mode takes careful, sandboxed, locked or auto.");
        return;
    }
    workbench_report(workbench, session_set_mode(workbench->session, mode, NULL, &error), &error);
}

static void editor_ended(void *data, const char *text, const char *failed)
{
    struct workbench *workbench = data;

    workbench->editor = NULL;
    term_enter(workbench->term);
    if (text)
        composer_set_text(workbench->composer, text);
    if (failed)
        workbench_tell(workbench, failed);
    workbench_focus(workbench, PLACE_COMPOSER);
    paint_all(workbench->paint);
}

void workbench_editor(struct workbench *workbench, const char *argument)
{
    const char *suffix = workbench->composing == COMPOSING_EDIT ? ".sh" : ".md";
    struct error error = ERROR_INIT;

    (void)argument;
    term_leave(workbench->term);
    workbench->editor = external_editor_start(workbench->setup.loop, composer_text(workbench->composer),
                                              suffix, editor_ended, workbench, &error);
    if (!workbench->editor)
        term_enter(workbench->term);
    workbench_report(workbench, workbench->editor != NULL, &error);
}

static void pull_changed(void *data)
{
    workbench_stale(data);
}

static void pull_tells(void *data, const char *sentence)
{
    workbench_tell(data, sentence);
}

void workbench_pull(struct workbench *workbench, const char *argument)
{
    struct pull_calls calls = { pull_changed, pull_tells, workbench };
    struct error error = ERROR_INIT;

    (void)argument;
    pull_pane_free(workbench->pull);
    workbench->pull = pull_pane_new(workbench->session, &calls, &error);
    if (workbench->pull)
        card_focus(workbench->card, false); /* F2 goes back to it */
    workbench_report(workbench, workbench->pull != NULL, &error);
    workbench_stale(workbench);
}

void workbench_snapshot(struct workbench *workbench, const char *argument)
{
    struct error error = ERROR_INIT;

    (void)argument;
    workbench_report(workbench, session_snapshot(workbench->session, &error), &error);
}

void workbench_restart(struct workbench *workbench, const char *argument)
{
    struct error error = ERROR_INIT;

    (void)argument;
    workbench_report(workbench, session_restart(workbench->session, &error), &error);
}

void workbench_retry(struct workbench *workbench, const char *argument)
{
    struct error error = ERROR_INIT;

    (void)argument;
    workbench_report(workbench, session_retry(workbench->session, &error), &error);
}

void workbench_continue(struct workbench *workbench, const char *argument)
{
    struct error error = ERROR_INIT;

    (void)argument;
    workbench_report(workbench, session_continue(workbench->session, &error), &error);
}

static void run_own(struct workbench *workbench, const char *script, bool confirmed)
{
    struct error error = ERROR_INIT;

    if (session_run_own(workbench->session, script, confirmed, &error)) {
        call_pane_show(workbench->call, 0);
        if (workbench->places.size == SCREEN_NARROW)
            workbench->shown = PLACE_CALL; /* its output is what the person wants to see */
        return;
    }
    if (!confirmed && session_sandbox(workbench->session))
        error_prefix(&error, "Not run; `:run! COMMAND` runs it all the same");
    workbench_report(workbench, false, &error);
}

void workbench_run(struct workbench *workbench, const char *argument)
{
    run_own(workbench, argument, false);
}

void workbench_run_confirmed(struct workbench *workbench, const char *argument)
{
    run_own(workbench, argument, true);
}

void workbench_cancel(struct workbench *workbench, const char *argument)
{
    const struct conversation *conversation = session_conversation(workbench->session);
    int64_t number = *argument ? atoll(argument) : conversation_pane_selected(workbench->conversation);

    if (!number)
        number = (int64_t)conversation_call_count(conversation);
    const struct call *call = conversation_call(conversation, number);
    if (!call || call->state != CALL_RUNNING)
        workbench_tell(workbench, "That call does not run.");
    else
        session_cancel_call(workbench->session, number);
}
