/* client.h - one account at Modal's control plane: identity, auth token, retries, warnings.
 *
 * A client is made of settings and lives as long as its calls.  Every answer or failure comes from the loop,
 * exactly once, never after cancel.  Failures are a status and a sentence for people that says what to do;
 * texts of the server in it are untrusted and shown through base/visible.
 *
 * No name of protobuf is in this header: what is called and with what stands in call.h, for src/modal alone. */
#ifndef SANDGATE_MODAL_CLIENT_H
#define SANDGATE_MODAL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;
struct loop;
struct modal_call; /* any request under way */
struct modal_client;
struct modal_settings;

/* Why a request failed; borrowed during the callback. */
struct modal_failure {
    int status;           /* enum grpc_status (wire/grpc.h) */
    const char *sentence; /* what was tried, what is wrong, what to do */
    const char *message;  /* the server's own words, untrusted; "" for none */
    bool local;           /* found wrong here, nothing was sent */
};

struct modal_client_events {
    /* A warning of the server, each text once: client out of date, resource limits. */
    void (*warning)(void *data, const char *text);
    /* The server asks to wait (at most one every 30 s), or a retry goes on for long. */
    void (*waiting)(void *data, const char *sentence);
};

/* SETTINGS and EVENTS (may be NULL) are copied. */
struct modal_client *modal_client_new(struct loop *loop, struct http *http,
                                      const struct modal_settings *settings,
                                      const struct modal_client_events *events, void *data);
/* Cancels what runs. Everything made of this client must have been freed. */
void modal_client_free(struct modal_client *client);
const struct modal_settings *modal_client_settings(const struct modal_client *client);
struct loop *modal_client_loop(const struct modal_client *client);
struct http *modal_client_http(const struct modal_client *client);

/* No callback comes any more. NULL is fine. Each request's function says what it is of. */
void modal_call_cancel(struct modal_call *call);

/* --- who am I --- */

struct modal_identity {
    const char *workspace, *user, *token_name; /* NULL: not told */
};
typedef void modal_identified(void *data, const struct modal_failure *failure,
                              const struct modal_identity *identity);
/* A real call with this token; also brings the server's warnings. */
struct modal_call *modal_identify(struct modal_client *client, modal_identified *identified, void *data);

/* --- app and environment (app.c) --- */

typedef void modal_named(void *data, const struct modal_failure *failure, const char *id);
/* The id of app NAME, made when missing and MAKE; cached per client. */
struct modal_call *modal_app(struct modal_client *client, const char *name, bool make, modal_named *named,
                             void *data);
/* The image builder version of the environment ("2025.06"); cached. */
struct modal_call *modal_builder_version(struct modal_client *client, modal_named *named, void *data);

#endif
