/* calls.c - the one path of every tool call: proposed, planned, judged, denied or asked or allowed, decided,
 * handed to the runner, result.  (Planning and judging: judging.c; deciding: deciding.c; executing: runner.c.)
 *
 * The calls of one answer stand in a list in their order.  calls_step walks it and moves each as far as it can
 * go: reads that are allowed run at once, everything else waits until the calls before it are done; a change of
 * a file is planned only then, because it has to see what they left.  Before a call starts its digest is worked
 * out again; a difference to what was judged sends it back to be judged and shown anew. */
#include "agent/pending.h"

#include "agent/hunks.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "matter/call.h"
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <string.h>

/* --- the list --- */

static struct pending *add_pending(struct session *session, int64_t number)
{
    struct pending *pending = xcalloc(1, sizeof *pending);

    pending->session = session;
    pending->number = number;
    session->pending = array_reserve(session->pending, &session->pending_capacity, session->pending_count + 1,
                                     sizeof *session->pending);
    session->pending[session->pending_count++] = pending;
    return pending;
}

static void free_pending(struct pending *pending)
{
    bool held_by_store = pending->phase == PENDING_COMMITTING;

    runner_abandon(pending);
    sandbox_request_cancel(pending->request);
    pending->request = NULL;
    action_free(pending->action);
    pending->action = NULL;
    free(pending->arguments);
    free(pending->seen_base);
    free(pending->dropped);
    hunks_forget(pending);
    pending->session = NULL;
    if (!held_by_store)
        free(pending);
}

void calls_free(struct session *session)
{
    loop_task_cancel(session->step_task);
    for (size_t i = 0; i < session->pending_count; i++)
        free_pending(session->pending[i]);
    free(session->pending);
}

struct pending *calls_pending(const struct session *session, int64_t number)
{
    for (size_t i = 0; i < session->pending_count; i++)
        if (session->pending[i]->number == number)
            return session->pending[i];
    return NULL;
}

bool calls_any_running(const struct session *session)
{
    return session->pending_count > 0;
}

struct call *pending_call(const struct pending *pending)
{
    return conversation_call(pending->session->conversation, pending->number);
}

/* DROPPED: it never ran, because its turn was stopped or broke off. */
static void give_result(struct pending *pending, bool ok, bool dropped, const char *text)
{
    struct json *body = json_new_object();

    json_set_text(body, "text", text);
    json_set_boolean(body, "ok", ok);
    if (dropped)
        json_set_boolean(body, "dropped", true);
    session_append(pending->session, EVENT_RESULT, pending->number, "session", body);
    pending->phase = PENDING_OVER;
    calls_step_soon(pending->session);
}

void pending_result(struct pending *pending, bool ok, const char *text)
{
    give_result(pending, ok, false, text);
}

/* --- proposed --- */

static void record_call(struct session *session, int64_t number, const char *actor, const char *id,
                        const char *tool, const char *arguments, const char *refused)
{
    struct json *body = json_new_object();
    char *summary = tool_summary(tool, arguments);

    json_set_text(body, "id", id);
    json_set_text(body, "tool", tool);
    json_set_text(body, "arguments", arguments);
    json_set_text(body, "summary", summary);
    if (refused)
        json_set_text(body, "refused", refused);
    session_append(session, EVENT_CALL, number, actor, body);
    free(summary);
}

static void no_such_tool(struct pending *pending, const char *name)
{
    struct buffer text = BUFFER_INIT;
    const struct tool *tool;

    buffer_append_format(&text, "There is no tool named \"%.100s\"; there are", name);
    for (size_t i = 0; (tool = tools_at(i)) != NULL; i++)
        buffer_append_format(&text, "%s %s", i ? "," : "", tool->name);
    pending_result(pending, false, text.data);
    buffer_release(&text);
}

void calls_propose(struct session *session, int64_t number, const char *id, const char *tool,
                   const char *arguments, const char *refused)
{
    record_call(session, number, "model", id, tool, arguments ? arguments : "{}", refused);
    struct pending *pending = add_pending(session, number);
    pending->tool = tool_find(tool);
    pending->arguments = xstrdup(arguments ? arguments : "{}");
    session->turn.had_calls = true;
    if (refused) {
        pending_result(pending, false, refused);
    } else if (!pending->tool) {
        no_such_tool(pending, tool);
    }
    calls_step_soon(session);
}

