/* turn.c - the turn machine: prompt, request, answer, calls, results, request again, until a final answer, a
 * limit or the person's stop.
 *
 * One struct turn per session.  The model's pieces become drafts; a draft is closed by its event when another
 * kind begins or the answer ends.  Queued prompts are delivered at the start of a turn and between the results
 * of calls and the next request. */
#include "agent/session_private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "matter/call.h"
#include "matter/message.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of text that a block of the log has at most, when it can be cut there: the copies made for its event stay
 * small. */
enum { LONG_BLOCK = 64 * 1024 };

enum { LARGE_ANSWER = 256 * 1024 }; /* bytes after which memory is given back */

/* What one answer may be at most: more is no answer to anything.  It is cut there, and that is said. */
enum { ANSWER_MAX = 16 * 1024 * 1024, ANSWER_BLOCKS = 1000 };

static void request(struct session *session);

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

/* Ends the turn when its calls have ended; WORDS are taken over. */
static void end_after_calls(struct session *session, const char *reason, char *words, const char *unstarted)
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
    turn_stop_stream(session, "broken");
    end_after_calls(session, "paused", words, "It did not run: the agent was paused before.");
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
    turn_stop_stream(session, "broken");
    end_after_calls(session, "limit", time_words(conf_integer(session->setup.conf, "agent.max_time")),
                    "It did not run: the time for one prompt was over.");
}

/* --- drafts of the answer --- */

/* The whole text of the block that streams, from the conversation, which holds it already. */
static const struct block *streaming_block(const struct session *session, enum block_kind kind)
{
    for (size_t i = conversation_count(session->conversation); i > 0; i--) {
        const struct block *block = conversation_block(session->conversation, i - 1);
        if (block->kind == kind && block->open)
            return block;
    }
    return NULL;
}

/* Closes the block that streams with the first LENGTH bytes of its text. */
static void close_block(struct session *session, int64_t *draft, enum event_type type,
                        const struct block *block, size_t length, const char *how)
{
    struct json *body = json_new_object();
    json_set_text_length(body, "text", block ? block->text.data : "", length);
    if (how && (type == EVENT_TEXT || strcmp(how, "broken") == 0))
        json_set_boolean(body, how, true);
    else if (how)
        json_set_boolean(body, "broken", true);
    session_append(session, type, 0, "model", body);
    store_draft_end(session->setup.store, session->id, *draft);
    *draft = 0;
    session->turn.cut = (struct markdown_cut){ 0 };
}

static void close_draft(struct session *session, int64_t *draft, enum event_type type, enum block_kind kind,
                        const char *how)
{
    if (!*draft)
        return;
    const struct block *block = streaming_block(session, kind);
    close_block(session, draft, type, block, block ? block->text.length : 0, how);
}

/* A block that became long is closed at the last good place, and what stands behind it begins the next.  The
 * listeners have heard that already: they are told of the event alone. */
static void cut_long_block(struct session *session, int64_t *draft, enum event_type type,
                           enum block_kind kind)
{
    const struct block *block = streaming_block(session, kind);
    if (!block || block->text.length < LONG_BLOCK)
        return;
    size_t length = block->text.length;
    size_t place = markdown_cut_read(&session->turn.cut, block->text.data, length);
    if (place < LONG_BLOCK / 2)
        return;
    char *rest = xmemdup(block->text.data + place, length - place);
    close_block(session, draft, type, block, place, NULL);
    struct draft next = {
        .type = type, .turn = session->turn_number, .bytes = rest, .length = length - place
    };
    if (next.length > 0) {
        *draft = ++session->draft_number;
        session_draft_quietly(session, *draft, &next);
    }
    free(rest);
}

/* HOW: NULL when the blocks are whole, else "broken" or "stopped". */
static void close_drafts(struct session *session, const char *how)
{
    close_draft(session, &session->turn.reasoning, EVENT_REASONING, BLOCK_REASONING, how);
    close_draft(session, &session->turn.text, EVENT_TEXT, BLOCK_TEXT, how);
}

