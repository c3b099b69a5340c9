/* workbench_letter.c - a letter on the card: a decision, or the beginning of what the person writes?
 *
 * A letter decides when it stands alone: no key came before it for approval.key_guard, and none that belongs to a text
 * follows for as long.  Until that is known it waits, and stands out on the card; Escape takes it back.  When more is
 * typed it was the beginning of a word: it goes to the composer with all that follow, so that no word decides by any of
 * its letters and none of them is lost.  A letter that is no key of the card goes there at once, and so does one that
 * came too early for a card which took the focus by itself.  A person who went to the card on purpose and is only too
 * fast keeps it: such a letter, when it stays alone, is dropped; and there one that only chooses what a decision will
 * be about need not wait.
 * The pane of a trial, which takes all letters, decides by the same rule.
 *
 * Input that has come is always read before a timer fires (loop/loop.h): a slow machine decides nothing more. */
#include "ui/workbench_private.h"

#include "agent/session.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "ui/card.h"
#include "ui/commands.h"
#include "ui/composer.h"
#include "ui/key.h"
#include "ui/trial_pane.h"

void workbench_drop_letter(struct workbench *workbench)
{
    loop_timer_cancel(workbench->letter_timer);
    workbench->letter_timer = NULL;
    if (workbench->card)
        card_show_letter(workbench->card, 0);
    workbench_stale(workbench);
}

/* It was the beginning of a text: all of it goes to the composer. */
static void give_up(struct workbench *workbench)
{
    bool waited = workbench->letter_timer != NULL;

    workbench_drop_letter(workbench);
    card_focus(workbench->card, false);
    if (waited)
        composer_key(workbench->composer, &workbench->letter);
}

static void decide(struct workbench *workbench, const struct key *letter)
{
    workbench->card_invited = true;
    workbench_card_command(workbench, letter)->run(workbench, "");
}

/* It stayed alone. */
static void letter_is_alone(void *data)
{
    struct workbench *workbench = data;
    const struct ask *ask = card_ask(workbench->card);
    bool shown = ask && ask->id == workbench->letter_ask && card_has_focus(workbench->card);

    workbench->letter_timer = NULL;
    workbench_drop_letter(workbench);
    if (workbench->letter_wish != TRIAL_WISH_NONE)
        workbench_decide_trial(workbench, workbench->letter_wish);
    else if (shown)
        decide(workbench, &workbench->letter);
    workbench_watch_card(workbench);
}

/* A key of the card: false when it came too early for a card that nobody went to. */
static bool take_letter(struct workbench *workbench, const struct key *key)
{
    int64_t guard = conf_integer(workbench->setup.conf, "approval.key_guard");
    bool accepted = card_accepts(workbench->card);

    if (!accepted && !workbench->card_invited)
        return false;
    bool harmless =
        accepted && workbench->card_invited && workbench_only_chooses(workbench_card_command(workbench, key));
    if (guard == 0 || harmless) {
        decide(workbench, key);
        return true;
    }
    workbench->letter = *key;
    workbench->letter_wish = TRIAL_WISH_NONE;
    workbench->letter_ask = accepted ? card_ask(workbench->card)->id : 0;
    workbench->letter_timer = loop_timer_add(workbench->setup.loop, guard, letter_is_alone, workbench);
    card_show_letter(workbench->card, accepted ? key->code : 0);
    return true;
}

static bool takes_other_key(struct workbench *workbench, const struct key *key)
{
    bool waited = workbench->letter_timer != NULL;

    if (key_is(key, NAMED_ENTER, 0))
        return true;
    workbench_drop_letter(workbench);
    if (waited && key_is(key, NAMED_ESCAPE, 0))
        return true;
    const struct command *command = workbench_card_command(workbench, key);
    if (command)
        command->run(workbench, "");
    return command || card_key(workbench->card, key);
}

bool workbench_card_takes(struct workbench *workbench, const struct key *key)
{
    if (!card_has_focus(workbench->card) || workbench_covers_card(workbench)) {
        workbench_drop_letter(workbench);
        return false;
    }
    if (!key_is_text(key) && key->kind != INPUT_PASTE)
        return takes_other_key(workbench, key);
    if (!workbench->letter_timer && workbench_card_command(workbench, key) && take_letter(workbench, key))
        return true;
    give_up(workbench);
    return false;
}

bool workbench_trial_takes(struct workbench *workbench, const struct key *key)
{
    int64_t guard = conf_integer(workbench->setup.conf, "approval.key_guard");
    enum trial_wish wish;

    if (!workbench->trial)
        return false;
    workbench_drop_letter(workbench);
    if (!trial_pane_key(workbench->trial, key, &wish))
        return false;
    if (guard == 0) {
        workbench_decide_trial(workbench, wish);
    } else if (wish != TRIAL_WISH_NONE && workbench->quiet >= guard) {
        workbench->letter_wish = wish;
        workbench->letter_timer = loop_timer_add(workbench->setup.loop, guard, letter_is_alone, workbench);
    }
    return true;
}
