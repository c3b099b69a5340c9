/* asking.c - see asking.h. */
#include "agent/asking.h"

#include "agent/pending.h"
#include "agent/session_rules.h"
#include "agent/written_files.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/odd.h"
#include "conf/problems.h"
#include "conf/rule_save.h"
#include "conf/rules.h"
#include "policy/policy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void add_list(struct buffer *out, const char *title, char *const *list)
{
    if (!list || !list[0])
        return;
    buffer_append_format(out, "\n%s:\n", title);
    for (size_t i = 0; list[i]; i++)
        buffer_append_format(out, "  %s\n", list[i]);
}

static void add_odd(struct buffer *out, const char *script)
{
    struct odd_list list = ODD_LIST_INIT;

    odd_find(&list, script, strlen(script));
    buffer_append_text(out, list.count > 0 ? "\nCharacters that are not what they seem, or not seen:\n" : "");
    for (size_t i = 0; i < list.count; i++) {
        buffer_append_text(out, "  ");
        odd_name(&list.items[i], out);
        buffer_append_format(out, ", %zu time%s, first at byte %zu\n", list.items[i].count,
                             list.items[i].count == 1 ? "" : "s", list.items[i].first);
    }
    odd_list_release(&list);
}

static void add_written(struct buffer *out, struct session *session, const struct ask *ask)
{
    struct written_files files = WRITTEN_FILES_INIT;

    if (!written_files_matter(ask))
        return;
    written_files_find(session, ask, &files);
    buffer_append_text(
        out, files.count > 0 ? "\nWritten by the agent since you last approved code:\n"
                             : "\nThe agent wrote no file of the workspace since you last approved code.\n");
    for (size_t i = 0; i < files.count; i++)
        buffer_append_format(out, "  %s (call %" PRId64 "; %s)\n", files.items[i].path, files.items[i].call,
                             files.items[i].named ? "it is named here" : "it may be loaded");
    if (files.codes > 0)
        buffer_append_format(out, "Calls that ran code since, unasked, and may have written more: %zu\n",
                             files.codes);
    written_files_release(&files);
}

void asking_explain(struct session *session, const struct ask *ask, struct buffer *out)
{
    const struct pending *pending = calls_pending(session, ask->call);
    const struct policy_verdict *verdict = &ask->verdict;
    struct policy_path path;
    struct policy_request request;

    if (!pending)
        return;
    pending_request(pending, &path, &request);
    policy_explain(&request, out);
    buffer_append_format(out, "\nWhy it asks: %s\n", verdict->reason);
    if (verdict->part && *verdict->part)
        buffer_append_format(out, "The part that decides: %s\n", verdict->part);
    if (verdict->rule)
        buffer_append_format(out, "Rule: %s\n", verdict->rule);
    if (verdict->nearest)
        buffer_append_format(out, "Nearest: %s\n", verdict->nearest);
    add_list(out, "Programs", verdict->programs);
    add_list(out, "Reads", verdict->read);
    add_list(out, "Writes or deletes", verdict->written);
    add_list(out, "Reaches", verdict->hosts);
    if (ask->action->script)
        add_odd(out, ask->action->script);
    add_written(out, session, ask);
}

bool asking_propose(const struct session *session, const struct ask *ask, struct buffer *out,
                    struct error *error)
{
    const struct pending *pending = calls_pending(session, ask->call);
    struct rule_set rules = { 0 };
    struct policy_path path;
    struct policy_request request;
    bool fine = pending != NULL;

    if (pending) {
        pending_request(pending, &path, &request);
        facts_assume(&request);
        policy_propose(&request, &rules);
    }
    if (rules.count == 0)
        fine = error_set(error,
                         "No rule can allow this: it is read too little of, or the floor stands against it");
    for (size_t i = 0; fine && i < rules.count; i++)
        fine = rule_print(rules.rules[i], 0, out, error);
    rule_set_release(&rules);
    return fine;
}

bool asking_read_rules(struct rule_set *rules, const char *text, struct error *error)
{
    struct problems problems = PROBLEMS_INIT;

    /* What the person sees is the list alone. */
    char *file = xasprintf("%s%s\n", strncmp(text, "rules:", 6) == 0 ? "" : "rules:\n", text);
    problems.source = "your rule";
    rules_read_text(rules, file, strlen(file), "your rule", SCOPE_USER, &problems);
    free(file);
    return problems_finish(&problems, error);
}

bool asking_save(struct session *session, const char *text, bool keep, struct error *error)
{
    struct rule_set rules = { 0 };
    bool fine = asking_read_rules(&rules, text, error) && session_add_rules(session, &rules, keep, error);

    rule_set_release(&rules);
    if (fine)
        calls_judge_again(session);
    return fine;
}
