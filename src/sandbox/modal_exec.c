/* modal_exec.c - programs in a box, as the session sees them.
 *
 * The router runs an exec id at most once, keeps its output, and is asked again at the byte where a stream
 * broke: src/modal does all that.  What is added here: the exact environment and the mark (modal_order.c), the
 * end by force, which takes a second exec, and who was left running (both modal_exec_end.c), and the time, which
 * runs on this side with the worker's own limit behind it. */
#include "sandbox/modal_exec_inside.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/memory.h"
#include "loop/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BACKSTOP = 15,   /* seconds that the worker waits longer than we do */
    LAST_WORDS = 60, /* bytes that may be the wrapper's own word */
};

/* --- what comes --- */

/* False: the exec is no more. */
static bool tell_output(struct box_exec *exec, bool is_error, const char *bytes, size_t length)
{
    exec->calling = true;
    exec->events.output(exec->data, is_error, bytes, length);
    return box_exec_called(exec);
}

/* False: the exec is no more. */
bool box_exec_tell_first(struct box_exec *exec)
{
    struct buffer first = exec->first;
    buffer_init(&exec->first, 0);
    exec->first_over = true;
    bool goes_on = first.length == 0 || tell_output(exec, !exec->pty, first.data, first.length);
    buffer_release(&first);
    return goes_on;
}

static void output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct box_exec *exec = data;
    struct box *box = exec->box;
    box_enter(box);
    if (exec->first_over || is_error == exec->pty) {
        tell_output(exec, is_error, bytes, length);
    } else {
        buffer_append(&exec->first, bytes, length);
        if (exec->first.length > LAST_WORDS ||
            box_order_word(exec->first.data, exec->first.length, exec->nonce) == 0)
            box_exec_tell_first(exec);
    }
    box_leave(box);
}

static void has_started(void *data)
{
    struct box_exec *exec = data;
    struct box *box = exec->box;
    exec->started = true;
    exec->started_at = clock_steady();
    if (exec->killing) {
        box_exec_send_killer(exec);
        return;
    }
    if (exec->time_limit > 0)
        exec->limit = loop_timer_add(box->loop, exec->time_limit, box_exec_over_time, exec);
    box_enter(box);
    exec->calling = true;
    if (exec->events.started)
        exec->events.started(exec->data);
    box_exec_called(exec);
    box_leave(box);
}

/* --- the start --- */

static const struct modal_exec_events run_events = {
    .started = has_started, .output = output, .ended = box_exec_has_ended, .done = box_exec_run_done
};

/* What waited. */
static void send_input(struct box_exec *exec)
{
    if (exec->input.length > 0)
        modal_exec_write(exec->run, exec->input.data, exec->input.length);
    buffer_release(&exec->input);
    if (exec->input_ends)
        modal_exec_end_input(exec->run);
}

static void start(struct box_exec *exec)
{
    int64_t seconds = (exec->time_limit + 999) / 1000;
    struct modal_exec_spec spec = {
        .exec_id = exec->id,
        .argv = (const char *const *)exec->order.argv,
        .cwd = "/",
        .environment = (const char *const *)exec->order.environment,
        .timeout = seconds ? seconds + BACKSTOP : 0,
        .pty = exec->pty,
        .columns = exec->columns > 0 ? exec->columns : 80,
        .rows = exec->rows > 0 ? exec->rows : 24,
        .attach = exec->attach,
    };
    exec->waiting = false;
    exec->run = modal_exec_start(exec->box->task, &spec, &run_events, exec);
    box_order_release(&exec->order);
    send_input(exec);
    if (exec->paused)
        modal_exec_pause(exec->run, true);
}

/* Ids of other forms become one of the form that Modal wants, always the same. */
static void make_id(const char *given, char id[UUID_TEXT])
{
    char hash[HASH_TEXT];
    if (strlen(given) == 36 && strspn(given, "0123456789abcdef-") == 36) {
        memcpy(id, given, UUID_TEXT);
        return;
    }
    hash_text(given, strlen(given), hash);
    snprintf(id, UUID_TEXT, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hash, hash + 8, hash + 12, hash + 15, hash + 18);
}

static bool was_used(struct box *box, const char *id)
{
    for (size_t i = 0; i < box->exec_id_count; i++)
        if (strcmp(box->exec_ids[i], id) == 0)
            return true;
    box->exec_ids =
        array_reserve(box->exec_ids, &box->exec_id_capacity, box->exec_id_count + 1, sizeof(char *));
    box->exec_ids[box->exec_id_count++] = xstrdup(id);
    return false;
}

