/* policy_judge.c - the rules and the place that a command is judged for, outside any session. */
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "conf/rules.h"
#include "face/policy_verbs.h"

#include <stdlib.h>
#include <string.h>

static bool take_folder(char **folder, const char *given, const char *fallback, const char *name,
                        struct error *error)
{
    if (given && *given != '/')
        return error_set(error, "--%s must be an absolute path", name);
    *folder = given ? path_normalize("/", given) : xstrdup(fallback);
    return true;
}

static bool take_rules(struct judge *judge, const struct policy_options *options, struct error *error)
{
    if (options->rules) {
        judge->own = &judge->loaded;
        judge->rules = &judge->own;
        judge->rule_set_count = 1;
        judge->mode = POLICY_RULES;
        return rules_load(&judge->loaded, options->rules, SCOPE_USER, error);
    }
    judge->conf = conf_load(options->project ? options->project : ".", error);
    if (!judge->conf)
        return false;
    judge->rules = conf_rules(judge->conf, &judge->rule_set_count);
    judge->mode = conf_mode(judge->conf);
    return true;
}

/* What every session gives its calls. */
static void fill_environment(struct judge *judge)
{
    judge->home_variable = xasprintf("HOME=%s", judge->home);
    const char *const variables[] = { "PATH=/usr/local/bin:/usr/bin:/bin", judge->home_variable,
                                      "LANG=C.UTF-8", "TERM=dumb" };
    memcpy(judge->environment, variables, sizeof variables);
}

bool judge_open(struct judge *judge, const struct policy_options *options, struct error *error)
{
    *judge = (struct judge){ .loaded = RULE_SET_INIT };
    if (!take_rules(judge, options, error))
        return false;
    if (options->profile && !policy_mode_from_name(options->profile, &judge->mode))
        return error_set(error, "%s is not a profile; there are careful, sandboxed, locked, auto and rules",
                         options->profile);
    const char *workspace = judge->conf ? conf_text(judge->conf, "terminal.cwd") : "/workspace";
    if (!take_folder(&judge->workspace, options->workspace, workspace, "workspace", error) ||
        !take_folder(&judge->cwd, options->cwd, judge->workspace, "cwd", error) ||
        !take_folder(&judge->home, options->home, "/root", "home", error))
        return false;
    fill_environment(judge);
    return true;
}

void judge_release(struct judge *judge)
{
    rule_set_release(&judge->loaded);
    conf_free(judge->conf);
    free(judge->cwd);
    free(judge->home);
    free(judge->workspace);
    free(judge->home_variable);
}

void judge_request(const struct judge *judge, const char *command, size_t length, const char *cwd,
                   struct policy_request *request)
{
    *request = (struct policy_request){
        .origin = ORIGIN_AGENT,
        .tool = "run_command",
        .interpreter = "bash",
        .script = command,
        .script_length = length,
        .cwd = cwd ? cwd : judge->cwd,
        .home = judge->home,
        .workspace = judge->workspace,
        .environment = judge->environment,
        .programs_of_image = FACT_YES,
        .git_is_plain = FACT_YES,
        .mode = judge->mode,
        .rules = judge->rules,
        .rule_set_count = judge->rule_set_count,
    };
}

struct json *verdict_json(const struct policy_verdict *verdict)
{
    struct json *json = json_new_object(), *span = json_new_array();

    json_add(span, json_new_integer((int64_t)verdict->from));
    json_add(span, json_new_integer((int64_t)verdict->to));
    json_set_text(json, "verdict", verdict_name(verdict->verdict));
    json_set_text(json, "reason", verdict->reason);
    json_set_text(json, "rule", verdict->rule);
    json_set(json, "span", span);
    json_set_text(json, "part", verdict->part ? verdict->part : "");
    return json;
}

int verdict_exit(enum verdict verdict)
{
    static const int codes[] = {
        [VERDICT_ALLOW] = POLICY_FINE, [VERDICT_ASK] = POLICY_ASKS, [VERDICT_DENY] = POLICY_DENIES
    };
    return codes[verdict];
}