/* Counts what comes; false: it is too much, and the answer was cut before it. */
static bool takes(struct session *session, size_t bytes, size_t blocks)
{
    struct turn *turn = &session->turn;

    if (turn->answer_bytes + bytes <= ANSWER_MAX && turn->answer_blocks + blocks <= ANSWER_BLOCKS) {
        turn->answer_bytes += bytes;
        turn->answer_blocks += blocks;
        return true;
    }
    char *words =
        xasprintf("The answer was cut after %zu bytes in %zu blocks: it is longer than an answer may "
                  "be. What came is kept, the rest was not taken.",
                  turn->answer_bytes, turn->answer_blocks);
    turn_stop_stream(session, "broken");
    end_after_calls(session, "limit", words, "It did not run: the answer that it belongs to was cut.");
    return false;
}

static void piece(struct session *session, int64_t *draft, enum event_type type, enum block_kind kind,
                  const char *bytes, size_t length)
{
    if (!takes(session, length, *draft ? 0 : 1))
        return;
    struct draft draft_piece = {
        .type = type, .turn = session->turn_number, .bytes = bytes, .length = length
    };

    if (!*draft)
        *draft = ++session->draft_number;
    if (!session->turn.streaming) {
        session->turn.streaming = true;
        session_set_waiting(session, NULL);
        session_update_state(session);
    }
    session_draft(session, *draft, &draft_piece);
    cut_long_block(session, draft, type, kind);
}

static void on_text(void *data, const char *bytes, size_t length)
{
    struct session *session = data;

    if (!session->turn.text)
        close_drafts(session, NULL);
    piece(session, &session->turn.text, EVENT_TEXT, BLOCK_TEXT, bytes, length);
}

static void on_reasoning(void *data, const char *bytes, size_t length)
{
    struct session *session = data;

    if (!session->turn.reasoning)
        close_drafts(session, NULL);
    piece(session, &session->turn.reasoning, EVENT_REASONING, BLOCK_REASONING, bytes, length);
}

/* --- calls of the answer --- */

static void on_call_begin(void *data, const char *id, const char *tool)
{
    struct session *session = data;
    struct turn *turn = &session->turn;

    if (!takes(session, strlen(tool), 1))
        return;
    close_drafts(session, NULL);
    turn->streaming = true;
    turn->writing_call = ++session->call_number;
    free(turn->writing_id);
    free(turn->writing_tool);
    turn->writing_id = xstrdup(id);
    turn->writing_tool = xstrdup(tool);
    struct draft begin = { .type = EVENT_CALL,
                           .turn = session->turn_number,
                           .call = turn->writing_call,
                           .tool = tool,
                           .bytes = "" };
    session_draft(session, 0, &begin);
    session_update_state(session);
}

static void on_call_arguments(void *data, const char *bytes, size_t length)
{
    struct session *session = data;
    struct draft more = { .type = EVENT_CALL,
                          .turn = session->turn_number,
                          .call = session->turn.writing_call,
                          .bytes = bytes,
                          .length = length };

    if (takes(session, length, 0))
        session_draft(session, 0, &more);
}

static void on_call_end(void *data, const char *arguments, const char *refused)
{
    struct session *session = data;
    struct turn *turn = &session->turn;

    calls_propose(session, turn->writing_call, turn->writing_id, turn->writing_tool, arguments, refused);
    turn->writing_call = 0;
}

/* --- the end of an answer --- */

static void on_usage(void *data, const struct model_usage *usage)
{
    struct session *session = data;

    session->turn.usage = *usage;
}

static void count_usage(struct session *session)
{
    const struct model_usage *usage = &session->turn.usage;
    int64_t input = usage->input > 0 ? usage->input : 0, output = usage->output > 0 ? usage->output : 0;

    session->usage.input += input;
    session->usage.output += output;
    session->turn.tokens += input + output;
    if (input + output > 0)
        session->usage.context = input + output;
    session->usage.context_length = model_context_length(session->model);
}

