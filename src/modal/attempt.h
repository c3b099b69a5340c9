/* attempt.h - one try of a method of the control plane; for unary.c and stream.c.
 *
 * Waits for the auth token where one is needed, sends, and tells of messages and the end.  An auth token that
 * the server does not accept any more is replaced, once, without the maker's noticing. */
#ifndef SANDGATE_MODAL_ATTEMPT_H
#define SANDGATE_MODAL_ATTEMPT_H

#include "base/buffer.h"
#include "modal/auth.h"
#include "modal/call.h"
#include "wire/grpc.h"

struct loop_task;

struct modal_attempt_events {
    void (*message)(void *data, const void *bytes, size_t length);
    /* Last; one of both. FAILURE: there was no signing in, which is final. */
    void (*ended)(void *data, const struct grpc_result *result, const struct modal_failure *failure);
};

/* The first part is filled by its maker and stays as it is until the end. */
struct modal_attempt {
    struct modal_client *client;
    const struct modal_method *method;
    struct buffer request;    /* packed; freed by modal_attempt_release */
    int64_t deadline;         /* milliseconds; 0: none */
    const char *const *extra; /* metadata of this try, NULL-terminated; NULL: none; the maker's */
    bool fresh;               /* on a new connection */
    const struct modal_attempt_events *events;
    void *data;

    struct modal_auth_wait *wait;
    struct loop_task *telling; /* of what is wrong before anything is sent */
    struct grpc_call *grpc;
    char *token; /* the auth token in use; NULL: none */
    bool renewed, heard;
};

void modal_attempt_start(struct modal_attempt *attempt);
/* No event comes any more; may be started again. */
void modal_attempt_cancel(struct modal_attempt *attempt);
void modal_attempt_release(struct modal_attempt *attempt); /* cancelled before */

#endif
