/* git_facts.h - is git plain: does no configuration that it reads name a program, and does no hook wait?  Pure.
 *
 * Read from records that end in NUL each, as look.c's script prints them for each folder in turn:
 *   "=folder N", then ORIGIN and "KEY\nVALUE" for each entry of the configuration (git config --list --show-origin
 *   -z), "=config STATUS", "=hook NAME" for each that would run, "=submodules" when there are some, "=done"; and
 *   "=end" behind the last.  An origin never begins with =.  Whatever else comes is a lie or cut off. */
#ifndef SANDGATE_AGENT_GIT_FACTS_H
#define SANDGATE_AGENT_GIT_FACTS_H

#include "policy/policy.h"

struct git_fact {
    enum policy_fact plain;
    char *words; /* why not; NULL: nothing to be said; owned */
};

/* The facts of COUNT folders; false: it makes no sense, and all of them are unknown. The caller releases each. */
bool git_facts_read(const char *bytes, size_t length, struct git_fact *facts, size_t count);
void git_fact_release(struct git_fact *fact);

/* Does a variable of ENVIRONMENT tell git what to do? */
bool git_facts_of_environment(const char *const *environment);

#endif
