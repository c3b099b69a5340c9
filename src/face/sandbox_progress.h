/* sandbox_progress.h - one line on standard error that says how far a copy is; nothing when that is no terminal. */
#ifndef SANDGATE_FACE_SANDBOX_PROGRESS_H
#define SANDGATE_FACE_SANDBOX_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool shown;           /* standard error is a terminal */
    int64_t begun, drawn; /* clock_steady */
    uint64_t done, total; /* bytes; TOTAL grows while folders are listed */
    size_t files;         /* that are done */
};

void progress_begin(struct progress *progress);
/* NAME, foreign, is what is being copied. At most ten times a second. */
void progress_add(struct progress *progress, uint64_t bytes, const char *name);
/* Takes the line away and says what was copied. */
void progress_end(struct progress *progress, const char *verb);
/* Takes the line away, for another one to be written. */
void progress_hide(const struct progress *progress);

#endif
