/* modal_exec_end.c - how a program in a box ends: by itself, by force, or with its connection; and whom it left
 * running.
 *
 * A cancel is over when the killer (modal_kill.c) has found nobody left.  One that nobody answers is not claimed to
 * be done: the exec is then lost, and the session says that it is not known whether it ended. */
#include "sandbox/modal_exec_inside.h"

#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"

#include <stdlib.h>
#include <string.h>

enum {
    NOT_FOUND = 5, /* of gRPC */
    OBEY = 30000,  /* milliseconds that an end by force may take */
    AGAIN = 300,   /* before the killer looks once more */
    SURVIVORS = 20,
    /* Milliseconds that output is waited for after its end, of silence and in all: when it left somebody who may
     * hold it open, and when nobody is known. */
    SILENCE = 700,
    LINGER = 3000,
    LONG_SILENCE = 5000,
    LONG_LINGER = 60000,
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
void box_exec_drop(struct box_exec *exec)
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
bool box_exec_called(struct box_exec *exec)
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
    box_exec_drop(exec);
    exec->events.done(exec->data, &result);
    free(survivors);
    box_exec_called(exec);
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

void box_exec_tell_soon(struct box_exec *exec)
{
    if (!exec->later)
        exec->later = loop_defer(exec->box->loop, tell_done_later, exec);
}

/* All is known. What is over is told when nobody has paused it. */
static void finish(struct box_exec *exec, enum sandbox_end end)
{
    exec->ended = true;
    exec->end = end;
    stop_timers(exec);
    box_exec_tell_soon(exec);
}

void box_exec_fail(struct box_exec *exec, const char *sentence)
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

/* What had just been started may not have had its mark yet: who still runs after a while is looked for again. */
static void killer_done(void *data, const struct box_tool_result *result)
{
    struct box_exec *exec = data;
    exec->tool = NULL;
    if (exec->run)
        exec->again = loop_timer_add(exec->box->loop, AGAIN, box_exec_send_killer, exec);
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

void box_exec_send_killer(void *data)
{
    struct box_exec *exec = data;
    exec->again = NULL;
    box_tool_cancel(exec->tool);
    exec->tool = box_kill(exec->box, exec->id, killer_done, exec);
}

/* What is to go does not wait for anybody who paused it. */
void box_exec_kill(struct box_exec *exec, enum sandbox_end why)
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
        box_exec_send_killer(exec);
}

void box_exec_over_time(void *data)
{
    struct box_exec *exec = data;
    exec->limit = NULL;
    box_exec_kill(exec, SANDBOX_TIMED_OUT);
}

/* --- its own end, and whom it left --- */

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
void box_exec_has_ended(void *data)
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
    if (!exec->first_over && !box_exec_tell_first(exec))
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

void box_exec_run_done(void *data, const struct modal_exec_result *result)
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
        box_exec_drop(box->execs);
}
