/* auth.c - one token, one fetch at a time, and those who wait for it in the order in which they came.
 *
 * Whether a token is good is told by three points on the steady clock: from refresh on it is renewed in the
 * background, from expiry on nobody starts with it, and until cool_until no renewal is tried after one failed. */
#include "modal/auth.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "modal/client_private.h"
#include "modal/jwt.h"
#include "wire/grpc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    FETCH_TIMEOUT = 5 * 1000, /* milliseconds, each attempt */
    USUAL_LIFE = 20 * 60 * 1000,
    COOL_FIRST = 500,
    COOL_MOST = 60 * 1000,
};

struct modal_auth_wait {
    struct modal_auth_wait *next, **link; /* link: what points at us */
    modal_auth_ready *ready;
    void *data;
};

struct modal_auth {
    struct modal_client *client;
    struct modal_call *fetch; /* under way */
    struct modal_auth_wait *waits;
    char *token;                         /* NULL: none */
    int64_t refresh, expiry, cool_until; /* clock_steady */
    int64_t cool;                        /* milliseconds of the latest cool-down; 0: none */
};

static const struct modal_method fetch_first = {
    .name = "AuthTokenGet",
    .request = &modal__empty__descriptor,
    .answer = &modal__auth_token_get_response__descriptor,
    .retries = 3,
    .without_auth_token = true,
};
static const struct modal_method fetch_again = {
    .name = "AuthTokenGet",
    .request = &modal__empty__descriptor,
    .answer = &modal__auth_token_get_response__descriptor,
    .without_auth_token = true,
};

struct modal_auth *modal_auth_new(struct modal_client *client)
{
    struct modal_auth *auth = xcalloc(1, sizeof(*auth));
    auth->client = client;
    return auth;
}

static void forget_token(struct modal_auth *auth)
{
    if (auth->token != NULL)
        explicit_bzero(auth->token, strlen(auth->token));
    free(auth->token);
    auth->token = NULL;
}

void modal_auth_free(struct modal_auth *auth)
{
    modal_call_cancel(auth->fetch);
    forget_token(auth);
    free(auth);
}

/* Half of LEFT, and up to a tenth more, so that many clients do not come at once. */
static int64_t refresh_after(int64_t left)
{
    unsigned char chance = 0;
    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
        chance = 0;
    return left / 2 + left / 10 * chance / 255;
}

static void keep_token(struct modal_auth *auth, const char *token)
{
    int64_t expiry = modal_jwt_expiry(token);
    int64_t left = expiry > 0 ? expiry * 1000 - clock_wall() : USUAL_LIFE;
    if (left < 0)
        left = 0;
    forget_token(auth);
    auth->token = xstrdup(token);
    log_secret(token);
    auth->refresh = clock_steady() + refresh_after(left);
    auth->expiry = clock_steady() + left;
    auth->cool = auth->cool_until = 0;
}

static void cool_down(struct modal_auth *auth)
{
    auth->cool = auth->cool == 0 ? COOL_FIRST : auth->cool * 2;
    if (auth->cool > COOL_MOST)
        auth->cool = COOL_MOST;
    auth->cool_until = clock_steady() + auth->cool;
}

static void insert(struct modal_auth_wait **link, struct modal_auth_wait *wait)
{
    wait->next = *link;
    wait->link = link;
    if (wait->next != NULL)
        wait->next->link = &wait->next;
    *link = wait;
}

void modal_auth_cancel(struct modal_auth_wait *wait)
{
    if (wait == NULL)
        return;
    *wait->link = wait->next;
    if (wait->next != NULL)
        wait->next->link = wait->link;
    free(wait);
}

/* Who is told may cancel others, wait anew, or free everything: the list is ours alone meanwhile. */
static void tell_waiting(struct modal_auth *auth, const struct modal_failure *failure)
{
    struct modal_auth_wait *waits = auth->waits;
    char *token = failure == NULL ? xstrdup(auth->token) : NULL;
    auth->waits = NULL;
    if (waits != NULL)
        waits->link = &waits;
    while (waits != NULL) {
        modal_auth_ready *ready = waits->ready;
        void *data = waits->data;
        modal_auth_cancel(waits);
        ready(data, failure, token);
    }
    free(token);
}

static bool is_final(int status)
{
    return status == GRPC_UNAUTHENTICATED || status == GRPC_PERMISSION_DENIED;
}

/* The old token serves on, also an expired one: the server decides. */
static void go_on_with_old(struct modal_auth *auth, const struct modal_failure *failure)
{
    cool_down(auth);
    char *text =
        xasprintf("The session's key could not be renewed, the old one is used on. %s", failure->sentence);
    modal_client_warn(auth->client, text);
    free(text);
    tell_waiting(auth, NULL);
}

static void fetched(void *data, const struct modal_failure *failure, const void *answer)
{
    static const char empty[] = "Signing in to Modal: the server gave no key. Try again later";
    struct modal_auth *auth = data;
    const Modal__AuthTokenGetResponse *response = answer;
    struct modal_failure nothing = { .status = GRPC_INTERNAL, .sentence = empty, .message = "" };
    auth->fetch = NULL;
    if (failure == NULL && (response->token == NULL || *response->token == '\0'))
        failure = &nothing;
    if (failure == NULL)
        keep_token(auth, response->token);
    if (failure != NULL && is_final(failure->status))
        forget_token(auth);
    if (failure != NULL && auth->token != NULL)
        go_on_with_old(auth, failure);
    else
        tell_waiting(auth, failure);
}

static void fetch(struct modal_auth *auth)
{
    Modal__Empty request = MODAL__EMPTY__INIT;
    if (auth->fetch == NULL)
        auth->fetch = modal_unary(auth->client, auth->token != NULL ? &fetch_again : &fetch_first, &request,
                                  FETCH_TIMEOUT, "Signing in to Modal", fetched, auth);
}

const char *modal_auth_token(struct modal_auth *auth)
{
    int64_t now = clock_steady();
    if (auth->token == NULL)
        return NULL;
    if (now < auth->cool_until || now < auth->refresh)
        return auth->token;
    fetch(auth);
    return now < auth->expiry ? auth->token : NULL;
}

struct modal_auth_wait *modal_auth_await(struct modal_auth *auth, modal_auth_ready *ready, void *data)
{
    struct modal_auth_wait *wait = xcalloc(1, sizeof(*wait)), **end = &auth->waits;
    wait->ready = ready;
    wait->data = data;
    while (*end != NULL)
        end = &(*end)->next;
    insert(end, wait);
    fetch(auth);
    return wait;
}

void modal_auth_reject(struct modal_auth *auth, const char *token)
{
    if (auth->token != NULL && strcmp(auth->token, token) == 0)
        forget_token(auth);
}
