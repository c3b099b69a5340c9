/* conversation.c - events and drafts in, blocks out.
 *
 * At most one block of each streaming kind is open at a time per call, so a draft finds its block by looking
 * back from the end.  A request (EVENT_REQUEST) begins a step: the blocks of one step are one message of the
 * assistant. */
#include "matter/conversation.h"

#include "base/memory.h"
#include "matter/call.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_MAX = 64 * 1024 * 1024, /* bytes of a block's text; the session cuts an answer long before */
    CALLS_MAX = 1000000,          /* numbers of calls; a log that names a larger one is damaged */
};

struct conversation {
    struct block **blocks;
    size_t count, capacity;
    struct call **calls; /* by number, from 1: calls[number - 1]; borrowed from their blocks */
    size_t call_count, call_capacity;
    int64_t step;
    char *title;
};

struct conversation *conversation_new(void)
{
    return xcalloc(1, sizeof(struct conversation));
}

void conversation_free(struct conversation *conversation)
{
    if (!conversation)
        return;
    for (size_t i = 0; i < conversation->count; i++) {
        buffer_release(&conversation->blocks[i]->text);
        call_free(conversation->blocks[i]->call);
        free(conversation->blocks[i]);
    }
    free(conversation->blocks);
    free(conversation->calls);
    free(conversation->title);
    free(conversation);
}

static struct block *add_block(struct conversation *conversation, enum block_kind kind, int64_t turn)
{
    struct block *block = xcalloc(1, sizeof *block);

    block->kind = kind;
    block->turn = turn;
    block->step = conversation->step;
    buffer_init(&block->text, BLOCK_MAX);
    conversation->blocks =
        array_reserve(conversation->blocks, &conversation->capacity, conversation->count + 1, sizeof block);
    conversation->blocks[conversation->count++] = block;
    return block;
}

/* The open block of KIND in this step (for calls: of call NUMBER), or NULL. */
static struct block *open_block(const struct conversation *conversation, enum block_kind kind, int64_t number)
{
    for (size_t i = conversation->count; i > 0; i--) {
        struct block *block = conversation->blocks[i - 1];
        if (block->step != conversation->step)
            return NULL;
        if (block->open && block->kind == kind && (kind != BLOCK_CALL || block->call->number == number))
            return block;
    }
    return NULL;
}

/* The block of a new call; NULL when NUMBER cannot be one of a call. */
static struct block *add_call(struct conversation *conversation, int64_t number, int64_t turn,
                              const char *tool)
{
    if (number < 1 || number > CALLS_MAX)
        return NULL;
    struct block *block = add_block(conversation, BLOCK_CALL, turn);
    block->call = call_new(number, tool);
    conversation->calls = array_reserve(conversation->calls, &conversation->call_capacity, (size_t)number,
                                        sizeof *conversation->calls);
    while (conversation->call_count < (size_t)number)
        conversation->calls[conversation->call_count++] = NULL;
    conversation->calls[number - 1] = block->call;
    return block;
}

struct call *conversation_call(const struct conversation *conversation, int64_t number)
{
    if (number < 1 || (size_t)number > conversation->call_count)
        return NULL;
    return conversation->calls[number - 1];
}

static void take_title(struct conversation *conversation, const char *text)
{
    if (conversation->title || !text)
        return;
    conversation->title = xstrndup(text, strcspn(text, "\n"));
}

/* A block whose whole text is in the event. */
static struct block *whole_block(struct conversation *conversation, enum block_kind kind,
                                 const struct event *event)
{
    struct block *block = add_block(conversation, kind, event->turn);
    const char *text = json_get_text(event->body, "text");

    block->seq = event->seq;
    block->time = event->time;
    buffer_append_text(&block->text, text ? text : "");
    return block;
}

/* The event that closes a streamed block; without a draft before it (a resumed session) it is the block.  It
 * may hold less than came: the rest begins another block. */
static void close_streamed(struct conversation *conversation, enum block_kind kind, const struct event *event)
{
    struct block *block = open_block(conversation, kind, 0);

    const char *text = json_get_text(event->body, "text");
    size_t length = text ? strlen(text) : 0;

    if (!block)
        block = whole_block(conversation, kind, event);
    if (length < block->text.length)
        buffer_truncate(&block->text, length);
    block->open = false;
    block->seq = event->seq;
    block->time = event->time;
    block->broken =
        json_get_boolean(event->body, "broken", false) || json_get_boolean(event->body, "stopped", false);
}

/* A call that is there already and no longer written is not proposed twice. */
static void apply_call(struct conversation *conversation, const struct event *event)
{
    const char *tool = json_get_text(event->body, "tool");
    struct block *block = conversation_call(conversation, event->call)
                              ? open_block(conversation, BLOCK_CALL, event->call)
                              : add_call(conversation, event->call, event->turn, tool ? tool : "");

    if (!block)
        return;
    block->open = false;
    block->seq = event->seq;
    block->time = event->time;
    call_apply(block->call, event);
}

static void end_open_blocks(struct conversation *conversation)
{
    for (size_t i = conversation->count; i > 0; i--) {
        struct block *block = conversation->blocks[i - 1];
        if (block->step != conversation->step)
            break;
        if (block->open && block->kind == BLOCK_CALL)
            block->call->state = CALL_CANCELLED;
        block->broken = block->broken || block->open;
        block->open = false;
    }
}

static bool is_answer(const struct block *block)
{
    return block->kind == BLOCK_TEXT || block->kind == BLOCK_REASONING;
}

