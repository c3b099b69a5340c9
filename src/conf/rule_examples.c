/* rule_examples.c - each example against the rules of its entry.
 *
 * The place is a fixed one, so that a file means the same on every machine: workspace and working directory
 * /workspace, home /root. */
#include "conf/rule_examples.h"

#include "base/texts.h"
#include "conf/problems.h"
#include "conf/yaml.h"
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

static bool matches(const struct rule *rule, const char *example)
{
    const struct policy_request place = { .cwd = "/workspace", .home = "/root", .workspace = "/workspace" };
    return policy_rule_matches(rule, example, &place);
}

static bool any_matches(const struct rule_set *set, size_t first, const char *example)
{
    for (size_t i = first; i < set->count; i++)
        if (matches(set->rules[i], example))
            return true;
    return false;
}

static bool try_example(const struct rule_set *set, size_t first, const struct yaml_value *value, bool wanted,
                        struct problems *problems)
{
    if (any_matches(set, first, value->text) == wanted)
        return true;
    char *shown = problems_quote(value->text);
    problems_add(problems, value->line, value->column,
                 wanted ? "the example %s is not matched by its rule"
                        : "the example %s is matched by its rule",
                 shown);
    free(shown);
    return false;
}

static bool try_examples(const struct rule_set *set, size_t first, const struct yaml_value *value,
                         bool wanted, struct problems *problems)
{
    bool fine = true;
    if (value->kind != YAML_LIST)
        return try_example(set, first, value, wanted, problems);
    for (size_t i = 0; i < value->count; i++)
        fine = try_example(set, first, value->entries[i].value, wanted, problems) && fine;
    return fine;
}

/* An entry of several commands has its examples in common; each rule keeps those that are its own. */
static void keep_own(struct rule *rule)
{
    size_t kept = 0;
    for (size_t i = 0; rule->match && rule->match[i]; i++) {
        if (matches(rule, rule->match[i]))
            rule->match[kept++] = rule->match[i];
        else
            free(rule->match[i]);
    }
    if (rule->match)
        rule->match[kept] = NULL;
    if (kept)
        return;
    texts_free(rule->match);
    rule->match = NULL;
}

bool rule_examples_run(const struct rule_set *set, size_t first, const struct yaml_value *map,
                       struct problems *problems)
{
    bool fine = true;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *member = &map->entries[i];
        bool wanted = strcmp(member->key, "match") == 0;
        if (wanted || strcmp(member->key, "not_match") == 0)
            fine = try_examples(set, first, member->value, wanted, problems) && fine;
    }
    for (size_t i = first; fine && set->count > first + 1 && i < set->count; i++)
        keep_own(set->rules[i]);
    return fine;
}
