/* auth.h - the short-lived token that goes with each request; for the client's own files.
 *
 * Fetched when first needed, once for all who wait; renewed in the background when half of its life is over;
 * while renewing fails the old one is used (protocol: auth token). */
#ifndef SANDGATE_MODAL_AUTH_H
#define SANDGATE_MODAL_AUTH_H

#include "modal/client.h"

struct modal_auth;
struct modal_auth_wait;

struct modal_auth *modal_auth_new(struct modal_client *client);
void modal_auth_free(struct modal_auth *auth); /* nobody may be waiting */

/* The token when one can be used now, else NULL: wait for it.  Borrowed until the loop goes on. */
const char *modal_auth_token(struct modal_auth *auth);
/* Exactly once, from the loop: TOKEN, or FAILURE. */
typedef void modal_auth_ready(void *data, const struct modal_failure *failure, const char *token);
struct modal_auth_wait *modal_auth_await(struct modal_auth *auth, modal_auth_ready *ready, void *data);
void modal_auth_cancel(struct modal_auth_wait *wait); /* NULL is fine; not after ready */
/* The server did not accept TOKEN: when it is still the one at hand it is used no more. */
void modal_auth_reject(struct modal_auth *auth, const char *token);

#endif
