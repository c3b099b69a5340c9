/* sandbox.h - what a sandbox can do, and the table of backends.
 *
 * Everything is asynchronous on the loop; every request ends in exactly one answer, unless it is cancelled or
 * the sandbox is freed (cancel, then free; no callback after).  Nothing above this interface knows which
 * backend it talks to: it asks for flags (sandbox_can) and facts.  There is no fallback: when the sandbox is
 * gone, requests fail and say so.
 *
 * Paths are paths inside the sandbox, absolute.  Answers of the sandbox (names, content) are untrusted. */
#ifndef SANDGATE_SANDBOX_SANDBOX_H
#define SANDGATE_SANDBOX_SANDBOX_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct error;
struct loop;
struct sandbox;
struct sandbox_exec;
struct sandbox_request;

enum sandbox_flag {
    SANDBOX_CAN_PTY = 1 << 0,
    SANDBOX_CAN_SNAPSHOT = 1 << 1,
    SANDBOX_CAN_FORK = 1 << 2,
    SANDBOX_CAN_WATCH = 1 << 3,
    SANDBOX_CAN_NETWORK = 1 << 4, /* a network of its own can be opened here */
    SANDBOX_CAN_PORTS = 1 << 5,
    SANDBOX_CAN_LOGS = 1 << 6,
    SANDBOX_CAN_METRICS = 1 << 7,
    SANDBOX_CAN_DETACH = 1 << 8, /* it lives on without us: sandbox_leave with KEEP, then open with its id */
    SANDBOX_CAN_ATTACH = 1 << 9, /* an exec that another process started can be asked for by its id */
    SANDBOX_CAN_SET_NETWORK = 1 << 10, /* of a running one */
};

/* What a sandbox is made of.  Borrowed during sandbox_open, copied there. */
struct sandbox_options {
    const char *backend;      /* a row of the table: "bubblewrap" */
    const char *state_folder; /* on the host, of this session alone: the backend keeps its things there */
    const char *id;           /* attach to this one; NULL: make a new one */
    const char *workspace;    /* absolute path inside; made when missing; default cwd of every exec */
    const char *const
        *environment; /* NAME=value, exactly what every exec gets besides PATH, HOME, LANG, TERM */
    bool network;
    int64_t memory;      /* bytes, 0: the backend's default */
    int64_t processes;   /* at most, 0: the backend's default */
    int64_t file_size;   /* bytes, 0: the backend's default */
    double cpu;          /* cores, 0: the backend's default */
    const char *restore; /* id of a snapshot to start from; NULL: none */
    const char *label;   /* a word for people to find it by, such as the session's id; NULL: none */
    const struct conf *
        conf; /* where a backend reads options that are its own; borrowed for the sandbox's life, may be NULL */
};

/* What is true of a sandbox now; part of every digest and of every policy request. */
struct sandbox_facts {
    const char *backend; /* borrowed for the sandbox's life */
    char id[64];
    int64_t generation; /* 1 at first; changes on restore, promotion, network or mount change */
    const char *workspace;
    bool network;
    bool secrets;              /* any secret or passed-through variable is inside */
    const char *mounts;        /* writable volumes, one line each; "" for none */
    const char *const *fixed;  /* folders whose content no command of the sandbox can change or hide, by its making;
                                * NULL-terminated; NULL: none */
    const char *limits;        /* a line for people: "memory 2 GiB (rlimit), 512 processes" */
    const char *network_words; /* "off", "on (pasta)" */
    int64_t ends;              /* clock_wall when its provider will end it; 0: it does not */
    bool ended;                /* it is known to be over for good: there is no way back to it by its id */
};

struct sandbox_open_events {
    /* "image layer 2 of 3" with a line of its build's log, "starting" with NULL: a new step begins when STEP
     * differs from the one before. DETAIL is untrusted. */
    void (*progress)(void *data, const char *step, const char *detail);
    void (*ready)(void *data);
    void (*failed)(void *data, const char *sentence);
    void (*lost)(void *data, const char *sentence); /* any time after ready: it is gone, once */
};

/* Returns at once; one of ready and failed comes later.  sandbox_free at any time. */
struct sandbox *sandbox_open(struct loop *loop, const struct sandbox_options *options,
                             const struct sandbox_open_events *events, void *data);
/* Frees; no callback comes after.  A sandbox on this machine ends with everything in it (its workspace stays in
 * the state folder), and this blocks only for the moment that killing takes; one that can live without us is
 * left as it is: call sandbox_leave before. */
