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
};

struct http_call *http_start(struct http *http, const struct http_request *request,
                             const struct http_events *events, void *data);
int http_status(const struct http_call *call);
/* The answer's header NAME (any case), NULL when it was not sent. */
const char *http_header(const struct http_call *call, const char *name);
/* Stops reading from the peer; body may still be told once of what had arrived. */
void http_pause(struct http_call *call);
void http_resume(struct http_call *call);
/* Ends it and frees; from any callback of it too. After done or failed the call frees itself. */
void http_cancel(struct http_call *call);

#endif