void calls_restore(struct session *session, const struct call *call)
{
    struct pending *pending = add_pending(session, call->number);

    pending->tool = tool_find(call->tool);
    pending->arguments = xstrdup(call->arguments);
    if (!pending->tool)
        no_such_tool(pending, call->tool);
}

void calls_find(struct session *session, const struct call *call)
{
    struct pending *pending = add_pending(session, call->number);

    pending->tool = tool_find(call->tool);
    pending->arguments = xstrdup(call->arguments);
    pending->phase = PENDING_FINDING;
}

/* --- judged again --- */

void calls_judge_again(struct session *session)
{
    for (size_t i = 0; i < session->pending_count; i++) {
        struct pending *pending = session->pending[i];
        const struct ask *asked = gate_for_call(session->gate, pending->number);
        pending->look = 0; /* of the sandbox before */
        if (pending->phase != PENDING_ASKED && pending->phase != PENDING_APPROVED)
            continue;
        if (asked)
            gate_remove(session->gate, asked->id);
        pending->edited = false;
        pending->phase = PENDING_NEW;
    }
    session_tell(session, NEWS_ASKS);
    calls_step_soon(session);
}

/* --- the person's own command --- */

bool calls_own(struct session *session, const char *script, bool confirmed, struct error *error)
{
    if (!session->sandbox_ready)
        return error_set(error, "The sandbox is not ready: %s",
                         session->sandbox_failed ? session->sandbox_failed : "it is still starting");
    struct json *value = json_new_object();
    json_set_text(value, "command", script);
    char *arguments = json_print(value);
    json_free(value);
    struct pending probe = { .session = session, .own = true, .tool = &tool_run_command };
    probe.action = pending_plan(session, probe.tool, arguments, error);
    bool fine = probe.action != NULL;
    if (fine) {
        struct policy_verdict verdict;
        pending_judge(&probe, &verdict);
        if (verdict.verdict != VERDICT_ALLOW && !confirmed)
            fine = error_set(error, "%s", verdict.reason);
        policy_verdict_release(&verdict);
        action_free(probe.action);
    }
    if (fine) {
        int64_t number = ++session->call_number;
        record_call(session, number, "person", "", "run_command", arguments, NULL);
        struct pending *pending = add_pending(session, number);
        pending->tool = &tool_run_command;
        pending->arguments = xstrdup(arguments);
        pending->own = true;
        pending->confirmed = confirmed;
        session_update_state(session);
        calls_step_soon(session);
    }
    free(arguments);
    return fine;
}

/* --- moving on --- */

/* Ends a call that has not started: TEXT is its result. DROPPED: with its turn. */
static void drop_unstarted(struct pending *pending, bool dropped, const char *text)
{
    struct session *session = pending->session;
    const struct ask *asked = gate_for_call(session->gate, pending->number);

    sandbox_request_cancel(pending->request);
    pending->request = NULL;
    give_result(pending, false, dropped, text);
    if (asked) {
        gate_remove(session->gate, asked->id);
        session_tell(session, NEWS_ASKS);
    }
}

static bool only_reads(const struct pending *pending)
{
    return pending->tool && !(pending->tool->touches & ~(unsigned)TOUCH_READS);
}

/* True when all calls of the agent before INDEX are over, or (READS) are reads that run already. */
static bool is_free(const struct session *session, size_t index, bool reads)
{
    for (size_t i = 0; i < index; i++) {
        const struct pending *before = session->pending[i];
        if (before->own || before->phase == PENDING_OVER)
            continue;
        if (!reads || !only_reads(before) || before->phase != PENDING_RUNNING)
            return false;
    }
    return true;
}

static bool needs_base(const struct pending *pending)
{
    return pending->tool && (pending->tool->touches & TOUCH_WRITES) && pending->tool->complete;
}

