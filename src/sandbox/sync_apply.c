/* sync_apply.c - one change brought back to the host's folder.
 *
 * A newer edit of the person is never lost, not even one that is made in this very moment: the new file is
 * exchanged with the one that is there, and only then is what came out looked at.  When it is not the one that
 * the person saw in the diff, the two are exchanged again and the change is a conflict.  The way there is
 * opened part by part without following links (sync_host.c). */
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/random.h"
#include "sandbox/manifest.h"
#include "sandbox/sync_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place { /* where a change goes */
    int folder;
    const char *name;
    char beside[32]; /* a name in the same folder that nobody has */
    const struct sync_change *change;
};

static bool is_newer(struct error *error, const char *path)
{
    return error_set(error, "%s was changed on the host meanwhile and stays as it is", path);
}

/* --- looking --- */

/* Is what stands at NAME in the place's folder still what the change was made against? */
static bool is_still(const struct place *place, const char *name)
{
    const struct sync_change *change = place->change;
    struct sync_host host;
    bool read = sync_host_read(place->folder, name, SYNC_CHANGE_MAX, &host);
    bool still = read && host.there && host.type == (change->is_link ? SANDBOX_LINK : SANDBOX_FILE) &&
                 host.bytes && change->before && host.length == change->before_length &&
                 memcmp(host.bytes, change->before, host.length) == 0;
    sync_host_release(&host);
    return still;
}

/* --- a new file beside --- */

static void name_beside(struct place *place)
{
    unsigned long long number;
    random_bytes(&number, sizeof(number));
    snprintf(place->beside, sizeof(place->beside), ".sandgate-%016llx", number);
}

/* A file that takes another one's place keeps its owner, as far as we may give it one, and gets exactly the
 * mode; a new one gets what the umask leaves of it. */
