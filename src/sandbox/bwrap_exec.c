/* bwrap_exec.c - programs, as the host sees them.
 *
 * Output is taken from the line at once and handed on; while an exec is paused it is held here, which its
 * credit bounds (JAIL_WINDOW).  Credit goes back for what was handed on, so pausing needs no message.  Input
 * flows the same way: at most JAIL_INPUT_WINDOW is under way, the rest waits here.
 *
 * Time runs on this side: when an exec is over its time, the jail is told to kill it, as with a cancel.  A
 * jail that does not obey is ended as a whole. */
#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "sandbox/bwrap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { OBEY = 10000 /* milliseconds that a kill may take */, CREDIT_STEP = JAIL_WINDOW / 4 };

struct bwrap_exec {
    struct sandbox_exec base;
    struct bwrap *bwrap;
    struct bwrap_exec *next;
    uint64_t id;
    struct sandbox_exec_events events;
    void *data;
    struct buffer order; /* the message, until the sandbox is ready */
    int64_t time_limit, started_at;
    bool started, paused;
    bool calling, dropped; /* in a callback; dropped by it */

    struct buffer held;  /* struct held_head and bytes, again and again */
    size_t under_way;    /* output bytes that the jail has no credit back for */
    size_t to_credit;    /* of them: handed on */
    struct buffer input; /* waits for room in the window */
    size_t input_under_way;
    bool input_ends;

    enum sandbox_end asked; /* CANCELLED or TIMED_OUT once it was told to go */
    bool killing, ended;
    struct jail_done end;
    struct buffer survivors; /* strings */
    char *sentence;          /* why it never ran, or was lost */
    struct loop_timer *limit, *obey;
    struct loop_task *later;
};

struct held_head {
    uint32_t is_error, length;
};

static struct bwrap_exec *find(const struct bwrap *bwrap, uint64_t id)
{
    struct bwrap_exec *exec = bwrap->execs;
    while (exec && exec->id != id)
        exec = exec->next;
    return exec;
}

/* --- its end --- */

static void unlink_exec(struct bwrap_exec *exec)
{
    struct bwrap_exec **link = &exec->bwrap->execs;
    while (*link && *link != exec)
        link = &(*link)->next;
    if (*link)
        *link = exec->next;
}

static void free_exec(struct bwrap_exec *exec)
{
    buffer_release(&exec->order);
    buffer_release(&exec->held);
    buffer_release(&exec->input);
    buffer_release(&exec->survivors);
    free(exec->sentence);
    free(exec);
}

/* No callback comes any more; the memory lasts until the callback that is under way returns. */
static void drop(struct bwrap_exec *exec)
{
    unlink_exec(exec);
    loop_timer_cancel(exec->limit);
    loop_timer_cancel(exec->obey);
    loop_task_cancel(exec->later);
    exec->limit = exec->obey = NULL;
    exec->later = NULL;
    exec->dropped = true;
    if (!exec->calling)
        free_exec(exec);
}

/* False: the exec is no more. */
static bool called(struct bwrap_exec *exec)
{
    exec->calling = false;
    if (!exec->dropped)
        return true;
    free_exec(exec);
    return false;
}

static enum sandbox_end end_of(const struct bwrap_exec *exec)
{
    switch (exec->end.end) {
    case JAIL_EXITED:
        return SANDBOX_EXITED;
    case JAIL_SIGNALLED:
        return SANDBOX_SIGNALLED;
    case JAIL_KILLED:
        return exec->asked;
    default:
        return SANDBOX_FAILED;
    }
}

static const char **list_survivors(const struct bwrap_exec *exec)
{
    const char **list = xcalloc(JAIL_SURVIVORS + 1, sizeof(*list));
    const char *at = exec->survivors.data, *end = at + exec->survivors.length;
    for (size_t i = 0; at < end && i < JAIL_SURVIVORS; at += strlen(at) + 1)
        list[i++] = at;
    return list;
}

static void tell_done(struct bwrap_exec *exec, enum sandbox_end end)
{
    const char **survivors = list_survivors(exec);
    struct sandbox_exec_result result = {
        .end = end,
        .code = end == SANDBOX_EXITED ? exec->end.value : 0,
        .signal = end == SANDBOX_SIGNALLED ? exec->end.value : 0,
        .sentence = exec->sentence,
        .survivors = survivors[0] ? survivors : NULL,
        .milliseconds = exec->started ? clock_steady() - exec->started_at : 0,
    };
    exec->calling = true;
    drop(exec);
    exec->events.done(exec->data, &result);
    free(survivors);
    called(exec);
}

