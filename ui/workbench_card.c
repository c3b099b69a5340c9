/* workbench_card.c - the commands of the approval card: each makes a decision of what is shown, or borrows the
 * composer to make one. */
#include "ui/workbench_private.h"

#include "agent/asking.h"
#include "agent/preview.h"
#include "agent/session.h"
#include "agent/tools.h"
#include "agent/trial.h"
#include "agent/written_files.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "ui/card.h"
#include "ui/composer.h"
#include "ui/trial_pane.h"
#include "ui/viewer.h"
#include "ui/written_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void workbench_card(struct workbench *workbench, const char *argument)
{
    (void)argument;
    if (!card_ask(workbench->card)) {
        workbench_tell(workbench, "Nothing waits for a decision.");
        return;
    }
    workbench->card_invited = true;
    workbench->ask_left = 0;
    card_focus(workbench->card, true);
    workbench_stale(workbench);
}

static const struct ask *find_ask(const struct session *session, int64_t id)
{
    for (size_t i = 0; i < session_ask_count(session); i++)
        if (session_ask(session, i)->id == id)
            return session_ask(session, i);
    return NULL;
}

static bool decide_one(struct workbench *workbench, const struct ask *ask, enum decision_kind kind,
                       const char *words)
{
    struct error error = ERROR_INIT;
    struct decision decision = { .ask = ask->id, .kind = kind, .words = words, .actor = "person" };

    snprintf(decision.digest, sizeof decision.digest, "%s", ask->digest);
    bool decided = session_decide(workbench->session, &decision, &error);
    workbench_report(workbench, decided, &error);
    return decided;
}

/* The ask that is shown, or all of its group when that was seen whole. */
static void decide(struct workbench *workbench, enum decision_kind kind, const char *words)
{
    int64_t ids[CARD_GROUP_MAX];
    size_t count = card_decided(workbench->card, ids);

    if (count == 0) {
        workbench_tell(workbench, "Nothing waits for a decision.");
        return;
    }
    if (!card_was_seen_whole(workbench->card)) {
        workbench_tell(workbench,
                       "Scroll through it first: one key decides a group only when it was seen whole.");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct ask *ask = find_ask(workbench->session, ids[i]);
        if (ask && !decide_one(workbench, ask, kind, words))
            return;
    }
}

void workbench_group(struct workbench *workbench, const char *argument)
{
    (void)argument;
    card_toggle_group(workbench->card);
    workbench_stale(workbench);
}

void workbench_approve(struct workbench *workbench, const char *argument)
{
    (void)argument;
    if (!workbench_decide_hunks(workbench))
        decide(workbench, DECISION_RUN, NULL);
}

void workbench_reject(struct workbench *workbench, const char *argument)
{
    decide(workbench, DECISION_REJECT, argument);
}

void workbench_allow(struct workbench *workbench, const char *argument)
{
    (void)argument;
    if (!workbench_hunks_left(workbench))
        decide(workbench, DECISION_ALLOW_SESSION, NULL);
}

void workbench_end_agent(struct workbench *workbench, const char *argument)
{
    (void)argument;
    decide(workbench, DECISION_STOP, NULL);
}

/* The composer is borrowed for an edit or for words; what stood there comes back after. */
static void compose(struct workbench *workbench, enum composing composing, const struct ask *ask,
                    const char *text)
{
    free(workbench->kept);
    workbench->kept = xstrdup(composer_text(workbench->composer));
    workbench->composing = composing;
    workbench->composing_ask = ask->id;
    composer_set_text(workbench->composer, text);
    workbench_focus(workbench, PLACE_COMPOSER);
}

void workbench_edit(struct workbench *workbench, const char *argument)
{
    const struct ask *ask = card_ask(workbench->card);
    const struct tool *tool = ask ? tool_find(ask->action->tool) : NULL;

    (void)argument;
    if (!tool || !tool->code_member) {
        workbench_tell(workbench, "There is nothing here that can be edited.");
        return;
    }
    compose(workbench, COMPOSING_EDIT, ask, json_get_text(ask->action->arguments, tool->code_member));
}

void workbench_reject_with_words(struct workbench *workbench, const char *argument)
{
    const struct ask *ask = card_ask(workbench->card);

    (void)argument;
    if (ask)
        compose(workbench, COMPOSING_WORDS, ask, "");
}

void workbench_sandboxed(struct workbench *workbench, const char *argument)
{
    (void)argument;
    workbench_mode(workbench, "sandboxed");
}

/* --- explained, and answered for good by a rule --- */

void workbench_account(struct workbench *workbench, const char *argument)
{
    const struct ask *ask = card_ask(workbench->card);
    struct buffer text = BUFFER_INIT;

    (void)argument;
    if (!ask)
        return;
    asking_explain(workbench->session, ask, &text);
    workbench_open_viewer(workbench, "what it does, as far as it can be read", NULL, text.data, text.length);
    viewer_mark_odd(workbench->viewer);
    buffer_release(&text);
}

static void written_read(void *data, const char *text, size_t length)
{
    struct workbench *workbench = data;

    workbench->written = NULL;
    workbench_open_viewer(workbench, "written by the agent", NULL, text, length);
    viewer_mark_odd(workbench->viewer);
}

