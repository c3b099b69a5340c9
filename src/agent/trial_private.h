/* trial_private.h - the inside of a trial, for trial.c (its life) and trial_compare.c (what it changed). */
#ifndef SANDGATE_AGENT_TRIAL_PRIVATE_H
#define SANDGATE_AGENT_TRIAL_PRIVATE_H

#include "agent/session_private.h"
#include "agent/trial.h"
#include "base/buffer.h"
#include "base/random.h"

struct comparison;
struct sandbox_exec;

/* A piece of the output, as it came. */
struct piece {
    bool is_error;
    size_t length;
};

struct trial {
    struct session *session;
    int64_t ask, call;
    char digest[HASH_TEXT];
    char *folder; /* state folder of the fork */
    void (*changed)(void *data);
    void *data;
    enum trial_state state;
    char *words;
    struct sandbox *fork;
    int64_t unchanged_at; /* age of the session's facts as it forks, and the programs are the image's own; -1: not */
    struct facts *facts;  /* of the fork, when its programs are the image's own; else NULL */
    struct sandbox_exec *exec;
    char exec_id[UUID_TEXT];
    struct output *output;
    struct buffer bytes; /* all of it; full: too much to be kept */
    struct piece *pieces;
    size_t piece_count, piece_capacity;
    int end, code, signal; /* enum sandbox_end */
    int64_t milliseconds;
    struct comparison *comparison;
    struct trial_change *changes;
    size_t change_count, change_capacity;
    bool adopted;           /* the fork is the session's sandbox now */
    struct sandbox *old;    /* adopted: the one before, while it is being left */
    struct trial *previous; /* adopted: the trial that the one before came from */
};

/* Compares the workspaces of both sandboxes; DONE comes once: FAILED NULL, the changes are in TRIAL. */
struct comparison *comparison_start(struct trial *trial,
                                    void (*done)(struct trial *trial, const char *failed));
void comparison_free(struct comparison *comparison); /* NULL is fine */

#endif
