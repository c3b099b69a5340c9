/* jail.h - the parts of the sandbox's first process.
 *
 * The jail is process 1 of the sandbox: it holds the only line to the host, starts programs, does the file
 * work, and finds and kills what has to go.  It runs under the same user id as the programs that it starts,
 * without any capability, so it protects itself otherwise: it is not dumpable (no ptrace, no /proc/1/fd, mem
 * or environ), as process 1 it cannot be killed from inside, and whoever works for it (supervisors, file
 * workers) may be killed at any time without harm to it.
 *
 * One loop, one thread (main.c).  It may block only in sending: the host always reads. */
#ifndef SANDGATE_SANDBOX_JAIL_JAIL_H
#define SANDGATE_SANDBOX_JAIL_JAIL_H

#include "sandbox/jail/protocol.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct exec;
struct job;
struct file_batch;
struct watch;

struct message {
    struct jail_header header;
    char *payload; /* owned, NUL behind its end */
};

struct jail {
    int signals; /* a signalfd: SIGCHLD */
    int notify;  /* inotify, -1 before the first watch */
    struct jail_hello limits;
    int first_cpu; /* of the limits.cpus that programs may run on, so that not all sandboxes share one */
    uint64_t open_files;    /* RLIMIT_NOFILE as it was, for the programs */
    struct message partial; /* the message that is coming in */
    size_t partial_length;
    struct exec *execs; /* in order of their start */
    char **used;        /* every exec id that was ever asked for */
    size_t used_count, used_capacity;
    struct job *jobs;       /* file workers that run */
    struct message *writes; /* changes of files that wait for their worker */
    size_t write_count, write_capacity;
    bool writer_runs;
    struct watch *watches;
    bool orphans; /* a supervisor was killed: what it watched over has to go */
};

/* memory.c: no memory ends the program, and with it the sandbox */
void *jail_allocate(void *old, size_t size);
int64_t jail_now(void); /* milliseconds, steady */

/* channel.c */
bool channel_receive(struct jail *jail, struct message *message);
void channel_send(uint32_t type, uint64_t id, const void *head, size_t head_length, const void *body,
                  size_t body_length);

/* exec.c: the programs, seen from the first process */
void exec_start(struct jail *jail, const struct message *message);
void exec_message(struct jail *jail, const struct message *message); /* input, resize, credit, kill */
size_t exec_count(const struct jail *jail);
enum { EXEC_POLLS = 4 };
/* Fills EXEC_POLLS entries for each exec; returns how long poll may wait, in milliseconds, -1: for ever. */
int exec_poll(const struct jail *jail, struct pollfd *polls);
void exec_turn(struct jail *jail, const struct pollfd *polls, size_t count);
bool exec_reaped(struct jail *jail, pid_t pid, int status); /* false: no supervisor of ours */
bool exec_supervises(const struct jail *jail, pid_t pid);

/* order.c */
/* The strings behind the head of an exec message, as arrays that point into it. */
struct order {
    struct jail_exec head;
    const char *id, *folder;
    char **arguments, **variables;
};
struct order order_read(const struct message *message);
void order_release(struct order *order);

/* supervisor.c: the process between the first one and a program */
struct supervisor_spec {
    char **arguments;
    char **variables;
    const char *folder;
    int in, out, error;   /* pipe ends of the program; -1 when there is a terminal */
    const char *terminal; /* path of the slave, NULL: none */
    int report;           /* where struct supervisor_report go */
};
enum supervisor_news { SUPERVISOR_STARTED, SUPERVISOR_FAILED, SUPERVISOR_ENDED };
struct supervisor_report {
    uint32_t news;
    uint32_t step; /* FAILED */
    int32_t value; /* FAILED: errno; ENDED: as waitpid gives it */
};
void supervisor_run(const struct jail *jail, const struct supervisor_spec *spec) __attribute__((noreturn));

/* processes.c: who runs in here */
size_t processes_kill_below(pid_t root);
size_t processes_kill_orphans(const struct jail *jail);
/* Writes "PID NAME arguments" of the living below ROOT as NUL-terminated strings; returns how many. */
size_t processes_describe_below(pid_t root, char *out, size_t capacity, size_t *length);

/* jobs.c: file requests and the short-lived processes that do them */
void job_request(struct jail *jail, struct message *message); /* takes the message over */
void job_cancel(struct jail *jail, uint64_t id);
bool job_reaped(struct jail *jail, pid_t pid, int status);
bool job_works(const struct jail *jail, pid_t pid);

/* files.c, list.c, write.c, remove.c: one request each, inside a worker; errno values, 0: fine */
struct request {
    struct jail_file file;
    uint64_t id;
    const char *path, *other, *content;
};
int file_list(const struct request *request, struct jail_answer *answer);
int file_stat(const struct request *request);
int file_read(const struct request *request, struct jail_answer *answer);
int file_write(const struct request *request, struct jail_answer *answer);
int file_put(const struct request *request);
int file_make_folders(const char *path, unsigned mode);
int file_remove(const struct request *request);
int file_hash(int fd, uint8_t hash[JAIL_HASH], int64_t *size);
int file_write_all(int fd, const char *bytes, size_t length);
size_t file_describe(int folder, const char *name,
                     char *out); /* an entry as JAIL_ENTRIES carries it, 0: gone */
enum { FILE_ENTRY_MAX = sizeof(struct jail_entry) + 256 + 4096 };

/* watch.c */
void watch_message(struct jail *jail, const struct message *message);
void watch_turn(struct jail *jail);

/* sha256.c */
struct sha256 {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
};
void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t length);
void sha256_end(struct sha256 *hash, uint8_t digest[32]);

#endif
