/* task_call.h - how the files of src/modal call the command router; for src/modal alone.
 *
 * The rules of the router: only the bearer token as metadata; up to 10 retries from 0.01 s doubling; one renewal
 * of the token and the same call again on UNAUTHENTICATED, a second one is final unless the renewed token has worked
 * for another call, for then it is over, too (a call may outlive many tokens); connect errors of the first
 * five minutes are waited out; NOT_FOUND is final (protocol: retries of the command router).
 *
 * Every call waits for task id and access first, so a request is built by FILL when it is sent, anew for each
 * attempt; what FILL returns is borrowed until it is called again. */
#ifndef SANDGATE_MODAL_TASK_CALL_H
#define SANDGATE_MODAL_TASK_CALL_H

#include "modal/call.h"
#include "modal/task.h"

enum {
    TASK_RETRIES = 10,
    TASK_FIRST_DELAY = 10, /* milliseconds, doubled by each retry */
    /* Milliseconds that the network may be away under a program that runs: what the server says is bound by the
     * retries, but a broken line says nothing of the program. */
    TASK_OUTAGE = 60000,
    TASK_OUTAGE_DELAY = 2000, /* between two tries at most */
};

/* How long and how often. */
struct modal_patience {
    int64_t attempt; /* milliseconds for one attempt; 0: none */
    int64_t overall; /* milliseconds for all of it: DEADLINE_EXCEEDED and CANCELLED are then final; 0: none */
    bool endless;    /* TaskExecWait: attempts follow each other after 1 s until OVERALL */
    bool outage;     /* broken connections are borne for TASK_OUTAGE */
};

typedef const void *modal_task_fill(void *data, const char *task_id);
/* As modal_unary. */
struct modal_call *modal_task_unary(struct modal_task *task, const struct modal_method *method,
                                    modal_task_fill *fill, const struct modal_patience *patience,
                                    const char *what, modal_answered *answered, void *data);
/* For use in ANSWERED, on failure: no attempt can have had an effect. */
bool modal_task_untouched(const struct modal_call *call);
/* The same: it is the router that refused, not the way to it. */
bool modal_task_heard(const struct modal_call *call);

/* One attempt of a server stream, with the same care for the token; resuming is the caller's (it asks again with
 * its offset). DEADLINE in milliseconds, 0: none. */
struct modal_call *modal_task_stream(struct modal_task *task, const struct modal_method *method,
                                     modal_task_fill *fill, int64_t deadline, const char *what,
                                     modal_stream_message *message, modal_stream_ended *ended, void *data);
/* Stops and goes on reading a stream; a message may come once more of what had arrived. */
void modal_task_stream_pause(struct modal_call *stream, bool pause);

/* One attempt of a client stream. WANTS says that nothing waits to be sent, first when the stream is open;
 * it is answered by modal_task_send and at last modal_task_send_end. */
struct modal_call *modal_task_upload(struct modal_task *task, const struct modal_method *method,
                                     const char *what, void (*wants)(void *data), modal_answered *answered,
                                     void *data);
void modal_task_send(struct modal_call *upload, const void *message);
void modal_task_send_end(struct modal_call *upload);

#endif
