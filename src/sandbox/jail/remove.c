/* remove.c - removing a file, or a folder with all below it; links are never followed.
 *
 * Trees may be deeper than there are descriptors, and paths longer than PATH_MAX: what lies too deep is first
 * renamed into the folder at the top, and is removed from there. */
#include "sandbox/jail/jail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 64 };

struct removal {
    int top;
    unsigned moved; /* folders that were brought up, for their names */
};

static int empty(struct removal *removal, int fd, int depth);

static int bring_up(struct removal *removal, int folder, const char *name)
{
    char new_name[64];
    for (;;) {
        snprintf(new_name, sizeof(new_name), ".sandgate-removed-%u", removal->moved++);
        if (renameat2(folder, name, removal->top, new_name, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EEXIST)
            return errno;
    }
}

static int remove_below(struct removal *removal, int folder, const char *name, int depth)
{
    if (unlinkat(folder, name, 0) == 0)
        return 0;
    if (errno != EISDIR)
        return errno == ENOENT ? 0 : errno;
    if (unlinkat(folder, name, AT_REMOVEDIR) == 0)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return errno == ENOENT ? 0 : errno;
    if (depth == DEPTH)
        return bring_up(removal, folder, name);
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = empty(removal, fd, depth + 1);
    if (!error && unlinkat(folder, name, AT_REMOVEDIR) < 0)
        error = errno;
    return error;
}

/* Removes what is in the folder FD and closes it.  Reading may skip entries while others go, so it reads
 * until a pass finds nothing; the first failure ends it. */
static int empty(struct removal *removal, int fd, int depth)
{
    DIR *folder = fdopendir(fd);
    if (!folder)
        return errno;
    int error = 0;
    for (bool again = true; again && !error;) {
        again = false;
        rewinddir(folder);
        for (struct dirent *entry; !error && (entry = readdir(folder));) {
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            again = true;
            error = remove_below(removal, fd, entry->d_name, depth);
        }
    }
    closedir(folder);
    return error;
}

static int remove_tree(const char *path)
{
    struct removal removal = { .top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) };
    int fd = removal.top < 0 ? -1 : dup(removal.top);
    if (fd < 0)
        return errno;
    int error = empty(&removal, fd, 1);
    close(removal.top);
    return error ? error : rmdir(path) < 0 ? errno : 0;
}

int file_remove(const struct request *request)
{
    struct stat info;
    if (lstat(request->path, &info) < 0)
        return errno;
    if (!S_ISDIR(info.st_mode))
        return unlink(request->path) < 0 ? errno : 0;
    if (rmdir(request->path) == 0)
        return 0;
    return errno == ENOTEMPTY && request->file.flags & JAIL_RECURSIVE ? remove_tree(request->path) : errno;
}
