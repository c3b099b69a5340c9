/* session_rules.c - see session_rules.h.  A rule that is saved is taken from the file as it was written there, so that
 * its verdicts name the line.  One for the session alone stands in the log, as a rule file would have it; a session that
 * goes on takes it from there. */
#include "agent/session_rules.h"

#include "agent/pending.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "conf/problems.h"
#include "conf/rule_save.h"
#include "conf/rules.h"
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <string.h>

#define HOME "/root"

/* The sets of the configuration, then the session's own. */
static size_t rule_sets(const struct session *session, const struct rule_set **sets)
{
    size_t count;
    const struct rule_set *const *given = conf_rules(session->setup.conf, &count);
    memcpy(sets, given, count * sizeof *sets);
    sets[count++] = &session->rules;
    return count;
}

void session_rules_init(struct session *session)
{
    size_t count;
    conf_rules(session->setup.conf, &count);
    session->rule_sets = xcalloc(count + 1, sizeof *session->rule_sets);
    session->rule_set_count = rule_sets(session, session->rule_sets);
}

void session_rules_release(struct session *session)
{
    rule_set_release(&session->rules);
    free(session->rule_sets);
}

void session_policy_facts(const struct session *session, struct policy_request *request)
{
    const struct sandbox_facts *facts = sandbox_facts(session->sandbox);
    request->home = HOME;
    request->workspace = session->workspace;
    request->backend = facts->backend;
    request->network = facts->network;
    request->secrets = facts->secrets;
    request->mounts = facts->mounts;
    request->generation = facts->generation;
    request->mode = session->setup.mode;
    request->rules = session->rule_sets;
    request->rule_set_count = session->rule_set_count;
}

const char *session_profile_lapsed(const struct session *session)
{
    struct policy_request request = { 0 };
    const char *why = NULL;
    if (session->setup.mode != POLICY_SANDBOXED || !session->sandbox_ready)
        return NULL;
    session_policy_facts(session, &request);
    policy_sandboxed_in_force(&request, &why);
    return why;
}

/* "Rules saved: allow git status (~/.config/sandgate/policy.yaml:3)." RULES: their text, NULL: FILE has them. */
static void tell_rules(struct session *session, size_t first, const char *file, const char *rules)
{
    struct json *body = json_new_object();
    struct buffer text = BUFFER_INIT;

    buffer_append_text(&text, file ? "Rules saved: " : "Rules for this session: ");
    for (size_t i = first; i < session->rules.count; i++) {
        char *rule = rule_text(session->rules.rules[i]), *where = rule_where(session->rules.rules[i]);
        buffer_append_format(&text, "%s%s", i > first ? "; " : "", rule);
        if (file)
            buffer_append_format(&text, " (%s)", where);
        free(where);
        free(rule);
    }
    buffer_append_byte(&text, '.');
    json_set_text(body, "text", text.data);
    json_set_text(body, "kind", "rule");
    if (rules)
        json_set_text(body, "rules", rules);
    session_append(session, EVENT_NOTICE, 0, "person", body);
    buffer_release(&text);
}

static bool print_rules(const struct rule_set *rules, struct buffer *out, struct error *error)
{
    bool printed = true;

    for (size_t i = 0; printed && i < rules->count; i++)
        printed = rule_print(rules->rules[i], 0, out, error);
    return printed;
}

static bool save_rules(struct session *session, const struct rule_set *rules, struct error *error)
{
    const char *file = conf_rule_file(session->setup.conf);
    char time[CLOCK_TEXT];
    if (!file)
        return error_set(error,
                         "There is no configuration of yours to save a rule beside: SANDGATE_CONFIG is "
                         "/dev/null");
    clock_format(clock_wall(), time);
    char *note = xasprintf("Saved %.10s, session %s", time, session->id);
    bool saved = rules_save(file, rules, note, &session->rules, error);
    free(note);
    return saved;
}

bool session_add_rules(struct session *session, const struct rule_set *rules, bool save, struct error *error)
{
    size_t first = session->rules.count;
    struct buffer text = BUFFER_INIT;
    bool added =
        save ? save_rules(session, rules, error)
             : print_rules(rules, &text, error) && rules_copy(&session->rules, rules, SCOPE_SESSION, error);
    if (added)
        tell_rules(session, first, save ? conf_rule_file(session->setup.conf) : NULL,
                   save ? NULL : text.data);
    else
        while (session->rules.count > first)
            rule_set_drop(&session->rules);
    buffer_release(&text);
    return added;
}

/* Rules that were given for this session alone; FALSE: they cannot be read any more. */
static bool take_rules(struct session *session, const char *text, struct error *error)
{
    struct problems problems = PROBLEMS_INIT;
    struct rule_set rules = RULE_SET_INIT;
    char *file = xasprintf("rules:\n%s\n", text);

    problems.source = "session";
    rules_read_text(&rules, file, strlen(file), "session", SCOPE_SESSION, &problems);
    bool taken =
        problems_finish(&problems, error) && rules_copy(&session->rules, &rules, SCOPE_SESSION, error);
    if (!taken)
        error_prefix(error, "a rule that was given for this session cannot be read any more");
    rule_set_release(&rules);
    free(file);
    return taken;
}

bool session_rules_take_event(struct session *session, const struct event *event, struct error *error)
{
    const char *rules = event->type == EVENT_NOTICE ? json_get_text(event->body, "rules") : NULL;
    const char *allows = event->type == EVENT_DECISION ? json_get_text(event->body, "allows") : NULL;

    if (allows)
        gate_allow(session->gate, allows);
    return !rules || take_rules(session, rules, error);
}
