/* image_blob.c - BlobCreate, then one HTTP PUT (protocol: local files into an image). */
#include "modal/image_blob.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/settings.h"
#include "wire/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PUT_TRIES = 4, PUT_PAUSE = 1000, PUT_CONNECT = 20000, PUT_ANSWER = 300000 };

struct blob {
    struct named_job job;
    const struct image_file *file;
    char *md5; /* base64 */
    char *blob_id, *url;
    struct http_call *put;
    int tries;
};

static const struct modal_method create_method =
    METHOD(BlobCreate, blob_create_request, blob_create_response);

static void release(struct job *job)
{
    struct blob *blob = (struct blob *)job;

    if (blob->put)
        http_cancel(blob->put);
}

static char *base64(struct arena *arena, const unsigned char *bytes, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = arena_take(arena, (length + 2) / 3 * 4 + 1), *out = text;

    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= i + 1 < length ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= i + 2 < length ? bytes[i + 2] : 0;
        *out++ = letters[group >> 18];
        *out++ = letters[group >> 12 & 63];
        *out++ = i + 1 < length ? letters[group >> 6 & 63] : '=';
        *out++ = i + 2 < length ? letters[group & 63] : '=';
    }
    return text;
}

static unsigned char nibble(char digit)
{
    return (unsigned char)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void from_hex(const char *hex, unsigned char bytes[HASH_BYTES])
{
    for (int i = 0; i < HASH_BYTES; i++)
        bytes[i] = (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

static void start_put(struct job *job);

static void put_failed(struct blob *blob, const char *sentence)
{
    if (++blob->tries < PUT_TRIES)
        job_later(&blob->job.job, (int64_t)PUT_PAUSE << (blob->tries - 1), start_put);
    else
        job_refuse(&blob->job.job, sentence);
}

static void put_done(void *data)
{
    struct blob *blob = data;
    int status = http_status(blob->put);

    blob->put = NULL;
    if (status >= 200 && status < 300) {
        named_job_done(&blob->job, blob->blob_id);
        return;
    }
    put_failed(blob, arena_format(&blob->job.job.arena, "Uploading %s: the store answered with HTTP %d",
                                  blob->file->local, status));
}

static void put_broke(void *data, enum http_failure failure, const char *sentence)
{
    struct blob *blob = data;

    (void)failure;
    blob->put = NULL;
    put_failed(blob, arena_format(&blob->job.job.arena, "Uploading %s: %s", blob->file->local, sentence));
}

static void put_head(void *data, struct http_call *call)
{
    (void)data;
    (void)call;
}

static void put_body(void *data, const char *bytes, size_t length)
{
    (void)data;
    (void)bytes;
    (void)length;
}

/* The content as memory; NULL: it cannot be read, or has another size than it had. */
static void *map_file(const struct image_file *file)
{
    int fd = open(file->local, O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *bytes = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &status) == 0 && (uint64_t)status.st_size == file->size)
        bytes = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        close(fd);
    return bytes == MAP_FAILED ? NULL : bytes;
}

static void start_put(struct job *job)
{
    static const struct http_events events = {
        .head = put_head,
        .body = put_body,
        .done = put_done,
        .failed = put_broke,
    };
    struct blob *blob = (struct blob *)job;
    void *bytes = map_file(blob->file);

    if (!bytes) {
        job_refuse(
            job, arena_format(&job->arena, "%s changed while it was uploaded; try again", blob->file->local));
        return;
    }
    const char *md5 = arena_format(&job->arena, "Content-MD5: %s", blob->md5);
    const char *const headers[] = { "Content-Type: application/octet-stream", md5, NULL };
    struct http_request request = {
        .method = "PUT",
        .url = blob->url,
        .headers = headers,
        .body = bytes,
        .body_length = blob->file->size,
        .connect_timeout = PUT_CONNECT,
        .first_byte_timeout = PUT_ANSWER,
    };
    blob->put = http_start(modal_client_http(job->client), &request, &events, blob);
    munmap(bytes, blob->file->size);
}

/* The bytes of a file go out only over TLS, or to this machine. */
static bool url_fine(const struct blob *blob, const char *url)
{
    return modal_id_has(url, "https://") ||
           (modal_id_has(url, "http://") && modal_settings_local(job_settings(&blob->job.job)));
}

static void created(void *data, const struct modal_failure *failure, const void *answer)
{
    struct blob *blob = data;
    struct job *job = &blob->job.job;
    const Modal__BlobCreateResponse *response = answer;

    job->step = NULL;
    if (failure) {
        job->fail(job, failure);
        return;
    }
    bool single =
        response->upload_type_oneof_case == MODAL__BLOB_CREATE_RESPONSE__UPLOAD_TYPE_ONEOF_UPLOAD_URL;
    if (!single || !response->blob_id || !url_fine(blob, response->upload_url)) {
        job_refuse(job,
                   arena_format(&job->arena, "Modal gave no address to upload %s to", blob->file->local));
        return;
    }
    blob->blob_id = arena_text(&job->arena, response->blob_id);
    blob->url = arena_text(&job->arena, response->upload_url);
    start_put(job);
}

struct modal_call *image_blob_put(struct modal_client *client, const struct image_file *file,
                                  modal_named *named, void *data)
{
    struct blob *blob = (struct blob *)named_job_new(sizeof *blob, client, named, data);
    struct job *job = &blob->job.job;
    Modal__BlobCreateRequest request = MODAL__BLOB_CREATE_REQUEST__INIT;
    unsigned char sha256[HASH_BYTES];

    job->release = release;
    blob->file = file;
    blob->md5 = base64(&job->arena, file->md5, HASH_MD5_BYTES);
    from_hex(file->sha256, sha256);
    request.content_md5 = blob->md5;
    request.content_sha256_base64 = base64(&job->arena, sha256, HASH_BYTES);
    request.has_content_length = true;
    request.content_length = (int64_t)file->size;
    job->step = modal_unary(client, &create_method, &request, 0, "Uploading a file", created, blob);
    return &job->call;
}
