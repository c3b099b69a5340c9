/* exec_output.c - a stream that is opened again where it broke off.
 *
 * Bytes are counted, not messages.  Each failure in a row doubles the delay; data makes it short again and gives
 * all retries back, so a stream that breaks every few bytes still comes to its end, and one that never brings any
 * gives up: what the server refuses is counted, a connection that breaks has a minute.  While paused nothing is opened: the bytes wait at the router. */
#include "modal/exec_output.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/failure_kept.h"
#include "modal/task_call.h"
#include "wire/grpc.h"

#include <stdlib.h>

struct exec_output {
    struct modal_task *task;
    char *exec_id;
    int descriptor;
    uint64_t offset; /* bytes that were received */
    const struct exec_output_events *events;
    void *data;

    union {
        Modal__TaskExecStdioReadRequest exec;
        Modal__SandboxStdioReadV2Request main;
    } request;
    struct modal_call *stream;
    struct loop_timer *pause;    /* before the next attempt */
    struct loop_task *release;   /* of what was held */
    int retries, refusals;       /* without a message between them; the second: of the server */
    int64_t broken_since;        /* steady; of an outage; 0: there is none */
    bool fresh;                  /* no message since it was opened */
    bool paused, ended;          /* ended: nothing more comes, what is here is perhaps held */
    struct buffer held;          /* came while paused */
    struct failure_kept failure; /* why it ended; none: it is complete */
    bool calling, dropped;
};

static const struct modal_method read_exec = { "TaskExecStdioRead",
                                               &modal__task_exec_stdio_read_request__descriptor,
                                               &modal__task_exec_stdio_read_response__descriptor,
                                               .retries = -1 };
static const struct modal_method read_main = { "SandboxStdioReadV2",
                                               &modal__sandbox_stdio_read_v2_request__descriptor,
                                               &modal__sandbox_stdio_read_v2_response__descriptor,
                                               .retries = -1 };

static void open_stream(void *data);

static void free_output(struct exec_output *output)
{
    buffer_release(&output->held);
    failure_kept_release(&output->failure);
    free(output->exec_id);
    free(output);
}

static void stop(struct exec_output *output)
{
    modal_call_cancel(output->stream);
    loop_timer_cancel(output->pause);
    loop_task_cancel(output->release);
    output->stream = NULL;
    output->pause = NULL;
    output->release = NULL;
    output->dropped = true;
}

void exec_output_close(struct exec_output *output)
{
    if (output == NULL)
        return;
    stop(output);
    if (!output->calling)
        free_output(output);
}

/* False: the output is no more. */
static bool called(struct exec_output *output)
{
    output->calling = false;
    if (!output->dropped)
        return true;
    free_output(output);
    return false;
}

static void finish(struct exec_output *output)
{
    stop(output);
    output->calling = true;
    output->events->ended(output->data, output->failure.sentence ? &output->failure.failure : NULL);
    free_output(output);
}

/* --- bytes --- */

static void hand_on(struct exec_output *output, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    if (output->paused || output->held.length) {
        buffer_append(&output->held, bytes, length);
        return;
    }
    output->calling = true;
    output->events->bytes(output->data, bytes, length);
    called(output);
}

/* The main process's output may begin later than asked for: only the most recent part of it is kept. */
static void main_bytes(struct exec_output *output, const Modal__SandboxStdioReadV2Response *answer,
                       bool first)
{
    const char *bytes = (const char *)answer->data.data;
    size_t length = answer->data.len;
    uint64_t at = first ? answer->starting_offset : output->offset;
    if (at > output->offset) {
        uint64_t lost = at - output->offset;
        output->offset = at;
        output->calling = true;
        if (output->events->lost)
            output->events->lost(output->data, lost);
        if (!called(output))
            return;
    }
    uint64_t known = output->offset - at;
    size_t skip = known < length ? (size_t)known : length;
    output->offset += length - skip;
    hand_on(output, bytes + skip, length - skip);
}

static void message(void *data, const void *answer)
{
    struct exec_output *output = data;
    bool first = output->fresh;
    output->fresh = false;
    output->retries = output->refusals = 0;
    output->broken_since = 0;
    if (output->exec_id == NULL) {
        main_bytes(output, answer, first);
        return;
    }
    const Modal__TaskExecStdioReadResponse *response = answer;
    output->offset += response->data.len;
    hand_on(output, (const char *)response->data.data, response->data.len);
}

/* --- opening, and again --- */

