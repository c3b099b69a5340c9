/* files.c - each operation is one exec of the helper, told apart by its verb.
 *
 * What the helper prints is gathered (list, stat), handed on (read) or read line by line (watch); its word counts
 * only when it ended with code 0.  A write is fine only if the end of its input was sent: the helper replaces the
 * file when it meets that end, and not before. */
#include "modal/files.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/utf8.h"
#include "loop/loop.h"
#include "modal/call.h"
#include "modal/exec.h"
#include "modal/failure_kept.h"
#include "modal/file_changes.h"
#include "modal/file_chore.h"
#include "modal/file_entries.h"
#include "modal/file_helper.h"
#include "wire/grpc.h"
#include "wire/lines.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIST_MAX = 256 << 20,  /* bytes of a list */
    ERROR_MAX = 64 << 10,  /* of what the helper says on stderr */
    CHANGE_MAX = 64 << 10, /* of one line of a watch */
    INPUT_GRACE = 5000     /* milliseconds for the helper to end, when it takes no more input */
};

struct file_operation {
    struct modal_call base; /* first */
    enum file_verb verb;
    struct modal_task *task;
    char *path;
    char exec_id[UUID_TEXT];
    struct modal_exec *exec;
    modal_file_done *done;
    void (*bytes)(void *data, const char *bytes, size_t length);
    void (*wants)(void *data);
    void (*changed)(void *data, const struct modal_file_change *change);
    void *data;

    struct buffer output, error;
    struct lines *lines;
    struct failure_kept input_failure;
    struct loop_timer *grace;
    struct loop_task *later; /* a refusal of our own */
    char *refusal;
    bool calling, dropped;
};

/* --- its end --- */

static void free_operation(struct file_operation *operation)
{
    buffer_release(&operation->output);
    buffer_release(&operation->error);
    failure_kept_release(&operation->input_failure);
    free(operation->refusal);
    free(operation->path);
    free(operation);
}

static void stop(struct file_operation *operation)
{
    struct modal_exec *exec = operation->exec;
    operation->exec = NULL;
    modal_exec_forget(exec);
    wire_lines_free(operation->lines);
    loop_timer_cancel(operation->grace);
    loop_task_cancel(operation->later);
    operation->lines = NULL;
    operation->grace = NULL;
    operation->later = NULL;
    operation->dropped = true;
}

/* False: the operation is no more. */
static bool called(struct file_operation *operation)
{
    operation->calling = false;
    if (!operation->dropped)
        return true;
    free_operation(operation);
    return false;
}

/* The helper lives on without us: a watcher is told to end, a writer must not finish what is cut off. */
static void leave_helper(struct file_operation *operation)
{
    struct modal_exec *exec = operation->exec;
    if (exec == NULL || modal_task_id(operation->task) == NULL)
        return;
    if (operation->verb == FILE_WATCH)
        file_chore_end_input(operation->task, exec);
    else if (operation->verb == FILE_WRITE && !modal_exec_input_ended(exec))
        file_chore_kill(operation->task, exec, operation->exec_id);
    else
        return;
    operation->exec = NULL;
}

static void cancel(struct modal_call *call)
{
    struct file_operation *operation = (struct file_operation *)call;
    leave_helper(operation);
    stop(operation);
    if (!operation->calling)
        free_operation(operation);
}

static void finish(struct file_operation *operation, const struct modal_file_result *result)
{
    operation->calling = true;
    stop(operation);
    operation->done(operation->data, result);
    free_operation(operation);
}

static void fail(struct file_operation *operation, enum modal_file_error error, const char *sentence)
{
    struct modal_file_result result = { .error = error, .sentence = sentence };
    finish(operation, &result);
}

static void refuse(void *data)
{
    struct file_operation *operation = data;
    operation->later = NULL;
    fail(operation, MODAL_FILE_OTHER, operation->refusal);
}

/* The exec itself failed (protocol: which statuses mean that the sandbox is gone). */
static void fail_exec(struct file_operation *operation, const struct modal_failure *failure)
{
    bool gone = modal_status_retryable(failure->status) || failure->status == GRPC_NOT_FOUND;
    if (!gone) {
        fail(operation, MODAL_FILE_OTHER, failure->sentence);
        return;
    }
    char *sentence =
        xasprintf("The sandbox is unavailable, it may have shut down already. %s", failure->sentence);
    fail(operation, MODAL_FILE_GONE, sentence);
    free(sentence);
}

