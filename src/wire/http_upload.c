/* http_upload.c - a body that streams: a queue that curl draws from, and rests at while it is empty.
 *
 * curl asks when it can send; with nothing queued its asking is paused, and the task that looks after calls
 * (never a callback) lets it ask again once there is something.
 *
 * A server may end its answer before the body ends.  curl then tells of the trailers only when our end of the
 * stream is shut too, and even then only when the socket is readable the next time, which it may never be.  So
 * after a body that ends late curl is nudged to look, ever more seldom. */
#include "wire/http_private.h"

#include "base/memory.h"
#include "loop/loop.h"

#include <stdint.h>
#include <string.h>

enum { KEPT = 1 << 20 }; /* bytes of memory that an empty queue keeps at most */

static size_t take(struct http_call *call, char *out, size_t room)
{
    size_t length = http_send_waiting(call);
    if (length > room)
        length = room;
    memcpy(out, call->queue.data + call->queue_start, length);
    call->queue_start += length;
    if (call->queue_start == call->queue.length) {
        call->queue_start = 0;
        if (call->queue.capacity > KEPT)
            buffer_release(&call->queue);
        buffer_clear(&call->queue);
    }
    return length;
}

enum { NUDGE_FIRST = 1, NUDGE_MOST = 1000 }; /* milliseconds */

static void nudge(void *data)
{
    struct http_call *call = data;
    call->nudge = NULL;
    if (call->socket != CURL_SOCKET_BAD)
        http_drive(call->http, call->socket, CURL_CSELECT_IN);
    if (call->dead)
        return;
    call->nudge_after = call->nudge_after * 2 < NUDGE_MOST ? call->nudge_after * 2 : NUDGE_MOST;
    call->nudge = loop_timer_add(call->http->loop, call->nudge_after, nudge, call);
}

static void nudge_later(struct http_call *call)
{
    if (!call->head_told || call->nudge != NULL)
        return;
    call->nudge_after = NUDGE_FIRST;
    call->nudge = loop_timer_add(call->http->loop, 0, nudge, call);
}

static size_t on_read(char *out, size_t size, size_t count, void *data)
{
    struct http_call *call = data;
    if (call->dead)
        return CURL_READFUNC_ABORT;
    if (http_send_waiting(call) == 0) {
        if (call->queue_ended) {
            nudge_later(call);
            return 0;
        }
        call->queue_waits = true;
        return CURL_READFUNC_PAUSE;
    }
    size_t taken = take(call, out, size * count);
    call->http->progress++;
    if (http_send_waiting(call) == 0 && !call->queue_ended && call->events.drained != NULL)
        call->events.drained(call->data);
    return call->dead ? CURL_READFUNC_ABORT : taken;
}

void http_set_upload(struct http_call *call)
{
    buffer_init(&call->queue, SIZE_MAX);
    curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(call->easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(call->easy, CURLOPT_READDATA, call);
}

/* curl pauses both directions with one call. */
void http_go_on(struct http_call *call)
{
    call->queue_waits = false;
    curl_easy_pause(call->easy, call->paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

static void wake(struct http_call *call)
{
    if (!call->queue_waits || call->dead)
        return;
    call->resuming = true;
    http_schedule(call->http);
}

/* What was taken is forgotten only now and then, so that a long queue is not moved with each message. */
static void forget_taken(struct http_call *call)
{
    if (call->queue_start < call->queue.length / 2)
        return;
    buffer_remove(&call->queue, 0, call->queue_start);
    call->queue_start = 0;
}

void http_send(struct http_call *call, const void *bytes, size_t length)
{
    if (call->dead || call->abandoned || length == 0)
        return;
    if (call->queue_ended)
        bug("a request's body was added to after its end");
    forget_taken(call);
    buffer_append(&call->queue, bytes, length);
    wake(call);
}

size_t http_send_waiting(const struct http_call *call)
{
    return call->queue.length - call->queue_start;
}

void http_send_end(struct http_call *call)
{
    call->queue_ended = true;
    wake(call);
}

void http_send_abandon(struct http_call *call)
{
    call->abandoned = true;
    call->queue_start = call->queue.length;
    http_send_end(call);
}
