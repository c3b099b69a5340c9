/* sandbox_tags.c - tags of a sandbox, and a name given later (protocol: list, names, tags). */
#include "base/error.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/sandbox_definition.h"
#include "modal/sandbox_spec.h"
#include "modal/sandboxes_private.h"
#include "modal/settings.h"

static const struct modal_method get_methods[2] =
    METHODS(SandboxTagsGet, sandbox_tags_get_request, sandbox_tags_get_response);
static const struct modal_method set_methods[2] = METHODS(SandboxTagsSet, sandbox_tags_set_request, empty);
static const struct modal_method name_method = METHOD(SandboxSetName, sandbox_set_name_request, empty);

struct tagging {
    struct job job;
    modal_tagged *tagged;
    void *data;
};

static void end(struct tagging *tagging, const struct modal_failure *failure, const char *const *tags)
{
    job_over(&tagging->job);
    tagging->tagged(tagging->data, failure, tags);
    job_free(&tagging->job);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    end((struct tagging *)job, failure, NULL);
}

static void got_tags(void *data, const struct modal_failure *failure, const void *answer)
{
    struct tagging *tagging = data;
    const Modal__SandboxTagsGetResponse *response = answer;

    tagging->job.step = NULL;
    if (failure)
        end(tagging, failure, NULL);
    else
        end(tagging, NULL, sandbox_tag_texts(&tagging->job.arena, response->tags, response->n_tags));
}

struct modal_call *modal_sandbox_tags(struct modal_client *client, const char *id, modal_tagged *tagged,
                                      void *data)
{
    struct tagging *tagging = job_new(sizeof *tagging, client, fail);
    Modal__SandboxTagsGetRequest request = MODAL__SANDBOX_TAGS_GET_REQUEST__INIT;

    tagging->tagged = tagged;
    tagging->data = data;
    request.sandbox_id = (char *)id;
    tagging->job.step = modal_unary(client, &get_methods[!modal_id_is_v1(id)], &request, 0,
                                    "Reading the sandbox's tags", got_tags, tagging);
    return &tagging->job.call;
}

static struct modal_call *refuse(struct modal_client *client, const char *sentence, modal_named *done,
                                 void *data)
{
    struct named_job *job = named_job_new(sizeof *job, client, done, data);

    job_refuse(&job->job, sentence);
    return &job->job.call;
}

struct modal_call *modal_sandbox_set_tags(struct modal_client *client, const char *id,
                                          const char *const *tags, modal_named *done, void *data)
{
    Modal__SandboxTagsSetRequest request = MODAL__SANDBOX_TAGS_SET_REQUEST__INIT;
    struct arena arena = ARENA_INIT;
    struct error error = ERROR_INIT;
    struct modal_call *call;
    bool v1 = modal_id_is_v1(id);

    if (!sandbox_pairs_check("A tag", tags, false, &error)) {
        call = refuse(client, error_message(&error), done, data);
        error_clear(&error);
        return call;
    }
    request.sandbox_id = (char *)id;
    if (v1)
        request.environment_name = modal_client_settings(client)->environment;
    request.tags = sandbox_tags(&arena, tags, &request.n_tags);
    call = named_job_call(client, &set_methods[!v1], &request, "Setting the sandbox's tags", id, done, data);
    arena_release(&arena);
    return call;
}

struct modal_call *modal_sandbox_set_name(struct modal_client *client, const char *id, const char *name,
                                          modal_named *done, void *data)
{
    Modal__SandboxSetNameRequest request = MODAL__SANDBOX_SET_NAME_REQUEST__INIT;

    if (modal_id_is_v1(id))
        return refuse(client, "A sandbox of Modal's V1 backend gets its name when it is made, not later",
                      done, data);
    if (!modal_name_valid(name))
        return refuse(client, "The name of a sandbox is 1 to 64 letters, digits, dots, dashes, underscores",
                      done, data);
    request.sandbox_id = (char *)id;
    request.name = (char *)name;
    return named_job_call(client, &name_method, &request, "Naming the sandbox", id, done, data);
}
