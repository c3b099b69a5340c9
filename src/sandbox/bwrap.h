/* bwrap.h - the parts of the bubblewrap backend.
 *
 * sandbox_bwrap.c   its life: start, ready, lost, end
 * bwrap_start.c     the command line of bwrap, and what it is given by descriptor
 * bwrap_filter.c    the system calls that are denied inside
 * bwrap_channel.c   packets to and from the jail, the sandbox's first process (jail/)
 * bwrap_exec.c      programs; bwrap_order.c writes down what is asked for
 * bwrap_files.c     file requests; bwrap_answer.c reads what they bring
 * bwrap_watch.c     watched folders
 * bwrap_limits.c    control groups, and what is left to the jail
 * bwrap_network.c   a network of its own */
#ifndef SANDGATE_SANDBOX_BWRAP_H
#define SANDGATE_SANDBOX_BWRAP_H

#include "base/buffer.h"
#include "sandbox/jail/protocol.h"
#include "sandbox/sandbox_backend.h"

#include <sys/types.h>

struct bwrap_channel;
struct bwrap_exec;
struct bwrap_network;
struct bwrap_request;
struct bwrap_watch;
struct child;
struct error;
struct loop;
struct loop_task;
struct loop_timer;
struct loop_watch;
struct tree_copy;

struct bwrap_limits {
    int64_t memory, processes, file_size; /* 0: none */
    double cpu;
    char *groups[3]; /* control groups that were made for it, NULL at the end */
    char words[256]; /* for facts */
};

enum bwrap_state { BWRAP_STARTING, BWRAP_READY, BWRAP_GONE };

struct bwrap {
    struct sandbox base;
    struct loop *loop;
    struct sandbox_open_events events;
    void *data;
    enum bwrap_state state;
    int depth; /* callbacks under way; freed waits for the outermost */
    bool freed;
    char *sentence; /* why it is GONE */

    struct sandbox_facts facts;
    bool wants_network;
    char *workspace; /* inside */
    char *state_folder;
    char **environment; /* what every exec gets, NULL-terminated, owned */
    struct bwrap_limits limits;
    struct bwrap_network *network;

    struct child *child;
    struct bwrap_channel *channel;
    int jail;          /* pidfd of the first process, -1: not known yet */
    int complaints_fd; /* bwrap's standard error */
    struct loop_watch *complaints_watch;
    struct buffer complaints;
    struct loop_timer *patience; /* until it must be ready */
    struct loop_task *failing;
    struct tree_copy *copy;                       /* of a fork: the workspace is still being copied */
    void (*left)(void *data, const char *failed); /* of sandbox_leave, NULL: not asked */
    void *left_data;
    struct loop_task *leaving;

    uint64_t last_id;
    struct bwrap_exec *execs;
    struct sandbox_queue waiting_reads, waiting_writes, flying, failed;
    size_t reads_flying, writes_flying, bytes_flying;
    struct bwrap_watch *watches;
};

/* Around every entry from the loop that calls back: the sandbox may be freed inside, and its memory lasts
 * until leave.  After a callback, look at freed before going on. */
