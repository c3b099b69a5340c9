/* session_rules.c - see session_rules.h.  A rule that is saved is taken from the file as it was written there, so that
 * its verdicts name the line. */
#include "agent/session_rules.h"

#include "agent/past.h"
#include "agent/program_facts.h"
#include "agent/session_private.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "conf/rule_save.h"
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
    request->programs_of_image = program_facts_of_image(facts, request->environment);
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

/* "Allowed from now on: git status, git log (~/.config/sandgate/policy.yaml)." */
static void tell_rules(struct session *session, size_t first, const char *file)
{
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
    session_notice(session, "rule", text.data);
    buffer_release(&text);
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
    bool added =
        save ? save_rules(session, rules, error) : rules_copy(&session->rules, rules, SCOPE_SESSION, error);
    if (added)
        tell_rules(session, first, save ? conf_rule_file(session->setup.conf) : NULL);
    else
        while (session->rules.count > first)
            rule_set_drop(&session->rules);
    return added;
}

bool session_preview_rules(struct session *session, const struct rule_set *rules, size_t *told,
                           bool (*each)(void *data, const struct past_command *command,
                                        const struct policy_verdict *before,
                                        const struct policy_verdict *after),
                           void *data, struct error *error)
{
    struct past past = PAST_INIT;
    struct policy_request before = { .environment = (const char *const *)session->environment }, after;
    bool read = past_read(&past, session->setup.store, error);
    session_policy_facts(session, &before);
    after = before;
    const struct rule_set **sets = xcalloc(before.rule_set_count + 1, sizeof *sets);
    memcpy(sets, before.rules, before.rule_set_count * sizeof *sets);
    sets[after.rule_set_count++] = rules;
    after.rules = sets;
    *told = read ? past_compare(&past, &before, &after, each, data) : 0;
    free(sets);
    past_release(&past);
    return read;
}
