/* turn.c - the turn machine: prompt, request, answer, calls, results, request again, until a final answer, a
 * limit or the person's stop.
 *
 * One struct turn per session.  Queued prompts are delivered at the start of a turn and between the results of
 * calls and the next request. */
#include "agent/session_private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "matter/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- the time of a turn --- */

static int64_t time_used(const struct session *session)
{
    const struct turn *turn = &session->turn;
    int64_t now = clock_steady();

    return now - turn->began - turn->waited - (turn->waiting_since ? now - turn->waiting_since : 0);
}

static void time_is_over(void *data);

void turn_keep_time(struct session *session)
{
    struct turn *turn = &session->turn;
    int64_t most = conf_integer(session->setup.conf, "agent.max_time");
    bool waits = session->state == SESSION_WAITING;

    if (!turn->active || most <= 0)
        return;
    if (waits && !turn->waiting_since) {
        turn->waiting_since = clock_steady();
        loop_timer_cancel(turn->deadline);
        turn->deadline = NULL;
    } else if (!waits && turn->waiting_since) {
        turn->waited += clock_steady() - turn->waiting_since;
        turn->waiting_since = 0;
    }
    if (!waits && !turn->deadline) {
        int64_t left = most - time_used(session);
        turn->deadline = loop_timer_add(session->setup.loop, left > 0 ? left : 0, time_is_over, session);
    }
}

/* --- the end of a turn --- */

static void turn_over(struct session *session)
{
    struct turn *turn = &session->turn;

    free(turn->stop_words);
    free(turn->writing_id);
    free(turn->writing_tool);
    loop_timer_cancel(turn->deadline);
    *turn = (struct turn){ 0 };
    session_set_waiting(session, NULL);
    session_update_state(session);
    turn_consider(session);
}

void turn_end_stopped(struct session *session, const char *reason, const char *words)
{
    struct json *body = json_new_object();

    json_set_text(body, "reason", reason);
    json_set_text(body, "text", words);
    session_append(session, EVENT_STOP, 0, strcmp(reason, "person") == 0 ? "person" : "session", body);
    if (strcmp(reason, "person") != 0)
        session->queue_held = session->queue_count > 0;
    turn_over(session);
}

static void turn_finished(struct session *session)
{
    session_append(session, EVENT_TURN, 0, "session", NULL);
    turn_over(session);
}

void turn_end_after_calls(struct session *session, const char *reason, char *words, const char *unstarted)
{
    struct turn *turn = &session->turn;

    calls_drop(session, unstarted);
    turn->writing_call = 0;
    turn->streaming = false;
    turn->responded = true;
    free(turn->stop_words);
    turn->stop_words = words;
    turn->failure = reason;
    session_set_waiting(session, NULL);
    calls_step_soon(session);
}

void turn_pause(struct session *session, char *words)
{
    answer_stop(session, "broken");
    turn_end_after_calls(session, "paused", words, "It did not run: the agent was paused before.");
}

static char *time_words(int64_t most)
{
    return xasprintf("Stopped after %" PRId64 " s for one prompt (agent.max_time). A new prompt goes on.",
                     most / 1000);
}

static void time_is_over(void *data)
{
    struct session *session = data;
    struct turn *turn = &session->turn;

    turn->deadline = NULL;
    if (turn->stopping || turn->stop_words)
        return;
    answer_stop(session, "broken");
    turn_end_after_calls(session, "limit", time_words(conf_integer(session->setup.conf, "agent.max_time")),
                         "It did not run: the time for one prompt was over.");
}

/* --- a request --- */

static size_t message_bytes(const struct messages *messages)
{
    size_t bytes = 0;

    for (size_t i = 0; i < messages->count; i++) {
        const struct message *message = &messages->items[i];
        bytes += strlen(message->text) + 16;
        for (size_t k = 0; k < message->call_count; k++)
            bytes += strlen(message->calls[k].arguments) + strlen(message->calls[k].tool) + 32;
        if (message->call_count > 0 && message->reasoning)
            bytes += strlen(message->reasoning);
    }
    return bytes;
}

static size_t tool_bytes(void)
{
    size_t bytes = 0;
    const struct tool *tool;

    for (size_t i = 0; (tool = tools_at(i)) != NULL; i++)
        bytes += strlen(tool->name) + strlen(tool->description) + strlen(tool->schema) + 32;
    return bytes;
}

