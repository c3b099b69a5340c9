/* sandbox_ports.c - how a sandbox is reached from outside: tunnels and connect tokens (protocol: tunnels,
 * connect tokens, usage). */
#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/sandboxes_private.h"
#include "wire/grpc.h"

#include <string.h>

enum { TUNNELS_SECONDS = 50, TUNNELS_GRACE = 15, PORT_DEFAULT = 8080, PORT_MAX = 65535, PORT_TLS = 443 };

static const struct modal_method tunnel_methods[2] =
    METHODS(SandboxGetTunnels, sandbox_get_tunnels_request, sandbox_get_tunnels_response);
static const struct modal_method token_methods[2] = METHODS(
    SandboxCreateConnectToken, sandbox_create_connect_token_request, sandbox_create_connect_token_response);

/* --- tunnels --- */

struct tunnelling {
    struct job job;
    modal_tunnelled *tunnelled;
    void *data;
    char *id;
};

/* A packed answer, as the client's cache holds it. */
struct remembered {
    size_t length;
    unsigned char bytes[];
};

static char *cache_name(struct arena *arena, const char *id)
{
    return arena_format(arena, "tunnels %s", id);
}

void sandbox_tunnels_remember(struct modal_client *client, const char *id, Modal__TunnelData **tunnels,
                              size_t count)
{
    Modal__SandboxGetTunnelsResponse answer = MODAL__SANDBOX_GET_TUNNELS_RESPONSE__INIT;
    struct arena arena = ARENA_INIT;
    struct buffer packed = BUFFER_INIT;

    answer.tunnels = tunnels;
    answer.n_tunnels = count;
    modal_pack(&packed, &answer);
    struct remembered *remembered = xmalloc(sizeof *remembered + packed.length);
    remembered->length = packed.length;
    memcpy(remembered->bytes, packed.data, packed.length);
    map_set(modal_client_cache(client), cache_name(&arena, id), remembered);
    buffer_release(&packed);
    arena_release(&arena);
}

static void end_tunnels(struct tunnelling *tunnelling, const struct modal_failure *failure,
                        const struct modal_tunnel *tunnels, size_t count)
{
    job_over(&tunnelling->job);
    tunnelling->tunnelled(tunnelling->data, failure, tunnels, count);
    job_free(&tunnelling->job);
}

static void fail_tunnels(struct job *job, const struct modal_failure *failure)
{
    end_tunnels((struct tunnelling *)job, failure, NULL, 0);
}

static struct modal_tunnel tunnel_of(struct arena *arena, const Modal__TunnelData *from)
{
    const char *host = from->host ? from->host : "";
    bool plain = from->unencrypted_host && *from->unencrypted_host;

    return (struct modal_tunnel){
        .container_port = (int)from->container_port,
        .host = arena_text(arena, host),
        .port = (int)from->port,
        .plain_host = plain ? arena_text(arena, from->unencrypted_host) : NULL,
        .plain_port = (int)from->unencrypted_port,
        .url = from->port == PORT_TLS ? arena_format(arena, "https://%s", host)
                                      : arena_format(arena, "https://%s:%u", host, from->port),
    };
}

static void tell_tunnels(struct tunnelling *tunnelling, const Modal__SandboxGetTunnelsResponse *response)
{
    struct arena *arena = &tunnelling->job.arena;
    struct modal_tunnel *tunnels = arena_take(arena, (response->n_tunnels + 1) * sizeof *tunnels);

    for (size_t i = 0; i < response->n_tunnels; i++)
        tunnels[i] = tunnel_of(arena, response->tunnels[i]);
    end_tunnels(tunnelling, NULL, tunnels, response->n_tunnels);
}

static void got_tunnels(void *data, const struct modal_failure *failure, const void *answer)
{
    enum { NOT_IN_TIME = 4 };
    static const struct modal_failure late = {
        .status = GRPC_DEADLINE_EXCEEDED,
        .sentence =
            "The sandbox's tunnels were not ready within 50 seconds; it may still be starting: try again",
        .message = "",
    };
    struct tunnelling *tunnelling = data;
    const Modal__SandboxGetTunnelsResponse *response = answer;

    tunnelling->job.step = NULL;
    if (failure || (response->result && response->result->status == NOT_IN_TIME)) {
        end_tunnels(tunnelling, failure ? failure : &late, NULL, 0);
        return;
    }
    sandbox_tunnels_remember(tunnelling->job.client, tunnelling->id, response->tunnels, response->n_tunnels);
    tell_tunnels(tunnelling, response);
}

