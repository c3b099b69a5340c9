/* task.c - the access to one sandbox's router: task id, address and token, fetched once for all who wait.
 *
 * V2 can be asked for access by the sandbox's id, so that runs beside the question for the task id; a sandbox
 * that is only starting refuses it, and is asked again once there is a task.  What is known stays: only the token is
 * renewed, when the router refuses it.
 *
 * Waiters are told one after the other from the loop.  Any of them may free the task as the last of its users, so
 * the telling looks whether the task is still there. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/names.h"
#include "modal/settings.h"
#include "modal/task_address.h"
#include "modal/task_private.h"
#include "wire/grpc.h"

#include <stdlib.h>
#include <string.h>

enum {
    ID_PAUSE = 500,            /* milliseconds between two questions for the task id */
    ID_PATIENCE = 5 * 60000,   /* for a task to be there */
    FIRST_CONTACT = 5 * 60000, /* for its router to listen */
    DISTRUST = 10000           /* of kept connections, after one of them was dead */
};

struct modal_task {
    struct modal_client *client;
    char *sandbox_id, *id;
    bool v2;
    char *server, *jwt, *address;
    unsigned number;
    unsigned worked;    /* number of the newest token that the router took; 0: none yet */
    bool seeded;        /* the access came with the create answer */
    bool refused_early; /* access, before the task id was known */
    bool reached;
    int64_t access_since; /* steady; when access was there first */
    int64_t fresh_until;  /* steady */

    struct modal_call *asking_id, *asking_access;
    struct loop_timer *id_pause;
    int64_t id_since; /* steady */

    struct task_waiter *waiters, *telling;
    bool *gone; /* of a telling under way */
    struct task_chore *chores;
};

static const struct modal_method get_task_id[] = {
    { "SandboxGetTaskId", &modal__sandbox_get_task_id_request__descriptor,
      &modal__sandbox_get_task_id_response__descriptor, .retries = -1 },
    { "SandboxGetTaskIdV2", &modal__sandbox_get_task_id_request__descriptor,
      &modal__sandbox_get_task_id_response__descriptor, .retries = -1 },
};
static const struct modal_method get_task_access = {
    "TaskGetCommandRouterAccess", &modal__task_get_command_router_access_request__descriptor,
    &modal__task_get_command_router_access_response__descriptor, .retries = -1
};
static const struct modal_method get_sandbox_access = {
    "SandboxGetCommandRouterAccess", &modal__sandbox_get_command_router_access_request__descriptor,
    &modal__sandbox_get_command_router_access_response__descriptor, .retries = -1
};

/* A renewed token may come with another address: the one in use stays (protocol: access). */
static void take_server(struct modal_task *task, char *server, const char *address)
{
    if (task->server) {
        if (strcmp(task->server, server) != 0)
            log_line("modal", "the command router is now also at %s", server);
        free(server);
        return;
    }
    if (task->access_since == 0)
        task->access_since = clock_steady();
    task->server = server;
    task->address = xstrdup_or_null(task_worker_address(address));
}

/* False: the URL must not be dialled. */
static bool take_access(struct modal_task *task, const char *jwt, const char *url, const char *address)
{
    char *server = task_server(modal_client_settings(task->client), url ? url : "");
    if (server == NULL || jwt == NULL || jwt[0] == '\0') {
        free(server);
        return false;
    }
    take_server(task, server, address);
    free(task->jwt);
    task->jwt = xstrdup(jwt);
    task->number++;
    log_secret(jwt);
    return true;
}

struct modal_task *modal_task_new(struct modal_client *client, const char *sandbox_id, const char *task_id,
                                  const char *jwt, const char *url)
{
    struct modal_task *task = xcalloc(1, sizeof(*task));
    task->client = client;
    task->sandbox_id = xstrdup(sandbox_id);
    task->id = task_id && task_id[0] ? xstrdup(task_id) : NULL;
    task->v2 = !modal_id_is_v1(sandbox_id);
    task->seeded = jwt && url && take_access(task, jwt, url, NULL);
    return task;
}

static void stop_asking(struct modal_task *task)
{
    modal_call_cancel(task->asking_id);
    modal_call_cancel(task->asking_access);
    loop_timer_cancel(task->id_pause);
    task->asking_id = task->asking_access = NULL;
    task->id_pause = NULL;
}