/* A limit that forbids another request: its words, or NULL. Caller frees. */
static char *limit_reached(const struct session *session)
{
    const struct conf *conf = session->setup.conf;
    const struct turn *turn = &session->turn;
    int64_t most = conf_integer(conf, "agent.max_turns"), time = conf_integer(conf, "agent.max_time"),
            tokens = conf_integer(conf, "agent.max_tokens_per_prompt");

    if (most > 0 && turn->steps >= most)
        return xasprintf("Stopped after %" PRId64
                         " requests for one prompt (agent.max_turns). A new prompt goes on.",
                         most);
    if (time > 0 && time_used(session) >= time)
        return time_words(time);
    if (tokens > 0 && turn->tokens >= tokens)
        return xasprintf("Stopped after %" PRId64
                         " tokens for one prompt (agent.max_tokens_per_prompt). A new "
                         "prompt goes on.",
                         turn->tokens);
    return NULL;
}

static char *context_full(const struct session *session, size_t bytes)
{
    int64_t length = model_context_length(session->model);
    int64_t reserve = conf_integer(session->setup.conf, "model.max_tokens");

    if (length <= 0 || prompt_tokens(bytes) + reserve < length)
        return NULL;
    return xasprintf("The next request would not fit the model's context: about %" PRId64
                     " tokens of %" PRId64 ". Begin a new session, or choose a model with a longer context.",
                     prompt_tokens(bytes) + reserve, length);
}

static void record_request(struct session *session, const struct messages *messages, size_t bytes)
{
    struct json *body = json_new_object();

    json_set_text(body, "model", model_name(session->model));
    json_set_integer(body, "messages", (int64_t)messages->count);
    json_set_integer(body, "bytes", (int64_t)bytes);
    session_append(session, EVENT_REQUEST, 0, "session", body);
}

static void request(struct session *session)
{
    struct messages messages = MESSAGES_INIT;
    struct turn *turn = &session->turn;
    char *system = prompt_system(session);

    messages_add(&messages, MESSAGE_SYSTEM, system);
    conversation_messages(session->conversation, &messages);
    size_t bytes = message_bytes(&messages);
    char *full = context_full(session, bytes + tool_bytes());
    char *limit = full ? NULL : limit_reached(session);
    if (full || limit) {
        turn_end_stopped(session, full ? "context" : "limit", full ? full : limit);
    } else {
        record_request(session, &messages, bytes);
        turn->steps++;
        session->usage.steps = turn->steps;
        turn->request_began = clock_steady();
        turn->streaming = turn->responded = false;
        turn->answer_bytes = turn->answer_blocks = 0;
        turn->usage = (struct model_usage){ -1, -1, -1, -1 };
        answer_ask(session, &messages);
        session_update_state(session);
    }
    free(full);
    free(limit);
    free(system);
    messages_release(&messages);
}

/* --- prompts --- */

static void begin(struct session *session)
{
    session->turn.active = true;
    session->turn.began = clock_steady();
    session->turn_number++;
    patience_begin(session);
    turn_keep_time(session);
}

void turn_resume(struct session *session)
{
    session->turn.active = true;
    session->turn.responded = true;
    session->turn.had_calls = true;
    session->turn.began = clock_steady();
    turn_keep_time(session);
}

void turn_consider(struct session *session)
{
    if (session->turn.active || !session->sandbox_ready || session->queue_count == 0 || session->queue_held ||
        calls_any_running(session))
        return;
    begin(session);
    queue_deliver(session, false);
    request(session);
}

void turn_calls_done(struct session *session)
{
    struct turn *turn = &session->turn;

    if (!turn->active || turn->run || !turn->responded ||
        (!session->sandbox_ready && !session->sandbox_failed))
        return;
    if (turn->stopping) {
        turn_end_stopped(session, "person", "The person stopped the agent here.");
    } else if (turn->stop_words) {
        char *words = turn->stop_words;
        turn->stop_words = NULL;
        turn_end_stopped(session, turn->failure ? turn->failure : "error", words);
        free(words);
    } else if (session->sandbox_failed) {
        turn_end_stopped(session, "error", "The sandbox is gone, so nothing can run any more.");
    } else if (turn->had_calls || session->queue_count > 0) {
        turn->had_calls = false;
        queue_deliver(session, true);
        request(session);
    } else {
        turn_finished(session);
    }
}

/* --- after a broken stream --- */

static bool may_repeat(const struct session *session, struct error *error)
{
    if (session->turn.active)
        return error_set(error, "A turn is under way; stop it first (Esc)");
    if (!session->sandbox_ready)
        return error_set(error, "The sandbox is not ready");
    if (session->turn_number == 0)
        return error_set(error, "Nothing has been asked yet");
    return true;
}

static bool repeat(struct session *session, const char *kind, const char *words, struct error *error)
{
    if (!may_repeat(session, error))
        return false;
    begin(session);
    session_notice(session, kind, words);
    request(session);
    return true;
}

bool session_retry(struct session *session, struct error *error)
{
    return repeat(session, "retry", "The request is sent again.", error);
}

bool session_continue(struct session *session, struct error *error)
{
    return repeat(session, "continue", "Your answer was cut off. Go on exactly where it stops.", error);
}
