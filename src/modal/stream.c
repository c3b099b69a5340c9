/* stream.c - one attempt of a server stream of the control plane.  Who reads it knows where it broke off, and asks
 * again from there. */
#include "modal/call.h"

#include "base/memory.h"
#include "modal/attempt.h"
#include "modal/client_private.h"

#include <stdlib.h>

struct stream {
    struct modal_call call; /* first: it is what the caller holds */
    struct modal_attempt attempt;
    char *what;
    modal_stream_message *message;
    modal_stream_ended *ended;
    void *data;
    bool telling; /* in a callback of the owner: not to be freed */
    bool dead;    /* the owner was told of the end, or cancelled */
};

static void free_stream(struct stream *stream)
{
    modal_attempt_release(&stream->attempt);
    free(stream->what);
    free(stream);
}

static void cancel(struct modal_call *call)
{
    struct stream *stream = (struct stream *)call;
    if (stream->dead)
        return;
    stream->dead = true;
    modal_attempt_cancel(&stream->attempt);
    if (!stream->telling)
        free_stream(stream);
}

static void end(struct stream *stream, const struct modal_failure *failure)
{
    stream->dead = true;
    modal_attempt_cancel(&stream->attempt);
    stream->ended(stream->data, failure);
}

static void end_badly(struct stream *stream, const struct grpc_result *result)
{
    struct modal_failure failure;
    struct buffer sentence = BUFFER_INIT;
    modal_failure_of(&failure, &sentence, &stream->attempt.client->settings, stream->what, result);
    end(stream, &failure);
    buffer_release(&sentence);
}

static void leave(struct stream *stream)
{
    stream->telling = false;
    if (stream->dead)
        free_stream(stream);
}

static void message(void *data, const void *bytes, size_t length)
{
    static const struct grpc_result unreadable = {
        .status = GRPC_INTERNAL,
        .message = "a message of the answer cannot be read",
    };
    struct stream *stream = data;
    void *answer = modal_unpack(stream->attempt.method->answer, bytes, length);
    stream->telling = true;
    if (answer != NULL)
        stream->message(stream->data, answer);
    else
        end_badly(stream, &unreadable);
    modal_message_free(answer);
    leave(stream);
}

static void ended(void *data, const struct grpc_result *result, const struct modal_failure *failure)
{
    struct stream *stream = data;
    stream->telling = true;
    if (failure == NULL && result->status != GRPC_OK)
        end_badly(stream, result);
    else
        end(stream, failure);
    leave(stream);
}

struct modal_call *modal_stream(struct modal_client *client, const struct modal_method *method,
                                const void *request, int64_t deadline, const char *what,
                                modal_stream_message *on_message, modal_stream_ended *on_ended, void *data)
{
    static const struct modal_attempt_events events = { .message = message, .ended = ended };
    struct stream *stream = xcalloc(1, sizeof(*stream));
    stream->call.cancel = cancel;
    stream->attempt = (struct modal_attempt){
        .client = client,
        .method = method,
        .deadline = deadline,
        .events = &events,
        .data = stream,
    };
    buffer_init(&stream->attempt.request, GRPC_MESSAGE_MAX);
    modal_pack(&stream->attempt.request, request);
    stream->what = xstrdup(what);
    stream->message = on_message;
    stream->ended = on_ended;
    stream->data = data;
    modal_attempt_start(&stream->attempt);
    return &stream->call;
}
