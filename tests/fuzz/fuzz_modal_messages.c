/* fuzz_modal_messages.c - answers of Modal's services that nobody sent: the first byte says of which kind.
 * Reading them does no harm, and what is made of them stays in its bounds. */
#include "base/memory.h"
#include "modal/call.h"
#include "modal/jwt.h"
#include "modal/retry_policy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const ProtobufCMessageDescriptor *const types[] = {
    &modal__rpcstatus__descriptor,
    &modal__auth_token_get_response__descriptor,
    &modal__client_hello_response__descriptor,
    &modal__token_info_get_response__descriptor,
    &modal__image_join_streaming_response__descriptor,
    &modal__sandbox_list_response__descriptor,
    &modal__task_exec_wait_response__descriptor,
    &modal__task_exec_stdio_read_response__descriptor,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t wait = 0;
    if (size == 0)
        return 0;
    const ProtobufCMessageDescriptor *type = types[data[0] % ARRAY_SIZE(types)];
    void *message = modal_unpack(type, data + 1, size - 1);
    if (modal_retry_policy_read(data + 1, size - 1, &wait) && (wait < 0 || wait > 24 * 3600 * 1000))
        abort();
    if (message != NULL && type == &modal__auth_token_get_response__descriptor) {
        const Modal__AuthTokenGetResponse *response = message;
        if (response->token != NULL && modal_jwt_expiry(response->token) < 0)
            abort();
    }
    modal_message_free(message);
    return 0;
}
