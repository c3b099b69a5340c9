/* volume_put.c - one local file into a volume.
 *
 * Version 2: the hashes of its blocks are told, the blocks that are missing are PUT, and all is told again with
 * what those PUTs answered.  Version 1: the file is put as a mount's file, then bound to the volume.  A block at
 * a time is in memory, and a turn of the loop is between two of them. */
#include "base/buffer.h"
#include "base/hash.h"
#include "base/memory.h"
#include "modal/image_blob.h"
#include "modal/transfer.h"
#include "modal/volume_version.h"
#include "modal/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INLINE_BYTES = 4 << 20 };                  /* a version 1 file up to this size goes inline */
enum { EXISTS_PAUSE = 500, EXISTS_TRIES = 1200 }; /* 10 minutes for Modal to have it */

struct block {
    char sha256[HASH_TEXT];
    unsigned char raw[HASH_BYTES];
    char *url; /* where it is to be put; NULL: Modal has it */
    bool put;
    ProtobufCBinaryData answer; /* of the PUT */
};

struct putting {
    struct volume_job volume;
    int file;
    bool force;
    const char *path, *what;
    uint32_t mode;
    uint64_t size;
    struct block *blocks;
    size_t count, at;
    bool told;               /* version 2: the blocks were told once */
    char *bytes;             /* a block of the file */
    struct hash *hash, *md5; /* version 1: of the whole file; NULL: finished */
    struct image_file whole;
    int tries;
};

static void release(struct job *job)
{
    struct putting *putting = (struct putting *)job;

    for (size_t i = 0; i < putting->count; i++)
        free(putting->blocks[i].answer.data);
    hash_free(putting->hash);
    hash_free(putting->md5);
    free(putting->blocks);
    free(putting->bytes);
}

static struct job *job_of(struct putting *putting)
{
    return &putting->volume.named.job;
}

static void refuse_change(struct putting *putting)
{
    struct job *job = job_of(putting);

    job_refuse(job, arena_format(&job->arena,
                                 "%s: the file cannot be read, or changed while it was read. Try again",
                                 putting->what));
}

static size_t block_length(const struct putting *putting, size_t index)
{
    uint64_t left = putting->size - (uint64_t)index * TRANSFER_BLOCK;

    return left < TRANSFER_BLOCK ? (size_t)left : TRANSFER_BLOCK;
}

