/* job.h - a modal_call that is made of several: one request at a time, pauses between them, cancelled as one.
 *
 * A maker embeds the struct as its first member.  The request under way stands in `step`, and its answer's
 * first act is to set it to NULL.  A job ends in exactly one of two ways: by job_over, the caller's callback
 * and job_free, in this order (so that the callback may cancel what is over already); or by a cancel. */
#ifndef SANDGATE_MODAL_JOB_H
#define SANDGATE_MODAL_JOB_H

#include "modal/arena.h"
#include "modal/call.h"

struct loop_timer;

struct job {
    struct modal_call call; /* what is handed out */
    struct modal_client *client;
    struct arena arena;               /* lives as long as the job */
    struct modal_call *step;          /* the request under way; NULL: none */
    struct loop_timer *timer;         /* the pause before the next; NULL: none */
    void (*next)(struct job *job);    /* after the pause */
    const char *refused;              /* the sentence of job_refuse, on its way */
    void (*release)(struct job *job); /* what else it holds; may be NULL */
    void (*fail)(struct job *job, const struct modal_failure *failure); /* ends it with a failure */
    bool over;
    bool cancelled; /* by a callback that is still running */
    int telling;    /* callbacks that are running, but the last */
};

/* SIZE is that of the embedding struct, which is zeroed. */
void *job_new(size_t size, struct modal_client *client,
              void (*fail)(struct job *job, const struct modal_failure *failure));
/* Calls NEXT from the loop AFTER milliseconds. */
void job_later(struct job *job, int64_t after, void (*next)(struct job *job));
/* Ends it from the loop with a failure that was found here. SENTENCE is copied. */
void job_refuse(struct job *job, const char *sentence);
/* Around a callback that is not the last, which may cancel the job.  False: it did, the job is gone. */
void job_tell(struct job *job);
bool job_told(struct job *job);
/* To be said before the caller's last callback. */
void job_over(struct job *job);
void job_free(struct job *job);
const struct modal_settings *job_settings(const struct job *job);

/* A row of methods with the usual retries: METHOD(SandboxWait, sandbox_wait_request, sandbox_wait_response). */
#define METHOD(path, request_name, answer_name)                         \
    {                                                                   \
        .name = #path, .request = &modal__##request_name##__descriptor, \
        .answer = &modal__##answer_name##__descriptor, .retries = -1,   \
    }
/* The same of V1 and V2: rows 0 and 1. */
#define METHODS(path, request_name, answer_name)                                             \
    {                                                                                        \
        METHOD(path, request_name, answer_name), METHOD(path##V2, request_name, answer_name) \
    }

/* A job that ends in a modal_named. */
struct named_job {
    struct job job;
    modal_named *named;
    void *data;
};
struct named_job *named_job_new(size_t size, struct modal_client *client, modal_named *named, void *data);
void named_job_done(struct named_job *job, const char *id);
/* One request whose answer says nothing: ID is told to NAMED. */
struct modal_call *named_job_call(struct modal_client *client, const struct modal_method *method,
                                  const void *request, const char *what, const char *id, modal_named *named,
                                  void *data);

#endif
