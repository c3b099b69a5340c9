/* sync_scan.c - a walk of the host's folder, one entry a step, so that its caller can stop between any two.
 *
 * Every name is opened from the open folder that it lies in, and no link is followed: what is swapped under
 * the walk is at worst left out.  Only the names of the folders on the way down are held. */
#include "base/error.h"
#include "base/memory.h"
#include "matter/ignore.h"
#include "sandbox/sync_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 128, STAYS = 8 };

struct level {
    int fd;
    char **names;
    size_t count, capacity, at;
    size_t path_length; /* of the folder's path in scan->path */
    bool in_git;        /* nothing in there is ignored */
};

struct identity {
    dev_t device;
    ino_t inode;
};

struct sync_scan {
    struct ignore *ignore;
    struct level levels[DEPTH];
    size_t depth;
    char path[PATH_MAX]; /* of the entry that was met last */
    char *target, *why;
    struct identity stays[STAYS];
    size_t stays_count;
    int64_t ignored;
};

/* --- folders --- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_level(struct level *level)
{
    for (size_t i = 0; i < level->count; i++)
        free(level->names[i]);
    free(level->names);
    close(level->fd);
}

/* Takes FD over; false and errno when the names cannot be read. */
static bool read_names(struct level *level, int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    *level = (struct level){ .fd = fd };
    errno = folder ? 0 : errno;
    for (struct dirent *entry; folder && (entry = readdir(folder)); errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        level->names = array_reserve(level->names, &level->capacity, level->count + 1, sizeof(*level->names));
        level->names[level->count++] = xstrdup(entry->d_name);
    }
    int number = errno;
    if (folder)
        closedir(folder);
    else if (copy >= 0)
        close(copy);
    if (level->count > 0)
        qsort(level->names, level->count, sizeof(*level->names), compare_names);
    errno = number;
    return number == 0;
}

/* Goes down into the folder FD, whose path is the one in scan->path. */
static bool enter(struct sync_scan *scan, int fd)
{
    struct level *level = &scan->levels[scan->depth];
    if (!read_names(level, fd)) {
        int number = errno;
        free_level(level);
        errno = number;
        return false;
    }
    level->path_length = strlen(scan->path);
    level->in_git = sync_is_git(scan->path);
    if (!level->in_git)
        sync_read_ignore_files(scan->ignore, fd, scan->path);
    scan->depth++;
    return true;
}

/* --- one entry --- */

static enum sync_met refuse(struct sync_scan *scan, struct sync_found *found, const char *why)
{
    free(scan->why);
    scan->why = xstrdup(why);
    found->why = scan->why;
    return SYNC_MET_REFUSED;
}

static bool stays_here(const struct sync_scan *scan, const struct stat *info)
{
    for (size_t i = 0; i < scan->stays_count; i++)
        if (scan->stays[i].device == info->st_dev && scan->stays[i].inode == info->st_ino)
            return true;
    return false;
}

static enum sync_met meet_folder(struct sync_scan *scan, struct sync_found *found)
{
    struct stat info;
    if (scan->depth == DEPTH)
        return refuse(scan, found, "folders are nested too deeply");
    int fd = openat(found->folder, found->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0) {
        int number = errno;
        if (fd >= 0)
            close(fd);
        return refuse(scan, found, strerror(number));
    }
    if (stays_here(scan, &info)) {
        close(fd);
        return refuse(scan, found, "never copied into a sandbox");
    }
    found->mode = info.st_mode & 0777;
    return enter(scan, fd) ? SYNC_MET_ENTRY : refuse(scan, found, strerror(errno));
}

static enum sync_met meet_link(struct sync_scan *scan, struct sync_found *found)
{
    free(scan->target);
    scan->target = sync_read_link(found->folder, found->name);
    found->target = scan->target;
    return scan->target ? SYNC_MET_ENTRY : refuse(scan, found, strerror(errno));
}

static const char *special_name(mode_t mode)
{
    return S_ISSOCK(mode) ? "a socket" : S_ISFIFO(mode) ? "a named pipe" : "a device";
}

static enum sync_met meet(struct sync_scan *scan, struct sync_found *found, const struct stat *info)
{
    found->mode = info->st_mode & 0777;
    if (S_ISDIR(info->st_mode)) {
        found->type = SANDBOX_FOLDER;
        return meet_folder(scan, found);
    }
    if (S_ISLNK(info->st_mode)) {
        found->type = SANDBOX_LINK;
        return meet_link(scan, found);
    }
    found->type = SANDBOX_FILE;
    return S_ISREG(info->st_mode) ? SYNC_MET_ENTRY : refuse(scan, found, special_name(info->st_mode));
}

static bool is_ignored(struct sync_scan *scan, const struct level *level, const char *name, bool is_folder)
{
    if (level->in_git || strcmp(name, ".git") == 0)
        return false;
    bool ignored = ignore_matches_entry(scan->ignore, scan->path, is_folder);
    scan->ignored += ignored;
    return ignored;
}

static bool set_path(struct sync_scan *scan, const struct level *level, const char *name)
{
    size_t at = level->path_length, length = strlen(name);
    if (at + 1 + length + 1 > sizeof(scan->path))
        return false;
    if (at > 0)
        scan->path[at++] = '/';
    memcpy(scan->path + at, name, length + 1);
    return true;
}

enum sync_met sync_scan_next(struct sync_scan *scan, struct sync_found *found)
{
    while (scan->depth > 0) {
        struct level *level = &scan->levels[scan->depth - 1];
        struct stat info;
        if (level->at == level->count) {
            free_level(level);
            scan->depth--;
            continue;
        }
        const char *name = level->names[level->at++];
        *found = (struct sync_found){ .path = scan->path, .folder = level->fd, .name = name };
        if (!set_path(scan, level, name)) {
            scan->path[level->path_length] = '\0';
            return refuse(scan, found, "holds an entry whose path is too long");
        }
        if (fstatat(level->fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
            if (errno == ENOENT)
                continue; /* gone since the names were read */
            return refuse(scan, found, strerror(errno));
        }
        if (!is_ignored(scan, level, name, S_ISDIR(info.st_mode)))
            return meet(scan, found, &info);
    }
    return SYNC_MET_END;
}

/* --- the whole walk --- */

static void remember_stays(struct sync_scan *scan, const char *const *stays)
{
    struct stat info;
    for (size_t i = 0; stays[i] && scan->stays_count < STAYS; i++)
        if (stat(stays[i], &info) == 0)
            scan->stays[scan->stays_count++] = (struct identity){ info.st_dev, info.st_ino };
}

struct sync_scan *sync_scan_new(const char *folder, const char *const *stays, struct error *error)
{
    struct sync_scan *scan = xcalloc(1, sizeof(*scan));
    scan->ignore = ignore_new();
    remember_stays(scan, stays);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && enter(scan, fd))
        return scan;
    error_set_errno(error, errno, "%s cannot be read", folder);
    sync_scan_free(scan);
    return NULL;
}

int64_t sync_scan_ignored(const struct sync_scan *scan)
{
    return scan->ignored;
}

void sync_scan_free(struct sync_scan *scan)
{
    if (!scan)
        return;
    while (scan->depth > 0)
        free_level(&scan->levels[--scan->depth]);
    ignore_free(scan->ignore);
    free(scan->target);
    free(scan->why);
    free(scan);
}
