/* call.c - what all calls share: how one is cancelled, which failures pass by themselves, how messages are packed. */
#include "modal/call.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "wire/grpc.h"

void modal_call_cancel(struct modal_call *call)
{
    if (call != NULL)
        call->cancel(call);
}

bool modal_status_retryable(int status)
{
    return status == GRPC_DEADLINE_EXCEEDED || status == GRPC_UNAVAILABLE || status == GRPC_CANCELLED ||
           status == GRPC_INTERNAL || status == GRPC_UNKNOWN;
}

void *modal_unpack(const ProtobufCMessageDescriptor *type, const void *bytes, size_t length)
{
    return protobuf_c_message_unpack(type, NULL, length, bytes);
}

void modal_message_free(void *message)
{
    protobuf_c_message_free_unpacked(message, NULL);
}

/* Who makes messages keeps them below the ceiling. */
void modal_pack(struct buffer *out, const void *message)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    char *room = buffer_reserve(out, length);
    if (room == NULL)
        bug("a message of %zu bytes was to be sent", length);
    protobuf_c_message_pack(message, (uint8_t *)room);
    buffer_added(out, length);
}
