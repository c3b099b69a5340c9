/* grpc_frames.c - see the header.  A message that comes in one piece is not copied; one in pieces is gathered,
 * and memory grows with what came, not with what the length promises. */
#include "wire/grpc_frames.h"

#include "wire/grpc.h"

#include <string.h>

enum { KEPT = 256 * 1024 }; /* bytes of memory that are kept from one message to the next at most */

void grpc_frames_init(struct grpc_frames *frames)
{
    *frames = (struct grpc_frames){ 0 };
    buffer_init(&frames->message, GRPC_MESSAGE_MAX);
}

void grpc_frames_release(struct grpc_frames *frames)
{
    buffer_release(&frames->message);
    frames->head_length = 0;
}

bool grpc_frames_is_within(const struct grpc_frames *frames)
{
    return frames->head_length > 0;
}

void grpc_frame_head(unsigned char head[GRPC_FRAME_HEAD], size_t length)
{
    head[0] = 0;
    for (int i = 0; i < 4; i++)
        head[1 + i] = (unsigned char)(length >> (24 - 8 * i));
}

static size_t length_of(const struct grpc_frames *frames)
{
    const unsigned char *head = frames->head;
    return (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
}

static void forget_message(struct grpc_frames *frames)
{
    if (frames->message.capacity > KEPT)
        buffer_release(&frames->message);
    buffer_clear(&frames->message);
}

static void move_on(const char **bytes, size_t *length, size_t taken)
{
    *bytes += taken;
    *length -= taken;
}

/* Whether the frame's head is whole. */
static bool take_head(struct grpc_frames *frames, const char **bytes, size_t *length)
{
    if (frames->head_length == 0)
        forget_message(frames);
    size_t taken = GRPC_FRAME_HEAD - frames->head_length;
    if (taken > *length)
        taken = *length;
    memcpy(frames->head + frames->head_length, *bytes, taken);
    frames->head_length += taken;
    move_on(bytes, length, taken);
    return frames->head_length == GRPC_FRAME_HEAD;
}

enum grpc_frames_result grpc_frames_next(struct grpc_frames *frames, const char **bytes, size_t *length,
                                         const char **message, size_t *message_length)
{
    if (!take_head(frames, bytes, length))
        return GRPC_FRAMES_MORE;
    size_t whole = length_of(frames), missing = whole - frames->message.length;
    if (frames->head[0] != 0)
        return GRPC_FRAMES_COMPRESSED;
    if (whole > GRPC_MESSAGE_MAX)
        return GRPC_FRAMES_TOO_LONG;
    size_t taken = missing < *length ? missing : *length;
    *message = *bytes;
    *message_length = whole;
    if (taken < whole) {
        buffer_append(&frames->message, *bytes, taken);
        *message = frames->message.data;
    }
    move_on(bytes, length, taken);
    if (taken < missing)
        return GRPC_FRAMES_MORE;
    frames->head_length = 0;
    return GRPC_FRAMES_MESSAGE;
}
