/* task_requests.c - one unary call each, built anew for every attempt from what is kept here.
 *
 * A snapshot's id is made here, so repeating it makes no second one.  What takes long has one time for all
 * attempts together, and running out of it is told as that. */
#include "modal/task_requests.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/texts.h"
#include "base/utf8.h"
#include "loop/loop.h"
#include "modal/exec.h"
#include "modal/task_call.h"
#include "wire/grpc.h"

#include <stdlib.h>
#include <string.h>

enum { READY_TIMEOUT = 300, ATTEMPT = 60000, LIST_ACCESS = 3 };

struct task_request {
    struct modal_call base; /* first */
    struct modal_task *task;
    struct modal_call *call;
    struct loop_task *later; /* a refusal of our own */
    const char *refusal;
    modal_named *done;
    void *data;

    char *path, *image;
    char id[UUID_TEXT];
    int64_t ttl, deadline;
    char **cidrs, **domains;
    Modal__NetworkAccess access;
    union {
        ProtobufCMessage base;
        Modal__TaskSnapshotFilesystemRequest filesystem;
        Modal__TaskSnapshotDirectoryRequest directory;
        Modal__TaskMountDirectoryRequest mount;
        Modal__TaskUnmountDirectoryRequest unmount;
        Modal__TaskSetNetworkAccessRequest network;
        Modal__SandboxWaitUntilReadyTcrRequest ready;
        Modal__TaskReloadVolumesRequest reload;
        Modal__TaskExecPollRequest poll;
    } message;
};

static void free_request(struct task_request *request)
{
    texts_free(request->cidrs);
    texts_free(request->domains);
    free(request->path);
    free(request->image);
    free(request);
}

static void cancel(struct modal_call *base)
{
    struct task_request *request = (struct task_request *)base;
    modal_call_cancel(request->call);
    loop_task_cancel(request->later);
    free_request(request);
}

static void finish(struct task_request *request, const struct modal_failure *failure, const char *id)
{
    modal_named *done = request->done;
    void *data = request->data;
    char *kept = xstrdup_or_null(id);
    free_request(request);
    done(data, failure, kept);
    free(kept);
}

static void answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct task_request *request = data;
    (void)answer;
    finish(request, failure, failure ? NULL : modal_task_id(request->task));
}

static void refuse(void *data)
{
    struct task_request *request = data;
    struct modal_failure failure = modal_failure_local(request->refusal);
    finish(request, &failure, NULL);
}

static struct task_request *new_request(struct modal_task *task, const char *path, modal_named *done,
                                        void *data)
{
    struct task_request *request = xcalloc(1, sizeof(*request));
    request->base.cancel = cancel;
    request->task = task;
    request->path = xstrdup_or_null(path);
    request->done = done;
    request->data = data;
    return request;
}

static struct modal_call *refused(struct task_request *request, const char *sentence)
{
    request->refusal = sentence;
    request->later = loop_defer(modal_client_loop(modal_task_client(request->task)), refuse, request);
    return &request->base;
}

static ProtobufCBinaryData path_bytes(const struct task_request *request)
{
    return (ProtobufCBinaryData){ .len = strlen(request->path), .data = (uint8_t *)request->path };
}

static bool is_good_path(const char *path)
{
    return path[0] == '/' && utf8_valid(path, strlen(path));
}

/* --- snapshots --- */

static void snapshot_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct task_request *request = data;
    const Modal__TaskSnapshotFilesystemResponse *whole = answer;
    const Modal__TaskSnapshotDirectoryResponse *directory = answer;
    const char *id = failure ? NULL : request->path ? directory->image_id : whole->image_id;
    if (failure || (id && id[0])) {
        finish(request, failure, id);
        return;
    }
    struct modal_failure empty =
        modal_failure_local("Modal made a snapshot without saying its image: it cannot be used.");
    empty.status = GRPC_INTERNAL;
    finish(request, &empty, NULL);
}

static const void *fill_filesystem(void *data, const char *task_id)
{
    struct task_request *request = data;
    Modal__TaskSnapshotFilesystemRequest *message = &request->message.filesystem;
    *message = (Modal__TaskSnapshotFilesystemRequest)MODAL__TASK_SNAPSHOT_FILESYSTEM_REQUEST__INIT;
    message->task_id = (char *)task_id;
    message->snapshot_id = request->id;
    message->has_ttl_seconds = true;
    message->ttl_seconds = request->ttl;
    return message;
}

static const void *fill_directory(void *data, const char *task_id)
{
    struct task_request *request = data;
    Modal__TaskSnapshotDirectoryRequest *message = &request->message.directory;
    *message = (Modal__TaskSnapshotDirectoryRequest)MODAL__TASK_SNAPSHOT_DIRECTORY_REQUEST__INIT;
    message->task_id = (char *)task_id;
    message->has_path = true;
    message->path = path_bytes(request);
    message->snapshot_id = request->id;
    message->has_ttl_seconds = true;
    message->ttl_seconds = request->ttl;
    return message;
}

