/* exchange.c - one request to the server: its answer, or why there was none.
 *
 * A bad answer's body is collected, up to a bound, for the sentence in it. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "model/refusal.h"
#include "model/retry.h"
#include "model/server.h"

#include <stdlib.h>

enum {
    BAD_BODY_MAX = 64 * 1024,
    DRAIN_TIME = 1000, /* milliseconds */
};

struct exchange {
    struct server *server;
    struct http_call *call; /* NULL once it ended */
    struct exchange_events events;
    void *data;
    char *path;
    char *body; /* NULL: GET */
    size_t base;
    bool tried_other;
    int status;
    int64_t retry_after;
    struct buffer bad_body;
    struct loop_timer *drain; /* set: nobody listens any more */
    struct exchange *next;    /* in the server's list of those that drain */
};

static void send_request(struct exchange *exchange);

static void free_exchange(struct exchange *exchange)
{
    buffer_release(&exchange->bad_body);
    free(exchange->path);
    free(exchange->body);
    free(exchange);
}

static bool is_good(const struct exchange *exchange)
{
    return exchange->status >= 200 && exchange->status < 300;
}

/* --- draining --- */

static void end_drain(struct exchange *exchange)
{
    struct exchange **link = server_draining(exchange->server);
    while (*link != exchange)
        link = &(*link)->next;
    *link = exchange->next;
    free_exchange(exchange);
}

static void drained_too_long(void *data)
{
    struct exchange *exchange = data;
    http_cancel(exchange->call);
    end_drain(exchange);
}

void exchange_finish(struct exchange *exchange)
{
    if (!exchange->call) {
        free_exchange(exchange);
        return;
    }
    struct exchange **draining = server_draining(exchange->server);
    exchange->next = *draining;
    *draining = exchange;
    exchange->drain = loop_timer_add(server_loop(exchange->server), DRAIN_TIME, drained_too_long, exchange);
}

void exchange_drop_all(struct exchange **draining)
{
    while (*draining) {
        struct exchange *exchange = *draining;
        *draining = exchange->next;
        loop_timer_cancel(exchange->drain);
        http_cancel(exchange->call);
        free_exchange(exchange);
    }
}

/* True when nobody listens any more and this was the end. */
static bool end_if_draining(struct exchange *exchange)
{
    if (!exchange->drain)
        return false;
    loop_timer_cancel(exchange->drain);
    end_drain(exchange);
    return true;
}

/* --- the answer --- */

static void tell_refused(struct exchange *exchange, struct refusal *refusal)
{
    char *words = server_redact(exchange->server, refusal->words);
    free(refusal->words);
    refusal->words = words;
    exchange->events.refused(exchange->data, refusal);
    refusal_release(refusal);
}

/* A bad answer is whole: the other base is tried, or it is told. */
static void conclude(struct exchange *exchange)
{
    struct refusal refusal =
        refusal_of_body(exchange->status, exchange->bad_body.data, exchange->bad_body.length);
    refusal.retry_after = exchange->retry_after;
    bool unknown_path = exchange->status == 404 && !refusal_is_unknown_model(&refusal);
    if (!unknown_path)
        server_answered(exchange->server, exchange->base, false);
    if (unknown_path && !exchange->tried_other && server_may_try_other(exchange->server)) {
        exchange->tried_other = true;
        exchange->base = (exchange->base + 1) % SERVER_BASES;
        refusal_release(&refusal);
        send_request(exchange);
        return;
    }
    tell_refused(exchange, &refusal);
}

static void hear_head(void *data, struct http_call *call)
{
    struct exchange *exchange = data;
    exchange->status = http_status(call);
    exchange->retry_after = retry_after(http_header(call, "Retry-After"), clock_wall());
    if (is_good(exchange))
        server_answered(exchange->server, exchange->base, true);
}

static void hear_body(void *data, const char *bytes, size_t length)
{
    struct exchange *exchange = data;
    if (exchange->drain)
        return;
    if (is_good(exchange)) {
        exchange->events.body(exchange->data, bytes, length);
        return;
    }
    size_t room = BAD_BODY_MAX - exchange->bad_body.length;
    buffer_append(&exchange->bad_body, bytes, length < room ? length : room);
    if (length < room)
        return;
    http_cancel(exchange->call);
    exchange->call = NULL;
    conclude(exchange);
}

static void hear_done(void *data)
{
    struct exchange *exchange = data;
    exchange->call = NULL;
    if (end_if_draining(exchange))
        return;
    if (is_good(exchange))
        exchange->events.done(exchange->data);
    else
        conclude(exchange);
}

static void hear_failed(void *data, enum http_failure failure, const char *sentence)
{
    struct exchange *exchange = data;
    exchange->call = NULL;
    if (end_if_draining(exchange))
        return;
    if (exchange->status && !is_good(exchange)) {
        conclude(exchange); /* a bad answer's status says more than that its body broke off */
        return;
    }
    struct refusal refusal = refusal_of_connection(failure, sentence);
    tell_refused(exchange, &refusal);
}

static const struct http_events hearing = {
    .head = hear_head,
    .body = hear_body,
    .done = hear_done,
    .failed = hear_failed,
};

/* --- the request --- */

static void send_request(struct exchange *exchange)
{
    exchange->status = 0;
    exchange->retry_after = -1;
    buffer_clear(&exchange->bad_body);
    exchange->call =
        server_send(exchange->server, exchange->base, exchange->path, exchange->body, &hearing, exchange);
}

struct exchange *exchange_start(struct server *server, const char *path, const char *body,
                                const struct exchange_events *events, void *data)
{
    struct exchange *exchange = xcalloc(1, sizeof *exchange);
    exchange->server = server;
    exchange->events = *events;
    exchange->data = data;
    exchange->path = xstrdup(path);
    exchange->body = xstrdup_or_null(body);
    exchange->base = server_first_base(server);
    buffer_init(&exchange->bad_body, BAD_BODY_MAX);
    send_request(exchange);
    return exchange;
}

void exchange_cancel(struct exchange *exchange)
{
    if (!exchange)
        return;
    if (exchange->call)
        http_cancel(exchange->call);
    free_exchange(exchange);
}
