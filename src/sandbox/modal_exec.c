/* modal_exec.c - programs in a box, as the session sees them.
 *
 * The router runs an exec id at most once, keeps its output, and is asked again at the byte where a stream
 * broke: src/modal does all that.  What is added here: the exact environment and the mark (modal_order.c), the
 * end by force, which takes a second exec (modal_kill.c), the time, which runs on this side with the worker's
 * own limit behind it, and who was left running.
 *
 * A cancel is over when the killer has found nobody left.  One that nobody answers is not claimed to be done:
 * the exec is then lost, and the session says that it is not known whether it ended. */
#include "base/clock.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "loop/loop.h"
#include "modal/exec.h"
#include "sandbox/modal_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOT_FOUND = 5,   /* of gRPC */
    OBEY = 30000,    /* milliseconds that an end by force may take */
    AGAIN = 300,     /* before the killer looks once more */
    BACKSTOP = 15,   /* seconds that the worker waits longer than we do */
    LAST_WORDS = 60, /* bytes that may be the wrapper's own word */
    SURVIVORS = 20,
    /* Milliseconds that output is waited for after its end, of silence and in all: when it left somebody who may
     * hold it open, and when nobody is known. */
    SILENCE = 700,
    LINGER = 3000,
    LONG_SILENCE = 5000,
    LONG_LINGER = 60000,
};

struct box_exec {
    struct sandbox_exec base;
    struct box *box;
    struct box_exec *next;
    struct sandbox_exec_events events;
    void *data;
    char id[UUID_TEXT], nonce[UUID_TEXT];
    struct box_order order;    /* until it is started */
    bool pty, attach, waiting; /* waiting: for the box to be ready */
    int columns, rows;
    int64_t time_limit, started_at;
    struct buffer input; /* until it is started, or has its new size */
    bool input_ends;

    struct modal_exec *run; /* NULL: not started, or over */
    bool started, paused;
    bool calling, dropped; /* in a callback; dropped by it */
    struct buffer first;   /* the beginning of what may be the wrapper's word */
    bool first_over;

    enum sandbox_end asked; /* CANCELLED or TIMED_OUT once it was told to go */
    bool killing, killed, ended;
    bool looked; /* for survivors */
    enum sandbox_end end;
    int code, signal;
    char *sentence;
    char *survivors;       /* a line each; NULL: none */
    struct box_tool *tool; /* the killer, or who looks for survivors */
    struct box_tool *resizing;
    struct loop_timer *limit, *obey, *again;
    struct loop_task *later;
};

/* --- its end --- */

static void unlink_exec(struct box_exec *exec)
{
    struct box_exec **link = &exec->box->execs;
    while (*link && *link != exec)
        link = &(*link)->next;
    if (*link)
        *link = exec->next;
}

static void free_exec(struct box_exec *exec)
{
    box_order_release(&exec->order);
    buffer_release(&exec->input);
    buffer_release(&exec->first);
    free(exec->sentence);
    free(exec->survivors);
    free(exec);
}

static void stop_timers(struct box_exec *exec)
{
    loop_timer_cancel(exec->limit);
    loop_timer_cancel(exec->obey);
    loop_timer_cancel(exec->again);
    exec->limit = exec->obey = exec->again = NULL;
}

/* No callback comes any more; the memory lasts until the callback that is under way returns. */
static void drop(struct box_exec *exec)
{
    unlink_exec(exec);
    stop_timers(exec);
    loop_task_cancel(exec->later);
    exec->later = NULL;
    box_tool_cancel(exec->tool);
    box_tool_cancel(exec->resizing);
    exec->tool = exec->resizing = NULL;
    if (exec->run)
        modal_exec_forget(exec->run);
    exec->run = NULL;
    exec->dropped = true;
    if (!exec->calling)
        free_exec(exec);
}

/* False: the exec is no more. */
static bool called(struct box_exec *exec)
{
    exec->calling = false;
    if (!exec->dropped)
        return true;
    free_exec(exec);
    return false;
}

/* Cuts TEXT into lines, in place. */
static const char **list_lines(char *text)
{
    const char **list = xcalloc(SURVIVORS + 1, sizeof(*list));
    size_t count = 0;
    for (char *at = text; at && *at && count < SURVIVORS;) {
        char *end = at + strcspn(at, "\n");
        list[count++] = at;
        at = *end ? end + 1 : end;
        *end = '\0';
    }
    return list;
}

