/* trial.h - a call that waits, tried in a fork of the sandbox: what it did is looked at, then kept or thrown away.
 *
 * The fork has the sandbox's files as they are; the call runs there exactly as it was judged.  Its output, its end and
 * what it changed in the workspace are told.  Kept, the fork becomes the session's sandbox and the call has its result;
 * nothing runs a second time.  Thrown away, the fork is ended and the call waits as before.
 *
 * What is compared is what the two sandboxes say of their files: a program that lies about them is not found out. */
#ifndef SANDGATE_AGENT_TRIAL_H
#define SANDGATE_AGENT_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct output;
struct session;
struct trial;

enum trial_state { TRIAL_FORKING, TRIAL_RUNNING, TRIAL_COMPARING, TRIAL_OVER, TRIAL_FAILED };

struct trial_change {
    char *path;       /* relative to the workspace; untrusted */
    const char *kind; /* "add", "change", "delete" */
    bool is_text;     /* before and after are texts; either may be NULL */
    char *before, *after;
    size_t before_length, after_length;
};

/* One trial at a time.  CHANGED comes whenever something is new.  False and a sentence when it cannot be tried: the
 * backend cannot fork, the ask is gone, or the call runs no program. */
bool trial_start(struct session *session, int64_t ask, void (*changed)(void *data), void *data,
                 struct error *error);
/* The session's; NULL: none. */
struct trial *session_trial(const struct session *session);
int64_t trial_ask(const struct trial *trial);
enum trial_state trial_state(const struct trial *trial);
/* "forking the sandbox", "running", "exit code 1", the sentence of what failed. */
const char *trial_words(const struct trial *trial);
const struct output *trial_output(const struct trial *trial);
size_t trial_change_count(const struct trial *trial); /* when it is over */
const struct trial_change *trial_change_at(const struct trial *trial, size_t index);
/* When it is over: the fork becomes the session's sandbox, the call is decided. */
bool trial_keep(struct session *session, struct error *error);
/* Ends the fork; the call waits again. At any time. */
void trial_discard(struct session *session);

#endif
