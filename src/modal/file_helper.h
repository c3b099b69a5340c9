/* file_helper.h - the words of the file helper that Modal puts into each container; pure, for src/modal alone.
 *
 * The helper takes one JSON argument and says on stderr, in JSON, what went wrong (protocol: filesystem). */
#ifndef SANDGATE_MODAL_FILE_HELPER_H
#define SANDGATE_MODAL_FILE_HELPER_H

#include "modal/files.h"

#define FILE_HELPER "/__modal/.bin/modal-sandbox-fs-tools"

enum file_verb { FILE_LIST, FILE_STAT, FILE_READ, FILE_WRITE, FILE_MAKE, FILE_REMOVE, FILE_WATCH };

/* The argument; FLAG is parents or recursive, where the verb has one. Caller frees. */
char *file_argument(enum file_verb verb, const char *path, bool flag);

/* Why the helper failed, from what it said on STDERR; *SENTENCE is the caller's. */
enum modal_file_error file_error(const char *path, const char *error, size_t length, int code, int signal,
                                 char **sentence);

#endif
