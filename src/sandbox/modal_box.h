/* modal_box.h - the parts of the Modal backend.  A "box" is one sandbox at Modal as seen from here.
 *
 * sandbox_modal.c    its life: ready, lost, left, freed
 * modal_open.c       the way there: app, image, create or attach, start, workspace
 * modal_launch.c     a create under way, which outlives a box that is freed meanwhile
 * modal_plan.c       what it is made of, out of the configuration; modal_plan_words.c says it to people
 * modal_memory.c     what a later process has to know of it, in the state folder
 * modal_exec.c       programs; modal_order.c how they are started, modal_exec_end.c how they end
 * modal_tool.c       small programs of our own in there: /bin/sh with a fixed PATH
 * modal_kill.c       the end of programs by force, and what they left running
 * modal_requests.c   file requests: what waits, what is under way, their answers
 * modal_looks.c      list, stat and hash, many in one program; modal_entries.c reads what it says
 * modal_read.c       content of a file
 * modal_changes.c    write, make, remove, rename, one after another
 * modal_puts.c       uploads, many in one tar stream (modal_tar.c)
 * modal_watch.c      watched folders
 *
 * All that is done in there is done by programs of the image, which whoever is root in there can replace: what
 * they answer is the sandbox's word, as everything else that comes out of it. */
#ifndef SANDGATE_SANDBOX_MODAL_BOX_H
#define SANDGATE_SANDBOX_MODAL_BOX_H

#include "base/buffer.h"
#include "modal/client.h"
#include "modal/sandboxes.h"
#include "modal/task.h"
#include "sandbox/sandbox_backend.h"

struct box;
struct box_exec;
struct box_batch;
struct box_launch;
struct box_plan;
struct box_request;
struct box_tool;
struct box_watch;
struct conf;
struct error;
struct http;
struct loop;
struct loop_task;
struct loop_timer;

enum box_state { BOX_OPENING, BOX_READY, BOX_GONE };

enum {                        /* what the image has besides a shell, found out before it is ready */
       BOX_HAS_FIND = 1 << 0, /* GNU find, with -printf */
       BOX_HAS_TAR = 1 << 1,
};

struct box_ear { /* what the client tells its warnings to; outlives the box when the client does */
    struct box *box;
};

struct box {
    struct sandbox base;
    struct loop *loop;
    struct http *http; /* its own: a create that is under way may outlive us */
    struct sandbox_open_events events;
    void *data;
    enum box_state state;
    int depth; /* callbacks under way; freed waits for the outermost */
    bool freed;
    char *sentence; /* why it is GONE */
    unsigned tools_there;

    struct sandbox_facts facts;
    char *facts_words[3];           /* mounts, limits, network: owned */
    struct sandbox_options options; /* a copy, for forks; strings owned but conf */
    struct box_plan *plan;
    char **environment; /* the standard one of an exec, without TERM; owned */

    struct modal_client *client;
    struct box_ear *ear;           /* of the client */
    struct modal_sandbox *sandbox; /* NULL: not made yet */
    struct modal_task *task;       /* of it */
    char *app_id, *image_id;
    struct modal_call *step;   /* of the way there */
    char step_words[64];       /* of the layer that is built */
    char *first_failure;       /* while it is asked whether the sandbox has ended */
    struct box_launch *launch; /* the create under way; NULL: none */
    struct modal_call *end_wait, *end_look;
    struct loop_timer *again; /* until the end is waited for anew */
    struct loop_task *later;

    bool is_fork;
    struct box *source; /* of a fork: whose snapshot is awaited */
    struct box *forks;  /* of those that wait for ours */
    struct box *next_fork;
    struct sandbox_request *source_request;

    void (*left)(void *data, const char *failed); /* of sandbox_leave, NULL: not asked */
    void *left_data;
    bool left_told;
    struct modal_call *leaving;
    struct loop_timer *leaving_limit;

    bool network_changed; /* by set_network; a fork begins with it */
    char **domains;       /* then; NULL: none */

    struct box_exec *execs;
    char **exec_ids; /* that were started from here */
    size_t exec_id_count, exec_id_capacity;
    struct box_tool *tools;
    struct sandbox_queue reads, changes, flying, failed;
    size_t reads_flying;
    bool change_flying;
    struct box_batch *batches;
    struct loop_task *sending;
    struct box_watch *watches;
    struct box_watcher *watchers;
};