static void tell_remembered(struct job *job)
{
    struct tunnelling *tunnelling = (struct tunnelling *)job;
    const struct remembered *remembered =
        map_get(modal_client_cache(job->client), cache_name(&job->arena, tunnelling->id));
    void *answer =
        modal_unpack(&modal__sandbox_get_tunnels_response__descriptor, remembered->bytes, remembered->length);

    tell_tunnels(tunnelling, answer);
    modal_message_free(answer);
}

struct modal_call *modal_sandbox_tunnels(struct modal_client *client, const char *id,
                                         modal_tunnelled *tunnelled, void *data)
{
    struct tunnelling *tunnelling = job_new(sizeof *tunnelling, client, fail_tunnels);
    Modal__SandboxGetTunnelsRequest request = MODAL__SANDBOX_GET_TUNNELS_REQUEST__INIT;

    tunnelling->tunnelled = tunnelled;
    tunnelling->data = data;
    tunnelling->id = arena_text(&tunnelling->job.arena, id);
    if (map_has(modal_client_cache(client), cache_name(&tunnelling->job.arena, id))) {
        job_later(&tunnelling->job, 0, tell_remembered);
        return &tunnelling->job.call;
    }
    request.sandbox_id = (char *)id;
    request.has_timeout = true;
    request.timeout = TUNNELS_SECONDS;
    tunnelling->job.step = modal_unary(client, &tunnel_methods[!modal_id_is_v1(id)], &request,
                                       (TUNNELS_SECONDS + TUNNELS_GRACE) * 1000, "Asking for the tunnels",
                                       got_tunnels, tunnelling);
    return &tunnelling->job.call;
}

/* --- connect tokens --- */

struct connecting {
    struct job job;
    modal_connectable *connectable;
    void *data;
};

static void end_connect(struct connecting *connecting, const struct modal_failure *failure, const char *url,
                        const char *token)
{
    job_over(&connecting->job);
    connecting->connectable(connecting->data, failure, url, token);
    job_free(&connecting->job);
}

static void fail_connect(struct job *job, const struct modal_failure *failure)
{
    end_connect((struct connecting *)job, failure, NULL, NULL);
}

static void got_token(void *data, const struct modal_failure *failure, const void *answer)
{
    struct connecting *connecting = data;
    const Modal__SandboxCreateConnectTokenResponse *response = answer;

    connecting->job.step = NULL;
    if (failure)
        end_connect(connecting, failure, NULL, NULL);
    else
        end_connect(connecting, NULL, response->url ? response->url : "",
                    response->token ? response->token : "");
}

struct modal_call *modal_sandbox_connect_token(struct modal_client *client, const char *id,
                                               const char *metadata, int port, modal_connectable *connectable,
                                               void *data)
{
    struct connecting *connecting = job_new(sizeof *connecting, client, fail_connect);
    Modal__SandboxCreateConnectTokenRequest request = MODAL__SANDBOX_CREATE_CONNECT_TOKEN_REQUEST__INIT;

    connecting->connectable = connectable;
    connecting->data = data;
    if (port < 0 || port > PORT_MAX) {
        job_refuse(&connecting->job,
                   arena_format(&connecting->job.arena, "%d is not a port; 1 to %d are", port, PORT_MAX));
        return &connecting->job.call;
    }
    request.sandbox_id = (char *)id;
    request.user_metadata = (char *)(metadata ? metadata : "");
    request.has_port = true;
    request.port = port > 0 ? (uint32_t)port : PORT_DEFAULT;
    connecting->job.step = modal_unary(client, &token_methods[!modal_id_is_v1(id)], &request, 0,
                                       "Making a connect token", got_token, connecting);
    return &connecting->job.call;
}