static void fail_later(void *data)
{
    struct bwrap_exec *exec = data;
    struct bwrap *bwrap = exec->bwrap;
    exec->later = NULL;
    bwrap_enter(bwrap);
    tell_done(exec, SANDBOX_FAILED);
    bwrap_leave(bwrap);
}

static void fail_soon(struct bwrap_exec *exec, const char *sentence)
{
    exec->sentence = xstrdup(sentence);
    exec->later = loop_defer(exec->bwrap->loop, fail_later, exec);
}

/* --- killing --- */

static void disobeyed(void *data)
{
    struct bwrap_exec *exec = data;
    struct bwrap *bwrap = exec->bwrap;
    exec->obey = NULL;
    bwrap_enter(bwrap);
    bwrap_lose(bwrap, "the sandbox was ended: a program in it could not be killed");
    bwrap_leave(bwrap);
}

static void flow(struct bwrap_exec *exec);

static void flow_later(void *data)
{
    struct bwrap_exec *exec = data;
    struct bwrap *bwrap = exec->bwrap;
    exec->later = NULL;
    bwrap_enter(bwrap);
    flow(exec);
    bwrap_leave(bwrap);
}

static void flow_soon(struct bwrap_exec *exec)
{
    if (!exec->later && !exec->sentence)
        exec->later = loop_defer(exec->bwrap->loop, flow_later, exec);
}

/* What is to go does not wait for anybody who paused it. */
static void kill_exec(struct bwrap_exec *exec, enum sandbox_end why)
{
    struct bwrap *bwrap = exec->bwrap;
    if (exec->killing || exec->dropped || bwrap->state == BWRAP_GONE)
        return;
    exec->killing = true;
    exec->asked = why;
    exec->paused = false;
    flow_soon(exec);
    if (exec->ended)
        return;
    if (exec->order.length > 0) { /* it was never sent */
        buffer_release(&exec->order);
        exec->end.end = JAIL_KILLED;
        exec->ended = true;
        return;
    }
    bwrap_channel_send(bwrap->channel, JAIL_KILL, exec->id, NULL, 0, NULL, 0);
    exec->obey = loop_timer_add(bwrap->loop, OBEY, disobeyed, exec);
}

static void over_time(void *data)
{
    struct bwrap_exec *exec = data;
    exec->limit = NULL;
    kill_exec(exec, SANDBOX_TIMED_OUT);
}

/* --- output --- */

static void give_credit(struct bwrap_exec *exec, size_t length)
{
    exec->to_credit += length;
    if (exec->to_credit < CREDIT_STEP || exec->ended || exec->bwrap->state != BWRAP_READY)
        return;
    struct jail_count count = { exec->to_credit };
    exec->under_way -= exec->to_credit;
    exec->to_credit = 0;
    bwrap_channel_send(exec->bwrap->channel, JAIL_CREDIT, exec->id, &count, sizeof(count), NULL, 0);
}

/* False: the exec is no more. */
static bool tell_started(struct bwrap_exec *exec)
{
    if (exec->started)
        return true;
    exec->started = true;
    exec->started_at = clock_steady();
    if (exec->time_limit > 0)
        exec->limit = loop_timer_add(exec->bwrap->loop, exec->time_limit, over_time, exec);
    if (!exec->events.started)
        return true;
    exec->calling = true;
    exec->events.started(exec->data);
    return called(exec);
}

static bool tell_output(struct bwrap_exec *exec, bool is_error, const char *bytes, size_t length)
{
    exec->calling = true;
    exec->events.output(exec->data, is_error, bytes, length);
    if (!called(exec))
        return false;
    give_credit(exec, length);
    return true;
}

static void hold(struct bwrap_exec *exec, bool is_error, const char *bytes, size_t length)
{
    struct held_head head = { .is_error = is_error, .length = (uint32_t)length };
    buffer_append(&exec->held, &head, sizeof(head));
    buffer_append(&exec->held, bytes, length);
}

/* Hands on what was held, then the end, as far as no pause comes between. */
static void flow(struct bwrap_exec *exec)
{
    struct buffer held = exec->held;
    size_t at = 0;
    buffer_init(&exec->held, 0);
    while (at < held.length && !exec->paused) {
        struct held_head head;
        memcpy(&head, held.data + at, sizeof(head));
        at += sizeof(head) + head.length;
        if (!tell_output(exec, head.is_error, held.data + at - head.length, head.length)) {
            buffer_release(&held);
            return;
        }
    }
    buffer_remove(&held, 0, at);
    exec->held = held;
    if (exec->ended && held.length == 0 && !exec->paused)
        tell_done(exec, end_of(exec));
}

