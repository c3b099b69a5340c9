/* retry.h - which failures are tried again, and after how long.
 *
 * Two patiences, kept apart.  A failure that may pass (408, 409, 429, 5xx, a connection that broke before the
 * answer began) is tried again max_retries times, with a pause that doubles.  A server that is starting (503,
 * or connection refused where it has answered before) is waited for as long as start_timeout, at short steps.
 * Pure: time is handed in. */
#ifndef SANDGATE_MODEL_RETRY_H
#define SANDGATE_MODEL_RETRY_H

#include <stdbool.h>
#include <stdint.h>

struct refusal;

struct retry_policy {
    int max_retries;
    int64_t start_timeout; /* milliseconds */
};

/* Of one request; all zero at its start. */
struct retry {
    int tries;          /* ordinary retries so far */
    int waits;          /* times that a starting server was waited for */
    int64_t first_wait; /* clock_steady of the first of them */
};

/* Milliseconds until the next try; -1: it is given up.  WORKED: the server has answered before.  NOW:
 * clock_steady. */
int64_t retry_wait(struct retry *retry, const struct retry_policy *policy, const struct refusal *refusal,
                   bool worked, int64_t now);

/* What is being waited for, e.g. "the server is starting (503), trying again in 2 s". Caller frees. */
char *retry_sentence(const struct retry *retry, const struct retry_policy *policy,
                     const struct refusal *refusal, int64_t wait);

/* The value of Retry-After (seconds or a date) in milliseconds from WALL (clock_wall); -1: no such value. */
int64_t retry_after(const char *value, int64_t wall);

#endif
