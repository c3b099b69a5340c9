/* http_call.c - one call and its answer: curl's easy handle, its callbacks, and our three time-outs.
 *
 * curl watches only the time to connect.  Our timer watches the rest: from the last byte sent to the first
 * byte of the answer, then between bytes.  It is not set anew with each byte; when it fires it looks at when
 * something was heard last, and goes on for what is left. */
#include "wire/http_private.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "loop/loop.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_CEILING = 256 * 1024, SENTENCE_CEILING = 4096 };

/* --- the end --- */

void http_call_free(struct http_call *call)
{
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->connect_to);
    loop_timer_cancel(call->timer);
    loop_timer_cancel(call->nudge);
    map_free(call->answer);
    buffer_release(&call->queue);
    free(call->body);
    free(call->refused);
    free(call->server);
    free(call);
}

static void bury(struct http_call *call)
{
    call->dead = true;
    loop_timer_cancel(call->timer);
    loop_timer_cancel(call->nudge);
    call->timer = call->nudge = NULL;
    http_schedule(call->http);
}

void http_cancel(struct http_call *call)
{
    if (call != NULL && !call->dead)
        bury(call);
}

void http_call_fail(struct http_call *call, enum http_failure failure, const char *sentence)
{
    bury(call);
    call->events.failed(call->data, failure, sentence);
}

static void fail_by_time(struct http_call *call, enum http_failure failure, const char *what, int64_t timeout)
{
    char span[CLOCK_TEXT];
    clock_format_span(timeout, span);
    char *sentence = xasprintf("%s: %s %s", call->server, what, span);
    http_call_fail(call, failure, sentence);
    free(sentence);
}

static void tell_head(struct http_call *call)
{
    if (call->head_told)
        return;
    call->head_told = true;
    if (call->events.head != NULL)
        call->events.head(call->data, call);
}

void http_call_over(struct http_call *call, CURLcode result)
{
    if (result == CURLE_OK) {
        bury(call);
        call->events.done(call->data);
        return;
    }
    struct buffer sentence;
    buffer_init(&sentence, SENTENCE_CEILING);
    http_failure_sentence(&sentence, call, result);
    http_call_fail(call, http_failure_of(result), sentence.data);
    buffer_release(&sentence);
}

/* --- time-outs --- */

static void watch_time(struct http_call *call);

static void time_is_up(void *data)
{
    struct http_call *call = data;
    call->timer = NULL;
    int64_t timeout = call->phase == HTTP_SENT ? call->first_byte_timeout : call->silence_timeout;
    if (clock_steady() - call->heard < timeout) {
        watch_time(call);
        return;
    }
    call->http->busy = true;
    if (call->phase == HTTP_SENT)
        fail_by_time(call, HTTP_FAILED_FIRST_BYTE, "the server took the request but sent no answer for",
                     timeout);
    else
        fail_by_time(call, HTTP_FAILED_SILENCE, "the answer stopped midway and nothing came for", timeout);
    call->http->busy = false;
}

static void watch_time(struct http_call *call)
{
    int64_t timeout = call->phase == HTTP_SENT ? call->first_byte_timeout : call->silence_timeout;
    loop_timer_cancel(call->timer);
    call->timer = NULL;
    bool waits = call->phase == HTTP_SENT || (call->phase == HTTP_ANSWERED && !call->paused);
    if (timeout > 0 && waits)
        call->timer =
            loop_timer_add(call->http->loop, call->heard + timeout - clock_steady(), time_is_up, call);
}

/* Bytes moved. */
static void hear(struct http_call *call)
{
    call->heard = clock_steady();
    call->http->progress++;
}

static void enter_phase(struct http_call *call, enum http_phase phase)
{
    call->phase = phase;
    hear(call);
    watch_time(call);
}

/* curl calls this at each step; it is how we learn that the request is on its way. */
static int on_progress(void *data, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    struct http_call *call = data;
    (void)down_total, (void)down, (void)up_total;
    curl_off_t connected = 0;
    if (call->dead || call->phase == HTTP_ANSWERED)
        return call->dead;
    if (call->phase == HTTP_CONNECTING) {
        curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
        if (connected > 0)
            enter_phase(call, HTTP_SENT);
    }
    if (up != call->uploaded)
        hear(call);
    call->uploaded = up;
    return 0;
}

/* --- the answer --- */

static void begin_head(struct http_call *call)
{
    map_free(call->answer);
    call->answer = map_new(free);
}

