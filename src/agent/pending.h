/* pending.h - a call that has no result yet: the private struct that calls.c, judging.c, deciding.c and runner.c
 * (executing) share. */
#ifndef SANDGATE_AGENT_PENDING_H
#define SANDGATE_AGENT_PENDING_H

#include "agent/session_private.h"

struct diff;
struct reading;
struct sandbox_exec;
struct spool;

enum pending_phase {
    PENDING_NEW,        /* to be planned and judged */
    PENDING_FINDING,    /* an earlier process started it; waits for the sandbox */
    PENDING_READING,    /* the file that it would replace is being read */
    PENDING_ASKED,      /* a person has to decide */
    PENDING_APPROVED,   /* may start when the calls before it are done */
    PENDING_COMMITTING, /* its start is being written to disk */
    PENDING_RUNNING,
    PENDING_OVER, /* has its result; goes with the next step */
};

struct pending {
    struct session *session; /* NULL: the session is gone, only the store still holds this */
    int64_t number;
    const struct tool *tool;
    char *arguments; /* JSON text */
    enum pending_phase phase;
    bool found;              /* it was started by an earlier process */
    bool own;                /* the person's own command */
    bool repeated;           /* it was judged before: it is the same call still */
    bool confirmed;          /* own: the floor has asked */
    bool may_change;         /* it runs, and nothing shows that it changes no fact (facts.h) */
    int64_t look;            /* number of the look that its judging waits for, or waited for; 0: none */
    int64_t judged_at;       /* age of the facts when the policy allowed it; -1: a person decided */
    bool edited;             /* the person wrote these arguments: an ask is answered already */
    char *dropped;           /* while it commits: the result that it gets instead of running, NULL: it runs */
    char *seen_base;         /* edited: hash of the file that the person saw, NULL: none */
    bool *hunks;             /* edited: which hunks of the change are made, NULL: all (hunks.c) */
    struct diff *whole;      /* the change as it was proposed, while only some of it is made */
    char edit[HASH_TEXT];    /* edited: digest of what the person wrote, in the sandbox that they saw */
    struct action *action;   /* NULL before it is planned */
    char digest[HASH_TEXT];  /* of what was judged, and approved */
    char lasting[HASH_TEXT]; /* the same in any sandbox of the session: what is allowed for the session */
    struct sandbox_request *request;
    struct reading *reading;
    struct sandbox_exec *exec;
    struct spool *spool;
};

/* Appends the result and marks the call over. */
void pending_result(struct pending *pending, bool ok, const char *text);
struct call *pending_call(const struct pending *pending);

/* judging.c: plans the action anew and judges it; ends in a result, an ask, or PENDING_APPROVED, at once or
 * when the file that it would change has been read. */
void pending_prepare(struct pending *pending);
/* The action of a call of TOOL with these arguments; NULL and a sentence for the model. */
struct action *pending_plan(const struct session *session, const struct tool *tool, const char *arguments,
                            struct error *error);
/* What the policy is asked about its action; PATH is where the request keeps a path. Both are borrowed from PENDING. */
void pending_request(const struct pending *pending, struct policy_path *path, struct policy_request *request);
/* The verdict on its action; the caller releases it. */
void pending_judge(const struct pending *pending, struct policy_verdict *verdict);
/* It was allowed by the policy, other calls have run since: would it be allowed now? */
bool pending_stands(struct pending *pending);
/* Is it shown that its action changes nothing, whoever decided on it? */
bool pending_is_harmless(const struct pending *pending);
/* The digest of the action in the sandbox as it is now. */
void pending_digest(const struct pending *pending, char digest[HASH_TEXT]);
/* The same in whatever sandbox of this kind (backend, network, secrets, mounts) the session has. */
void pending_lasting_digest(const struct pending *pending, char digest[HASH_TEXT]);

/* runner.c: starts an approved call; ends in pending_result. */
void runner_start(struct pending *pending);
/* Asks for an exec that an earlier process started: its output from the first byte, and its end. */
void runner_find(struct pending *pending);
void runner_cancel(struct pending *pending);
/* Ends what runs without any further callback. */
void runner_abandon(struct pending *pending);

#endif
