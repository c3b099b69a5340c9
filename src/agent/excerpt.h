/* excerpt.h - some lines of a text that comes in pieces, as the model gets them.
 *
 * Every line is counted, the wanted ones are kept as far as LIMIT bytes allow; a very long line is cut.  What is
 * missing is said behind them, with the way to read on. */
#ifndef SANDGATE_AGENT_EXCERPT_H
#define SANDGATE_AGENT_EXCERPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct excerpt;

/* Lines [FIRST, FIRST + COUNT), from 1. */
struct excerpt *excerpt_new(int64_t first, int64_t count, size_t limit);
void excerpt_free(struct excerpt *excerpt);
/* The next piece.  False when no more is needed: what is wanted has come. */
bool excerpt_add(struct excerpt *excerpt, const char *bytes, size_t length);
/* Ends the text and appends it to OUT.  SIZE: bytes of all of it; WHOLE: all of it was added. */
void excerpt_finish(struct excerpt *excerpt, int64_t size, bool whole, struct buffer *out);

#endif