static bool read_block(struct putting *putting, size_t index)
{
    size_t length = block_length(putting, index), done = 0;

    while (done < length) {
        off_t at = (off_t)((uint64_t)index * TRANSFER_BLOCK + done);
        ssize_t count = pread(putting->file, putting->bytes + done, length - done, at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static void finish(void *data, const struct modal_failure *failure, const void *answer)
{
    struct putting *putting = data;
    struct job *job = job_of(putting);

    (void)answer;
    job->step = NULL;
    if (failure)
        job->fail(job, failure);
    else
        named_job_done(&putting->volume.named, putting->path);
}

/* --- version 2 --- */

static void tell_blocks(struct putting *putting);

static void put_next(struct putting *putting);

static void block_put(void *data, const struct modal_failure *failure, const struct buffer *answer)
{
    struct putting *putting = data;
    struct job *job = job_of(putting);
    struct block *block = &putting->blocks[putting->at];

    job->step = NULL;
    if (failure) {
        job->fail(job, failure);
        return;
    }
    block->put = true;
    block->answer.len = answer->length;
    block->answer.data = xmemdup(answer->data, answer->length);
    putting->at++;
    put_next(putting);
}

static void put_next(struct putting *putting)
{
    struct job *job = job_of(putting);
    char sha256[HASH_TEXT];

    while (putting->at < putting->count && !putting->blocks[putting->at].url)
        putting->at++;
    if (putting->at == putting->count) {
        tell_blocks(putting);
        return;
    }
    struct block *block = &putting->blocks[putting->at];
    size_t length = block_length(putting, putting->at);
    bool same = read_block(putting, putting->at);
    if (same)
        hash_text(putting->bytes, length, sha256);
    if (same && strcmp(sha256, block->sha256) == 0)
        job->step =
            transfer_put(job->client, block->url, putting->what, putting->bytes, length, block_put, putting);
    else
        refuse_change(putting);
}

static bool take_missing(struct putting *putting, const Modal__VolumePutFiles2Response *answer)
{
    for (size_t i = 0; i < answer->n_missing_blocks; i++) {
        const Modal__VolumePutFiles2Response__MissingBlock *missing = answer->missing_blocks[i];
        if (missing->file_index != 0 || missing->block_index >= putting->count || !missing->put_url)
            return false;
        putting->blocks[missing->block_index].url = arena_text(&job_of(putting)->arena, missing->put_url);
    }
    return true;
}

static void blocks_told(void *data, const struct modal_failure *failure, const void *message)
{
    struct putting *putting = data;
    const Modal__VolumePutFiles2Response *answer = message;
    struct job *job = job_of(putting);

    job->step = NULL;
    if (failure) {
        job->fail(job, failure);
    } else if (answer->n_missing_blocks == 0) {
        named_job_done(&putting->volume.named, putting->path);
    } else if (putting->told || !take_missing(putting, answer)) {
        job_refuse(job, arena_format(&job->arena, "%s: Modal still misses blocks that were sent. Try again",
                                     putting->what));
    } else {
        putting->told = true;
        putting->at = 0;
        put_next(putting);
    }
}

/* The blocks as messages, in ARENA. */
static Modal__VolumePutFiles2Request__Block **list_blocks(struct putting *putting, struct arena *arena)
{
    Modal__VolumePutFiles2Request__Block **list = arena_take(arena, (putting->count + 1) * sizeof *list);

    for (size_t i = 0; i < putting->count; i++) {
        struct block *block = &putting->blocks[i];
        list[i] = arena_message(arena, &modal__volume_put_files2_request__block__descriptor);
        list[i]->has_contents_sha256 = true;
        list[i]->contents_sha256 = (ProtobufCBinaryData){ .len = HASH_BYTES, .data = block->raw };
        list[i]->has_put_response = block->put;
        list[i]->put_response = block->answer;
    }
    return list;
}

static void tell_blocks(struct putting *putting)
{
    static const struct modal_method method = {
        .name = "VolumePutFiles2",
        .request = &modal__volume_put_files2_request__descriptor,
        .answer = &modal__volume_put_files2_response__descriptor,
        .retries = -1,
        .first_delay = 1000,
    };
    struct arena arena = ARENA_INIT;
    struct job *job = job_of(putting);
    Modal__VolumePutFiles2Request request = MODAL__VOLUME_PUT_FILES2_REQUEST__INIT;
    Modal__VolumePutFiles2Request__File file = MODAL__VOLUME_PUT_FILES2_REQUEST__FILE__INIT, *files = &file;

    file.path = (char *)putting->path;
    file.has_size = true;
    file.size = putting->size;
    file.has_mode = true;
    file.mode = putting->mode;
    file.n_blocks = putting->count;
    file.blocks = list_blocks(putting, &arena);
    request.volume_id = (char *)putting->volume.id;
    request.n_files = 1;
    request.files = &files;
    request.has_disallow_overwrite_existing_files = true;
    request.disallow_overwrite_existing_files = !putting->force;
    job->step = modal_unary(job->client, &method, &request, 0, putting->what, blocks_told, putting);
    arena_release(&arena);
}

/* --- version 1 --- */

static void bind_file(struct putting *putting)
{
    static const struct modal_method method = METHOD(VolumePutFiles, volume_put_files_request, empty);
    struct job *job = job_of(putting);
    Modal__VolumePutFilesRequest request = MODAL__VOLUME_PUT_FILES_REQUEST__INIT;
    Modal__MountFile file = MODAL__MOUNT_FILE__INIT, *files = &file;

    file.filename = (char *)putting->path;
    file.sha256_hex = putting->whole.sha256;
    file.has_mode = true;
    file.mode = putting->mode;
    request.volume_id = (char *)putting->volume.id;
    request.n_files = 1;
    request.files = &files;
    request.has_disallow_overwrite_existing_files = true;
    request.disallow_overwrite_existing_files = !putting->force;
    job->step = modal_unary(job->client, &method, &request, 0, putting->what, finish, putting);
}

static void send_content(struct putting *putting);
static void ask_existence(struct job *job);

/* The file's turn: asked without content, then sent, then asked until Modal has it. */
static void file_answered(void *data, const struct modal_failure *failure, const void *message)
{
    struct putting *putting = data;
    const Modal__MountPutFileResponse *answer = message;
    struct job *job = job_of(putting);

    job->step = NULL;
    if (failure)
        job->fail(job, failure);
    else if (answer->exists)
        bind_file(putting);
    else if (putting->tries++ == 0)
        send_content(putting);
    else if (putting->tries < EXISTS_TRIES)
        job_later(job, EXISTS_PAUSE, ask_existence);
    else
        job_refuse(job,
                   arena_format(&job->arena, "%s: Modal does not have the file after ten minutes. Try again",
                                putting->what));
}

static void put_file(struct putting *putting, Modal__MountPutFileRequest *request)
{
    static const struct modal_method method = {
        .name = "MountPutFile",
        .request = &modal__mount_put_file_request__descriptor,
        .answer = &modal__mount_put_file_response__descriptor,
        .retries = -1,
        .first_delay = 1000,
    };
    struct job *job = job_of(putting);

    request->sha256_hex = putting->whole.sha256;
    job->step = modal_unary(job->client, &method, request, 0, putting->what, file_answered, putting);
}

static void ask_existence(struct job *job)
{
    Modal__MountPutFileRequest request;

    modal__mount_put_file_request__init(&request);
    put_file((struct putting *)job, &request);
}

static void blob_put(void *data, const struct modal_failure *failure, const char *id)
{
    struct putting *putting = data;
    struct job *job = job_of(putting);
    Modal__MountPutFileRequest request;

    job->step = NULL;
    if (failure) {
        job->fail(job, failure);
        return;
    }
    modal__mount_put_file_request__init(&request);
    request.data_oneof_case = MODAL__MOUNT_PUT_FILE_REQUEST__DATA_ONEOF_DATA_BLOB_ID;
    request.data_blob_id = (char *)id;
    put_file(putting, &request);
}

static void send_content(struct putting *putting)
{
    struct job *job = job_of(putting);
    Modal__MountPutFileRequest request;

    modal__mount_put_file_request__init(&request);
    if (putting->size > INLINE_BYTES) {
        job->step = image_blob_put(job->client, &putting->whole, blob_put, putting);
    } else if (!read_block(putting, 0)) {
        refuse_change(putting);
    } else {
        request.data_oneof_case = MODAL__MOUNT_PUT_FILE_REQUEST__DATA_ONEOF_DATA;
        request.data =
            (ProtobufCBinaryData){ .len = (size_t)putting->size, .data = (uint8_t *)putting->bytes };
        put_file(putting, &request);
    }
}

static void begin_first(struct putting *putting)
{
    hash_finish(putting->hash, putting->whole.sha256);
    putting->hash = NULL;
    hash_finish_bytes(putting->md5, putting->whole.md5);
    putting->md5 = NULL;
    putting->whole.local = arena_format(&job_of(putting)->arena, "/proc/self/fd/%d", putting->file);
    putting->whole.size = putting->size;
    ask_existence(job_of(putting));
}

/* --- hashing --- */

static unsigned char nibble(char digit)
{
    return (unsigned char)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void hash_block(struct putting *putting, struct block *block, size_t length)
{
    if (putting->volume.version == 1) {
        hash_add(putting->hash, putting->bytes, length);
        hash_add(putting->md5, putting->bytes, length);
        return;
    }
    hash_text(putting->bytes, length, block->sha256);
    for (size_t i = 0; i < HASH_BYTES; i++)
        block->raw[i] = (unsigned char)(nibble(block->sha256[2 * i]) << 4 | nibble(block->sha256[2 * i + 1]));
}

static void hash_next(struct job *job)
{
    struct putting *putting = (struct putting *)job;

    if (putting->at == putting->count) {
        putting->volume.version == 1 ? begin_first(putting) : tell_blocks(putting);
    } else if (!read_block(putting, putting->at)) {
        refuse_change(putting);
    } else {
        hash_block(putting, &putting->blocks[putting->at], block_length(putting, putting->at));
        putting->at++;
        job_later(job, 0, hash_next);
    }
}

static void begin(struct volume_job *volume)
{
    struct putting *putting = (struct putting *)volume;
    struct job *job = job_of(putting);
    struct stat status;

    if (fstat(putting->file, &status) != 0 || !S_ISREG(status.st_mode)) {
        job_refuse(
            job, arena_format(&job->arena, "%s: what is to be put there is no regular file", putting->what));
        return;
    }
    putting->size = (uint64_t)status.st_size;
    putting->mode = (uint32_t)status.st_mode & 0777;
    putting->count = (size_t)((putting->size + TRANSFER_BLOCK - 1) / TRANSFER_BLOCK);
    putting->blocks = xcalloc(putting->count, sizeof *putting->blocks);
    putting->bytes = xmalloc(putting->count > 1 ? TRANSFER_BLOCK : (size_t)putting->size);
    if (volume->version == 1) {
        putting->hash = hash_new();
        putting->md5 = hash_new_md5();
    }
    hash_next(job);
}

struct modal_call *modal_volume_put(struct modal_client *client, const char *id, const char *path, int file,
                                    bool force, modal_named *done, void *data)
{
    struct putting *putting = volume_job_new(sizeof *putting, client, id, begin, done, data);
    struct job *job = job_of(putting);

    job->release = release;
    putting->file = file;
    putting->force = force;
    putting->path = arena_text(&job->arena, path);
    putting->what = arena_format(&job->arena, "Writing %s of the volume", path);
    return &job->call;
}
