/* runner.c - executes what was approved.
 *
 * The start is an event that is on disk before anything is sent (so that a resumed session never runs it
 * twice); reads skip that, they change nothing.  Output goes to the spool, to the conversation's window and to
 * the listeners; when the program floods us it is paused by the sandbox's own window, not here. */
#include "agent/hunks.h"
#include "agent/pending.h"
#include "agent/reading.h"
#include "agent/spool.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "conf/conf.h"
#include "matter/call.h"
#include "matter/output.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 100000 };

static const char *const end_names[] = { "exited", "signalled", "timed_out", "cancelled", "lost", "failed" };

static size_t output_limit(const struct pending *pending)
{
    return (size_t)conf_integer(pending->session->setup.conf, "agent.output_limit");
}

/* --- programs --- */

static void on_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct pending *pending = data;
    struct draft draft = { .type = EVENT_OUTPUT,
                           .turn = pending->session->turn_number,
                           .call = pending->number,
                           .is_error = is_error,
                           .bytes = bytes,
                           .length = length };

    if (pending->spool)
        spool_append(pending->spool, bytes, length);
    session_draft(pending->session, 0, &draft);
}

static void record_output(struct pending *pending)
{
    const struct call *call = pending_call(pending);
    char hash[HASH_TEXT] = "";

    if (!pending->spool)
        return;
    int64_t left_out = spool_left_out(pending->spool);
    spool_finish(pending->spool, hash);
    pending->spool = NULL;
    struct json *body = json_new_object();
    char *name = xasprintf("call-%" PRId64 ".out", pending->number);
    json_set_text(body, "spool", name);
    json_set_integer(body, "bytes", call->output_bytes);
    json_set_integer(body, "lines", call->output ? output_total_lines(call->output) : 0);
    json_set_text(body, "hash", hash);
    session_append(pending->session, EVENT_OUTPUT, pending->number, "sandbox", body);
    outputs_trim(pending->session, 0);
    free(name);
    if (left_out > 0) {
        char *text = xasprintf("The last %" PRId64 " bytes of the output of call %" PRId64
                               " were not kept on disk: it is over its limit, or the disk is full.",
                               left_out, pending->number);
        session_notice(pending->session, "left_out", text);
        free(text);
    }
}

static void record_end(struct pending *pending, const struct sandbox_exec_result *result)
{
    struct json *body = json_new_object();

    json_set_text(body, "end", end_names[result->end]);
    if (result->end == SANDBOX_EXITED)
        json_set_integer(body, "code", result->code);
    if (result->end == SANDBOX_SIGNALLED)
        json_set_integer(body, "signal", result->signal);
    json_set_integer(body, "milliseconds", result->milliseconds);
    if (result->sentence)
        json_set_text(body, "sentence", result->sentence);
    if (result->survivors && result->survivors[0]) {
        struct json *survivors = json_new_array();
        for (size_t i = 0; result->survivors[i]; i++)
            json_add(survivors, json_new_text(result->survivors[i]));
        json_set(body, "survivors", survivors);
    }
    session_append(pending->session, EVENT_ENDED, pending->number, "sandbox", body);
}

/* Before its result: the next call is judged by what it left. */
static void is_over(struct pending *pending, bool survivors)
{
    if (pending->may_change)
        facts_call_over(pending->session->facts, survivors);
    pending->may_change = false;
}

static void on_done(void *data, const struct sandbox_exec_result *result)
{
    struct pending *pending = data;
    struct buffer text = BUFFER_INIT;

    pending->exec = NULL;
    is_over(pending, result->survivors && result->survivors[0]);
    record_output(pending);
    record_end(pending, result);
    const struct call *call = pending_call(pending);
    pending->tool->describe(pending->action, call, output_limit(pending), &text);
    pending_result(pending, call->state == CALL_DONE, text.data);
    buffer_release(&text);
    session_tell(pending->session, NEWS_FILES);
}

