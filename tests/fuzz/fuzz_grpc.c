/* fuzz_grpc.c - the first byte says how the body is cut, the second how long the text of a trailer is that comes
 * before it.  The messages must be those of the whole; what is decoded must be good text. */
#include "base/buffer.h"
#include "base/utf8.h"
#include "wire/grpc.h"
#include "wire/grpc_frames.h"
#include "wire/grpc_status.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* False: nothing after it can be read. */
static bool take(struct grpc_frames *frames, const char *bytes, size_t length, struct buffer *messages)
{
    while (length > 0) {
        const char *message;
        size_t message_length;
        enum grpc_frames_result result = grpc_frames_next(frames, &bytes, &length, &message, &message_length);
        if (result != GRPC_FRAMES_MORE)
            buffer_append_byte(messages, (char)result);
        if (result == GRPC_FRAMES_COMPRESSED || result == GRPC_FRAMES_TOO_LONG)
            return false;
        if (result == GRPC_FRAMES_MESSAGE) {
            buffer_append(messages, &message_length, sizeof(message_length));
            buffer_append(messages, message, message_length);
        }
    }
    return true;
}

static void parse(struct buffer *messages, const char *bytes, size_t length, size_t piece)
{
    struct grpc_frames frames;
    grpc_frames_init(&frames);
    while (length > 0) {
        size_t count = length < piece ? length : piece;
        if (!take(&frames, bytes, count, messages))
            break;
        bytes += count;
        length -= count;
    }
    if (frames.message.capacity > 4 * (frames.message.length + 64 + length) &&
        frames.message.capacity > 1 << 19)
        abort(); /* memory for a promise */
    grpc_frames_release(&frames);
}

static void decode(const char *text)
{
    struct buffer message = BUFFER_INIT, binary = BUFFER_INIT;
    int status = grpc_status_read(text);
    grpc_message_decode(&message, text);
    if (status < -1 || !utf8_valid(message.data, message.length) || strlen(message.data) != message.length)
        abort();
    if (!grpc_binary_decode(&binary, text) && binary.length > 0)
        abort();
    if (binary.length > strlen(text))
        abort();
    buffer_release(&message);
    buffer_release(&binary);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t text_length = data[1] < size - 2 ? data[1] : size - 2;
    struct buffer text = BUFFER_INIT, whole = BUFFER_INIT, pieces = BUFFER_INIT;
    buffer_append(&text, data + 2, text_length);
    decode(text.data);
    const char *body = (const char *)data + 2 + text_length;
    size_t length = size - 2 - text_length;
    parse(&whole, body, length, size);
    parse(&pieces, body, length, data[0] % 16 + 1);
    if (whole.length != pieces.length || memcmp(whole.data, pieces.data, whole.length) != 0)
        abort();
    buffer_release(&text);
    buffer_release(&whole);
    buffer_release(&pieces);
    return 0;
}
