/* http.h - HTTP requests driven by the loop; the only door to libcurl.
 *
 * curl's multi interface through socket_action on the loop's descriptors and one timer.  One struct http per
 * loop holds the connection pool.  Proxy (HTTPS_PROXY, NO_PROXY ...) and CA settings (SSL_CERT_FILE,
 * CURL_CA_BUNDLE) of the environment are honoured.  libcurl is started at the first request, not before, so
 * that start-up does not pay for it. */
#ifndef SANDGATE_WIRE_HTTP_H
#define SANDGATE_WIRE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct http;
struct http_call;

struct http *http_new(struct loop *loop);
struct loop *http_loop(const struct http *http);
void http_free(struct http *http); /* cancels what runs */

struct http_request {
    const char *method; /* "GET", "POST" */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL; never logged */
    const char *body;           /* copied; NULL: none */
    size_t body_length;
    int64_t connect_timeout;    /* milliseconds each; 0: none */
    int64_t first_byte_timeout; /* from the request sent to the first byte of the answer's head */
    int64_t silence_timeout;    /* between two bytes of the answer, from its head on; not while paused */

    /* For protocols on top of HTTP/2; all zero: an ordinary request. */
    bool http2; /* nothing else will do; with prior knowledge for http:// (one request a connection) */
    bool fresh; /* on a new connection, and never sent a second time by itself */
    const char *address;  /* connect to this IP address instead of what the host resolves to; NULL: no */
    const char *preamble; /* bytes before BODY; copied */
    size_t preamble_length;
    bool body_streams; /* POST: the body comes by http_send, its end by http_send_end */
};

enum http_failure {
    HTTP_FAILED_REQUEST, /* the URL or a header was no good: nothing was sent */
    HTTP_FAILED_RESOLVE,
    HTTP_FAILED_CONNECT,    /* refused, unreachable, connect time-out */
    HTTP_FAILED_TLS,        /* certificate or handshake: a retry will not help */
    HTTP_FAILED_BROKEN,     /* the connection broke before the answer was whole */
    HTTP_FAILED_FIRST_BYTE, /* time-outs */
    HTTP_FAILED_SILENCE,
};

/* Exactly one of done and failed comes, last; none after http_cancel. head comes once, before body. */
struct http_events {
    /* The status line and headers are here: http_status and http_header answer. */
    void (*head)(void *data, struct http_call *call);
    void (*body)(void *data, const char *bytes, size_t length);
    void (*done)(void *data);
    void (*failed)(void *data, enum http_failure failure, const char *sentence);
    /* All that was sent by http_send was taken; more may be sent from here. May be NULL. */
    void (*drained)(void *data);
    /* A trailer came, http_header knows it; others may follow in this turn. May be NULL.  A server may end its
     * answer so while the body of the request still streams: done does not come then, cancel the call. */
    void (*trailer)(void *data);
};

struct http_call *http_start(struct http *http, const struct http_request *request,
                             const struct http_events *events, void *data);
int http_status(const struct http_call *call);
/* The answer's header or trailer NAME (any case), NULL when it was not sent. */
const char *http_header(const struct http_call *call, const char *name);
/* For failed: whether the request was on its way (its connection stood) when it failed. */
bool http_was_sent(const struct http_call *call);
/* Stops reading from the peer; body may still be told once of what had arrived. */
void http_pause(struct http_call *call);
void http_resume(struct http_call *call);
/* Queues bytes of a body that streams; copied. */
void http_send(struct http_call *call, const void *bytes, size_t length);
size_t http_send_waiting(const struct http_call *call); /* bytes queued and not yet taken by the connection */
void http_send_end(struct http_call *call);
/* The same, and what is queued or sent later is forgotten: the server has answered without it. */
void http_send_abandon(struct http_call *call);
/* Ends it and frees; from any callback of it too. After done or failed the call frees itself. */
void http_cancel(struct http_call *call);

#endif
