/* sandboxes.c - how one gets at a sandbox: by making it, by its id, by its name. */
#include "modal/sandboxes.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/sandbox_definition.h"
#include "modal/sandbox_spec.h"
#include "modal/sandboxes_private.h"
#include "modal/settings.h"
#include "wire/grpc.h"

#include <stdlib.h>
#include <string.h>

/* --- the handle --- */

static struct modal_sandbox *sandbox_new(struct modal_client *client, const char *id, const char *app_id,
                                         const char *task_id, const Modal__CommandRouterAccess *access)
{
    struct modal_sandbox *sandbox = xcalloc(1, sizeof *sandbox);

    sandbox->client = client;
    sandbox->id = xstrdup(id);
    sandbox->app_id = xstrdup_or_null(app_id);
    sandbox->task =
        modal_task_new(client, id, task_id, access ? access->jwt : NULL, access ? access->url : NULL);
    return sandbox;
}

struct modal_sandbox *modal_sandbox_handle(struct modal_client *client, const char *id)
{
    return sandbox_new(client, id, NULL, NULL, NULL);
}

void modal_sandbox_free(struct modal_sandbox *sandbox)
{
    if (!sandbox)
        return;
    modal_task_free(sandbox->task);
    free(sandbox->id);
    free(sandbox->app_id);
    free(sandbox);
}

const char *modal_sandbox_id(const struct modal_sandbox *sandbox)
{
    return sandbox->id;
}

const char *modal_sandbox_app_id(const struct modal_sandbox *sandbox)
{
    return sandbox->app_id;
}

bool modal_sandbox_is_v2(const struct modal_sandbox *sandbox)
{
    return !modal_id_is_v1(sandbox->id);
}

struct modal_task *modal_sandbox_task(struct modal_sandbox *sandbox)
{
    return sandbox->task;
}

/* --- a job that ends in a handle --- */

struct making {
    struct job job;
    modal_sandbox_made *made;
    void *data;
    /* create */
    struct modal_sandbox_spec *spec;
    bool v2;
    struct resolve_item *items;
    size_t count;
    /* attach and find */
    char *id, *name, *app_name;
    bool older;  /* the name is looked for on V1 */
    bool second; /* and was not found on the other backend */
};

static void fail(struct job *job, const struct modal_failure *failure)
{
    struct making *making = (struct making *)job;

    job_over(job);
    making->made(making->data, failure, NULL);
    job_free(job);
}

static void succeed(struct making *making, struct modal_sandbox *sandbox)
{
    job_over(&making->job);
    making->made(making->data, NULL, sandbox);
    job_free(&making->job);
}

static struct making *making_new(struct modal_client *client, modal_sandbox_made *made, void *data)
{
    struct making *making = job_new(sizeof *making, client, fail);

    making->made = made;
    making->data = data;
    return making;
}

/* FAILURE with another status and sentence. */
static void fail_as(struct making *making, const struct modal_failure *failure, int status,
                    const char *sentence)
{
    struct modal_failure other = *failure;

    other.status = status;
    other.sentence = sentence;
    fail(&making->job, &other);
}

/* --- create --- */

static const struct modal_method create_v1 =
    METHOD(SandboxCreate, sandbox_create_request, sandbox_create_response);
static const struct modal_method create_v2 =
    METHOD(SandboxCreateV2, sandbox_create_v2_request, sandbox_create_v2_response);
static const char creating[] = "Creating the sandbox";

static void create_failed(struct making *making, const struct modal_failure *failure)
{
    if (failure->status == GRPC_ALREADY_EXISTS && making->spec->name)
        fail_as(
            making, failure, failure->status,
            arena_format(&making->job.arena,
                         "A running sandbox of this app has the name \"%s\" already; take another name, stop "
                         "that one, or attach to it",
                         making->spec->name));
    else
        fail(&making->job, failure);
}

