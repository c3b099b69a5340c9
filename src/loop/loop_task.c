/* loop_task.c - what is done at the end of a turn: deferred tasks, then the hooks before the wait. */
#include "base/memory.h"
#include "loop/loop_private.h"

#include <stdlib.h>

struct loop_task {
    struct loop *loop;
    struct loop_task *next, *previous;
    void (*run)(void *data);
    void *data;
};

struct loop_hook {
    struct loop *loop;
    struct listener *listener;
    void (*before_wait)(void *data);
    void *data;
};

struct loop_task *loop_defer(struct loop *loop, void (*run)(void *data), void *data)
{
    struct loop_task *task = xcalloc(1, sizeof(*task));
    *task = (struct loop_task){ .loop = loop, .previous = loop->last_task, .run = run, .data = data };
    if (loop->last_task != NULL)
        loop->last_task->next = task;
    else
        loop->first_task = task;
    loop->last_task = task;
    return task;
}

void loop_task_cancel(struct loop_task *task)
{
    if (task == NULL)
        return;
    struct loop *loop = task->loop;
    if (task->previous != NULL)
        task->previous->next = task->next;
    else
        loop->first_task = task->next;
    if (task->next != NULL)
        task->next->previous = task->previous;
    else
        loop->last_task = task->previous;
    free(task);
}

void loop_tasks_run(struct loop *loop)
{
    while (loop->first_task != NULL) {
        struct loop_task task = *loop->first_task;
        loop_task_cancel(loop->first_task);
        task.run(task.data);
    }
}

static void run_hook(void *data, const void *matter)
{
    (void)matter;
    struct loop_hook *hook = data;
    hook->before_wait(hook->data); /* may remove itself */
}

struct loop_hook *loop_hook_add(struct loop *loop, void (*before_wait)(void *data), void *data)
{
    struct loop_hook *hook = xcalloc(1, sizeof(*hook));
    *hook = (struct loop_hook){ .loop = loop, .before_wait = before_wait, .data = data };
    hook->listener = listeners_add(&loop->hooks, run_hook, hook);
    return hook;
}

void loop_hook_remove(struct loop_hook *hook)
{
    if (hook == NULL)
        return;
    listeners_remove(&hook->loop->hooks, hook->listener);
    free(hook);
}

void loop_hooks_run(struct loop *loop)
{
    listeners_tell(&loop->hooks, NULL);
}
