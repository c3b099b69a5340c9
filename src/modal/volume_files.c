/* volume_files.c - the files of a volume from outside a sandbox: browse, get, remove. */
#include "base/memory.h"
#include "modal/transfer.h"
#include "modal/volume_version.h"
#include "modal/volumes.h"

#include <stdlib.h>

/* --- browse --- */

/* A stream that breaks is asked for again from the start. */
enum { BROWSE_TRIES = 4, BROWSE_PAUSE = 100 };

struct browsing {
    struct volume_job volume;
    modal_volume_browsed *browsed;
    void *data;
    const char *path;
    bool recursive;
    struct modal_volume_entry *entries;
    size_t count, capacity;
    int tries;
};

static void release_browsing(struct job *job)
{
    free(((struct browsing *)job)->entries);
}

static void end_browsing(struct browsing *browsing, const struct modal_failure *failure)
{
    struct job *job = &browsing->volume.named.job;

    job_over(job);
    browsing->browsed(browsing->data, failure, browsing->entries, failure ? 0 : browsing->count);
    job_free(job);
}

static void fail_browsing(struct job *job, const struct modal_failure *failure)
{
    end_browsing((struct browsing *)job, failure);
}

static void entries_came(void *data, const void *message)
{
    struct browsing *browsing = data;
    const Modal__VolumeListFiles2Response *answer = message;
    size_t count = browsing->count + answer->n_entries;

    browsing->entries =
        array_reserve(browsing->entries, &browsing->capacity, count, sizeof *browsing->entries);
    for (size_t i = 0; i < answer->n_entries; i++) {
        const Modal__FileEntry *entry = answer->entries[i];
        const char *path = arena_text(&browsing->volume.named.job.arena, entry->path ? entry->path : "");
        browsing->entries[browsing->count++] = (struct modal_volume_entry){
            .path = path, .type = entry->type, .modified = entry->mtime, .size = entry->size
        };
    }
}

static void browse(struct job *job);

static void browse_ended(void *data, const struct modal_failure *failure)
{
    struct browsing *browsing = data;
    struct job *job = &browsing->volume.named.job;

    job->step = NULL;
    if (failure && modal_status_retryable(failure->status) && ++browsing->tries < BROWSE_TRIES) {
        browsing->count = 0;
        job_later(job, (int64_t)BROWSE_PAUSE << (browsing->tries - 1), browse);
    } else {
        end_browsing(browsing, failure);
    }
}

static void browse(struct job *job)
{
    static const struct modal_method methods[] = {
        METHOD(VolumeListFiles, volume_list_files2_request, volume_list_files2_response),
        METHOD(VolumeListFiles2, volume_list_files2_request, volume_list_files2_response),
    };
    struct browsing *browsing = (struct browsing *)job;
    Modal__VolumeListFiles2Request request = MODAL__VOLUME_LIST_FILES2_REQUEST__INIT;

    request.volume_id = (char *)browsing->volume.id;
    request.path = (char *)browsing->path;
    request.has_recursive = true;
    request.recursive = browsing->recursive;
    job->step = modal_stream(job->client, &methods[browsing->volume.version != 1], &request, 0,
                             arena_format(&job->arena, "Listing %s of the volume", browsing->path),
                             entries_came, browse_ended, browsing);
}

static void begin_browsing(struct volume_job *volume)
{
    browse(&volume->named.job);
}

struct modal_call *modal_volume_browse(struct modal_client *client, const char *id, const char *path,
                                       bool recursive, modal_volume_browsed *browsed, void *data)
{
    struct browsing *browsing = volume_job_new(sizeof *browsing, client, id, begin_browsing, NULL, NULL);
    struct job *job = &browsing->volume.named.job;

    job->fail = fail_browsing;
    job->release = release_browsing;
    browsing->browsed = browsed;
    browsing->data = data;
    browsing->path = arena_text(&job->arena, path);
    browsing->recursive = recursive;
    return &job->call;
}

/* --- get --- */

struct getting {
    struct named_job named;
    void (*bytes)(void *data, const char *bytes, size_t length);
    const char *path, *what;
    char **urls;
    size_t count, at;
    uint64_t size, told;
};

static void get_block(struct getting *getting);

