/* session.h - one session: its log, its model, its sandbox, its gate; what every face drives.
 *
 * A session is a log (doc/design.md).  session_append in session.c is the one place where an event is made;
 * the conversation is kept as a fold of it, then listeners are told.  Faces read the conversation, the asks,
 * the queue and the state, and act through the functions here; they never see a provider or a backend. */
#ifndef SANDGATE_AGENT_SESSION_H
#define SANDGATE_AGENT_SESSION_H

#include "agent/gate.h"
#include "loop/listeners.h"
#include "matter/conversation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct conf;
struct error;
struct http;
struct loop;
struct sandbox;
struct session;
struct store;

/* The one state machine: what the session is doing. */
enum session_state {
    SESSION_STARTING,  /* the sandbox opens, the folder goes up */
    SESSION_READY,     /* waits for a prompt */
    SESSION_ASKING,    /* a request is out, nothing has come yet */
    SESSION_STREAMING, /* the model answers */
    SESSION_WAITING,   /* a person has to decide */
    SESSION_RUNNING,   /* calls run */
    SESSION_STOPPING,  /* a stop was asked for, its end is awaited */
    SESSION_BROKEN,    /* the sandbox failed or was lost: nothing can run */
    SESSION_STATES
};

/* What a listener hears (the matter of listeners_tell). */
enum session_news_kind {
    NEWS_EVENT, /* event was appended; the conversation has it already */
    NEWS_DRAFT, /* a piece of something that streams */
    NEWS_STATE, /* state, waiting words or usage changed */
    NEWS_ASKS,  /* the list of asks changed */
    NEWS_QUEUE, /* the queue of prompts changed */
    NEWS_FILES, /* files of the sandbox may have changed */
};
struct session_news {
    enum session_news_kind kind;
    const struct event *event;
    const struct draft *draft;
};

/* All borrowed for the session's life, but texts, which are copied. */
struct session_setup {
    struct loop *loop;
    struct http *http;
    struct store *store;
    const struct conf *conf;
    const char *resume;  /* id to go on with; NULL: a new one */
    const char *folder;  /* host folder that goes up; NULL: none */
    const char *api_key; /* of the model's URL; NULL: none */
    enum policy_mode mode;
    bool mode_is_pinned; /* session_set_mode is refused (the demo) */
    /* The first listener, told from the first event on; NULL: none. */
    listener_function *hear;
    void *hear_data;
};

/* Makes or resumes a session and starts its sandbox; returns at once.  NULL and a sentence when the lease,
 * the log or the model's options are no good. */
struct session *session_new(const struct session_setup *setup, struct error *error);
/* Ends everything that runs, closes the sandbox, keeps the log.  What the store still has to answer it answers
 * in the next turn of the loop: give it one before the store is closed. */
void session_free(struct session *session);

const char *session_id(const struct session *session);
enum session_state session_state(const struct session *session);
const char *session_state_name(enum session_state state); /* "ready", "waiting for you" */
/* What is being waited for: "the sandbox", "server is starting (503) ..."; "" for nothing. */
const char *session_waiting(const struct session *session);
int64_t session_state_since(const struct session *session); /* clock_wall */
const struct conversation *session_conversation(const struct session *session);
enum policy_mode session_mode(const struct session *session);
bool session_set_mode(struct session *session, enum policy_mode mode, const char *reason,
                      struct error *error);
bool session_mode_is_pinned(const struct session *session);
const char *session_model_name(const struct session *session);
bool session_is_busy(const struct session *session); /* a turn is under way */

struct session_usage {
    int64_t input, output;  /* tokens of the whole session as the server told them */
    int64_t context;        /* tokens of the last request and its answer; 0: not known */
    int64_t context_length; /* 0: not known */
    int64_t steps;          /* requests since the last prompt */
};
const struct session_usage *session_usage(const struct session *session);

