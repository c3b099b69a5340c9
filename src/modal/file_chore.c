/* file_chore.c - the helper's exec, and the one that kills it, kept by the task; how they end interests nobody. */
#include "modal/file_chore.h"

#include "base/memory.h"
#include "base/random.h"
#include "modal/task_private.h"

#include <stdlib.h>
#include <string.h>

struct chore {
    struct task_chore base; /* first */
    struct modal_task *task;
    struct modal_exec *helper, *killer;
    char id[UUID_TEXT];
};

static void drop(struct task_chore *base)
{
    struct chore *chore = (struct chore *)base;
    modal_exec_forget(chore->helper);
    modal_exec_forget(chore->killer);
    free(chore);
}

static void over(struct chore *chore)
{
    task_chore_remove(chore->task, &chore->base);
    drop(&chore->base);
}

static struct chore *new_chore(struct modal_task *task, struct modal_exec *helper)
{
    struct chore *chore = xcalloc(1, sizeof(*chore));
    chore->base.drop = drop;
    chore->task = task;
    chore->helper = helper;
    task_chore_add(task, &chore->base);
    return chore;
}

static void helper_done(void *data, const struct modal_exec_result *result)
{
    struct chore *chore = data;
    (void)result;
    chore->helper = NULL;
    over(chore);
}

void file_chore_end_input(struct modal_task *task, struct modal_exec *exec)
{
    static const struct modal_exec_events events = { .done = helper_done };
    struct chore *chore = new_chore(task, exec);
    modal_exec_hand_over(exec, &events, chore);
    modal_exec_end_input(exec);
}

static void killer_done(void *data, const struct modal_exec_result *result)
{
    struct chore *chore = data;
    (void)result;
    chore->killer = NULL;
    over(chore);
}

static void kill_helper(void *data)
{
    static const char script[] =
        "for process in /proc/[0-9]*; do\n"
        "grep -aqs \"" FILE_MARK "=$1\" \"$process/environ\" && kill -9 \"${process#/proc/}\"\n"
        "done";
    static const struct modal_exec_events events = { .done = killer_done };
    struct chore *chore = data;
    const char *argv[] = { "/bin/sh", "-c", script, "sh", chore->id, NULL };
    char id[UUID_TEXT];
    random_uuid(id);
    struct modal_exec_spec spec = { .exec_id = id, .argv = argv, .timeout = 30, .discard_output = true };
    chore->killer = modal_exec_start(chore->task, &spec, &events, chore);
}

void file_chore_kill(struct modal_task *task, struct modal_exec *exec, const char *exec_id)
{
    static const struct modal_exec_events events = { .started = kill_helper, .done = helper_done };
    struct chore *chore = new_chore(task, exec);
    strncpy(chore->id, exec_id, sizeof(chore->id) - 1);
    modal_exec_hand_over(exec, &events, chore);
    modal_exec_leave_input(exec);
    if (modal_exec_started(exec))
        kill_helper(chore);
}
