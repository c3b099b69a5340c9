/* generate.h - bash scripts by chance, from a seed: every quoting form, expansions, lists, compound commands. */
#ifndef SANDGATE_TESTS_POLICY_GENERATE_H
#define SANDGATE_TESTS_POLICY_GENERATE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct generator {
    uint64_t state;
    unsigned number; /* of the last command; each has "@N" as its first argument */
    bool all_run;    /* each command of the last script is executed at least once */
};

unsigned generator_pick(struct generator *generator, unsigned count);
/* Appends a script, commands numbered from 1. */
void generate_script(struct generator *generator, struct buffer *out);
/* Changes a few bytes, as a mistake or an attack might. */
void generate_change(struct generator *generator, struct buffer *script);

#endif
