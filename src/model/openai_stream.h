/* openai_stream.h - the answer of an OpenAI-compatible server, decoded: its messages in, events out.
 *
 * Pure: one message is the data of one server-sent event, or a whole answer; nothing here knows where it came
 * from.  Whoever listens is told through the teller; nothing accumulates but calls (call_pieces.h) and
 * the text of a run of chunks, until the next flush. */
#ifndef SANDGATE_MODEL_OPENAI_STREAM_H
#define SANDGATE_MODEL_OPENAI_STREAM_H

#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;
struct openai_stream;
struct refusal;
struct teller;

/* All is borrowed for its life; USED_IDS and SEED as call_pieces_new takes them. */
struct openai_stream *openai_stream_new(struct teller *teller, const struct model_tool *tools,
                                        size_t tool_count, struct map *used_ids, uint64_t seed);
void openai_stream_free(struct openai_stream *stream);

enum openai_fed {
    OPENAI_MORE,  /* taken */
    OPENAI_DONE,  /* "[DONE]": nothing comes after it */
    OPENAI_ERROR, /* the server says that it failed, or the message cannot be read: openai_stream_refusal */
};

/* One message: a chunk, or a whole answer. */
enum openai_fed openai_stream_feed(struct openai_stream *stream, const char *text, size_t length);
/* Tells what text was gathered: call it when no more messages are at hand. */
void openai_stream_flush(struct openai_stream *stream);
/* After OPENAI_ERROR; borrowed. */
const struct refusal *openai_stream_refusal(const struct openai_stream *stream);
/* True once a finish reason came: the answer is whole, even when the server never says [DONE]. */
bool openai_stream_is_finished(const struct openai_stream *stream);
/* The answer is over: ends the calls, tells the usage. Returns how it finished. */
enum model_finish openai_stream_end(struct openai_stream *stream);
/* The answer broke off: tells text that was held back; calls stay open. */
void openai_stream_break(struct openai_stream *stream);

#endif
