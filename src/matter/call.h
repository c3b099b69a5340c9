/* call.h - one tool call as it stands: the fold of its events.
 *
 * The states follow the one path of every call (doc/design.md):
 * proposed - policy - (denied | allowed | waiting for a person) - running - done, failed ... - result. */
#ifndef SANDGATE_MATTER_CALL_H
#define SANDGATE_MATTER_CALL_H

#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

struct event;
struct output;

enum call_state {
    CALL_WRITING,   /* the model is still writing its arguments */
    CALL_PROPOSED,  /* being prepared and judged */
    CALL_ALLOWED,   /* may run; waits for the calls before it */
    CALL_WAITING,   /* a person has to decide */
    CALL_RUNNING,
    CALL_DONE,      /* ended with exit code 0, or the file operation succeeded */
    CALL_FAILED,    /* ended otherwise, or could not be used */
    CALL_DENIED,    /* by the policy */
    CALL_REJECTED,  /* by a person */
    CALL_TIMED_OUT,
    CALL_CANCELLED,
    CALL_LOST,      /* the sandbox or sandgate went away under it */
    CALL_STATES
};

struct call {
    int64_t number;     /* within the session, 1 first */
    char *id;           /* the model's own id */
    char *tool;
    char *arguments;    /* JSON text as the model gave it, or as the person edited it */
    char *summary;      /* one line for lists: "pytest -q", "/repo/fib.py"; never NULL */
    bool by_person;     /* the person's own command */
    enum call_state state;
    char *verdict, *reason, *rule; /* NULL until judged */
    char *decision;     /* "run", "edit", "reject" ...; NULL: nobody was asked */
    char *words;        /* the person's words with a rejection, NULL: none */
    bool edited;        /* what ran is not what the model proposed */
    bool in_part;       /* only some hunks of its change were approved; the arguments are the whole */
    char digest[HASH_TEXT];
    char exec_id[40];
    int64_t proposed, started, ended; /* clock_wall; 0: not yet */
    int code, signal;   /* exit code or signal once ended */
    char *sentence;     /* why it failed, NULL */
    char *survivors;    /* what it left running, one a line, NULL */
    struct output *output; /* NULL until the first byte */
    char *spool;        /* name of the file with all of the output in the session's folder, NULL */
    int64_t written_bytes; /* of the arguments, so far */
    int64_t output_bytes;
    char *written;      /* path that it wrote, NULL */
    char *result;       /* what went back to the model; NULL until then */
};

struct call *call_new(int64_t number, const char *tool);
void call_free(struct call *call);
/* Brings the call up to date with EVENT, which is about it. */
void call_apply(struct call *call, const struct event *event);
void call_output(struct call *call, bool is_error, const char *bytes, size_t length);

const char *call_state_name(enum call_state state); /* "writing", "waiting" ... */
const char *call_state_mark(enum call_state state); /* one cell: nothing is told by colour alone */
bool call_is_over(const struct call *call);
/* Milliseconds that it ran (until NOW while it runs), 0 before. */
int64_t call_span(const struct call *call, int64_t now);

#endif
