/* grpc.c - one gRPC call as one HTTP request.
 *
 * The end of a call is its grpc-status, wherever that came: in the head, when there is no message, or in the
 * trailers.  HTTP's own end without it is a failure, for that is how some breaks look.  A server may end a
 * call while our messages still stream; then HTTP does not end by itself, so a status that was seen ends the
 * call when the turn is over. */
#include "wire/grpc.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "wire/grpc_frames.h"
#include "wire/grpc_status.h"
#include "wire/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_TIMEOUT = 10 * 1000,
    STATUS_TIMEOUT = 5 * 1000, /* from the answer to a client's stream to its status */
    DETAILS_MAX = 64 * 1024,
};

struct grpc_call {
    struct loop *loop;
    struct http_call *http; /* NULL: over */
    struct grpc_events events;
    void *data;
    struct grpc_frames frames;
    char *server, *method;       /* for sentences and the debug log: host and port; path */
    int64_t started;             /* clock_steady */
    int64_t deadline;            /* milliseconds, for the sentence */
    struct loop_timer *timer;    /* of the deadline, or of the status */
    struct loop_task *ending;    /* a status was seen: the call is over when the turn is */
    struct buffer text, details; /* of the result */
    bool client_streams;
    bool is_ours; /* the answer is gRPC; the body of any other is of no interest */
    bool telling; /* in a callback or on the way to one: not to be freed */
    bool dead;    /* cancelled or done: no callback any more */
};

/* --- the end --- */

static void free_call(struct grpc_call *call)
{
    grpc_frames_release(&call->frames);
    buffer_release(&call->text);
    buffer_release(&call->details);
    free(call->server);
    free(call->method);
    free(call);
}

static void stop(struct grpc_call *call)
{
    call->dead = true;
    http_cancel(call->http);
    loop_timer_cancel(call->timer);
    call->timer = NULL;
    loop_task_cancel(call->ending);
    call->ending = NULL;
}

void grpc_cancel(struct grpc_call *call)
{
    if (call == NULL || call->dead)
        return;
    stop(call);
    if (!call->telling)
        free_call(call);
}

/* Each way in from the loop begins and ends with these. */
static void enter(struct grpc_call *call)
{
    call->telling = true;
}

static void leave(struct grpc_call *call)
{
    call->telling = false;
    if (call->dead)
        free_call(call);
}

static void log_end(const struct grpc_call *call, const struct grpc_result *result)
{
    if (log_enabled())
        log_line("grpc", "%s %s: %s%s%s, %lld ms", call->server, call->method,
                 grpc_status_name(result->status),
                 result->from_server ? "" : " here: ", result->from_server ? "" : result->message,
                 (long long)(clock_steady() - call->started));
}

static void finish(struct grpc_call *call, const struct grpc_result *result)
{
    log_end(call, result);
    stop(call); /* the answer's fields stay readable until the turn is over */
    call->events.done(call->data, result);
}

/* Our own sentence of what broke. */
static void fail(struct grpc_call *call, int status, const char *words)
{
    buffer_append_format(&call->text, "%s: %s", call->server, words);
    finish(call, &(struct grpc_result){ .status = status, .message = call->text.data });
}

static const char *field(const struct grpc_call *call, const char *name)
{
    return http_header(call->http, name);
}

static int status_of(const struct grpc_call *call)
{
    const char *text = field(call, "grpc-status");
    return text != NULL ? grpc_status_read(text) : -1;
}

static void finish_by_server(struct grpc_call *call, int status)
{
    struct grpc_result result = { .status = status, .from_server = true };
    const char *message = field(call, "grpc-message"), *details = field(call, "grpc-status-details-bin");
    if (message != NULL)
        grpc_message_decode(&call->text, message);
    result.message = call->text.data;
    if (details != NULL && strlen(details) <= DETAILS_MAX && grpc_binary_decode(&call->details, details)) {
        result.details = call->details.data;
        result.details_length = call->details.length;
    }
    finish(call, &result);
}

/* HTTP ended well but grpc-status did not come. */
static void finish_without_status(struct grpc_call *call)
{
    if (call->is_ours) {
        fail(call, GRPC_UNKNOWN, "the answer broke off without a status");
        return;
    }
    buffer_append_format(&call->text, "%s: the answer is not gRPC but HTTP status %d", call->server,
                         http_status(call->http));
    finish(call, &(struct grpc_result){ .status = grpc_status_of_http(http_status(call->http)),
                                        .message = call->text.data });
}

