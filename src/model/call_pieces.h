/* call_pieces.h - tool calls put together from the pieces that servers send.
 *
 * The protocol says: each piece has the index of its call, the first one its id and name, all of them some
 * text of the arguments.  Servers leave out indices, begin them at 1 or let them jump, give every call index
 * 0, repeat id and name with each piece or make a new id for each, cut the name, mix the pieces of several
 * calls, send a tail under another index than its head, send ids twice, send a whole call again.  Here is
 * where all of that ends: calls are told in the order of their first pieces, one at a time; the first that is
 * open is told live, the others wait. */
#ifndef SANDGATE_MODEL_CALL_PIECES_H
#define SANDGATE_MODEL_CALL_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call_pieces;
struct map;
struct model_tool;
struct teller;

/* All is borrowed for its life.  USED_IDS has the ids of the conversation's calls as keys: a call that comes
 * with one of them gets another; those that are told are added.  SEED makes ids. */
struct call_pieces *call_pieces_new(struct teller *teller, const struct model_tool *tools, size_t tool_count,
                                    struct map *used_ids, uint64_t seed);
void call_pieces_free(struct call_pieces *pieces);

enum { CALL_NO_INDEX = -1 };

struct call_piece {
    int64_t index;         /* CALL_NO_INDEX: it named none */
    const char *id;        /* NULL or "": none */
    const char *name;      /* NULL or "": none */
    const char *arguments; /* some text of them, NULL: none */
};
void call_pieces_add(struct call_pieces *pieces, const struct call_piece *piece);
/* A call that is a whole one by itself, whatever pieces came before. */
void call_pieces_add_whole(struct call_pieces *pieces, const char *name, const char *arguments);

/* Text follows: calls whose arguments are whole are ended first. */
void call_pieces_settle(struct call_pieces *pieces);
/* The answer is over: ends all. COMPLETE: it ended by itself, so nothing is cut off. */
void call_pieces_end(struct call_pieces *pieces, bool complete);
size_t call_pieces_count(const struct call_pieces *pieces);

#endif
