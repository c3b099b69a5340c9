/* policy_list.c - `sandgate policy list`: the rules in force, by scope, each with its place. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "face/policy_verbs.h"
#include "matter/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 200 }; /* bytes of a rule's text that are shown */

static bool counts(const struct rule_set *set, const struct rule *rule)
{
    return !set->tightens_only || rule->verdict != VERDICT_ALLOW;
}

/* A profile's rule names a hundred programs; --json shows them all. */
static void add_short(struct buffer *out, const char *text)
{
    size_t length = strlen(text);
    size_t cut = length > LINE ? LINE - utf8_partial_tail(text, LINE) : length;

    visible_line(out, text, cut);
    if (cut < length)
        buffer_append_text(out, " ...");
}

static void add_text(struct buffer *out, const struct rule_set *set, const struct rule *rule)
{
    char *text = rule_text(rule), *where = rule_where(rule);

    buffer_append_text(out, "  ");
    add_short(out, text);
    if (!counts(set, rule))
        buffer_append_text(out, "  (not in force: the project is not trusted)");
    buffer_append_text(out, "\n      ");
    visible_line(out, where, strlen(where));
    if (rule->reason) {
        buffer_append_text(out, ": ");
        visible_line(out, rule->reason, strlen(rule->reason));
    }
    buffer_append_byte(out, '\n');
    free(where);
    free(text);
}

static void add_json(struct buffer *out, const struct rule_set *set, const struct rule *rule)
{
    struct json *json = json_new_object();
    char *text = rule_text(rule), *where = rule_where(rule);

    json_set_text(json, "scope", rule_scope_name(rule->scope));
    json_set_text(json, "verdict", verdict_name(rule->verdict));
    json_set_text(json, "rule", where);
    json_set_text(json, "text", text);
    json_set_text(json, "reason", rule->reason);
    json_set_boolean(json, "in_force", counts(set, rule));
    char *line = json_print(json), *safe = event_escape(line);
    buffer_append_format(out, "%s\n", safe);
    free(safe);
    free(line);
    free(where);
    free(text);
    json_free(json);
}

static void add_set(struct buffer *out, const struct rule_set *set, bool as_json)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct rule *rule = set->rules[i];
        if (as_json) {
            add_json(out, set, rule);
            continue;
        }
        if (i == 0 || set->rules[i - 1]->scope != rule->scope)
            buffer_append_format(out, "%s\n", rule_scope_name(rule->scope));
        add_text(out, set, rule);
    }
}

static void add_profile(struct buffer *out, enum policy_mode mode, bool as_json)
{
    struct rule_set set = RULE_SET_INIT;

    if (!as_json)
        buffer_append_format(out, "profile %s\n", policy_mode_name(mode));
    if (mode != POLICY_RULES)
        policy_profile_rules(mode == POLICY_AUTO ? POLICY_CAREFUL : mode, &set);
    for (size_t i = 0; i < set.count; i++)
        (as_json ? add_json : add_text)(out, &set, set.rules[i]);
    if (!as_json && mode == POLICY_AUTO)
        buffer_append_text(out, "  all else that is not denied is allowed\n");
    rule_set_release(&set);
}

int policy_list(const struct policy_options *options, char **words, int count)
{
    struct judge judge;
    struct error error = ERROR_INIT;
    struct buffer out = BUFFER_INIT;
    int code = POLICY_FINE;

    (void)words;
    (void)count;
    if (!judge_open(&judge, options, &error)) {
        code = policy_fail(&error, POLICY_USAGE);
    } else {
        for (size_t i = 0; i < judge.rule_set_count; i++)
            add_set(&out, judge.rules[i], options->json);
        add_profile(&out, judge.mode, options->json);
        if (!options->json)
            buffer_append_text(&out, "floor\n  built in; sandgate-policy(7) lists it\n");
        if (fwrite(out.data, 1, out.length, stdout) != out.length || fflush(stdout) != 0)
            code = POLICY_FAILED;
    }
    buffer_release(&out);
    judge_release(&judge);
    return code;
}
