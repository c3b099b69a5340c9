/* call.c - a call is changed by its events alone; each event type is one small function here. */
#include "matter/call.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "matter/event.h"
#include "matter/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_HEAD = 256 * 1024, OUTPUT_TAIL = 1024 * 1024 };

static const struct {
    const char *name, *mark;
    bool over;
} states[CALL_STATES] = {
    [CALL_WRITING] = { "writing", "…", false },    [CALL_PROPOSED] = { "judging", "…", false },
    [CALL_ALLOWED] = { "queued", "·", false },     [CALL_WAITING] = { "waiting for you", "?", false },
    [CALL_RUNNING] = { "running", "▸", false },    [CALL_DONE] = { "done", "✓", true },
    [CALL_FAILED] = { "failed", "✗", true },       [CALL_DENIED] = { "denied", "⊘", true },
    [CALL_REJECTED] = { "rejected", "⊘", true },   [CALL_TIMED_OUT] = { "timed out", "✗", true },
    [CALL_CANCELLED] = { "cancelled", "■", true }, [CALL_LOST] = { "lost", "✗", true },
};

struct call *call_new(int64_t number, const char *tool)
{
    struct call *call = xcalloc(1, sizeof *call);

    call->number = number;
    call->tool = xstrdup(tool);
    call->id = xstrdup("");
    call->arguments = xstrdup("");
    call->summary = xstrdup("");
    return call;
}

void call_free(struct call *call)
{
    if (!call)
        return;
    char *texts[] = { call->id,     call->tool,      call->arguments, call->summary,  call->verdict,
                      call->reason, call->rule,      call->words,     call->sentence, call->spool,
                      call->result, call->survivors, call->decision,  call->written };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    output_free(call->output);
    free(call);
}

/* Replaces *TEXT by the body's member KEY; a missing member leaves it alone. */
static void take_text(char **text, const struct event *event, const char *key)
{
    const char *value = json_get_text(event->body, key);

    if (!value)
        return;
    free(*text);
    *text = xstrdup(value);
}

static void apply_call(struct call *call, const struct event *event)
{
    take_text(&call->id, event, "id");
    take_text(&call->tool, event, "tool");
    take_text(&call->arguments, event, "arguments");
    take_text(&call->summary, event, "summary");
    call->by_person = strcmp(event->actor, "person") == 0;
    call->proposed = event->time;
    call->state = CALL_PROPOSED;
}

static void apply_verdict(struct call *call, const struct event *event)
{
    take_text(&call->verdict, event, "verdict");
    take_text(&call->reason, event, "reason");
    take_text(&call->rule, event, "rule");
    call->state = CALL_ALLOWED;
    if (call->verdict && strcmp(call->verdict, "deny") == 0)
        call->state = CALL_DENIED;
}

static void apply_ask(struct call *call, const struct event *event)
{
    const char *digest = json_get_text(event->body, "digest");

    if (digest)
        snprintf(call->digest, sizeof call->digest, "%s", digest);
    call->in_part = false; /* what is asked anew is asked whole */
    call->state = CALL_WAITING;
}

static void apply_decision(struct call *call, const struct event *event)
{
    take_text(&call->decision, event, "decision");
    take_text(&call->words, event, "words");
    take_text(&call->summary, event, "summary");
    const char *edited = json_get_text(event->body, "arguments");
    if (edited) {
        take_text(&call->arguments, event, "arguments");
        call->edited = true;
        call->state = CALL_PROPOSED;
        return;
    }
    size_t hunks = json_count(json_get(event->body, "hunks"));
    call->in_part = hunks > 0 && (int64_t)hunks < json_get_integer(event->body, "hunk_count", 0);
    bool refused =
        call->decision && (strcmp(call->decision, "reject") == 0 || strcmp(call->decision, "stop") == 0);
    call->state = refused ? CALL_REJECTED : CALL_ALLOWED;
}

static void apply_started(struct call *call, const struct event *event)
{
    const char *exec = json_get_text(event->body, "exec");

    snprintf(call->exec_id, sizeof call->exec_id, "%s", exec ? exec : "");
    call->started = event->time;
    call->state = CALL_RUNNING;
}

static void apply_output(struct call *call, const struct event *event)
{
    take_text(&call->spool, event, "spool");
    call->output_bytes = json_get_integer(event->body, "bytes", call->output_bytes);
}

static enum call_state end_state(const char *end, int code)
{
    static const struct {
        const char *end;
        enum call_state state;
    } ends[] = {
        { "signalled", CALL_FAILED }, { "timed_out", CALL_TIMED_OUT }, { "cancelled", CALL_CANCELLED },
        { "lost", CALL_LOST },        { "failed", CALL_FAILED },
    };
    for (size_t i = 0; end && i < ARRAY_SIZE(ends); i++)
        if (strcmp(ends[i].end, end) == 0)
            return ends[i].state;
    return code == 0 ? CALL_DONE : CALL_FAILED;
}

static void apply_ended(struct call *call, const struct event *event)
{
    call->code = (int)json_get_integer(event->body, "code", 0);
    call->signal = (int)json_get_integer(event->body, "signal", 0);
    take_text(&call->sentence, event, "sentence");
    const struct json *survivors = json_get(event->body, "survivors");
    if (json_count(survivors) > 0) {
        struct buffer text = BUFFER_INIT;
        for (size_t i = 0; i < json_count(survivors); i++)
            buffer_append_format(&text, "%s%s", i ? "\n" : "", json_text(json_at(survivors, i)));
        free(call->survivors);
        call->survivors = buffer_detach(&text);
    }
    call->ended = event->time;
    call->state = end_state(json_get_text(event->body, "end"), call->code);
}

static void apply_result(struct call *call, const struct event *event)
{
    take_text(&call->result, event, "text");
    if (!call_is_over(call) && json_get_boolean(event->body, "dropped", false))
        call->state = CALL_CANCELLED;
    if (!call_is_over(call))
        call->state = json_get_boolean(event->body, "ok", false) ? CALL_DONE : CALL_FAILED;
    if (!call->ended)
        call->ended = event->time;
}

static void apply_file(struct call *call, const struct event *event)
{
    take_text(&call->written, event, "path");
}

void call_apply(struct call *call, const struct event *event)
{
    static void (*const apply[EVENT_TYPES])(struct call *, const struct event *) = {
        [EVENT_CALL] = apply_call,         [EVENT_VERDICT] = apply_verdict, [EVENT_ASK] = apply_ask,
        [EVENT_DECISION] = apply_decision, [EVENT_STARTED] = apply_started, [EVENT_OUTPUT] = apply_output,
        [EVENT_ENDED] = apply_ended,       [EVENT_RESULT] = apply_result,   [EVENT_FILE] = apply_file,
    };
    if (apply[event->type])
        apply[event->type](call, event);
}

void call_output(struct call *call, bool is_error, const char *bytes, size_t length)
{
    if (!call->output)
        call->output = output_new(OUTPUT_HEAD, OUTPUT_TAIL);
    output_append(call->output, is_error ? OUTPUT_STDERR : OUTPUT_STDOUT, bytes, length);
    call->output_bytes = output_total(call->output);
}

const char *call_state_name(enum call_state state)
{
    return states[state].name;
}

const char *call_state_mark(enum call_state state)
{
    return states[state].mark;
}

bool call_is_over(const struct call *call)
{
    return states[call->state].over;
}

int64_t call_span(const struct call *call, int64_t now)
{
    if (!call->started)
        return 0;
    int64_t end = call->ended ? call->ended : now;
    return end > call->started ? end - call->started : 0;
}
