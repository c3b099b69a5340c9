/* event.h - one event of the session's log: appended once, never changed.
 *
 * Everything else (conversation, tool pane, audit, headless output, export, a resumed session) is a fold of
 * these.  The head is the same for all; `body` is a JSON object whose members the table in event.c lists per
 * type, with a sentence each: the documentation of `--output jsonl` and the checks of the store read it. */
#ifndef SANDGATE_MATTER_EVENT_H
#define SANDGATE_MATTER_EVENT_H

#include "base/hash.h"
#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>

struct error;

enum { EVENT_VERSION = 1, SESSION_ID_TEXT = 32 };

enum event_type {
    EVENT_SESSION,       /* a session begins or is resumed: program version, folder, model, sandbox, mode */
    EVENT_SANDBOX,       /* what became of the sandbox, or a snapshot of it; its facts */
    EVENT_SYNC,          /* the folder went up: counts, what was left out */
    EVENT_MODE,          /* the approval mode changed */
    EVENT_PROMPT,        /* what the person said; delivered to the model with the next request */
    EVENT_QUEUE,         /* the prompts that wait, all of them, each time they change */
    EVENT_REQUEST,       /* a request to the model went out */
    EVENT_TEXT,          /* a block of the answer, whole; `broken` when its stream broke or was stopped */
    EVENT_REASONING,     /* a block of the model's reasoning, whole */
    EVENT_RESPONSE,      /* the model's answer ended: finish reason, usage */
    EVENT_CALL,          /* a tool call proposed: model's id, tool, arguments as they came */
    EVENT_VERDICT,       /* the policy's verdict on a call: verdict, reason, rule, part, span */
    EVENT_ASK,           /* a call waits for a decision: ask id, digest */
    EVENT_DECISION,      /* run, edit, reject, ...: ask id, digest, actor, words */
    EVENT_STARTED,       /* an execution is about to be sent: exec id, digest */
    EVENT_OUTPUT,        /* the output of an execution, whole: spool name, length, hash */
    EVENT_ENDED,         /* the execution's end: how, exit code or signal, milliseconds, survivors */
    EVENT_RESULT,        /* what goes back to the model for a call */
    EVENT_FILE,          /* a file of the sandbox changed by a call or by the person */
    EVENT_NOTICE,        /* something worth a line: waiting for the server, a retry, output left out */
    EVENT_ERROR,         /* something failed; the sentence */
    EVENT_STOP,          /* a turn ended without a final answer: person, limit, context, error */
    EVENT_TURN,          /* a turn ended with a final answer */
    EVENT_TYPES
};

struct event {
    int version;
    char session[SESSION_ID_TEXT];
    int64_t seq;        /* 1, 2, 3 ... within the session; given by the session when appended */
    int64_t parent;     /* seq of the event before it on its branch, 0 for the first */
    int64_t turn;       /* 1, 2 ...; 0 before the first prompt */
    int64_t call;       /* number of the tool call within the session, 0 when it is about none */
    enum event_type type;
    char actor[32];     /* "person", "model", "policy", "sandbox", "session", "approver:NAME", "mcp:NAME" */
    char sandbox[64];   /* id of the sandbox, "" before there is one */
    int64_t generation; /* of the sandbox: changes on restore, promotion, network or mount change */
    int64_t time;       /* clock_wall */
    struct json *body;  /* owned, an object, never NULL */
    char hash[HASH_TEXT]; /* chain: set by the store when it commits, "" until then */
};

/* A field of a body, for documentation and checks. */
struct event_field {
    const char *name;
    const char *type; /* "text", "integer", "number", "boolean", "object", "array" */
    const char *help; /* a sentence */
};

const char *event_type_name(enum event_type type); /* "session", "sandbox", ... */
bool event_type_from_name(const char *name, enum event_type *type);
const char *event_type_help(enum event_type type);
/* The type's fields; ends with a NULL name. */
const struct event_field *event_type_fields(enum event_type type);

/* True when the body has nothing but its type's fields, each of the type that the table says.  Every field may
 * be missing: what is not known is left out, never null. */
bool event_check(const struct event *event, struct error *error);

struct event *event_new(enum event_type type); /* body an empty object, everything else zero */
void event_free(struct event *event);
/* One JSON object, the head's members first: v, session, seq, parent, time, type, turn, call, actor, sandbox,
 * generation, all of them always there (time as clock_format writes it); then body's.  Safe to show on a
 * terminal: see event_escape.  Caller frees. */
char *event_print(const struct event *event);
/* The same JSON text with all that a terminal would act on, that turns text around or that nobody can see
 * written as \u escapes: the same value, safe to show.  Caller frees. */
char *event_escape(const char *json);
/* The hash of EVENT chained to the hash of the event before it (the first: "").  Covers every field but
 * hash itself, in a versioned length-prefixed encoding. */
void event_chain(const struct event *event, const char *previous, char hash[HASH_TEXT]);
/* The same when the body's json_print is at hand; event->body is not looked at. */
void event_chain_body(const struct event *event, const char *body, const char *previous,
                      char hash[HASH_TEXT]);

#endif
