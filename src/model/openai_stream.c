/* openai_stream.c - reads chunks ("delta") and whole answers ("message") alike.
 *
 * Chunks that differ only in their text are not parsed one by one (chunk_shape.h), and their texts are gathered
 * until something else comes or openai_stream_flush is called. */
#include "model/openai_stream.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "model/call_pieces.h"
#include "model/chunk_shape.h"
#include "model/printed_calls.h"
#include "model/refusal.h"
#include "model/repair.h"
#include "model/teller.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 64 * 1024 * 1024, GATHERED_MAX = 64 * 1024 };

struct openai_stream {
    struct teller *teller;
    struct call_pieces *pieces;
    struct printed_calls *printed;
    bool finished;
    enum model_finish finish;
    bool has_usage;
    struct model_usage usage;
    bool failed;
    struct refusal refusal;
    struct chunk_shape shape;
    bool shape_is_reasoning;
    struct buffer gathered; /* of that kind, not told yet */
};

struct openai_stream *openai_stream_new(struct teller *teller, const struct model_tool *tools,
                                        size_t tool_count, struct map *used_ids, uint64_t seed)
{
    struct openai_stream *stream = xcalloc(1, sizeof *stream);
    stream->teller = teller;
    stream->pieces = call_pieces_new(teller, tools, tool_count, used_ids, seed);
    stream->printed = printed_calls_new(teller, stream->pieces, tools, tool_count);
    stream->shape = (struct chunk_shape)CHUNK_SHAPE_INIT;
    buffer_init(&stream->gathered, MESSAGE_MAX);
    return stream;
}

void openai_stream_free(struct openai_stream *stream)
{
    if (!stream)
        return;
    buffer_release(&stream->gathered);
    chunk_shape_release(&stream->shape);
    printed_calls_free(stream->printed);
    call_pieces_free(stream->pieces);
    refusal_release(&stream->refusal);
    free(stream);
}

/* --- errors --- */

static enum openai_fed fail(struct openai_stream *stream, struct refusal refusal)
{
    refusal_release(&stream->refusal);
    stream->refusal = refusal;
    stream->failed = true;
    return OPENAI_ERROR;
}

/* Not the server's words but ours. */
static enum openai_fed fail_with(struct openai_stream *stream, const char *sentence)
{
    return fail(stream, refusal_of_connection(HTTP_FAILED_BROKEN, sentence));
}

const struct refusal *openai_stream_refusal(const struct openai_stream *stream)
{
    return &stream->refusal;
}

/* --- usage and finish --- */

static int64_t count_of(const struct json *usage, const char *key, const char *inner)
{
    const struct json *details = inner ? json_get(usage, key) : usage;
    int64_t count = json_get_integer(details, inner ? inner : key, -1);
    return count >= 0 ? count : -1;
}

static int64_t first_known(int64_t one, int64_t other)
{
    return one >= 0 ? one : other;
}

/* The last one counts: some servers send a running count with every chunk. */
static void read_usage(struct openai_stream *stream, const struct json *usage)
{
    if (!json_is(usage, JSON_OBJECT))
        return;
    stream->has_usage = true;
    stream->usage = (struct model_usage){
        .input = count_of(usage, "prompt_tokens", NULL),
        .output = count_of(usage, "completion_tokens", NULL),
        .cached = first_known(count_of(usage, "prompt_tokens_details", "cached_tokens"),
                              count_of(usage, "prompt_cache_hit_tokens", NULL)),
        .reasoning = first_known(count_of(usage, "completion_tokens_details", "reasoning_tokens"),
                                 count_of(usage, "reasoning_tokens", NULL)),
    };
}

/* Reasons that are not here (eos, ...) are an ordinary stop. */
static const struct {
    const char *reason;
    enum model_finish finish;
} reasons[] = {
    { "stop", MODEL_FINISH_STOP },
    { "length", MODEL_FINISH_LENGTH },
    { "model_length", MODEL_FINISH_LENGTH },
    { "max_tokens", MODEL_FINISH_LENGTH },
    { "tool_calls", MODEL_FINISH_CALLS },
    { "function_call", MODEL_FINISH_CALLS },
    { "content_filter", MODEL_FINISH_FILTER },
};

static enum openai_fed read_finish(struct openai_stream *stream, const char *reason)
{
    if (!reason || !*reason)
        return OPENAI_MORE;
    if (strcmp(reason, "error") == 0 || strcmp(reason, "abort") == 0)
        return fail_with(stream, "the server gave the answer up");
    stream->finished = true;
    stream->finish = MODEL_FINISH_STOP;
    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
        if (strcmp(reason, reasons[i].reason) == 0)
            stream->finish = reasons[i].finish;
    return OPENAI_MORE;
}

