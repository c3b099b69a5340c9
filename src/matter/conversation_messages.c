/* conversation_messages.c - what the model is sent: blocks grouped into messages.
 *
 * One step (request) is one message of the assistant, followed by one tool message per call of it: chat APIs
 * refuse anything else.  What has to be told between (a stop, a broken stream, the person's own commands) goes
 * in brackets into the next message of the user, or makes one before the next step. */
#include "matter/call.h"
#include "matter/conversation.h"
#include "matter/message.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct grouping {
    const struct conversation *conversation;
    struct messages *out;
    struct buffer notes; /* for the next user message */
};

static void add_note(struct grouping *grouping, const char *text)
{
    buffer_append_format(&grouping->notes, "[%s]\n", text);
}

/* Some servers want user and assistant in turns: what follows a message of the user becomes part of it. */
static void add_user(struct grouping *grouping, const char *text)
{
    struct messages *out = grouping->out;
    struct message *last = out->count > 0 ? &out->items[out->count - 1] : NULL;
    bool joined = last && last->role == MESSAGE_USER;
    char *whole =
        xasprintf("%s%s%s%s", joined ? last->text : "", joined ? "\n\n" : "", grouping->notes.data, text);

    buffer_clear(&grouping->notes);
    if (joined) {
        free(last->text);
        last->text = xstrdup(whole);
    } else {
        messages_add(out, MESSAGE_USER, whole);
    }
    free(whole);
}

static void add_notes(struct grouping *grouping)
{
    if (grouping->notes.length > 0)
        add_user(grouping, "");
}

static void add_own_command(struct grouping *grouping, const struct call *call)
{
    buffer_append_format(&grouping->notes, "[The person ran a command in the sandbox themselves: %s\n%s]\n",
                         call->summary, call->result ? call->result : "It has not ended.");
}

/* Text or reasoning of the step that begins at block FROM, joined. */
static void join_step(const struct grouping *grouping, size_t from, size_t to, enum block_kind kind,
                      struct buffer *out)
{
    for (size_t i = from; i < to; i++) {
        const struct block *block = conversation_block(grouping->conversation, i);
        if (block->kind == kind && !block->superseded)
            buffer_append(out, block->text.data, block->text.length);
    }
}

static bool is_call_of_model(const struct block *block)
{
    return block->kind == BLOCK_CALL && !block->call->by_person && !block->open && block->seq > 0;
}

static void add_results(struct grouping *grouping, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct block *block = conversation_block(grouping->conversation, i);
        if (!is_call_of_model(block))
            continue;
        const char *result = block->call->result;
        struct message *message =
            messages_add(grouping->out, MESSAGE_TOOL,
                         result ? result : "What became of this call is not known: sandgate ended under it.");
        message_answers(message, block->call->id, block->call->tool);
    }
}

/* An assistant message from the blocks [FROM, TO) of one step, and the answers to its calls. */
static void add_step(struct grouping *grouping, size_t from, size_t to)
{
    struct buffer text = BUFFER_INIT, reasoning = BUFFER_INIT;
    bool calls = false;

    join_step(grouping, from, to, BLOCK_TEXT, &text);
    join_step(grouping, from, to, BLOCK_REASONING, &reasoning);
    for (size_t i = from; i < to; i++)
        calls = calls || is_call_of_model(conversation_block(grouping->conversation, i));
    if (text.length > 0 || calls) {
        add_notes(grouping);
        struct message *message = messages_add(grouping->out, MESSAGE_ASSISTANT, text.data);
        if (reasoning.length > 0)
            message_set_reasoning(message, reasoning.data);
        for (size_t i = from; i < to; i++) {
            const struct block *block = conversation_block(grouping->conversation, i);
            if (is_call_of_model(block))
                message_add_call(message, block->call->id, block->call->tool, block->call->arguments);
        }
        add_results(grouping, from, to);
    }
    buffer_release(&text);
    buffer_release(&reasoning);
}

static bool belongs_to_step(const struct block *block, int64_t step)
{
    if (block->step != step)
        return false;
    return block->kind == BLOCK_TEXT || block->kind == BLOCK_REASONING || is_call_of_model(block) ||
           (block->kind == BLOCK_CALL && block->open);
}

/* What stands between the steps. */
static void add_between(struct grouping *grouping, const struct block *block)
{
    if (block->kind == BLOCK_PROMPT)
        add_user(grouping, block->text.data);
    else if (block->kind == BLOCK_NOTICE && block->for_model)
        add_note(grouping, block->text.data);
    else if (block->kind == BLOCK_CALL && block->call->by_person)
        add_own_command(grouping, block->call);
}

void conversation_messages(const struct conversation *conversation, struct messages *messages)
{
    struct grouping grouping = { conversation, messages, BUFFER_INIT };
    size_t count = conversation_count(conversation);

    for (size_t i = 0; i < count;) {
        const struct block *first = conversation_block(conversation, i);
        if (!belongs_to_step(first, first->step)) {
            add_between(&grouping, first);
            i++;
            continue;
        }
        /* Notices and own commands inside a step do not cut it in two: they are told after it. */
        size_t end = i + 1, last = i + 1;
        for (; end < count && conversation_block(conversation, end)->step == first->step; end++)
            if (belongs_to_step(conversation_block(conversation, end), first->step))
                last = end + 1;
            else if (conversation_block(conversation, end)->kind == BLOCK_PROMPT)
                break;
        add_step(&grouping, i, last);
        for (size_t k = i; k < last; k++)
            if (!belongs_to_step(conversation_block(conversation, k), first->step))
                add_between(&grouping, conversation_block(conversation, k));
        i = last;
    }
    add_notes(&grouping);
    buffer_release(&grouping.notes);
}