static void end_with_entries(struct file_operation *operation)
{
    struct file_entries entries = { 0 };
    if (file_entries_parse(&entries, operation->output.data, operation->output.length,
                           operation->verb == FILE_STAT)) {
        struct modal_file_result result = { .entries = entries.entries, .count = entries.count };
        finish(operation, &result);
    } else {
        char *sentence =
            xasprintf("What the sandbox says of '%s' is no description of files", operation->path);
        fail(operation, MODAL_FILE_OTHER, sentence);
        free(sentence);
    }
    file_entries_release(&entries);
}

static void end_well(struct file_operation *operation)
{
    struct modal_file_result fine = { 0 };
    if (operation->verb == FILE_LIST || operation->verb == FILE_STAT)
        end_with_entries(operation);
    else if (operation->verb == FILE_WRITE && !modal_exec_input_ended(operation->exec))
        fail(operation, MODAL_FILE_OTHER, "The file helper ended before it had the whole file");
    else
        finish(operation, &fine);
}

static void end_badly(struct file_operation *operation, const struct modal_exec_result *result)
{
    char *sentence;
    enum modal_file_error error = file_error(operation->path, operation->error.data, operation->error.length,
                                             result->code, result->signal, &sentence);
    fail(operation, error, sentence);
    free(sentence);
}

static void exec_done(void *data, const struct modal_exec_result *result)
{
    struct file_operation *operation = data;
    if (result->failure)
        fail_exec(operation, result->failure);
    else if (result->code != 0 || result->signal != 0)
        end_badly(operation, result);
    else
        end_well(operation);
}

/* --- what comes and goes --- */

static void line(void *data, const char *text, size_t length)
{
    struct file_operation *operation = data;
    if (!operation->dropped)
        file_change_parse(text, length, operation->changed, operation->data);
}

static void watch_bytes(struct file_operation *operation, const char *bytes, size_t length)
{
    if (wire_lines_feed(operation->lines, bytes, length) || operation->dropped)
        return;
    wire_lines_free(operation->lines); /* a line beyond all bounds: none of it is of use, the next ones are */
    operation->lines = wire_lines_new(CHANGE_MAX, line, operation);
}

static void standard_output(struct file_operation *operation, const char *bytes, size_t length)
{
    if (operation->verb == FILE_READ || operation->verb == FILE_WATCH) {
        operation->calling = true;
        if (operation->verb == FILE_READ)
            operation->bytes(operation->data, bytes, length);
        else
            watch_bytes(operation, bytes, length);
        called(operation);
    } else if (!buffer_append(&operation->output, bytes, length)) {
        fail(operation, MODAL_FILE_TOO_LARGE, "The folder has more entries than can be listed");
    }
}

static void exec_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct file_operation *operation = data;
    if (is_error)
        buffer_append(&operation->error, bytes, length);
    else
        standard_output(operation, bytes, length);
}

static void tell_wants(void *data)
{
    struct file_operation *operation = data;
    if (operation->wants == NULL || modal_exec_waiting(operation->exec) ||
        modal_exec_input_ended(operation->exec))
        return;
    operation->calling = true;
    operation->wants(operation->data);
    called(operation);
}

static void grace_over(void *data)
{
    struct file_operation *operation = data;
    operation->grace = NULL;
    leave_helper(operation);
    fail_exec(operation, &operation->input_failure.failure);
}

/* Most likely the helper has ended with an error, which is then the better reason. */
static void input_failed(void *data, const struct modal_failure *failure)
{
    struct file_operation *operation = data;
    failure_keep(&operation->input_failure, failure);
    struct loop *loop = modal_client_loop(modal_task_client(operation->task));
    operation->grace = loop_timer_add(loop, INPUT_GRACE, grace_over, operation);
}

/* --- starting one --- */

static const char *what_is_wrong(const char *path)
{
    if (path[0] != '/')
        return "must be absolute";
    return utf8_valid(path, strlen(path)) ? NULL : "is not UTF-8, and Modal takes nothing else";
}