static void end_well(struct grpc_call *call)
{
    int status = status_of(call);
    if (status < 0)
        finish_without_status(call);
    else if (status == GRPC_OK && grpc_frames_is_within(&call->frames))
        fail(call, GRPC_INTERNAL, "the answer ended within a message");
    else
        finish_by_server(call, status);
}

static void on_done(void *data)
{
    struct grpc_call *call = data;
    enter(call);
    end_well(call);
    leave(call);
}

static void end_now(void *data)
{
    struct grpc_call *call = data;
    call->ending = NULL;
    enter(call);
    end_well(call);
    leave(call);
}

static void note_status(struct grpc_call *call)
{
    if (call->ending == NULL && !call->dead && status_of(call) >= 0)
        call->ending = loop_defer(call->loop, end_now, call);
}

static void fail_by_http(struct grpc_call *call, enum http_failure failure, const char *sentence)
{
    bool is_unmade = failure != HTTP_FAILED_BROKEN;
    finish(call, &(struct grpc_result){
                     .status = failure == HTTP_FAILED_REQUEST ? GRPC_INVALID_ARGUMENT : GRPC_UNAVAILABLE,
                     .message = sentence,
                     .refused = is_unmade || !http_was_sent(call->http),
                     .unheard = !is_unmade && http_status(call->http) == 0,
                     .tls = failure == HTTP_FAILED_TLS,
                 });
}

static void on_failed(void *data, enum http_failure failure, const char *sentence)
{
    struct grpc_call *call = data;
    enter(call);
    int status = status_of(call);
    if (status > GRPC_OK)
        finish_by_server(call, status); /* what broke after it does not matter */
    else
        fail_by_http(call, failure, sentence);
    leave(call);
}

static void deadline_passed(void *data)
{
    struct grpc_call *call = data;
    char span[CLOCK_TEXT], words[CLOCK_TEXT + 32];
    call->timer = NULL;
    clock_format_span(call->deadline, span);
    snprintf(words, sizeof(words), "it took longer than %s", span);
    enter(call);
    fail(call, GRPC_DEADLINE_EXCEEDED, words);
    leave(call);
}

/* --- the answer --- */

static void on_head(void *data, struct http_call *http)
{
    struct grpc_call *call = data;
    const char *type = http_header(http, "content-type");
    call->is_ours = type != NULL && strncmp(type, "application/grpc", 16) == 0;
    note_status(call);
}

static void on_trailer(void *data)
{
    note_status(data);
}

static void refuse_frame(struct grpc_call *call, enum grpc_frames_result result)
{
    if (result == GRPC_FRAMES_COMPRESSED)
        fail(call, GRPC_INTERNAL, "the answer is compressed, which was not asked for");
    else
        fail(call, GRPC_RESOURCE_EXHAUSTED, "a message of the answer is longer than 100 MB");
}

static void no_status(void *data)
{
    struct grpc_call *call = data;
    call->timer = NULL;
    enter(call);
    fail(call, GRPC_UNAVAILABLE, "the answer came, but no status");
    leave(call);
}

/* The answer to a client's stream is one message: what we have not sent is not wanted any more.  While some of it
 * is stuck, because the server does not read on, curl cannot tell of the status. */
static void take_message(struct grpc_call *call, const char *message, size_t length)
{
    if (call->client_streams) {
        http_send_abandon(call->http);
        loop_timer_cancel(call->timer);
        call->timer = loop_timer_add(call->loop, STATUS_TIMEOUT, no_status, call);
    }
    call->events.message(call->data, message, length);
}

static void take_messages(struct grpc_call *call, const char *bytes, size_t length)
{
    while (length > 0 && !call->dead) {
        const char *message;
        size_t message_length;
        enum grpc_frames_result result =
            grpc_frames_next(&call->frames, &bytes, &length, &message, &message_length);
        if (result == GRPC_FRAMES_MESSAGE)
            take_message(call, message, message_length);
        else if (result != GRPC_FRAMES_MORE)
            refuse_frame(call, result);
    }
}

static void on_body(void *data, const char *bytes, size_t length)
{
    struct grpc_call *call = data;
    if (!call->is_ours)
        return;
    enter(call);
    take_messages(call, bytes, length);
    leave(call);
}