/* --- sandbox_modal.c */

/* Around every entry that calls back: the box may be freed inside, and its memory lasts until leave.  After a
 * callback, look at freed before going on. */
void box_enter(struct box *box);
void box_leave(struct box *box);
/* It is gone: everything under way ends, lost (or failed, when it never was ready) is told. */
void box_lose(struct box *box, const char *format, ...) __attribute__((format(printf, 2, 3)));
void box_become_ready(struct box *box);
/* Looks whether it has ended: something failed that may be because of it. */
void box_suspect(struct box *box);
/* The create that a leave had to wait for has come; FAILURE: there is nothing to end. */
void box_launched_while_leaving(struct box *box, const struct modal_failure *failure);
/* Sets facts.network and its words from what is in force now. */
void box_set_network_words(struct box *box, bool network, char *words);

/* --- modal_open.c: the first step; box_become_ready or box_lose follows. */
void box_open_begin(struct box *box);
/* A fork goes on: the snapshot that it was waiting for is IMAGE (NULL: FAILED says why there is none). */
void box_open_fork(struct box *box, const char *image, const char *failed);

/* --- modal_launch.c */
/* Creates; box_launched follows, unless the box lets go of it: then what comes is terminated, on this loop. */
struct box_launch *box_launch(struct box *box);
void box_launched(struct box *box, const struct modal_failure *failure, struct modal_sandbox *sandbox);
/* The box goes, and what it has made or is about to make shall not stay: takes client, http and sandbox over,
 * ends the sandbox, frees them. */
void box_launch_abandon(struct box *box);

/* --- modal_memory.c: its file in the state folder. */
void box_memory_write(const struct box *box);
void box_memory_read(struct box *box); /* of the same id only; else facts say what may be */

/* --- modal_tool.c */
struct box_tool_result {
    const char *failed; /* NULL: it ran; else why nobody knows what it did */
    int code;           /* exit code; 128 + signal */
    struct buffer *out; /* all that it printed; may be taken */
    const char *error;  /* what it printed to stderr, the end of it */
};
typedef void box_tool_done(void *data, const struct box_tool_result *result);

struct box_tool_spec {
    const char *script;           /* for /bin/sh; $0 is sandgate */
    const char *const *arguments; /* NULL-terminated; may be NULL */
    const void *input;            /* borrowed until it is done or cancelled; may be NULL */
    char *owned_input;            /* instead: taken over */
    size_t input_length;
    size_t ceiling; /* of what it prints; 0: 64 KiB */
};
/* DONE comes once, unless cancelled. Only when the box is READY or has a task. */
struct box_tool *box_tool_run(struct box *box, const struct box_tool_spec *spec, box_tool_done *done,
                              void *data);
void box_tool_cancel(struct box_tool *tool); /* the program is left alone; NULL is fine */
void box_tools_drop(struct box *box);
/* BYTES as an argument that is good UTF-8 whatever they are; printf '%b' in the script turns it back. */
char *box_tool_quote(const char *bytes);
/* Begins a script: the fixed PATH, and the functions all of them share (see there). */
extern const char box_tool_prelude[];

/* --- modal_order.c */
struct box_order { /* how a program is started; owned */
    char **argv, **environment;
};
/* Why SPEC cannot be run, as a sentence; NULL: it can. */
const char *box_order_check(const struct box *box, const struct sandbox_exec_spec *spec);
/* ID marks its processes; what the wrapper itself says begins with NONCE. */
void box_order_init(struct box_order *order, const struct box *box, const struct sandbox_exec_spec *spec,
                    const char *id, const char *nonce);
void box_order_release(struct box_order *order);
/* The wrapper's word (NONCE, a space, a word, a newline) at the beginning of BYTES: its length, 0 when it is
 * something else, -1 when more has to come. */
int box_order_word(const char *bytes, size_t length, const char *nonce);
char *box_order_sentence(const char *bytes, size_t length, const char *nonce); /* caller frees */

/* --- modal_exec.c */
struct sandbox_exec *box_exec(struct sandbox *sandbox, const struct sandbox_exec_spec *spec,
                              const struct sandbox_exec_events *events, void *data);
