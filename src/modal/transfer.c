/* transfer.c - see transfer.h. */
#include "modal/transfer.h"

#include "base/buffer.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/settings.h"
#include "wire/http.h"

#include <string.h>

/* Milliseconds. */
enum { TRIES = 6, PAUSE = 250, CONNECT = 20000, ANSWER = 300000, SILENCE = 60000 };
enum { ANSWER_BYTES = 64 * 1024 };

struct transfer {
    struct job job;
    const char *url, *what;
    const void *content; /* put */
    size_t length;
    void (*bytes)(void *data, const char *bytes, size_t length); /* get */
    transfer_done *done;
    void *data;
    struct http_call *http;
    struct buffer answer;
    uint64_t told;    /* get: bytes that the caller has */
    uint64_t arrived; /* of this attempt */
    int status, tries;
};

static void attempt(struct job *job);

static void release(struct job *job)
{
    struct transfer *transfer = (struct transfer *)job;

    if (transfer->http)
        http_cancel(transfer->http);
    buffer_release(&transfer->answer);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    struct transfer *transfer = (struct transfer *)job;

    job_over(job);
    transfer->done(transfer->data, failure, &transfer->answer);
    job_free(job);
}

static void try_again(struct transfer *transfer, const char *sentence)
{
    struct job *job = &transfer->job;

    if (++transfer->tries < TRIES)
        job_later(job, (int64_t)PAUSE << (transfer->tries - 1), attempt);
    else
        job_refuse(job, arena_format(&job->arena, "%s: %s", transfer->what, sentence));
}

static void head_came(void *data, struct http_call *call)
{
    ((struct transfer *)data)->status = http_status(call);
}

/* What the caller has from an earlier attempt is passed over. */
static void tell_new(struct transfer *transfer, const char *bytes, size_t length)
{
    uint64_t start = transfer->arrived;

    transfer->arrived += length;
    if (transfer->arrived <= transfer->told)
        return;
    size_t old = start < transfer->told ? (size_t)(transfer->told - start) : 0;
    transfer->told = transfer->arrived;
    transfer->bytes(transfer->data, bytes + old, length - old);
}

static void body_came(void *data, const char *bytes, size_t length)
{
    struct transfer *transfer = data;

    if (transfer->status / 100 != 2)
        return;
    if (transfer->bytes)
        tell_new(transfer, bytes, length);
    else
        buffer_append(&transfer->answer, bytes, length);
}

static void answered(void *data)
{
    struct transfer *transfer = data;
    struct job *job = &transfer->job;
    int status = transfer->status;
    const char *sentence = arena_format(&job->arena, "the store answered with HTTP %d", status);

    transfer->http = NULL;
    if (status / 100 == 2) {
        job_over(job);
        transfer->done(transfer->data, NULL, &transfer->answer);
        job_free(job);
    } else if (status >= 500 || status == 408 || status == 429) {
        try_again(transfer, sentence);
    } else {
        job_refuse(job, arena_format(&job->arena, "%s: %s", transfer->what, sentence));
    }
}

static void broke(void *data, enum http_failure failure, const char *sentence)
{
    struct transfer *transfer = data;

    transfer->http = NULL;
    if (failure == HTTP_FAILED_TLS || failure == HTTP_FAILED_REQUEST)
        transfer->tries = TRIES;
    try_again(transfer, arena_text(&transfer->job.arena, sentence));
}

static void attempt(struct job *job)
{
    static const struct http_events events = {
        .head = head_came, .body = body_came, .done = answered, .failed = broke
    };
    static const char *const headers[] = { "Content-Type: application/octet-stream", NULL };
    struct transfer *transfer = (struct transfer *)job;
    struct http_request request = {
        .method = transfer->bytes ? "GET" : "PUT",
        .url = transfer->url,
        .headers = transfer->bytes ? NULL : headers,
        .body = transfer->content,
        .body_length = transfer->length,
        .connect_timeout = CONNECT,
        .first_byte_timeout = ANSWER,
        .silence_timeout = SILENCE,
    };

    transfer->arrived = 0;
    transfer->status = 0;
    buffer_clear(&transfer->answer);
    transfer->http = http_start(modal_client_http(job->client), &request, &events, transfer);
}

/* The bytes of a file go only over TLS, or to this machine. */
static bool is_good_address(const struct transfer *transfer)
{
    return modal_id_has(transfer->url, "https://") ||
           (modal_id_has(transfer->url, "http://") && modal_settings_local(job_settings(&transfer->job)));
}

static struct transfer *transfer_new(struct modal_client *client, const char *url, const char *what,
                                     transfer_done *done, void *data)
{
    struct transfer *transfer = job_new(sizeof *transfer, client, fail);
    struct job *job = &transfer->job;

    job->release = release;
    transfer->url = arena_text(&job->arena, url ? url : "");
    transfer->what = arena_text(&job->arena, what);
    transfer->done = done;
    transfer->data = data;
    buffer_init(&transfer->answer, ANSWER_BYTES);
    if (is_good_address(transfer))
        job_later(job, 0, attempt);
    else
        job_refuse(job, arena_format(&job->arena, "%s: Modal gave no address for it", what));
    return transfer;
}

struct modal_call *transfer_get(struct modal_client *client, const char *url, const char *what,
                                void (*bytes)(void *data, const char *bytes, size_t length),
                                transfer_done *done, void *data)
{
    struct transfer *transfer = transfer_new(client, url, what, done, data);

    transfer->bytes = bytes;
    return &transfer->job.call;
}

struct modal_call *transfer_put(struct modal_client *client, const char *url, const char *what,
                                const void *content, size_t length, transfer_done *done, void *data)
{
    struct transfer *transfer = transfer_new(client, url, what, done, data);

    transfer->content = arena_copy(&transfer->job.arena, content, length);
    transfer->length = length;
    return &transfer->job.call;
}