static void tell_done(struct box_exec *exec)
{
    const char **survivors = list_lines(exec->survivors);
    struct sandbox_exec_result result = {
        .end = exec->end,
        .code = exec->end == SANDBOX_EXITED ? exec->code : 0,
        .signal = exec->end == SANDBOX_SIGNALLED ? exec->signal : 0,
        .sentence = exec->end == SANDBOX_FAILED || exec->end == SANDBOX_LOST ? exec->sentence : NULL,
        .survivors = survivors[0] ? survivors : NULL,
        .milliseconds = exec->started ? clock_steady() - exec->started_at : 0,
    };
    exec->calling = true;
    drop(exec);
    exec->events.done(exec->data, &result);
    free(survivors);
    called(exec);
}

static void tell_done_later(void *data)
{
    struct box_exec *exec = data;
    struct box *box = exec->box;
    exec->later = NULL;
    if (exec->paused)
        return; /* when it goes on */
    box_enter(box);
    tell_done(exec);
    box_leave(box);
}

/* All is known. What is over is told when nobody has paused it. */
static void finish(struct box_exec *exec, enum sandbox_end end)
{
    exec->ended = true;
    exec->end = end;
    stop_timers(exec);
    if (!exec->later)
        exec->later = loop_defer(exec->box->loop, tell_done_later, exec);
}

static void fail_soon(struct box_exec *exec, const char *sentence)
{
    exec->waiting = false;
    exec->sentence = xstrdup(sentence);
    finish(exec, SANDBOX_FAILED);
}

/* --- the end by force --- */

static void disobeyed(void *data)
{
    struct box_exec *exec = data;
    exec->obey = NULL;
    box_tool_cancel(exec->tool);
    exec->tool = NULL;
    if (exec->run)
        modal_exec_forget(exec->run);
    exec->run = NULL;
    exec->sentence = xstrdup("the sandbox did not answer when it was told to end it");
    finish(exec, SANDBOX_LOST);
}

static void end_by_force(struct box_exec *exec)
{
    if (!exec->run && exec->killed)
        finish(exec, exec->asked);
}

static void send_killer(void *data);

/* What had just been started may not have had its mark yet: who still runs after a while is looked for again. */
static void killer_done(void *data, const struct box_tool_result *result)
{
    struct box_exec *exec = data;
    exec->tool = NULL;
    if (exec->run)
        exec->again = loop_timer_add(exec->box->loop, AGAIN, send_killer, exec);
    if (result->failed || result->code != 0)
        return; /* the time that it may take says what comes of it */
    exec->killed = true;
    free(exec->survivors);
    exec->survivors = result->out->length > 0 ? xstrdup(result->out->data) : NULL;
    if (exec->run && exec->survivors) {
        modal_exec_forget(exec->run); /* who cannot be killed may hold its output open for ever */
        exec->run = NULL;
    }
    end_by_force(exec);
}

static void send_killer(void *data)
{
    struct box_exec *exec = data;
    exec->again = NULL;
    box_tool_cancel(exec->tool);
    exec->tool = box_kill(exec->box, exec->id, killer_done, exec);
}

/* What is to go does not wait for anybody who paused it. */
static void kill_exec(struct box_exec *exec, enum sandbox_end why)
{
    struct box *box = exec->box;
    if (exec->killing || exec->dropped || exec->ended)
        return;
    exec->killing = true;
    exec->asked = why;
    exec->paused = false;
    if (exec->waiting) { /* it was never sent */
        exec->waiting = false;
        finish(exec, why);
        return;
    }
    if (exec->run)
        modal_exec_pause(exec->run, false);
    exec->obey = loop_timer_add(box->loop, OBEY, disobeyed, exec);
    if (exec->started || !exec->run)
        send_killer(exec);
}

static void over_time(void *data)
{
    struct box_exec *exec = data;
    exec->limit = NULL;
    kill_exec(exec, SANDBOX_TIMED_OUT);
}

/* --- what comes --- */

/* False: the exec is no more. */
static bool tell_output(struct box_exec *exec, bool is_error, const char *bytes, size_t length)
{
    exec->calling = true;
    exec->events.output(exec->data, is_error, bytes, length);
    return called(exec);
}

/* False: the exec is no more. */
static bool tell_first(struct box_exec *exec)
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
            tell_first(exec);
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
        send_killer(exec);
        return;
    }
    if (exec->time_limit > 0)
        exec->limit = loop_timer_add(box->loop, exec->time_limit, over_time, exec);
    box_enter(box);
    exec->calling = true;
    if (exec->events.started)
        exec->events.started(exec->data);
    called(exec);
    box_leave(box);
}