static void on_drained(void *data)
{
    struct grpc_call *call = data;
    enter(call);
    if (call->events.drained != NULL)
        call->events.drained(call->data);
    leave(call);
}

const char *grpc_answer_field(const struct grpc_call *call, const char *name)
{
    return field(call, name);
}

void grpc_pause(struct grpc_call *call, bool pause)
{
    if (pause)
        http_pause(call->http);
    else
        http_resume(call->http);
}

/* --- the request --- */

void grpc_send(struct grpc_call *call, const void *message, size_t length)
{
    unsigned char head[GRPC_FRAME_HEAD];
    grpc_frame_head(head, length);
    http_send(call->http, head, sizeof(head));
    http_send(call->http, message, length);
}

size_t grpc_send_waiting(const struct grpc_call *call)
{
    return http_send_waiting(call->http);
}

void grpc_send_end(struct grpc_call *call)
{
    http_send_end(call->http);
}

/* "host:port" of a URL, for sentences: no user, no path. */
static char *host_of(const char *server)
{
    const char *host = strstr(server, "://");
    host = host != NULL ? host + 3 : server;
    size_t length = strcspn(host, "/?#");
    const char *user_end = memrchr(host, '@', length);
    if (user_end != NULL) {
        length -= (size_t)(user_end + 1 - host);
        host = user_end + 1;
    }
    return xstrndup(host, length);
}

enum { FIXED_HEADERS = 5 };

/* What gRPC asks for, then the caller's; NULL-terminated, caller frees the array. */
static const char **headers_of(const struct grpc_request *request, const char *timeout)
{
    size_t count = 0, at = 0;
    while (request->metadata != NULL && request->metadata[count] != NULL)
        count++;
    const char **headers = xcalloc(FIXED_HEADERS + count + 1, sizeof(*headers));
    headers[at++] = "Content-Type: application/grpc";
    headers[at++] = "TE: trailers";
    headers[at++] = "Accept:";
    headers[at++] = "grpc-accept-encoding: identity";
    if (request->deadline > 0)
        headers[at++] = timeout;
    for (size_t i = 0; i < count; i++)
        headers[at++] = request->metadata[i];
    return headers;
}

static void start_http(struct grpc_call *call, struct http *http, const struct grpc_request *request)
{
    static const struct http_events events = {
        .head = on_head,
        .body = on_body,
        .done = on_done,
        .failed = on_failed,
        .drained = on_drained,
        .trailer = on_trailer,
    };
    size_t server_length = strlen(request->server);
    bool has_slash = server_length > 0 && request->server[server_length - 1] == '/';
    char *url = xasprintf("%.*s%s", (int)(server_length - has_slash), request->server, request->method);
    char timeout[GRPC_TIMEOUT_TEXT];
    unsigned char head[GRPC_FRAME_HEAD];
    grpc_timeout_header(timeout, request->deadline);
    grpc_frame_head(head, request->length);
    const char **headers = headers_of(request, timeout);
    struct http_request http_request = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .connect_timeout = request->connect_timeout > 0 ? request->connect_timeout : CONNECT_TIMEOUT,
        .http2 = true,
        .fresh = request->fresh,
        .address = request->address,
        .body_streams = request->client_streams,
    };
    if (!request->client_streams) {
        http_request.preamble = (const char *)head;
        http_request.preamble_length = sizeof(head);
        http_request.body = request->message;
        http_request.body_length = request->length;
    }
    call->http = http_start(http, &http_request, &events, call);
    free(headers);
    free(url);
}

struct grpc_call *grpc_start(struct http *http, const struct grpc_request *request,
                             const struct grpc_events *events, void *data)
{
    struct grpc_call *call = xcalloc(1, sizeof(*call));
    call->loop = http_loop(http);
    call->events = *events;
    call->data = data;
    call->server = host_of(request->server);
    call->method = xstrdup(request->method);
    call->started = clock_steady();
    call->deadline = request->deadline;
    call->client_streams = request->client_streams;
    buffer_init(&call->text, 0);
    buffer_init(&call->details, DETAILS_MAX);
    grpc_frames_init(&call->frames);
    start_http(call, http, request);
    if (request->deadline > 0)
        call->timer = loop_timer_add(call->loop, request->deadline, deadline_passed, call);
    return call;
}