static bool take_output(struct bwrap_exec *exec, bool is_error, const char *bytes, size_t length)
{
    if (length > JAIL_WINDOW - exec->under_way || exec->ended || exec->order.length > 0)
        return false;
    exec->under_way += length;
    if (length == 0 || !tell_started(exec))
        return true;
    if (exec->paused || exec->held.length > 0)
        hold(exec, is_error, bytes, length);
    else
        tell_output(exec, is_error, bytes, length);
    return true;
}

/* --- input --- */

static void send_input(struct bwrap_exec *exec)
{
    size_t room = JAIL_INPUT_WINDOW - exec->input_under_way;
    size_t length = exec->input.length < room ? exec->input.length : room;
    if (exec->bwrap->state != BWRAP_READY || exec->order.length > 0 || exec->ended)
        return;
    if (length > 0) {
        bwrap_channel_send(exec->bwrap->channel, JAIL_INPUT, exec->id, exec->input.data, length, NULL, 0);
        buffer_remove(&exec->input, 0, length);
        exec->input_under_way += length;
    }
    if (exec->input_ends && exec->input.length == 0) {
        exec->input_ends = false;
        bwrap_channel_send(exec->bwrap->channel, JAIL_INPUT_END, exec->id, NULL, 0, NULL, 0);
    }
}

static bool input_taken(struct bwrap_exec *exec, const char *payload, size_t length)
{
    struct jail_count count;
    if (length != sizeof(count))
        return false;
    memcpy(&count, payload, sizeof(count));
    if (count.count > exec->input_under_way)
        return false;
    exec->input_under_way -= count.count;
    send_input(exec);
    return true;
}

/* --- the end, as the jail tells it --- */

static char *failure(const struct bwrap_exec *exec)
{
    static const char *const steps[] = {
        [JAIL_STEP_NONE] = "the program could not be started",
        [JAIL_STEP_PROCESS] = "the sandbox has no room for another process",
        [JAIL_STEP_TERMINAL] = "the program's input and output could not be set up",
        [JAIL_STEP_FOLDER] = "the working folder could not be entered",
        [JAIL_STEP_PROGRAM] = "the program could not be started",
    };
    if (exec->end.end == JAIL_REPEATED)
        return xstrdup("this call has run already; it is not run twice");
    size_t step = exec->end.step < ARRAY_SIZE(steps) ? exec->end.step : JAIL_STEP_NONE;
    return xasprintf("%s: %s", steps[step], strerror(exec->end.value));
}

static bool take_done(struct bwrap_exec *exec, const char *payload, size_t length)
{
    struct jail_done *end = &exec->end;
    if (length < sizeof(*end) || exec->ended || exec->order.length > 0)
        return false;
    memcpy(end, payload, sizeof(*end));
    size_t rest = length - sizeof(*end);
    if (end->end > JAIL_REPEATED || (rest > 0 && payload[length - 1] != '\0') ||
        (end->end == JAIL_KILLED && !exec->killing) || (end->end == JAIL_SIGNALLED && end->value <= 0))
        return false;
    buffer_append(&exec->survivors, payload + sizeof(*end), rest);
    exec->ended = true;
    loop_timer_cancel(exec->limit);
    loop_timer_cancel(exec->obey);
    exec->limit = exec->obey = NULL;
    if (end_of(exec) == SANDBOX_FAILED)
        exec->sentence = failure(exec);
    if (!exec->later)
        flow(exec);
    return true;
}

bool bwrap_exec_message(struct bwrap *bwrap, const struct jail_header *header, const char *payload)
{
    struct bwrap_exec *exec = find(bwrap, header->id);
    if (!exec) /* forgotten meanwhile */
        return header->id <= bwrap->last_id;
    switch (header->type) {
    case JAIL_STARTED:
        tell_started(exec);
        return true;
    case JAIL_OUTPUT:
    case JAIL_ERROR_OUTPUT:
        return take_output(exec, header->type == JAIL_ERROR_OUTPUT, payload, header->length);
    case JAIL_INPUT_TAKEN:
        return input_taken(exec, payload, header->length);
    default:
        return take_done(exec, payload, header->length);
    }
}

/* --- start --- */

static void send_order(struct bwrap_exec *exec)
{
    bwrap_channel_send(exec->bwrap->channel, JAIL_EXEC, exec->id, exec->order.data, exec->order.length, NULL,
                       0);
    buffer_release(&exec->order);
    send_input(exec);
}

