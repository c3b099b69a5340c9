/* gate.h - asks that wait for a decision, as data.
 *
 * An ask binds a call to the digest of what would run.  A decision is a message with the ask's id and that
 * digest; the first valid one wins, so a screen, a headless approver and later faces need nothing else. */
#ifndef SANDGATE_AGENT_GATE_H
#define SANDGATE_AGENT_GATE_H

#include "base/hash.h"
#include "matter/action.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct gate;

struct ask {
    int64_t id;   /* unique within the session */
    int64_t call; /* number of the call */
    char digest[HASH_TEXT];
    const struct action *action; /* borrowed: lives as long as the ask */
    struct policy_verdict verdict;
    int64_t since; /* clock_wall */
};

enum decision_kind {
    DECISION_RUN,           /* once */
    DECISION_EDIT,          /* run with other arguments, or only some hunks of a change: judged again */
    DECISION_REJECT,        /* with or without words for the model */
    DECISION_ALLOW_SESSION, /* run, and this exact action needs no person again in this session */
    DECISION_STOP,          /* reject and stop the agent */
    DECISION_KEEP,          /* what it did in a fork is kept: recorded by trial_keep alone */
    DECISION_KINDS
};

struct decision {
    int64_t ask;
    char digest[HASH_TEXT];
    enum decision_kind kind;
    const char *words;     /* REJECT: for the model, NULL: none */
    const char *arguments; /* EDIT: the new arguments, JSON text; NULL: hunks says what is kept */
    const size_t *hunks;   /* EDIT of a file's change: the numbers, from 1, of the hunks that are made (agent/hunks.h) */
    size_t hunk_count;
    const char *actor;     /* "person", "approver:NAME" */
};

const char *decision_name(enum decision_kind kind); /* "run", "edit", "reject", "allow_session", "stop" */
bool decision_from_name(const char *name, enum decision_kind *kind);

struct gate *gate_new(void);
void gate_free(struct gate *gate);
/* Queues an ask; the verdict's content is taken over, the action borrowed. Borrowed until it is removed. */
const struct ask *gate_add(struct gate *gate, int64_t id, int64_t call, const struct action *action,
                           const char *digest, struct policy_verdict *verdict);
/* Two commands of the same programs, with the same effects and risk, in the same folder: they may be decided
 * together. */
bool ask_is_like(const struct ask *a, const struct ask *b);
/* In order of risk, then age. */
size_t gate_count(const struct gate *gate);
const struct ask *gate_at(const struct gate *gate, size_t index);
const struct ask *gate_for_call(const struct gate *gate, int64_t call);
/* The ask that DECISION answers; NULL and a sentence when there is none or the digest differs. */
const struct ask *gate_find(const struct gate *gate, const struct decision *decision, struct error *error);
void gate_remove(struct gate *gate, int64_t id);
/* Lasting digests (agent/pending.h) that the person allowed for this session; NULL-terminated. */
void gate_allow(struct gate *gate, const char *digest);
const char *const *gate_allowed(const struct gate *gate);

#endif
