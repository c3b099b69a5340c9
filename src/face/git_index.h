/* git_index.h - the names of the files that git tracks, read from .git/index itself: git is never run inside a
 * person's folder, where its configuration could make it run anything.
 *
 * Source: git's index format, versions 2, 3 and 4.  The bytes may be a stranger's. */
#ifndef SANDGATE_FACE_GIT_INDEX_H
#define SANDGATE_FACE_GIT_INDEX_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Tells PATH (relative to the top of the working tree, NUL-terminated, without ".." and not absolute) of each
 * tracked regular file, in order; TRACKED returns false to stop, which is no error.  HASH_BYTES: 20, or 32 in a
 * repository of SHA-256. */
bool git_index_read(const void *bytes, size_t length, size_t hash_bytes,
                    bool (*tracked)(void *data, const char *path), void *data, struct error *error);

/* The top of the working tree that FOLDER is in, and the repository's own folder; both NULL: none. Caller frees. */
void git_index_find(const char *folder, char **top, char **repository);

#endif