void runner_spec(const struct action *action, const char *exec_id, struct sandbox_exec_spec *spec)
{
    *spec = (struct sandbox_exec_spec){
        .exec_id = exec_id,
        .argv = (const char *const *)action->argv,
        .cwd = action->cwd,
        .environment = (const char *const *)action->environment,
        .input = action->input,
        .input_length = action->input_length,
        .pty = action->pty,
        .timeout = action->timeout,
    };
}

static void start_exec(struct pending *pending)
{
    static const struct sandbox_exec_events events = { NULL, on_output, on_done };
    const struct action *action = pending->action;
    char *name = xasprintf("call-%" PRId64 ".out", pending->number);
    struct sandbox_exec_spec spec;

    runner_spec(action, pending_call(pending)->exec_id, &spec);
    spec.attach = pending->found;
    pending->spool = spool_new(pending->session->folder, name, action->output_limit);
    free(name);
    pending->exec = sandbox_exec(pending->session->sandbox, &spec, &events, pending);
}

/* --- files --- */

static void file_answered(void *data, const struct sandbox_answer *answer)
{
    struct pending *pending = data;
    struct buffer text = BUFFER_INIT;

    pending->request = NULL;
    pending->tool->describe_answer(pending->action, answer, output_limit(pending), &text);
    if (!answer->failed)
        hunks_account(pending, &text);
    if (!answer->failed && pending_call(pending)->edited)
        buffer_append_text(&text, "\nThe person edited this call before it ran; its arguments are what ran.");
    pending_result(pending, !answer->failed, text.data);
    buffer_release(&text);
}

static void file_read(void *data, bool ok, const char *text)
{
    struct pending *pending = data;

    pending->reading = NULL;
    pending_result(pending, ok, text);
}

static void file_written(void *data, const struct sandbox_answer *answer)
{
    struct pending *pending = data;
    const struct action *action = pending->action;

    is_over(pending, false);
    if (answer->failed && answer->error == ESTALE) {
        /* The file changed between judging and writing: planned, judged and shown again. */
        pending->request = NULL;
        pending->edited = false;
        pending->phase = PENDING_NEW;
        calls_step_soon(pending->session);
        return;
    }
    if (!answer->failed) {
        struct json *body = json_new_object();
        json_set_text(body, "path", action->path);
        json_set_text(body, "change", *action->base ? "changed" : "made");
        if (*action->base)
            json_set_text(body, "before", action->base);
        json_set_text(body, "after", answer->hash);
        session_append(pending->session, EVENT_FILE, pending->number, "sandbox", body);
    }
    struct session *session = pending->session;
    file_answered(pending, answer);
    session_tell(session, NEWS_FILES);
}

static void start_file(struct pending *pending)
{
    const struct action *action = pending->action;
    struct sandbox *sandbox = pending->session->sandbox;

    if (action->kind == ACTION_LIST)
        pending->request = sandbox_list(sandbox, action->path, LIST_MAX, file_answered, pending);
    else if (action->kind == ACTION_READ)
        pending->reading = reading_start(pending->session->setup.loop, sandbox, pending->session->folder,
                                         action, output_limit(pending), file_read, pending);
    else
        pending->request = sandbox_write(sandbox, action->path, action->content, action->content_length,
                                         action->base, file_written, pending);
}

/* --- the start --- */

static void go(struct pending *pending)
{
    const struct action *action = pending->action;

    pending->phase = PENDING_RUNNING;
    pending->may_change =
        action->kind == ACTION_EXEC ? !pending_is_harmless(pending) : action->kind == ACTION_WRITE;
    if (pending->may_change)
        facts_call_runs(pending->session->facts);
    if (action->kind == ACTION_EXEC)
        start_exec(pending);
    else
        start_file(pending);
    session_update_state(pending->session);
}

