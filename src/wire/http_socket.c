/* http_socket.c - the sockets of curl as watches of the loop.
 *
 * Some versions of curl go on asking for a writable socket while an HTTP/2 peer has closed its window, and the
 * loop would spin until the peer reads on.  So a socket that is writable a few times without anything moving
 * rests: its watch asks for reading only (that is how the window's opening comes), for a few milliseconds. */
#include "wire/http_private.h"

#include "base/memory.h"
#include "loop/loop.h"

#include <stdlib.h>

enum { IDLE_WRITES = 4, REST = 10 /* milliseconds */ };

struct http_socket {
    struct http *http;
    curl_socket_t fd;
    struct loop_watch *watch;
    int events;              /* what curl asked for */
    unsigned idle_writes;    /* times in a row that it was writable and nothing moved */
    struct loop_timer *rest; /* until when it rests, NULL: it does not */
};

static void end_rest(struct http_socket *socket)
{
    loop_timer_cancel(socket->rest);
    socket->rest = NULL;
    socket->idle_writes = 0;
    loop_watch_set(socket->watch, socket->events);
}

static void rested(void *data)
{
    struct http_socket *socket = data;
    socket->rest = NULL;
    end_rest(socket);
}

static void note_idle_write(struct http_socket *socket)
{
    if (++socket->idle_writes < IDLE_WRITES)
        return;
    loop_watch_set(socket->watch, LOOP_READ);
    socket->rest = loop_timer_add(socket->http->loop, REST, rested, socket);
}

static void socket_ready(void *data, int events)
{
    struct http_socket *socket = data;
    struct http *http = socket->http;
    uint64_t before = http->progress;
    bool may_be_idle = events == LOOP_WRITE && socket->events == (LOOP_READ | LOOP_WRITE);
    if (!may_be_idle)
        end_rest(socket);
    http->driven = socket;
    http_drive(http, socket->fd,
               (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
    bool is_gone = http->driven == NULL; /* curl took it away meanwhile */
    http->driven = NULL;
    if (may_be_idle && !is_gone && http->progress == before)
        note_idle_write(socket);
}

static void forget(struct http_socket *socket)
{
    if (socket->http->driven == socket)
        socket->http->driven = NULL;
    loop_watch_remove(socket->watch);
    loop_timer_cancel(socket->rest);
    free(socket);
}

/* Of several that are tried at once the last to change is the one that stays. */
static void note_socket(CURL *easy, curl_socket_t fd, int what)
{
    struct http_call *call = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
    if (call == NULL)
        return;
    if (what != CURL_POLL_REMOVE)
        call->socket = fd;
    else if (call->socket == fd)
        call->socket = CURL_SOCKET_BAD;
}

int http_socket_watch(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
    struct http *http = data;
    struct http_socket *socket = socket_data;
    note_socket(easy, fd, what);
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL)
            forget(socket);
        return 0;
    }
    if (socket == NULL) {
        socket = xcalloc(1, sizeof(*socket));
        *socket = (struct http_socket){ .http = http, .fd = fd };
        socket->watch = loop_watch_add(http->loop, fd, 0, socket_ready, socket);
        curl_multi_assign(http->multi, fd, socket);
    }
    socket->events = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
    end_rest(socket);
    return 0;
}
