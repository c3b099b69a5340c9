/* files.c - reading: what a file is, and what is in it.
 *
 * Everything happens inside the sandbox's own root, so links may be followed: they lead nowhere else.
 * Nothing is opened in a way that could block: of what is no plain file only the description is given. */
#include "sandbox/jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum jail_kind kind_of(mode_t mode)
{
    return S_ISREG(mode)   ? JAIL_IS_FILE
           : S_ISDIR(mode) ? JAIL_IS_FOLDER
           : S_ISLNK(mode) ? JAIL_IS_LINK
                           : JAIL_IS_OTHER;
}

size_t file_describe(int folder, const char *name, char *out)
{
    struct stat info, behind;
    char target[4096];
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    struct jail_entry entry = {
        .kind = kind_of(info.st_mode),
        .mode = info.st_mode & 07777,
        .size = info.st_size,
        .modified = (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000,
    };
    if (entry.kind == JAIL_IS_LINK) {
        ssize_t length = readlinkat(folder, name, target, sizeof(target));
        entry.target_length = length > 0 ? (uint16_t)length : 0;
        entry.target_is_folder = fstatat(folder, name, &behind, 0) == 0 && S_ISDIR(behind.st_mode);
    }
    const char *slash = folder == AT_FDCWD ? strrchr(name, '/') : NULL;
    const char *last = slash && slash[1] ? slash + 1 : name;
    size_t length = strlen(last);
    if (length > 255)
        return 0;
    entry.name_length = (uint16_t)length;
    memcpy(out, &entry, sizeof(entry));
    memcpy(out + sizeof(entry), last, length);
    memcpy(out + sizeof(entry) + length, target, entry.target_length);
    return sizeof(entry) + length + entry.target_length;
}

int file_stat(const struct request *request)
{
    char entry[FILE_ENTRY_MAX], path[4096];
    size_t length = strlen(request->path);
    if (length >= sizeof(path))
        return ENAMETOOLONG;
    memcpy(path, request->path, length + 1);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    errno = EINVAL;
    size_t size = file_describe(AT_FDCWD, path, entry);
    if (size == 0)
        return errno;
    channel_send(JAIL_ENTRIES, request->id, entry, size, NULL, 0);
    return 0;
}

static int open_plain(const char *path, int64_t *size)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *size = info.st_size;
        return fd;
    }
    close(fd);
    errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    return -1;
}

/* Reads on from FD; the part between FROM and TO goes to the host, all of it into HASH unless that is NULL.
 * *AT is the offset, which is the size at the end of the file. */
static int read_part(const struct request *request, int fd, struct sha256 *hash, int64_t *at)
{
    int64_t from = (int64_t)request->file.offset, to = from + (int64_t)request->file.count;
    char bytes[JAIL_PAYLOAD];
    while (hash || *at < to) {
        size_t room = hash || to - *at > (int64_t)sizeof(bytes) ? sizeof(bytes) : (size_t)(to - *at);
        ssize_t length = read(fd, bytes, room);
        if (length < 0 && errno != EINTR)
            return errno;
        if (length == 0)
            return 0;
        if (length < 0)
            continue;
        if (hash)
            sha256_add(hash, bytes, (size_t)length);
        int64_t first = from > *at ? from - *at : 0, last = to - *at < length ? to - *at : length;
        *at += length;
        if (first < last)
            channel_send(JAIL_BYTES, request->id, bytes + first, (size_t)(last - first), NULL, 0);
    }
    return 0;
}

/* With the hash asked for, the bytes that are sent and those that are hashed are the same ones. */
int file_read(const struct request *request, struct jail_answer *answer)
{
    struct sha256 hash;
    bool whole = request->file.flags & JAIL_WHOLE_HASH;
    int64_t at = 0;
    if (request->file.count > JAIL_READ || request->file.offset > INT64_MAX / 2)
        return EINVAL;
    int fd = open_plain(request->path, &answer->size);
    if (fd < 0)
        return errno;
    sha256_begin(&hash);
    if (!whole)
        at = (int64_t)request->file.offset;
    int error =
        !whole && lseek(fd, at, SEEK_SET) < 0 ? errno : read_part(request, fd, whole ? &hash : NULL, &at);
    close(fd);
    if (error == 0 && whole) {
        answer->has_hash = 1;
        answer->size = at;
        sha256_end(&hash, answer->hash);
    }
    if (at > answer->size)
        answer->size = at;
    return error;
}

/* The hash of all that is left to read of FD. */
int file_hash(int fd, uint8_t digest[JAIL_HASH], int64_t *size)
{
    struct sha256 hash;
    char bytes[JAIL_PAYLOAD];
    ssize_t length;
    *size = 0;
    sha256_begin(&hash);
    while ((length = read(fd, bytes, sizeof(bytes))) > 0 || (length < 0 && errno == EINTR)) {
        if (length > 0) {
            sha256_add(&hash, bytes, (size_t)length);
            *size += length;
        }
    }
    sha256_end(&hash, digest);
    return length < 0 ? errno : 0;
}
