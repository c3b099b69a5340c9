/* file_chore.c - one request or one exec, kept by the task; how it ends interests nobody. */
#include "modal/file_chore.h"

#include "base/memory.h"
#include "modal/exec_input.h"
#include "modal/task_private.h"

#include <stdlib.h>

struct chore {
    struct task_chore base; /* first */
    struct modal_task *task;
    struct exec_input *input;
    struct modal_exec *exec;
};

static void drop(struct task_chore *base)
{
    struct chore *chore = (struct chore *)base;
    exec_input_free(chore->input);
    modal_exec_forget(chore->exec);
    free(chore);
}

static struct chore *new_chore(struct modal_task *task)
{
    struct chore *chore = xcalloc(1, sizeof(*chore));
    chore->base.drop = drop;
    chore->task = task;
    task_chore_add(task, &chore->base);
    return chore;
}

static void over(struct chore *chore)
{
    task_chore_remove(chore->task, &chore->base);
    drop(&chore->base);
}

static void input_over(void *data)
{
    over(data);
}

static void input_failed(void *data, const struct modal_failure *failure)
{
    (void)failure;
    over(data);
}

void file_chore_end_input(struct modal_task *task, const char *exec_id)
{
    static const struct exec_input_events events = { input_over, input_failed };
    struct chore *chore = new_chore(task);
    chore->input = exec_input_new(task, exec_id, &events, chore);
    exec_input_end(chore->input);
    exec_input_open(chore->input);
}

static void kill_over(void *data, const struct modal_exec_result *result)
{
    struct chore *chore = data;
    (void)result;
    chore->exec = NULL;
    over(chore);
}

void file_chore_kill(struct modal_task *task, const char *exec_id)
{
    static const char script[] =
        "for process in /proc/[0-9]*; do\n"
        "grep -aqs \"" FILE_MARK "=$1\" \"$process/environ\" && kill -9 \"${process#/proc/}\"\n"
        "done";
    static const struct modal_exec_events events = { .done = kill_over };
    const char *argv[] = { "/bin/sh", "-c", script, "sh", exec_id, NULL };
    struct chore *chore = new_chore(task);
    char id[37];
    modal_uuid(id);
    struct modal_exec_spec spec = { .exec_id = id, .argv = argv, .timeout = 30, .discard_output = true };
    chore->exec = modal_exec_start(task, &spec, &events, chore);
}