static bool set_owner_and_mode(const struct place *place, int fd)
{
    struct stat info;
    if (place->change->kind != SYNC_CHANGED)
        return true;
    if (fstatat(place->folder, place->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        fchown(fd, info.st_uid, info.st_gid) < 0 && errno != EPERM)
        return false;
    return fchmod(fd, place->change->mode) == 0;
}

static bool write_beside(struct place *place)
{
    const struct sync_change *change = place->change;
    if (change->is_link)
        return symlinkat(change->after, place->folder, place->beside) == 0;
    int fd = openat(place->folder, place->beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    change->mode);
    if (fd < 0)
        return false;
    bool written = path_write_all(fd, change->after, change->after_length) && set_owner_and_mode(place, fd) &&
                   fsync(fd) == 0;
    int number = errno;
    close(fd);
    if (!written)
        unlinkat(place->folder, place->beside, 0);
    errno = number;
    return written;
}

/* --- the three ways --- */

/* renameat2, and what is nearest to it where the file system knows no flags. */
static bool move(int folder, const char *from, const char *to, unsigned flags)
{
    if (renameat2(folder, from, folder, to, flags) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (flags != RENAME_NOREPLACE)
        return renameat(folder, from, folder, to) == 0;
    return linkat(folder, from, folder, to, 0) == 0 && unlinkat(folder, from, 0) == 0;
}

static bool put_new(struct place *place, struct error *error)
{
    const char *path = place->change->path;
    if (place->change->is_folder) {
        if (mkdirat(place->folder, place->name, place->change->mode) == 0 || errno == EEXIST)
            return true;
        return error_set_errno(error, errno, "%s could not be made", path);
    }
    if (!write_beside(place))
        return error_set_errno(error, errno, "%s could not be written", path);
    if (move(place->folder, place->beside, place->name, RENAME_NOREPLACE))
        return true;
    int number = errno;
    unlinkat(place->folder, place->beside, 0);
    return number == EEXIST ? error_set(error, "%s is on the host already and stays as it is", path)
                            : error_set_errno(error, number, "%s could not be written", path);
}

static bool replace(struct place *place, struct error *error)
{
    const char *path = place->change->path;
    if (!is_still(place, place->name))
        return is_newer(error, path);
    if (!write_beside(place))
        return error_set_errno(error, errno, "%s could not be written", path);
    bool exchanged = move(place->folder, place->beside, place->name, RENAME_EXCHANGE);
    int number = errno;
    bool newer = exchanged && faccessat(place->folder, place->beside, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
                 !is_still(place, place->beside);
    if (newer && !move(place->folder, place->beside, place->name, RENAME_EXCHANGE))
        return error_set(error, "%s was changed on the host meanwhile; its newest state is now in %s", path,
                         place->beside);
    unlinkat(place->folder, place->beside, 0);
    if (newer)
        return is_newer(error, path);
    return exchanged || error_set_errno(error, number, "%s could not be replaced", path);
}

static bool take_away(struct place *place, struct error *error)
{
    const char *path = place->change->path;
    if (place->change->is_folder) {
        if (unlinkat(place->folder, place->name, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY ||
            errno == EEXIST || errno == ENOENT)
            return true;
        return errno == ENOTDIR ? is_newer(error, path)
                                : error_set_errno(error, errno, "%s could not be removed", path);
    }
    if (!is_still(place, place->name))
        return is_newer(error, path);
    if (!move(place->folder, place->name, place->beside, RENAME_NOREPLACE))
        return error_set_errno(error, errno, "%s could not be removed", path);
    if (is_still(place, place->beside)) {
        unlinkat(place->folder, place->beside, 0);
        return true;
    }
    if (!move(place->folder, place->beside, place->name, RENAME_NOREPLACE))
        return error_set(error, "%s was changed on the host meanwhile; its newest state is now in %s", path,
                         place->beside);
    return is_newer(error, path);
}

static bool set_mode(struct place *place, struct error *error)
{
    struct stat info;
    const struct sync_change *change = place->change;
    int fd = openat(place->folder, place->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(error, errno, "the mode of %s could not be changed", change->path);
    bool same = fstat(fd, &info) == 0 &&
                (change->is_folder ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode)) &&
                (info.st_mode & 0777) == change->before_mode;
    bool set = same && fchmod(fd, change->mode) == 0;
    int number = errno;
    close(fd);
    if (!same)
        return is_newer(error, change->path);
    return set || error_set_errno(error, number, "the mode of %s could not be changed", change->path);
}

static bool (*const ways[])(struct place *place, struct error *error) = {
    [SYNC_ADDED] = put_new,
    [SYNC_CHANGED] = replace,
    [SYNC_DELETED] = take_away,
    [SYNC_MODE] = set_mode,
};

/* --- */

/* What was compared may come from anywhere by now; nothing of it is taken on trust. */
static const char *fault_of(const struct sync_change *change)
{
    const char *fault = change->why ? change->why : sync_path_fault(change->path);
    if (!fault && change->conflict)
        fault = "the host's file is another one";
    if (!fault && sync_is_git(change->path))
        fault = "nothing is changed in .git";
    if (!fault && change->is_link && change->after)
        fault = sync_target_fault(change->path, change->after);
    return fault;
}

bool sync_apply(const char *folder, const struct sync_change *change, struct error *error)
{
    const char *fault = fault_of(change);
    if (fault)
        return error_set(error, "%s is not brought back: %s", change->path, fault);
    int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_set_errno(error, errno, "%s cannot be opened", folder);
    struct place place = { .change = change, .name = path_name(change->path) };
    place.folder = sync_open_parent(root, change->path, change->kind == SYNC_ADDED, NULL);
    int number = errno;
    close(root);
    if (place.folder < 0)
        return number == ELOOP
                   ? error_set(error, "%s is not brought back: its path passes through a link", change->path)
                   : error_set_errno(error, number, "%s cannot be reached", change->path);
    name_beside(&place);
    bool applied = ways[change->kind](&place, error);
    close(place.folder);
    return applied;
}

bool sync_record(const char *manifest, const struct sync_change *change, struct error *error)
{
    struct manifest_entry entry = { .path = change->path, .mode = change->sandbox_mode };
    if (change->kind == SYNC_DELETED)
        entry.type = SANDBOX_OTHER;
    else
        entry.type = change->is_folder ? SANDBOX_FOLDER : change->is_link ? SANDBOX_LINK : SANDBOX_FILE;
    if (entry.type == SANDBOX_LINK)
        entry.target = change->after;
    entry.size = change->sandbox_size;
    memcpy(entry.hash, change->sandbox_hash, HASH_TEXT);
    return manifest_add(manifest, &entry, error);
}
