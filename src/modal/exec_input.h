/* exec_input.h - what a program reads on stdin, brought there in order; for src/modal alone.
 *
 * Two ways (protocol: stdin).  What is pushed goes by unary writes, each at its offset, one at a time.  A source
 * that can be read again from any offset goes by the streaming call, which is resumed at what the router has
 * taken. */
#ifndef SANDGATE_MODAL_EXEC_INPUT_H
#define SANDGATE_MODAL_EXEC_INPUT_H

#include "modal/exec.h"

struct exec_input;

struct exec_input_events {
    void (*drained)(void *data); /* all that was given is taken */
    /* Once: nothing more can be given. */
    void (*failed)(void *data, const struct modal_failure *failure);
};

/* EVENTS is borrowed for its life. Nothing is sent before exec_input_open. */
struct exec_input *exec_input_new(struct modal_task *task, const char *exec_id,
                                  const struct exec_input_events *events, void *data);
void exec_input_open(struct exec_input *input);
void exec_input_write(struct exec_input *input, const void *bytes, size_t length);
void exec_input_end(struct exec_input *input);
void exec_input_send(struct exec_input *input, const struct modal_exec_source *source);
size_t exec_input_waiting(const struct exec_input *input);
bool exec_input_end_sent(const struct exec_input *input);
void exec_input_free(struct exec_input *input); /* nothing is told any more; NULL is fine */

#endif
