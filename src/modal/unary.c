/* unary.c - one request, one answer, and all the patience between (protocol: retries of the control plane).
 *
 * Two layers of repeats that do not count against one another: ours after failures that may pass, and those that
 * the server asks for.  The idempotency key is the same over all of them, so the server does the work once. */
#include "modal/call.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "loop/loop.h"
#include "modal/attempt.h"
#include "modal/client_private.h"
#include "modal/exec.h"
#include "modal/retry_policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_RETRIES = 3, USUAL_DELAY = 100, DELAY_MOST = 1000, THROTTLE_LEAST = 100, LONG = 3000 };

struct unary {
    struct modal_call call; /* first: it is what the caller holds */
    struct modal_attempt attempt;
    char *what;
    modal_answered *answered;
    void *data;
    char key[UUID_TEXT];
    int retries, throttles;   /* repeats so far: ours, the server's */
    int64_t started;          /* clock_steady of the first attempt */
    struct loop_timer *timer; /* until the next attempt */
    char *headers[6];         /* of this attempt, NULL-terminated */
    void *answer;             /* unpacked; NULL: none came, or none that could be read */
    bool dead;                /* the owner was told, or cancelled */
};

static void clear_headers(struct unary *unary)
{
    for (size_t i = 0; unary->headers[i] != NULL; i++) {
        free(unary->headers[i]);
        unary->headers[i] = NULL;
    }
}

static void free_unary(struct unary *unary)
{
    modal_attempt_release(&unary->attempt);
    loop_timer_cancel(unary->timer);
    clear_headers(unary);
    modal_message_free(unary->answer);
    free(unary->what);
    free(unary);
}

static void cancel(struct modal_call *call)
{
    struct unary *unary = (struct unary *)call;
    if (!unary->dead)
        free_unary(unary);
}

/* --- an attempt --- */

static void make_headers(struct unary *unary)
{
    double since = (double)(clock_steady() - unary->started) / 1000.0;
    char **next = unary->headers;
    clear_headers(unary);
    *next++ = xasprintf("x-idempotency-key: %s", unary->key);
    *next++ = xasprintf("x-retry-attempt: %d", unary->retries);
    *next++ = xasprintf("x-throttle-retry-attempt: %d", unary->throttles);
    if (unary->retries > 0)
        *next++ = xasprintf("x-retry-delay: %.3f", since);
    if (unary->throttles > 0)
        *next++ = xasprintf("x-throttle-retry-delay: %.3f", since);
}

static void start_attempt(struct unary *unary)
{
    make_headers(unary);
    modal_message_free(unary->answer);
    unary->answer = NULL;
    modal_attempt_start(&unary->attempt);
}

static void time_has_come(void *data)
{
    struct unary *unary = data;
    unary->timer = NULL;
    start_attempt(unary);
}

static void repeat_after(struct unary *unary, int64_t delay)
{
    unary->timer = loop_timer_add(unary->attempt.client->loop, delay, time_has_come, unary);
}

/* --- the end --- */

static void end(struct unary *unary, const struct modal_failure *failure)
{
    unary->dead = true;
    unary->answered(unary->data, failure, failure == NULL ? unary->answer : NULL);
    free_unary(unary);
}

static void end_badly(struct unary *unary, const struct grpc_result *result)
{
    struct modal_failure failure;
    struct buffer sentence = BUFFER_INIT;
    modal_failure_of(&failure, &sentence, &unary->attempt.client->settings, unary->what, result);
    end(unary, &failure);
    buffer_release(&sentence);
}

/* --- repeats --- */

static void tell_throttle(struct unary *unary, const struct grpc_result *result, int64_t wait)
{
    char span[CLOCK_TEXT];
    clock_format_span(wait, span);
    char *sentence =
        xasprintf("%s: Modal asks to wait %s (%s%s%s)", unary->what, span, grpc_status_name(result->status),
                  *result->message != '\0' ? ": " : "", result->message);
    modal_client_tell_waiting(unary->attempt.client, sentence);
    free(sentence);
}