static void created(struct making *making, const char *id, const char *task_id,
                    const Modal__CommandRouterAccess *access)
{
    if (!id || !*id) {
        job_refuse(&making->job, "Modal made a sandbox and did not say which; list them to find it");
        return;
    }
    struct modal_sandbox *sandbox = sandbox_new(making->job.client, id, making->spec->app_id,
                                                task_id && *task_id ? task_id : NULL, access);
    sandbox->timeout = making->spec->timeout > 0 ? making->spec->timeout : MODAL_TIMEOUT_DEFAULT;
    succeed(making, sandbox);
}

static void created_v1(void *data, const struct modal_failure *failure, const void *answer)
{
    struct making *making = data;
    const Modal__SandboxCreateResponse *response = answer;

    making->job.step = NULL;
    if (failure)
        create_failed(making, failure);
    else
        created(making, response->sandbox_id, NULL, NULL);
}

static void created_v2(void *data, const struct modal_failure *failure, const void *answer)
{
    struct making *making = data;
    const Modal__SandboxCreateV2Response *response = answer;

    making->job.step = NULL;
    if (failure) {
        create_failed(making, failure);
        return;
    }
    /* Those without TLS are not told here: then all must be asked for. */
    if (response->sandbox_id && response->n_tunnels == making->spec->port_count)
        sandbox_tunnels_remember(making->job.client, response->sandbox_id, response->tunnels,
                                 response->n_tunnels);
    created(making, response->sandbox_id, response->task_id, response->command_router_access);
}

static void ask_v1(struct making *making, struct arena *arena, Modal__Sandbox *definition)
{
    Modal__SandboxCreateRequest request = MODAL__SANDBOX_CREATE_REQUEST__INIT;

    request.app_id = (char *)making->spec->app_id;
    request.definition = definition;
    request.tags = sandbox_tags(arena, making->spec->tags, &request.n_tags);
    making->job.step = modal_unary(making->job.client, &create_v1, &request, 0, creating, created_v1, making);
}

static void ask_v2(struct making *making, struct arena *arena, Modal__Sandbox *definition)
{
    Modal__SandboxCreateV2Request request = MODAL__SANDBOX_CREATE_V2_REQUEST__INIT;

    request.app_id = (char *)making->spec->app_id;
    request.definition = definition;
    request.ephemeral_secrets = sandbox_variables(arena, making->spec->environment);
    request.tags = sandbox_tags(arena, making->spec->tags, &request.n_tags);
    making->job.step = modal_unary(making->job.client, &create_v2, &request, 0, creating, created_v2, making);
}

static void names_resolved(void *data, const struct modal_failure *failure, const char *id)
{
    struct making *making = data;
    struct arena arena = ARENA_INIT;

    (void)id;
    making->job.step = NULL;
    if (failure) {
        fail(&making->job, failure);
        return;
    }
    Modal__Sandbox *definition = sandbox_definition(&arena, making->spec, making->items, making->count);
    (making->v2 ? ask_v2 : ask_v1)(making, &arena, definition);
    arena_release(&arena);
}

struct modal_call *modal_sandbox_create(struct modal_client *client, const struct modal_sandbox_spec *spec,
                                        modal_sandbox_made *made, void *data)
{
    struct making *making = making_new(client, made, data);
    struct arena *arena = &making->job.arena;
    struct error error = ERROR_INIT;

    making->v2 = sandbox_spec_is_v2(spec, modal_client_settings(client)->sandbox_v2);
    if (!sandbox_spec_check(spec, making->v2, &error)) {
        job_refuse(&making->job, error_message(&error));
        error_clear(&error);
        return &making->job.call;
    }
    making->spec = sandbox_spec_copy(arena, spec);
    making->items = sandbox_names(arena, making->spec, making->v2, &making->count);
    making->job.step = resolve_all(client, arena, making->items, making->count, names_resolved, making);
    return &making->job.call;
}

/* --- attach --- */

static const struct modal_method wait_methods[2] =
    METHODS(SandboxWait, sandbox_wait_request, sandbox_wait_response);

