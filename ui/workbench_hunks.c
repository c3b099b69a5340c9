/* workbench_hunks.c - the commands that choose among the hunks of a file's change, and the decision by what was
 * chosen.
 *
 * A hunk that was not in sight is made only with all the others: as soon as one is left out, the person chooses, and
 * each that is taken must have been seen. */
#include "ui/workbench_private.h"

#include "agent/session.h"
#include "base/error.h"
#include "base/memory.h"
#include "ui/card.h"
#include "ui/commands.h"
#include "ui/hunk_view.h"

#include <stdio.h>
#include <stdlib.h>

bool workbench_only_chooses(const struct command *command)
{
    return command->run == workbench_hunk || command->run == workbench_next_hunk ||
           command->run == workbench_previous_hunk || command->run == workbench_all_hunks ||
           command->run == workbench_divide_hunk;
}

const struct command *workbench_card_command(const struct workbench *workbench, const struct key *key)
{
    const struct command *command = command_for_key(PLACE_OF_CARD, key);

    return command && workbench_only_chooses(command) && !card_hunks(workbench->card) ? NULL : command;
}

/* NULL, and says so, when there is nothing to choose from. */
static struct hunk_view *hunks(struct workbench *workbench)
{
    struct hunk_view *view = card_hunks(workbench->card);

    if (!view)
        workbench_tell(workbench, "Nothing waits that has several changes to choose from.");
    return view;
}

static void changed(struct workbench *workbench)
{
    card_hunks_changed(workbench->card);
    workbench_stale(workbench);
}

void workbench_hunk(struct workbench *workbench, const char *argument)
{
    struct hunk_view *view = hunks(workbench);

    (void)argument;
    if (!view)
        return;
    hunk_view_toggle(view);
    changed(workbench);
}

void workbench_all_hunks(struct workbench *workbench, const char *argument)
{
    struct hunk_view *view = hunks(workbench);

    (void)argument;
    if (!view)
        return;
    hunk_view_toggle_all(view);
    changed(workbench);
}

void workbench_divide_hunk(struct workbench *workbench, const char *argument)
{
    struct hunk_view *view = hunks(workbench);

    (void)argument;
    if (!view)
        return;
    hunk_view_divide(view);
    changed(workbench);
}

static void move(struct workbench *workbench, long by)
{
    if (!hunks(workbench))
        return;
    card_move_hunk(workbench->card, by);
    workbench_stale(workbench);
}

void workbench_next_hunk(struct workbench *workbench, const char *argument)
{
    (void)argument;
    move(workbench, 1);
}

void workbench_previous_hunk(struct workbench *workbench, const char *argument)
{
    (void)argument;
    move(workbench, -1);
}

/* --- decided --- */

static void run_taken(struct workbench *workbench, const struct hunk_view *view)
{
    const struct ask *ask = card_ask(workbench->card);
    struct error error = ERROR_INIT;
    size_t *numbers = xcalloc(hunk_view_changes(view), sizeof *numbers);
    struct decision decision = { .ask = ask->id, .kind = DECISION_EDIT, .actor = "person", .hunks = numbers };

    for (size_t i = 0; i < hunk_view_changes(view); i++)
        if (hunk_view_takes(view, i))
            numbers[decision.hunk_count++] = i + 1;
    snprintf(decision.digest, sizeof decision.digest, "%s", ask->digest);
    workbench_report(workbench, session_decide(workbench->session, &decision, &error), &error);
    free(numbers);
}

bool workbench_decide_hunks(struct workbench *workbench)
{
    const struct hunk_view *view = card_hunks(workbench->card);
    char text[128];

    if (!view || hunk_view_is_whole(view))
        return false;
    size_t unseen = hunk_view_unseen(view);
    if (hunk_view_taken(view) == 0) {
        workbench_tell(workbench, "No hunk is taken: n rejects the change, * takes all hunks.");
    } else if (unseen > 0) {
        snprintf(text, sizeof text,
                 "Hunk %zu is taken and was not in sight whole: look at it, or * takes all.", unseen);
        workbench_tell(workbench, text);
    } else {
        run_taken(workbench, view);
    }
    return true;
}

bool workbench_hunks_left(struct workbench *workbench)
{
    const struct hunk_view *view = card_hunks(workbench->card);
    bool left = view && !hunk_view_is_whole(view);

    if (left)
        workbench_tell(workbench, "Some hunks are left out: y makes the others, * takes all again.");
    return left;
}
