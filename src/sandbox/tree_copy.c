/* tree_copy.c - see tree_copy.h.
 *
 * Folders wait in a list of paths; one at a time is open and read on, and at most one file is under way.  Folders
 * get their modes at the end, the last one first, since a closed one lets nobody in. */
#include "sandbox/tree_copy.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "sandbox/sync_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLICE_ENTRIES = 64, SLICE_BYTES = 4 * 1024 * 1024, PIECE = 1024 * 1024 };

struct folder {
    char *path; /* relative; "" is the root */
    unsigned mode;
    struct timespec times[2];
};

struct tree_copy {
    struct loop *loop;
    struct loop_timer *slice;
    int from, to; /* the roots */
    struct folder *folders;
    size_t count, capacity, next; /* next: the first that was not read yet */
    size_t reading;               /* the one that is open */
    DIR *stream;                  /* NULL: none is open */
    int from_folder, to_folder;   /* while it is; to_folder -1 then not */
    int in, out;                  /* the file under way; -1: none */
    off_t offset, size;
    struct stat file;
    struct error error;
    void (*done)(void *data, const char *failed);
    void *data;
};

static void close_file(struct tree_copy *copy)
{
    if (copy->in >= 0)
        close(copy->in);
    if (copy->out >= 0)
        close(copy->out);
    copy->in = copy->out = -1;
}

static void close_folder(struct tree_copy *copy)
{
    if (copy->stream)
        closedir(copy->stream); /* and from_folder */
    if (copy->to_folder >= 0)
        close(copy->to_folder);
    copy->stream = NULL;
    copy->to_folder = -1;
}

void tree_copy_cancel(struct tree_copy *copy)
{
    if (!copy)
        return;
    loop_timer_cancel(copy->slice);
    close_file(copy);
    close_folder(copy);
    if (copy->from >= 0)
        close(copy->from);
    if (copy->to >= 0)
        close(copy->to);
    for (size_t i = 0; i < copy->count; i++)
        free(copy->folders[i].path);
    free(copy->folders);
    error_clear(&copy->error);
    free(copy);
}

static bool fail(struct tree_copy *copy, const char *path)
{
    return error_set_errno(&copy->error, errno, "%s of the workspace could not be copied", path);
}

/* --- one file --- */

static bool end_file(struct tree_copy *copy)
{
    const struct timespec times[2] = { copy->file.st_atim, copy->file.st_mtim };
    bool good = ftruncate(copy->out, copy->size) == 0 && fchmod(copy->out, copy->file.st_mode & 07777) == 0 &&
                futimens(copy->out, times) == 0;
    close_file(copy);
    return good;
}

/* Some bytes on; holes are passed over.  The bytes copied, 0 at the end, -1 and errno. */
static ssize_t copy_piece(struct tree_copy *copy)
{
    off_t begin = lseek(copy->in, copy->offset, SEEK_DATA);
    if (begin < 0)
        return errno == ENXIO ? 0 : -1;
    if (begin >= copy->size)
        return 0;
    off_t at = begin, to = begin;
    size_t most = copy->size - begin < PIECE ? (size_t)(copy->size - begin) : PIECE;
    ssize_t length = copy_file_range(copy->in, &at, copy->out, &to, most, 0);
    if (length < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
        char *bytes = xmalloc(most);
        length = pread(copy->in, bytes, most, begin);
        if (length > 0)
            length = pwrite(copy->out, bytes, (size_t)length, begin);
        free(bytes);
    }
    if (length > 0)
        copy->offset = begin + length;
    return length;
}

