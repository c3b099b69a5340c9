/* resolve.c - each kind by its own request; what is an id already costs none. */
#include "modal/resolve.h"

#include "modal/job.h"
#include "modal/names.h"
#include "modal/secrets.h"
#include "modal/settings.h"
#include "modal/volumes.h"
#include "wire/grpc.h"

#include <string.h>

struct resolve {
    struct named_job job;
    struct arena *arena; /* the caller's */
    struct resolve_item *items;
    size_t count, at;
};

static const char *const id_prefixes[] = {
    [RESOLVE_SECRET] = "st-",
    [RESOLVE_VOLUME] = "vo-",
    [RESOLVE_PROXY] = "pr-",
};

static const struct modal_method proxy_method = METHOD(ProxyGet, proxy_get_request, proxy_get_response);

static void resolve_next(struct job *job);

static void found(void *data, const struct modal_failure *failure, const char *id)
{
    struct resolve *resolve = data;
    struct job *job = &resolve->job.job;

    job->step = NULL;
    if (failure) {
        job->fail(job, failure);
        return;
    }
    resolve->items[resolve->at++].id = arena_text(resolve->arena, id);
    resolve_next(job);
}

static void proxy_found(void *data, const struct modal_failure *failure, const void *answer)
{
    struct resolve *resolve = data;
    struct job *job = &resolve->job.job;
    const Modal__ProxyGetResponse *response = answer;
    const char *id = response && response->proxy ? response->proxy->proxy_id : NULL;

    if (failure || (id && *id)) {
        found(data, failure, id);
        return;
    }
    job->step = NULL;
    struct modal_failure missing = {
        .status = GRPC_NOT_FOUND,
        .sentence = arena_format(&job->arena, "There is no proxy \"%s\" in this environment",
                                 resolve->items[resolve->at].name),
        .message = "",
    };
    job->fail(job, &missing);
}

static struct modal_call *find_proxy(struct resolve *resolve, const char *name)
{
    struct job *job = &resolve->job.job;
    Modal__ProxyGetRequest request = MODAL__PROXY_GET_REQUEST__INIT;

    request.name = (char *)name;
    request.environment_name = job_settings(job)->environment;
    return modal_unary(job->client, &proxy_method, &request, 0, "Looking up the proxy", proxy_found, resolve);
}

static struct modal_call *find(struct resolve *resolve, const struct resolve_item *item)
{
    struct modal_client *client = resolve->job.job.client;

    switch (item->kind) {
    case RESOLVE_SECRET:
        return modal_secret_find(client, item->name, NULL, found, resolve);
    case RESOLVE_VOLUME:
        return modal_volume_find(client, item->name, false, 0, found, resolve);
    case RESOLVE_PROXY:
        return find_proxy(resolve, item->name);
    case RESOLVE_VARIABLES:
        break;
    }
    return modal_secret_create(client, NULL, item->pairs, false, found, resolve);
}

static bool is_id(const struct resolve_item *item)
{
    return item->kind != RESOLVE_VARIABLES && modal_id_has(item->name, id_prefixes[item->kind]);
}

static void resolve_next(struct job *job)
{
    struct resolve *resolve = (struct resolve *)job;
    struct resolve_item *items = resolve->items;

    for (; resolve->at < resolve->count && is_id(&items[resolve->at]); resolve->at++)
        items[resolve->at].id = items[resolve->at].name;
    if (resolve->at == resolve->count)
        named_job_done(&resolve->job, NULL);
    else
        job->step = find(resolve, &items[resolve->at]);
}

struct modal_call *resolve_all(struct modal_client *client, struct arena *arena, struct resolve_item *items,
                               size_t count, modal_named *done, void *data)
{
    struct resolve *resolve = (struct resolve *)named_job_new(sizeof *resolve, client, done, data);

    resolve->arena = arena;
    resolve->items = items;
    resolve->count = count;
    job_later(&resolve->job.job, 0, resolve_next);
    return &resolve->job.job.call;
}
