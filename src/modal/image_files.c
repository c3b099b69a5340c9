/* image_files.c - scan, hash, ask in batches, upload what is missing, bind.
 *
 * Hashing goes in slices of the loop's time, so that nothing else waits for a large folder. */
#include "modal/image_files.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "modal/image_blob.h"
#include "modal/image_scan.h"
#include "modal/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SLICE = 4 << 20,  /* bytes hashed in one turn of the loop */
    SLICE_FILES = 64, /* files begun in one turn */
    PIECE = 1 << 18,
    BATCH = 64,              /* hashes asked for at once: the service's limit */
    INLINE_MAX = 4 << 20,    /* bytes: from here on through the blob store */
    PUT_AGAIN = 500,         /* milliseconds */
    PUT_BUDGET = 10 * 60000, /* milliseconds until a file must be there */
    OWNED_BY_APP = 4,
};

struct upload {
    struct job job;
    struct image_files_events events;
    void *data;
    char *app_id;
    struct image_scan scan;
    size_t at; /* the file that is hashed, asked for or uploaded */
    /* of the file that is hashed */
    int fd;                  /* -1: none */
    struct hash *hash, *md5; /* MD5: of a large one, NULL: none */
    uint64_t hashed;
    uint64_t bytes_done, bytes_missing;
    int64_t put_since;
    char *blob_id; /* of the file at AT; NULL: inline, or not uploaded yet */
};

static const struct modal_method check_method =
    METHOD(MountBatchedCheckExistence, mount_batched_check_existence_request,
           mount_batched_check_existence_response);
static const struct modal_method put_method = {
    .name = "MountPutFile",
    .request = &modal__mount_put_file_request__descriptor,
    .answer = &modal__mount_put_file_response__descriptor,
    .retries = -1,
    .first_delay = 1000,
};
static const struct modal_method mount_method =
    METHOD(MountGetOrCreate, mount_get_or_create_request, mount_get_or_create_response);

static void close_file(struct upload *upload)
{
    if (upload->fd >= 0)
        close(upload->fd);
    upload->fd = -1;
    hash_free(upload->hash);
    hash_free(upload->md5);
    upload->hash = upload->md5 = NULL;
}

static void release(struct job *job)
{
    struct upload *upload = (struct upload *)job;

    close_file(upload);
    image_scan_release(&upload->scan);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    struct upload *upload = (struct upload *)job;

    job_over(job);
    upload->events.done(upload->data, failure, NULL);
    job_free(job);
}

static struct image_file *current(struct upload *upload)
{
    return &upload->scan.files[upload->at];
}

static void refuse_error(struct upload *upload, struct error *error)
{
    job_refuse(&upload->job, error_message(error));
    error_clear(error);
}

/* --- binding --- */

static void bound(void *data, const struct modal_failure *failure, const void *answer)
{
    struct upload *upload = data;
    const Modal__MountGetOrCreateResponse *response = answer;

    upload->job.step = NULL;
    if (failure) {
        fail(&upload->job, failure);
        return;
    }
    job_over(&upload->job);
    upload->events.done(upload->data, NULL, response->mount_id ? response->mount_id : "");
    job_free(&upload->job);
}

static void bind_files(struct upload *upload)
{
    struct arena arena = ARENA_INIT;
    Modal__MountGetOrCreateRequest request = MODAL__MOUNT_GET_OR_CREATE_REQUEST__INIT;
    Modal__MountFile **files = arena_take(&arena, (upload->scan.count + 1) * sizeof *files);

    for (size_t i = 0; i < upload->scan.count; i++) {
        const struct image_file *file = &upload->scan.files[i];
        files[i] = arena_message(&arena, &modal__mount_file__descriptor);
        files[i]->filename = arena_text(&arena, file->remote);
        files[i]->sha256_hex = arena_text(&arena, file->sha256);
        files[i]->has_size = files[i]->has_mode = true;
        files[i]->size = file->size;
        files[i]->mode = file->mode;
    }
    request.files = files;
    request.n_files = upload->scan.count;
    request.has_object_creation_type = true;
    request.object_creation_type = OWNED_BY_APP;
    request.app_id = upload->app_id;
    upload->job.step = modal_unary(upload->job.client, &mount_method, &request, 0,
                                   "Binding the local files of the image", bound, upload);
    arena_release(&arena);
}

/* --- uploading --- */

static void put_next(struct upload *upload);
static void put_file(struct job *job);

