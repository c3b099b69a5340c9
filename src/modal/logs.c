/* logs.c - live output of the main process (protocol: output of the main process, logs).
 *
 * V1: a stream for each descriptor from the control plane, resumed by entry.  V2: the task's own. */
#include "base/buffer.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/sandboxes_private.h"
#include "modal/task_requests.h"

#include <inttypes.h>
#include <string.h>

enum {
    STREAM_SECONDS = 55,
    STREAM_GRACE = 20,
    TRIES_MAX = 10,
    FIRST_PAUSE = 10,  /* milliseconds, doubled by each failure, as at first again after any batch */
    EMPTY_PAUSE = 200, /* after a stream that ended at once with nothing */
};

static const struct modal_method logs_method =
    METHOD(SandboxGetLogs, sandbox_get_logs_request, task_logs_batch);

struct follow;

/* One descriptor of a V1 sandbox. */
struct reader {
    struct job job;
    struct follow *follow;
    int descriptor; /* 1 stdout, 2 stderr */
    struct buffer entry;
    bool news, eof;
    int tries;
};

struct follow {
    struct named_job job;
    char *id;
    modal_log_bytes *bytes;
    struct reader *readers[2]; /* V1; NULL: that one has ended */
    uint64_t lost[2];          /* V2: bytes that are not kept any more */
};

static bool tell(struct follow *follow, bool is_error, const char *bytes, size_t length)
{
    job_tell(&follow->job.job);
    follow->bytes(follow->job.data, is_error, bytes, length);
    return job_told(&follow->job.job);
}

/* --- V1 --- */

static void release_reader(struct job *job)
{
    buffer_release(&((struct reader *)job)->entry);
}

static void reader_failed(struct job *job, const struct modal_failure *failure)
{
    struct reader *reader = (struct reader *)job;
    struct follow *follow = reader->follow;

    follow->readers[reader->descriptor - 1] = NULL;
    job_over(job);
    follow->job.job.fail(&follow->job.job, failure);
    job_free(job);
}

static void reader_done(struct reader *reader)
{
    struct follow *follow = reader->follow;

    follow->readers[reader->descriptor - 1] = NULL;
    job_over(&reader->job);
    if (!follow->readers[0] && !follow->readers[1])
        named_job_done(&follow->job, NULL);
    job_free(&reader->job);
}

static void take_batch(void *data, const void *answer)
{
    struct reader *reader = data;
    const Modal__TaskLogsBatch *batch = answer;

    reader->news = true;
    reader->tries = 0;
    if (batch->entry_id && *batch->entry_id) {
        buffer_clear(&reader->entry);
        buffer_append_text(&reader->entry, batch->entry_id);
    }
    reader->eof = reader->eof || batch->eof;
    for (size_t i = 0; i < batch->n_items; i++) {
        const char *text = batch->items[i]->data;
        if (!text || !*text)
            continue;
        job_tell(&reader->job);
        tell(reader->follow, reader->descriptor == 2, text, strlen(text));
        if (!job_told(&reader->job))
            return;
    }
}

static void open_logs(struct job *job);

static void logs_ended(void *data, const struct modal_failure *failure)
{
    struct reader *reader = data;

    reader->job.step = NULL;
    if (reader->eof)
        reader_done(reader);
    else if (!failure)
        job_later(&reader->job, reader->news ? 0 : EMPTY_PAUSE, open_logs);
    else if (modal_status_retryable(failure->status) && reader->tries < TRIES_MAX)
        job_later(&reader->job, (int64_t)FIRST_PAUSE << reader->tries++, open_logs);
    else
        reader_failed(&reader->job, failure);
}

static void open_logs(struct job *job)
{
    struct reader *reader = (struct reader *)job;
    Modal__SandboxGetLogsRequest request = MODAL__SANDBOX_GET_LOGS_REQUEST__INIT;

    request.sandbox_id = reader->follow->id;
    request.has_file_descriptor = request.has_timeout = true;
    request.file_descriptor = reader->descriptor;
    request.timeout = STREAM_SECONDS;
    request.last_entry_id = reader->entry.data;
    reader->news = false;
    job->step = modal_stream(job->client, &logs_method, &request, (STREAM_SECONDS + STREAM_GRACE) * 1000,
                             "Reading the sandbox's output", take_batch, logs_ended, reader);
}

static void start_reader(struct follow *follow, int descriptor)
{
    struct reader *reader = job_new(sizeof *reader, follow->job.job.client, reader_failed);

    reader->job.release = release_reader;
    reader->follow = follow;
    reader->descriptor = descriptor;
    buffer_init(&reader->entry, 0);
    follow->readers[descriptor - 1] = reader;
    open_logs(&reader->job);
}

static void release(struct job *job)
{
    struct follow *follow = (struct follow *)job;

    for (int i = 0; i < 2; i++)
        modal_call_cancel(follow->readers[i] ? &follow->readers[i]->job.call : NULL);
}

/* --- V2 --- */

static void task_bytes(void *data, bool is_error, const char *bytes, size_t length)
{
    tell(data, is_error, bytes, length);
}

static void task_lost(void *data, bool is_error, uint64_t count)
{
    ((struct follow *)data)->lost[is_error] += count;
}

static void task_done(void *data, const struct modal_failure *failure, const char *id)
{
    struct follow *follow = data;
    struct job *job = &follow->job.job;
    uint64_t lost = follow->lost[0] + follow->lost[1];

    (void)id;
    job->step = NULL;
    if (failure)
        job->fail(job, failure);
    else
        named_job_done(&follow->job,
                       lost > 0
                           ? arena_format(&job->arena, "%" PRIu64 " older bytes are not kept any more", lost)
                           : NULL);
}

struct modal_call *modal_sandbox_follow(struct modal_sandbox *sandbox, modal_log_bytes *bytes,
                                        modal_named *done, void *data)
{
    struct follow *follow = (struct follow *)named_job_new(sizeof *follow, sandbox->client, done, data);
    struct job *job = &follow->job.job;

    job->release = release;
    follow->id = arena_text(&job->arena, sandbox->id);
    follow->bytes = bytes;
    if (modal_id_is_v1(sandbox->id)) {
        start_reader(follow, 1);
        start_reader(follow, 2);
    } else {
        job->step = modal_task_follow(sandbox->task, task_bytes, task_lost, task_done, follow);
    }
    return &job->call;
}
