/* app.c - the app that sandboxes belong to, and the environment's image builder version: asked once, then
 * remembered by the client (call.h, modal_client_cache). */
#include "base/map.h"
#include "base/memory.h"
#include "modal/client.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/settings.h"

#include <string.h>

/* One look-up; its answer goes into the memory under KEY. */
struct lookup {
    struct named_job named;
    const char *key;
    const char *(*read)(const void *answer); /* what was looked up; NULL: the answer lacks it */
    const char *lacking;                     /* the sentence then */
};

static void tell_found(struct job *job)
{
    struct lookup *lookup = (struct lookup *)job;

    named_job_done(&lookup->named, map_get(modal_client_cache(job->client), lookup->key));
}

static void answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct lookup *lookup = data;
    struct job *job = &lookup->named.job;
    const char *found = failure ? NULL : lookup->read(answer);

    job->step = NULL;
    if (failure) {
        job->fail(job, failure);
    } else if (!found) {
        job_refuse(job, lookup->lacking);
    } else {
        map_set(modal_client_cache(job->client), lookup->key, xstrdup(found));
        tell_found(job);
    }
}

/* True: it was asked before and will be told from the loop. */
static bool is_known(struct lookup *lookup)
{
    bool known = map_has(modal_client_cache(lookup->named.job.client), lookup->key);

    if (known)
        job_later(&lookup->named.job, 0, tell_found);
    return known;
}

/* --- apps --- */

static const struct modal_method app_method =
    METHOD(AppGetOrCreate, app_get_or_create_request, app_get_or_create_response);

static const char *read_app(const void *answer)
{
    const Modal__AppGetOrCreateResponse *response = answer;

    return response->app_id && *response->app_id ? response->app_id : NULL;
}

static void ask_app(struct lookup *lookup, const char *name, bool make)
{
    struct job *job = &lookup->named.job;
    Modal__AppGetOrCreateRequest request = MODAL__APP_GET_OR_CREATE_REQUEST__INIT;

    request.app_name = (char *)name;
    request.environment_name = job_settings(job)->environment;
    request.has_object_creation_type = true;
    request.object_creation_type = make;
    char *what = arena_format(&job->arena, "Looking up the app %s", name);
    job->step = modal_unary(job->client, &app_method, &request, 0, what, answered, lookup);
}

struct modal_call *modal_app(struct modal_client *client, const char *name, bool make, modal_named *named,
                             void *data)
{
    struct lookup *lookup = (struct lookup *)named_job_new(sizeof *lookup, client, named, data);
    struct job *job = &lookup->named.job;

    lookup->key = arena_format(&job->arena, "app %s", name);
    lookup->read = read_app;
    lookup->lacking = "Modal's answer does not name the app. Try again";
    if (!modal_name_valid(name))
        job_refuse(job, arena_format(
                            &job->arena,
                            "\"%s\" cannot be an app's name: 1 to 64 letters, digits, \".\", \"_\" and \"-\"",
                            name));
    else if (!is_known(lookup))
        ask_app(lookup, name, make);
    return &job->call;
}

/* --- the environment --- */

static const struct modal_method environment_method =
    METHOD(EnvironmentGetOrCreate, environment_get_or_create_request, environment_get_or_create_response);

static const char *read_version(const void *answer)
{
    const Modal__EnvironmentGetOrCreateResponse *response = answer;
    const Modal__EnvironmentSettings *settings = response->metadata ? response->metadata->settings : NULL;

    return settings && settings->image_builder_version ? settings->image_builder_version : "";
}

static void ask_environment(struct lookup *lookup)
{
    struct job *job = &lookup->named.job;
    Modal__EnvironmentGetOrCreateRequest request = MODAL__ENVIRONMENT_GET_OR_CREATE_REQUEST__INIT;

    request.deployment_name = job_settings(job)->environment;
    request.has_object_creation_type = true;
    request.object_creation_type = 0;
    job->step = modal_unary(job->client, &environment_method, &request, 0, "Looking up the environment",
                            answered, lookup);
}

struct modal_call *modal_builder_version(struct modal_client *client, modal_named *named, void *data)
{
    struct lookup *lookup = (struct lookup *)named_job_new(sizeof *lookup, client, named, data);
    struct job *job = &lookup->named.job;
    const char *set = job_settings(job)->image_builder_version;

    lookup->key = "builder version";
    lookup->read = read_version;
    if (set)
        map_set(modal_client_cache(client), lookup->key, xstrdup(set));
    if (!is_known(lookup))
        ask_environment(lookup);
    return &job->call;
}