struct modal_call *modal_task_snapshot(struct modal_task *task, const char *path, int64_t ttl,
                                       int64_t timeout, modal_named *done, void *data)
{
    static const struct modal_method whole = { "TaskSnapshotFilesystem",
                                               &modal__task_snapshot_filesystem_request__descriptor,
                                               &modal__task_snapshot_filesystem_response__descriptor,
                                               .retries = -1 };
    static const struct modal_method directory = { "TaskSnapshotDirectory",
                                                   &modal__task_snapshot_directory_request__descriptor,
                                                   &modal__task_snapshot_directory_response__descriptor,
                                                   .retries = -1 };
    struct task_request *request = new_request(task, path, done, data);
    struct modal_patience patience = { .overall = (timeout > 0 ? timeout : MODAL_SNAPSHOT_TIMEOUT) * 1000 };
    if (path && !is_good_path(path))
        return refused(request, "A snapshot is made of an absolute path in UTF-8.");
    if (ttl <= 0 && ttl != MODAL_TTL_FOR_EVER)
        return refused(request, "A snapshot is kept for a number of seconds above 0, or for ever.");
    request->ttl = ttl;
    random_uuid(request->id);
    request->call =
        modal_task_unary(task, path ? &directory : &whole, path ? fill_directory : fill_filesystem, &patience,
                         "Making a snapshot of the sandbox", snapshot_answered, request);
    return &request->base;
}

/* --- mounts --- */

static const void *fill_mount(void *data, const char *task_id)
{
    struct task_request *request = data;
    Modal__TaskMountDirectoryRequest *message = &request->message.mount;
    *message = (Modal__TaskMountDirectoryRequest)MODAL__TASK_MOUNT_DIRECTORY_REQUEST__INIT;
    message->task_id = (char *)task_id;
    message->has_path = true;
    message->path = path_bytes(request);
    message->image_id = request->image;
    return message;
}

static const void *fill_unmount(void *data, const char *task_id)
{
    struct task_request *request = data;
    Modal__TaskUnmountDirectoryRequest *message = &request->message.unmount;
    *message = (Modal__TaskUnmountDirectoryRequest)MODAL__TASK_UNMOUNT_DIRECTORY_REQUEST__INIT;
    message->task_id = (char *)task_id;
    message->has_path = true;
    message->path = path_bytes(request);
    return message;
}

struct modal_call *modal_task_mount(struct modal_task *task, const char *path, const char *image_id,
                                    modal_named *done, void *data)
{
    static const struct modal_method method = { "TaskMountDirectory",
                                                &modal__task_mount_directory_request__descriptor,
                                                &modal__empty__descriptor, .retries = -1 };
    static const struct modal_patience patience = { .overall = MODAL_SNAPSHOT_TIMEOUT * 1000 };
    struct task_request *request = new_request(task, path, done, data);
    if (!is_good_path(path) || path[strspn(path, "/")] == '\0')
        return refused(request, "An image is mounted at an absolute path in UTF-8 other than /.");
    request->image = xstrdup(image_id);
    request->call =
        modal_task_unary(task, &method, fill_mount, &patience, "Mounting the image", answered, request);
    return &request->base;
}

struct modal_call *modal_task_unmount(struct modal_task *task, const char *path, modal_named *done,
                                      void *data)
{
    static const struct modal_method method = { "TaskUnmountDirectory",
                                                &modal__task_unmount_directory_request__descriptor,
                                                &modal__empty__descriptor, .retries = -1 };
    static const struct modal_patience patience = { .overall = MODAL_SNAPSHOT_TIMEOUT * 1000 };
    struct task_request *request = new_request(task, path, done, data);
    if (!is_good_path(path))
        return refused(request, "An image is unmounted from an absolute path in UTF-8.");
    request->call =
        modal_task_unary(task, &method, fill_unmount, &patience, "Unmounting the image", answered, request);
    return &request->base;
}

/* --- network --- */

static const void *fill_network(void *data, const char *task_id)
{
    struct task_request *request = data;
    Modal__TaskSetNetworkAccessRequest *message = &request->message.network;
    Modal__NetworkAccess *access = &request->access;
    *access = (Modal__NetworkAccess)MODAL__NETWORK_ACCESS__INIT;
    access->has_network_access_type = true;
    access->network_access_type = LIST_ACCESS;
    access->allowed_cidrs = request->cidrs;
    access->n_allowed_cidrs = texts_count((const char *const *)request->cidrs);
    access->allowed_domains = request->domains;
    access->n_allowed_domains = texts_count((const char *const *)request->domains);
    *message = (Modal__TaskSetNetworkAccessRequest)MODAL__TASK_SET_NETWORK_ACCESS_REQUEST__INIT;
    message->task_id = (char *)task_id;
    message->network_access = access;
    return message;
}

