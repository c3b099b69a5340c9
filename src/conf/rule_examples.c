/* rule_examples.c - an example is judged like a call of the agent, with one rule and the floor in force.
 *
 * The place is a fixed one, so that a file means the same on every machine: workspace and working directory
 * /workspace, home /root, programs of the image.  An example that must be denied may be denied by the floor. */
#include "conf/rule_examples.h"

#include "base/json.h"
#include "base/memory.h"
#include "conf/problems.h"
#include "conf/yaml.h"
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

static void fill_place(struct policy_request *request, const struct rule_set *const *sets)
{
    *request = (struct policy_request){ .cwd = "/workspace",
                                        .home = "/root",
                                        .workspace = "/workspace",
                                        .programs_of_image = FACT_YES,
                                        .git_is_plain = FACT_YES,
                                        .mode = POLICY_RULES,
                                        .rules = sets,
                                        .rule_set_count = 1 };
}

/* "NAME {json}": a call of a tool. The caller frees both. */
static void fill_tool(struct policy_request *request, const char *example, char **name,
                      struct json **arguments)
{
    size_t length = strcspn(example, " \t");
    const char *text = example + length + strspn(example + length, " \t");
    *name = xstrndup(example, length);
    *arguments = json_parse(*text ? text : "{}", *text ? strlen(text) : 2, NULL);
    request->tool = *name;
    request->arguments = *arguments;
}

static bool decides(const struct rule *rule, const struct policy_request *request)
{
    struct policy_verdict verdict;
    char *where = rule_where(rule);
    policy_judge(request, &verdict);
    bool own = verdict.rule && strcmp(verdict.rule, where) == 0;
    bool same = verdict.verdict == rule->verdict && (own || rule->verdict == VERDICT_DENY);
    policy_verdict_release(&verdict);
    free(where);
    return same;
}

static bool matches(struct rule *rule, const char *example)
{
    const struct rule_set set = { &rule, 1, 1, false }, *const sets = &set;
    struct policy_request request;
    char *name = NULL;
    struct json *arguments = NULL;
    fill_place(&request, &sets);
    if (rule->kind == RULE_TOOL) {
        fill_tool(&request, example, &name, &arguments);
    } else {
        request.tool = "run_command";
        request.interpreter = "bash";
        request.script = example;
        request.script_length = strlen(example);
    }
    bool found = (rule->kind != RULE_TOOL || arguments) && decides(rule, &request);
    json_free(arguments);
    free(name);
    return found;
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
    rule_texts_free(rule->match);
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
