/* exec_input.c - stdin by unary writes and by the streaming call.
 *
 * A unary piece stays in the queue until it is taken, and is the same on every attempt, so a lost answer doubles
 * nothing.  The streaming call keeps nothing: when it breaks, the router is asked how much it has and the source
 * is read again from there.  The source's own failure ends the call without its end message, so that a cut-off
 * file is never finished (protocol: stdin). */
#include "modal/exec_input.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/task_call.h"
#include "wire/grpc.h"

#include <stdlib.h>

enum {
    WRITE_PIECE = 4 << 20, /* bytes of one unary write at most */
    STATUS_TIME = 60000,   /* milliseconds for one attempt */
    STREAM_PIECE = 256 << 10,
    STREAM_BURST = 8,  /* pieces that are queued at once */
    STREAM_RESUMES = 9 /* without any progress between them */
};

struct exec_input {
    struct modal_task *task;
    char *exec_id;
    const struct exec_input_events *events;
    void *data;
    bool open, ended, closed;     /* ended: by the caller; closed: taken, or failed */
    bool end_sent, end_sent_once; /* in the call under way; in any */
    bool calling, dropped;

    struct buffer queue;
    size_t piece;    /* bytes of the write under way */
    uint64_t offset; /* bytes that were taken */
    struct modal_call *call;
    Modal__TaskExecStdinWriteRequest write;

    bool sends;
    struct modal_exec_source source;
    char *room;        /* STREAM_PIECE bytes */
    uint64_t position; /* bytes that were sent in this stream */
    bool begun;        /* the stream's start was sent */
    int resumes;
    struct loop_timer *pause;
    Modal__TaskExecStdinStatusRequest status;
};

static const struct modal_method write_method = { "TaskExecStdinWrite",
                                                  &modal__task_exec_stdin_write_request__descriptor,
                                                  &modal__empty__descriptor, .retries = -1 };
static const struct modal_method stream_method = { "TaskExecStdinWriteStream",
                                                   &modal__task_exec_stdin_write_stream_request__descriptor,
                                                   &modal__empty__descriptor, .retries = -1 };
static const struct modal_method status_method = { "TaskExecStdinStatus",
                                                   &modal__task_exec_stdin_status_request__descriptor,
                                                   &modal__task_exec_stdin_status_response__descriptor,
                                                   .retries = -1 };
/* A write is held while the program does not read, however long that is. */
static const struct modal_patience write_patience = { .outage = true };
static const struct modal_patience status_patience = { .attempt = STATUS_TIME, .outage = true };
static const char what[] = "Writing to the program's input";

static void go_on(struct exec_input *input);
static void open_stream(void *data);

struct exec_input *exec_input_new(struct modal_task *task, const char *exec_id,
                                  const struct exec_input_events *events, void *data)
{
    struct exec_input *input = xcalloc(1, sizeof(*input));
    input->task = task;
    input->exec_id = xstrdup(exec_id);
    input->events = events;
    input->data = data;
    buffer_init(&input->queue, SIZE_MAX / 4);
    return input;
}

static void free_input(struct exec_input *input)
{
    buffer_release(&input->queue);
    free(input->room);
    free(input->exec_id);
    free(input);
}

static void stop(struct exec_input *input)
{
    modal_call_cancel(input->call);
    loop_timer_cancel(input->pause);
    input->call = NULL;
    input->pause = NULL;
    input->closed = true;
}

void exec_input_free(struct exec_input *input)
{
    if (input == NULL)
        return;
    stop(input);
    input->dropped = true;
    if (!input->calling)
        free_input(input);
}

/* False: the input is no more. */
static bool called(struct exec_input *input)
{
    input->calling = false;
    if (!input->dropped)
        return true;
    free_input(input);
    return false;
}

static void fail(struct exec_input *input, const struct modal_failure *failure)
{
    stop(input);
    input->calling = true;
    input->events->failed(input->data, failure);
    called(input);
}

static void tell_drained(struct exec_input *input)
{
    input->calling = true;
    input->events->drained(input->data);
    if (called(input))
        go_on(input);
}

