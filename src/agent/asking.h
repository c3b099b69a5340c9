/* asking.h - what a person may want to know of a call that waits, and the rule that would have answered for it. */
#ifndef SANDGATE_AGENT_ASKING_H
#define SANDGATE_AGENT_ASKING_H

#include <stdbool.h>
#include <stddef.h>

struct ask;
struct buffer;
struct error;
struct session;

/* The reader's account of what it does, in plain words; no model is asked.  Then why it is asked, and what would be
 * touched as far as is known. */
void asking_explain(const struct session *session, const struct ask *ask, struct buffer *out);
/* The narrowest useful rules that would allow it, as a rule file has them. False: no rule can. */
bool asking_propose(const struct session *session, const struct ask *ask, struct buffer *out,
                    struct error *error);
/* Which past commands of the log the rules in TEXT would have allowed, asked or denied instead, a line each. */
bool asking_preview(struct session *session, const char *text, struct buffer *out, struct error *error);
/* Saves the rules in TEXT to the person's rule file; what waits is judged anew with them. */
bool asking_save(struct session *session, const char *text, struct error *error);

#endif
