/* sandbox_record.h - what a session's log says of its sandbox: a fold of the events of the type sandbox.
 *
 * Asked by whoever opens a session's sandbox again: the session itself when it is resumed, and pull. */
#ifndef SANDGATE_AGENT_SANDBOX_RECORD_H
#define SANDGATE_AGENT_SANDBOX_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct event;

struct sandbox_record {
    char *id;              /* of the sandbox that may still be there; NULL: none */
    char *snapshot;        /* id of the newest snapshot; NULL: none */
    int64_t snapshot_time; /* clock_wall */
    bool unchanged;        /* the programs in it were the image's own */
    bool restless;         /* a call left something running in sandbox `id`, or its end is not known */
    char *programs;        /* SHA-256 of the list of the image's programs, of sandbox `id`; NULL: none */
};

/* Takes events of the types sandbox and ended. Events of another BACKEND are passed over. In the order of the log. */
void sandbox_record_take(struct sandbox_record *record, const char *backend, const struct event *event);
void sandbox_record_release(struct sandbox_record *record);

#endif
