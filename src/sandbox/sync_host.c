/* sync_host.c - files of the host by paths that a sandbox named.
 *
 * Every part of such a path is opened from the one above it and never through a link: a link may have been put
 * there to lead a write out of the folder, by the sandbox in a former round or by anyone since. */
#include "base/memory.h"
#include "sandbox/sync_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- paths as text --- */

static bool part_is(const char *part, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(part, word, length) == 0;
}

const char *sync_path_fault(const char *path)
{
    if (strlen(path) >= PATH_MAX)
        return "its path is too long";
    for (const char *part = path;; part++) {
        size_t length = strcspn(part, "/");
        if (length == 0 || part_is(part, length, ".") || part_is(part, length, ".."))
            return "its path is not a plain one inside the folder";
        if (length > NAME_MAX)
            return "its name is too long";
        part += length;
        if (*part == '\0')
            return NULL;
    }
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;
    for (; *path; path++)
        depth += *path == '/';
    return depth;
}

/* Going up is only allowed at the start, where the way is made of real folders: behind a name that is itself a
 * link it could lead anywhere. */
const char *sync_target_fault(const char *path, const char *target)
{
    size_t up = 0;
    bool went_down = false;
    if (*target == '/')
        return "the link leads to an absolute path";
    for (const char *part = target; *part; part += *part == '/') {
        size_t length = strcspn(part, "/");
        if (part_is(part, length, "..")) {
            if (went_down || ++up > depth_of(path))
                return "the link leads out of the folder";
        } else if (length > 0 && !part_is(part, length, ".")) {
            went_down = true;
        }
        part += length;
    }
    return NULL;
}

/* --- the way to a file --- */

static int open_folder(int above, const char *name, bool make)
{
    struct stat info;
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(above, name, flags);
    if (fd < 0 && errno == ENOENT && make && (mkdirat(above, name, 0777) == 0 || errno == EEXIST))
        fd = openat(above, name, flags);
    if (fd >= 0)
        return fd;
    int number = errno;
    if (fstatat(above, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode))
        number = ELOOP;
    errno = number;
    return -1;
}

int sync_open_parent(int root, const char *path, bool make, size_t *bad)
{
    char part[NAME_MAX + 1];
    int folder = fcntl(root, F_DUPFD_CLOEXEC, 0);
    const char *at = path;
    for (const char *slash; folder >= 0 && (slash = strchr(at, '/')); at = slash + 1) {
        size_t length = (size_t)(slash - at);
        int above = folder;
        if (length > NAME_MAX) {
            close(above);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, at, length);
        part[length] = '\0';
        folder = open_folder(above, part, make);
        int number = errno;
        close(above);
        errno = number;
        if (folder < 0 && bad)
            *bad = (size_t)(slash - path);
    }
    return folder;
}

/* --- what stands there --- */

static bool read_content(int folder, const char *name, size_t max, struct sync_host *host)
{
    off_t size;
    int fd = sync_open_plain(folder, name, &size, &host->mode);
    if (fd < 0)
        return false;
    if ((size_t)size > max) {
        close(fd);
        return true;
    }
    size_t room = (size_t)size + 1; /* a byte more than there should be shows that it grew */
    char *bytes = xmalloc(room);
    ssize_t got = 1;
    while (host->length < room && got > 0) {
        got = read(fd, bytes + host->length, room - host->length);
        host->length += got > 0 ? (size_t)got : 0;
    }
    int number = got < 0 ? errno : host->length == room ? EBUSY : 0;
    close(fd);
    if (number)
        free(bytes);
    else
        host->bytes = bytes;
    errno = number;
    return number == 0;
}

bool sync_host_read(int folder, const char *name, size_t max, struct sync_host *host)
{
    struct stat info;
    *host = (struct sync_host){ 0 };
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT;
    host->there = true;
    host->mode = info.st_mode & 0777;
    if (S_ISREG(info.st_mode)) {
        host->type = SANDBOX_FILE;
        return read_content(folder, name, max, host);
    }
    if (S_ISLNK(info.st_mode)) {
        host->type = SANDBOX_LINK;
        host->mode = 0;
        host->bytes = sync_read_link(folder, name);
        host->length = host->bytes ? strlen(host->bytes) : 0;
        return host->bytes != NULL;
    }
    host->type = S_ISDIR(info.st_mode) ? SANDBOX_FOLDER : SANDBOX_OTHER;
    return true;
}

void sync_host_release(struct sync_host *host)
{
    free(host->bytes);
    *host = (struct sync_host){ 0 };
}
