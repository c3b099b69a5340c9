/* modal_exec_inside.h - a program in a box, for the files that make it up: modal_exec.c (its start, its output, what
 * its owner asks) and modal_exec_end.c (its end, by itself or by force). */
#ifndef SANDGATE_SANDBOX_MODAL_EXEC_INSIDE_H
#define SANDGATE_SANDBOX_MODAL_EXEC_INSIDE_H

#include "base/random.h"
#include "modal/exec.h"
#include "sandbox/modal_box.h"

struct box_exec {
    struct sandbox_exec base;
    struct box *box;
    struct box_exec *next;
    struct sandbox_exec_events events;
    void *data;
    char id[UUID_TEXT], nonce[UUID_TEXT];
    struct box_order order;    /* until it is started */
    bool pty, attach, waiting; /* waiting: for the box to be ready */
    int columns, rows;
    int64_t time_limit, started_at;
    struct buffer input; /* until it is started, or has its new size */
    bool input_ends;

    struct modal_exec *run; /* NULL: not started, or over */
    bool started, paused;
    bool calling, dropped; /* in a callback; dropped by it */
    struct buffer first;   /* the beginning of what may be the wrapper's word */
    bool first_over;

    enum sandbox_end asked; /* CANCELLED or TIMED_OUT once it was told to go */
    bool killing, killed, ended;
    bool looked; /* for survivors */
    enum sandbox_end end;
    int code, signal;
    char *sentence;
    char *survivors;       /* a line each; NULL: none */
    struct box_tool *tool; /* the killer, or who looks for survivors */
    struct box_tool *resizing;
    struct loop_timer *limit, *obey, *again;
    struct loop_task *later;
};

/* --- modal_exec.c */
/* Tells what might have been the wrapper's word. False: the exec is no more. */
bool box_exec_tell_first(struct box_exec *exec);

/* --- modal_exec_end.c */
/* No callback comes any more; the memory lasts until the callback that is under way returns. */
void box_exec_drop(struct box_exec *exec);
/* A callback has returned. False: the exec is no more. */
bool box_exec_called(struct box_exec *exec);
/* It has ended: its owner is told when nobody has paused it. */
void box_exec_tell_soon(struct box_exec *exec);
/* It never ran, because of SENTENCE. */
void box_exec_fail(struct box_exec *exec, const char *sentence);
void box_exec_kill(struct box_exec *exec, enum sandbox_end why);
/* Callbacks; DATA is the exec. */
void box_exec_over_time(void *data);
void box_exec_send_killer(void *data);
void box_exec_has_ended(void *data);
void box_exec_run_done(void *data, const struct modal_exec_result *result);

#endif