struct sandbox_exec *bwrap_exec(struct sandbox *sandbox, const struct sandbox_exec_spec *spec,
                                const struct sandbox_exec_events *events, void *data)
{
    struct bwrap *bwrap = (struct bwrap *)sandbox;
    struct bwrap_exec *exec = xcalloc(1, sizeof(*exec));
    const char *wrong = bwrap_order_check(bwrap, spec);
    *exec = (struct bwrap_exec){ .bwrap = bwrap, .id = ++bwrap->last_id, .events = *events, .data = data };
    exec->base.operations = &sandbox_bwrap_operations;
    exec->next = bwrap->execs;
    bwrap->execs = exec;
    exec->time_limit = spec->timeout;
    buffer_init(&exec->order, JAIL_MESSAGE);
    buffer_init(&exec->held, 0);
    buffer_init(&exec->input, 0);
    buffer_init(&exec->survivors, 0);
    if (wrong) {
        fail_soon(exec, wrong);
        return &exec->base;
    }
    bwrap_order_write(&exec->order, bwrap, spec);
    buffer_append(&exec->input, spec->input, spec->input_length);
    exec->input_ends = !spec->input_open && (spec->pty || spec->input_length > 0);
    if (exec->order.full || exec->input.full) {
        buffer_release(&exec->order);
        fail_soon(exec, "the program was not started: its arguments or its input are too long");
    } else if (bwrap->state == BWRAP_READY) {
        send_order(exec);
    }
    return &exec->base;
}

void bwrap_execs_ready(struct bwrap *bwrap)
{
    for (struct bwrap_exec *exec = bwrap->execs; exec; exec = exec->next)
        if (exec->order.length > 0)
            send_order(exec);
}

/* --- what its owner asks --- */

void bwrap_exec_write(struct sandbox_exec *handle, const void *bytes, size_t length)
{
    struct bwrap_exec *exec = (struct bwrap_exec *)handle;
    if (exec->input_ends || exec->ended || exec->sentence)
        return;
    buffer_append(&exec->input, bytes, length);
    send_input(exec);
}

void bwrap_exec_end_input(struct sandbox_exec *handle)
{
    struct bwrap_exec *exec = (struct bwrap_exec *)handle;
    exec->input_ends = true;
    if (!exec->sentence)
        send_input(exec);
}

void bwrap_exec_resize(struct sandbox_exec *handle, int columns, int rows)
{
    struct bwrap_exec *exec = (struct bwrap_exec *)handle;
    struct jail_size size = { .columns = (uint16_t)columns, .rows = (uint16_t)rows };
    if (columns <= 0 || rows <= 0 || exec->ended || exec->order.length > 0 ||
        exec->bwrap->state != BWRAP_READY)
        return;
    bwrap_channel_send(exec->bwrap->channel, JAIL_RESIZE, exec->id, &size, sizeof(size), NULL, 0);
}

void bwrap_exec_cancel(struct sandbox_exec *handle)
{
    struct bwrap_exec *exec = (struct bwrap_exec *)handle;
    if (!exec->sentence)
        kill_exec(exec, SANDBOX_CANCELLED);
}

void bwrap_exec_forget(struct sandbox_exec *handle)
{
    struct bwrap_exec *exec = (struct bwrap_exec *)handle;
    struct bwrap *bwrap = exec->bwrap;
    if (exec->dropped)
        return;
    bool runs = bwrap->state == BWRAP_READY && !exec->ended && !exec->sentence && exec->order.length == 0;
    if (runs && !exec->killing)
        bwrap_channel_send(bwrap->channel, JAIL_KILL, exec->id, NULL, 0, NULL, 0);
    drop(exec);
}

void bwrap_exec_pause(struct sandbox_exec *handle, bool pause)
{
    struct bwrap_exec *exec = (struct bwrap_exec *)handle;
    exec->paused = pause && !exec->killing;
    if (!exec->paused && !exec->dropped && (exec->held.length > 0 || exec->ended))
        flow_soon(exec);
}

/* --- all of them --- */

void bwrap_execs_lost(struct bwrap *bwrap)
{
    while (!bwrap->freed && bwrap->execs) {
        struct bwrap_exec *exec = bwrap->execs;
        bool never = exec->order.length > 0 || exec->sentence;
        if (!exec->sentence)
            exec->sentence = xstrdup(bwrap->sentence);
        exec->paused = false;
        tell_done(exec, exec->ended && !never ? end_of(exec) : never ? SANDBOX_FAILED : SANDBOX_LOST);
    }
}

void bwrap_execs_drop(struct bwrap *bwrap)
{
    while (bwrap->execs)
        drop(bwrap->execs);
}
