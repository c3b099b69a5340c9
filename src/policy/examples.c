/* examples.c - does a rule speak of an example?  Loading a file of rules asks it for each (conf/rule_examples.c). */
#include "policy/policy.h"

#include "base/json.h"
#include "base/memory.h"
#include "policy/proof.h"

#include <stdlib.h>
#include <string.h>

static bool allows_alone(const struct rule *rule, const struct policy_request *request)
{
    struct rule *list[] = { (struct rule *)rule };
    const struct rule_set set = { .rules = list, .count = 1 }, *const sets[] = { &set };
    struct policy_request alone = *request;
    struct policy_verdict verdict;
    alone.rules = sets;
    alone.rule_set_count = 1;
    alone.mode = POLICY_RULES;
    alone.session_allows = NULL;
    alone.origin = ORIGIN_AGENT;
    policy_judge(&alone, &verdict);
    char *where = rule_where(rule);
    bool decided = verdict.rule && strcmp(verdict.rule, where) == 0 && verdict.verdict == rule->verdict;
    free(where);
    policy_verdict_release(&verdict);
    return decided;
}

/* Rules about files and hosts, and those that deny or ask: any part of the command is enough. */
static bool speaks_of_part(const struct rule *rule, const struct policy_request *request)
{
    struct scan scan;
    bool found = false;
    scan_init(&scan, request);
    scan_script(&scan);
    for (size_t i = 0; i < scan.count && !found; i++)
        found = match_strikes(&scan, rule, scan.records[i]);
    scan_release(&scan);
    return found;
}

/* NAME {json} */
static bool matches_tool(const struct rule *rule, const char *example, struct policy_request *request)
{
    size_t length = strcspn(example, " {");
    const char *rest = example + length + strspn(example + length, " ");
    char *name = xstrndup(example, length);
    struct json *arguments = *rest ? json_parse(rest, strlen(rest), NULL) : json_new_object();
    request->tool = name;
    request->arguments = arguments;
    request->interpreter = request->script = NULL;
    request->script_length = 0;
    bool matches = arguments && allows_alone(rule, request);
    json_free(arguments);
    free(name);
    return matches;
}

bool policy_rule_matches(const struct rule *rule, const char *example, const struct policy_request *request)
{
    struct policy_request one = *request;
    one.tool = "run_command";
    one.interpreter = "bash";
    one.script = example;
    one.script_length = strlen(example);
    one.programs_of_image = one.git_is_plain = FACT_YES;
    if (rule->kind == RULE_TOOL)
        return matches_tool(rule, example, &one);
    if (rule->kind == RULE_COMMAND && rule->verdict == VERDICT_ALLOW)
        return allows_alone(rule, &one);
    return speaks_of_part(rule, &one);
}