/* Whether the server asked to be called again; *MAY is whether we do. */
static bool throttled(struct unary *unary, const struct grpc_result *result, bool *may)
{
    int64_t most = unary->attempt.client->settings.max_throttle_wait, wait;
    if (most == 0 || result->details == NULL ||
        !modal_retry_policy_read(result->details, result->details_length, &wait))
        return false;
    if (wait < THROTTLE_LEAST)
        wait = THROTTLE_LEAST;
    *may = most < 0 || clock_steady() - unary->started + wait <= most * 1000;
    if (*may) {
        unary->throttles++;
        tell_throttle(unary, result, wait);
        repeat_after(unary, wait);
    }
    return true;
}

/* A person who waits for long is told why. */
static void tell_retry(struct unary *unary, const struct grpc_result *result)
{
    if (clock_steady() - unary->started < LONG)
        return;
    char *sentence = xasprintf("%s: %s%s%s; trying again", unary->what, grpc_status_name(result->status),
                               *result->message != '\0' ? ": " : "", result->message);
    modal_client_tell_waiting(unary->attempt.client, sentence);
    free(sentence);
}

static int64_t delay_of(const struct unary *unary)
{
    int64_t delay = unary->attempt.method->first_delay;
    if (delay == 0)
        delay = USUAL_DELAY;
    int64_t most = delay > DELAY_MOST ? delay : DELAY_MOST;
    for (int i = 0; i < unary->retries && delay < most; i++)
        delay *= 2;
    return delay < most ? delay : most;
}

static bool retry(struct unary *unary, const struct grpc_result *result)
{
    int retries = unary->attempt.method->retries;
    if (!modal_status_retryable(result->status) || result->tls ||
        unary->retries >= (retries < 0 ? USUAL_RETRIES : retries))
        return false;
    /* A kept connection that broke says nothing of the server: a new one is tried at once. */
    int64_t delay = result->unheard && unary->retries == 0 ? 0 : delay_of(unary);
    unary->attempt.fresh = result->unheard;
    unary->retries++;
    tell_retry(unary, result);
    repeat_after(unary, delay);
    return true;
}

static void fail_or_repeat(struct unary *unary, const struct grpc_result *result)
{
    bool may = true;
    if (throttled(unary, result, &may) ? !may : !retry(unary, result))
        end_badly(unary, result);
}

static void ended(void *data, const struct grpc_result *result, const struct modal_failure *failure)
{
    struct unary *unary = data;
    static const struct grpc_result unreadable = {
        .status = GRPC_INTERNAL,
        .message = "the answer is missing or cannot be read",
    };
    if (failure != NULL)
        end(unary, failure);
    else if (result->status != GRPC_OK)
        fail_or_repeat(unary, result);
    else if (unary->answer == NULL)
        fail_or_repeat(unary, &unreadable);
    else
        end(unary, NULL);
}

static void message(void *data, const void *bytes, size_t length)
{
    struct unary *unary = data;
    modal_message_free(unary->answer);
    unary->answer = modal_unpack(unary->attempt.method->answer, bytes, length);
}

struct modal_call *modal_unary(struct modal_client *client, const struct modal_method *method,
                               const void *request, int64_t deadline, const char *what,
                               modal_answered *answered, void *data)
{
    static const struct modal_attempt_events events = { .message = message, .ended = ended };
    struct unary *unary = xcalloc(1, sizeof(*unary));
    unary->call.cancel = cancel;
    unary->attempt = (struct modal_attempt){
        .client = client,
        .method = method,
        .deadline = deadline,
        .extra = (const char *const *)unary->headers,
        .events = &events,
        .data = unary,
    };
    buffer_init(&unary->attempt.request, GRPC_MESSAGE_MAX);
    modal_pack(&unary->attempt.request, request);
    unary->what = xstrdup(what);
    unary->answered = answered;
    unary->data = data;
    unary->started = clock_steady();
    random_uuid(unary->key);
    start_attempt(unary);
    return &unary->call;
}
