/* rules.h - rules of the policy as a person writes them, read into the policy's own structs.
 *
 * A list of rules stands below `policy.rules` of the person's and of a project's configuration, and below
 * `rules` of a rule file.  sandgate-policy(7) describes the language; the tables of rules.c are it. */
#ifndef SANDGATE_CONF_RULES_H
#define SANDGATE_CONF_RULES_H

#include "policy/rule.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct problems;
struct yaml_value;

/* Adds what LIST says to SET and tries the examples.  FILE is the rules' file; problems are told with the source
 * that PROBLEMS has.  False: something was told, and SET is not to be used. */
bool rules_read(struct rule_set *set, const struct yaml_value *list, enum rule_scope scope, const char *file,
                struct problems *problems);

/* The same for a whole rule file. */
bool rules_read_file(struct rule_set *set, const char *path, enum rule_scope scope,
                     struct problems *problems);
/* The same for the text of one; PATH is what it is called. */
bool rules_read_text(struct rule_set *set, const char *text, size_t length, const char *path,
                     enum rule_scope scope, struct problems *problems);

/* A rule file alone, all problems as one error, a line each. */
bool rules_load(struct rule_set *set, const char *path, enum rule_scope scope, struct error *error);

/* A row of the rule language, for the manual. */
struct rule_word {
    const char *name;
    const char *where; /* what it stands with: "allow, ask or deny", "a command", ... */
    const char *help;  /* a sentence */
};
/* Row INDEX, 0 first, in the manual's order; false: there are no more. */
bool rules_word(size_t index, struct rule_word *word);

#endif