/* False: what is there cannot be copied, errno says why; ENOENT when it is no file any more. */
static bool begin_file(struct tree_copy *copy, const char *name)
{
    off_t size;
    unsigned mode;
    copy->in = sync_open_plain(copy->from_folder, name, &size, &mode);
    if (copy->in < 0)
        return false;
    copy->out = openat(copy->to_folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (copy->out < 0 || fstat(copy->in, &copy->file) < 0) {
        int number = errno;
        close_file(copy);
        errno = number;
        return false;
    }
    copy->offset = 0;
    copy->size = copy->file.st_size;
    if (ioctl(copy->out, FICLONE, copy->in) == 0)
        copy->offset = copy->size;
    return true;
}

/* --- one entry --- */

static void add_folder(struct tree_copy *copy, const char *path, const struct stat *info)
{
    copy->folders = array_reserve(copy->folders, &copy->capacity, copy->count + 1, sizeof(*copy->folders));
    copy->folders[copy->count++] = (struct folder){ .path = xstrdup(path),
                                                    .mode = info->st_mode & 07777,
                                                    .times = { info->st_atim, info->st_mtim } };
}

static bool copy_link(struct tree_copy *copy, const char *name)
{
    char *target = sync_read_link(copy->from_folder, name);
    bool good = target && symlinkat(target, copy->to_folder, name) == 0;
    free(target);
    return good;
}

static bool copy_entry(struct tree_copy *copy, const char *name)
{
    struct stat info;
    const char *above = copy->folders[copy->reading].path;
    char *path = above[0] ? path_join(above, name) : xstrdup(name);
    bool good = fstatat(copy->from_folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (good && S_ISDIR(info.st_mode))
        good = mkdirat(copy->to_folder, name, 0700) == 0;
    else if (good && S_ISREG(info.st_mode))
        good = begin_file(copy, name);
    else if (good && S_ISLNK(info.st_mode))
        good = copy_link(copy, name);
    if (good && S_ISDIR(info.st_mode))
        add_folder(copy, path, &info);
    if (!good && (errno == ENOENT || errno == ELOOP)) /* it went, or became something else */
        good = true;
    if (!good)
        fail(copy, path);
    free(path);
    return good;
}

/* --- one folder --- */

/* The folder PATH below ROOT, open, not over any link. */
static int open_below(int root, const char *path)
{
    if (!path[0])
        return openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int parent = sync_open_parent(root, path, false, NULL);
    if (parent < 0)
        return -1;
    int folder = openat(parent, path_name(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int number = errno;
    close(parent);
    errno = number;
    return folder;
}

/* False: it failed.  One that went meanwhile is passed over: no stream is open then. */
static bool open_next(struct tree_copy *copy)
{
    copy->reading = copy->next++;
    const char *path = copy->folders[copy->reading].path;
    copy->from_folder = open_below(copy->from, path);
    if (copy->from_folder < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || fail(copy, path);
    copy->to_folder = open_below(copy->to, path);
    copy->stream = copy->to_folder >= 0 ? fdopendir(copy->from_folder) : NULL;
    if (copy->stream)
        return true;
    int number = errno;
    close(copy->from_folder);
    close_folder(copy);
    errno = number;
    return fail(copy, path);
}

static bool read_on(struct tree_copy *copy)
{
    struct dirent *entry = readdir(copy->stream);
    if (!entry)
        close_folder(copy);
    else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
        return copy_entry(copy, entry->d_name);
    return true;
}

static bool give_modes(struct tree_copy *copy)
{
    for (int i = 0; i < SLICE_ENTRIES && copy->count > 0; i++) {
        struct folder *folder = &copy->folders[--copy->count];
        int fd = open_below(copy->to, folder->path);
        bool good = fd >= 0 && futimens(fd, folder->times) == 0 && fchmod(fd, folder->mode) == 0;
        if (!good)
            fail(copy, folder->path);
        if (fd >= 0)
            close(fd);
        free(folder->path);
        if (!good)
            return false;
    }
    return true;
}

/* --- slices --- */

static bool go_on_with_file(struct tree_copy *copy, size_t *bytes)
{
    ssize_t length = copy->offset < copy->size ? copy_piece(copy) : 0;
    if (length > 0) {
        *bytes += (size_t)length;
        return true;
    }
    return (length == 0 && end_file(copy)) || fail(copy, copy->folders[copy->reading].path);
}

/* False: all is done, or it failed. */
static bool step(struct tree_copy *copy, size_t *bytes)
{
    if (copy->in >= 0)
        return go_on_with_file(copy, bytes);
    if (copy->stream)
        return read_on(copy);
    if (copy->next < copy->count)
        return open_next(copy);
    *bytes = SLICE_BYTES;
    return give_modes(copy) && copy->count > 0;
}

static void run_slice(void *data)
{
    struct tree_copy *copy = data;
    size_t bytes = 0;
    bool more = copy->error.message == NULL;
    copy->slice = NULL;
    for (int i = 0; more && i < SLICE_ENTRIES && bytes < SLICE_BYTES; i++)
        more = step(copy, &bytes);
    if (more) {
        copy->slice = loop_timer_add(copy->loop, 0, run_slice, copy);
        return;
    }
    copy->done(copy->data, copy->error.message);
    tree_copy_cancel(copy);
}

static bool open_roots(struct tree_copy *copy, const char *from, const char *to)
{
    struct stat info;
    copy->from = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy->from < 0 || fstat(copy->from, &info) < 0)
        return error_set_errno(&copy->error, errno, "%s could not be read", from);
    if (!path_make_folders(to, &copy->error))
        return false;
    copy->to = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy->to < 0)
        return error_set_errno(&copy->error, errno, "%s could not be opened", to);
    add_folder(copy, "", &info);
    return true;
}

struct tree_copy *tree_copy_start(struct loop *loop, const char *from, const char *to,
                                  void (*done)(void *data, const char *failed), void *data)
{
    struct tree_copy *copy = xcalloc(1, sizeof(*copy));
    *copy = (struct tree_copy){ .loop = loop, .done = done, .data = data };
    copy->from = copy->to = copy->to_folder = copy->in = copy->out = -1;
    open_roots(copy, from, to);
    copy->slice = loop_timer_add(loop, 0, run_slice, copy);
    return copy;
}