struct listener *session_listen(struct session *session, listener_function *hear, void *data);
void session_unlisten(struct session *session, struct listener *listener);

/* --- the person's doings --- */

/* Sends a prompt, or queues it while a turn is under way or the sandbox starts. TEXT is copied. */
void session_submit(struct session *session, const char *text);
size_t session_queue_count(const struct session *session);
const char *session_queue_at(const struct session *session, size_t index);
/* Takes the queued prompt INDEX back, to be edited; caller frees. */
char *session_queue_take(struct session *session, size_t index);
/* Stops the stream and the running calls; what came is kept, the model is told, the queue stays.  While no
 * turn is under way it stops the person's own commands. */
void session_stop(struct session *session);
/* After a broken stream: send the request again without what broke, or ask the model to go on from it. */
bool session_retry(struct session *session, struct error *error);
bool session_continue(struct session *session, struct error *error);
/* Runs the person's own command in the sandbox: recorded, not asked (the floor asks once more: CONFIRMED). */
bool session_run_own(struct session *session, const char *script, bool confirmed, struct error *error);
/* The store cannot write any more (SENTENCE): no call starts from here on. */
void session_store_failed(struct session *session, const char *sentence);
/* Cancels call NUMBER if it runs. */
void session_cancel_call(struct session *session, int64_t number);

/* Makes sure that the output of call NUMBER can be looked at (call->output): that of an older call, or of one
 * before a resume, is only on disk.  It may be gone again when another call has ended. */
void session_load_output(struct session *session, int64_t number);

/* --- the sandbox's life --- */

struct session_life {
    int64_t ends; /* clock_wall when its provider ends it; 0: it does not, or there is none */
    bool can_keep, can_snapshot, can_fork;
    bool snapshotting;    /* one is being taken */
    bool offered;         /* the end is near and a snapshot is offered */
    bool leaving;         /* session_leave was called */
    const char *snapshot; /* id of the newest, NULL: none */
};
void session_life(const struct session *session, struct session_life *life);

/* A step of the start of the sandbox, with its time; DETAIL (the last line that it told) is untrusted. */
struct session_step {
    char *name, *detail;  /* detail may be NULL */
    int64_t began, ended; /* clock_wall; ended 0: under way */
};
size_t session_step_count(const struct session *session); /* 0 when it does not start */
const struct session_step *session_step_at(const struct session *session, size_t index);

/* Ends a start that is under way; session_restart begins it again. */
void session_cancel_start(struct session *session);
/* Takes a snapshot; told by an event. */
bool session_snapshot(struct session *session, struct error *error);
/* Opens a sandbox anew after it was lost, from its last snapshot if there is one. */
bool session_restart(struct session *session, struct error *error);

enum session_quit { QUIT_AS_CONFIGURED, QUIT_TERMINATE, QUIT_KEEP, QUIT_SNAPSHOT };
/* No call starts any more; the sandbox is ended, kept, or kept as a snapshot.  LEFT comes once from the loop, with
 * a sentence for the person; then session_free.  What a sandbox cannot do becomes terminate. */
void session_leave(struct session *session, enum session_quit how,
                   void (*left)(void *data, const char *words), void *data);

/* --- the gate --- */

size_t session_ask_count(const struct session *session);
const struct ask *session_ask(const struct session *session, size_t index);
/* The first valid decision for an ask wins; a wrong digest or an ask that is gone is an error. */
bool session_decide(struct session *session, const struct decision *decision, struct error *error);

/* --- the sandbox, for a person's eyes; no calls --- */

/* NULL while it is not ready. For list, stat, read and watch only. */
struct sandbox *session_sandbox(const struct session *session);
const char *session_workspace(const struct session *session);
const char *session_sandbox_words(const struct session *session); /* "bubblewrap, network off" */
/* The call that last wrote PATH, NULL: none of this session. */
const struct call *session_writer_of(const struct session *session, const char *path);

#endif
