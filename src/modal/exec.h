/* exec.h - one program run in a Modal sandbox: started once, its output exact to the byte.
 *
 * The id is made by the caller beforehand, so a start may be repeated and the exec found again later.  Output is
 * counted by offset and descriptor: after any break the stream is reopened at the count, nothing is lost or
 * doubled.  Stdin writes are in order, each at its offset.  No polling: the end is a long wait. */
#ifndef SANDGATE_MODAL_EXEC_H
#define SANDGATE_MODAL_EXEC_H

#include "modal/task.h"

struct modal_exec;

enum { MODAL_ARGUMENTS_MAX = 65536 }; /* bytes of all arguments together */

struct modal_exec_spec {
    const char *exec_id; /* a UUID */
    const char *const *argv;
    const char *cwd;                /* absolute; NULL: the sandbox's */
    const char *const *environment; /* NAME=value; adds to the image's; NULL: none */
    const char *const *secrets;     /* ids (st-...); NULL: none */
    const char *container;          /* sidecar id; NULL: the main container */
    int64_t timeout;                /* seconds, the worker kills after it; 0: none */
    bool pty;
    int columns, rows; /* of the PTY */
    const char *term;  /* of the PTY; NULL: xterm-256color */
    bool discard_output;
    bool attach;         /* do not start: it was started before; read on from OFFSETS */
    uint64_t offsets[2]; /* bytes of stdout and stderr that are had already (attach) */
    /* Milliseconds of silence after the program's own end for which its output is waited for: what it left
     * running may hold the descriptors open. 0: as long as they are open. */
    int64_t linger;
};

struct modal_exec_result {
    const struct modal_failure
        *failure;       /* NULL: it ended; else it was not started, or its end cannot be known */
    bool never_started; /* with failure: it certainly did not run */
    int code;           /* exit code, -1 when signalled */
    int signal;         /* 0: none */
};

struct modal_exec_events {
    /* Any but done may be NULL. */
    void (*started)(void *data);
    void (*output)(void *data, bool is_error, const char *bytes, size_t length);
    /* Stdin has taken all that was written. */
    void (*drained)(void *data);
    /* Stdin refused more (program gone or it closed its input). The exec goes on. */
    void (*input_failed)(void *data, const struct modal_failure *failure);
    /* A stream broke and is being resumed, for the debug log and the screen. */
    void (*resuming)(void *data, const char *sentence);
    /* Exactly once, last, after all output; the exec frees itself after it. */
    void (*done)(void *data, const struct modal_exec_result *result);
    /* The program has ended; its output still comes, or what it left running holds it open (modal_exec_linger). */
    void (*ended)(void *data);
};

/* Input that can be read again from any offset: the streaming call needs no copy of it to resume. */
struct modal_exec_source {
    /* Puts at most ROOM bytes at OFFSET into BYTES; returns their number, 0 at the end, -1 when the source is broken:
     * the input is then never ended. Called until done. */
    int64_t (*read)(void *data, uint64_t offset, char *bytes, size_t room);
    void *data;
};

struct modal_exec *modal_exec_start(struct modal_task *task, const struct modal_exec_spec *spec,
                                    const struct modal_exec_events *events, void *data);
/* Unary writes, in order; copied. Nothing after modal_exec_end_input. */
void modal_exec_write(struct modal_exec *exec, const void *bytes, size_t length);
size_t modal_exec_waiting(const struct modal_exec *exec); /* bytes of stdin not yet accepted */
void modal_exec_end_input(struct modal_exec *exec);
/* All of the input from SOURCE (copied), to its end, by the streaming call; instead of write and end_input. */
void modal_exec_send(struct modal_exec *exec, const struct modal_exec_source *source);
/* Whether the end of the input was sent, taken or not. */
bool modal_exec_input_ended(const struct modal_exec *exec);
/* As the spec's linger, from now on; MOST: milliseconds from now on after which output is not waited for in any
 * case. 0: however long it comes. */
void modal_exec_linger(struct modal_exec *exec, int64_t silence, int64_t most);
void modal_exec_pause(struct modal_exec *exec, bool pause);
/* Forgets it here: no callback any more; the program in the sandbox goes on (there is no kill call: that is a
 * second exec, which the caller makes). */
void modal_exec_forget(struct modal_exec *exec);
/* Tells EVENTS, with DATA, instead of the former ones from now on; what is not in them is not told. */
void modal_exec_hand_over(struct modal_exec *exec, const struct modal_exec_events *events, void *data);
/* Sends nothing more to its input, which stays open. */
void modal_exec_leave_input(struct modal_exec *exec);
bool modal_exec_started(const struct modal_exec *exec);

#endif
