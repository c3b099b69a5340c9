/* exec_order.h - the request that starts a program, checked and kept until it is answered; for src/modal alone. */
#ifndef SANDGATE_MODAL_EXEC_ORDER_H
#define SANDGATE_MODAL_EXEC_ORDER_H

#include "modal/exec.h"

struct exec_order;

/* NULL: SPEC says nothing that can be sent, the sentence is in ERROR. */
struct error;
struct exec_order *exec_order_new(const struct modal_exec_spec *spec, struct error *error);
void exec_order_free(struct exec_order *order);
/* The message to send, borrowed. */
const void *exec_order_message(struct exec_order *order, const char *task_id);

#endif
