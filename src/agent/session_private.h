/* session_private.h - the inside of a session, for the files that make it up:
 *
 *   session.c        life, log, listeners, state          session_start.c  sandbox, sync, instructions
 *   turn.c           from a prompt to the final answer    answer.c         the model's answer as it streams
 *   queue.c          prompts that wait                    environment.c    the environment of every exec
 *   calls.c          the list of calls                    deciding.c       what the person decides of one
 *   judging.c        plans an action and judges it        runner.c         executes an approved action
 *   resume.c         a session taken up again             prompt.c         the system prompt
 *   life.c           the sandbox's life across processes  leaving.c        what becomes of it at the end
 *   hunks.c          a change approved in part            trial.c          a call tried in a fork
 *   patience.c       when the agent gets nowhere          outputs.c        outputs that are in memory
 *   session_rules.c  the rules in force */
#ifndef SANDGATE_AGENT_SESSION_PRIVATE_H
#define SANDGATE_AGENT_SESSION_PRIVATE_H

#include "agent/facts.h"
#include "agent/life.h"
#include "agent/patience.h"
#include "agent/session.h"
#include "agent/tools.h"
#include "base/buffer.h"
#include "matter/event.h"
#include "matter/markdown_cut.h"
#include "model/model.h"

struct conf;
struct messages;
struct pending;
struct sandbox_exec_result;
struct sandbox_exec_spec;
struct sandbox_request;
struct store_lease;
struct sync;
struct trial;

/* The turn that is under way. */
struct turn {
    bool active;
    bool stopping;               /* the person asked for it; ends when the running calls have */
    char *stop_words;            /* why a limit stops it after its calls; NULL: none */
    int64_t steps;               /* requests so far */
    int64_t tokens;              /* of its requests and answers */
    int64_t began;               /* clock_steady */
    int64_t waited;              /* milliseconds that it waited for the person: they count for no limit */
    int64_t waiting_since;       /* clock_steady, 0: it does not */
    struct loop_timer *deadline; /* agent.max_time; NULL while it waits, or without that limit */
    int64_t request_began;       /* clock_steady */
    struct model_run *run;       /* a request is out */
    bool streaming;              /* its first byte has come */
    bool responded;              /* the answer is whole; its calls are worked off */
    bool had_calls;              /* the answer held calls: their results go to the model */
    size_t answer_bytes, answer_blocks; /* of this answer so far */
    const char *failure;                /* with stop_words: "error", "limit" or "context", NULL: "error" */
    int64_t text, reasoning;            /* drafts that are open, 0: none */
    struct markdown_cut cut;            /* how far the open one was read for a cut */
    int64_t writing_call;               /* number of the call whose arguments stream, 0: none */
    char *writing_id, *writing_tool;
    struct model_usage usage; /* of this request */
};

struct session {
    struct session_setup setup;
    char id[SESSION_ID_TEXT];
    char *folder; /* on the host: the session's own */
    struct store_lease *lease;
    struct listeners listeners;
    struct conversation *conversation;
    struct gate *gate;
    int64_t seq, turn_number, call_number, draft_number, ask_number;
    bool resumed;
    bool store_failed; /* nothing can be written: no call may start */

    enum session_state state;
    int64_t state_since;
    char *waiting;

    struct sandbox *sandbox;
    bool sandbox_ready;   /* open, folder up, instructions read */
    bool synced;          /* the folder is up, by this process or by an earlier one */
    char *sandbox_failed; /* the sentence; NULL: it is fine */
    char *sandbox_words;
    struct life life;
    struct facts *facts; /* of the sandbox, for the policy */
    bool instructions_over; /* the project's text is read, or there is none */
    struct sync *sync;
    struct sandbox_request *instructions_request;
    size_t instructions_at; /* which name is tried */
    char *instructions;     /* the project's text, NULL: none */
    char *instructions_name;
    char *workspace;
    char **environment;
    struct rule_set rules;             /* given while it runs */
    const struct rule_set **rule_sets; /* those in force: the configuration's, then rules */
    size_t rule_set_count;

    struct model *model;
    char *model_failed;
    struct session_usage usage;

    char **queue;
    size_t queue_count, queue_capacity;
    bool queue_held; /* after a stop the queue waits for the person */

    struct trial *trial;         /* of the ask that is tried in a fork; NULL: none */
    struct trial *adopted_trial; /* the sandbox is its fork */
    struct trial *leaving_trial; /* its fork is being ended */
    int64_t trial_number;
    struct turn turn;
    struct patience patience;
    struct pending **pending; /* calls that have no result yet, in order */
    size_t pending_count, pending_capacity;
    struct loop_task *step_task; /* calls_step is due */
};

/* --- session.c: the log --- */

/* Appends an event about CALL (0: none); BODY is taken over.  Told to the conversation, then to listeners. */
void session_append(struct session *session, enum event_type type, int64_t call, const char *actor,
                    struct json *body);
/* The same, durable: COMMITTED comes when it is on disk, or could not be written. */
void session_append_durable(struct session *session, enum event_type type, int64_t call, const char *actor,
                            struct json *body, void (*committed)(void *data, bool written), void *data);
/* A piece of a block that streams. */
void session_draft(struct session *session, int64_t draft, const struct draft *piece);
/* The same for what the listeners have heard already. */
void session_draft_quietly(struct session *session, int64_t draft, const struct draft *piece);
void session_tell(struct session *session, enum session_news_kind kind);
void session_set_waiting(struct session *session, const char *words); /* NULL: for nothing */
/* Works the state out anew and tells when it changed. */
void session_update_state(struct session *session);
void session_error(struct session *session, const char *kind, const char *sentence);
void session_notice(struct session *session, const char *kind, const char *sentence);

