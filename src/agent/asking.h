/* asking.h - what a person may want to know of a call that waits, and the rule that would have answered for it. */
#ifndef SANDGATE_AGENT_ASKING_H
#define SANDGATE_AGENT_ASKING_H

#include <stdbool.h>
#include <stddef.h>

struct ask;
struct buffer;
struct error;
struct rule_set;
struct session;

/* The reader's account of what it does, in plain words; no model is asked.  Then why it is asked, what would be
 * touched as far as is known, all characters in it that are odd, and the files that it may load and the agent wrote. */
void asking_explain(struct session *session, const struct ask *ask, struct buffer *out);
/* The narrowest useful rules that would allow it, as a rule file has them. False: no rule can. */
bool asking_propose(const struct session *session, const struct ask *ask, struct buffer *out,
                    struct error *error);
/* Adds the rules of TEXT to RULES: a rule file, or its list alone. */
bool asking_read_rules(struct rule_set *rules, const char *text, struct error *error);
/* The rules in TEXT count from now on, and what waits is judged anew with them.  KEEP: they are added to the person's
 * rule file; else they count in this session alone, also when it is continued. */
bool asking_save(struct session *session, const char *text, bool keep, struct error *error);

#endif
