/* written_files.h - what code that waits for a decision may load, and the agent wrote: a fold of the session's log.
 *
 * The text of `make test` says nothing of what it runs: that stands in files.  Those that the agent wrote since a
 * person last approved code are what that person has not judged yet. */
#ifndef SANDGATE_AGENT_WRITTEN_FILES_H
#define SANDGATE_AGENT_WRITTEN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ask;
struct session;

struct written_file {
    char *path;   /* absolute */
    int64_t call; /* the last that wrote it */
    bool named;   /* the ask names it: it is loaded; else it may be */
};

struct written_files {
    struct written_file *items; /* those that are named, then the others; of each the newest first */
    size_t count, capacity;
    size_t codes; /* calls that ran code without having been asked about: they may have written more */
};

#define WRITTEN_FILES_INIT \
    {                      \
        0                  \
    }

/* Does ASK run code: run_python, or a command that runs or loads files? */
bool written_files_matter(const struct ask *ask);
/* The files of the workspace, and those that ASK names wherever they are, that the agent wrote since the last time
 * that a person approved code; nothing for an ask that runs none.  By a command: as far as its verdict says. */
void written_files_find(struct session *session, const struct ask *ask, struct written_files *files);
void written_files_release(struct written_files *files);

#endif
