/* grpc.h - gRPC calls over HTTP/2: unary, server streaming and client streaming; bytes in, messages out.
 *
 * Source: the gRPC over HTTP/2 protocol description.  One call is one HTTP request on a connection that it
 * has for itself while it runs (pooled and kept warm afterwards): sharing connections loses trailers with the
 * libcurl of Debian 12.  TLS with ALPN; plaintext HTTP/2 with prior knowledge for http:// addresses, one
 * request a connection there.  A call that ends without grpc-status is never fine, whatever HTTP says.
 *
 * Nothing here retries: what may be repeated, and when, the caller knows.
 *
 * A client stream has one message for an answer; with it sending ends.  (A server that begins its answer, and then
 * fails without a message while it is still sent to, is noticed by the deadline alone: give one.) */
#ifndef SANDGATE_WIRE_GRPC_H
#define SANDGATE_WIRE_GRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct grpc_call;
struct http;

/* The status codes of gRPC, by their numbers. */
enum grpc_status {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_ALREADY_EXISTS = 6,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_FAILED_PRECONDITION = 9,
    GRPC_ABORTED = 10,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_DATA_LOSS = 15,
    GRPC_UNAUTHENTICATED = 16,
};
const char *grpc_status_name(int status); /* "UNAVAILABLE"; "status 99" is "UNKNOWN" */

enum { GRPC_MESSAGE_MAX = 100 << 20 }; /* bytes of one message, in either direction */

struct grpc_request {
    const char *server;          /* "https://host[:port]" or "http://host[:port]", without a path */
    const char *method;          /* "/modal.client.ModalClient/AuthTokenGet" */
    const char *const *metadata; /* "name: value", NULL-terminated; may be NULL; never logged */
    const char *address;         /* connect to this IP address instead of what host resolves to; NULL: no */
    const void *message;         /* the request; copied. Client streaming: not used */
    size_t length;
    bool client_streams;     /* messages come by grpc_send, their end by grpc_send_end */
    bool fresh;              /* on a new connection: for what must not run twice when an old one breaks */
    int64_t deadline;        /* milliseconds from now, told to the server and kept here as well; 0: none */
    int64_t connect_timeout; /* milliseconds; 0: 10 seconds */
};

/* How a call ended; borrowed during done. */
struct grpc_result {
    int status;          /* enum grpc_status; foreign numbers as they came */
    const char *message; /* grpc-message decoded, or our own sentence of what broke; "" for none; untrusted */
    const void *details; /* grpc-status-details-bin decoded; NULL: none */
    size_t details_length;
    bool from_server; /* false: no grpc-status came; the connection failed, broke or the deadline passed */
    bool refused;     /* the connection could not be made at all: nothing ran */
    bool unheard; /* it broke before any answer came: try at once on a new one, but the call may have run */
    bool tls;     /* the certificate or the handshake is wrong: a retry will not help */
};

struct grpc_events {
    /* A whole message, borrowed. */
    void (*message)(void *data, const void *bytes, size_t length);
    /* Client streaming: all that was sent has left the queue; may be NULL. */
    void (*drained)(void *data);
    /* Exactly once, last, none after grpc_cancel; the call frees itself after it. */
    void (*done)(void *data, const struct grpc_result *result);
};

/* Callbacks come from the loop, never from inside a call. */
struct grpc_call *grpc_start(struct http *http, const struct grpc_request *request,
                             const struct grpc_events *events, void *data);
/* Queues one message (client streaming); copied. */
void grpc_send(struct grpc_call *call, const void *message, size_t length);
size_t grpc_send_waiting(const struct grpc_call *call); /* bytes queued and not yet taken by the connection */
void grpc_send_end(struct grpc_call *call);
/* Stops and goes on reading.  What had arrived is still told: the rest of some 16 KB, or of one message; so is
 * the end when it had come. */
void grpc_pause(struct grpc_call *call, bool pause);
/* A header or trailer of the answer, NULL when it did not come; for use in message and done, where trailers
 * are known. */
const char *grpc_answer_field(const struct grpc_call *call, const char *name);
/* Ends it (the server sees RST_STREAM) and frees; from any callback of it too. NULL is fine. */
void grpc_cancel(struct grpc_call *call);

#endif
