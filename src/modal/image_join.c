/* image_join.c - one server stream after the other, each open for 55 seconds (protocol: images).
 *
 * A result may come before the last lines, so a stream is read to its end.  Breaks in a row without any news
 * between them are counted: after three the build is given up (it goes on at Modal, and a new try joins it). */
#include "modal/image_join.h"

#include "base/buffer.h"
#include "modal/job.h"

#include <string.h>

enum {
    STREAM_SECONDS = 55,
    STREAM_GRACE = 20, /* seconds more until we take the stream for dead */
    BREAKS_MAX = 3,
    BREAK_PAUSE = 250, /* milliseconds, doubled by each break */
    EMPTY_PAUSE = 200, /* after a stream that brought nothing at all */
    LINE_MAX_BYTES = 65536,
};

struct join {
    struct job job;
    struct image_join_events events;
    void *data;
    char *image_id;
    struct buffer entry; /* the resume point */
    struct buffer line;  /* what has come of a line */
    bool news;           /* of this stream */
    int breaks;          /* in a row */
    Modal__GenericResult *result;
    char *workdir;
};

static const struct modal_method join_method =
    METHOD(ImageJoinStreaming, image_join_streaming_request, image_join_streaming_response);

static void release(struct job *job)
{
    struct join *join = (struct join *)job;

    buffer_release(&join->entry);
    buffer_release(&join->line);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    struct join *join = (struct join *)job;

    job_over(job);
    join->events.ended(join->data, failure, NULL, NULL);
    job_free(job);
}

/* False, here and below: the callback has cancelled it all. */
static bool flush_line(struct join *join)
{
    struct buffer *line = &join->line;

    if (line->length > 0 && line->data[line->length - 1] == '\r')
        buffer_truncate(line, line->length - 1);
    job_tell(&join->job);
    join->events.line(join->data, line->data);
    if (!job_told(&join->job))
        return false;
    buffer_clear(line);
    return true;
}

static bool tell_progress(struct join *join, const Modal__TaskProgress *progress)
{
    if (!progress || progress->progress_type != 0 || progress->len == 0)
        return true;
    job_tell(&join->job);
    join->events.progress(join->data, progress->pos, progress->len);
    return job_told(&join->job);
}

/* Data holds a part of a line, or several. */
static bool add_log(struct join *join, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        size_t taken = length;
        if (join->line.length + taken > LINE_MAX_BYTES)
            taken = LINE_MAX_BYTES - join->line.length;
        buffer_append(&join->line, text, taken);
        text += taken;
        if ((*text == '\n' || taken < length) && !flush_line(join))
            return false;
        text += *text == '\n';
    }
    return true;
}

static void keep_result(struct join *join, const Modal__GenericResult *result)
{
    struct arena *arena = &join->job.arena;

    if (!result || !result->has_status || result->status == 0)
        return;
    join->result = arena_message(arena, &modal__generic_result__descriptor);
    join->result->has_status = true;
    join->result->status = result->status;
    join->result->exception = arena_text(arena, result->exception);
}

static void take(void *data, const void *answer)
{
    struct join *join = data;
    const Modal__ImageJoinStreamingResponse *response = answer;

    join->news = true;
    join->breaks = 0;
    if (response->entry_id && *response->entry_id) {
        buffer_clear(&join->entry);
        buffer_append_text(&join->entry, response->entry_id);
    }
    for (size_t i = 0; i < response->n_task_logs; i++) {
        const Modal__TaskLogs *log = response->task_logs[i];
        if ((log->data && !add_log(join, log->data)) || !tell_progress(join, log->task_progress))
            return;
    }
    if (response->metadata && response->metadata->workdir)
        join->workdir = arena_text(&join->job.arena, response->metadata->workdir);
    keep_result(join, response->result);
}

static void open_stream(struct job *job);

static void finish(struct join *join)
{
    if (join->line.length > 0 && !flush_line(join))
        return;
    job_over(&join->job);
    join->events.ended(join->data, NULL, join->result, join->workdir);
    job_free(&join->job);
}

static void ended(void *data, const struct modal_failure *failure)
{
    struct join *join = data;

    join->job.step = NULL;
    if (join->result)
        finish(join);
    else if (!failure)
        job_later(&join->job, join->news ? 0 : EMPTY_PAUSE, open_stream);
    else if (modal_status_retryable(failure->status) && ++join->breaks < BREAKS_MAX)
        job_later(&join->job, BREAK_PAUSE << join->breaks, open_stream);
    else
        fail(&join->job, failure);
}

static void open_stream(struct job *job)
{
    struct join *join = (struct join *)job;
    Modal__ImageJoinStreamingRequest request = MODAL__IMAGE_JOIN_STREAMING_REQUEST__INIT;

    request.image_id = join->image_id;
    request.has_timeout = true;
    request.timeout = STREAM_SECONDS;
    request.last_entry_id = join->entry.data;
    /* A build that ended while we were on our way has its log told, too; once. */
    request.has_include_logs_for_finished = true;
    request.include_logs_for_finished = join->entry.length == 0;
    join->news = false;
    job->step = modal_stream(job->client, &join_method, &request, (STREAM_SECONDS + STREAM_GRACE) * 1000,
                             "Reading the log of the image build", take, ended, join);
}

struct modal_call *image_join(struct modal_client *client, const char *image_id,
                              const struct image_join_events *events, void *data)
{
    struct join *join = job_new(sizeof *join, client, fail);

    join->job.release = release;
    join->events = *events;
    join->data = data;
    join->image_id = arena_text(&join->job.arena, image_id);
    buffer_init(&join->entry, 0);
    buffer_init(&join->line, LINE_MAX_BYTES);
    open_stream(&join->job);
    return &join->job.call;
}
