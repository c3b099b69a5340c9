/* sandbox_running.c - what is asked of the running container: its task does it; checks come first here. */
#include "base/error.h"
#include "modal/job.h"
#include "modal/sandbox_spec.h"
#include "modal/sandboxes_private.h"
#include "modal/task_requests.h"

#include <string.h>

static struct modal_call *refuse(struct modal_sandbox *sandbox, const char *sentence, modal_named *done,
                                 void *data)
{
    struct named_job *job = named_job_new(sizeof *job, sandbox->client, done, data);

    job_refuse(&job->job, sentence);
    return &job->job.call;
}

struct modal_call *modal_sandbox_set_network(struct modal_sandbox *sandbox, enum modal_network network,
                                             const char *const *cidrs, const char *const *domains,
                                             modal_named *done, void *data)
{
    struct error error = ERROR_INIT;

    if (sandbox_network_check(network, cidrs, domains, &error))
        return modal_task_set_network(sandbox->task, network, cidrs, domains, done, data);
    struct modal_call *call = refuse(sandbox, error_message(&error), done, data);
    error_clear(&error);
    return call;
}

struct modal_call *modal_sandbox_wait_ready(struct modal_sandbox *sandbox, int64_t timeout, modal_named *done,
                                            void *data)
{
    return modal_task_wait_ready(sandbox->task, timeout, done, data);
}

struct modal_call *modal_sandbox_reload_volumes(struct modal_sandbox *sandbox, modal_named *done, void *data)
{
    return modal_task_reload_volumes(sandbox->task, done, data);
}

struct modal_call *modal_sandbox_snapshot(struct modal_sandbox *sandbox, const char *path, int64_t ttl,
                                          int64_t timeout, modal_named *done, void *data)
{
    if (path && path[0] != '/')
        return refuse(sandbox, "A snapshot of a folder needs its absolute path", done, data);
    if (ttl <= 0 && ttl != MODAL_TTL_FOR_EVER)
        return refuse(sandbox, "A snapshot is kept for a number of seconds above 0, or for ever", done, data);
    return modal_task_snapshot(sandbox->task, path, ttl, timeout, done, data);
}

struct modal_call *modal_sandbox_mount(struct modal_sandbox *sandbox, const char *path, const char *image_id,
                                       modal_named *done, void *data)
{
    if (path[0] != '/' || strcmp(path, "/") == 0)
        return refuse(sandbox, "An image is mounted at an absolute path that is not /", done, data);
    return modal_task_mount(sandbox->task, path, image_id, done, data);
}

struct modal_call *modal_sandbox_unmount(struct modal_sandbox *sandbox, const char *path, modal_named *done,
                                         void *data)
{
    if (path[0] != '/')
        return refuse(sandbox, "What is unmounted is named by its absolute path", done, data);
    return modal_task_unmount(sandbox->task, path, done, data);
}
