/* rule_examples.h - the examples of rules, tried when their file is read. */
#ifndef SANDGATE_CONF_RULE_EXAMPLES_H
#define SANDGATE_CONF_RULE_EXAMPLES_H

#include <stdbool.h>
#include <stddef.h>

struct problems;
struct rule_set;
struct yaml_value;

/* The rules of SET from FIRST on are one entry of a file, MAP: each example of `match` must be matched by one of
 * them, none of `not_match` by any.  False: told to PROBLEMS, each example with its line. */
bool rule_examples_run(const struct rule_set *set, size_t first, const struct yaml_value *map,
                       struct problems *problems);

#endif
