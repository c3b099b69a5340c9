/* spool.h - the file on the host that holds every byte of an execution's output, and its hash. */
#ifndef SANDGATE_AGENT_SPOOL_H
#define SANDGATE_AGENT_SPOOL_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

/* Makes FOLDER/NAME; LIMIT: bytes at most, what comes after is counted and left out. NULL when it cannot be
 * made (the output is then only in memory). */
struct spool *spool_new(const char *folder, const char *name, int64_t limit);
void spool_append(struct spool *spool, const char *bytes, size_t length);
int64_t spool_left_out(const struct spool *spool);
/* Closes and frees; the hash of what was written. */
void spool_finish(struct spool *spool, char hash[HASH_TEXT]);

#endif