static void start(struct pending *pending)
{
    char digest[HASH_TEXT];

    pending_digest(pending, digest);
    if (strcmp(digest, pending->digest) != 0) {
        /* What would run is not what was judged: judged and shown again. */
        pending->edited = false;
        pending->phase = PENDING_NEW;
        return;
    }
    if (!pending_stands(pending)) {
        pending->phase = PENDING_NEW;
        return;
    }
    runner_start(pending);
}

/* Moves one call on; true when it moved. */
static bool advance(struct session *session, size_t index)
{
    struct pending *pending = session->pending[index];

    bool waits = pending->phase == PENDING_NEW || pending->phase == PENDING_APPROVED;
    if (pending->phase == PENDING_FINDING && (session->sandbox_ready || session->sandbox_failed)) {
        runner_find(pending);
        return true;
    }
    if ((waits || pending->phase == PENDING_ASKED) && (session->sandbox_failed || session->store_failed)) {
        char *text =
            xasprintf("It did not run: %s", session->sandbox_failed ? session->sandbox_failed
                                                                    : "the session's log cannot be written");
        drop_unstarted(pending, false, text);
        free(text);
        return true;
    }
    if (!waits || !session->sandbox_ready || session->life.leaving)
        return false;
    if (pending->phase == PENDING_NEW) {
        if (pending->look > facts_looked(session->facts))
            return false;
        if (needs_base(pending) && !pending->own && !is_free(session, index, false))
            return false;
        pending_prepare(pending);
        return true;
    }
    if (!pending->own && !is_free(session, index, only_reads(pending)))
        return false;
    start(pending);
    return true;
}

static void drop_finished(struct session *session)
{
    size_t kept = 0;

    for (size_t i = 0; i < session->pending_count; i++) {
        struct pending *pending = session->pending[i];
        if (pending->phase == PENDING_OVER)
            free_pending(pending);
        else
            session->pending[kept++] = pending;
    }
    session->pending_count = kept;
}

static bool agent_calls_left(const struct session *session)
{
    for (size_t i = 0; i < session->pending_count; i++)
        if (!session->pending[i]->own)
            return true;
    return false;
}

static void step(void *data)
{
    struct session *session = data;
    bool moved = true;

    session->step_task = NULL;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < session->pending_count && !moved; i++)
            moved = advance(session, i);
    }
    drop_finished(session);
    if (!agent_calls_left(session)) {
        turn_calls_done(session);
        turn_consider(session);
    }
    session_update_state(session);
}

void calls_step_soon(struct session *session)
{
    if (!session->step_task)
        session->step_task = loop_defer(session->setup.loop, step, session);
}

/* --- stopped --- */

/* False when it has not started: then it is the caller's. */
static bool cancel_started(struct pending *pending, const char *text)
{
    if (pending->phase == PENDING_RUNNING) {
        runner_cancel(pending);
    } else if (pending->phase == PENDING_COMMITTING) {
        free(pending->dropped);
        pending->dropped = xstrdup(text);
    }
    return pending->phase == PENDING_RUNNING || pending->phase == PENDING_COMMITTING;
}

void calls_cancel(struct session *session, int64_t number)
{
    struct pending *pending = calls_pending(session, number);

    if (pending)
        cancel_started(pending, "Cancelled by the person before it ran.");
}

static void drop_all(struct session *session, bool own, const char *text)
{
    for (size_t i = 0; i < session->pending_count; i++) {
        struct pending *pending = session->pending[i];
        if (pending->phase == PENDING_FINDING) {
            session_call_lost(session, pending_call(pending));
            pending->phase = PENDING_OVER;
        }
        if (pending->own == own && pending->phase != PENDING_OVER && !cancel_started(pending, text))
            drop_unstarted(pending, true, text);
    }
}

void calls_drop(struct session *session, const char *text)
{
    drop_all(session, false, text);
}

void calls_stop_own(struct session *session)
{
    drop_all(session, true, "Cancelled by the person before it ran.");
}

void calls_stop(struct session *session)
{
    calls_drop(session, "Rejected by the person: they stopped the agent before this ran.");
}
