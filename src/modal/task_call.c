/* task_call.c - one call of the command router, from waiting for access to its one answer.
 *
 * Three kinds share one path: a unary call is repeated here by the rules, a server stream and an upload are one
 * attempt each, apart from the token and the first contact.  A call is in one state at a time: waiting for access
 * or a token (waiter), under way (grpc), or pausing (pause). */
#include "modal/task_call.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/retry_policy.h"
#include "modal/settings.h"
#include "modal/task_private.h"
#include "wire/grpc.h"

#include <stdlib.h>

enum {
    THROTTLE_LEAST = 100, /* milliseconds that a server can ask us to wait at least */
    ENDLESS_PAUSE = 1000, /* milliseconds between two attempts: at most after a failure, at least else */
    ENDLESS_PATIENCE = 5 * 60000 /* of failures in a row, before an endless call gives up */
};

enum kind { UNARY, STREAM, UPLOAD };

struct task_call {
    struct modal_call base;
    enum kind kind;
    struct modal_task *task;
    const struct modal_method *method;
    modal_task_fill *fill; /* NULL: an upload */
    struct modal_patience patience;
    char *what;
    modal_answered *answered; /* UNARY, UPLOAD */
    modal_stream_message *message;
    modal_stream_ended *ended; /* STREAM */
    void (*wants)(void *data); /* UPLOAD */
    void *data;

    struct task_waiter waiter;
    struct grpc_call *grpc;
    struct loop_timer *pause;
    struct loop_task *opened; /* UPLOAD: tells wants for the first time */
    unsigned access;          /* number of the token in use */
    int64_t deadline;         /* steady; 0: none */
    int64_t since, attempt_since, failing_since;
    int retries, contacts; /* counted repeats; tries to reach the router at all */
    bool renewed, touched, heard, paused;
    void *answer;
    bool calling, dropped; /* in a callback; dropped by it */
};

static void attempt(void *data);

/* --- its end --- */

static void free_call(struct task_call *call)
{
    modal_message_free(call->answer);
    free(call->what);
    free(call);
}

static void stop(struct task_call *call)
{
    task_leave(&call->waiter);
    grpc_cancel(call->grpc);
    loop_timer_cancel(call->pause);
    loop_task_cancel(call->opened);
    call->grpc = NULL;
    call->pause = NULL;
    call->opened = NULL;
    call->dropped = true;
}

static void drop(struct modal_call *base)
{
    struct task_call *call = (struct task_call *)base;
    stop(call);
    if (!call->calling)
        free_call(call);
}

/* Tells the end, exactly once. */
static void finish(struct task_call *call, const struct modal_failure *failure)
{
    stop(call);
    call->calling = true;
    if (call->kind == STREAM)
        call->ended(call->data, failure);
    else
        call->answered(call->data, failure, failure ? NULL : call->answer);
    free_call(call);
}

static void fail(struct task_call *call, const struct grpc_result *result)
{
    struct buffer sentence = BUFFER_INIT;
    struct modal_failure failure = { 0 };
    modal_failure_of(&failure, &sentence, modal_client_settings(modal_task_client(call->task)), call->what,
                     result);
    finish(call, &failure);
    buffer_release(&sentence);
}

static void fail_late(struct task_call *call)
{
    struct grpc_result result = { .status = GRPC_DEADLINE_EXCEEDED,
                                  .message = "it took longer than the time set for it" };
    fail(call, &result);
}

/* --- repeating --- */

static void pause_then_attempt(struct task_call *call, int64_t milliseconds)
{
    if (call->deadline && clock_steady() + milliseconds >= call->deadline) {
        fail_late(call);
        return;
    }
    struct loop *loop = modal_client_loop(modal_task_client(call->task));
    call->pause = loop_timer_add(loop, milliseconds, attempt, call);
}

/* Milliseconds for which there were nothing but failures of this kind. */
static int64_t failing_for(struct task_call *call, bool of_this_kind)
{
    int64_t now = clock_steady();
    if (!of_this_kind)
        call->failing_since = 0;
    else if (call->failing_since == 0)
        call->failing_since = now;
    return call->failing_since ? now - call->failing_since : 0;
}

static bool may_repeat(struct task_call *call, const struct grpc_result *result)
{
    bool late = result->status == GRPC_DEADLINE_EXCEEDED;
    if (call->kind != UNARY || result->tls || !modal_status_retryable(result->status))
        return false;
    if (call->patience.endless) { /* the long wait: an attempt that ran into its time is no failure */
        if (late) {
            call->retries = 0;
            call->renewed = false; /* it was let in */
        }
        return failing_for(call, !late) < ENDLESS_PATIENCE;
    }
    if (call->patience.overall && (late || result->status == GRPC_CANCELLED))
        return false;
    if (call->patience.outage && !result->from_server)
        return failing_for(call, true) < TASK_OUTAGE;
    return call->retries < TASK_RETRIES;
}