/* --- text and calls --- */

static void tell_content(struct openai_stream *stream, const char *text)
{
    if (text)
        printed_calls_text(stream->printed, text, strlen(text));
}

/* A text, or a list of parts of which those with text count. */
static void read_content(struct openai_stream *stream, const struct json *content)
{
    tell_content(stream, json_text(content));
    if (!json_is(content, JSON_ARRAY))
        return;
    for (size_t i = 0; i < json_count(content); i++)
        tell_content(stream, json_get_text(json_at(content, i), "text"));
}

/* Two names for the same thing; a server that sends both sends the same text twice. */
static void read_reasoning(struct openai_stream *stream, const struct json *delta)
{
    const char *text = json_get_text(delta, "reasoning_content");
    if (!text || !*text)
        text = json_get_text(delta, "reasoning");
    if (text)
        teller_reasoning(stream->teller, text, strlen(text));
}

/* PIECE is {"index", "id", "function": {"name", "arguments"}}, or the same without "function" around. */
static void read_call(struct openai_stream *stream, const struct json *piece, int64_t fallback_index)
{
    const struct json *function = json_get(piece, "function");
    if (!json_is(function, JSON_OBJECT))
        function = piece;
    const struct json *arguments = json_get(function, "arguments");
    char *printed = json_is(arguments, JSON_OBJECT) ? json_print(arguments) : NULL;
    int64_t index = json_get_integer(piece, "index", fallback_index);
    call_pieces_add(stream->pieces, &(struct call_piece){
                                        .index = index >= 0 ? index : CALL_NO_INDEX,
                                        .id = json_get_text(piece, "id"),
                                        .name = json_get_text(function, "name"),
                                        .arguments = printed ? printed : json_text(arguments),
                                    });
    free(printed);
}

/* In a whole answer each entry is a call by itself: its place is its index. */
static void read_calls(struct openai_stream *stream, const struct json *calls, bool whole)
{
    if (!json_is(calls, JSON_ARRAY))
        return;
    for (size_t i = 0; i < json_count(calls) && !teller_is_stopped(stream->teller); i++)
        read_call(stream, json_at(calls, i), whole ? (int64_t)i : CALL_NO_INDEX);
}

static void read_delta(struct openai_stream *stream, const struct json *delta, bool whole)
{
    read_reasoning(stream, delta);
    read_content(stream, json_get(delta, "content"));
    tell_content(stream, json_get_text(delta, "refusal"));
    read_calls(stream, json_get(delta, "tool_calls"), whole);
    if (json_is(json_get(delta, "function_call"), JSON_OBJECT))
        read_call(stream, json_get(delta, "function_call"), CALL_NO_INDEX);
}

static enum openai_fed read_choice(struct openai_stream *stream, const struct json *choice)
{
    if (json_get_integer(choice, "index", 0) != 0)
        return OPENAI_MORE;
    const struct json *message = json_get(choice, "message");
    bool whole = json_is(message, JSON_OBJECT);
    read_delta(stream, whole ? message : json_get(choice, "delta"), whole);
    const char *reason = json_get_text(choice, "finish_reason");
    return read_finish(stream, reason ? reason : whole ? "stop" : NULL);
}

static enum openai_fed read_message(struct openai_stream *stream, const struct json *message)
{
    const struct json *error = json_get(message, "error");
    if (json_is(error, JSON_OBJECT) || (json_text(error) && *json_text(error)))
        return fail(stream, refusal_of_error(error));
    const char *object = json_get_text(message, "object");
    if (object && strcmp(object, "error") == 0)
        return fail(stream, refusal_of_error(message));
    const struct json *choices = json_get(message, "choices");
    enum openai_fed fed = OPENAI_MORE;
    for (size_t i = 0; i < json_count(choices) && fed == OPENAI_MORE && !teller_is_stopped(stream->teller);
         i++)
        fed = read_choice(stream, json_at(choices, i));
    read_usage(stream, json_get(message, "usage"));
    return fed;
}

/* --- ordinary chunks --- */

/* Whether the member of a delta means nothing: not there, null, or empty. */
static bool is_blank(const struct json *value)
{
    const char *text = json_text(value);
    return text ? !*text
                : !value || json_is(value, JSON_NULL) || (json_is(value, JSON_ARRAY) && !json_count(value));
}

