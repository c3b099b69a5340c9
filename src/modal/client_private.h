/* client_private.h - what the files behind client.h and call.h know of a client; for client.c, headers.c, auth.c,
 * attempt.c, unary.c, stream.c and identify.c alone. */
#ifndef SANDGATE_MODAL_CLIENT_PRIVATE_H
#define SANDGATE_MODAL_CLIENT_PRIVATE_H

#include "modal/call.h"
#include "modal/settings.h"

struct client_note;
struct loop_task;
struct map;
struct modal_auth;

struct modal_client {
    struct loop *loop;
    struct http *http;
    struct modal_settings settings; /* a copy */
    struct modal_client_events events;
    void *data;
    char **identity;         /* "name: value" of every request with credentials, NULL-terminated */
    size_t credentials_from; /* the index in it from which on they are credentials */
    struct map *overridden;  /* lower-case names of MODAL_OVERRIDE_HEADERS, all of which are in identity */
    struct modal_auth *auth;
    struct map *warned;        /* texts of warnings that were told */
    struct map *cache;         /* of modal_client_cache */
    int64_t waiting_told;      /* clock_steady of the last `waiting`; 0: none yet */
    struct client_note *notes; /* not told yet, in order */
    struct loop_task *telling; /* tells them: never from within a call, whose owner may free it */
};

/* client.c */
/* Tells TEXT, the first time that it comes; at the end of the turn. */
void modal_client_warn(struct modal_client *client, const char *text);
/* The trailer x-modal-warning: texts, percent-encoded, commas between; NULL is fine. */
void modal_client_warn_list(struct modal_client *client, const char *list);
/* Tells SENTENCE unless another was told within 30 s; at the end of the turn. */
void modal_client_tell_waiting(struct modal_client *client, const char *sentence);

/* headers.c */
void modal_identity_make(struct modal_client *client);
void modal_identity_release(struct modal_client *client);
/* The metadata of one request: what the client is, AUTH_TOKEN (NULL: none) and EXTRA ("name: value",
 * NULL-terminated, NULL: none).  Caller frees the array with modal_headers_free; EXTRA must outlive it. */
const char **modal_headers_make(const struct modal_client *client, bool with_credentials,
                                const char *auth_token, const char *const *extra);
void modal_headers_free(const char **headers);

#endif