/* --- unary --- */

static const void *fill_write(void *data, const char *task_id)
{
    struct exec_input *input = data;
    input->write = (Modal__TaskExecStdinWriteRequest)MODAL__TASK_EXEC_STDIN_WRITE_REQUEST__INIT;
    input->write.task_id = (char *)task_id;
    input->write.exec_id = input->exec_id;
    input->write.has_offset = true;
    input->write.offset = input->offset;
    input->write.has_data = input->piece > 0;
    input->write.data.data = (uint8_t *)input->queue.data;
    input->write.data.len = input->piece;
    input->write.has_eof = input->write.eof = input->end_sent;
    return &input->write;
}

static void written(void *data, const struct modal_failure *failure, const void *answer)
{
    struct exec_input *input = data;
    (void)answer;
    input->call = NULL;
    if (failure) {
        fail(input, failure);
        return;
    }
    buffer_remove(&input->queue, 0, input->piece);
    input->offset += input->piece;
    input->piece = 0;
    input->closed = input->end_sent;
    if (input->queue.length == 0)
        tell_drained(input);
    else
        go_on(input);
}

static void go_on(struct exec_input *input)
{
    if (!input->open || input->closed || input->sends || input->call)
        return;
    if (input->queue.length == 0 && !input->ended)
        return;
    input->piece = input->queue.length < WRITE_PIECE ? input->queue.length : WRITE_PIECE;
    input->end_sent = input->ended && input->piece == input->queue.length;
    input->end_sent_once |= input->end_sent;
    input->call =
        modal_task_unary(input->task, &write_method, fill_write, &write_patience, what, written, input);
}

/* --- streaming --- */

static void send_start(struct exec_input *input)
{
    Modal__TaskExecStdinWriteStreamStart start = MODAL__TASK_EXEC_STDIN_WRITE_STREAM_START__INIT;
    start.task_id = (char *)modal_task_id(input->task);
    start.exec_id = input->exec_id;
    start.has_offset = true;
    start.offset = input->position;
    Modal__TaskExecStdinWriteStreamRequest message = MODAL__TASK_EXEC_STDIN_WRITE_STREAM_REQUEST__INIT;
    message.payload_case = MODAL__TASK_EXEC_STDIN_WRITE_STREAM_REQUEST__PAYLOAD_START;
    message.start = &start;
    modal_task_send(input->call, &message);
    input->begun = true;
}

static void send_end(struct exec_input *input)
{
    Modal__TaskExecStdinWriteStreamEnd end = MODAL__TASK_EXEC_STDIN_WRITE_STREAM_END__INIT;
    Modal__TaskExecStdinWriteStreamRequest message = MODAL__TASK_EXEC_STDIN_WRITE_STREAM_REQUEST__INIT;
    message.payload_case = MODAL__TASK_EXEC_STDIN_WRITE_STREAM_REQUEST__PAYLOAD_END;
    message.end = &end;
    modal_task_send(input->call, &message);
    modal_task_send_end(input->call);
    input->end_sent = input->end_sent_once = true;
}

static void send_piece(struct exec_input *input, size_t length)
{
    Modal__TaskExecStdinWriteStreamRequest message = MODAL__TASK_EXEC_STDIN_WRITE_STREAM_REQUEST__INIT;
    message.payload_case = MODAL__TASK_EXEC_STDIN_WRITE_STREAM_REQUEST__PAYLOAD_DATA;
    message.data.data = (uint8_t *)input->room;
    message.data.len = length;
    modal_task_send(input->call, &message);
    input->position += length;
}

/* False: the source has no more, or is broken. */
static bool send_next(struct exec_input *input)
{
    int64_t length = input->source.read(input->source.data, input->position, input->room, STREAM_PIECE);
    if (length > 0) {
        send_piece(input, (size_t)length);
    } else if (length == 0) {
        send_end(input);
    } else {
        struct modal_failure failure =
            modal_failure_local("What was to be sent could not be read any further.");
        fail(input, &failure);
    }
    return length > 0;
}

