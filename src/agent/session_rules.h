/* session_rules.h - the rules that judge a session's calls, and those that the person gives while it runs. */
#ifndef SANDGATE_AGENT_SESSION_RULES_H
#define SANDGATE_AGENT_SESSION_RULES_H

#include <stdbool.h>

struct error;
struct policy_request;
struct rule_set;
struct session;

/* From now on RULES count in this session, besides those of the configuration.  SAVE: they are added to the person's
 * rule file as well (conf_rule_file) and count in every later session.  Told by a notice with the place. What waits
 * for a decision goes on waiting for it. */
bool session_add_rules(struct session *session, const struct rule_set *rules, bool save, struct error *error);

/* Why the profile `sandboxed` acts as `careful` in this session, a sentence; NULL: it does not, or is not chosen. */
const char *session_profile_lapsed(const struct session *session);

/* Fills in what every request of the session has: the place, the sandbox's facts, the mode, the rules. */
void session_policy_facts(const struct session *session, struct policy_request *request);

#endif