void sandbox_free(struct sandbox *sandbox);

enum sandbox_leaving { SANDBOX_TERMINATE, SANDBOX_KEEP };
/* Ends the sandbox, or (SANDBOX_CAN_DETACH) leaves it running.  LEFT comes once; then only sandbox_free follows.
 * FAILED: the sentence, with what is left running; NULL: fine.  `lost` is not told any more. */
void sandbox_leave(struct sandbox *sandbox, enum sandbox_leaving how,
                   void (*left)(void *data, const char *failed), void *data);
/* A new sandbox with the same files (SANDBOX_CAN_FORK), opening with a state folder of its own, with the options
 * of the first; as sandbox_open.  The first goes on. */
struct sandbox *sandbox_fork(struct sandbox *sandbox, const char *state_folder,
                             const struct sandbox_open_events *events, void *data);
unsigned sandbox_can(const struct sandbox *sandbox); /* flags */
const struct sandbox_facts *sandbox_facts(const struct sandbox *sandbox);

/* --- running programs --- */

struct sandbox_exec_spec {
    const char *exec_id;            /* made by us beforehand; the sandbox runs an id at most once */
    const char *const *argv;        /* argv[0] is an absolute path */
    const char *cwd;                /* NULL: the workspace */
    const char *const *environment; /* the whole of it; NULL: the sandbox's standard environment */
    const char *input;              /* stdin: these bytes, then end-of-file; NULL: empty */
    size_t input_length;
    bool pty;          /* stdin, stdout, stderr are one terminal; input_open is then allowed */
    bool input_open;   /* stdin stays open for sandbox_exec_write (a person types) */
    int columns, rows; /* of the PTY */
    int64_t timeout;   /* milliseconds; 0: none */
    bool attach;       /* SANDBOX_CAN_ATTACH: another process started exec_id; all its output comes again
                                     * from the first byte, then its end; it is never started here */
};

enum sandbox_end {
    SANDBOX_EXITED,    /* code */
    SANDBOX_SIGNALLED, /* signal */
    SANDBOX_TIMED_OUT, /* killed with every descendant */
    SANDBOX_CANCELLED, /* killed with every descendant */
    SANDBOX_LOST,      /* the sandbox went away under it: whether it ended is not known */
    SANDBOX_FAILED,    /* it was never started: sentence */
};

struct sandbox_exec_result {
    enum sandbox_end end;
    int code, signal;
    const char *sentence; /* FAILED, LOST: what is wrong; else NULL */
    const char *const
        *survivors; /* commands that it left running ("PID NAME ..."); NULL-terminated, may be NULL */
    int64_t milliseconds;
};

struct sandbox_exec_events {
    void (*started)(void *data); /* the program runs */
    void (*output)(void *data, bool is_error, const char *bytes, size_t length);
    void (*done)(void *data,
                 const struct sandbox_exec_result *result); /* exactly once, last; frees the exec */
};

struct sandbox_exec *sandbox_exec(struct sandbox *sandbox, const struct sandbox_exec_spec *spec,
                                  const struct sandbox_exec_events *events, void *data);
void sandbox_exec_write(struct sandbox_exec *exec, const void *bytes, size_t length);
void sandbox_exec_end_input(struct sandbox_exec *exec);
void sandbox_exec_resize(struct sandbox_exec *exec, int columns, int rows);
/* Kills it and every descendant; done (CANCELLED) still comes. */
void sandbox_exec_cancel(struct sandbox_exec *exec);
/* No callback comes any more; the program is killed. */
void sandbox_exec_forget(struct sandbox_exec *exec);
/* Stops and goes on taking output from it (backpressure); the program blocks in write. */
void sandbox_exec_pause(struct sandbox_exec *exec, bool pause);
/* The script as it is run on every backend: /bin/bash --noprofile --norc -c SCRIPT. */
enum { SANDBOX_SCRIPT_MAX = 60000 }; /* bytes of script plus arguments */

/* --- files ---
 * Changes (write, make, remove, rename, put) are made in the order in which they were asked for; list, stat
 * and read wait for no change that was asked for before them. */

enum sandbox_file_type { SANDBOX_FILE, SANDBOX_FOLDER, SANDBOX_LINK, SANDBOX_OTHER };

struct sandbox_entry {
    const char *name; /* any bytes but / and NUL */
    enum sandbox_file_type type;
    int64_t size;
    int64_t modified;      /* milliseconds since 1970 */
    unsigned mode;         /* permission bits */
    const char *target;    /* of a link, else NULL */
    bool target_is_folder; /* of a link */
};