static int64_t delay_of(const struct task_call *call)
{
    int64_t doubled = (int64_t)TASK_FIRST_DELAY
                      << (call->retries < TASK_RETRIES ? call->retries : TASK_RETRIES);
    int64_t since = clock_steady() - call->attempt_since;
    if (call->patience.endless && call->failing_since == 0)
        return since < ENDLESS_PAUSE ? ENDLESS_PAUSE - since : 0;
    int64_t most = call->patience.endless ? ENDLESS_PAUSE : call->failing_since ? TASK_OUTAGE_DELAY : doubled;
    return doubled < most ? doubled : most;
}

static void access_told(void *data, const struct modal_failure *failure)
{
    struct task_call *call = data;
    call->heard = false;
    if (failure)
        finish(call, failure);
    else
        attempt(call);
}

static bool may_renew(const struct task_call *call)
{
    return !call->renewed || task_token_worked(call->task, call->access);
}

static void renew(struct task_call *call)
{
    call->renewed = true;
    if (!task_wait_renewal(call->task, &call->waiter, call->access))
        attempt(call);
}

/* False: this is no matter of the first contact. */
static bool wait_for_contact(struct task_call *call, const struct grpc_result *result)
{
    if (!result->refused || result->tls)
        return false;
    int64_t pause = task_not_reached(call->task, call->contacts);
    if (pause < 0)
        return false;
    call->contacts += pause > 0;
    pause_then_attempt(call, pause);
    return true;
}

/* The server may ask for the same call again, whatever the status; that counts as no retry. */
static bool throttled(struct task_call *call, const struct grpc_result *result)
{
    int64_t most = modal_client_settings(modal_task_client(call->task))->max_throttle_wait, wait;
    if (call->kind == UPLOAD || most == 0 || result->details == NULL ||
        !modal_retry_policy_read(result->details, result->details_length, &wait))
        return false;
    wait = wait < THROTTLE_LEAST ? THROTTLE_LEAST : wait;
    if (most > 0 && clock_steady() - call->since + wait > most * 1000)
        return false;
    pause_then_attempt(call, wait);
    return true;
}

static void attempt_failed(struct task_call *call, const struct grpc_result *result)
{
    bool ran_perhaps = !result->refused && (!result->from_server || modal_status_retryable(result->status));
    call->touched |= ran_perhaps;
    if (result->unheard)
        task_distrust_connections(call->task);
    if (throttled(call, result)) {
        return;
    } else if (call->kind == UPLOAD) {
        fail(call,
             result); /* part of it may have been taken: the caller asks how much, which renews the token */
    } else if (result->status == GRPC_UNAUTHENTICATED && may_renew(call)) {
        renew(call);
    } else if (call->deadline && clock_steady() >= call->deadline) {
        fail_late(call);
    } else if (wait_for_contact(call, result)) {
        return;
    } else if (may_repeat(call, result)) {
        int64_t delay = delay_of(call);
        call->retries++;
        pause_then_attempt(call, delay);
    } else {
        fail(call, result);
    }
}

/* --- one attempt --- */

/* A stream with a hole in it must not go on. */
static void bad_message(struct task_call *call)
{
    struct grpc_result result = { .status = GRPC_INTERNAL,
                                  .message = "it sent something that is no message" };
    grpc_cancel(call->grpc);
    call->grpc = NULL;
    attempt_failed(call, &result);
}

static void message_came(void *data, const void *bytes, size_t length)
{
    struct task_call *call = data;
    void *message = modal_unpack(call->method->answer, bytes, length);
    if (call->kind != STREAM) {
        modal_message_free(call->answer);
        call->answer = message;
        return;
    }
    if (message == NULL) {
        bad_message(call);
        return;
    }
    call->renewed = false;
    task_token_works(call->task, call->access);
    call->calling = true;
    call->message(call->data, message);
    call->calling = false;
    modal_message_free(message);
    if (call->dropped)
        free_call(call);
}

static void attempt_done(void *data, const struct grpc_result *result)
{
    struct task_call *call = data;
    call->grpc = NULL;
    call->heard = result->from_server;
    if (call->heard)
        task_reached(call->task);
    if (call->heard && result->status != GRPC_UNAUTHENTICATED)
        task_token_works(call->task, call->access);
    if (result->status != GRPC_OK) {
        attempt_failed(call, result);
    } else if (call->kind != STREAM && call->answer == NULL) {
        struct grpc_result empty = { .status = GRPC_INTERNAL,
                                     .message = "the answer is empty or no message" };
        attempt_failed(call, &empty);
    } else {
        finish(call, NULL);
    }
}

static void queue_empty(void *data)
{
    struct task_call *call = data;
    call->opened = NULL;
    call->calling = true;
    call->wants(call->data);
    call->calling = false;
    if (call->dropped)
        free_call(call);
}

