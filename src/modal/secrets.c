/* secrets.c - see secrets.h.  Values are never copied here: the request points at the caller's pairs until it
 * is packed. */
#include "modal/secrets.h"

#include "base/memory.h"
#include "base/texts.h"
#include "modal/job.h"
#include "modal/listing.h"
#include "modal/names.h"
#include "modal/settings.h"

#include <stdlib.h>
#include <string.h>

/* The creation types (protocol: enums). */
enum { LOOK_UP = 0, FAIL_IF_EXISTS = 2, OVERWRITE = 3, EPHEMERAL = 5 };

static const struct modal_method get_method =
    METHOD(SecretGetOrCreate, secret_get_or_create_request, secret_get_or_create_response);
static const struct modal_method delete_method = METHOD(SecretDelete, secret_delete_request, empty);

static void refuse_name(struct job *job, const char *name)
{
    job_refuse(
        job, arena_format(&job->arena,
                          "\"%s\" cannot be a secret's name: 1 to 64 letters, digits, \".\", \"_\" and \"-\"",
                          name));
}

/* --- find and create --- */

static void got(void *data, const struct modal_failure *failure, const void *message)
{
    struct named_job *named = data;
    const Modal__SecretGetOrCreateResponse *answer = message;

    named->job.step = NULL;
    if (failure)
        named->job.fail(&named->job, failure);
    else if (!answer->secret_id || !*answer->secret_id)
        job_refuse(&named->job, "Modal's answer does not name the secret. Try again");
    else
        named_job_done(named, answer->secret_id);
}

static void ask(struct named_job *named, Modal__SecretGetOrCreateRequest *request, int type, const char *what)
{
    request->environment_name = job_settings(&named->job)->environment;
    request->has_object_creation_type = true;
    request->object_creation_type = type;
    named->job.step = modal_unary(named->job.client, &get_method, request, 0, what, got, named);
}

struct modal_call *modal_secret_find(struct modal_client *client, const char *name,
                                     const char *const *required, modal_named *named, void *data)
{
    struct named_job *job = named_job_new(sizeof *job, client, named, data);
    Modal__SecretGetOrCreateRequest request = MODAL__SECRET_GET_OR_CREATE_REQUEST__INIT;

    request.deployment_name = (char *)name;
    request.n_required_keys = texts_count(required);
    request.required_keys = (char **)required;
    if (modal_name_valid(name))
        ask(job, &request, LOOK_UP, arena_format(&job->job.arena, "Looking up the secret %s", name));
    else
        refuse_name(&job->job, name);
    return &job->job.call;
}

/* The pair's message; NULL: it has no good name. */
static Modal__SecretGetOrCreateRequest__EnvDictEntry *make_entry(struct arena *arena, const char *pair)
{
    const char *equals = strchr(pair, '=');
    Modal__SecretGetOrCreateRequest__EnvDictEntry *entry;

    if (!equals || !modal_variable_valid(pair, (int)(equals - pair)))
        return NULL;
    entry = arena_message(arena, &modal__secret_get_or_create_request__env_dict_entry__descriptor);
    entry->key = arena_format(arena, "%.*s", (int)(equals - pair), pair);
    entry->value = (char *)equals + 1;
    return entry;
}

/* False: a pair is none; its text is not repeated, it may be a secret. */
static bool add_pairs(struct job *job, Modal__SecretGetOrCreateRequest *request, const char *const *pairs)
{
    size_t count = texts_count(pairs);

    request->env_dict = arena_take(&job->arena, (count + 1) * sizeof *request->env_dict);
    for (; request->n_env_dict < count; request->n_env_dict++) {
        Modal__SecretGetOrCreateRequest__EnvDictEntry *entry =
            make_entry(&job->arena, pairs[request->n_env_dict]);
        if (!entry)
            return false;
        request->env_dict[request->n_env_dict] = entry;
    }
    return true;
}

struct modal_call *modal_secret_create(struct modal_client *client, const char *name,
                                       const char *const *pairs, bool overwrite, modal_named *named,
                                       void *data)
{
    struct named_job *job = named_job_new(sizeof *job, client, named, data);
    struct arena *arena = &job->job.arena;
    Modal__SecretGetOrCreateRequest request = MODAL__SECRET_GET_OR_CREATE_REQUEST__INIT;

    request.deployment_name = (char *)name;
    if (name && !modal_name_valid(name))
        refuse_name(&job->job, name);
    else if (!add_pairs(&job->job, &request, pairs))
        job_refuse(&job->job,
                   arena_format(arena,
                                "Entry %zu of the secret is not NAME=value with a name of letters, "
                                "digits and \"_\"",
                                request.n_env_dict + 1));
    else
        ask(job, &request,
            !name       ? EPHEMERAL
            : overwrite ? OVERWRITE
                        : FAIL_IF_EXISTS,
            name ? arena_format(arena, "Creating the secret %s", name) : "Creating a secret for the sandbox");
    return &job->job.call;
}

/* --- list --- */

struct secrets {
    struct listing listing;
    modal_secrets_listed *listed;
    void *data;
    struct modal_secret *list;
    size_t capacity;
};

static void add_page(struct listing *listing, const void *message)
{
    struct secrets *secrets = (struct secrets *)listing;
    const Modal__SecretListResponse *answer = message;

    secrets->list = array_reserve(secrets->list, &secrets->capacity, listing->count + answer->n_items,
                                  sizeof *secrets->list);
    for (size_t i = 0; i < answer->n_items; i++) {
        const Modal__SecretListItem *item = answer->items[i];
        const Modal__SecretMetadata *metadata = item->metadata;
        secrets->list[listing->count++] = (struct modal_secret){
            .name = listing_text(listing, metadata && metadata->name ? metadata->name : item->label),
            .id = listing_text(listing, item->secret_id),
            .created = listing_created(metadata ? metadata->creation_info : NULL, item->created_at),
            .last_used = item->last_used_at,
        };
    }
    listing->last = listing->count ? secrets->list[listing->count - 1].created : 0;
}

static void tell_secrets(struct listing *listing, const struct modal_failure *failure)
{
    struct secrets *secrets = (struct secrets *)listing;

    secrets->listed(secrets->data, failure, secrets->list, failure ? 0 : listing->count);
}

static void release_secrets(struct job *job)
{
    free(((struct secrets *)job)->list);
}

struct modal_call *modal_secret_list(struct modal_client *client, modal_secrets_listed *listed, void *data)
{
    static const struct listing_kind kind = {
        .method = METHOD(SecretList, secret_list_request, secret_list_response),
        .what = "Listing the secrets",
        .add = add_page,
        .tell = tell_secrets,
        .release = release_secrets,
    };
    struct secrets *secrets = listing_new(sizeof *secrets, client, &kind);

    secrets->listed = listed;
    secrets->data = data;
    return &secrets->listing.job.call;
}

/* --- delete --- */

struct modal_call *modal_secret_delete(struct modal_client *client, const char *id, modal_named *done,
                                       void *data)
{
    Modal__SecretDeleteRequest request = MODAL__SECRET_DELETE_REQUEST__INIT;

    request.secret_id = (char *)id;
    return named_job_call(client, &delete_method, &request, "Deleting the secret", id, done, data);
}