/* Its start is in the log, but nothing was sent. */
static void never_ran(struct pending *pending)
{
    const char *failed = pending->session->sandbox_failed;
    struct sandbox_exec_result result = { .end = pending->dropped ? SANDBOX_CANCELLED : SANDBOX_FAILED,
                                          .sentence = pending->dropped ? "it was not started" : failed };
    char *text = pending->dropped ? xstrdup(pending->dropped) : xasprintf("It did not run: %s", failed);

    pending->phase = PENDING_RUNNING;
    record_end(pending, &result);
    pending_result(pending, false, text);
    free(text);
}

static void committed(void *data, bool written)
{
    struct pending *pending = data;
    char digest[HASH_TEXT];

    if (!pending->session) {
        free(pending);
        return;
    }
    if (!written) {
        pending->session->store_failed = true;
        pending->phase = PENDING_RUNNING;
        pending_result(pending, false,
                       "It did not run: the session's log cannot be written, so no call may start.");
        return;
    }
    if (pending->dropped || pending->session->sandbox_failed) {
        never_ran(pending);
        return;
    }
    pending_digest(pending, digest);
    if (strcmp(digest, pending->digest) != 0) {
        /* The sandbox changed under it: judged and shown again. */
        pending->edited = false;
        pending->phase = PENDING_NEW;
        calls_step_soon(pending->session);
        return;
    }
    go(pending);
}

void runner_start(struct pending *pending)
{
    bool only_reads = pending->action->kind == ACTION_LIST || pending->action->kind == ACTION_READ;
    struct json *body = json_new_object();
    char id[UUID_TEXT];

    random_uuid(id);
    json_set_text(body, "exec", id);
    json_set_text(body, "digest", pending->digest);
    if (only_reads) {
        session_append(pending->session, EVENT_STARTED, pending->number, "session", body);
        go(pending);
    } else {
        pending->phase = PENDING_COMMITTING;
        session_append_durable(pending->session, EVENT_STARTED, pending->number, "session", body, committed,
                               pending);
    }
}

void runner_adopt_begin(struct pending *pending, const char *exec_id)
{
    struct json *body = json_new_object();
    char *name = xasprintf("call-%" PRId64 ".out", pending->number);

    json_set_text(body, "exec", exec_id);
    json_set_text(body, "digest", pending->digest);
    session_append(pending->session, EVENT_STARTED, pending->number, "session", body);
    pending->phase = PENDING_RUNNING;
    pending->spool = spool_new(pending->session->folder, name, pending->action->output_limit);
    free(name);
}

void runner_adopt_output(struct pending *pending, bool is_error, const char *bytes, size_t length)
{
    on_output(pending, is_error, bytes, length);
}

void runner_adopt_end(struct pending *pending, const struct sandbox_exec_result *result)
{
    on_done(pending, result);
}

void runner_find(struct pending *pending)
{
    struct session *session = pending->session;
    struct error error = ERROR_INIT;
    bool attached = session->life.opening == LIFE_ATTACH && !session->sandbox_failed &&
                    (sandbox_can(session->sandbox) & SANDBOX_CAN_ATTACH);

    if (attached)
        pending->action = pending_plan(session, pending->tool, pending->arguments, &error);
    pending->phase = PENDING_RUNNING;
    if (pending->action && pending->action->kind == ACTION_EXEC) {
        pending->found = pending->may_change = true;
        facts_call_runs(session->facts);
        start_exec(pending);
        session_update_state(session);
    } else {
        facts_disturb(session->facts); /* it may run still */
        session_call_lost(session, pending_call(pending));
        pending->phase = PENDING_OVER;
        calls_step_soon(session);
    }
    error_clear(&error);
}

void runner_cancel(struct pending *pending)
{
    if (pending->exec)
        sandbox_exec_cancel(pending->exec);
}

void runner_abandon(struct pending *pending)
{
    char hash[HASH_TEXT];

    if (pending->exec)
        sandbox_exec_forget(pending->exec);
    pending->exec = NULL;
    reading_cancel(pending->reading);
    pending->reading = NULL;
    if (pending->spool)
        spool_finish(pending->spool, hash);
    pending->spool = NULL;
}
