/* volumes.c - volumes by their names; their files are volume_files.c and volume_put.c. */
#include "modal/volumes.h"

#include "base/map.h"
#include "base/memory.h"
#include "modal/job.h"
#include "modal/listing.h"
#include "modal/names.h"
#include "modal/settings.h"
#include "modal/volume_version.h"

#include <stdlib.h>

/* --- versions --- */

/* 0 counts as the first. */
static int version_of(const Modal__VolumeMetadata *metadata, int otherwise)
{
    int version = metadata && metadata->version ? metadata->version : otherwise;

    return version ? version : 1;
}

static void remember(struct modal_client *client, const char *id, int version)
{
    char *key = xasprintf("volume %s", id);

    map_set(modal_client_cache(client), key, xasprintf("%d", version));
    free(key);
}

static void go_on(struct job *job)
{
    struct volume_job *volume = (struct volume_job *)job;

    volume->begin(volume);
}

static void version_came(void *data, const struct modal_failure *failure, const void *message)
{
    struct volume_job *volume = data;
    const Modal__VolumeGetByIdResponse *answer = message;
    struct job *job = &volume->named.job;

    job->step = NULL;
    if (failure) {
        job->fail(job, failure);
        return;
    }
    volume->version = version_of(answer->metadata, 0);
    remember(job->client, volume->id, volume->version);
    volume->begin(volume);
}

void *volume_job_new(size_t size, struct modal_client *client, const char *id,
                     void (*begin)(struct volume_job *volume), modal_named *named, void *data)
{
    static const struct modal_method method =
        METHOD(VolumeGetById, volume_get_by_id_request, volume_get_by_id_response);
    Modal__VolumeGetByIdRequest request = MODAL__VOLUME_GET_BY_ID_REQUEST__INIT;
    struct volume_job *volume = (struct volume_job *)named_job_new(size, client, named, data);
    struct job *job = &volume->named.job;
    const char *key = arena_format(&job->arena, "volume %s", id);
    const char *known = map_get(modal_client_cache(client), key);

    volume->id = arena_text(&job->arena, id);
    volume->begin = begin;
    volume->version = known ? atoi(known) : 0;
    request.volume_id = (char *)id;
    if (known)
        job_later(job, 0, go_on);
    else
        job->step = modal_unary(client, &method, &request, 0, "Looking up the volume", version_came, volume);
    return volume;
}

/* --- find --- */

static void found(void *data, const struct modal_failure *failure, const void *message)
{
    struct named_job *named = data;
    const Modal__VolumeGetOrCreateResponse *answer = message;

    named->job.step = NULL;
    if (failure) {
        named->job.fail(&named->job, failure);
    } else if (!answer->volume_id || !*answer->volume_id) {
        job_refuse(&named->job, "Modal's answer does not name the volume. Try again");
    } else {
        remember(named->job.client, answer->volume_id, version_of(answer->metadata, answer->version));
        named_job_done(named, answer->volume_id);
    }
}

struct modal_call *modal_volume_find(struct modal_client *client, const char *name, bool make, int version,
                                     modal_named *named, void *data)
{
    static const struct modal_method method =
        METHOD(VolumeGetOrCreate, volume_get_or_create_request, volume_get_or_create_response);
    struct named_job *named_job = named_job_new(sizeof *named_job, client, named, data);
    struct job *job = &named_job->job;
    Modal__VolumeGetOrCreateRequest request = MODAL__VOLUME_GET_OR_CREATE_REQUEST__INIT;

    request.deployment_name = (char *)name;
    request.environment_name = job_settings(job)->environment;
    request.has_object_creation_type = true;
    request.object_creation_type = make;
    request.has_version = version != 0;
    request.version = version;
    if (modal_name_valid(name))
        job->step =
            modal_unary(client, &method, &request, 0,
                        arena_format(&job->arena, "Looking up the volume %s", name), found, named_job);
    else
        job_refuse(job,
                   arena_format(&job->arena,
                                "\"%s\" cannot be a volume's name: 1 to 64 letters, digits, \".\", \"_\" and "
                                "\"-\"",
                                name));
    return &job->call;
}

/* --- list --- */

struct volumes {
    struct listing listing;
    modal_volumes_listed *listed;
    void *data;
    struct modal_volume *list;
    size_t capacity;
};

static void add_page(struct listing *listing, const void *message)
{
    struct volumes *volumes = (struct volumes *)listing;
    const Modal__VolumeListResponse *answer = message;

    volumes->list = array_reserve(volumes->list, &volumes->capacity, listing->count + answer->n_items,
                                  sizeof *volumes->list);
    for (size_t i = 0; i < answer->n_items; i++) {
        const Modal__VolumeListItem *item = answer->items[i];
        const Modal__VolumeMetadata *metadata = item->metadata;
        volumes->list[listing->count++] = (struct modal_volume){
            .name = listing_text(listing, metadata && metadata->name ? metadata->name : item->label),
            .id = listing_text(listing, item->volume_id),
            .created = listing_created(metadata ? metadata->creation_info : NULL, item->created_at),
            .version = version_of(metadata, 0),
        };
    }
    listing->last = listing->count ? volumes->list[listing->count - 1].created : 0;
}

static void tell_volumes(struct listing *listing, const struct modal_failure *failure)
{
    struct volumes *volumes = (struct volumes *)listing;

    volumes->listed(volumes->data, failure, volumes->list, failure ? 0 : listing->count);
}

static void release_volumes(struct job *job)
{
    free(((struct volumes *)job)->list);
}

struct modal_call *modal_volume_list(struct modal_client *client, modal_volumes_listed *listed, void *data)
{
    static const struct listing_kind kind = {
        .method = METHOD(VolumeList, volume_list_request, volume_list_response),
        .what = "Listing the volumes",
        .add = add_page,
        .tell = tell_volumes,
        .release = release_volumes,
    };
    struct volumes *volumes = listing_new(sizeof *volumes, client, &kind);

    volumes->listed = listed;
    volumes->data = data;
    return &volumes->listing.job.call;
}

/* --- delete --- */

struct modal_call *modal_volume_delete(struct modal_client *client, const char *id, modal_named *done,
                                       void *data)
{
    static const struct modal_method method = METHOD(VolumeDelete, volume_delete_request, empty);
    Modal__VolumeDeleteRequest request = MODAL__VOLUME_DELETE_REQUEST__INIT;

    request.volume_id = (char *)id;
    return named_job_call(client, &method, &request, "Deleting the volume", id, done, data);
}
