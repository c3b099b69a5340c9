/* exec.c - one program from its start to its one end.
 *
 * The start is answered first; then both streams, the wait and the input go out at once.  It is over when the
 * wait and both streams are.  When one of them fails for good, the others get a moment, so that what had arrived
 * is not lost, and the failure is the end.  The same timer watches over streams that stay open after the program's
 * end. */
#include "modal/exec.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/exec_input.h"
#include "modal/exec_order.h"
#include "modal/exec_output.h"
#include "modal/exec_wait.h"
#include "modal/failure_kept.h"
#include "modal/task_call.h"

#include <stdlib.h>

enum {
    START_ATTEMPT = 60000, /* milliseconds; the id makes repeating safe */
    FAILURE_GRACE = 5000,  /* of silence, after something failed for good */
    TIMEOUT_GRACE = 15000, /* after its time-out, for the worker to kill it and to say so */
    SILENCE = 20000, /* after its end, before streams that are still open are asked anew; doubled each time */
    SILENCE_DOUBLINGS = 6,
};

struct modal_exec {
    struct modal_task *task;
    struct modal_exec_events events;
    void *data;
    char *exec_id;
    struct exec_order *order;
    bool discard, paused;
    int64_t timeout, linger; /* milliseconds */
    int64_t linger_until;    /* clock_steady; 0: for ever */
    uint64_t offsets[2];

    struct modal_call *start;
    struct exec_wait *wait;
    struct exec_output *outputs[2];
    struct exec_input *input;
    struct loop_timer *closing;
    struct loop_task *later; /* tells what was found wrong at once */
    bool heard;              /* output since the closing timer was set */
    int reopened;            /* times that silent streams were asked anew after its end */

    bool started, ended, input_ended;
    struct exec_end end;
    struct failure_kept failure;
    bool never_started;
    bool calling, dropped;
};

static const struct modal_method start_method = { "TaskExecStart",
                                                  &modal__task_exec_start_request__descriptor,
                                                  &modal__empty__descriptor, .retries = -1 };

/* --- its end --- */

static void free_exec(struct modal_exec *exec)
{
    exec_order_free(exec->order);
    failure_kept_release(&exec->failure);
    free(exec->exec_id);
    free(exec);
}

static void stop(struct modal_exec *exec)
{
    modal_call_cancel(exec->start);
    exec_wait_cancel(exec->wait);
    exec_output_close(exec->outputs[0]);
    exec_output_close(exec->outputs[1]);
    exec_input_free(exec->input);
    loop_timer_cancel(exec->closing);
    loop_task_cancel(exec->later);
    exec->start = NULL;
    exec->wait = NULL;
    exec->outputs[0] = exec->outputs[1] = NULL;
    exec->input = NULL;
    exec->closing = NULL;
    exec->later = NULL;
}

void modal_exec_forget(struct modal_exec *exec)
{
    if (exec == NULL)
        return;
    stop(exec);
    exec->dropped = true;
    if (!exec->calling)
        free_exec(exec);
}

/* False: the exec is no more. */
static bool called(struct modal_exec *exec)
{
    exec->calling = false;
    if (!exec->dropped)
        return true;
    free_exec(exec);
    return false;
}

static void finish(struct modal_exec *exec)
{
    struct modal_exec_result result = { .failure = exec->failure.sentence ? &exec->failure.failure : NULL,
                                        .never_started = exec->never_started,
                                        .code = exec->end.code,
                                        .signal = exec->end.signal };
    exec->input_ended = modal_exec_input_ended(exec);
    stop(exec);
    exec->calling = exec->dropped = true;
    exec->events.done(exec->data, &result);
    free_exec(exec);
}

static void fail_now(void *data)
{
    struct modal_exec *exec = data;
    exec->later = NULL;
    finish(exec);
}

/* --- closing --- */

static void set_closing(struct modal_exec *exec);

static void reopen(struct modal_exec *exec)
{
    exec->reopened++;
    for (int i = 0; i < 2; i++)
        if (exec->outputs[i])
            exec_output_reopen(exec->outputs[i]);
}

/* It is silent because nothing comes, or because a connection is dead: the streams are asked anew, once before
 * their silence is taken for their end, and again and again when it never is. */
static void closing_due(void *data)
{
    struct modal_exec *exec = data;
    exec->closing = NULL;
    bool asks_anew = exec->failure.sentence == NULL && (exec->linger == 0 || exec->reopened == 0);
    bool waits = exec->heard || exec->paused;
    bool too_long = exec->linger_until && clock_steady() >= exec->linger_until && !exec->paused;
    if (too_long || (!waits && !asks_anew)) {
        finish(exec);
        return;
    }
    if (!waits)
        reopen(exec);
    set_closing(exec);
}

