/* server.h - the server behind a model: where its requests go, what they carry, and what must not be told.
 *
 * The base URL is tried as given and, when that answers 404, with or without "/v1" at its end; the one that
 * answered is kept. */
#ifndef SANDGATE_MODEL_SERVER_H
#define SANDGATE_MODEL_SERVER_H

#include "model/model.h"
#include "wire/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exchange;
struct refusal;
struct server;

/* Takes url, api_key, headers and the three time-outs of OPTIONS. NULL: they are no good. */
struct server *server_new(struct loop *loop, struct http *http, const struct model_options *options,
                          struct error *error);
/* Every exchange but those released by exchange_finish must have ended before. */
void server_free(struct server *server);

/* The URL as given, without a password: for sentences. */
const char *server_url(const struct server *server);
bool server_has_key(const struct server *server);
bool server_has_worked(const struct server *server); /* it answered a request well */
/* TEXT with the API key, a password and the values of extra headers blotted out. Caller frees. */
char *server_redact(const struct server *server, const char *text);

/* --- one request and its answer (exchange.c) --- */

/* Exactly one of done and refused comes, last; none after cancel or finish.  The exchange is its starter's
 * until one of these two, which are called after done and refused as well, and from any callback. */
struct exchange_events {
    void (*body)(void *data, const char *bytes, size_t length); /* of a good answer (2xx) */
    void (*done)(void *data);
    void (*refused)(void *data, const struct refusal *refusal); /* borrowed; its words are redacted */
};

/* PATH is added to the base: "/models". BODY NULL: GET, else POST of JSON. */
struct exchange *exchange_start(struct server *server, const char *path, const char *body,
                                const struct exchange_events *events, void *data);
void exchange_cancel(struct exchange *exchange); /* NULL is fine */
/* Everything of use has come: lets the rest of the answer pass in the background for a second, so that the
 * connection can be used again. */
void exchange_finish(struct exchange *exchange);

/* --- for exchange.c --- */

enum { SERVER_BASES = 2 };
size_t server_first_base(const struct server *server);  /* of the bases, the one to try first */
bool server_may_try_other(const struct server *server); /* neither base is known to be right */
/* Base WHICH answered with something else than an unknown path; WELL: with 2xx. */
void server_answered(struct server *server, size_t which, bool well);
struct http_call *server_send(struct server *server, size_t which, const char *path, const char *body,
                              const struct http_events *events, void *data);
struct loop *server_loop(const struct server *server);
struct exchange **server_draining(struct server *server);
void exchange_drop_all(struct exchange **draining);

#endif
