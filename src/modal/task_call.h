/* task_call.h - how the files of src/modal call the command router; for src/modal alone.
 *
 * The rules of the router: only the bearer token as metadata; up to 10 retries from 0.01 s doubling; one renewal
 * of the token and the same call again on UNAUTHENTICATED, a second one is final; connect errors of the first
 * five minutes are waited out; NOT_FOUND is final (protocol: retries of the command router). */
#ifndef SANDGATE_MODAL_TASK_CALL_H
#define SANDGATE_MODAL_TASK_CALL_H

#include "modal/call.h"
#include "modal/task.h"

/* How long and how often. */
struct modal_patience {
    int64_t attempt; /* milliseconds for one attempt; 0: none */
    int64_t overall; /* milliseconds for all of it: DEADLINE_EXCEEDED and CANCELLED are then final; 0: none */
    bool endless;    /* TaskExecWait: attempts follow each other after 1 s until OVERALL */
};

/* As modal_unary; the task id is put into REQUEST's field by the caller (modal_task_id is known by then: the
 * call waits for modal_task_ready first, so REQUEST is built by FILL when it is). FILL's message is borrowed
 * during the call of FILL's caller only. */
typedef const void *modal_task_fill(void *data, const char *task_id);
struct modal_call *modal_task_unary(struct modal_task *task, const struct modal_method *method,
                                    modal_task_fill *fill, const struct modal_patience *patience,
                                    const char *what, modal_answered *answered, void *data);
/* One attempt of a server stream, with the same care for the token; resuming is the caller's (it asks again with
 * its offset). DEADLINE in milliseconds, 0: none. */
struct modal_call *modal_task_stream(struct modal_task *task, const struct modal_method *method,
                                     modal_task_fill *fill, int64_t deadline, const char *what,
                                     modal_stream_message *message, modal_stream_ended *ended, void *data);
/* Stops and goes on reading a stream. */
void modal_task_stream_pause(struct modal_call *stream, bool pause);
/* The same for a client stream: the caller sends packed messages through grpc on DRAINED (see exec_input.c). */

#endif
