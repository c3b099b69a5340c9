/* path_remove.c - removes a folder and all below it.
 *
 * What lies below was made in a sandbox: it may be ten thousand folders deep, without permissions, full of
 * links.  So there is no recursion and no long path: a folder that is not empty is emptied one level, its own
 * non-empty folders are moved up beside it, and the top is walked again until nothing is left.  Two
 * descriptors are enough for any depth, and no call follows a link. */
#include "base/path.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct removal {
    int top;        /* descriptor of the folder that goes */
    unsigned moved; /* numbers the names of folders that were moved up */
};

static bool is_self_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Removes a file, a link or an empty folder. 0, or an errno; ENOTEMPTY: a folder with something in it. */
static int remove_simple(int folder, const char *name)
{
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return errno;
    int number = errno;
    if (unlinkat(folder, name, AT_REMOVEDIR) == 0)
        return 0;
    if (errno == EEXIST)
        return ENOTEMPTY;
    return errno == ENOTDIR ? number : errno;
}

static DIR *open_folder(int parent, const char *name)
{
    int file = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = file < 0 ? NULL : fdopendir(file);
    if (!folder && file >= 0)
        close(file);
    return folder;
}

/* Moves the folder NAME of FOLDER beside the others at the top. Returns 0 or an errno. */
static int move_up(struct removal *removal, int folder, const char *name)
{
    char fresh[48];
    fchmodat(folder, name, 0700, AT_SYMLINK_NOFOLLOW); /* its ".." is written too */
    do {
        snprintf(fresh, sizeof fresh, ".sandgate-remove-%u", removal->moved++);
    } while (faccessat(removal->top, fresh, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    return renameat(folder, name, removal->top, fresh) == 0 ? 0 : errno;
}

/* Empties one level of the folder NAME of the top, then removes it. Returns 0 or an errno. */
static int empty_folder(struct removal *removal, const char *name)
{
    fchmodat(removal->top, name, 0700, AT_SYMLINK_NOFOLLOW);
    DIR *folder = open_folder(removal->top, name);
    if (!folder)
        return errno;
    int number = 0;
    for (struct dirent *entry; !number && (entry = readdir(folder));) {
        if (is_self_or_parent(entry->d_name))
            continue;
        number = remove_simple(dirfd(folder), entry->d_name);
        if (number == ENOTEMPTY)
            number = move_up(removal, dirfd(folder), entry->d_name);
    }
    closedir(folder);
    return number ? number : remove_simple(removal->top, name);
}

/* One walk over the top. Counts what it found in *LEFT; returns 0 or an errno. */
static int walk_top(struct removal *removal, size_t *left)
{
    DIR *folder = open_folder(removal->top, ".");
    if (!folder)
        return errno;
    int number = 0;
    *left = 0;
    for (struct dirent *entry; !number && (entry = readdir(folder));) {
        if (is_self_or_parent(entry->d_name))
            continue;
        ++*left;
        number = remove_simple(removal->top, entry->d_name);
        if (number == ENOTEMPTY)
            number = empty_folder(removal, entry->d_name);
    }
    closedir(folder);
    /* While names move, readdir may miss some: what was left then is found by the next walk. */
    return number == ENOTEMPTY ? 0 : number;
}

bool path_remove_tree(const char *path, struct error *error)
{
    int number = remove_simple(AT_FDCWD, path);
    if (number == ENOTEMPTY) {
        fchmodat(AT_FDCWD, path, 0700, AT_SYMLINK_NOFOLLOW);
        struct removal removal = { .top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) };
        size_t left = 1;
        number = removal.top < 0 ? errno : 0;
        while (!number && left)
            number = walk_top(&removal, &left);
        if (removal.top >= 0)
            close(removal.top);
        if (!number)
            number = remove_simple(AT_FDCWD, path);
    }
    return !number || error_set_errno(error, number, "cannot remove %s", path);
}
