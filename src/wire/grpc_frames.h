/* grpc_frames.h - the messages in the body of a gRPC answer; for src/wire/grpc*.c and the tests of it.
 *
 * A frame is a byte that says whether it is compressed (never, we do not offer it), four bytes of length, most
 * significant first, and the message.  Frames are cut anywhere. */
#ifndef SANDGATE_WIRE_GRPC_FRAMES_H
#define SANDGATE_WIRE_GRPC_FRAMES_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRPC_FRAME_HEAD = 5 };

struct grpc_frames {
    unsigned char head[GRPC_FRAME_HEAD];
    size_t head_length;    /* bytes of it that came */
    struct buffer message; /* what came of a message that is not whole */
};

enum grpc_frames_result {
    GRPC_FRAMES_MORE,       /* all was taken, no message is whole */
    GRPC_FRAMES_MESSAGE,    /* one is: see grpc_frames_next */
    GRPC_FRAMES_COMPRESSED, /* it cannot be read; nothing after it either */
    GRPC_FRAMES_TOO_LONG,
};

void grpc_frames_init(struct grpc_frames *frames);
void grpc_frames_release(struct grpc_frames *frames);
/* Takes of the *LENGTH bytes at *BYTES what belongs to the next message and moves both on.  With
 * GRPC_FRAMES_MESSAGE it is at *MESSAGE, in BYTES or in FRAMES, good until the next call. */
enum grpc_frames_result grpc_frames_next(struct grpc_frames *frames, const char **bytes, size_t *length,
                                         const char **message, size_t *message_length);
/* Whether a frame began that is not whole. */
bool grpc_frames_is_within(const struct grpc_frames *frames);
void grpc_frame_head(unsigned char head[GRPC_FRAME_HEAD], size_t length);

#endif