static void set_closing(struct modal_exec *exec)
{
    int doublings = exec->reopened < SILENCE_DOUBLINGS ? exec->reopened : SILENCE_DOUBLINGS;
    int64_t after = exec->linger ? exec->linger : (int64_t)SILENCE << doublings;
    if (exec->failure.sentence)
        after = FAILURE_GRACE;
    else if (exec->linger_until && !exec->paused && exec->linger_until - clock_steady() < after)
        after = exec->linger_until > clock_steady() ? exec->linger_until - clock_steady() : 0;
    loop_timer_cancel(exec->closing);
    exec->heard = false;
    exec->closing =
        loop_timer_add(modal_client_loop(modal_task_client(exec->task)), after, closing_due, exec);
}

/* A part is over: perhaps that was the last one. */
static void part_over(struct modal_exec *exec, const struct modal_failure *failure)
{
    bool first = failure && exec->failure.sentence == NULL;
    failure_keep(&exec->failure, failure);
    if (exec->wait == NULL && exec->outputs[0] == NULL && exec->outputs[1] == NULL)
        finish(exec);
    else if (first || (exec->ended && exec->closing == NULL))
        set_closing(exec);
}

/* --- its parts --- */

static void output_bytes(struct modal_exec *exec, bool is_error, const char *bytes, size_t length)
{
    exec->heard = true;
    if (exec->events.output == NULL)
        return;
    exec->calling = true;
    exec->events.output(exec->data, is_error, bytes, length);
    called(exec);
}

static void standard_bytes(void *data, const char *bytes, size_t length)
{
    output_bytes(data, false, bytes, length);
}

static void error_bytes(void *data, const char *bytes, size_t length)
{
    output_bytes(data, true, bytes, length);
}

static void output_resuming(void *data, const char *sentence)
{
    struct modal_exec *exec = data;
    if (exec->events.resuming == NULL)
        return;
    exec->calling = true;
    exec->events.resuming(exec->data, sentence);
    called(exec);
}

static void standard_ended(void *data, const struct modal_failure *failure)
{
    struct modal_exec *exec = data;
    exec->outputs[0] = NULL;
    part_over(exec, failure);
}

static void error_ended(void *data, const struct modal_failure *failure)
{
    struct modal_exec *exec = data;
    exec->outputs[1] = NULL;
    part_over(exec, failure);
}

static const struct exec_output_events output_events[2] = {
    { .bytes = standard_bytes, .resuming = output_resuming, .ended = standard_ended },
    { .bytes = error_bytes, .resuming = output_resuming, .ended = error_ended },
};

static void waited(void *data, const struct modal_failure *failure, const struct exec_end *end)
{
    struct modal_exec *exec = data;
    exec->wait = NULL;
    if (end) {
        exec->end = *end;
        exec->ended = true;
    }
    if (end && exec->events.ended && (exec->outputs[0] || exec->outputs[1])) {
        exec->calling = true;
        exec->events.ended(exec->data);
        if (!called(exec))
            return;
    }
    part_over(exec, failure);
}

static void input_drained(void *data)
{
    struct modal_exec *exec = data;
    if (exec->events.drained == NULL)
        return;
    exec->calling = true;
    exec->events.drained(exec->data);
    called(exec);
}

static void input_failed(void *data, const struct modal_failure *failure)
{
    struct modal_exec *exec = data;
    if (exec->events.input_failed == NULL)
        return;
    exec->calling = true;
    exec->events.input_failed(exec->data, failure);
    called(exec);
}

static const struct exec_input_events input_events = { input_drained, input_failed };

/* --- its beginning --- */

/* It runs: all that is to be asked of it goes out now. KNOWN: its end, when that is known already. */
static void begin(struct modal_exec *exec, const struct exec_end *known)
{
    int64_t limit = exec->timeout ? exec->timeout + TIMEOUT_GRACE : 0;
    exec_order_free(exec->order);
    exec->order = NULL;
    for (int i = 0; i < 2 && !exec->discard; i++) {
        exec->outputs[i] =
            exec_output_open(exec->task, exec->exec_id, i, exec->offsets[i], &output_events[i], exec);
        exec_output_pause(exec->outputs[i], exec->paused);
    }
    if (known) {
        exec->end = *known;
        exec->ended = true;
    } else {
        exec->wait = exec_wait_start(exec->task, exec->exec_id, limit, waited, exec);
    }
    exec->started = true;
    if (exec->input)
        exec_input_open(exec->input);
    exec->calling = true;
    if (exec->events.started)
        exec->events.started(exec->data);
    if (called(exec) && known)
        part_over(exec, NULL);
}