void bwrap_enter(struct bwrap *bwrap);
void bwrap_leave(struct bwrap *bwrap);
/* It is gone: everything under way ends, lost (or failed, when it never was ready) is told. */
void bwrap_lose(struct bwrap *bwrap, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What came from inside makes no sense. */
void bwrap_distrust(struct bwrap *bwrap);
/* The network is up; it was the last that a start waits for. */
void bwrap_become_ready(struct bwrap *bwrap);

/* --- bwrap_start.c: starts bwrap; *CHANNEL and *COMPLAINTS are our ends. */
bool bwrap_start(struct bwrap *bwrap, int *channel, int *complaints, struct error *error);

/* --- bwrap_filter.c: a memfd with the filter, -1 and a sentence when there is none. */
int bwrap_filter(struct error *error);

/* --- bwrap_channel.c */
struct bwrap_channel_events {
    /* One message; false when it makes no sense.  The channel may be freed inside. */
    bool (*message)(void *data, const struct jail_header *header, const char *payload);
    void (*closed)(void *data, bool broken); /* broken: what came was no message. Once, then nothing more. */
};
struct bwrap_channel *bwrap_channel_new(struct loop *loop, int fd, const struct bwrap_channel_events *events,
                                        void *data);
void bwrap_channel_free(struct bwrap_channel *channel); /* closes its descriptor; NULL is fine */
/* Sends now or when there is room, in order.  BODY may be NULL. */
void bwrap_channel_send(struct bwrap_channel *channel, enum jail_type type, uint64_t id, const void *head,
                        size_t head_length, const void *body, size_t body_length);
pid_t bwrap_channel_peer(
    const struct bwrap_channel *channel); /* as the kernel says, 0 before the first message */

/* --- bwrap_exec.c */
struct sandbox_exec *bwrap_exec(struct sandbox *sandbox, const struct sandbox_exec_spec *spec,
                                const struct sandbox_exec_events *events, void *data);
void bwrap_exec_write(struct sandbox_exec *exec, const void *bytes, size_t length);
void bwrap_exec_end_input(struct sandbox_exec *exec);
void bwrap_exec_resize(struct sandbox_exec *exec, int columns, int rows);
void bwrap_exec_cancel(struct sandbox_exec *exec);
void bwrap_exec_forget(struct sandbox_exec *exec);
void bwrap_exec_pause(struct sandbox_exec *exec, bool pause);
bool bwrap_exec_message(struct bwrap *bwrap, const struct jail_header *header, const char *payload);
void bwrap_execs_ready(struct bwrap *bwrap); /* sends those that were asked for before it was ready */
void bwrap_execs_lost(struct bwrap *bwrap);  /* ends them all */
void bwrap_execs_drop(struct bwrap *bwrap);  /* frees them all, tells nobody */

/* --- bwrap_order.c */
/* Why SPEC cannot be run, as a sentence; NULL: it can. */
const char *bwrap_order_check(const struct bwrap *bwrap, const struct sandbox_exec_spec *spec);
/* The payload of JAIL_EXEC; OUT is full when it is too long. */
void bwrap_order_write(struct buffer *out, const struct bwrap *bwrap, const struct sandbox_exec_spec *spec);

/* --- bwrap_files.c */
struct sandbox_request *bwrap_request(struct sandbox *sandbox, const struct sandbox_request_spec *spec,
                                      sandbox_answered *answered, void *data);
void bwrap_request_cancel(struct sandbox_request *request);
bool bwrap_request_message(struct bwrap *bwrap, const struct jail_header *header, const char *payload);
void bwrap_requests_send(struct bwrap *bwrap); /* those that wait, as far as there is room */
void bwrap_requests_lost(struct bwrap *bwrap);
void bwrap_requests_drop(struct bwrap *bwrap);

/* --- bwrap_watch.c */
struct sandbox_watch *bwrap_watch_add(struct sandbox *sandbox, const char *path, void (*changed)(void *data),
                                      void *data);
void bwrap_watch_remove(struct sandbox_watch *watch);
bool bwrap_watch_message(struct bwrap *bwrap, uint64_t id);
void bwrap_watches_ready(struct bwrap *bwrap);
void bwrap_watches_drop(struct bwrap *bwrap);

/* --- bwrap_answer.c: what a file request brought, checked.  ENTRIES: as JAIL_ENTRIES packed them. */
bool bwrap_answer_entries(const struct buffer *packed, size_t limit, struct sandbox_entry **entries,
                          size_t *count);
void bwrap_answer_free(struct sandbox_entry *entries, size_t count);
/* "'PATH' could not be read: ..."; caller frees. */
char *bwrap_answer_sentence(const struct bwrap *bwrap, enum sandbox_verb verb, const char *path, int number);

/* --- bwrap_limits.c */
void bwrap_limits_init(struct bwrap_limits *limits, const struct sandbox_options *options);
/* Puts process PID under what can be put here, and says in HELLO what the jail has to do. */
void bwrap_limits_apply(struct bwrap_limits *limits, pid_t pid, const char *id, struct jail_hello *hello);
void bwrap_limits_release(struct bwrap_limits *limits);

/* --- bwrap_network.c */
bool bwrap_network_possible(void);
/* Opens a network for the namespace of process PID.  bwrap_become_ready or bwrap_lose follows. */
struct bwrap_network *bwrap_network_open(struct bwrap *bwrap, pid_t pid, struct error *error);
void bwrap_network_close(struct bwrap_network *network); /* NULL is fine */

#endif
