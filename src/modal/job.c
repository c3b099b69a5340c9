/* job.c - the bookkeeping that all requests of several calls share. */
#include "modal/job.h"

#include "base/memory.h"
#include "loop/loop.h"

#include <stdlib.h>

void job_free(struct job *job)
{
    modal_call_cancel(job->step);
    loop_timer_cancel(job->timer);
    if (job->release)
        job->release(job);
    arena_release(&job->arena);
    free(job);
}

static void cancel(struct modal_call *call)
{
    struct job *job = (struct job *)call;

    if (job->telling > 0)
        job->cancelled = true;
    else if (!job->over)
        job_free(job);
}

void job_tell(struct job *job)
{
    job->telling++;
}

bool job_told(struct job *job)
{
    if (--job->telling > 0 || !job->cancelled)
        return !job->cancelled;
    job_free(job);
    return false;
}

void *job_new(size_t size, struct modal_client *client,
              void (*fail)(struct job *job, const struct modal_failure *failure))
{
    struct job *job = xcalloc(1, size);

    job->call.cancel = cancel;
    job->client = client;
    job->fail = fail;
    return job;
}

static void go_on(void *data)
{
    struct job *job = data;

    job->timer = NULL;
    job->next(job);
}

void job_later(struct job *job, int64_t after, void (*next)(struct job *job))
{
    job->next = next;
    job->timer = loop_timer_add(modal_client_loop(job->client), after, go_on, job);
}

static void tell_refusal(struct job *job)
{
    struct modal_failure failure = modal_failure_local(job->refused);

    job->fail(job, &failure);
}

void job_refuse(struct job *job, const char *sentence)
{
    job->refused = arena_text(&job->arena, sentence);
    job_later(job, 0, tell_refusal);
}

void job_over(struct job *job)
{
    job->over = true;
}

const struct modal_settings *job_settings(const struct job *job)
{
    return modal_client_settings(job->client);
}

/* --- jobs that end in a name --- */

static void fail_named(struct job *job, const struct modal_failure *failure)
{
    struct named_job *named = (struct named_job *)job;

    job_over(job);
    named->named(named->data, failure, NULL);
    job_free(job);
}

struct named_job *named_job_new(size_t size, struct modal_client *client, modal_named *named, void *data)
{
    struct named_job *job = job_new(size, client, fail_named);

    job->named = named;
    job->data = data;
    return job;
}

void named_job_done(struct named_job *job, const char *id)
{
    job_over(&job->job);
    job->named(job->data, NULL, id);
    job_free(&job->job);
}

struct plain {
    struct named_job job;
    const char *id;
};

static void answer_plain(void *data, const struct modal_failure *failure, const void *answer)
{
    struct plain *plain = data;

    (void)answer;
    plain->job.job.step = NULL;
    if (failure)
        fail_named(&plain->job.job, failure);
    else
        named_job_done(&plain->job, plain->id);
}

struct modal_call *named_job_call(struct modal_client *client, const struct modal_method *method,
                                  const void *request, const char *what, const char *id, modal_named *named,
                                  void *data)
{
    struct plain *plain = (struct plain *)named_job_new(sizeof *plain, client, named, data);

    plain->id = arena_text(&plain->job.job.arena, id);
    plain->job.job.step = modal_unary(client, method, request, 0, what, answer_plain, plain);
    return &plain->job.job.call;
}
