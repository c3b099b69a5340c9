/* sync_private.h - the parts of the sync.
 *
 * sync.c         what all of them share
 * sync_scan.c    walks the host's folder
 * sync_up.c      copies it into the sandbox
 * sync_compare.c what changed there since; sync_differences.c reads the sandbox's answers
 * sync_judge.c   which of that may come back, by what the host has
 * sync_host.c    files of the host, reached without following any link
 * sync_apply.c   brings one change back */
#ifndef SANDGATE_SANDBOX_SYNC_PRIVATE_H
#define SANDGATE_SANDBOX_SYNC_PRIVATE_H

#include "sandbox/sandbox.h"
#include "sandbox/sync.h"

#include <sys/types.h>

struct ignore;

enum {
    SYNC_FILE_MAX = 64 * 1024 * 1024, /* bytes of one file that goes up: what one request may carry */
    SYNC_IGNORE_MAX = 1024 * 1024,    /* bytes of one ignore file */
};

struct sync { /* first member of what is under way */
    void (*cancel)(struct sync *sync);
};

/* --- sync.c */

/* Adds the patterns of the ignore files in FOLDER, an open folder whose path relative to the root is PATH. */
void sync_read_ignore_files(struct ignore *ignore, int folder, const char *path);
/* Is PATH .git itself or something in one? */
bool sync_is_git(const char *path);
/* Opens NAME in FOLDER when it is a plain file; never follows a link, never blocks. -1 and errno. */
int sync_open_plain(int folder, const char *name, off_t *size, unsigned *mode);
/* The target of link NAME in FOLDER, caller frees; NULL and errno. */
char *sync_read_link(int folder, const char *name);

/* --- sync_host.c: paths are relative to an open folder and come from the sandbox, so no part of one may be a
 * link. */

/* Why PATH is no path that may be used on the host, NULL when it is. */
const char *sync_path_fault(const char *path);
/* Why a link at PATH may not lead to TARGET, NULL when it may: it must stay in the tree. */
const char *sync_target_fault(const char *path, const char *target);
/* The folder that PATH lies in, open; MAKE: missing ones are made.  -1 and errno: ENOENT, ENOTDIR, ELOOP for a
 * link; *BAD (may be NULL) is then the length of the part of PATH that is to blame. */
int sync_open_parent(int root, const char *path, bool make, size_t *bad);

struct sync_host { /* what stands at a path of the host */
    bool there;
    enum sandbox_file_type type;
    unsigned mode;
    char *bytes; /* content of a file, target of a link; owned; NULL: larger than MAX */
    size_t length;
};
/* False and errno when it could not be read. */
bool sync_host_read(int folder, const char *name, size_t max, struct sync_host *host);
void sync_host_release(struct sync_host *host);

/* --- sync_judge.c */

struct manifest;

struct sync_judge {
    int root; /* the host's folder, open */
    const struct manifest *manifest;
    size_t left; /* bytes that may still be held */
};

/* Looks at the host and completes CHANGE: before, mode, conflict, why.  False: there is nothing to do. */
bool sync_judge(struct sync_judge *judge, struct sync_change *change);
void sync_change_refuse(struct sync_change *change, const char *why); /* copied; drops what it holds */
void sync_change_release(struct sync_change *change);

/* --- sync_scan.c: every entry of a folder of the host, parents first, each folder in byte order; what is
 * ignored is not met at all.  Links are never followed. */

struct sync_scan;

enum sync_met { SYNC_MET_ENTRY, SYNC_MET_REFUSED, SYNC_MET_END };

struct sync_found {   /* borrowed until the next step */
    const char *path; /* relative to the root */
    const char *why;  /* of a refused entry: why it stays behind */
    int folder;       /* the folder that it lies in, open */
    const char *name; /* in there */
    enum sandbox_file_type type;
    unsigned mode;
    const char *target; /* of a link */
};

/* STAYS: folders on the host that are never entered (at most 8), NULL-terminated. */
struct sync_scan *sync_scan_new(const char *folder, const char *const *stays, struct error *error);
enum sync_met sync_scan_next(struct sync_scan *scan, struct sync_found *found);
int64_t sync_scan_ignored(const struct sync_scan *scan); /* entries so far; a folder counts as one */
void sync_scan_free(struct sync_scan *scan);             /* NULL is fine */

#endif
