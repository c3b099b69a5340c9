/* exec_wait.c - TaskExecWait is held open by the router for a minute at a time; TaskExecPoll answers at once. */
#include "modal/exec_wait.h"

#include "base/memory.h"
#include "modal/task_call.h"
#include "wire/grpc.h"

#include <stdlib.h>

enum { WAIT_ATTEMPT = 60000, LOOK_ATTEMPT = 30000 /* milliseconds */ };

struct exec_wait {
    struct modal_task *task;
    const char *exec_id;
    exec_wait_told *told;
    void *data;
    struct modal_call *call;
    union {
        Modal__TaskExecWaitRequest wait;
        Modal__TaskExecPollRequest poll;
    } request;
};

static const struct modal_method wait_method = { "TaskExecWait", &modal__task_exec_wait_request__descriptor,
                                                 &modal__task_exec_wait_response__descriptor, .retries = -1 };
static const struct modal_method poll_method = { "TaskExecPoll", &modal__task_exec_poll_request__descriptor,
                                                 &modal__task_exec_poll_response__descriptor, .retries = -1 };

static void tell(struct exec_wait *wait, const struct modal_failure *failure, const struct exec_end *end)
{
    exec_wait_told *told = wait->told;
    void *data = wait->data;
    free(wait);
    told(data, failure, end);
}

static void waited(void *data, const struct modal_failure *failure, const void *answer)
{
    const Modal__TaskExecWaitResponse *response = answer;
    struct exec_end end = { 0 };
    if (failure) {
        tell(data, failure, NULL);
    } else if (response->exit_status_case == MODAL__TASK_EXEC_WAIT_RESPONSE__EXIT_STATUS_CODE) {
        end.code = response->code;
        tell(data, NULL, &end);
    } else if (response->exit_status_case == MODAL__TASK_EXEC_WAIT_RESPONSE__EXIT_STATUS_SIGNAL) {
        end = (struct exec_end){ .code = -1, .signal = response->signal };
        tell(data, NULL, &end);
    } else {
        struct modal_failure nothing = modal_failure_local(
            "Modal says that the program has ended, but not how: its exit code is not known.");
        nothing.status = GRPC_INTERNAL;
        tell(data, &nothing, NULL);
    }
}

static void looked(void *data, const struct modal_failure *failure, const void *answer)
{
    const Modal__TaskExecPollResponse *response = answer;
    struct exec_end end = { 0 };
    if (failure) {
        tell(data, failure, NULL);
    } else if (response->exit_status_case == MODAL__TASK_EXEC_POLL_RESPONSE__EXIT_STATUS_CODE) {
        end.code = response->code;
        tell(data, NULL, &end);
    } else if (response->exit_status_case == MODAL__TASK_EXEC_POLL_RESPONSE__EXIT_STATUS_SIGNAL) {
        end = (struct exec_end){ .code = -1, .signal = response->signal };
        tell(data, NULL, &end);
    } else {
        tell(data, NULL, NULL);
    }
}

static const void *fill_wait(void *data, const char *task_id)
{
    struct exec_wait *wait = data;
    wait->request.wait = (Modal__TaskExecWaitRequest)MODAL__TASK_EXEC_WAIT_REQUEST__INIT;
    wait->request.wait.task_id = (char *)task_id;
    wait->request.wait.exec_id = (char *)wait->exec_id;
    return &wait->request.wait;
}

static const void *fill_poll(void *data, const char *task_id)
{
    struct exec_wait *wait = data;
    wait->request.poll = (Modal__TaskExecPollRequest)MODAL__TASK_EXEC_POLL_REQUEST__INIT;
    wait->request.poll.task_id = (char *)task_id;
    wait->request.poll.exec_id = (char *)wait->exec_id;
    return &wait->request.poll;
}

static struct exec_wait *new_wait(struct modal_task *task, const char *exec_id, exec_wait_told *told,
                                  void *data)
{
    struct exec_wait *wait = xcalloc(1, sizeof(*wait));
    wait->task = task;
    wait->exec_id = exec_id;
    wait->told = told;
    wait->data = data;
    return wait;
}

struct exec_wait *exec_wait_start(struct modal_task *task, const char *exec_id, int64_t limit,
                                  exec_wait_told *told, void *data)
{
    struct modal_patience patience = { .attempt = WAIT_ATTEMPT, .overall = limit, .endless = true };
    struct exec_wait *wait = new_wait(task, exec_id, told, data);
    wait->call = modal_task_unary(task, &wait_method, fill_wait, &patience, "Waiting for the program's end",
                                  waited, wait);
    return wait;
}

struct exec_wait *exec_wait_look(struct modal_task *task, const char *exec_id, exec_wait_told *told,
                                 void *data)
{
    static const struct modal_patience patience = { .attempt = LOOK_ATTEMPT };
    struct exec_wait *wait = new_wait(task, exec_id, told, data);
    wait->call =
        modal_task_unary(task, &poll_method, fill_poll, &patience, "Asking for the program", looked, wait);
    return wait;
}

void exec_wait_cancel(struct exec_wait *wait)
{
    if (wait == NULL)
        return;
    modal_call_cancel(wait->call);
    free(wait);
}