void modal_task_free(struct modal_task *task)
{
    if (task == NULL)
        return;
    if (task->gone)
        *task->gone = true;
    while (task->chores) {
        struct task_chore *chore = task->chores;
        task->chores = chore->next;
        chore->drop(chore);
    }
    stop_asking(task);
    free(task->sandbox_id);
    free(task->id);
    free(task->server);
    free(task->jwt);
    free(task->address);
    free(task);
}

struct modal_client *modal_task_client(const struct modal_task *task)
{
    return task->client;
}

const char *modal_task_id(const struct modal_task *task)
{
    return task->id;
}

bool task_access(const struct modal_task *task, struct task_access *access)
{
    if (task->id == NULL || task->server == NULL)
        return false;
    *access = (struct task_access){ task->server, task->jwt, task->address, task->number };
    return true;
}

/* --- who waits --- */

static void unlink_waiter(struct task_waiter **link, struct task_waiter *waiter)
{
    while (*link && *link != waiter)
        link = &(*link)->next;
    if (*link)
        *link = waiter->next;
}

void task_leave(struct task_waiter *waiter)
{
    if (waiter->task == NULL)
        return;
    unlink_waiter(&waiter->task->waiters, waiter);
    unlink_waiter(&waiter->task->telling, waiter);
    waiter->task = NULL;
}

static void add_waiter(struct modal_task *task, struct task_waiter *waiter)
{
    struct task_waiter **link = &task->waiters;
    while (*link)
        link = &(*link)->next;
    waiter->next = NULL;
    waiter->task = task;
    *link = waiter;
}

static void tell(struct modal_task *task, const struct modal_failure *failure)
{
    bool gone = false;
    task->gone = &gone;
    task->telling = task->waiters;
    task->waiters = NULL;
    while (!gone && task->telling) {
        struct task_waiter *waiter = task->telling;
        task->telling = waiter->next;
        waiter->task = NULL;
        waiter->told(waiter->data, failure);
    }
    if (!gone)
        task->gone = NULL;
}

static void give_up(struct modal_task *task, const struct modal_failure *failure)
{
    stop_asking(task);
    tell(task, failure);
}

static void give_up_with(struct modal_task *task, int status, const char *sentence)
{
    struct modal_failure failure = modal_failure_local(sentence);
    failure.status = status;
    give_up(task, &failure);
}

/* --- the task id --- */

static void ask_access(struct modal_task *task);
static void ask_id(void *data);

static void tell_if_complete(struct modal_task *task)
{
    if (task->id && task->jwt)
        tell(task, NULL);
    else if (task->id && task->asking_access == NULL)
        ask_access(task);
}

static void ended_early(struct modal_task *task, const Modal__GenericResult *result)
{
    bool says = result->exception && result->exception[0];
    char *sentence = says ? xasprintf("The sandbox ended before it could be used: %s", result->exception)
                          : xstrdup("The sandbox has already finished. Start a new one.");
    give_up_with(task, GRPC_NOT_FOUND, sentence);
    free(sentence);
}

static void id_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct modal_task *task = data;
    const Modal__SandboxGetTaskIdResponse *response = answer;
    task->asking_id = NULL;
    if (failure) {
        give_up(task, failure);
    } else if (response->task_id && response->task_id[0]) {
        task->id = xstrdup(response->task_id);
        tell_if_complete(task);
    } else if (response->task_result) {
        ended_early(task, response->task_result);
    } else if (clock_steady() - task->id_since > ID_PATIENCE) {
        give_up_with(
            task, GRPC_DEADLINE_EXCEEDED,
            "The sandbox was not started within five minutes: Modal has no room for it now. Try again, "
            "or ask for less.");
    } else {
        task->id_pause = loop_timer_add(modal_client_loop(task->client), ID_PAUSE, ask_id, task);
    }
}

static void ask_id(void *data)
{
    struct modal_task *task = data;
    task->id_pause = NULL;
    Modal__SandboxGetTaskIdRequest request = MODAL__SANDBOX_GET_TASK_ID_REQUEST__INIT;
    request.sandbox_id = task->sandbox_id;
    task->asking_id = modal_unary(task->client, &get_task_id[task->v2], &request, 0,
                                  "Finding the sandbox's container", id_answered, task);
}

/* --- access --- */