static void prepare(struct box_exec *exec, const struct sandbox_exec_spec *spec)
{
    struct box *box = exec->box;
    if (!spec->attach)
        box_order_init(&exec->order, box, spec, exec->id, exec->nonce);
    buffer_append(&exec->input, spec->input, spec->input ? spec->input_length : 0);
    exec->input_ends = !spec->input_open && !spec->attach;
    exec->waiting = true;
    if (exec->input.full)
        box_exec_fail(exec, "the program was not started: its input is too long");
    else if (box->state == BOX_READY)
        start(exec);
}

struct sandbox_exec *box_exec(struct sandbox *sandbox, const struct sandbox_exec_spec *spec,
                              const struct sandbox_exec_events *events, void *data)
{
    struct box *box = (struct box *)sandbox;
    struct box_exec *exec = xcalloc(1, sizeof(*exec));
    const char *wrong = box_order_check(box, spec);
    *exec = (struct box_exec){ .box = box, .events = *events, .data = data, .attach = spec->attach };
    exec->base.operations = &sandbox_modal_operations;
    exec->next = box->execs;
    box->execs = exec;
    exec->time_limit = spec->timeout;
    exec->pty = spec->pty;
    exec->columns = spec->columns;
    exec->rows = spec->rows;
    exec->first_over = spec->attach;
    buffer_init(&exec->input, 0);
    buffer_init(&exec->first, 0);
    random_uuid(exec->nonce);
    if (!wrong)
        make_id(spec->exec_id, exec->id);
    if (!wrong && !spec->attach && was_used(box, exec->id))
        wrong = "this call has run already; it is not run twice";
    if (wrong)
        box_exec_fail(exec, wrong);
    else
        prepare(exec, spec);
    return &exec->base;
}

void box_execs_ready(struct box *box)
{
    for (struct box_exec *exec = box->execs; exec; exec = exec->next)
        if (exec->waiting)
            start(exec);
}

/* --- what its owner asks --- */

void box_exec_write(struct sandbox_exec *handle, const void *bytes, size_t length)
{
    struct box_exec *exec = (struct box_exec *)handle;
    if (exec->input_ends || exec->ended || exec->dropped)
        return;
    if (exec->run && !exec->resizing)
        modal_exec_write(exec->run, bytes, length);
    else if (exec->run || exec->waiting)
        buffer_append(&exec->input, bytes, length);
}

void box_exec_end_input(struct sandbox_exec *handle)
{
    struct box_exec *exec = (struct box_exec *)handle;
    if (exec->input_ends)
        return;
    exec->input_ends = true;
    if (exec->run && !exec->resizing)
        modal_exec_end_input(exec->run);
}

static void resized(void *data, const struct box_tool_result *result)
{
    struct box_exec *exec = data;
    (void)result; /* a program that keeps its old size is no failure of the call */
    exec->resizing = NULL;
    if (exec->run)
        send_input(exec);
}

void box_exec_resize(struct sandbox_exec *handle, int columns, int rows)
{
    struct box_exec *exec = (struct box_exec *)handle;
    if (columns <= 0 || rows <= 0 || !exec->pty)
        return;
    exec->columns = columns;
    exec->rows = rows;
    if (!exec->run || exec->killing)
        return;
    box_tool_cancel(exec->resizing);
    exec->resizing = box_resize(exec->box, exec->id, columns, rows, resized, exec);
}

void box_exec_cancel(struct sandbox_exec *handle)
{
    box_exec_kill((struct box_exec *)handle, SANDBOX_CANCELLED);
}

static void nobody_minds(void *data, const struct box_tool_result *result)
{
    (void)data;
    (void)result;
}

void box_exec_forget(struct sandbox_exec *handle)
{
    struct box_exec *exec = (struct box_exec *)handle;
    struct box *box = exec->box;
    if (exec->dropped)
        return;
    if (box->state == BOX_READY && exec->run)
        box_kill(box, exec->id, nobody_minds, NULL);
    box_exec_drop(exec);
}

void box_exec_pause(struct sandbox_exec *handle, bool pause)
{
    struct box_exec *exec = (struct box_exec *)handle;
    if (exec->dropped || exec->killing || exec->paused == pause)
        return;
    exec->paused = pause;
    if (exec->run)
        modal_exec_pause(exec->run, pause);
    else if (!pause && exec->ended)
        box_exec_tell_soon(exec);
}
