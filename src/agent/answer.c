/* answer.c - the model's answer as it streams: its pieces become drafts, its calls are proposed, its end is told
 * to the turn.
 *
 * A draft is closed by its event when another kind of block begins or the answer ends. */
#include "agent/session_private.h"

#include "base/clock.h"
#include "base/memory.h"
#include "matter/message.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of text that a block of the log has at most, when it can be cut there: the copies made for its event stay
 * small. */
enum { LONG_BLOCK = 64 * 1024 };

enum { LARGE_ANSWER = 256 * 1024 }; /* bytes after which memory is given back */

/* What one answer may be at most: more is no answer to anything.  It is cut there, and that is said. */
enum { ANSWER_MAX = 16 * 1024 * 1024, ANSWER_BLOCKS = 1000 };

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
    answer_stop(session, "broken");
    turn_end_after_calls(session, "limit", words, "It did not run: the answer that it belongs to was cut.");
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
        turn_end_after_calls(
            session, "error", xstrdup("The server's content filter ended the answer."),
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
    turn_end_after_calls(session, failure == MODEL_FAILED_CONTEXT ? "context" : "error", words,
                         "It did not run: the answer that it belongs to broke off.");
}

static void on_waiting(void *data, const char *sentence)
{
    session_set_waiting(data, sentence);
}

/* --- its beginning, and its stop --- */

void answer_ask(struct session *session, const struct messages *messages)
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

void answer_stop(struct session *session, const char *how)
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