/* What the server refuses has a number of retries, an outage has a time. */
static bool may_go_on(struct exec_output *output, const struct modal_failure *failure, bool heard)
{
    int64_t now = clock_steady();
    if (!modal_status_retryable(failure->status))
        return false;
    if (heard) {
        output->broken_since = 0;
        return output->refusals++ < TASK_RETRIES;
    }
    if (output->broken_since == 0)
        output->broken_since = now;
    return now - output->broken_since < TASK_OUTAGE;
}

static int64_t next_delay(struct exec_output *output)
{
    int doublings = output->retries < TASK_RETRIES ? output->retries : TASK_RETRIES;
    int64_t delay = (int64_t)TASK_FIRST_DELAY << doublings;
    output->retries++;
    return output->broken_since && delay > TASK_OUTAGE_DELAY ? TASK_OUTAGE_DELAY : delay;
}

static void ended(void *data, const struct modal_failure *failure)
{
    struct exec_output *output = data;
    bool heard = modal_task_heard(output->stream);
    output->stream = NULL;
    if (failure == NULL || !may_go_on(output, failure, heard)) {
        failure_keep(&output->failure, failure);
        output->ended = true;
        if (output->held.length == 0 && !output->paused)
            finish(output);
        return;
    }
    struct loop *loop = modal_client_loop(modal_task_client(output->task));
    output->pause = loop_timer_add(loop, next_delay(output), open_stream, output);
    output->calling = true;
    if (output->events->resuming)
        output->events->resuming(output->data, failure->sentence);
    called(output);
}

static const void *fill_exec(void *data, const char *task_id)
{
    struct exec_output *output = data;
    Modal__TaskExecStdioReadRequest *request = &output->request.exec;
    *request = (Modal__TaskExecStdioReadRequest)MODAL__TASK_EXEC_STDIO_READ_REQUEST__INIT;
    request->task_id = (char *)task_id;
    request->exec_id = output->exec_id;
    request->has_offset = request->has_file_descriptor = true;
    request->offset = output->offset;
    request->file_descriptor = output->descriptor;
    output->fresh = true;
    return request;
}

static const void *fill_main(void *data, const char *task_id)
{
    struct exec_output *output = data;
    Modal__SandboxStdioReadV2Request *request = &output->request.main;
    *request = (Modal__SandboxStdioReadV2Request)MODAL__SANDBOX_STDIO_READ_V2_REQUEST__INIT;
    request->task_id = (char *)task_id;
    request->has_offset = request->has_file_descriptor = true;
    request->offset = output->offset;
    request->file_descriptor = output->descriptor;
    output->fresh = true;
    return request;
}

static void open_stream(void *data)
{
    struct exec_output *output = data;
    bool of_exec = output->exec_id != NULL;
    output->pause = NULL;
    if (output->paused)
        return; /* when it goes on */
    output->stream =
        modal_task_stream(output->task, of_exec ? &read_exec : &read_main, of_exec ? fill_exec : fill_main, 0,
                          "Reading the program's output", message, ended, output);
}

struct exec_output *exec_output_open(struct modal_task *task, const char *exec_id, int descriptor,
                                     uint64_t offset, const struct exec_output_events *events, void *data)
{
    struct exec_output *output = xcalloc(1, sizeof(*output));
    output->task = task;
    output->exec_id = xstrdup_or_null(exec_id);
    output->descriptor = descriptor;
    output->offset = offset;
    output->events = events;
    output->data = data;
    buffer_init(&output->held, 2 * (size_t)GRPC_MESSAGE_MAX);
    open_stream(output);
    return output;
}

void exec_output_reopen(struct exec_output *output)
{
    if (output->stream == NULL)
        return;
    modal_call_cancel(output->stream);
    open_stream(output);
}

/* --- pausing --- */

static void release(void *data)
{
    struct exec_output *output = data;
    output->release = NULL;
    if (output->held.length) {
        struct buffer held = output->held;
        buffer_init(&output->held, held.ceiling);
        output->calling = true;
        output->events->bytes(output->data, held.data, held.length);
        buffer_release(&held);
        if (!called(output) || output->paused)
            return;
    }
    if (output->ended)
        finish(output);
    else if (output->stream)
        modal_task_stream_pause(output->stream, false);
    else if (output->pause == NULL)
        open_stream(output);
}

void exec_output_pause(struct exec_output *output, bool pause)
{
    if (output->paused == pause)
        return;
    output->paused = pause;
    if (pause) {
        loop_task_cancel(output->release);
        output->release = NULL;
        if (output->stream)
            modal_task_stream_pause(output->stream, true);
    } else {
        output->release = loop_defer(modal_client_loop(modal_task_client(output->task)), release, output);
    }
}