static int64_t time_for_attempt(const struct task_call *call)
{
    int64_t rest = call->deadline ? call->deadline - clock_steady() : 0;
    if (call->patience.attempt && (rest == 0 || call->patience.attempt < rest))
        return call->patience.attempt;
    return rest;
}

static void start(struct task_call *call, const struct task_access *access)
{
    static const struct grpc_events events = { message_came, NULL, attempt_done };
    static const struct grpc_events upload_events = { message_came, queue_empty, attempt_done };
    struct modal_client *client = modal_task_client(call->task);
    char *path = xasprintf("/modal.task_command_router.TaskCommandRouter/%s", call->method->name);
    char *bearer = xasprintf("authorization: Bearer %s", access->jwt);
    const char *metadata[] = { bearer, NULL };
    struct buffer message = { .data = buffer_empty, .ceiling = GRPC_MESSAGE_MAX };
    if (call->fill)
        modal_pack(&message, call->fill(call->data, modal_task_id(call->task)));
    struct grpc_request request = { .server = access->server,
                                    .method = path,
                                    .metadata = metadata,
                                    .address = access->address,
                                    .message = message.data,
                                    .length = message.length,
                                    .client_streams = call->kind == UPLOAD,
                                    .fresh = task_wants_fresh(call->task),
                                    .deadline = time_for_attempt(call),
                                    .connect_timeout = access->address ? 3000 : 0 };
    modal_message_free(call->answer);
    call->answer = NULL;
    call->grpc = grpc_start(modal_client_http(client), &request,
                            call->kind == UPLOAD ? &upload_events : &events, call);
    if (call->paused)
        grpc_pause(call->grpc, true);
    if (call->kind == UPLOAD)
        call->opened = loop_defer(modal_client_loop(client), queue_empty, call);
    buffer_release(&message);
    free(bearer);
    free(path);
}

static void attempt(void *data)
{
    struct task_call *call = data;
    struct task_access access;
    call->pause = NULL;
    if (call->deadline && clock_steady() >= call->deadline) {
        fail_late(call);
        return;
    }
    if (!task_access(call->task, &access)) {
        task_wait_access(call->task, &call->waiter);
        return;
    }
    call->access = access.number;
    call->attempt_since = clock_steady();
    start(call, &access);
}

/* --- the three kinds --- */

static struct task_call *new_call(struct modal_task *task, enum kind kind, const struct modal_method *method,
                                  const char *what, void *data)
{
    struct task_call *call = xcalloc(1, sizeof(*call));
    call->base.cancel = drop;
    call->kind = kind;
    call->task = task;
    call->method = method;
    call->what = xstrdup(what);
    call->data = data;
    call->since = clock_steady();
    call->waiter.told = access_told;
    call->waiter.data = call;
    return call;
}

struct modal_call *modal_task_unary(struct modal_task *task, const struct modal_method *method,
                                    modal_task_fill *fill, const struct modal_patience *patience,
                                    const char *what, modal_answered *answered, void *data)
{
    struct task_call *call = new_call(task, UNARY, method, what, data);
    call->fill = fill;
    call->answered = answered;
    if (patience)
        call->patience = *patience;
    if (call->patience.overall)
        call->deadline = clock_steady() + call->patience.overall;
    attempt(call);
    return &call->base;
}

bool modal_task_untouched(const struct modal_call *call)
{
    return !((const struct task_call *)call)->touched;
}

bool modal_task_heard(const struct modal_call *call)
{
    return ((const struct task_call *)call)->heard;
}

struct modal_call *modal_task_stream(struct modal_task *task, const struct modal_method *method,
                                     modal_task_fill *fill, int64_t deadline, const char *what,
                                     modal_stream_message *message, modal_stream_ended *ended, void *data)
{
    struct task_call *call = new_call(task, STREAM, method, what, data);
    call->fill = fill;
    call->message = message;
    call->ended = ended;
    if (deadline)
        call->deadline = clock_steady() + deadline;
    attempt(call);
    return &call->base;
}

void modal_task_stream_pause(struct modal_call *stream, bool pause)
{
    struct task_call *call = (struct task_call *)stream;
    call->paused = pause;
    if (call->grpc)
        grpc_pause(call->grpc, pause);
}

struct modal_call *modal_task_upload(struct modal_task *task, const struct modal_method *method,
                                     const char *what, void (*wants)(void *data), modal_answered *answered,
                                     void *data)
{
    struct task_call *call = new_call(task, UPLOAD, method, what, data);
    call->wants = wants;
    call->answered = answered;
    attempt(call);
    return &call->base;
}

void modal_task_send(struct modal_call *upload, const void *message)
{
    struct buffer packed = { .data = buffer_empty, .ceiling = GRPC_MESSAGE_MAX };
    modal_pack(&packed, message);
    grpc_send(((struct task_call *)upload)->grpc, packed.data, packed.length);
    buffer_release(&packed);
}

void modal_task_send_end(struct modal_call *upload)
{
    grpc_send_end(((struct task_call *)upload)->grpc);
}