struct modal_call *modal_task_set_network(struct modal_task *task, enum modal_network network,
                                          const char *const *cidrs, const char *const *domains,
                                          modal_named *done, void *data)
{
    static const struct modal_method method = { "TaskSetNetworkAccess",
                                                &modal__task_set_network_access_request__descriptor,
                                                &modal__empty__descriptor, .retries = -1 };
    static const struct modal_patience patience = { .attempt = ATTEMPT };
    static const char *const everywhere[] = { "0.0.0.0/0", NULL }, *const anything[] = { "*", NULL };
    struct task_request *request = new_request(task, NULL, done, data);
    bool open = network == MODAL_NETWORK_OPEN, listed = network == MODAL_NETWORK_LIST;
    request->cidrs = texts_copy(open ? everywhere : listed ? cidrs : NULL);
    request->domains = texts_copy(open ? anything : listed ? domains : NULL);
    request->call = modal_task_unary(task, &method, fill_network, &patience, "Changing the sandbox's network",
                                     answered, request);
    return &request->base;
}

/* --- readiness, volumes --- */

static const void *fill_ready(void *data, const char *task_id)
{
    struct task_request *request = data;
    Modal__SandboxWaitUntilReadyTcrRequest *message = &request->message.ready;
    int64_t rest = request->deadline - clock_steady();
    *message = (Modal__SandboxWaitUntilReadyTcrRequest)MODAL__SANDBOX_WAIT_UNTIL_READY_TCR_REQUEST__INIT;
    message->task_id = (char *)task_id;
    message->has_timeout = true;
    message->timeout = rest > 0 ? (float)rest / 1000 : 0;
    return message;
}

static void ready_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct task_request *request = data;
    if (failure && failure->status == GRPC_DEADLINE_EXCEEDED) {
        struct modal_failure late = *failure;
        late.sentence = "The sandbox did not become ready in time: its readiness probe never passed.";
        answered(request, &late, answer);
    } else {
        answered(request, failure, answer);
    }
}

struct modal_call *modal_task_wait_ready(struct modal_task *task, int64_t timeout, modal_named *done,
                                         void *data)
{
    static const struct modal_method method = { "SandboxWaitUntilReady",
                                                &modal__sandbox_wait_until_ready_tcr_request__descriptor,
                                                &modal__sandbox_wait_until_ready_tcr_response__descriptor,
                                                .retries = -1 };
    struct task_request *request = new_request(task, NULL, done, data);
    struct modal_patience patience = { .overall = (timeout > 0 ? timeout : READY_TIMEOUT) * 1000 };
    request->deadline = clock_steady() + patience.overall;
    request->call = modal_task_unary(task, &method, fill_ready, &patience,
                                     "Waiting for the sandbox to be ready", ready_answered, request);
    return &request->base;
}

static const void *fill_reload(void *data, const char *task_id)
{
    struct task_request *request = data;
    Modal__TaskReloadVolumesRequest *message = &request->message.reload;
    *message = (Modal__TaskReloadVolumesRequest)MODAL__TASK_RELOAD_VOLUMES_REQUEST__INIT;
    message->task_id = (char *)task_id;
    return message;
}

struct modal_call *modal_task_reload_volumes(struct modal_task *task, modal_named *done, void *data)
{
    static const struct modal_method method = { "TaskReloadVolumes",
                                                &modal__task_reload_volumes_request__descriptor,
                                                &modal__empty__descriptor, .retries = -1 };
    static const struct modal_patience patience = { .overall = MODAL_SNAPSHOT_TIMEOUT * 1000 };
    struct task_request *request = new_request(task, NULL, done, data);
    request->call =
        modal_task_unary(task, &method, fill_reload, &patience, "Reloading the volumes", answered, request);
    return &request->base;
}

/* --- is it there at all --- */

static const void *fill_poll(void *data, const char *task_id)
{
    struct task_request *request = data;
    Modal__TaskExecPollRequest *message = &request->message.poll;
    *message = (Modal__TaskExecPollRequest)MODAL__TASK_EXEC_POLL_REQUEST__INIT;
    message->task_id = (char *)task_id;
    message->exec_id = request->id;
    return message;
}

/* Nothing runs under this id, and a router that says so is there. */
static void poll_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct task_request *request = data;
    bool there = failure && failure->status == GRPC_NOT_FOUND && modal_task_heard(request->call);
    answered(request, there ? NULL : failure, answer);
}

struct modal_call *modal_task_ready(struct modal_task *task, modal_named *ready, void *data)
{
    static const struct modal_method method = { "TaskExecPoll", &modal__task_exec_poll_request__descriptor,
                                                &modal__task_exec_poll_response__descriptor, .retries = -1 };
    static const struct modal_patience patience = { .attempt = ATTEMPT };
    struct task_request *request = new_request(task, NULL, ready, data);
    random_uuid(request->id);
    request->call =
        modal_task_unary(task, &method, fill_poll, &patience, "Reaching the sandbox", poll_answered, request);
    return &request->base;
}
