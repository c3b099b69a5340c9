/* login.h - the browser flow that makes a token: no credentials are needed, none are shown.
 *
 * A tiny server on localhost answers the page with the flow's id; the person opens the address; the wait call
 * brings the token (protocol: configuration, token flow). */
#ifndef SANDGATE_MODAL_LOGIN_H
#define SANDGATE_MODAL_LOGIN_H

#include "modal/client.h"

struct modal_login_events {
    void (*open)(void *data, const char *url, const char *code); /* show it, try to open it; CODE may be "" */
    void (*done)(void *data, const struct modal_failure *failure, const char *token_id,
                 const char *token_secret, const char *workspace);
};
struct modal_call *modal_login(struct modal_client *client, const struct modal_login_events *events,
                               void *data);

#endif
