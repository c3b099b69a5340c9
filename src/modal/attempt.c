/* attempt.c - see the header.  What is wrong with the settings (no token, a server that must not be spoken to in
 * the clear) is found here, before anything is sent. */
#include "modal/attempt.h"

#include "base/memory.h"
#include "loop/loop.h"
#include "modal/client_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERVICE "/modal.client.ModalClient/"

static void forget_token(struct modal_attempt *attempt)
{
    free(attempt->token);
    attempt->token = NULL;
}

void modal_attempt_cancel(struct modal_attempt *attempt)
{
    modal_auth_cancel(attempt->wait);
    loop_task_cancel(attempt->telling);
    grpc_cancel(attempt->grpc);
    attempt->wait = NULL;
    attempt->telling = NULL;
    attempt->grpc = NULL;
}

void modal_attempt_release(struct modal_attempt *attempt)
{
    modal_attempt_cancel(attempt);
    forget_token(attempt);
    buffer_release(&attempt->request);
}

static bool needs_auth_token(const struct modal_attempt *attempt)
{
    return !attempt->method->without_auth_token && !attempt->method->without_token;
}

/* Caller frees; NULL: nothing is wrong. */
static char *find_wrong(const struct modal_attempt *attempt)
{
    const struct modal_settings *settings = &attempt->client->settings;
    if (strncasecmp(settings->server_url, "https://", 8) != 0 &&
        (strncasecmp(settings->server_url, "http://", 7) != 0 || !modal_settings_local(settings)))
        return xasprintf(
            "The address of Modal's server must begin with https:// (http:// is for this machine "
            "alone), but it is %s. Change MODAL_SERVER_URL or server_url in %s",
            settings->server_url, settings->file != NULL ? settings->file : "~/.modal.toml");
    return attempt->method->without_token ? NULL : modal_settings_token_missing(settings);
}

static void tell_wrong(void *data)
{
    struct modal_attempt *attempt = data;
    attempt->telling = NULL;
    char *sentence = find_wrong(attempt);
    struct modal_failure failure = modal_failure_local(sentence != NULL ? sentence : "");
    attempt->events->ended(attempt->data, NULL, &failure);
    free(sentence);
}

static void take_message(void *data, const void *bytes, size_t length)
{
    struct modal_attempt *attempt = data;
    attempt->heard = true;
    attempt->events->message(attempt->data, bytes, length);
}

static bool token_is_stale(const struct modal_attempt *attempt, const struct grpc_result *result)
{
    return result->status == GRPC_UNAUTHENTICATED && attempt->token != NULL && !attempt->renewed &&
           !attempt->heard;
}

static void grpc_ended(void *data, const struct grpc_result *result)
{
    struct modal_attempt *attempt = data;
    modal_client_warn_list(attempt->client, grpc_answer_field(attempt->grpc, "x-modal-warning"));
    attempt->grpc = NULL;
    if (!token_is_stale(attempt, result)) {
        attempt->events->ended(attempt->data, result, NULL);
        return;
    }
    modal_auth_reject(attempt->client->auth, attempt->token);
    attempt->renewed = true;
    modal_attempt_start(attempt);
}

static void send_request(struct modal_attempt *attempt)
{
    static const struct grpc_events events = { .message = take_message, .done = grpc_ended };
    const char **headers =
        modal_headers_make(attempt->client, !attempt->method->without_token, attempt->token, attempt->extra);
    char *path = xasprintf("%s%s", SERVICE, attempt->method->name);
    struct grpc_request request = {
        .server = attempt->client->settings.server_url,
        .method = path,
        .metadata = headers,
        .message = attempt->request.data,
        .length = attempt->request.length,
        .fresh = attempt->fresh,
        .deadline = attempt->deadline,
    };
    attempt->heard = false;
    attempt->grpc = grpc_start(attempt->client->http, &request, &events, attempt);
    free(path);
    modal_headers_free(headers);
}

static void token_ready(void *data, const struct modal_failure *failure, const char *token)
{
    struct modal_attempt *attempt = data;
    attempt->wait = NULL;
    if (failure != NULL) {
        attempt->events->ended(attempt->data, NULL, failure);
        return;
    }
    attempt->token = xstrdup(token);
    send_request(attempt);
}

void modal_attempt_start(struct modal_attempt *attempt)
{
    struct modal_auth *auth = attempt->client->auth;
    char *wrong = find_wrong(attempt);
    bool is_wrong = wrong != NULL;
    free(wrong);
    forget_token(attempt);
    if (is_wrong) {
        attempt->telling = loop_defer(attempt->client->loop, tell_wrong, attempt);
        return;
    }
    const char *token = needs_auth_token(attempt) ? modal_auth_token(auth) : NULL;
    attempt->token = xstrdup_or_null(token);
    if (needs_auth_token(attempt) && token == NULL)
        attempt->wait = modal_auth_await(auth, token_ready, attempt);
    else
        send_request(attempt);
}
