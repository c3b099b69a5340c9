/* exec_wait.h - the end of a program, by one long wait after the other; for src/modal alone. */
#ifndef SANDGATE_MODAL_EXEC_WAIT_H
#define SANDGATE_MODAL_EXEC_WAIT_H

#include "modal/task.h"

struct exec_wait;
struct exec_end {
    int code;   /* -1 when signalled */
    int signal; /* 0: none */
};
/* END is NULL on failure: it cannot be known. */
typedef void exec_wait_told(void *data, const struct modal_failure *failure, const struct exec_end *end);

/* LIMIT in milliseconds, 0: as long as it runs. EXEC_ID is borrowed for its life. */
struct exec_wait *exec_wait_start(struct modal_task *task, const char *exec_id, int64_t limit,
                                  exec_wait_told *told, void *data);
/* One look: END is NULL, and FAILURE too, while it runs. */
struct exec_wait *exec_wait_look(struct modal_task *task, const char *exec_id, exec_wait_told *told,
                                 void *data);
void exec_wait_cancel(struct exec_wait *wait); /* NULL is fine; it frees itself after it has told */

#endif