static void fail_ended(struct making *making, const struct modal_sandbox_end *end)
{
    struct modal_failure failure = {
        .status = GRPC_FAILED_PRECONDITION,
        .sentence = arena_format(&making->job.arena, "The sandbox %s is not running any more. %s", making->id,
                                 end->sentence),
        .message = "",
    };
    fail(&making->job, &failure);
}

static void looked(void *data, const struct modal_failure *failure, const void *answer)
{
    struct making *making = data;
    const Modal__SandboxWaitResponse *response = answer;
    struct buffer sentence = BUFFER_INIT;

    making->job.step = NULL;
    if (failure) {
        fail(&making->job, failure);
        return;
    }
    struct modal_sandbox_end end = sandbox_end_of(response->result, 0, &sentence);
    if (end.end != MODAL_RUNNING)
        fail_ended(making, &end);
    else
        succeed(making, sandbox_new(making->job.client, making->id,
                                    response->metadata ? response->metadata->app_id : NULL, NULL, NULL));
    buffer_release(&sentence);
}

static void look(struct job *job)
{
    struct making *making = (struct making *)job;
    Modal__SandboxWaitRequest request = MODAL__SANDBOX_WAIT_REQUEST__INIT;

    request.sandbox_id = making->id;
    request.has_timeout = true;
    request.timeout = 0;
    job->step = modal_unary(job->client, &wait_methods[!modal_id_is_v1(making->id)], &request, 0,
                            "Attaching to the sandbox", looked, making);
}

struct modal_call *modal_sandbox_attach(struct modal_client *client, const char *id, modal_sandbox_made *made,
                                        void *data)
{
    struct making *making = making_new(client, made, data);

    making->id = arena_text(&making->job.arena, id);
    if (modal_id_has(id, "sb-"))
        look(&making->job);
    else
        job_refuse(
            &making->job,
            arena_format(&making->job.arena, "\"%s\" is not the id of a sandbox, which begins with sb-", id));
    return &making->job.call;
}

/* --- find --- */

static const struct modal_method name_methods[2] =
    METHODS(SandboxGetFromName, sandbox_get_from_name_request, sandbox_get_from_name_response);

static void ask_name(struct job *job);

static void name_failed(struct making *making, const struct modal_failure *failure)
{
    if (failure->status != GRPC_NOT_FOUND) {
        fail(&making->job, failure);
    } else if (!making->second) {
        making->second = true;
        making->older = !making->older;
        ask_name(&making->job);
    } else {
        fail_as(making, failure, GRPC_NOT_FOUND,
                arena_format(&making->job.arena, "No running sandbox of the app %s has the name \"%s\"",
                             making->app_name, making->name));
    }
}

static void named(void *data, const struct modal_failure *failure, const void *answer)
{
    struct making *making = data;
    const Modal__SandboxGetFromNameResponse *response = answer;

    making->job.step = NULL;
    if (failure) {
        name_failed(making, failure);
        return;
    }
    making->id = arena_text(&making->job.arena, response->sandbox_id ? response->sandbox_id : "");
    look(&making->job);
}

static void ask_name(struct job *job)
{
    struct making *making = (struct making *)job;
    Modal__SandboxGetFromNameRequest request = MODAL__SANDBOX_GET_FROM_NAME_REQUEST__INIT;

    request.sandbox_name = making->name;
    request.environment_name = job_settings(job)->environment;
    request.app_name = making->app_name;
    job->step = modal_unary(job->client, &name_methods[!making->older], &request, 0,
                            "Looking for the sandbox by its name", named, making);
}

struct modal_call *modal_sandbox_find(struct modal_client *client, const char *app_name, const char *name,
                                      modal_sandbox_made *made, void *data)
{
    struct making *making = making_new(client, made, data);
    struct arena *arena = &making->job.arena;

    making->app_name = arena_text(arena, app_name);
    making->name = arena_text(arena, name);
    making->older = !modal_client_settings(client)->sandbox_v2;
    if (modal_name_valid(name))
        ask_name(&making->job);
    else
        job_refuse(&making->job, arena_format(arena, "\"%s\" cannot be the name of a sandbox", name));
    return &making->job.call;
}