void box_exec_write(struct sandbox_exec *exec, const void *bytes, size_t length);
void box_exec_end_input(struct sandbox_exec *exec);
void box_exec_resize(struct sandbox_exec *exec, int columns, int rows);
void box_exec_cancel(struct sandbox_exec *exec);
void box_exec_forget(struct sandbox_exec *exec);
void box_exec_pause(struct sandbox_exec *exec, bool pause);
void box_execs_ready(struct box *box);
void box_execs_lost(struct box *box);
void box_execs_drop(struct box *box);

/* --- modal_kill.c: tools on the processes that exec ID started.  What they print is those that still run, "PID
 * NAME" a line. */
struct box_tool *box_kill(struct box *box, const char *id, box_tool_done *done, void *data);
struct box_tool *box_survivors(struct box *box, const char *id, box_tool_done *done, void *data);
struct box_tool *box_resize(struct box *box, const char *id, int columns, int rows, box_tool_done *done,
                            void *data);

/* --- modal_requests.c */
struct box_request {
    struct sandbox_request base;
    struct box *box;
    struct box_request *after; /* flying with it in one program, after it */
    size_t together;           /* a put: in an upload of so many at most; 0: any */
    enum sandbox_verb verb;
    char *path, *other; /* other NULL: none */
    char *bytes;
    size_t length;
    int64_t offset;
    bool flag;
    char **domains; /* NULL: everywhere */
    enum sandbox_file_type type;
    unsigned mode;
    struct modal_call *call; /* snapshot, network, ports */
    struct loop_task *later;
    sandbox_answered *answered; /* NULL: cancelled, and flying on */
    void *data;
    int number; /* why it never began */
};

struct sandbox_request *box_request(struct sandbox *sandbox, const struct sandbox_request_spec *spec,
                                    sandbox_answered *answered, void *data);
void box_request_cancel(struct sandbox_request *request);
void box_requests_send(struct box *box); /* at the end of this turn */
void box_requests_lost(struct box *box);
void box_requests_drop(struct box *box);
/* Tells TOLD (its sentence is made here when it has only an error number) and frees REQUEST. */
void box_answer(struct box_request *request, struct sandbox_answer *told);
void box_answer_error(struct box_request *request, int number);
/* The program that was to do it failed: nobody knows what became of it. */
void box_answer_failed(struct box_request *request, const struct box_tool_result *result);
/* Back to the front of the queue: it is tried again in an upload of at most TOGETHER. */
void box_put_back(struct box_request *first, size_t together);

enum { BOX_LOOKS = 128 }; /* requests of one batch that only looks */

struct box_batch { /* requests that one program does */
    struct box *box;
    struct box_batch *next;
    bool looks; /* changes nothing */
    struct box_tool *tool;
    struct modal_call *call;   /* of Modal's helper, in an image without what it takes */
    struct box_request *first; /* the others by `after` */
};
/* Its program is over: frees it, returns its requests.  Each is then answered, until the box is freed inside. */
struct box_request *box_batch_over(struct box_batch *batch);
/* An errno value by its name, "ENOENT"; EIO for one that is not known. */
int box_error_number(const char *name, size_t length);

/* --- what each kind of batch is done by: sets its tool */
void box_send_looks(struct box_batch *batch);  /* modal_looks.c: list, stat, hash */
void box_send_read(struct box_batch *batch);   /* modal_read.c: content of one file */
void box_send_change(struct box_batch *batch); /* modal_changes.c: one */
void box_send_puts(struct box_batch *batch);   /* modal_puts.c */

/* --- modal_tar.c: one entry of a tar stream; PATH without its first slash. */
void box_tar_append(struct buffer *out, const struct box_request *put);
void box_tar_end(struct buffer *out);

/* --- modal_watch.c */
struct sandbox_watch *box_watch_add(struct sandbox *sandbox, const char *path, void (*changed)(void *data),
                                    void *data);
void box_watch_remove(struct sandbox_watch *watch);
void box_watches_ready(struct box *box);
void box_watches_stop(struct box *box); /* it is gone: nothing is told any more */
void box_watches_drop(struct box *box);

#endif
