/* bring_back.h - what changed in a session's sandbox, brought back to the person's folder while the session runs.
 *
 * The comparison is made once, when it is asked for; a change is applied only where the host still has what it
 * had then (sandbox/sync.h).  What was brought back is told by an event. */
#ifndef SANDGATE_AGENT_BRING_BACK_H
#define SANDGATE_AGENT_BRING_BACK_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct session;
struct bring_back;

struct bring_back_change {
    const char *path; /* relative to the folder; untrusted */
    const char *kind; /* "add", "change", "delete", "mode" */
    const char *why;  /* it cannot be brought back: the reason; NULL: it can */
    bool is_text;     /* before and after are texts, either may be NULL: not there */
    const char *before, *after;
    size_t before_length, after_length;
    size_t added, removed; /* lines */
    bool chosen, applied;
    bool in_part;       /* chosen or applied: only some of its hunks */
    const char *failed; /* it could not be applied: the sentence; NULL: it was not tried, or is applied */
};

/* CHANGED comes when the comparison is there or has failed.  NULL and a sentence when there is nothing to
 * compare: no folder went up, or the sandbox is not ready. */
struct bring_back *bring_back_start(struct session *session, void (*changed)(void *data), void *data,
                                    struct error *error);
void bring_back_free(struct bring_back *back); /* before the session; NULL is fine */
bool bring_back_is_ready(const struct bring_back *back);
const char *bring_back_failed(const struct bring_back *back); /* the sentence, NULL: it has not */
size_t bring_back_count(const struct bring_back *back);
const struct bring_back_change *bring_back_at(const struct bring_back *back, size_t index);
/* Chooses or leaves; what cannot be brought back is never chosen. */
void bring_back_choose(struct bring_back *back, size_t index, bool chosen);
/* Of a text that changed and is chosen: only the hunks whose entry is true come back (those of diff_new_apart with
 * DIFF_CONTEXT); NULL: all. What is left out is found by the next comparison. */
void bring_back_choose_hunks(struct bring_back *back, size_t index, const bool *hunks, size_t count);
/* Applies what is chosen and not applied yet; returns how many were. */
size_t bring_back_apply(struct bring_back *back);

#endif