/* The only member of DELTA that means something, when it is text; NULL otherwise. */
static const char *only_text(const struct json *delta)
{
    static const char *const names[] = { "content", "reasoning_content", "reasoning" };
    const char *only = NULL;

    for (size_t i = 0; i < json_count(delta); i++) {
        const char *key = json_key_at(delta, i);
        if (strcmp(key, "role") == 0 || is_blank(json_value_at(delta, i)))
            continue;
        if (only || !json_text(json_value_at(delta, i)))
            return NULL;
        only = key;
    }
    for (size_t i = 0; only && i < ARRAY_SIZE(names); i++)
        if (strcmp(only, names[i]) == 0)
            return names[i];
    return NULL;
}

/* Learns from a message that was read and did nothing but tell a text. */
static void learn_shape(struct openai_stream *stream, const struct json *message, const char *text,
                        size_t length)
{
    const struct json *choices = json_get(message, "choices"), *choice = json_at(choices, 0);
    const char *key = only_text(json_get(choice, "delta"));

    if (!key || json_count(choices) != 1 || json_get_integer(choice, "index", 0) != 0 ||
        !is_blank(json_get(choice, "message")) || !is_blank(json_get(choice, "finish_reason")) ||
        !is_blank(json_get(message, "usage")) || !is_blank(json_get(message, "error")))
        return;
    chunk_shape_learn(&stream->shape, text, length, key);
    stream->shape_is_reasoning = strcmp(key, "content") != 0;
}

void openai_stream_flush(struct openai_stream *stream)
{
    struct buffer text = stream->gathered;

    if (!text.length)
        return;
    buffer_init(&stream->gathered, MESSAGE_MAX);
    if (stream->shape_is_reasoning)
        teller_reasoning(stream->teller, text.data, text.length);
    else
        printed_calls_text(stream->printed, text.data, text.length);
    buffer_release(&text);
}

/* --- messages --- */

/* *PLAIN: it needed no repair. */
static struct json *parse_message(const char *text, size_t length, bool *plain, struct error *error)
{
    struct json *message = json_parse(text, length, NULL);
    *plain = message != NULL;
    if (message)
        return message;
    struct buffer repaired;
    buffer_init(&repaired, MESSAGE_MAX);
    if (repair_message(text, length, &repaired))
        message = json_parse(repaired.data, repaired.length, error);
    else
        error_set(error, "it is too long");
    buffer_release(&repaired);
    return message;
}

enum openai_fed openai_stream_feed(struct openai_stream *stream, const char *text, size_t length)
{
    size_t blank = strspn(text, " \t\r\n");
    if (blank >= length || teller_is_stopped(stream->teller))
        return OPENAI_MORE;
    if (strncmp(text + blank, "[DONE]", 6) == 0)
        return OPENAI_DONE;
    bool ordinary = chunk_shape_read(&stream->shape, text, length, &stream->gathered);
    if (!ordinary || stream->gathered.length > GATHERED_MAX)
        openai_stream_flush(stream);
    if (ordinary)
        return OPENAI_MORE;
    if (teller_is_stopped(stream->teller))
        return OPENAI_MORE;
    struct error error = ERROR_INIT;
    bool plain;
    struct json *message = parse_message(text, length, &plain, &error);
    enum openai_fed fed;
    if (json_is(message, JSON_OBJECT)) {
        fed = read_message(stream, message);
        if (plain && fed == OPENAI_MORE)
            learn_shape(stream, message, text, length);
    } else {
        char *sentence = xasprintf("the server sent a piece that is no JSON object (%s)",
                                   message ? "it is something else" : error_message(&error));
        fed = fail_with(stream, sentence);
        free(sentence);
    }
    json_free(message);
    error_clear(&error);
    return fed;
}

bool openai_stream_is_finished(const struct openai_stream *stream)
{
    return stream->finished;
}

enum model_finish openai_stream_end(struct openai_stream *stream)
{
    openai_stream_flush(stream);
    bool cut = stream->finished && stream->finish == MODEL_FINISH_LENGTH;
    printed_calls_end(stream->printed);
    call_pieces_end(stream->pieces, !cut);
    if (stream->has_usage)
        teller_usage(stream->teller, &stream->usage);
    if (!stream->finished || stream->finish == MODEL_FINISH_STOP || stream->finish == MODEL_FINISH_CALLS)
        return call_pieces_count(stream->pieces) ? MODEL_FINISH_CALLS : MODEL_FINISH_STOP;
    return stream->finish;
}

void openai_stream_break(struct openai_stream *stream)
{
    openai_stream_flush(stream);
    printed_calls_break(stream->printed);
}
