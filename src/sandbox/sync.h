/* sync.h - a host folder copied into a sandbox's workspace, and what changed there brought back as a reviewed
 * change; through the sandbox interface, on every backend.  The host's folder is never bound into the sandbox,
 * and git is never run on the host.
 *
 * Up: files, folders and links (kept as links, their targets as they are); .gitignore and .sandgateignore are
 * honoured, .git goes along, special files are left out; a cap on bytes; what was left out is said.  A manifest
 * of what went up (path, type, mode, size, hash) is written to the session's folder; pull compares with it. */
#ifndef SANDGATE_SANDBOX_SYNC_H
#define SANDGATE_SANDBOX_SYNC_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diff;
struct error;
struct loop;
struct sandbox;
struct sync;

struct sync_report {
    const char *failed; /* NULL: fine; else the sentence */
    int64_t files, folders, links, bytes;
    const char *const *left_out; /* "path: why", at most 50; NULL-terminated */
    int64_t left_out_count;      /* of all */
    int64_t ignored;             /* entries that the ignore files leave behind; a folder counts as one */
};

struct sync_events {
    void (*progress)(void *data, int64_t files, int64_t bytes); /* a few times a second */
    void (*done)(void *data, const struct sync_report *report); /* once, last */
};

/* Copies FOLDER to WORKSPACE. MANIFEST: path of the file (on the host) to write. */
struct sync *sync_up(struct loop *loop, struct sandbox *sandbox, const char *folder, const char *workspace,
                     int64_t max_bytes, const char *manifest, const struct sync_events *events, void *data);
/* Stops; no callback comes any more. After done it frees itself. NULL is fine. */
void sync_cancel(struct sync *sync);

/* --- back --- */

enum sync_change_kind { SYNC_ADDED, SYNC_CHANGED, SYNC_DELETED, SYNC_MODE };

/* What became another kind of thing (a file a folder) is deleted and added. */
struct sync_change {
    enum sync_change_kind kind;
    char *path;            /* relative to the workspace */
    bool is_link;          /* content is the target */
    bool is_folder;        /* it has no content; added ones are those with nothing in them */
    unsigned mode;         /* permission bits that it is to have on the host; 0 for a link */
    unsigned before_mode;  /* that it has there now */
    unsigned sandbox_mode; /* that it has in the sandbox; size and hash of a file there: */
    int64_t sandbox_size;
    char sandbox_hash[HASH_TEXT];
    char *before, *after; /* contents; NULL: not there, or only the mode changed */
    size_t before_length, after_length;
    bool conflict; /* the host's file is not the one that went up: never applied */
    char *why;     /* of a conflict or a refusal, a sentence: not applied; else NULL */
};

const char *sync_change_name(const struct sync_change *change); /* "add", "change", "delete", "mode" */
/* A plain file came, went or has another content. */
bool sync_change_is_content(const struct sync_change *change);
/* The same, and what there is of before and after is text. */
bool sync_change_is_text(const struct sync_change *change);
/* Of a text, with CONTEXT lines around what changed; NULL: there is none. */
struct diff *sync_change_diff(const struct sync_change *change, size_t context);
/* PART becomes what CHANGE is when only the hunks of DIFF, which is its difference, that are CHOSEN are taken: once it
 * is applied and recorded the others are what is left of the change, and the next comparison finds them.  It
 * borrows from CHANGE but for PART->after, which the caller frees.  False: CHANGE has no hunks to choose from. */
bool sync_change_part(const struct sync_change *change, const struct diff *diff, const bool *chosen,
                      struct sync_change *part);

enum {
    SYNC_CHANGE_MAX = 16 * 1024 * 1024,   /* bytes of one file that comes back */
    SYNC_CHANGES_MAX = 128 * 1024 * 1024, /* bytes of all of one comparison */
};

/* What changed in the sandbox against the manifest and the host's folder: deletions first, the deepest first,
 * then all else by path.  New files that the host's ignore files name are not met; what changed in .git is one
 * refused change.  CHANGES come once, borrowed until COMPARED returns; then it frees itself. */
struct sync *sync_compare(struct loop *loop, struct sandbox *sandbox, const char *folder,
                          const char *workspace, const char *manifest,
                          void (*compared)(void *data, const struct sync_change *changes, size_t count,
                                           const char *failed),
                          void *data);
/* Applies one change to the host's folder, checking again that the host's file is still what it was; never
 * through a link, never outside FOLDER.  A folder that is to be deleted and still holds something stays. */
bool sync_apply(const char *folder, const struct sync_change *change, struct error *error);
/* Notes in the manifest that CHANGE was applied: the next comparison begins there. */
bool sync_record(const char *manifest, const struct sync_change *change, struct error *error);

#endif