/* "Name: value", the line's end cut off.  Of a header sent twice both values are kept, as HTTP joins them. */
static void take_header(struct http_call *call, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (colon == NULL)
        return;
    const char *value = colon + 1, *end = line + length;
    while (value < end && isspace((unsigned char)*value))
        value++;
    while (end > value && isspace((unsigned char)end[-1]))
        end--;
    char *name = xstrndup(line, (size_t)(colon - line));
    for (char *letter = name; *letter != '\0'; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    const char *former = map_get(call->answer, name);
    map_set(call->answer, name,
            xasprintf("%s%s%.*s", former != NULL ? former : "", former != NULL ? ", " : "",
                      (int)(end - value), value));
    free(name);
}

static size_t take_trailer(struct http_call *call, const char *line, size_t length)
{
    if (memchr(line, ':', length) == NULL)
        return length;
    take_header(call, line, length);
    if (call->events.trailer != NULL)
        call->events.trailer(call->data);
    return call->dead ? CURL_WRITEFUNC_ERROR : length;
}

static bool is_unwanted(struct http_call *call)
{
    long version = CURL_HTTP_VERSION_NONE;
    if (!call->http2)
        return false;
    curl_easy_getinfo(call->easy, CURLINFO_HTTP_VERSION, &version);
    if (version == CURL_HTTP_VERSION_2_0)
        return false;
    call->reason = "the server does not speak HTTP/2";
    return true;
}

static size_t on_header(char *line, size_t size, size_t count, void *data)
{
    struct http_call *call = data;
    size_t length = size * count;
    if (call->dead)
        return CURL_WRITEFUNC_ERROR;
    if (call->phase != HTTP_ANSWERED)
        enter_phase(call, HTTP_ANSWERED);
    hear(call);
    call->head_length += length;
    if (call->head_length > HEAD_CEILING) {
        call->reason = "the headers of its answer are too long";
        return CURL_WRITEFUNC_ERROR;
    }
    if (call->head_told)
        return take_trailer(call, line, length);
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
        begin_head(call);
    else if (line[0] != '\r' && line[0] != '\n')
        take_header(call, line, length);
    long status = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    call->status = (int)status;
    if (is_unwanted(call))
        return CURL_WRITEFUNC_ERROR;
    if ((line[0] == '\r' || line[0] == '\n') && status >= 200)
        tell_head(call);
    return call->dead ? CURL_WRITEFUNC_ERROR : length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct http_call *call = data;
    if (call->dead)
        return CURL_WRITEFUNC_ERROR;
    if (call->paused)
        return CURL_WRITEFUNC_PAUSE;
    hear(call);
    if (call->events.body != NULL)
        call->events.body(call->data, bytes, size * count);
    return call->dead ? CURL_WRITEFUNC_ERROR : size * count;
}

int http_status(const struct http_call *call)
{
    return call->status;
}

bool http_was_sent(const struct http_call *call)
{
    curl_off_t connected = 0;
    if (call->phase == HTTP_CONNECTING)
        curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
    return call->phase != HTTP_CONNECTING || connected > 0;
}

const char *http_header(const struct http_call *call, const char *name)
{
    char *lower = xstrdup(name);
    for (char *letter = lower; *letter != '\0'; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    const char *value = call->answer != NULL ? map_get(call->answer, lower) : NULL;
    free(lower);
    return value;
}

void http_pause(struct http_call *call)
{
    call->paused = true;
    call->resuming = false;
    if (!call->dead)
        watch_time(call);
}

void http_resume(struct http_call *call)
{
    if (call->dead || !call->paused)
        return;
    call->paused = false;
    call->resuming = true;
    call->heard = clock_steady();
    watch_time(call);
    http_schedule(call->http);
}

static void set_callbacks(struct http_call *call)
{
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->problem);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, call);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

struct http_call *http_start(struct http *http, const struct http_request *request,
                             const struct http_events *events, void *data)
{
    struct http_call *call = xcalloc(1, sizeof(*call));
    http_enlist(http, call); /* first: it starts curl */
    call->events = *events;
    call->data = data;
    call->socket = CURL_SOCKET_BAD;
    call->first_byte_timeout = request->first_byte_timeout;
    call->silence_timeout = request->silence_timeout;
    call->answer = map_new(free);
    call->server = http_server_of(request->url);
    call->easy = curl_easy_init();
    if (call->easy == NULL)
        bug("libcurl made no request");
    if (call->server == NULL) {
        call->refused = xstrdup("the URL is not well formed; it must begin with http:// or https://");
        return call;
    }
    set_callbacks(call);
    http_set_request(call, request);
    return call;
}
