/* chunk_shape.h - the shape of a stream's ordinary chunks, to read them without building a tree of each.
 *
 * In a stream nearly all chunks are the same bytes around one string, the next piece of text.  Once such a
 * chunk was read with care, another that has the same bytes before and behind that string can only mean the
 * same with another text.  What differs in anything else is not taken, and must be read with care again. */
#ifndef SANDGATE_MODEL_CHUNK_SHAPE_H
#define SANDGATE_MODEL_CHUNK_SHAPE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

struct chunk_shape {
    struct buffer
        head; /* up to the string's opening quote, which is its last byte; empty: nothing is known */
    struct buffer tail; /* from the closing quote on */
};

#define CHUNK_SHAPE_INIT         \
    {                            \
        BUFFER_INIT, BUFFER_INIT \
    }

void chunk_shape_release(struct chunk_shape *shape);
/* TEXT is good JSON, and all it means is the string that is the member KEY, whose name may stand elsewhere too
 * (then nothing is learned). */
void chunk_shape_learn(struct chunk_shape *shape, const char *text, size_t length, const char *key);
/* Appends the string's text to OUT when TEXT has the shape and its string is good JSON; else false, and OUT is
 * as it was.  Strings with rare escapes (\u) are not taken. */
bool chunk_shape_read(const struct chunk_shape *shape, const char *text, size_t length, struct buffer *out);

#endif
