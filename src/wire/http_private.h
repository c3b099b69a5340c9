/* http_private.h - what the files behind http.h know of one another; for src/wire/http*.c alone.
 *
 * http.c drives curl's multi handle from the loop, http_socket.c watches its sockets, http_call.c is one call
 * and its answer, http_request.c tells curl what to send and how, http_upload.c is a body that streams,
 * http_failure.c says in words what went wrong. */
#ifndef SANDGATE_WIRE_HTTP_PRIVATE_H
#define SANDGATE_WIRE_HTTP_PRIVATE_H

#include "base/buffer.h"
#include "wire/http.h"

#include <curl/curl.h>

struct http_socket;
struct map;

struct http {
    struct loop *loop;
    CURLM *multi;               /* NULL before the first request */
    struct http_call *calls;    /* all that are not freed, newest first */
    struct loop_timer *timer;   /* when curl wants to be called at the latest */
    struct http_socket *driven; /* whose readiness curl is being told of */
    uint64_t progress;          /* grows whenever bytes of any call move */
    struct loop_task *task;     /* there are calls to begin, to resume or to free */
    bool busy;                  /* in curl, or in a callback that is told from here: nothing may be freed */
    bool freed;                 /* by its owner while busy; goes with the task */
};

enum http_phase { HTTP_CONNECTING, HTTP_SENT, HTTP_ANSWERED };

struct http_call {
    struct http *http;
    struct http_call *next, **link; /* link: what points at us */
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    struct http_events events;
    void *data;

    bool added;  /* curl has it */
    bool dead;   /* cancelled or over: no callback any more, freed by the task */
    bool paused; /* the next bytes are refused, which makes curl stop reading */
    bool resuming;
    char *refused; /* why nothing can be sent, NULL: all is well */

    char *body;          /* the whole body, when it had to be put together; NULL: curl has it */
    struct buffer queue; /* of a body that streams: what curl has not taken, from queue_start on */
    size_t queue_start;
    bool queue_ended;         /* nothing more is queued */
    bool queue_waits;         /* curl asked for more and there was nothing */
    bool abandoned;           /* nothing more is taken */
    struct loop_timer *nudge; /* see http_upload.c */
    int64_t nudge_after;      /* milliseconds */
    curl_socket_t socket;     /* the latest that curl watches for us */
    bool http2;               /* any other answer is a failure */

    enum http_phase phase;
    int64_t first_byte_timeout, silence_timeout;
    int64_t heard; /* clock_steady of the last sign of progress */
    curl_off_t uploaded;
    struct loop_timer *timer; /* of the phase */

    bool head_told;
    int status;
    size_t head_length;            /* bytes of headers, bounded */
    struct map *answer;            /* lower-case name: value (char *) */
    char *server;                  /* for sentences: host and port, no user, path or query */
    const char *reason;            /* why we broke it off ourselves, NULL: we did not */
    char problem[CURL_ERROR_SIZE]; /* curl's words */
};

/* http.c */
void http_enlist(struct http *http, struct http_call *call);
void http_schedule(struct http *http); /* has the task look after the calls */

/* Tells curl that a socket is ready (or CURL_SOCKET_TIMEOUT), then the owners of calls that ended by it. */
void http_drive(struct http *http, curl_socket_t fd, int ready);

/* http_socket.c: what curl calls when it wants to be told of a socket, or no longer. */
int http_socket_watch(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data);

/* http_call.c; each may call the owner's callbacks, so http->busy must be set. */
void http_call_over(struct http_call *call, CURLcode result);
void http_call_fail(struct http_call *call, enum http_failure failure, const char *sentence);
void http_call_free(struct http_call *call); /* curl must not have it any more */

/* http_request.c */
void http_set_request(struct http_call *call, const struct http_request *request);

/* http_upload.c: sets curl's options for a body that streams; has curl ask for what was queued. */
void http_set_upload(struct http_call *call);
void http_go_on(struct http_call *call);

/* http_failure.c */
enum http_failure http_failure_of(CURLcode result);
void http_failure_sentence(struct buffer *sentence, const struct http_call *call, CURLcode result);
/* "host" or "host:port" of URL, never with a user or a password in it; NULL when URL is no good. Caller frees. */
char *http_server_of(const char *url);

#endif
