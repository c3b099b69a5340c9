/* judging.c - a proposed call becomes an action, and the action a verdict: denied, asked or approved.
 *
 * A change of a file is planned with the file as it is now, so its bytes are read first; everything else is
 * planned from its arguments alone.  The facts of the sandbox and of the session are gathered here: the policy
 * itself asks nobody. */
#include "agent/pending.h"

#include "agent/hunks.h"
#include "agent/session_rules.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BASE_MAX = 16 * 1024 * 1024 };

static const char *const risk_names[] = { "none", "low", "medium", "high" };

/* --- judged --- */

static struct action_place place_of(const struct pending *pending)
{
    const struct sandbox_facts *facts = sandbox_facts(pending->session->sandbox);

    return (struct action_place){ .backend = facts->backend,
                                  .sandbox = facts->id,
                                  .generation = facts->generation,
                                  .network = facts->network,
                                  .secrets = facts->secrets,
                                  .mounts = facts->mounts };
}

void pending_digest(const struct pending *pending, char digest[HASH_TEXT])
{
    struct action_place place = place_of(pending);

    action_digest(pending->action, &place, digest);
}

void pending_lasting_digest(const struct pending *pending, char digest[HASH_TEXT])
{
    struct action_place place = place_of(pending);

    place.sandbox = NULL;
    place.generation = 0;
    action_digest(pending->action, &place, digest);
}

void pending_request(const struct pending *pending, struct policy_path *path, struct policy_request *request)
{
    static const unsigned access[] = { [ACTION_EXEC] = 0,
                                       [ACTION_LIST] = ACCESS_READ,
                                       [ACTION_READ] = ACCESS_READ,
                                       [ACTION_WRITE] = ACCESS_WRITE };
    const struct action *action = pending->action;
    const struct session *session = pending->session;
    *path = (struct policy_path){ action->path, access[action->kind] };
    *request = (struct policy_request){
        .origin = pending->own ? ORIGIN_PERSON : ORIGIN_AGENT,
        .tool = action->tool,
        .arguments = action->arguments,
        .interpreter = action->interpreter,
        .script = action->script,
        .script_length = action->script ? strlen(action->script) : 0,
        .paths = path,
        .path_count = action->path ? 1 : 0,
        .cwd = action->cwd,
        .environment = (const char *const *)action->environment,
        .input = action->input,
        .input_length = action->input_length,
        .session_allows = gate_allowed(session->gate),
        .digest = pending->lasting,
    };
    session_policy_facts(session, request);
    facts_fill(session->facts, pending->look, request);
}

void pending_judge(const struct pending *pending, struct policy_verdict *verdict)
{
    struct policy_path path;
    struct policy_request request;

    pending_request(pending, &path, &request);
    policy_judge(&request, verdict);
}

bool pending_is_harmless(const struct pending *pending)
{
    struct policy_path path;
    struct policy_request request;
    struct policy_verdict verdict;

    pending_request(pending, &path, &request);
    request.origin = ORIGIN_AGENT;
    request.mode = POLICY_CAREFUL; /* what it lets pass by itself only reads and prints */
    request.rule_set_count = 0;
    request.session_allows = NULL;
    policy_judge(&request, &verdict);
    bool harmless = verdict.verdict == VERDICT_ALLOW;
    policy_verdict_release(&verdict);
    return harmless;
}

bool pending_stands(struct pending *pending)
{
    struct policy_verdict verdict;

    if (pending->own || pending->judged_at < 0 || pending->judged_at == facts_age(pending->session->facts))
        return true;
    pending_judge(pending, &verdict);
    bool stands = verdict.verdict == VERDICT_ALLOW;
    policy_verdict_release(&verdict);
    return stands;
}

/* What it would be if all that is not known about the sandbox were fine. */
static void judge_hopefully(const struct pending *pending, struct policy_verdict *verdict)
{
    struct policy_path path;
    struct policy_request request;

    pending_request(pending, &path, &request);
    enum policy_fact programs = request.programs_of_image;
    facts_assume(&request);
    if (request.programs_words) /* a look will not tell more */
        request.programs_of_image = programs;
    policy_judge(&request, verdict);
}

/* Only the facts stand between VERDICT and an approval, and they are old: then a look is waited for.  When a look
 * would not help either, the verdict is about what would. */
static bool waits_for_look(struct pending *pending, struct policy_verdict *verdict)
{
    struct facts *facts = pending->session->facts;
    struct policy_verdict hoped;

    if (verdict->verdict != VERDICT_ASK || !facts_are_stale(facts, verdict->git_folders, pending->look))
        return false;
    judge_hopefully(pending, &hoped);
    if (hoped.verdict == VERDICT_ALLOW) {
        pending->look = facts_look(facts, verdict->git_folders);
        policy_verdict_release(&hoped);
        return true;
    }
    policy_verdict_release(verdict);
    *verdict = hoped;
    return false;
}

static void record_verdict(struct pending *pending, const struct policy_verdict *verdict)
{
    struct json *body = json_new_object();

    json_set_text(body, "verdict", verdict_name(verdict->verdict));
    json_set_text(body, "reason", verdict->reason);
    if (verdict->rule)
        json_set_text(body, "rule", verdict->rule);
    json_set_text(body, "part", verdict->part);
    json_set_integer(body, "from", (int64_t)verdict->from);
    json_set_integer(body, "to", (int64_t)verdict->to);
    json_set_text(body, "risk", risk_names[verdict->risk]);
    json_set_text(body, "digest", pending->digest);
    json_set_text(body, "profile", policy_mode_name(pending->session->setup.mode));
    session_append(pending->session, EVENT_VERDICT, pending->number, "policy", body);
}

