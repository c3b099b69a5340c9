/* http.c - curl's multi handle on the loop, its one time-out as a timer, and who of the calls begins and goes.
 *
 * curl must not be called from its own callbacks, and our owner's callbacks are told from there; so beginning,
 * resuming and ending a call only mark it, and a task at the end of the turn does what was marked.  Each
 * running call has a connection of its own: shared HTTP/2 connections lose data in some versions of curl. */
#include "wire/http_private.h"

#include "base/memory.h"
#include "loop/loop.h"

#include <stdlib.h>

/* When more are open than this, those that are not in use are closed, the oldest first. */
enum { KEPT_CONNECTIONS = 80 };

static void tell_ended_calls(struct http *http)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        struct http_call *call = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        if (!call->dead)
            http_call_over(call, message->data.result);
    }
}

void http_drive(struct http *http, curl_socket_t fd, int ready)
{
    int running;
    http->busy = true;
    curl_multi_socket_action(http->multi, fd, ready, &running);
    tell_ended_calls(http);
    http->busy = false;
}

static void timer_fired(void *data)
{
    struct http *http = data;
    http->timer = NULL;
    http_drive(http, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long milliseconds, void *data)
{
    struct http *http = data;
    (void)multi;
    loop_timer_cancel(http->timer);
    http->timer = milliseconds < 0 ? NULL : loop_timer_add(http->loop, milliseconds, timer_fired, http);
    return 0;
}

static void start_curl(struct http *http)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (http->multi = curl_multi_init()) == NULL)
        bug("libcurl could not be started");
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, http_socket_watch);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
}

struct http *http_new(struct loop *loop)
{
    struct http *http = xcalloc(1, sizeof(*http));
    http->loop = loop;
    return http;
}

struct loop *http_loop(const struct http *http)
{
    return http->loop;
}

void http_enlist(struct http *http, struct http_call *call)
{
    if (http->multi == NULL)
        start_curl(http);
    call->http = http;
    call->next = http->calls;
    call->link = &http->calls;
    if (call->next != NULL)
        call->next->link = &call->next;
    http->calls = call;
    http_schedule(http);
}

static void drop(struct http_call *call)
{
    if (call->added)
        curl_multi_remove_handle(call->http->multi, call->easy);
    *call->link = call->next;
    if (call->next != NULL)
        call->next->link = call->link;
    http_call_free(call);
}

static void release(struct http *http)
{
    while (http->calls != NULL)
        drop(http->calls);
    if (http->multi != NULL) {
        curl_multi_cleanup(http->multi);
        curl_global_cleanup();
    }
    loop_task_cancel(http->task);
    loop_timer_cancel(http->timer);
    free(http);
}

static void begin(struct http_call *call)
{
    call->added = true;
    if (call->refused != NULL)
        http_call_fail(call, HTTP_FAILED_REQUEST, call->refused);
    else if (curl_multi_add_handle(call->http->multi, call->easy) != CURLM_OK)
        bug("libcurl took no further request");
}

static void look_after(struct http_call *call)
{
    if (call->dead) {
        drop(call);
    } else if (!call->added) {
        begin(call);
    } else if (call->resuming) {
        call->resuming = false;
        http_go_on(call); /* tells of what was held back, from right here */
    }
}

static void look_after_all(void *data)
{
    struct http *http = data;
    http->task = NULL;
    if (http->freed) {
        release(http);
        return;
    }
    http->busy = true;
    for (struct http_call *call = http->calls, *next; call != NULL; call = next) {
        next = call->next; /* calls are freed nowhere but here, so it stays good */
        look_after(call);
    }
    http->busy = false;
}

void http_schedule(struct http *http)
{
    if (http->task == NULL)
        http->task = loop_defer(http->loop, look_after_all, http);
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    if (!http->busy) {
        release(http);
        return;
    }
    for (struct http_call *call = http->calls; call != NULL; call = call->next)
        http_cancel(call);
    http->freed = true;
    http_schedule(http);
}