/* --- session_rules.c --- */

void session_rules_init(struct session *session);
void session_rules_release(struct session *session);
/* A session that goes on: what EVENT allowed in it counts again.  False: its rules cannot be read. */
bool session_rules_take_event(struct session *session, const struct event *event, struct error *error);

/* --- session_start.c --- */

void session_open_sandbox(struct session *session);
void session_record_sandbox(struct session *session, const char *state, const char *sentence);
/* It is gone: STATE and SENTENCE are recorded, and nothing runs any more. */
void session_sandbox_gone(struct session *session, const char *state, const char *sentence);
void session_sandbox_lost(struct session *session, const char *sentence);
/* Another sandbox took the place of the session's: its words are made anew. */
void session_sandbox_words_anew(struct session *session);

/* --- turn.c --- */

/* Begins a turn when there is a prompt and nothing is in the way. */
void turn_consider(struct session *session);
/* A turn of an earlier process goes on: calls of it wait. */
void turn_resume(struct session *session);
/* The state changed: the turn's clock stands still while the person decides. */
void turn_keep_time(struct session *session);
/* All calls of the answer have their results: the next request, or the end. */
void turn_calls_done(struct session *session);
/* The turn stops for REASON when its calls have ended; WORDS are taken over, a call that has not started gets
 * UNSTARTED as its result. */
void turn_end_after_calls(struct session *session, const char *reason, char *words, const char *unstarted);
/* Ends the turn when what runs has ended; WORDS are taken over.  What has not started does not start. */
void turn_pause(struct session *session, char *words);
void turn_end_stopped(struct session *session, const char *reason, const char *words);

/* --- answer.c --- */

/* Sends the request: its answer becomes blocks and calls of the session. */
void answer_ask(struct session *session, const struct messages *messages);
/* Stops the stream; the calls are calls_stop's.  HOW: "stopped" by the person, or "broken". */
void answer_stop(struct session *session, const char *how);

/* --- queue.c --- */

/* Every prompt of the queue becomes part of the conversation; QUEUED: it waited for a turn that is under way. */
void queue_deliver(struct session *session, bool queued);

/* --- environment.c --- */

/* The whole environment of every exec: the fixed part, then what the person passes through or sets.  Caller frees
 * each entry and the list. */
char **session_make_environment(const struct conf *conf);

/* --- calls.c --- */

/* A call that the model has proposed, or (ARGUMENTS NULL, REFUSED set) could not be used. */
void calls_propose(struct session *session, int64_t number, const char *id, const char *tool,
                   const char *arguments, const char *refused);
/* Goes on with every call that can. Deferred by calls_step_soon. */
void calls_step_soon(struct session *session);
/* Ends every call of the agent: what runs is cancelled, what has not started gets TEXT as its result. */
void calls_drop(struct session *session, const char *text);
void calls_stop(struct session *session);
/* The same for the person's own commands. */
void calls_stop_own(struct session *session);
void calls_free(struct session *session);
bool calls_own(struct session *session, const char *script, bool confirmed, struct error *error);
void calls_cancel(struct session *session, int64_t number);
bool calls_any_running(const struct session *session);
/* A call that waited for a decision when the session was left: it is judged and asked anew. */
void calls_restore(struct session *session, const struct call *call);
/* A program that ran when the session was left: when the same sandbox is found again it is asked for by its id,
 * else it is lost.  It is never run twice. */
void calls_find(struct session *session, const struct call *call);

/* The call NUMBER that has no result yet; NULL: there is none. */
struct pending *calls_pending(const struct session *session, int64_t number);
/* The sandbox is another one: what was judged for the one before is judged and asked anew. */
void calls_judge_again(struct session *session);

/* --- deciding.c --- */

bool calls_decide(struct session *session, const struct decision *decision, struct error *error);
/* The waiting call of ASK is decided by keeping its trial; its pending call, whose records are to follow. */
struct pending *calls_take_kept(struct session *session, const struct ask *ask);

/* --- runner.c --- */

/* What the sandbox is told to run for ACTION: the call itself, or the same tried in a fork.  Borrows from both. */
void runner_spec(const struct action *action, const char *exec_id, struct sandbox_exec_spec *spec);
/* The records of a call that ran in a trial: its start, its output piece by piece, its end and its result. */
void runner_adopt_begin(struct pending *pending, const char *exec_id);
void runner_adopt_output(struct pending *pending, bool is_error, const char *bytes, size_t length);
void runner_adopt_end(struct pending *pending, const struct sandbox_exec_result *result);

/* --- trial.c --- */

void trial_release(struct trial *trial); /* without waiting for its fork's end; NULL is fine */

/* --- outputs.c --- */

/* Lets go of the windows of older calls; call KEEP (0: none) keeps its own. */
void outputs_trim(struct session *session, int64_t keep);
/* Reads a call's output from its spool into its window.  HASH (may be NULL): SHA-256 of the spool.  False when
 * there is none, or it is too large to be waited for. */
bool outputs_load(struct session *session, struct call *call, char *hash);

/* --- resume.c --- */

bool session_resume(struct session *session, struct error *error);
/* A call that ran in an earlier process and whose end cannot be known: it gets its result. */
void session_call_lost(struct session *session, struct call *call);

/* --- prompt.c --- */

char *prompt_system(const struct session *session); /* caller frees */
/* A rough count of tokens of a text: bytes over 3.5, never less than the truth by much. */
int64_t prompt_tokens(size_t bytes);

#endif
