/* sync.c - what the parts of the sync share: files of the host opened with care, ignore files. */
#include "sandbox/sync_private.h"

#include "base/memory.h"
#include "matter/ignore.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void sync_cancel(struct sync *sync)
{
    if (sync)
        sync->cancel(sync);
}

bool sync_is_git(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t length = strcspn(part, "/");
        if (length == 4 && memcmp(part, ".git", 4) == 0)
            return true;
    }
    return false;
}

int sync_open_plain(int folder, const char *name, off_t *size, unsigned *mode)
{
    struct stat info;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *size = info.st_size;
        *mode = info.st_mode & 0777;
        return fd;
    }
    close(fd);
    errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    return -1;
}

char *sync_read_link(int folder, const char *name)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(folder, name, target, sizeof(target));
    if (length < 0)
        return NULL;
    if (length == sizeof(target)) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return xstrndup(target, (size_t)length);
}

static void read_ignore_file(struct ignore *ignore, int folder, const char *path, const char *name)
{
    off_t size;
    unsigned mode;
    int fd = sync_open_plain(folder, name, &size, &mode);
    if (fd < 0)
        return;
    size_t most = size < SYNC_IGNORE_MAX ? (size_t)size : SYNC_IGNORE_MAX, length = 0;
    char *text = xmalloc(most + 1);
    ssize_t got;
    while (length < most && (got = read(fd, text + length, most - length)) > 0)
        length += (size_t)got;
    ignore_add(ignore, path, text, length);
    free(text);
    close(fd);
}

/* What is only for the sandbox is read last, so it wins. */
void sync_read_ignore_files(struct ignore *ignore, int folder, const char *path)
{
    read_ignore_file(ignore, folder, path, ".gitignore");
    read_ignore_file(ignore, folder, path, ".sandgateignore");
}
