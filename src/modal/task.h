/* task.h - the command router of one running sandbox: access, its token, and calls on it.
 *
 * A task is the running container.  Its router is reached with a bearer token of its own, which is renewed
 * once, for all waiting calls together, when the router answers UNAUTHENTICATED (protocol: command router).
 * The public part; methods are called through task_call.h. */
#ifndef SANDGATE_MODAL_TASK_H
#define SANDGATE_MODAL_TASK_H

#include "modal/client.h"

struct modal_task;

/* SANDBOX_ID decides by its shape whether V1 or V2 calls give access.  TASK_ID NULL: asked for (and waited
 * for, up to five minutes) when first needed.  JWT and URL: the access that the create answer brought, or
 * NULL.  Copied. */
struct modal_task *modal_task_new(struct modal_client *client, const char *sandbox_id, const char *task_id,
                                  const char *jwt, const char *url);
/* Every exec, stream and request of it must have been freed or cancelled. */
void modal_task_free(struct modal_task *task);
struct modal_client *modal_task_client(const struct modal_task *task);
const char *modal_task_id(const struct modal_task *task); /* NULL: not known yet */
/* Makes sure that task id and access are known and the router answers; ID is the task's. */
struct modal_call *modal_task_ready(struct modal_task *task, modal_named *ready, void *data);

#endif
