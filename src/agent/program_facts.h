/* program_facts.h - what is known about the programs that a sandbox's commands find: facts for the policy. */
#ifndef SANDGATE_AGENT_PROGRAM_FACTS_H
#define SANDGATE_AGENT_PROGRAM_FACTS_H

#include "policy/policy.h"

struct sandbox_facts;

/* Does each folder of PATH in ENVIRONMENT belong to the image, where no command of this sandbox can write? */
enum policy_fact program_facts_of_image(const struct sandbox_facts *facts, const char *const *environment);

#endif