static void started(void *data, const struct modal_failure *failure, const void *answer)
{
    struct modal_exec *exec = data;
    (void)answer;
    if (failure)
        exec->never_started = modal_task_untouched(exec->start);
    exec->start = NULL;
    if (failure == NULL) {
        begin(exec, NULL);
        return;
    }
    failure_keep(&exec->failure, failure);
    finish(exec);
}

static void looked(void *data, const struct modal_failure *failure, const struct exec_end *end)
{
    struct modal_exec *exec = data;
    exec->wait = NULL;
    if (failure == NULL) {
        begin(exec, end);
        return;
    }
    failure_keep(&exec->failure, failure);
    finish(exec);
}

static const void *fill_start(void *data, const char *task_id)
{
    struct modal_exec *exec = data;
    return exec_order_message(exec->order, task_id);
}

static void ask(struct modal_exec *exec, const struct modal_exec_spec *spec)
{
    static const struct modal_patience patience = { .attempt = START_ATTEMPT };
    struct error error = ERROR_INIT;
    exec->order = exec_order_new(spec, &error);
    if (exec->order == NULL) {
        struct modal_failure failure = modal_failure_local(error_message(&error));
        failure_keep(&exec->failure, &failure);
        exec->never_started = true;
        exec->later = loop_defer(modal_client_loop(modal_task_client(exec->task)), fail_now, exec);
    } else if (spec->attach) {
        exec->wait = exec_wait_look(exec->task, exec->exec_id, looked, exec);
    } else {
        exec->start = modal_task_unary(exec->task, &start_method, fill_start, &patience,
                                       "Starting the program", started, exec);
    }
    error_clear(&error);
}

struct modal_exec *modal_exec_start(struct modal_task *task, const struct modal_exec_spec *spec,
                                    const struct modal_exec_events *events, void *data)
{
    struct modal_exec *exec = xcalloc(1, sizeof(*exec));
    exec->task = task;
    exec->events = *events;
    exec->data = data;
    exec->exec_id = xstrdup(spec->exec_id ? spec->exec_id : "");
    exec->discard = spec->discard_output;
    exec->timeout = spec->timeout * 1000;
    exec->linger = spec->linger;
    exec->offsets[0] = spec->attach ? spec->offsets[0] : 0;
    exec->offsets[1] = spec->attach ? spec->offsets[1] : 0;
    exec->input = exec_input_new(task, exec->exec_id, &input_events, exec);
    ask(exec, spec);
    return exec;
}

/* --- what its maker asks for --- */

void modal_exec_linger(struct modal_exec *exec, int64_t silence, int64_t most)
{
    exec->linger = silence;
    exec->linger_until = most ? clock_steady() + most : 0;
    if (exec->ended && exec->failure.sentence == NULL)
        set_closing(exec);
}

void modal_exec_write(struct modal_exec *exec, const void *bytes, size_t length)
{
    if (exec->input)
        exec_input_write(exec->input, bytes, length);
}

size_t modal_exec_waiting(const struct modal_exec *exec)
{
    return exec->input ? exec_input_waiting(exec->input) : 0;
}

void modal_exec_end_input(struct modal_exec *exec)
{
    if (exec->input)
        exec_input_end(exec->input);
}

void modal_exec_send(struct modal_exec *exec, const struct modal_exec_source *source)
{
    if (exec->input)
        exec_input_send(exec->input, source);
}

bool modal_exec_input_ended(const struct modal_exec *exec)
{
    return exec->input ? exec_input_end_sent(exec->input) : exec->input_ended;
}

void modal_exec_pause(struct modal_exec *exec, bool pause)
{
    exec->paused = pause;
    for (int i = 0; i < 2; i++)
        if (exec->outputs[i])
            exec_output_pause(exec->outputs[i], pause);
}

void modal_exec_hand_over(struct modal_exec *exec, const struct modal_exec_events *events, void *data)
{
    exec->events = *events;
    exec->data = data;
}

void modal_exec_leave_input(struct modal_exec *exec)
{
    exec->input_ended = modal_exec_input_ended(exec);
    exec_input_free(exec->input);
    exec->input = NULL;
}

bool modal_exec_started(const struct modal_exec *exec)
{
    return exec->started;
}