static void access_failed(struct modal_task *task, const struct modal_failure *failure)
{
    bool perhaps_early =
        task->id == NULL && (failure->status == GRPC_FAILED_PRECONDITION ||
                             failure->status == GRPC_NOT_FOUND || failure->status == GRPC_UNAVAILABLE);
    if (perhaps_early && (task->asking_id || task->id_pause))
        return; /* asked again when there is a task */
    if (failure->status == GRPC_FAILED_PRECONDITION)
        give_up_with(task, GRPC_NOT_FOUND,
                     "The sandbox is not running any more: nothing can be run in it. Start a new one.");
    else
        give_up(task, failure);
}

static void access_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct modal_task *task = data;
    task->asking_access = NULL;
    if (failure) {
        access_failed(task, failure);
        return;
    }
    const Modal__TaskGetCommandRouterAccessResponse *v1 = answer;
    const Modal__SandboxGetCommandRouterAccessResponse *v2 = answer;
    bool taken = task->v2 ? take_access(task, v2->jwt, v2->url, v2->worker_ipv4_address)
                          : take_access(task, v1->jwt, v1->url, NULL);
    task->seeded = false;
    if (taken)
        tell_if_complete(task);
    else
        give_up_with(
            task, GRPC_INTERNAL,
            "Modal gave no usable address of the sandbox's command router: it must begin with https://.");
}

static void ask_access(struct modal_task *task)
{
    static const char what[] = "Getting access to the sandbox";
    if (task->v2) {
        Modal__SandboxGetCommandRouterAccessRequest request =
            MODAL__SANDBOX_GET_COMMAND_ROUTER_ACCESS_REQUEST__INIT;
        request.target_case = MODAL__SANDBOX_GET_COMMAND_ROUTER_ACCESS_REQUEST__TARGET_SANDBOX_ID;
        request.sandbox_id = task->sandbox_id;
        task->asking_access =
            modal_unary(task->client, &get_sandbox_access, &request, 0, what, access_answered, task);
    } else {
        Modal__TaskGetCommandRouterAccessRequest request =
            MODAL__TASK_GET_COMMAND_ROUTER_ACCESS_REQUEST__INIT;
        request.task_id = task->id;
        task->asking_access =
            modal_unary(task->client, &get_task_access, &request, 0, what, access_answered, task);
    }
}

void task_wait_access(struct modal_task *task, struct task_waiter *waiter)
{
    add_waiter(task, waiter);
    if (task->id == NULL && task->asking_id == NULL && task->id_pause == NULL) {
        task->id_since = clock_steady();
        ask_id(task);
    }
    if (task->jwt == NULL && task->asking_access == NULL && (task->v2 || task->id))
        ask_access(task);
}

bool task_wait_renewal(struct modal_task *task, struct task_waiter *waiter, unsigned number)
{
    if (number != task->number)
        return false;
    add_waiter(task, waiter);
    if (task->asking_access == NULL)
        ask_access(task);
    return true;
}

void task_token_works(struct modal_task *task, unsigned number)
{
    if (number > task->worked)
        task->worked = number;
}

bool task_token_worked(const struct modal_task *task, unsigned number)
{
    return number <= task->worked;
}

/* --- the first contact --- */

void task_reached(struct modal_task *task)
{
    task->reached = true;
}

void task_distrust_connections(struct modal_task *task)
{
    task->fresh_until = clock_steady() + DISTRUST;
}

bool task_wants_fresh(const struct modal_task *task)
{
    return clock_steady() < task->fresh_until;
}

/* The access that came along with the sandbox may be stale, and a worker's own address out of reach. */
static bool forget_what_fails(struct modal_task *task)
{
    bool forgot = task->address != NULL || task->seeded;
    free(task->address);
    task->address = NULL;
    if (task->seeded) {
        free(task->server);
        free(task->jwt);
        task->server = task->jwt = NULL;
        task->seeded = false;
    }
    return forgot;
}

int64_t task_not_reached(struct modal_task *task, int attempt)
{
    static const int seconds[] = { 1, 2, 4, 8, 10 };
    if (task->reached)
        return -1;
    if (forget_what_fails(task))
        return 0;
    if (clock_steady() - task->access_since > FIRST_CONTACT)
        return -1;
    int last = (int)ARRAY_SIZE(seconds) - 1;
    return seconds[attempt < last ? attempt : last] * 1000;
}

/* --- chores --- */

void task_chore_add(struct modal_task *task, struct task_chore *chore)
{
    chore->next = task->chores;
    task->chores = chore;
}

void task_chore_remove(struct modal_task *task, struct task_chore *chore)
{
    struct task_chore **link = &task->chores;
    while (*link && *link != chore)
        link = &(*link)->next;
    if (*link)
        *link = chore->next;
}
