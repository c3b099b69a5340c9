/* call.h - how the files of src/modal call a method; for src/modal alone (it knows protobuf).
 *
 * A method is a row: path, request, answer.  modal_unary does everything that Modal's clients do around one
 * call: metadata, auth token, idempotency key, client retries and server-asked waiting, one sentence on
 * failure (protocol: request metadata, retries).  modal_stream is one attempt of a server stream; each stream
 * has its own rule for resuming, which is its caller's. */
#ifndef SANDGATE_MODAL_CALL_H
#define SANDGATE_MODAL_CALL_H

#include "modal/client.h"
#include "modal/modal.pb-c.h"

struct grpc_result;

struct modal_method {
    const char *name; /* "SandboxCreateV2"; the path is made of it and its service */
    const ProtobufCMessageDescriptor *request, *answer;
    int retries;             /* after the first attempt; -1: the usual 3 */
    int64_t first_delay;     /* milliseconds before the first retry; 0: the usual 100 */
    bool without_auth_token; /* AuthTokenGet, the login calls */
    bool without_token;      /* the login calls: no credentials at all */
};

/* ANSWER is the unpacked answer, borrowed; NULL on failure. */
typedef void modal_answered(void *data, const struct modal_failure *failure, const void *answer);

/* DEADLINE: milliseconds for each attempt, 0: none.  REQUEST is packed before this returns.  WHAT goes into
 * the sentence: "Creating the sandbox". */
struct modal_call *modal_unary(struct modal_client *client, const struct modal_method *method,
                               const void *request, int64_t deadline, const char *what,
                               modal_answered *answered, void *data);

/* A server stream: MESSAGE per answer, then ENDED once (failure NULL: status 0). */
typedef void modal_stream_message(void *data, const void *answer);
typedef void modal_stream_ended(void *data, const struct modal_failure *failure);
struct modal_call *modal_stream(struct modal_client *client, const struct modal_method *method,
                                const void *request, int64_t deadline, const char *what,
                                modal_stream_message *message, modal_stream_ended *ended, void *data);

/* What belongs to the account and is asked for once: texts by name ("app NAME"), freed with free(). */
struct map;
struct map *modal_client_cache(struct modal_client *client);

/* --- for those who make a modal_call of several calls (image builds, tasks ...) --- */

/* The first member of what such a maker hands out; cancel is called once by modal_call_cancel. */
struct modal_call {
    void (*cancel)(struct modal_call *call);
};

/* Whether a status may be retried on both services: DEADLINE_EXCEEDED, UNAVAILABLE, CANCELLED, INTERNAL, UNKNOWN. */
bool modal_status_retryable(int status);
/* Fills FAILURE's sentence for RESULT (protocol: errors shown to the user); SENTENCE is kept by the caller's
 * buffer.  The table of sentences is failure.c. */
struct buffer;
void modal_failure_of(struct modal_failure *failure, struct buffer *sentence,
                      const struct modal_settings *settings, const char *what,
                      const struct grpc_result *result);
/* A failure that was found here: status INVALID_ARGUMENT and SENTENCE; borrowed. */
struct modal_failure modal_failure_local(const char *sentence);

/* Messages pack and unpack through these; the unpacked one is freed by modal_message_free. */
void *modal_unpack(const ProtobufCMessageDescriptor *type, const void *bytes, size_t length);
void modal_message_free(void *message);
/* Appends the packed MESSAGE. */
void modal_pack(struct buffer *out, const void *message);

#endif
