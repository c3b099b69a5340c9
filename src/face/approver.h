/* approver.h - a program of the person's that answers asks: gets the ask as one JSON object on standard input,
 * prints {"decision": "run" | "reject" | "edit" | "allow_session" | "stop", "words"?: ..., "arguments"?: {...},
 * "hunks"?: [1, ...]} and exits with 0.  An edit has the new arguments, or the numbers of the hunks of a file's
 * change that are to be made.  It runs on the host, as the person. */
#ifndef SANDGATE_FACE_APPROVER_H
#define SANDGATE_FACE_APPROVER_H

#include "agent/gate.h"

struct approver;
struct error;
struct loop;

struct approver_answer {
    const char *failed; /* the sentence; NULL: the rest is good */
    enum decision_kind kind;
    const char *words, *arguments;
    const size_t *hunks; /* NULL: none were named */
    size_t hunk_count;
};

/* ANSWERED comes once, later; then the approver frees itself. NULL: it could not be started. */
struct approver *approver_start(struct loop *loop, const char *program, const struct ask *ask,
                                void (*answered)(void *data, const struct approver_answer *answer), void *data,
                                struct error *error);
void approver_cancel(struct approver *approver); /* NULL is fine */

#endif
