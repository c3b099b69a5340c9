/* session.c - the life of a session, its log and its state.
 *
 * session_append is the one place where an event is made: it gets its number, goes to the store, then to the
 * conversation (a fold of the log), then to the listeners.  The state is never set by hand: it is worked out
 * from what is there (session_update_state), so that it cannot disagree with it. */
#include "agent/session_private.h"

#include "base/texts.h"
#include "config.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "matter/call.h"
#include "sandbox/sandbox.h"
#include "sandbox/sync.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[SESSION_STATES] = {
    [SESSION_STARTING] = "starting",        [SESSION_READY] = "ready",
    [SESSION_ASKING] = "waiting for model", [SESSION_STREAMING] = "answering",
    [SESSION_WAITING] = "waiting for you",  [SESSION_RUNNING] = "running",
    [SESSION_STOPPING] = "stopping",        [SESSION_BROKEN] = "no sandbox",
};

/* --- the log --- */

static struct event *make_event(struct session *session, enum event_type type, int64_t call,
                                const char *actor, struct json *body)
{
    struct event *event = event_new(type);

    json_free(event->body);
    event->body = body ? body : json_new_object();
    event->version = EVENT_VERSION;
    snprintf(event->session, sizeof event->session, "%s", session->id);
    event->parent = session->seq;
    event->seq = ++session->seq;
    event->turn = session->turn_number;
    event->call = call;
    snprintf(event->actor, sizeof event->actor, "%s", actor);
    if (session->sandbox) {
        const struct sandbox_facts *facts = sandbox_facts(session->sandbox);
        snprintf(event->sandbox, sizeof event->sandbox, "%s", facts->id);
        event->generation = facts->generation;
    }
    event->time = clock_wall();
    return event;
}

void session_append_durable(struct session *session, enum event_type type, int64_t call, const char *actor,
                            struct json *body, void (*committed)(void *data, bool written), void *data)
{
    struct event *event = make_event(session, type, call, actor, body);
    struct session_news news = { .kind = NEWS_EVENT, .event = event };

    log_line("session", "%s: event %" PRId64 ", %s of call %" PRId64 " by %s", session->id, event->seq,
             event_type_name(type), call, actor);
    store_append(session->setup.store, event, committed, data);
    conversation_apply(session->conversation, event);
    listeners_tell(&session->listeners, &news);
    event_free(event);
}

void session_append(struct session *session, enum event_type type, int64_t call, const char *actor,
                    struct json *body)
{
    session_append_durable(session, type, call, actor, body, NULL, NULL);
}

void session_draft_quietly(struct session *session, int64_t draft, const struct draft *piece)
{
    if (draft > 0 && piece->length > 0)
        store_draft(session->setup.store, session->id, draft, piece->type, piece->turn, piece->call,
                    piece->bytes, piece->length);
    conversation_draft(session->conversation, piece);
}

void session_draft(struct session *session, int64_t draft, const struct draft *piece)
{
    struct session_news news = { .kind = NEWS_DRAFT, .draft = piece };

    session_draft_quietly(session, draft, piece);
    listeners_tell(&session->listeners, &news);
}

void session_tell(struct session *session, enum session_news_kind kind)
{
    struct session_news news = { .kind = kind };

    listeners_tell(&session->listeners, &news);
}

void session_error(struct session *session, const char *kind, const char *sentence)
{
    struct json *body = json_new_object();

    json_set_text(body, "text", sentence);
    json_set_text(body, "kind", kind);
    session_append(session, EVENT_ERROR, 0, "session", body);
}

void session_notice(struct session *session, const char *kind, const char *sentence)
{
    struct json *body = json_new_object();

    json_set_text(body, "text", sentence);
    json_set_text(body, "kind", kind);
    session_append(session, EVENT_NOTICE, 0, "session", body);
}

/* --- state --- */

static enum session_state current_state(const struct session *session)
{
    const struct turn *turn = &session->turn;

    if (turn->stopping)
        return SESSION_STOPPING;
    if (gate_count(session->gate) > 0)
        return SESSION_WAITING;
    if (turn->run)
        return turn->streaming ? SESSION_STREAMING : SESSION_ASKING;
    if (turn->active || calls_any_running(session))
        return SESSION_RUNNING;
    if (session->sandbox_failed)
        return SESSION_BROKEN;
    return session->sandbox_ready ? SESSION_READY : SESSION_STARTING;
}

