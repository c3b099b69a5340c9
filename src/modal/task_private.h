/* task_private.h - what the files of one task share: access to its router, and who waits for it. */
#ifndef SANDGATE_MODAL_TASK_PRIVATE_H
#define SANDGATE_MODAL_TASK_PRIVATE_H

#include "modal/task_call.h"

struct grpc_result;

/* One who waits for access or for a new token. FAILURE NULL: it is there. */
struct task_waiter {
    struct task_waiter *next;
    struct modal_task *task; /* NULL: does not wait */
    void (*told)(void *data, const struct modal_failure *failure);
    void *data;
};

/* Where and with what the router is called; borrowed until the loop goes on. */
struct task_access {
    const char *server, *jwt;
    const char *address; /* NULL: as the name resolves */
    unsigned number;     /* rises with every new token */
};

/* False: not known; task_wait_access then. */
bool task_access(const struct modal_task *task, struct task_access *access);
void task_wait_access(struct modal_task *task, struct task_waiter *waiter);
/* The token with NUMBER was refused: one is fetched for all who wait. False: there is a newer one already. */
bool task_wait_renewal(struct modal_task *task, struct task_waiter *waiter, unsigned number);
/* The router took the token with NUMBER; when it refuses it later, that token is over. */
void task_token_works(struct modal_task *task, unsigned number);
/* That token or a newer one. */
bool task_token_worked(const struct modal_task *task, unsigned number);
void task_leave(struct task_waiter *waiter);

/* The router has answered. */
void task_reached(struct modal_task *task);
/* A kept connection broke before any answer: the others may be as dead, so new ones are made for a while. */
void task_distrust_connections(struct modal_task *task);
bool task_wants_fresh(const struct modal_task *task);
/* No connection to the router could be made. Milliseconds after which it is worth another try that counts as
 * none, ATTEMPT the number of those so far; -1: it was reached before, or five minutes have passed. */
int64_t task_not_reached(struct modal_task *task, int attempt);

/* Something small that must still be sent when its asker is gone (end a helper's input). The task keeps it
 * until it is over. */
struct task_chore {
    struct task_chore *next;
    void (*drop)(struct task_chore *chore); /* stops and frees it: the task goes */
};
void task_chore_add(struct modal_task *task, struct task_chore *chore);
void task_chore_remove(struct modal_task *task, struct task_chore *chore);

#endif
