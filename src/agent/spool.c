/* spool.c - appends with write(2); a write that fails (a full disk) ends the spooling, not the call. */
#include "agent/spool.h"

#include "base/memory.h"
#include "base/path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct spool {
    int file;
    int64_t limit, written, left_out;
    struct hash *hash;
};

struct spool *spool_new(const char *folder, const char *name, int64_t limit)
{
    char *path = path_join(folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    free(path);
    if (file < 0)
        return NULL;
    struct spool *spool = xcalloc(1, sizeof *spool);
    spool->file = file;
    spool->limit = limit;
    spool->hash = hash_new();
    return spool;
}

void spool_append(struct spool *spool, const char *bytes, size_t length)
{
    size_t room = spool->limit > spool->written ? (size_t)(spool->limit - spool->written) : 0;
    size_t wanted = length < room ? length : room;
    ssize_t written = wanted > 0 ? write(spool->file, bytes, wanted) : 0;

    if (written < 0 || (size_t)written < wanted)
        spool->limit = 0;
    size_t done = written > 0 ? (size_t)written : 0;
    hash_add(spool->hash, bytes, done);
    spool->written += (int64_t)done;
    spool->left_out += (int64_t)(length - done);
}

int64_t spool_left_out(const struct spool *spool)
{
    return spool->left_out;
}

void spool_finish(struct spool *spool, char hash[HASH_TEXT])
{
    close(spool->file);
    hash_finish(spool->hash, hash);
    free(spool);
}
