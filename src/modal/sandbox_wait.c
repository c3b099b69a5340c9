/* sandbox_wait.c - how a sandbox ended, the long wait for it, and the order to end (protocol: GenericResult;
 * wait, poll, terminate). */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/sandboxes.h"
#include "modal/sandboxes_private.h"

#include <string.h>

enum {
    WAIT_SECONDS = 10,    /* the service holds one wait so long */
    WAIT_GRACE = 15,      /* seconds more for the attempt */
    TROUBLE_PAUSE = 1000, /* milliseconds, doubled by each failure in a row */
    TROUBLE_PAUSE_MAX = 15000,
    EARLY = 200, /* milliseconds: an answer "still running" before this is no long wait */
    EARLY_PAUSE = 1000,
    TROUBLE_MAX = 5 * 60000, /* milliseconds without any answer until the wait is given up */
};

/* --- the words --- */

static const struct row {
    enum modal_end end;
    int code;   /* -1: the process's own */
    bool words; /* the service's own words are worth adding */
    const char *sentence;
} rows[] = {
    { MODAL_RUNNING, -1, false, NULL },
    { MODAL_FINISHED, -1, false, "Its main process ended" },
    { MODAL_ENDED_BADLY, -1, true, "Its main process failed" },
    { MODAL_TERMINATED, 137, false, "It was terminated" },
    { MODAL_TIMED_OUT, 124, false, "It reached its time-out" },
    { MODAL_INIT_FAILED, -1, true, "It could not start" },
    { MODAL_INTERNAL_FAILURE, -1, true, "Modal failed internally" },
    { MODAL_IDLE, -1, false, "It was idle for longer than its idle time-out" },
    { MODAL_EVICTED, -1, true, "It was evicted because its machine ran out of memory" },
};

static void write_sentence(const struct row *row, const Modal__GenericResult *result, int64_t timeout,
                           struct buffer *sentence)
{
    char span[CLOCK_TEXT];

    buffer_clear(sentence);
    buffer_append_text(sentence, row->sentence);
    if (row->end == MODAL_TIMED_OUT && timeout > 0) {
        clock_format_span(timeout * 1000, span);
        buffer_append_format(sentence, " of %s", span);
    }
    if (row->end == MODAL_ENDED_BADLY && result->exitcode != 0)
        buffer_append_format(sentence, " with exit code %d", result->exitcode);
    if (row->words && result->exception && *result->exception)
        buffer_append_format(sentence, ": %s", result->exception);
}

struct modal_sandbox_end sandbox_end_of(const Modal__GenericResult *result, int64_t timeout,
                                        struct buffer *sentence)
{
    int status = result && result->has_status ? result->status : 0;
    size_t at = status < 0 || (size_t)status >= ARRAY_SIZE(rows) ? MODAL_INTERNAL_FAILURE : (size_t)status;
    const struct row *row = &rows[at];

    if (row->end == MODAL_RUNNING)
        return (struct modal_sandbox_end){ .end = MODAL_RUNNING, .code = -1 };
    write_sentence(row, result, timeout, sentence);
    return (struct modal_sandbox_end){
        .end = row->end,
        .code = row->code >= 0 ? row->code : result->exitcode,
        .sentence = sentence->data,
    };
}

/* --- waiting --- */

static const struct modal_method wait_methods[2] =
    METHODS(SandboxWait, sandbox_wait_request, sandbox_wait_response);
static const struct modal_method terminate_methods[2] =
    METHODS(SandboxTerminate, sandbox_terminate_request, sandbox_terminate_response);

struct waiting {
    struct job job;
    modal_sandbox_ended *ended;
    void *data;
    char *id;
    int64_t timeout; /* of the sandbox, seconds; 0: not known */
    bool until_end;
    int64_t asked;         /* when */
    int64_t trouble_since; /* 0: the last attempt was answered */
    int64_t pause;
};

static void fail(struct job *job, const struct modal_failure *failure)
{
    struct waiting *waiting = (struct waiting *)job;

    job_over(job);
    waiting->ended(waiting->data, failure, NULL);
    job_free(job);
}

static void tell_end(struct waiting *waiting, const struct modal_sandbox_end *end)
{
    job_over(&waiting->job);
    waiting->ended(waiting->data, NULL, end);
    job_free(&waiting->job);
}

