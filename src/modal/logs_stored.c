/* logs_stored.c - the newest stored entries of a sandbox's log: looked for further and further back (protocol:
 * stored logs). */
#include "base/clock.h"
#include "base/memory.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/sandboxes_private.h"

#include <string.h>

enum { ENTRIES_MAX = 20000, STDERR = 2, TASK_WAIT = 5 };

static const int64_t look_backs[] = { 3600, 86400, 7 * 86400, 30 * 86400 }; /* seconds */

struct stored {
    struct named_job job;
    char *id, *app_id;
    char *task_id; /* of a V2 sandbox; "": not known */
    modal_log_bytes *bytes;
    size_t count;
    size_t back; /* which of look_backs */
};

static const struct modal_method fetch_method =
    METHOD(AppFetchLogs, app_fetch_logs_request, app_fetch_logs_response);
static const struct modal_method wait_methods[2] =
    METHODS(SandboxWait, sandbox_wait_request, sandbox_wait_response);
static const struct modal_method task_methods[2] =
    METHODS(SandboxGetTaskId, sandbox_get_task_id_request, sandbox_get_task_id_response);

static void next(struct job *job);

static bool failed(struct stored *stored, const struct modal_failure *failure)
{
    stored->job.job.step = NULL;
    if (failure)
        stored->job.job.fail(&stored->job.job, failure);
    return failure;
}

static bool has_text(const Modal__TaskLogs *item)
{
    return item->data && *item->data;
}

static size_t count_entries(const Modal__AppFetchLogsResponse *response)
{
    size_t count = 0;

    for (size_t i = 0; i < response->n_batches; i++)
        for (size_t k = 0; k < response->batches[i]->n_items; k++)
            count += has_text(response->batches[i]->items[k]);
    return count;
}

static void tell_entries(struct stored *stored, const Modal__AppFetchLogsResponse *response, size_t skip)
{
    for (size_t i = 0; i < response->n_batches; i++)
        for (size_t k = 0; k < response->batches[i]->n_items; k++) {
            const Modal__TaskLogs *item = response->batches[i]->items[k];
            if (!has_text(item))
                continue;
            if (skip > 0) {
                skip--;
                continue;
            }
            job_tell(&stored->job.job);
            stored->bytes(stored->job.data, item->file_descriptor >= STDERR, item->data, strlen(item->data));
            if (!job_told(&stored->job.job))
                return;
        }
    named_job_done(&stored->job, NULL);
}

static void fetched(void *data, const struct modal_failure *failure, const void *answer)
{
    struct stored *stored = data;
    const Modal__AppFetchLogsResponse *response = answer;

    if (failed(stored, failure))
        return;
    size_t count = count_entries(response);
    if (count >= stored->count || stored->back + 1 == ARRAY_SIZE(look_backs)) {
        tell_entries(stored, response, count > stored->count ? count - stored->count : 0);
    } else {
        stored->back++;
        next(&stored->job.job);
    }
}

static void fetch(struct stored *stored)
{
    Modal__AppFetchLogsRequest request = MODAL__APP_FETCH_LOGS_REQUEST__INIT;
    Modal__Timestamp since = MODAL__TIMESTAMP__INIT, until = MODAL__TIMESTAMP__INIT;
    struct job *job = &stored->job.job;

    until.has_seconds = since.has_seconds = true;
    until.seconds = clock_wall() / 1000 + 1;
    since.seconds = until.seconds - look_backs[stored->back];
    request.app_id = stored->app_id;
    request.since = &since;
    request.until = &until;
    request.has_limit = true;
    request.limit = (uint32_t)stored->count;
    if (stored->task_id && *stored->task_id)
        request.task_id = stored->task_id;
    else
        request.sandbox_id = stored->id;
    job->step = modal_unary(job->client, &fetch_method, &request, 0, "Reading the sandbox's stored log",
                            fetched, stored);
}

static void got_app(void *data, const struct modal_failure *failure, const void *answer)
{
    struct stored *stored = data;
    const Modal__SandboxWaitResponse *response = answer;

    if (failed(stored, failure))
        return;
    if (!response->metadata || !response->metadata->app_id) {
        job_refuse(&stored->job.job,
                   "Modal does not say which app the sandbox belongs to, so its log cannot be found");
        return;
    }
    stored->app_id = arena_text(&stored->job.job.arena, response->metadata->app_id);
    next(&stored->job.job);
}

static void ask_app(struct stored *stored)
{
    Modal__SandboxWaitRequest request = MODAL__SANDBOX_WAIT_REQUEST__INIT;
    struct job *job = &stored->job.job;

    request.sandbox_id = stored->id;
    request.has_timeout = true;
    job->step = modal_unary(job->client, &wait_methods[!modal_id_is_v1(stored->id)], &request, 0,
                            "Asking for the sandbox's app", got_app, stored);
}

static void got_task(void *data, const struct modal_failure *failure, const void *answer)
{
    struct stored *stored = data;
    const Modal__SandboxGetTaskIdResponse *response = answer;

    if (failed(stored, failure))
        return;
    stored->task_id = arena_text(&stored->job.job.arena, response->task_id ? response->task_id : "");
    next(&stored->job.job);
}

static void ask_task(struct stored *stored)
{
    Modal__SandboxGetTaskIdRequest request = MODAL__SANDBOX_GET_TASK_ID_REQUEST__INIT;
    struct job *job = &stored->job.job;

    request.sandbox_id = stored->id;
    request.has_timeout = true;
    request.timeout = TASK_WAIT;
    job->step = modal_unary(job->client, &task_methods[1], &request, 0, "Asking for the sandbox's task",
                            got_task, stored);
}

/* What is not known yet is asked for first. */
static void next(struct job *job)
{
    struct stored *stored = (struct stored *)job;

    if (!stored->app_id)
        ask_app(stored);
    else if (!stored->task_id && !modal_id_is_v1(stored->id))
        ask_task(stored);
    else
        fetch(stored);
}

struct modal_call *modal_sandbox_stored_logs(struct modal_sandbox *sandbox, size_t count,
                                             modal_log_bytes *bytes, modal_named *done, void *data)
{
    struct stored *stored = (struct stored *)named_job_new(sizeof *stored, sandbox->client, done, data);
    struct arena *arena = &stored->job.job.arena;

    stored->id = arena_text(arena, sandbox->id);
    stored->app_id = arena_text(arena, sandbox->app_id);
    stored->task_id = arena_text(arena, modal_task_id(sandbox->task));
    stored->bytes = bytes;
    stored->count = count < 1 ? 1 : count > ENTRIES_MAX ? ENTRIES_MAX : count;
    next(&stored->job.job);
    return &stored->job.job.call;
}