static bool is_whole_call(const struct block *block)
{
    return block->kind == BLOCK_CALL && !block->open && !block->broken && !block->call->by_person;
}

/* A retry takes the place of the last step: its words are shown, but no longer sent.  When calls of it were
 * worked off only what broke goes: the next step goes on from their results. */
static void supersede_step(struct conversation *conversation)
{
    size_t first = conversation->count;
    bool calls = false;

    for (; first > 0 && conversation->blocks[first - 1]->step == conversation->step; first--)
        calls = calls || is_whole_call(conversation->blocks[first - 1]);
    for (size_t i = first; i < conversation->count; i++) {
        struct block *block = conversation->blocks[i];
        block->superseded = block->superseded || block->broken || (!calls && is_answer(block));
    }
}

static void apply_notice(struct conversation *conversation, const struct event *event)
{
    const char *kind = json_get_text(event->body, "kind");

    if (kind && strcmp(kind, "retry") == 0)
        supersede_step(conversation);
    struct block *block = whole_block(conversation, BLOCK_NOTICE, event);
    block->for_model = kind && strcmp(kind, "continue") == 0;
}

static void apply_stop(struct conversation *conversation, const struct event *event)
{
    const char *reason = json_get_text(event->body, "reason");

    end_open_blocks(conversation);
    bool failed = reason && strcmp(reason, "error") == 0;
    struct block *block = whole_block(conversation, failed ? BLOCK_ERROR : BLOCK_NOTICE, event);
    block->for_model = reason && strcmp(reason, "person") == 0;
}

/* States that the person has to know of; what can be done is in the sentence. */
static const struct sandbox_words {
    const char *state, *words;
} sandbox_words[] = { { "failed", "The sandbox did not start: " }, { "lost", "The sandbox was lost: " } };

static void apply_sandbox(struct conversation *conversation, const struct event *event)
{
    const char *sentence = json_get_text(event->body, "sentence"),
               *state = json_get_text(event->body, "state");

    for (size_t i = 0; sentence && state && i < ARRAY_SIZE(sandbox_words); i++) {
        if (strcmp(sandbox_words[i].state, state) != 0)
            continue;
        struct block *block = add_block(conversation, BLOCK_ERROR, event->turn);
        block->seq = event->seq;
        block->time = event->time;
        buffer_append_format(&block->text, "%s%s", sandbox_words[i].words, sentence);
    }
}

static void apply_prompt(struct conversation *conversation, const struct event *event)
{
    take_title(conversation, json_get_text(event->body, "text"));
    whole_block(conversation, BLOCK_PROMPT, event);
}

void conversation_apply(struct conversation *conversation, const struct event *event)
{
    switch (event->type) {
    case EVENT_PROMPT:
        apply_prompt(conversation, event);
        break;
    case EVENT_REQUEST:
        conversation->step++;
        break;
    case EVENT_TEXT:
        close_streamed(conversation, BLOCK_TEXT, event);
        break;
    case EVENT_REASONING:
        close_streamed(conversation, BLOCK_REASONING, event);
        break;
    case EVENT_CALL:
        apply_call(conversation, event);
        break;
    case EVENT_NOTICE:
        apply_notice(conversation, event);
        break;
    case EVENT_STOP:
        apply_stop(conversation, event);
        break;
    case EVENT_ERROR:
        whole_block(conversation, BLOCK_ERROR, event);
        break;
    case EVENT_SANDBOX:
        apply_sandbox(conversation, event);
        break;
    default:
        if (conversation_call(conversation, event->call))
            call_apply(conversation_call(conversation, event->call), event);
    }
}

static void draft_streamed(struct conversation *conversation, enum block_kind kind, const struct draft *draft)
{
    struct block *block = open_block(conversation, kind, 0);

    if (!block) {
        block = add_block(conversation, kind, draft->turn);
        block->open = true;
    }
    if (!block->text.full) /* else a later, shorter piece would leave a hole before it */
        buffer_append(&block->text, draft->bytes, draft->length);
}

static void draft_call(struct conversation *conversation, const struct draft *draft)
{
    struct call *call = conversation_call(conversation, draft->call);

    if (call) {
        call->written_bytes += (int64_t)draft->length;
        return;
    }
    struct block *block = add_call(conversation, draft->call, draft->turn, draft->tool ? draft->tool : "");
    if (block)
        block->open = true;
}

void conversation_draft(struct conversation *conversation, const struct draft *draft)
{
    struct call *call = conversation_call(conversation, draft->call);

    if (draft->type == EVENT_TEXT)
        draft_streamed(conversation, BLOCK_TEXT, draft);
    else if (draft->type == EVENT_REASONING)
        draft_streamed(conversation, BLOCK_REASONING, draft);
    else if (draft->type == EVENT_CALL)
        draft_call(conversation, draft);
    else if (draft->type == EVENT_OUTPUT && call)
        call_output(call, draft->is_error, draft->bytes, draft->length);
}

size_t conversation_count(const struct conversation *conversation)
{
    return conversation->count;
}

const struct block *conversation_block(const struct conversation *conversation, size_t index)
{
    return index < conversation->count ? conversation->blocks[index] : NULL;
}

size_t conversation_call_count(const struct conversation *conversation)
{
    return conversation->call_count;
}

int64_t conversation_step(const struct conversation *conversation)
{
    return conversation->step;
}

const char *conversation_title(const struct conversation *conversation)
{
    return conversation->title ? conversation->title : "";
}
