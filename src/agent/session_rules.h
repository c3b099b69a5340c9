/* session_rules.h - the rules that judge a session's calls, and those that the person gives while it runs. */
#ifndef SANDGATE_AGENT_SESSION_RULES_H
#define SANDGATE_AGENT_SESSION_RULES_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct past_command;
struct policy_request;
struct policy_verdict;
struct rule_set;
struct session;

/* From now on RULES count in this session, besides those of the configuration.  SAVE: they are added to the person's
 * rule file as well (conf_rule_file) and count in every later session.  Told by a notice with the place. What waits
 * for a decision goes on waiting for it. */
bool session_add_rules(struct session *session, const struct rule_set *rules, bool save, struct error *error);

/* The commands of the log whose verdict RULES would change, judged as this session's sandbox is now: shown to the
 * person before a rule is saved.  EACH as in past_compare (agent/past.h); *TOLD how often it was called. */
bool session_preview_rules(struct session *session, const struct rule_set *rules, size_t *told,
                           bool (*each)(void *data, const struct past_command *command,
                                        const struct policy_verdict *before,
                                        const struct policy_verdict *after),
                           void *data, struct error *error);

/* Why the profile `sandboxed` acts as `careful` in this session, a sentence; NULL: it does not, or is not chosen. */
const char *session_profile_lapsed(const struct session *session);

/* Fills in what every request of the session has: the place, the sandbox's facts, the mode, the rules. */
void session_policy_facts(const struct session *session, struct policy_request *request);

#endif
