/* retry_policy.c - see the header. */
#include "modal/retry_policy.h"

#include "base/memory.h"
#include "modal/call.h"

#include <string.h>

#define TYPE "/modal.client.RPCRetryPolicy"
enum { WAIT_MOST = 24 * 3600 * 1000 };

static bool is_policy(const Modal__Any *detail)
{
    size_t length = detail->type_url != NULL ? strlen(detail->type_url) : 0;
    return length >= sizeof(TYPE) - 1 && strcmp(detail->type_url + length - (sizeof(TYPE) - 1), TYPE) == 0;
}

static bool read_policy(const Modal__Any *detail, int64_t *wait)
{
    Modal__RPCRetryPolicy *policy =
        modal_unpack(&modal__rpcretry_policy__descriptor, detail->value.data, detail->value.len);
    if (policy == NULL)
        return false;
    double wanted = (double)policy->retry_after_secs * 1000.0;
    *wait = wanted > 0 ? (wanted < WAIT_MOST ? (int64_t)wanted : WAIT_MOST) : 0;
    modal_message_free(policy);
    return true;
}

bool modal_retry_policy_read(const void *details, size_t length, int64_t *wait)
{
    Modal__RPCStatus *status = modal_unpack(&modal__rpcstatus__descriptor, details, length);
    bool found = false;
    for (size_t i = 0; status != NULL && i < status->n_details && !found; i++)
        found = is_policy(status->details[i]) && read_policy(status->details[i], wait);
    modal_message_free(status);
    return found;
}