static void wants(void *data)
{
    struct exec_input *input = data;
    if (!input->begun)
        send_start(input);
    else if (input->end_sent)
        return;
    for (int i = 0; i < STREAM_BURST && send_next(input); i++)
        ;
}

static const void *fill_status(void *data, const char *task_id)
{
    struct exec_input *input = data;
    input->status = (Modal__TaskExecStdinStatusRequest)MODAL__TASK_EXEC_STDIN_STATUS_REQUEST__INIT;
    input->status.task_id = (char *)task_id;
    input->status.exec_id = input->exec_id;
    return &input->status;
}

/* Whether the source ends at the router's count: then only the answer was lost. */
static bool complete(struct exec_input *input, uint64_t count)
{
    return input->end_sent_once && input->source.read(input->source.data, count, input->room, 1) == 0;
}

static void status_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct exec_input *input = data;
    const Modal__TaskExecStdinStatusResponse *status = answer;
    input->call = NULL;
    if (failure) {
        fail(input, failure);
    } else if (status->closed && complete(input, status->num_bytes_written)) {
        input->closed = true;
        tell_drained(input);
    } else if (status->closed) {
        struct modal_failure closed =
            modal_failure_local("The program's input was closed before all was sent.");
        closed.status = GRPC_FAILED_PRECONDITION;
        fail(input, &closed);
    } else {
        if (status->num_bytes_written > input->offset)
            input->resumes = 0;
        input->offset = status->num_bytes_written;
        open_stream(input);
    }
}

static void ask_status(void *data)
{
    struct exec_input *input = data;
    input->pause = NULL;
    input->call = modal_task_unary(input->task, &status_method, fill_status, &status_patience, what,
                                   status_answered, input);
}

static void resume_or_fail(struct exec_input *input, const struct modal_failure *failure)
{
    bool resumable = modal_status_retryable(failure->status) || failure->status == GRPC_UNAUTHENTICATED;
    if (!resumable || input->resumes == STREAM_RESUMES) {
        fail(input, failure);
        return;
    }
    int64_t delay = (int64_t)TASK_FIRST_DELAY << input->resumes++;
    input->pause =
        loop_timer_add(modal_client_loop(modal_task_client(input->task)), delay, ask_status, input);
}

static void stream_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct exec_input *input = data;
    (void)answer;
    input->call = NULL;
    if (failure) {
        resume_or_fail(input, failure);
    } else if (!input->end_sent) {
        struct modal_failure early =
            modal_failure_local("Modal ended the program's input before all was sent.");
        early.status = GRPC_INTERNAL;
        resume_or_fail(input, &early);
    } else {
        input->offset = input->position;
        input->closed = true;
        tell_drained(input);
    }
}

static void open_stream(void *data)
{
    struct exec_input *input = data;
    input->begun = input->end_sent = false;
    input->position = input->offset;
    input->call = modal_task_upload(input->task, &stream_method, what, wants, stream_answered, input);
}

/* --- what the exec asks for --- */

void exec_input_open(struct exec_input *input)
{
    input->open = true;
    if (input->sends)
        open_stream(input);
    else
        go_on(input);
}

void exec_input_write(struct exec_input *input, const void *bytes, size_t length)
{
    if (input->closed || input->ended)
        return;
    buffer_append(&input->queue, bytes, length);
    go_on(input);
}

void exec_input_end(struct exec_input *input)
{
    if (input->closed || input->ended)
        return;
    input->ended = true;
    go_on(input);
}

void exec_input_send(struct exec_input *input, const struct modal_exec_source *source)
{
    if (input->closed || input->ended)
        return;
    input->sends = input->ended = true;
    input->source = *source;
    input->room = xmalloc(STREAM_PIECE);
    if (input->open)
        open_stream(input);
}

size_t exec_input_waiting(const struct exec_input *input)
{
    return input->queue.length;
}

bool exec_input_end_sent(const struct exec_input *input)
{
    return input->end_sent_once;
}
