/* login.c - see login.h: TokenFlowCreate, the person in the browser, TokenFlowWait until it has a token. */
#include "modal/login.h"

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "modal/job.h"
#include "modal/login_page.h"
#include "modal/settings.h"

#include <stdlib.h>
#include <string.h>

enum { WAIT_SECONDS = 40, WAIT_DEADLINE = 45000 };

struct login {
    struct job job;
    struct modal_login_events events;
    void *data;
    struct login_page *page;
    const char *flow, *secret; /* of the wait call */
};

static const struct modal_method create_method = {
    .name = "TokenFlowCreate",
    .request = &modal__token_flow_create_request__descriptor,
    .answer = &modal__token_flow_create_response__descriptor,
    .retries = -1,
    .without_auth_token = true,
    .without_token = true,
};

static const struct modal_method wait_method = {
    .name = "TokenFlowWait",
    .request = &modal__token_flow_wait_request__descriptor,
    .answer = &modal__token_flow_wait_response__descriptor,
    .retries = -1,
    .without_auth_token = true,
    .without_token = true,
};

static void release(struct job *job)
{
    login_page_free(((struct login *)job)->page);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    struct login *login = (struct login *)job;

    job_over(job);
    login->events.done(login->data, failure, NULL, NULL, NULL);
    job_free(job);
}

/* What a person is asked to open must be an address of the web, and nothing else. */
static bool is_good_address(const struct login *login, const char *url)
{
    bool web = strncmp(url, "https://", 8) == 0 ||
               (strncmp(url, "http://", 7) == 0 && modal_settings_local(job_settings(&login->job)));

    for (const char *at = url; *at; at++)
        if (*at <= ' ' || *at > '~' || *at == '"' || *at == '\'' || *at == '\\')
            return false;
    return web;
}

static void wait_more(struct login *login);

static void finish(struct login *login, const Modal__TokenFlowWaitResponse *answer)
{
    job_over(&login->job);
    log_secret(answer->token_secret);
    login->events.done(login->data, NULL, answer->token_id, answer->token_secret,
                       answer->workspace_username ? answer->workspace_username : "");
    job_free(&login->job);
}

static void waited(void *data, const struct modal_failure *failure, const void *message)
{
    struct login *login = data;
    const Modal__TokenFlowWaitResponse *answer = message;

    login->job.step = NULL;
    if (failure)
        fail(&login->job, failure);
    else if (answer->timeout)
        wait_more(login);
    else if (!answer->token_id || !answer->token_secret || !*answer->token_id || !*answer->token_secret)
        job_refuse(&login->job, "The login ended without a token. Try again");
    else
        finish(login, answer);
}

static void wait_more(struct login *login)
{
    Modal__TokenFlowWaitRequest request = MODAL__TOKEN_FLOW_WAIT_REQUEST__INIT;

    request.has_timeout = true;
    request.timeout = WAIT_SECONDS;
    request.token_flow_id = (char *)login->flow;
    request.wait_secret = (char *)login->secret;
    login->job.step = modal_unary(login->job.client, &wait_method, &request, WAIT_DEADLINE,
                                  "Waiting for the login in the browser", waited, login);
}

static void created(void *data, const struct modal_failure *failure, const void *message)
{
    struct login *login = data;
    const Modal__TokenFlowCreateResponse *answer = message;

    login->job.step = NULL;
    if (failure) {
        fail(&login->job, failure);
        return;
    }
    if (!answer->token_flow_id || !answer->web_url || !is_good_address(login, answer->web_url)) {
        job_refuse(&login->job, "Modal's answer has no address to open in a browser. Try again");
        return;
    }
    login->flow = arena_text(&login->job.arena, answer->token_flow_id);
    login->secret = arena_text(&login->job.arena, answer->wait_secret);
    login_page_tell(login->page, login->flow);
    wait_more(login);
    login->events.open(login->data, answer->web_url, answer->code ? answer->code : "");
}

static void ask_flow(struct login *login)
{
    Modal__TokenFlowCreateRequest request = MODAL__TOKEN_FLOW_CREATE_REQUEST__INIT;

    request.has_localhost_port = true;
    request.localhost_port = login_page_port(login->page);
    login->job.step =
        modal_unary(login->job.client, &create_method, &request, 0, "Beginning the login", created, login);
}

struct modal_call *modal_login(struct modal_client *client, const struct modal_login_events *events,
                               void *data)
{
    struct login *login = job_new(sizeof *login, client, fail);
    struct error error = ERROR_INIT;

    login->job.release = release;
    login->events = *events;
    login->data = data;
    login->page = login_page_new(modal_client_loop(client), &error);
    if (login->page)
        ask_flow(login);
    else
        job_refuse(&login->job, error_message(&error));
    error_clear(&error);
    return &login->job.call;
}