void workbench_written(struct workbench *workbench, const char *argument)
{
    const struct written_files *files = card_written(workbench->card);

    (void)argument;
    if (!files || files->count == 0) {
        workbench_tell(workbench, "The agent wrote no file that this may load since you last approved code.");
        return;
    }
    written_view_free(workbench->written);
    workbench->written = written_view_start(workbench->session, files, written_read, workbench);
    if (!workbench->written)
        workbench_tell(workbench, "The sandbox is not ready.");
}

void workbench_rule(struct workbench *workbench, const char *argument)
{
    const struct ask *ask = card_ask(workbench->card);
    struct buffer text = BUFFER_INIT;
    struct error error = ERROR_INIT;

    (void)argument;
    if (ask && asking_propose(workbench->session, ask, &text, &error))
        compose(workbench, COMPOSING_RULE, ask, text.data);
    workbench_report(workbench, error.message == NULL, &error);
    buffer_release(&text);
}

static void save_rule(struct workbench *workbench)
{
    struct error error = ERROR_INIT;

    bool saved =
        asking_save(workbench->session, workbench->previewed, workbench->rule_wish == RULE_KEEP, &error);
    if (saved && workbench->composing == COMPOSING_RULE) /* unless the news of it did that */
        workbench_compose_prompt(workbench);
    workbench_report(workbench, error.message == NULL, &error);
}

/* It was only to be seen, or it loosens: then it is saved when the person wishes it once more. */
static void previewed(void *data, const struct preview_result *result)
{
    struct workbench *workbench = data;
    bool saves = workbench->rule_wish != RULE_SHOW;

    workbench->preview = NULL;
    workbench_tell(workbench, result->failed);
    if (result->failed || strcmp(composer_text(workbench->composer), workbench->previewed) != 0)
        return;
    if (saves && result->allowed == 0)
        save_rule(workbench);
    else
        workbench_open_viewer(workbench,
                              saves ? "it would have allowed this; Esc, then the same key saves it"
                                    : "past commands with this rule",
                              NULL, result->text, strlen(result->text));
}

/* A rule that loosens shows first what it would have allowed. */
static void wish_rule(struct workbench *workbench, const char *text, enum rule_wish wish)
{
    struct error error = ERROR_INIT;
    char *rule = xstrdup(text);
    bool seen = workbench->previewed && !workbench->preview && strcmp(workbench->previewed, rule) == 0;

    workbench_forget_preview(workbench);
    workbench->previewed = rule;
    workbench->rule_wish = wish;
    composer_set_text(workbench->composer, rule); /* Enter had emptied it */
    if (seen && wish != RULE_SHOW) {
        save_rule(workbench);
        return;
    }
    workbench->preview = preview_start(workbench->session, rule, previewed, workbench, &error);
    if (workbench->preview)
        workbench_tell(workbench, "The log is being read for what it would have allowed.");
    else
        workbench_forget_preview(workbench);
    workbench_report(workbench, error.message == NULL, &error);
}

void workbench_forget_preview(struct workbench *workbench)
{
    preview_cancel(workbench->preview);
    workbench->preview = NULL;
    free(workbench->previewed);
    workbench->previewed = NULL;
}

void workbench_preview(struct workbench *workbench, const char *argument)
{
    (void)argument;
    if (workbench->composing == COMPOSING_RULE)
        wish_rule(workbench, composer_text(workbench->composer), RULE_SHOW);
}

void workbench_save_rule(struct workbench *workbench, const char *text)
{
    wish_rule(workbench, text, RULE_KEEP);
}

void workbench_session_rule(struct workbench *workbench, const char *argument)
{
    (void)argument;
    if (workbench->composing == COMPOSING_RULE)
        wish_rule(workbench, composer_text(workbench->composer), RULE_FOR_SESSION);
}

/* --- tried in a fork --- */

static void trial_changed(void *data)
{
    struct workbench *workbench = data;

    if (workbench->trial)
        trial_pane_changed(workbench->trial);
    workbench_stale(workbench);
}

void workbench_try(struct workbench *workbench, const char *argument)
{
    const struct ask *ask = card_ask(workbench->card);
    struct error error = ERROR_INIT;

    (void)argument;
    if (trial_start(workbench->session, ask ? ask->id : 0, trial_changed, workbench, &error)) {
        trial_pane_free(workbench->trial);
        workbench->trial = trial_pane_new(workbench->session);
    }
    workbench_report(workbench, error.message == NULL, &error);
    workbench_stale(workbench);
}

void workbench_decide_trial(struct workbench *workbench, enum trial_wish wish)
{
    struct error error = ERROR_INIT;

    workbench_stale(workbench);
    if (wish == TRIAL_WISH_NONE)
        return;
    if (wish == TRIAL_WISH_KEEP && !trial_keep(workbench->session, &error)) {
        workbench_report(workbench, false, &error);
        return;
    }
    if (wish == TRIAL_WISH_DISCARD)
        trial_discard(workbench->session);
    trial_pane_free(workbench->trial);
    workbench->trial = NULL;
}
