/* resume.c - a session taken up again: its events are folded, then what a crash left open is closed.
 *
 * Drafts that no event closed become broken blocks.  A call that ran is marked lost and never run again; one
 * that waited for a decision waits again: it is judged anew.  The folder is the one that the session was begun
 * with, whatever the current one is; it goes up again only when it never came up whole.  The mode is not taken
 * from the log: auto has to be switched on anew. */
#include "agent/session_private.h"

#include "base/error.h"
#include "base/memory.h"
#include "matter/call.h"
#include "matter/output.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

struct resuming {
    struct session *session;
    bool open; /* the last turn has no end */
    bool failed;
    struct error *error;
};

static void take_queue(struct session *session, const struct event *event)
{
    const struct json *prompts = json_get(event->body, "prompts");

    for (size_t i = 0; i < session->queue_count; i++)
        free(session->queue[i]);
    session->queue_count = 0;
    session->queue = array_reserve(session->queue, &session->queue_capacity, json_count(prompts) + 1,
                                   sizeof *session->queue);
    for (size_t i = 0; i < json_count(prompts); i++)
        session->queue[session->queue_count++] = xstrdup(json_text(json_at(prompts, i)));
}

static void take_numbers(struct session *session, const struct event *event)
{
    session->seq = event->seq;
    session->draft_number = event->seq; /* each draft made an event, or is still open: see take_draft */
    if (event->turn > session->turn_number)
        session->turn_number = event->turn;
    if (event->call > session->call_number)
        session->call_number = event->call;
    if (event->type == EVENT_ASK) {
        const char *ask = json_get_text(event->body, "ask");
        int64_t number = ask ? strtoll(ask, NULL, 10) : 0;
        if (number > session->ask_number)
            session->ask_number = number;
    }
}

static void take_usage(struct session *session, const struct event *event)
{
    int64_t input = json_get_integer(event->body, "input", 0),
            output = json_get_integer(event->body, "output", 0);

    session->usage.input += input;
    session->usage.output += output;
    if (input + output > 0)
        session->usage.context = input + output;
}

static void take_folder(struct session *session, const char *folder)
{
    free((char *)session->setup.folder);
    session->setup.folder = folder && *folder ? xstrdup(folder) : NULL;
}

static bool take_event(void *data, const struct event *event)
{
    struct resuming *resuming = data;
    struct session *session = resuming->session;

    take_numbers(session, event);
    conversation_apply(session->conversation, event);
    if (event->type == EVENT_QUEUE)
        take_queue(session, event);
    else if (event->type == EVENT_RESPONSE)
        take_usage(session, event);
    else if (event->type == EVENT_PROMPT || event->type == EVENT_REQUEST)
        resuming->open = true;
    else if (event->type == EVENT_TURN || event->type == EVENT_STOP)
        resuming->open = false;
    else if (event->type == EVENT_SANDBOX || event->type == EVENT_ENDED)
        life_take_event(session, event);
    else if (event->type == EVENT_SYNC)
        session->synced = true;
    else if (event->type == EVENT_SESSION)
        take_folder(session, json_get_text(event->body, "folder"));
    resuming->failed = !session_rules_take_event(session, event, resuming->error);
    return !resuming->failed;
}

static bool take_draft(void *data, int64_t draft, enum event_type type, int64_t turn, int64_t call,
                       const char *bytes, size_t length)
{
    struct session *session = ((struct resuming *)data)->session;
    struct json *body = json_new_object();

    (void)turn, (void)call;
    json_set_text_length(body, "text", bytes, length);
    json_set_boolean(body, "broken", true);
    session_append(session, type, 0, "model", body);
    store_draft_end(session->setup.store, session->id, draft);
    if (draft > session->draft_number)
        session->draft_number = draft;
    return true;
}

/* What was spooled before sandgate ended. */
static void record_output(struct session *session, struct call *call)
{
    char hash[HASH_TEXT];

    if (!outputs_load(session, call, hash))
        return;
    struct json *body = json_new_object();
    char *name = xasprintf("call-%lld.out", (long long)call->number);
    json_set_text(body, "spool", name);
    json_set_integer(body, "bytes", call->output_bytes);
    json_set_integer(body, "lines", call->output ? output_total_lines(call->output) : 0);
    json_set_text(body, "hash", hash);
    session_append(session, EVENT_OUTPUT, call->number, "session", body);
    free(name);
}

void session_call_lost(struct session *session, struct call *call)
{
    static const char sentence[] =
        "sandgate ended while it ran; whether it finished is not known. It was not run "
        "again";
    struct json *body = json_new_object();

    record_output(session, call);
    json_set_text(body, "end", "lost");
    json_set_text(body, "sentence", sentence);
    session_append(session, EVENT_ENDED, call->number, "session", body);
    body = json_new_object();
    char *text = xasprintf("Lost: %s.", sentence);
    json_set_text(body, "text", text);
    json_set_boolean(body, "ok", false);
    session_append(session, EVENT_RESULT, call->number, "session", body);
    free(text);
}

/* Returns how many calls wait again. */
static size_t close_calls(struct session *session)
{
    size_t waiting = 0;

    for (size_t number = 1; number <= conversation_call_count(session->conversation); number++) {
        struct call *call = conversation_call(session->conversation, (int64_t)number);
        if (!call || call->result)
            continue;
        if (call->state == CALL_RUNNING && *call->exec_id && session->life.was.id && !call->by_person) {
            calls_find(session, call);
            waiting++;
        } else if (call->state == CALL_RUNNING || call->by_person) {
            session_call_lost(session, call);
        } else {
            calls_restore(session, call);
            waiting++;
        }
    }
    return waiting;
}

/* The last of them, which is the one that is looked at; session_load_output brings the others. */
static void load_last_output(struct session *session)
{
    for (size_t number = conversation_call_count(session->conversation); number > 0; number--) {
        struct call *call = conversation_call(session->conversation, (int64_t)number);
        if (call && call->spool) {
            outputs_load(session, call, NULL);
            return;
        }
    }
}

bool session_resume(struct session *session, struct error *error)
{
    struct resuming resuming = { .session = session, .error = error };

    session->resumed = true;
    if (!store_events(session->setup.store, session->id, take_event, &resuming, error) || resuming.failed)
        return false;
    load_last_output(session);
    if (!store_drafts(session->setup.store, session->id, take_draft, &resuming, error))
        return false;
    session->queue_held = session->queue_count > 0;
    if (close_calls(session) > 0) {
        turn_resume(session);
    } else if (resuming.open) {
        struct json *body = json_new_object();
        json_set_text(body, "reason", "error");
        json_set_text(body, "text",
                      "sandgate ended in the middle of this turn. :retry sends the request again, "
                      ":continue asks the model to go on.");
        session_append(session, EVENT_STOP, 0, "session", body);
    }
    return true;
}