static void start(struct file_operation *operation, bool flag)
{
    static const struct modal_exec_events events = { .started = tell_wants,
                                                     .output = exec_output,
                                                     .drained = tell_wants,
                                                     .input_failed = input_failed,
                                                     .done = exec_done };
    char *argument = file_argument(operation->verb, operation->path, flag);
    char *mark = xasprintf(FILE_MARK "=%s", operation->exec_id);
    const char *argv[] = { FILE_HELPER, argument, NULL };
    const char *environment[] = { mark, NULL };
    struct modal_exec_spec spec = { .exec_id = operation->exec_id, .argv = argv };
    if (operation->verb == FILE_WRITE)
        spec.environment = environment;
    operation->exec = modal_exec_start(operation->task, &spec, &events, operation);
    free(mark);
    free(argument);
}

static struct file_operation *begin(enum file_verb verb, struct modal_task *task, const char *path, bool flag,
                                    modal_file_done *done, void *data)
{
    struct file_operation *operation = xcalloc(1, sizeof(*operation));
    const char *wrong = what_is_wrong(path);
    operation->base.cancel = cancel;
    operation->verb = verb;
    operation->task = task;
    operation->path = xstrdup(path);
    operation->done = done;
    operation->data = data;
    buffer_init(&operation->output, LIST_MAX);
    buffer_init(&operation->error, ERROR_MAX);
    random_uuid(operation->exec_id);
    if (verb == FILE_WATCH)
        operation->lines = wire_lines_new(CHANGE_MAX, line, operation);
    if (wrong) {
        operation->refusal = xasprintf("The path '%s' %s", path, wrong);
        operation->later = loop_defer(modal_client_loop(modal_task_client(task)), refuse, operation);
    } else {
        start(operation, flag);
    }
    return operation;
}

/* --- the operations --- */

struct modal_call *modal_file_list(struct modal_task *task, const char *path, modal_file_done *done,
                                   void *data)
{
    return &begin(FILE_LIST, task, path, false, done, data)->base;
}

struct modal_call *modal_file_stat(struct modal_task *task, const char *path, modal_file_done *done,
                                   void *data)
{
    return &begin(FILE_STAT, task, path, false, done, data)->base;
}

struct modal_call *modal_file_make_folder(struct modal_task *task, const char *path, bool parents,
                                          modal_file_done *done, void *data)
{
    return &begin(FILE_MAKE, task, path, parents, done, data)->base;
}

struct modal_call *modal_file_remove(struct modal_task *task, const char *path, bool recursive,
                                     modal_file_done *done, void *data)
{
    return &begin(FILE_REMOVE, task, path, recursive, done, data)->base;
}

struct modal_call *modal_file_read(struct modal_task *task, const char *path,
                                   void (*bytes)(void *data, const char *bytes, size_t length),
                                   modal_file_done *done, void *data)
{
    struct file_operation *operation = begin(FILE_READ, task, path, false, done, data);
    operation->bytes = bytes;
    return &operation->base;
}

void modal_file_pause(struct modal_call *read, bool pause)
{
    struct file_operation *operation = (struct file_operation *)read;
    if (operation->exec)
        modal_exec_pause(operation->exec, pause);
}

struct modal_call *modal_file_write(struct modal_task *task, const char *path, void (*wants)(void *data),
                                    modal_file_done *done, void *data)
{
    struct file_operation *operation = begin(FILE_WRITE, task, path, false, done, data);
    operation->wants = wants;
    return &operation->base;
}

void modal_file_feed(struct modal_call *write, const void *bytes, size_t length)
{
    struct file_operation *operation = (struct file_operation *)write;
    if (operation->exec)
        modal_exec_write(operation->exec, bytes, length);
}

void modal_file_feed_end(struct modal_call *write)
{
    struct file_operation *operation = (struct file_operation *)write;
    if (operation->exec)
        modal_exec_end_input(operation->exec);
}

struct modal_call *modal_file_send(struct modal_task *task, const char *path,
                                   const struct modal_exec_source *source, modal_file_done *done, void *data)
{
    struct file_operation *operation = begin(FILE_WRITE, task, path, false, done, data);
    if (operation->exec)
        modal_exec_send(operation->exec, source);
    return &operation->base;
}

struct modal_call *modal_file_watch(struct modal_task *task, const char *path, bool recursive,
                                    void (*changed)(void *data, const struct modal_file_change *change),
                                    modal_file_done *done, void *data)
{
    struct file_operation *operation = begin(FILE_WATCH, task, path, recursive, done, data);
    operation->changed = changed;
    return &operation->base;
}
