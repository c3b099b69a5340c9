/* conversation.h - the conversation as a fold of the log: a list of blocks in the order of the session.
 *
 * The workbench draws from it, requests to the model are made from it, and a resumed session rebuilds it from
 * its events.  Blocks that are still streaming are fed by drafts and closed by their event. */
#ifndef SANDGATE_MATTER_CONVERSATION_H
#define SANDGATE_MATTER_CONVERSATION_H

#include "base/buffer.h"
#include "matter/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct messages;
struct conversation;

enum block_kind { BLOCK_PROMPT, BLOCK_TEXT, BLOCK_REASONING, BLOCK_CALL, BLOCK_NOTICE, BLOCK_ERROR };

struct block {
    enum block_kind kind;
    int64_t seq;        /* of the event that made or closed it; 0 while it streams */
    int64_t turn;
    int64_t step;       /* request within the session that it belongs to */
    int64_t time;
    bool open;          /* still streaming */
    bool broken;        /* its stream broke or was stopped: not whole */
    bool superseded;    /* a retry took its place: shown, not sent to the model */
    bool for_model;     /* NOTICE: its text is told to the model with the next request */
    struct buffer text; /* all kinds but CALL */
    struct call *call;  /* CALL; owned by the conversation */
};

/* A piece of something that streams; bytes are borrowed. */
struct draft {
    enum event_type type; /* TEXT, REASONING, CALL (arguments), OUTPUT */
    int64_t turn, call;
    const char *tool;     /* CALL: its name */
    bool is_error;        /* OUTPUT: from standard error */
    const char *bytes;
    size_t length;
};

struct conversation *conversation_new(void);
void conversation_free(struct conversation *conversation);
void conversation_apply(struct conversation *conversation, const struct event *event);
void conversation_draft(struct conversation *conversation, const struct draft *draft);

size_t conversation_count(const struct conversation *conversation);
const struct block *conversation_block(const struct conversation *conversation, size_t index);
/* The call with this number; NULL when there is none. */
struct call *conversation_call(const struct conversation *conversation, int64_t number);
size_t conversation_call_count(const struct conversation *conversation);
int64_t conversation_step(const struct conversation *conversation);
/* The title: first line of the first prompt, "" before. Borrowed. */
const char *conversation_title(const struct conversation *conversation);

/* Appends everything that the model has to know, in an order that chat APIs accept: each assistant message is
 * followed by one tool message per call of it. */
void conversation_messages(const struct conversation *conversation, struct messages *messages);

#endif
