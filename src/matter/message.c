/* message.c - the list of messages: each holds copies of what it was given. */
#include "matter/message.h"

#include "base/memory.h"

#include <stdlib.h>

struct message *messages_add(struct messages *messages, enum message_role role, const char *text)
{
    messages->items =
        array_reserve(messages->items, &messages->capacity, messages->count + 1, sizeof *messages->items);
    struct message *message = &messages->items[messages->count++];
    *message = (struct message){ .role = role, .text = xstrdup(text ? text : "") };
    return message;
}

void message_add_call(struct message *message, const char *id, const char *tool, const char *arguments)
{
    message->calls = xrealloc(message->calls, (message->call_count + 1) * sizeof *message->calls);
    message->calls[message->call_count++] = (struct message_call){
        .id = xstrdup(id),
        .tool = xstrdup(tool),
        .arguments = xstrdup(arguments),
    };
}

void message_set_reasoning(struct message *message, const char *reasoning)
{
    free(message->reasoning);
    message->reasoning = xstrdup(reasoning);
}

void message_answers(struct message *message, const char *id, const char *tool)
{
    free(message->call_id);
    free(message->tool);
    message->call_id = xstrdup(id);
    message->tool = xstrdup(tool);
}

static void release_message(struct message *message)
{
    for (size_t i = 0; i < message->call_count; i++) {
        free(message->calls[i].id);
        free(message->calls[i].tool);
        free(message->calls[i].arguments);
    }
    free(message->calls);
    free(message->text);
    free(message->reasoning);
    free(message->call_id);
    free(message->tool);
}

void messages_release(struct messages *messages)
{
    for (size_t i = 0; i < messages->count; i++)
        release_message(&messages->items[i]);
    free(messages->items);
    *messages = (struct messages)MESSAGES_INIT;
}
