/* hunks.h - the change of a file of which only some hunks were approved.
 *
 * A decision names the hunks that are kept; the hunks are those of the difference (diff_new_apart: each change is one)
 * between the file that the person saw and what the call would have made of it, so the ask's digest binds both.  The call is then planned again with
 * the file as it is: the same file, or it is asked anew as a whole.  Its new content is made of the kept hunks alone
 * and judged as an edited call is. */
#ifndef SANDGATE_AGENT_HUNKS_H
#define SANDGATE_AGENT_HUNKS_H

#include <stdbool.h>
#include <stddef.h>

struct action;
struct buffer;
struct decision;
struct diff;
struct error;
struct json;
struct pending;

/* The difference that a change of a file makes; caller frees. NULL: ACTION is none. */
struct diff *hunks_of(const struct action *action);

/* Notes what DECISION keeps of the call that waits. False and a sentence when it is no change of a file, when a
 * hunk is named that there is not, or none at all. */
bool hunks_keep(struct pending *pending, const struct decision *decision, struct error *error);
/* The planned action's content is made of the kept hunks alone; nothing when all of it is to be. */
void hunks_apply(struct pending *pending);
/* Forgets the choice: the whole change is meant again. */
void hunks_forget(struct pending *pending);
/* What of ACTION is kept, for the log: the numbers, how many there are, and the change that runs. */
void hunks_record(const struct action *action, const struct decision *decision, struct json *body);
/* Appends, for the model, which hunks were made and which were not; nothing when all were. */
void hunks_account(const struct pending *pending, struct buffer *out);

#endif