static void block_bytes(void *data, const char *bytes, size_t length)
{
    struct getting *getting = data;

    getting->told += length;
    getting->bytes(getting->named.data, bytes, length);
}

static void block_came(void *data, const struct modal_failure *failure, const struct buffer *answer)
{
    struct getting *getting = data;
    struct job *job = &getting->named.job;

    (void)answer;
    job->step = NULL;
    if (failure)
        job->fail(job, failure);
    else
        get_block(getting);
}

static void get_block(struct getting *getting)
{
    struct job *job = &getting->named.job;

    if (getting->at < getting->count)
        job->step = transfer_get(job->client, getting->urls[getting->at++], getting->what, block_bytes,
                                 block_came, getting);
    else if (getting->told != getting->size)
        job_refuse(job,
                   arena_format(&job->arena, "%s: %llu bytes came instead of %llu. Try again", getting->what,
                                (unsigned long long)getting->told, (unsigned long long)getting->size));
    else
        named_job_done(&getting->named, getting->path);
}

static void blocks_told(void *data, const struct modal_failure *failure, const void *message)
{
    struct getting *getting = data;
    const Modal__VolumeGetFile2Response *answer = message;
    struct job *job = &getting->named.job;

    job->step = NULL;
    if (failure) {
        job->fail(job, failure);
        return;
    }
    getting->size = answer->size;
    getting->urls = arena_take(&job->arena, (answer->n_get_urls + 1) * sizeof *getting->urls);
    for (; getting->count < answer->n_get_urls; getting->count++)
        getting->urls[getting->count] = arena_text(&job->arena, answer->get_urls[getting->count]);
    get_block(getting);
}

struct modal_call *modal_volume_get(struct modal_client *client, const char *id, const char *path,
                                    void (*bytes)(void *data, const char *bytes, size_t length),
                                    modal_named *done, void *data)
{
    static const struct modal_method method =
        METHOD(VolumeGetFile2, volume_get_file2_request, volume_get_file2_response);
    struct getting *getting = (struct getting *)named_job_new(sizeof *getting, client, done, data);
    struct job *job = &getting->named.job;
    Modal__VolumeGetFile2Request request = MODAL__VOLUME_GET_FILE2_REQUEST__INIT;

    getting->bytes = bytes;
    getting->path = arena_text(&job->arena, path);
    getting->what = arena_format(&job->arena, "Reading %s of the volume", path);
    request.volume_id = (char *)id;
    request.path = (char *)path;
    job->step = modal_unary(client, &method, &request, 0, getting->what, blocks_told, getting);
    return &job->call;
}

/* --- remove --- */

struct removing {
    struct volume_job volume;
    const char *path;
    bool recursive;
};

static void removed(void *data, const struct modal_failure *failure, const void *answer)
{
    struct removing *removing = data;
    struct job *job = &removing->volume.named.job;

    (void)answer;
    job->step = NULL;
    if (failure)
        job->fail(job, failure);
    else
        named_job_done(&removing->volume.named, removing->path);
}

static void begin_removing(struct volume_job *volume)
{
    static const struct modal_method methods[] = {
        METHOD(VolumeRemoveFile, volume_remove_file2_request, empty),
        METHOD(VolumeRemoveFile2, volume_remove_file2_request, empty),
    };
    struct removing *removing = (struct removing *)volume;
    struct job *job = &volume->named.job;
    Modal__VolumeRemoveFile2Request request = MODAL__VOLUME_REMOVE_FILE2_REQUEST__INIT;

    request.volume_id = (char *)volume->id;
    request.path = (char *)removing->path;
    request.has_recursive = true;
    request.recursive = removing->recursive;
    job->step = modal_unary(job->client, &methods[volume->version != 1], &request, 0,
                            arena_format(&job->arena, "Removing %s from the volume", removing->path), removed,
                            removing);
}

struct modal_call *modal_volume_remove(struct modal_client *client, const char *id, const char *path,
                                       bool recursive, modal_named *done, void *data)
{
    struct removing *removing = volume_job_new(sizeof *removing, client, id, begin_removing, done, data);
    struct job *job = &removing->volume.named.job;

    removing->path = arena_text(&job->arena, path);
    removing->recursive = recursive;
    return &job->call;
}