/* False: the callback has cancelled it all. */
static bool tell_progress(struct upload *upload)
{
    job_tell(&upload->job);
    if (upload->bytes_missing > 0)
        upload->events.progress(upload->data, upload->bytes_done, upload->bytes_missing);
    return job_told(&upload->job);
}

static void put_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct upload *upload = data;
    const Modal__MountPutFileResponse *response = answer;

    upload->job.step = NULL;
    if (failure) {
        fail(&upload->job, failure);
    } else if (response->exists) {
        upload->bytes_done += current(upload)->size;
        upload->blob_id = NULL;
        upload->at++;
        if (tell_progress(upload))
            put_next(upload);
    } else if (clock_steady() - upload->put_since > PUT_BUDGET) {
        job_refuse(&upload->job, "A local file of the image did not arrive at Modal within ten minutes");
    } else {
        job_later(&upload->job, PUT_AGAIN, put_file);
    }
}

/* Reads the whole of a small file; false: it is not what was hashed any more. */
static bool read_small(const struct image_file *file, struct buffer *content, struct error *error)
{
    char sha256[HASH_TEXT];

    if (!path_read_file(file->local, content, error))
        return false;
    hash_text(content->data, content->length, sha256);
    if (strcmp(sha256, file->sha256) != 0)
        return error_set(error, "%s changed while it was read; try again", file->local);
    return true;
}

static void put_file(struct job *job)
{
    struct upload *upload = (struct upload *)job;
    struct image_file *file = current(upload);
    Modal__MountPutFileRequest request;
    struct buffer content = BUFFER_INIT;
    struct error error = ERROR_INIT;

    modal__mount_put_file_request__init(&request);
    request.sha256_hex = file->sha256;
    if (upload->blob_id) {
        request.data_oneof_case = MODAL__MOUNT_PUT_FILE_REQUEST__DATA_ONEOF_DATA_BLOB_ID;
        request.data_blob_id = upload->blob_id;
    } else if (read_small(file, &content, &error)) {
        request.data_oneof_case = MODAL__MOUNT_PUT_FILE_REQUEST__DATA_ONEOF_DATA;
        request.data.data = (uint8_t *)content.data;
        request.data.len = content.length;
    } else {
        refuse_error(upload, &error);
        buffer_release(&content);
        return;
    }
    job->step = modal_unary(job->client, &put_method, &request, 0, "Uploading a local file of the image",
                            put_answered, upload);
    buffer_release(&content);
}

static void blob_put(void *data, const struct modal_failure *failure, const char *id)
{
    struct upload *upload = data;

    upload->job.step = NULL;
    if (failure) {
        fail(&upload->job, failure);
        return;
    }
    upload->blob_id = arena_text(&upload->job.arena, id);
    put_file(&upload->job);
}

static void put_next(struct upload *upload)
{
    while (upload->at < upload->scan.count && !current(upload)->missing)
        upload->at++;
    if (upload->at == upload->scan.count) {
        bind_files(upload);
        return;
    }
    upload->put_since = clock_steady();
    if (current(upload)->size < INLINE_MAX)
        put_file(&upload->job);
    else
        upload->job.step = image_blob_put(upload->job.client, current(upload), blob_put, upload);
}

/* --- what is missing --- */

static void check_batch(struct upload *upload);

/* One content that several files have is uploaded once. */
static void mark_missing(struct upload *upload, const char *sha256)
{
    size_t end = upload->at + BATCH < upload->scan.count ? upload->at + BATCH : upload->scan.count;

    for (size_t i = upload->at; i < end; i++) {
        struct image_file *file = &upload->scan.files[i];
        if (strcmp(file->sha256, sha256) != 0)
            continue;
        file->missing = true;
        upload->bytes_missing += file->size;
        return;
    }
}

static void checked(void *data, const struct modal_failure *failure, const void *answer)
{
    struct upload *upload = data;
    const Modal__MountBatchedCheckExistenceResponse *response = answer;

    upload->job.step = NULL;
    if (failure) {
        fail(&upload->job, failure);
        return;
    }
    for (size_t i = 0; i < response->n_missing_sha256_hex_hashes; i++)
        mark_missing(upload, response->missing_sha256_hex_hashes[i]);
    upload->at += BATCH;
    if (upload->at < upload->scan.count) {
        check_batch(upload);
        return;
    }
    upload->at = 0;
    if (tell_progress(upload))
        put_next(upload);
}

