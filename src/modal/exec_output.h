/* exec_output.h - one descriptor of a program read to its end, each byte once; for src/modal alone.
 *
 * The router keeps the output: whatever breaks, the stream is opened again at the number of bytes that are here
 * (protocol: stdout and stderr). */
#ifndef SANDGATE_MODAL_EXEC_OUTPUT_H
#define SANDGATE_MODAL_EXEC_OUTPUT_H

#include "modal/task.h"

struct exec_output;

struct exec_output_events {
    void (*bytes)(void *data, const char *bytes, size_t length);
    /* COUNT bytes are not kept any more and were left out (main process only); may be NULL. */
    void (*lost)(void *data, uint64_t count);
    void (*resuming)(void *data, const char *sentence); /* may be NULL */
    /* Once, last; the output frees itself after it. FAILURE NULL: all of it was told. */
    void (*ended)(void *data, const struct modal_failure *failure);
};

/* EXEC_ID NULL: of the main process (V2). DESCRIPTOR 0 is stdout, 1 stderr. EVENTS is borrowed for its life. */
struct exec_output *exec_output_open(struct modal_task *task, const char *exec_id, int descriptor,
                                     uint64_t offset, const struct exec_output_events *events, void *data);
/* Nothing is told while it is paused, and nothing is read from the connection. */
void exec_output_pause(struct exec_output *output, bool pause);
/* Asks anew, in case the connection is dead without knowing it. */
void exec_output_reopen(struct exec_output *output);
void exec_output_close(struct exec_output *output); /* nothing is told any more; NULL is fine */

#endif
