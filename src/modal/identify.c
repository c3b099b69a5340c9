/* identify.c - a first call that shows whether the token is good, brings the server's warnings, and then asks whose
 * token it is. */
#include "base/memory.h"
#include "modal/client_private.h"
#include "wire/grpc.h"

#include <stdlib.h>

struct identify {
    struct modal_call call; /* first: it is what the caller holds */
    struct modal_client *client;
    struct modal_call *step;
    modal_identified *identified;
    void *data;
    bool dead; /* the owner is being told of the end */
};

static const struct modal_method client_hello = {
    .name = "ClientHello",
    .request = &modal__empty__descriptor,
    .answer = &modal__client_hello_response__descriptor,
    .retries = -1,
};
static const struct modal_method token_info_get = {
    .name = "TokenInfoGet",
    .request = &modal__empty__descriptor,
    .answer = &modal__token_info_get_response__descriptor,
    .retries = -1,
};

static void cancel(struct modal_call *call)
{
    struct identify *identify = (struct identify *)call;
    if (identify->dead)
        return;
    modal_call_cancel(identify->step);
    free(identify);
}

static void end(struct identify *identify, const struct modal_failure *failure,
                const struct modal_identity *identity)
{
    identify->dead = true;
    identify->identified(identify->data, failure, identity);
    free(identify);
}

static const char *user_of(const Modal__TokenInfoGetResponse *info)
{
    if (info->identity_case == MODAL__TOKEN_INFO_GET_RESPONSE__IDENTITY_USER_IDENTITY)
        return info->user_identity->username;
    if (info->identity_case == MODAL__TOKEN_INFO_GET_RESPONSE__IDENTITY_SERVICE_USER_IDENTITY)
        return info->service_user_identity->service_user_name;
    return NULL;
}

static void told(void *data, const struct modal_failure *failure, const void *answer)
{
    const Modal__TokenInfoGetResponse *info = answer;
    struct modal_identity identity = { 0 };
    /* An older server cannot say whose token it is, but has accepted it. */
    if (failure != NULL && failure->status == GRPC_UNIMPLEMENTED)
        failure = NULL;
    if (info != NULL)
        identity = (struct modal_identity){
            .workspace = info->workspace_name,
            .user = user_of(info),
            .token_name = info->token_name,
        };
    end(data, failure, failure == NULL ? &identity : NULL);
}

static void greeted(void *data, const struct modal_failure *failure, const void *answer)
{
    struct identify *identify = data;
    const Modal__ClientHelloResponse *hello = answer;
    Modal__Empty request = MODAL__EMPTY__INIT;
    identify->step = NULL;
    if (failure != NULL) {
        end(identify, failure, NULL);
        return;
    }
    for (size_t i = 0; i < hello->n_server_warnings; i++)
        if (hello->server_warnings[i]->message != NULL)
            modal_client_warn(identify->client, hello->server_warnings[i]->message);
    identify->step = modal_unary(identify->client, &token_info_get, &request, 0,
                                 "Asking Modal whose token this is", told, identify);
}

struct modal_call *modal_identify(struct modal_client *client, modal_identified *identified, void *data)
{
    struct identify *identify = xcalloc(1, sizeof(*identify));
    Modal__Empty request = MODAL__EMPTY__INIT;
    identify->call.cancel = cancel;
    identify->client = client;
    identify->identified = identified;
    identify->data = data;
    identify->step =
        modal_unary(client, &client_hello, &request, 0, "Checking the token with Modal", greeted, identify);
    return &identify->call;
}