/* Those that it left running may hold its output open for ever: then it is not waited for that long. */
static void survivors_found(void *data, const struct box_tool_result *result)
{
    struct box_exec *exec = data;
    exec->tool = NULL;
    exec->looked = true;
    if (!result->failed && result->out->length > 0)
        exec->survivors = xstrdup(result->out->data);
    if (exec->run)
        modal_exec_linger(exec->run, exec->survivors ? SILENCE : LONG_SILENCE,
                          exec->survivors ? LINGER : LONG_LINGER);
    else
        finish(exec, exec->end);
}

static void look_for_survivors(struct box_exec *exec)
{
    exec->tool = box_survivors(exec->box, exec->id, survivors_found, exec);
}

static bool can_look(const struct box_exec *exec)
{
    const struct box *box = exec->box;
    return !exec->killing && box->state == BOX_READY && !box->freed;
}

/* Its output still comes: meanwhile it is looked whom it left. */
static void has_ended(void *data)
{
    struct box_exec *exec = data;
    if (can_look(exec))
        look_for_survivors(exec);
}

/* Whether the wrapper said that there was nothing to become. */
static bool was_refused(struct box_exec *exec)
{
    size_t length = exec->first.length;
    if (exec->attach || exec->signal || exec->code != 126 || length == 0 ||
        box_order_word(exec->first.data, length, exec->nonce) != (int)length)
        return false;
    exec->sentence = box_order_sentence(exec->first.data, length, exec->nonce);
    return true;
}

static void ended_by_itself(struct box_exec *exec)
{
    if (was_refused(exec)) {
        finish(exec, SANDBOX_FAILED);
        return;
    }
    if (!exec->first_over && !tell_first(exec))
        return;
    exec->end = exec->signal ? SANDBOX_SIGNALLED : SANDBOX_EXITED;
    if (exec->killing)
        end_by_force(exec);
    else if (exec->looked || (!exec->tool && !can_look(exec)))
        finish(exec, exec->end);
    else if (!exec->tool)
        look_for_survivors(exec);
}

static void broke(struct box_exec *exec, const struct modal_exec_result *result)
{
    if (exec->killing && exec->killed) {
        finish(exec, exec->asked);
        return;
    }
    bool unknown = exec->attach && result->failure->status == NOT_FOUND && !exec->started;
    bool never = result->never_started || unknown;
    free(exec->sentence);
    exec->sentence = xstrdup(unknown ? "the sandbox was never told to run it" : result->failure->sentence);
    finish(exec, never && exec->killing ? exec->asked : never ? SANDBOX_FAILED : SANDBOX_LOST);
    box_suspect(exec->box);
}

static void run_done(void *data, const struct modal_exec_result *result)
{
    struct box_exec *exec = data;
    struct box *box = exec->box;
    exec->run = NULL;
    loop_timer_cancel(exec->limit);
    exec->limit = NULL;
    exec->code = result->code;
    exec->signal = result->signal;
    box_enter(box);
    if (result->failure)
        broke(exec, result);
    else
        ended_by_itself(exec);
    box_leave(box);
}

/* --- the start --- */

static const struct modal_exec_events run_events = {
    .started = has_started, .output = output, .ended = has_ended, .done = run_done
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
        fail_soon(exec, "the program was not started: its input is too long");
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
        fail_soon(exec, wrong);
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
    kill_exec((struct box_exec *)handle, SANDBOX_CANCELLED);
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
    drop(exec);
}

void box_exec_pause(struct sandbox_exec *handle, bool pause)
{
    struct box_exec *exec = (struct box_exec *)handle;
    if (exec->dropped || exec->killing || exec->paused == pause)
        return;
    exec->paused = pause;
    if (exec->run)
        modal_exec_pause(exec->run, pause);
    else if (!pause && exec->ended && !exec->later)
        exec->later = loop_defer(exec->box->loop, tell_done_later, exec);
}

/* --- all of them --- */

void box_execs_lost(struct box *box)
{
    while (!box->freed && box->execs) {
        struct box_exec *exec = box->execs;
        if (!exec->ended) {
            bool known = !exec->run && !exec->waiting && !exec->killing;
            exec->end = exec->waiting ? SANDBOX_FAILED : known ? exec->end : SANDBOX_LOST;
            free(exec->sentence);
            exec->sentence = xstrdup(box->sentence);
        }
        tell_done(exec);
    }
}

void box_execs_drop(struct box *box)
{
    while (box->execs)
        drop(box->execs);
}