static void record_response(struct session *session, const char *finish)
{
    const struct model_usage *usage = &session->turn.usage;
    const struct {
        const char *name;
        int64_t value;
    } rows[] = { { "input", usage->input },
                 { "cached", usage->cached },
                 { "output", usage->output },
                 { "reasoning", usage->reasoning } };
    struct json *body = json_new_object();

    json_set_text(body, "finish", finish);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].value >= 0)
            json_set_integer(body, rows[i].name, rows[i].value);
    json_set_integer(body, "milliseconds", clock_steady() - session->turn.request_began);
    session_append(session, EVENT_RESPONSE, 0, "model", body);
}

static void on_done(void *data, enum model_finish finish)
{
    static const char *const finishes[] = { "stop", "length", "calls", "filter" };
    struct session *session = data;
    struct turn *turn = &session->turn;

    turn->run = NULL;
    close_drafts(session, finish == MODEL_FINISH_LENGTH ? "broken" : NULL);
    count_usage(session);
    record_response(session, finishes[finish]);
    turn->streaming = false;
    turn->responded = true;
    if (turn->answer_bytes >= LARGE_ANSWER)
        memory_trim();
    if (turn->answer_blocks == 0)
        session_notice(session, "empty", "The model's answer was empty.");
    if (finish == MODEL_FINISH_LENGTH && !turn->had_calls)
        turn_end_stopped(session, "limit",
                         "The answer was cut at the model's limit of tokens. :continue lets it go on.");
    else if (finish == MODEL_FINISH_FILTER)
        end_after_calls(session, "error", xstrdup("The server's content filter ended the answer."),
                        "It did not run: the server's content filter ended the answer that it belongs to.");
    session_update_state(session);
    calls_step_soon(session);
}

static void on_failed(void *data, enum model_failure failure, const char *sentence)
{
    struct session *session = data;
    char *words = NULL;

    session->turn.run = NULL;
    close_drafts(session, "broken");
    if (failure == MODEL_FAILED_CONTEXT)
        words = xasprintf(
            "The conversation does not fit the model's context any more: %s. Begin a new session, or "
            "choose a model with a longer context.",
            sentence);
    else if (failure == MODEL_FAILED_BROKEN)
        words = xasprintf(
            "The stream broke: %s. What came is kept. :retry sends the request again, :continue asks "
            "the model to go on.",
            sentence);
    else
        words = xasprintf("The request failed: %s. :retry sends it again.", sentence);
    end_after_calls(session, failure == MODEL_FAILED_CONTEXT ? "context" : "error", words,
                    "It did not run: the answer that it belongs to broke off.");
}

static void on_waiting(void *data, const char *sentence)
{
    session_set_waiting(data, sentence);
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

static void send(struct session *session, const struct messages *messages)
{
    static const struct model_events events = { on_text,           on_reasoning, on_call_begin,
                                                on_call_arguments, on_call_end,  on_usage,
                                                on_waiting,        on_done,      on_failed };
    struct model_tool tools[16];
    const struct tool *tool;
    size_t count = 0;

    for (; (tool = tools_at(count)) != NULL && count < ARRAY_SIZE(tools); count++)
        tools[count] = (struct model_tool){ tool->name, tool->description, tool->schema };
    session->turn.run = model_start(session->model, messages, tools, count, &events, session);
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
        send(session, &messages);
        session_update_state(session);
    }
    free(full);
    free(limit);
    free(system);
    messages_release(&messages);
}

/* --- prompts --- */

static void deliver_queue(struct session *session, bool queued)
{
    while (session->queue_count > 0) {
        char *text = session_queue_take(session, 0);
        struct json *body = json_new_object();
        json_set_text(body, "text", text);
        if (queued)
            json_set_boolean(body, "queued", true);
        session_append(session, EVENT_PROMPT, 0, "person", body);
        free(text);
    }
}

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
    deliver_queue(session, false);
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
        deliver_queue(session, true);
        request(session);
    } else {
        turn_finished(session);
    }
}

void turn_stop_stream(struct session *session, const char *how)
{
    struct turn *turn = &session->turn;

    if (turn->run) {
        model_cancel(turn->run);
        turn->run = NULL;
        close_drafts(session, how);
        turn->writing_call = 0;
    }
    turn->streaming = false;
    turn->responded = true;
    session_set_waiting(session, NULL);
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