static void ask(struct pending *pending, struct policy_verdict *verdict)
{
    struct session *session = pending->session;
    const struct action *action = pending->action;
    int64_t id = ++session->ask_number;
    struct json *body = json_new_object();
    char *text = xasprintf("%" PRId64, id);

    json_set_text(body, "ask", text);
    json_set_text(body, "digest", pending->digest);
    json_set_text(body, "tool", action->tool);
    json_set_text(body, "script", action->script ? action->script : pending->arguments);
    json_set_text(body, "cwd", action->cwd);
    free(text);
    session_append(session, EVENT_ASK, pending->number, "policy", body);
    pending->phase = PENDING_ASKED;
    gate_add(session->gate, id, pending->number, action, pending->digest, verdict);
    session_tell(session, NEWS_ASKS);
    session_update_state(session);
}

/* An edit is the person's own approval, unless the file is no longer what they saw. */
static bool is_answered(const struct pending *pending)
{
    if (pending->own)
        return pending->confirmed;
    if (!pending->edited)
        return false;
    return !pending->seen_base || strcmp(pending->seen_base, pending->action->base) == 0;
}

static void deny(struct pending *pending, const struct policy_verdict *verdict)
{
    char *text = xasprintf("Denied by the policy: %s", verdict->reason);

    struct session *session = pending->session;
    pending_result(pending, false, text);
    free(text);
    patience_denied(session);
}

static void judge_and_route(struct pending *pending)
{
    struct policy_verdict verdict;

    pending_digest(pending, pending->digest);
    pending_lasting_digest(pending, pending->lasting);
    pending_judge(pending, &verdict);
    if (waits_for_look(pending, &verdict)) {
        pending->phase = PENDING_NEW; /* comes again when the look has come */
        policy_verdict_release(&verdict);
        return;
    }
    record_verdict(pending, &verdict);
    pending->look = 0;
    pending->judged_at = verdict.verdict == VERDICT_ALLOW ? facts_age(pending->session->facts) : -1;
    if (!pending->own && !pending->repeated && !patience_allows(pending->session, pending->digest)) {
        pending_result(pending, false, "It did not run: it is the same call for the third time in a row.");
        patience_repeated(pending->session);
    } else if (verdict.verdict == VERDICT_DENY)
        deny(pending, &verdict);
    else if (verdict.verdict == VERDICT_ASK && !is_answered(pending))
        ask(pending, &verdict);
    else
        pending->phase = PENDING_APPROVED;
    pending->repeated = true;
    policy_verdict_release(&verdict);
}

/* --- planned --- */

static void fail(struct pending *pending, struct error *error)
{
    pending_result(pending, false, error_message(error));
    error_clear(error);
}

static void base_read(void *data, const struct sandbox_answer *answer)
{
    struct pending *pending = data;
    struct action *action = pending->action;
    struct error error = ERROR_INIT;
    bool missing = answer->failed && answer->error == ENOENT;

    pending->request = NULL;
    if (answer->failed && !missing)
        error_set(&error, "It cannot be changed: %s", answer->failed);
    else if (answer->size > (int64_t)answer->length)
        error_set(&error, "%s is too large to be edited by this tool (%" PRId64 " bytes)", action->path,
                  answer->size);
    if (error.message) {
        fail(pending, &error);
        return;
    }
    action->base = xstrdup(missing ? "" : answer->hash);
    action->before = missing ? NULL : xmemdup(answer->bytes, answer->length + 1);
    action->before_length = answer->length;
    if (!pending->tool->complete(action, action->before, action->before_length, &error)) {
        fail(pending, &error);
        return;
    }
    if (is_answered(pending))
        hunks_apply(pending);
    else
        hunks_forget(pending); /* another file than the person saw: the whole change is asked anew */
    judge_and_route(pending);
    calls_step_soon(pending->session);
}

struct action *pending_plan(const struct session *session, const struct tool *tool, const char *arguments,
                            struct error *error)
{
    const struct conf *conf = session->setup.conf;
    struct tool_context context = {
        .workspace = session->workspace,
        .environment = (const char *const *)session->environment,
        .timeout = conf_integer(conf, "terminal.timeout"),
        .max_timeout = conf_integer(conf, "terminal.max_timeout"),
        .output_max = conf_integer(conf, "terminal.output_spool_max"),
    };
    struct json *value = tool_arguments(tool, arguments, error);
    struct action *action = value ? tool->plan(&context, value, error) : NULL;

    json_free(value);
    return action;
}

void pending_prepare(struct pending *pending)
{
    struct error error = ERROR_INIT;

    action_free(pending->action);
    pending->action = pending_plan(pending->session, pending->tool, pending->arguments, &error);
    if (!pending->action) {
        fail(pending, &error);
        return;
    }
    if (pending->edited) { /* it counts for what was written, where it was seen, and nothing else */
        char digest[HASH_TEXT];
        pending_digest(pending, digest);
        pending->edited = strcmp(digest, pending->edit) == 0;
    }
    if (pending->own) {
        free(pending->action->origin);
        pending->action->origin = xstrdup("person");
    }
    if (pending->action->kind != ACTION_WRITE) {
        judge_and_route(pending);
        return;
    }
    pending->phase = PENDING_READING;
    pending->request =
        sandbox_read(pending->session->sandbox, pending->action->path, 0, BASE_MAX, true, base_read, pending);
}