void session_update_state(struct session *session)
{
    enum session_state state = current_state(session);

    if (state == session->state)
        return;
    session->state = state;
    session->state_since = clock_wall();
    turn_keep_time(session);
    session_tell(session, NEWS_STATE);
}

void session_set_waiting(struct session *session, const char *words)
{
    if (!words && !*session->waiting)
        return;
    free(session->waiting);
    session->waiting = xstrdup(words ? words : "");
    session_tell(session, NEWS_STATE);
}

/* --- life --- */

static bool open_model(struct session *session, struct error *error)
{
    const struct conf *conf = session->setup.conf;
    struct model_options options = {
        .provider = conf_text(conf, "model.provider"),
        .name = conf_text(conf, "model.name"),
        .url = conf_text(conf, "model.url"),
        .api_key = session->setup.api_key,
        .script = conf_text(conf, "model.script"),
        .headers = conf_list(conf, "model.headers"),
        .extra = conf_object(conf, "model.extra_body"),
        .max_tokens = conf_integer(conf, "model.max_tokens"),
        .temperature = conf_is_set(conf, "model.temperature") ? conf_number(conf, "model.temperature") : -1,
        .context_length = conf_integer(conf, "model.context_length"),
        .connect_timeout = conf_integer(conf, "model.connect_timeout"),
        .first_byte_timeout = conf_integer(conf, "model.first_byte_timeout"),
        .silence_timeout = conf_integer(conf, "model.silence_timeout"),
        .start_timeout = conf_integer(conf, "model.start_timeout"),
        .max_retries = (int)conf_integer(conf, "model.max_retries"),
    };
    session->model = model_open(session->setup.loop, session->setup.http, &options, error);
    return session->model != NULL;
}

static bool open_log(struct session *session, struct error *error)
{
    if (session->setup.resume)
        snprintf(session->id, sizeof session->id, "%s", session->setup.resume);
    else
        store_new_id(session->setup.store, session->id);
    session->lease = store_lease_take(session->setup.store, session->id, error);
    if (!session->lease)
        return false;
    session->folder = store_session_folder(session->setup.store, session->id);
    return true;
}

static void record_beginning(struct session *session)
{
    struct json *body = json_new_object();
    const struct conf *conf = session->setup.conf;

    json_set_text(body, "program", "sandgate");
    json_set_text(body, "version", PACKAGE_VERSION);
    json_set_text(body, "folder", session->setup.folder ? session->setup.folder : "");
    json_set_text(body, "model", session_model_name(session));
    json_set_text(body, "provider", conf_text(conf, "model.provider"));
    json_set_boolean(body, "resumed", session->resumed);
    session_append(session, EVENT_SESSION, 0, "session", body);
    body = json_new_object();
    json_set_text(body, "mode", policy_mode_name(session->setup.mode));
    session_append(session, EVENT_MODE, 0, "person", body);
}

struct session *session_new(const struct session_setup *setup, struct error *error)
{
    struct session *session = xcalloc(1, sizeof *session);

