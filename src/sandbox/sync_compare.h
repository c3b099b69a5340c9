/* sync_compare.h - a comparison under way, for sync_compare.c (its life and its requests) and
 * sync_differences.c (what the answers mean). */
#ifndef SANDGATE_SANDBOX_SYNC_COMPARE_H
#define SANDGATE_SANDBOX_SYNC_COMPARE_H

#include "sandbox/manifest.h"
#include "sandbox/sync_private.h"

struct loop;
struct loop_timer;
struct map;

enum { SYNC_ENTRIES = 250000 }; /* of the whole workspace */

enum sync_asks { LIST_FOLDER, HASH_FILE, READ_FILE };

struct ask { /* one request under way, or one that waits */
    struct sync_compare *compare;
    struct ask *next, *previous;
    struct sandbox_request *request;
    char *path; /* "" is the workspace */
    enum sync_asks what;
    unsigned mode; /* of a file */
};

struct sync_compare {
    struct sync base;
    struct loop *loop;
    struct sandbox *sandbox;
    char *workspace;
    void (*compared)(void *data, const struct sync_change *changes, size_t count, const char *failed);
    void *data;

    struct manifest *manifest;
    struct ignore *ignore;
    struct sync_judge judge;
    struct map *seen;   /* paths of the sandbox that went up, as far as they still are of the same type */
    struct map *inside; /* folders in which something lies that went up or came back */
    struct map *gits;   /* .git folders in which something changed */
    size_t entries;

    struct ask *waiting, *flying; /* waiting: the newest first, so that a tree is walked down, not across */
    size_t asks;
    struct sync_change *changes;
    size_t count, capacity, judged;
    struct loop_timer *slice;
    char *failed;
};

/* --- sync_compare.c */

void sync_compare_ask(struct sync_compare *compare, const char *path, enum sync_asks what, unsigned mode);
void sync_compare_fail(struct sync_compare *compare, const char *sentence); /* the first one counts */

/* --- sync_differences.c */

struct sync_change *sync_add_change(struct sync_compare *compare, enum sync_change_kind kind,
                                    const char *path);
/* Something differs in the .git that PATH is or lies in. */
void sync_note_git(struct sync_compare *compare, const char *path);
/* Takes in what the sandbox answered. */
void sync_take_answer(struct ask *ask, const struct sandbox_answer *answer);

#endif
