/* rule_save.h - rules written back: printed as a rule file has them, and added to the person's. */
#ifndef SANDGATE_CONF_RULE_SAVE_H
#define SANDGATE_CONF_RULE_SAVE_H

#include "policy/rule.h"

#include <stdbool.h>

struct buffer;
struct error;

/* Appends RULE as an entry of a list, its lines INDENT columns further in.  Reading it gives the same rule.  False:
 * a rule that no file can hold (a word with a blank in it). */
bool rule_print(const struct rule *rule, unsigned indent, struct buffer *out, struct error *error);

/* Adds RULES to the end of the rule file PATH, which is made when it is missing; what stands in it stays as it is,
 * comments too.  NOTE (NULL: none) becomes a comment before them.  The whole new text is read first, with the
 * examples, and written at once or not at all.  The rules as they now stand there are added to SAVED (may be NULL). */
bool rules_save(const char *path, const struct rule_set *rules, const char *note, struct rule_set *saved,
                struct error *error);

/* Adds copies of RULES to SET, without file and line. */
bool rules_copy(struct rule_set *set, const struct rule_set *rules, enum rule_scope scope,
                struct error *error);

#endif