    session->setup = *setup;
    session->setup.folder = xstrdup_or_null(setup->folder);
    session->setup.resume = xstrdup_or_null(setup->resume);
    session->setup.api_key = xstrdup_or_null(setup->api_key);
    session->conversation = conversation_new();
    session->gate = gate_new();
    session->waiting = xstrdup("");
    session->sandbox_words = xstrdup(conf_text(setup->conf, "terminal.backend"));
    session->workspace = xstrdup(conf_text(setup->conf, "terminal.cwd"));
    session->environment = session_make_environment(setup->conf);
    session->facts = facts_new(session);
    session_rules_init(session);
    session->state_since = clock_wall();
    if (setup->hear)
        listeners_add(&session->listeners, setup->hear, setup->hear_data);
    if (!open_log(session, error) || !open_model(session, error) ||
        (session->setup.resume && !session_resume(session, error))) {
        session_free(session);
        return NULL;
    }
    record_beginning(session);
    if (!session->resumed)
        life_find_snapshot(session);
    session_open_sandbox(session);
    return session;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void session_free(struct session *session)
{
    if (!session)
        return;
    if (session->turn.run)
        model_cancel(session->turn.run);
    loop_timer_cancel(session->turn.deadline);
    sync_cancel(session->sync);
    sandbox_request_cancel(session->instructions_request);
    life_release(session);
    calls_free(session);
    trial_release(session->trial);
    trial_release(session->leaving_trial);
    facts_free(session->facts);
    sandbox_free(session->sandbox);
    trial_release(session->adopted_trial);
    model_close(session->model);
    gate_free(session->gate);
    conversation_free(session->conversation);
    listeners_release(&session->listeners);
    store_lease_free(session->lease);
    free_texts(session->queue, session->queue_count);
    texts_free(session->environment);
    session_rules_release(session);
    char *texts[] = { session->folder,
                      session->waiting,
                      session->sandbox_failed,
                      session->sandbox_words,
                      session->instructions,
                      session->instructions_name,
                      session->workspace,
                      session->model_failed,
                      session->turn.stop_words,
                      session->turn.writing_id,
                      session->turn.writing_tool,
                      (char *)session->setup.folder,
                      (char *)session->setup.resume,
                      (char *)session->setup.api_key };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    free(session);
}

/* --- what faces ask --- */

const char *session_id(const struct session *session)
{
    return session->id;
}

enum session_state session_state(const struct session *session)
{
    return session->state;
}

const char *session_state_name(enum session_state state)
{
    return state_names[state];
}

const char *session_waiting(const struct session *session)
{
    return session->waiting;
}

int64_t session_state_since(const struct session *session)
{
    return session->state_since;
}

const struct conversation *session_conversation(const struct session *session)
{
    return session->conversation;
}

enum policy_mode session_mode(const struct session *session)
{
    return session->setup.mode;
}

bool session_mode_is_pinned(const struct session *session)
{
    return session->setup.mode_is_pinned;
}

bool session_set_mode(struct session *session, enum policy_mode mode, const char *reason, struct error *error)
{
    struct json *body;

    if (session->setup.mode_is_pinned)
        return error_set(error, "The mode of this session is fixed: %s",
                         policy_mode_name(session->setup.mode));
    session->setup.mode = mode;
    body = json_new_object();
    json_set_text(body, "mode", policy_mode_name(mode));
    if (reason)
        json_set_text(body, "reason", reason);
    session_append(session, EVENT_MODE, 0, "person", body);
    session_tell(session, NEWS_STATE);
    calls_judge_again(session); /* what waits may be answered by it, or not any more */
    return true;
}

const char *session_model_name(const struct session *session)
{
    return model_name(session->model);
}

bool session_is_busy(const struct session *session)
{
    return session->turn.active || calls_any_running(session);
}

const struct session_usage *session_usage(const struct session *session)
{
    return &session->usage;
}

struct listener *session_listen(struct session *session, listener_function *hear, void *data)
{
    return listeners_add(&session->listeners, hear, data);
}

void session_unlisten(struct session *session, struct listener *listener)
{
    listeners_remove(&session->listeners, listener);
}

size_t session_ask_count(const struct session *session)
{
    return gate_count(session->gate);
}

const struct ask *session_ask(const struct session *session, size_t index)
{
    return gate_at(session->gate, index);
}

bool session_decide(struct session *session, const struct decision *decision, struct error *error)
{
    return calls_decide(session, decision, error);
}

bool session_run_own(struct session *session, const char *script, bool confirmed, struct error *error)
{
    return calls_own(session, script, confirmed, error);
}

void session_store_failed(struct session *session, const char *sentence)
{
    if (session->store_failed)
        return;
    session->store_failed = true;
    session_error(session, "store", sentence);
    calls_step_soon(session);
}

void session_cancel_call(struct session *session, int64_t number)
{
    calls_cancel(session, number);
}

struct sandbox *session_sandbox(const struct session *session)
{
    return session->sandbox_ready ? session->sandbox : NULL;
}

const char *session_workspace(const struct session *session)
{
    return session->workspace;
}

const char *session_sandbox_words(const struct session *session)
{
    return session->sandbox_words;
}

const struct call *session_writer_of(const struct session *session, const char *path)
{
    for (int64_t number = (int64_t)conversation_call_count(session->conversation); number > 0; number--) {
        const struct call *call = conversation_call(session->conversation, number);
        if (call && call->written && strcmp(call->written, path) == 0)
            return call;
    }
    return NULL;
}

void session_stop(struct session *session)
{
    if (!session->turn.active) {
        calls_stop_own(session);
        return;
    }
    session->turn.stopping = true;
    session->queue_held = session->queue_count > 0;
    answer_stop(session, "stopped");
    calls_stop(session);
    session_update_state(session);
    calls_step_soon(session);
}
