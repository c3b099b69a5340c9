/* message.h - the conversation in the form that every provider is given: a list of messages. */
#ifndef SANDGATE_MATTER_MESSAGE_H
#define SANDGATE_MATTER_MESSAGE_H

#include <stddef.h>

enum message_role { MESSAGE_SYSTEM, MESSAGE_USER, MESSAGE_ASSISTANT, MESSAGE_TOOL };

struct message_call {
    char *id;        /* the model's own id of the call; made by us when it gave none */
    char *tool;
    char *arguments; /* JSON text of an object, always well-formed */
};

struct message {
    enum message_role role;
    char *text;               /* never NULL, may be empty */
    char *reasoning;          /* assistant; NULL: none */
    struct message_call *calls; /* assistant */
    size_t call_count;
    char *call_id;            /* tool: the call that this answers; else NULL */
    char *tool;               /* tool: its name */
};

struct messages {
    struct message *items;
    size_t count;
    size_t capacity;
};

#define MESSAGES_INIT { 0 }

/* Appends a message; TEXT is copied. The returned pointer is good until the next append. */
struct message *messages_add(struct messages *messages, enum message_role role, const char *text);
void message_add_call(struct message *message, const char *id, const char *tool, const char *arguments);
void message_set_reasoning(struct message *message, const char *reasoning);
/* Makes a tool message the answer to call ID of TOOL. */
void message_answers(struct message *message, const char *id, const char *tool);
void messages_release(struct messages *messages);

#endif
