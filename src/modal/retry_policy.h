/* retry_policy.h - whether the details of a failure ask for the same call again (protocol: RPCRetryPolicy). */
#ifndef SANDGATE_MODAL_RETRY_POLICY_H
#define SANDGATE_MODAL_RETRY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *WAIT in milliseconds, from 0 to a day.  What cannot be read asks for nothing. */
bool modal_retry_policy_read(const void *details, size_t length, int64_t *wait);

#endif