/* A port of the sandbox that can be reached from outside. */
struct sandbox_port {
    int port;
    const char *url; /* "https://..." */
};

/* What every request answers with; the fields that its verb has no use for are empty. Borrowed during
 * the callback. */
struct sandbox_answer {
    const char *failed; /* NULL: fine; else the sentence */
    int error;          /* errno of the failure where there is one (ENOENT, ESTALE for a changed base) */
    const struct sandbox_entry *entries; /* list, in byte order of names; stat: one */
    size_t entry_count;
    bool more;           /* list: the folder has more entries than the limit */
    int64_t entry_total; /* list: how many there are in all */
    const char *bytes;   /* read */
    size_t length;
    int64_t size;                     /* read: of the whole file */
    char hash[HASH_TEXT];             /* read with whole_hash, write: of the whole file as it is now */
    const char *id;                   /* snapshot */
    const struct sandbox_port *ports; /* ports */
    size_t port_count;
};
typedef void sandbox_answered(void *data, const struct sandbox_answer *answer);

struct sandbox_request *sandbox_list(struct sandbox *sandbox, const char *path, size_t limit,
                                     sandbox_answered *answered, void *data);
struct sandbox_request *sandbox_stat(struct sandbox *sandbox, const char *path, sandbox_answered *answered,
                                     void *data);
/* At most LENGTH bytes (16 MiB at most) from OFFSET; follows links inside the sandbox. */
struct sandbox_request *sandbox_read(struct sandbox *sandbox, const char *path, int64_t offset, size_t length,
                                     bool whole_hash, sandbox_answered *answered, void *data);
/* Replaces the file as a whole, atomically (next to it, then rename), keeping its mode; parents are made.
 * BASE: the hash that the file must have now, "" for "must not exist", NULL for any; else ESTALE. */
struct sandbox_request *sandbox_write(struct sandbox *sandbox, const char *path, const void *bytes,
                                      size_t length, const char *base, sandbox_answered *answered,
                                      void *data);
struct sandbox_request *sandbox_make_folder(struct sandbox *sandbox, const char *path,
                                            sandbox_answered *answered, void *data);
struct sandbox_request *sandbox_remove(struct sandbox *sandbox, const char *path, bool recursive,
                                       sandbox_answered *answered, void *data);
/* EEXIST when TO is there already. */
struct sandbox_request *sandbox_rename(struct sandbox *sandbox, const char *from, const char *to,
                                       sandbox_answered *answered, void *data);
/* One file, folder or link of an upload: mode and, for a link, its target as it is. */
struct sandbox_request *sandbox_put(struct sandbox *sandbox, const char *path, enum sandbox_file_type type,
                                    unsigned mode, const void *bytes, size_t length, const char *target,
                                    sandbox_answered *answered, void *data);

/* --- the whole of it --- */

/* The file system as it is now, kept by the provider: ID can be opened from (restore).  SANDBOX_CAN_SNAPSHOT. */
struct sandbox_request *sandbox_snapshot(struct sandbox *sandbox, sandbox_answered *answered, void *data);
/* Opens the network to DOMAINS ("*.example.com"; NULL: everywhere) or closes it: the generation changes.
 * SANDBOX_CAN_SET_NETWORK. */
struct sandbox_request *sandbox_set_network(struct sandbox *sandbox, bool open, const char *const *domains,
                                            sandbox_answered *answered, void *data);
/* SANDBOX_CAN_PORTS. */
struct sandbox_request *sandbox_ports(struct sandbox *sandbox, sandbox_answered *answered, void *data);

/* No answer comes any more; what was asked may still happen. NULL is fine. */
void sandbox_request_cancel(struct sandbox_request *request);

/* Tells CHANGED when the entries of folder PATH change; several changes may come as one.  A folder that is not
 * there when it is asked for is never told of. */
struct sandbox_watch;
struct sandbox_watch *sandbox_watch_add(struct sandbox *sandbox, const char *path,
                                        void (*changed)(void *data), void *data);
void sandbox_watch_remove(struct sandbox_watch *watch);

/* --- the table (sandbox.c) --- */

struct sandbox_backend {
    const char *name;
    bool outlives; /* its sandboxes can live without us: an id of an earlier process can be opened */
    /* The functions behind the calls above; see sandbox_backend.h. */
    const struct sandbox_operations *operations;
};
const struct sandbox_backend *sandbox_backend(const char *name); /* NULL: there is none */

#endif
