/* write.c - changing files: each is replaced as a whole, by a new one next to it and a rename, so that
 * nobody ever sees half of it. */
#include "sandbox/jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

static int make_folder(const char *path, unsigned mode)
{
    struct stat info;
    if (mkdir(path, mode) == 0)
        return 0;
    int error = errno;
    return error == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? 0 : error;
}

/* The folder and those above it; one that is there already is fine. */
int file_make_folders(const char *path, unsigned mode)
{
    char part[PATH_MAX];
    struct stat info;
    if (stat(path, &info) == 0)
        return S_ISDIR(info.st_mode) ? 0 : EEXIST;
    size_t length = strlen(path);
    if (length >= sizeof(part))
        return ENAMETOOLONG;
    int error = 0;
    for (size_t i = 1; error == 0 && i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        error = make_folder(part, path[i] ? 0755 : mode);
    }
    return error;
}

static int make_parents(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    if ((size_t)(slash - path) >= sizeof(folder))
        return ENAMETOOLONG;
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    int error = file_make_folders(folder, 0755);
    return error == EEXIST ? ENOTDIR : error;
}

/* Follows links at the end of PATH, also one that leads to nothing yet: the file behind is what is written. */
static int follow(const char *path, char out[PATH_MAX])
{
    if (strlen(path) >= PATH_MAX)
        return ENAMETOOLONG;
    strcpy(out, path);
    for (int links = 0; links < 40; links++) {
        char target[PATH_MAX];
        ssize_t length = readlink(out, target, sizeof(target));
        if (length < 0)
            return errno == EINVAL || errno == ENOENT || errno == ENOTDIR ? 0 : errno;
        char *slash = strrchr(out, '/');
        size_t keep = target[0] == '/' || !slash ? 0 : (size_t)(slash - out) + 1;
        if (keep + (size_t)length >= PATH_MAX)
            return ENAMETOOLONG;
        memcpy(out + keep, target, (size_t)length);
        out[keep + (size_t)length] = '\0';
    }
    return ELOOP;
}

/* Opens a new file next to PATH; NAME becomes its path. */
static int open_beside(const char *path, char name[PATH_MAX], int *fd)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    if (snprintf(name, PATH_MAX, "%.*s.sandgate-XXXXXX", folder, path) >= PATH_MAX)
        return ENAMETOOLONG;
    *fd = mkostemp(name, O_CLOEXEC);
    return *fd < 0 ? errno : 0;
}

/* Fills and closes FD; what could not be filled is removed. */
static int fill(int fd, const char *path, const char *bytes, size_t length, unsigned mode)
{
    int error = file_write_all(fd, bytes, length);
    if (!error && fchmod(fd, mode) < 0)
        error = errno;
    if (close(fd) < 0 && !error)
        error = errno;
    if (error)
        unlink(path);
    return error;
}

static int replace(const char *path, const char *bytes, size_t length, unsigned mode)
{
    char beside[PATH_MAX];
    int fd, error = open_beside(path, beside, &fd);
    if (!error)
        error = fill(fd, beside, bytes, length, mode);
    if (!error && rename(beside, path) < 0) {
        error = errno;
        unlink(beside);
    }
    return error;
}

/* Of a file that was not there yet nobody can see the half; without the rename it takes half the time. */
static int create_or_replace(const char *path, const char *bytes, size_t length, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return replace(path, bytes, length, mode);
    return fd < 0 ? errno : fill(fd, path, bytes, length, mode);
}

static void hash_as_text(const uint8_t hash[JAIL_HASH], char text[2 * JAIL_HASH + 1])
{
    for (size_t i = 0; i < JAIL_HASH; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

/* Whether the file at PATH is still the one that was seen; BASE "" means that there was none. */
static int check_base(const char *path, const char *base)
{
    uint8_t hash[JAIL_HASH];
    char text[2 * JAIL_HASH + 1];
    int64_t size;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? (base[0] ? ESTALE : 0) : errno;
    int error = base[0] ? file_hash(fd, hash, &size) : ESTALE;
    close(fd);
    if (error)
        return error;
    hash_as_text(hash, text);
    return strcmp(text, base) == 0 ? 0 : ESTALE;
}

/* What is there must be a plain file that a program in here could write as well. */
static int check_old(const char *path, unsigned *mode)
{
    struct stat info;
    if (lstat(path, &info) < 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISREG(info.st_mode))
        return S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    *mode = info.st_mode & 07777;
    return access(path, W_OK) < 0 ? errno : 0;
}

int file_write(const struct request *request, struct jail_answer *answer)
{
    char path[PATH_MAX];
    unsigned mode = 0644;
    struct sha256 hash;
    int error = follow(request->path, path);
    if (!error && request->file.flags & JAIL_BASE)
        error = check_base(path, request->other);
    if (!error)
        error = make_parents(path);
    if (!error)
        error = check_old(path, &mode);
    if (!error)
        error = replace(path, request->content, request->file.content_length, mode);
    if (error)
        return error;
    sha256_begin(&hash);
    sha256_add(&hash, request->content, request->file.content_length);
    sha256_end(&hash, answer->hash);
    answer->has_hash = 1;
    answer->size = (int64_t)request->file.content_length;
    return 0;
}

static int put_link(const char *path, const char *target)
{
    struct stat info;
    if (lstat(path, &info) == 0 && !S_ISDIR(info.st_mode) && unlink(path) < 0)
        return errno;
    return symlink(target, path) < 0 ? errno : 0;
}

static int put_folder(const char *path, unsigned mode)
{
    int error = file_make_folders(path, mode);
    if (!error && chmod(path, mode) < 0)
        error = errno;
    return error;
}

/* One piece of an upload; a link that stands where it goes is replaced, not followed. */
int file_put(const struct request *request)
{
    unsigned mode = request->file.mode & 0777;
    int error = make_parents(request->path);
    if (error)
        return error;
    switch (request->file.kind) {
    case JAIL_IS_FILE:
        return create_or_replace(request->path, request->content, request->file.content_length, mode);
    case JAIL_IS_FOLDER:
        return put_folder(request->path, mode);
    case JAIL_IS_LINK:
        return put_link(request->path, request->other);
    default:
        return EINVAL;
    }
}
