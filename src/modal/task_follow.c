/* task_follow.c - both descriptors of a sandbox's main process at once (V2). */
#include "base/memory.h"
#include "modal/call.h"
#include "modal/exec_output.h"
#include "modal/failure_kept.h"
#include "modal/task_requests.h"

#include <stdlib.h>

struct follow {
    struct modal_call base; /* first */
    struct modal_task *task;
    struct exec_output *outputs[2];
    modal_log_bytes *bytes;
    void (*lost)(void *data, bool is_error, uint64_t count);
    modal_named *done;
    void *data;
    struct failure_kept failure;
    bool calling, dropped;
};

static void free_follow(struct follow *follow)
{
    failure_kept_release(&follow->failure);
    free(follow);
}

static void stop(struct follow *follow)
{
    for (int i = 0; i < 2; i++) {
        exec_output_close(follow->outputs[i]);
        follow->outputs[i] = NULL;
    }
    follow->dropped = true;
}

static void cancel(struct modal_call *call)
{
    struct follow *follow = (struct follow *)call;
    stop(follow);
    if (!follow->calling)
        free_follow(follow);
}

static void called(struct follow *follow)
{
    follow->calling = false;
    if (follow->dropped)
        free_follow(follow);
}

static void tell_bytes(struct follow *follow, bool is_error, const char *bytes, size_t length)
{
    follow->calling = true;
    follow->bytes(follow->data, is_error, bytes, length);
    called(follow);
}

static void tell_lost(struct follow *follow, bool is_error, uint64_t count)
{
    if (follow->lost == NULL)
        return;
    follow->calling = true;
    follow->lost(follow->data, is_error, count);
    called(follow);
}

static void over(struct follow *follow, int descriptor, const struct modal_failure *failure)
{
    failure_keep(&follow->failure, failure);
    follow->outputs[descriptor] = NULL;
    if (failure == NULL && follow->outputs[!descriptor])
        return;
    bool failed = follow->failure.sentence != NULL;
    stop(follow);
    follow->calling = true;
    follow->done(follow->data, failed ? &follow->failure.failure : NULL,
                 failed ? NULL : modal_task_id(follow->task));
    free_follow(follow);
}

static void standard_bytes(void *data, const char *bytes, size_t length)
{
    tell_bytes(data, false, bytes, length);
}

static void error_bytes(void *data, const char *bytes, size_t length)
{
    tell_bytes(data, true, bytes, length);
}

static void standard_lost(void *data, uint64_t count)
{
    tell_lost(data, false, count);
}

static void error_lost(void *data, uint64_t count)
{
    tell_lost(data, true, count);
}

static void standard_ended(void *data, const struct modal_failure *failure)
{
    over(data, 0, failure);
}

static void error_ended(void *data, const struct modal_failure *failure)
{
    over(data, 1, failure);
}

struct modal_call *modal_task_follow(struct modal_task *task, modal_log_bytes *bytes,
                                     void (*lost)(void *data, bool is_error, uint64_t count),
                                     modal_named *done, void *data)
{
    static const struct exec_output_events events[2] = {
        { .bytes = standard_bytes, .lost = standard_lost, .ended = standard_ended },
        { .bytes = error_bytes, .lost = error_lost, .ended = error_ended },
    };
    struct follow *follow = xcalloc(1, sizeof(*follow));
    follow->base.cancel = cancel;
    follow->task = task;
    follow->bytes = bytes;
    follow->lost = lost;
    follow->done = done;
    follow->data = data;
    for (int i = 0; i < 2; i++)
        follow->outputs[i] = exec_output_open(task, NULL, i, 0, &events[i], follow);
    return &follow->base;
}