static struct waiting *waiting_new(struct modal_client *client, const char *id, modal_sandbox_ended *ended,
                                   void *data)
{
    struct waiting *waiting = job_new(sizeof *waiting, client, fail);

    waiting->ended = ended;
    waiting->data = data;
    waiting->id = arena_text(&waiting->job.arena, id);
    return waiting;
}

static void ask(struct job *job);

/* A wait for hours must live through a bad minute of the network. */
static void wait_failed(struct waiting *waiting, const struct modal_failure *failure)
{
    int64_t now = clock_steady();

    if (waiting->trouble_since == 0) {
        waiting->trouble_since = now;
        waiting->pause = TROUBLE_PAUSE;
    }
    if (!waiting->until_end || !modal_status_retryable(failure->status) ||
        now - waiting->trouble_since > TROUBLE_MAX) {
        fail(&waiting->job, failure);
        return;
    }
    job_later(&waiting->job, waiting->pause, ask);
    if (waiting->pause * 2 <= TROUBLE_PAUSE_MAX)
        waiting->pause *= 2;
}

static void answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct waiting *waiting = data;
    const Modal__SandboxWaitResponse *response = answer;
    struct buffer sentence = BUFFER_INIT;

    waiting->job.step = NULL;
    if (failure) {
        wait_failed(waiting, failure);
        return;
    }
    waiting->trouble_since = 0;
    struct modal_sandbox_end end = sandbox_end_of(response->result, waiting->timeout, &sentence);
    if (end.end != MODAL_RUNNING || !waiting->until_end)
        tell_end(waiting, &end);
    else
        job_later(&waiting->job, clock_steady() - waiting->asked < EARLY ? EARLY_PAUSE : 0, ask);
    buffer_release(&sentence);
}

static void ask(struct job *job)
{
    struct waiting *waiting = (struct waiting *)job;
    Modal__SandboxWaitRequest request = MODAL__SANDBOX_WAIT_REQUEST__INIT;
    int seconds = waiting->until_end ? WAIT_SECONDS : 0;

    waiting->asked = clock_steady();
    request.sandbox_id = waiting->id;
    request.has_timeout = true;
    request.timeout = (float)seconds;
    job->step = modal_unary(job->client, &wait_methods[!modal_id_is_v1(waiting->id)], &request,
                            (seconds + WAIT_GRACE) * 1000, "Waiting for the sandbox", answered, waiting);
}

struct modal_call *modal_sandbox_wait(struct modal_sandbox *sandbox, bool until_end,
                                      modal_sandbox_ended *ended, void *data)
{
    struct waiting *waiting = waiting_new(sandbox->client, sandbox->id, ended, data);

    waiting->timeout = sandbox->timeout;
    waiting->until_end = until_end;
    ask(&waiting->job);
    return &waiting->job.call;
}

/* --- the order to end --- */

static void terminated(void *data, const struct modal_failure *failure, const void *answer)
{
    static const Modal__GenericResult stopped = { .has_status = true, .status = MODAL_TERMINATED };
    struct waiting *waiting = data;
    const Modal__SandboxTerminateResponse *response = answer;
    struct buffer sentence = BUFFER_INIT;

    waiting->job.step = NULL;
    if (failure) {
        fail(&waiting->job, failure);
        return;
    }
    struct modal_sandbox_end end = sandbox_end_of(response->existing_result, 0, &sentence);
    if (end.end == MODAL_RUNNING && waiting->until_end) {
        ask(&waiting->job);
        return;
    }
    if (end.end == MODAL_RUNNING)
        end = sandbox_end_of(&stopped, 0, &sentence);
    tell_end(waiting, &end);
    buffer_release(&sentence);
}

struct modal_call *modal_sandbox_terminate(struct modal_client *client, const char *id, bool wait,
                                           modal_sandbox_ended *ended, void *data)
{
    struct waiting *waiting = waiting_new(client, id, ended, data);
    Modal__SandboxTerminateRequest request = MODAL__SANDBOX_TERMINATE_REQUEST__INIT;

    waiting->until_end = wait;
    request.sandbox_id = waiting->id;
    waiting->job.step = modal_unary(client, &terminate_methods[!modal_id_is_v1(id)], &request, 0,
                                    "Terminating the sandbox", terminated, waiting);
    return &waiting->job.call;
}