static void check_batch(struct upload *upload)
{
    Modal__MountBatchedCheckExistenceRequest request = MODAL__MOUNT_BATCHED_CHECK_EXISTENCE_REQUEST__INIT;
    char *hashes[BATCH];

    for (size_t i = upload->at; i < upload->scan.count && request.n_sha256_hex_hashes < BATCH; i++)
        hashes[request.n_sha256_hex_hashes++] = upload->scan.files[i].sha256;
    request.sha256_hex_hashes = hashes;
    upload->job.step = modal_unary(upload->job.client, &check_method, &request, 0,
                                   "Asking which local files of the image are missing", checked, upload);
}

/* --- hashing --- */

static bool open_next(struct upload *upload, struct error *error)
{
    upload->fd = open(current(upload)->local, O_RDONLY | O_CLOEXEC);
    if (upload->fd < 0)
        return error_set_errno(error, errno, "Cannot read %s", current(upload)->local);
    upload->hash = hash_new();
    upload->md5 = current(upload)->size >= INLINE_MAX ? hash_new_md5() : NULL;
    upload->hashed = 0;
    return true;
}

static bool finish_file(struct upload *upload, struct error *error)
{
    struct image_file *file = current(upload);

    hash_finish(upload->hash, file->sha256);
    upload->hash = NULL;
    if (upload->md5)
        hash_finish_bytes(upload->md5, file->md5);
    upload->md5 = NULL;
    close_file(upload);
    if (upload->hashed != file->size)
        return error_set(error, "%s changed while it was read; try again", file->local);
    upload->at++;
    return true;
}

/* Reads a piece of the current file. Returns the bytes read, 0 at its end, -1: failed. */
static ssize_t hash_piece(struct upload *upload, char *piece, struct error *error)
{
    ssize_t length = read(upload->fd, piece, PIECE);

    if (length < 0) {
        error_set_errno(error, errno, "Cannot read %s", current(upload)->local);
        return -1;
    }
    hash_add(upload->hash, piece, (size_t)length);
    if (upload->md5)
        hash_add(upload->md5, piece, (size_t)length);
    upload->hashed += (uint64_t)length;
    return length;
}

/* False: it failed. */
static bool hash_slice_of(struct upload *upload, char *piece, struct error *error)
{
    size_t taken = 0, begun = 0;

    while (upload->at < upload->scan.count && taken < SLICE && begun < SLICE_FILES) {
        if (upload->fd < 0) {
            begun++;
            if (!open_next(upload, error))
                return false;
        }
        ssize_t length = hash_piece(upload, piece, error);
        if (length < 0 || (length == 0 && !finish_file(upload, error)))
            return false;
        taken += (size_t)length;
    }
    return true;
}

static void hash_slice(struct job *job)
{
    struct upload *upload = (struct upload *)job;
    struct error error = ERROR_INIT;
    char *piece = xmalloc(PIECE);
    bool fine = hash_slice_of(upload, piece, &error);

    free(piece);
    if (!fine) {
        refuse_error(upload, &error);
    } else if (upload->at < upload->scan.count) {
        job_later(job, 0, hash_slice);
    } else {
        upload->at = 0;
        if (upload->scan.count == 0)
            bind_files(upload);
        else
            check_batch(upload);
    }
}

/* --- scanning --- */

static void start(struct job *job)
{
    struct upload *upload = (struct upload *)job;

    job_tell(job);
    if (upload->scan.skipped > 0)
        upload->events.line(upload->data,
                            arena_format(&job->arena,
                                         "%zu entries are left out: links that leave their folder, "
                                         "sockets and the like",
                                         upload->scan.skipped));
    if (job_told(job))
        hash_slice(job);
}

struct modal_call *image_files_upload(struct modal_client *client, const char *app_id,
                                      const char *const *pairs, const struct image_files_events *events,
                                      void *data)
{
    struct upload *upload = job_new(sizeof *upload, client, fail);
    struct error error = ERROR_INIT;
    bool fine = true;

    upload->job.release = release;
    upload->fd = -1;
    upload->events = *events;
    upload->data = data;
    upload->app_id = arena_text(&upload->job.arena, app_id);
    upload->scan.arena = &upload->job.arena;
    for (; fine && *pairs; pairs += 2)
        fine = image_scan_add(&upload->scan, pairs[0], pairs[1], &error);
    image_scan_sort(&upload->scan);
    if (fine)
        job_later(&upload->job, 0, start);
    else
        refuse_error(upload, &error);
    return &upload->job.call;
}
