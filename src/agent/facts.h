/* facts.h - what a session knows about its sandbox for the policy: are the programs that commands find the image's
 * own, and is git plain where it runs?  Private to the session's files.
 *
 * A look (look.h) is taken when the sandbox is ready, before anything of the agent's can run, and again when a
 * judgement hangs on it and a call since could have changed what was seen.  Nothing blocks: a call that waits for
 * a look is judged when it has come; one that fails leaves everything unknown, and unknown asks.  What a backend
 * promises by its making (sandbox_facts) is not looked at. */
#ifndef SANDGATE_AGENT_FACTS_H
#define SANDGATE_AGENT_FACTS_H

#include "policy/policy.h"

#include <stdint.h>

struct facts;
struct sandbox;
struct session;

/* Where the list of a fresh image comes from. */
enum facts_origin {
    FACTS_FRESH,  /* nothing of the agent's has run: what is there now is the image */
    FACTS_KEPT,   /* the session had this sandbox before: the list was kept in its folder */
    FACTS_UNSURE, /* the agent worked in what it was made from, and nobody looked: unknown for good */
};

struct facts *facts_new(struct session *session);
void facts_free(struct facts *facts);

/* Another sandbox, or none: all is forgotten, and a look under way is let go.  Before a sandbox is freed. */
void facts_forget(struct facts *facts);
/* The first look into SANDBOX.  READY (may be NULL) comes once, when it has come or failed. */
void facts_begin(struct facts *facts, struct sandbox *sandbox, enum facts_origin origin,
                 void (*ready)(void *data), void *data);
/* A fork became the session's sandbox, and these are its facts: its list is kept as that of a fresh image. */
void facts_adopted(struct facts *facts);
/* Has the first look come, or failed? */
bool facts_have_begun(const struct facts *facts);

/* A call that may change anything begins to run, and is over; SURVIVORS: it left something running. */
void facts_call_runs(struct facts *facts);
void facts_call_over(struct facts *facts, bool survivors);
/* Something that nobody sees may run. */
void facts_disturb(struct facts *facts);
/* Grows with each change that may have been. */
int64_t facts_age(const struct facts *facts);

/* Would a look make what is known of FOLDERS (NULL-terminated, may be NULL) better?  LOOK: the number of the look
 * that was waited for already, 0: none. */
bool facts_are_stale(const struct facts *facts, char *const *folders, int64_t look);
/* Asks for a look that takes FOLDERS in; returns its number. */
int64_t facts_look(struct facts *facts, char *const *folders);
/* The number of the last look that has come or failed. */
int64_t facts_looked(const struct facts *facts);

/* Calls THEN as soon as the facts are as good as a look can make them; at once when they are. */
void facts_settle(struct facts *facts, void (*then)(void *data), void *data);
void facts_settle_cancel(struct facts *facts, void *data);

/* Fills in what is known; LOOK as above.  Borrowed from FACTS until the next turn of the loop. */
void facts_fill(const struct facts *facts, int64_t look, struct policy_request *request);
/* What is not known is taken for fine: for questions about rules, not for judging. */
void facts_assume(struct policy_request *request);
/* Nothing of the programs has changed, for sure. */
bool facts_unchanged(const struct facts *facts);
/* It cannot change: the backend says so. */
bool facts_are_fixed(const struct sandbox *sandbox);

#endif
