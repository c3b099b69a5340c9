/* lease.c - the right to append to a session.
 *
 * A lock on the file "lease" in the session's folder, of the kind that belongs to the open file (OFD): the
 * kernel drops it when the process dies, a second opening in the same process does not share it, and it can be
 * asked for without being taken, so that a list of sessions disturbs nobody.  The file stays when the lease is
 * given back: removing it could take it from under one who is just locking it.  Its content, the holder's
 * process id, is for people. */
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "store/inside.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct store_lease {
    struct store *store; /* borrowed */
    int fd;
};

enum { HOLDER_TEXT = 32 };

static char *lease_path(const struct store *store, const char *session)
{
    char *folder = store_folder_of(store, session);
    char *path = folder ? path_join(folder, "lease") : NULL;
    free(folder);
    return path;
}

static struct flock whole_file(void)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

bool lease_is_held(const struct store *store, const char *session)
{
    char *path = lease_path(store, session);
    int fd = path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
    free(path);
    if (fd < 0) {
        return false;
    }
    struct flock lock = whole_file();
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}

static bool refuse(int fd, const char *session, struct error *error)
{
    char holder[HOLDER_TEXT] = "";
    ssize_t length = pread(fd, holder, sizeof(holder) - 1, 0);
    holder[length > 0 ? strcspn(holder, "\n") : 0] = '\0';
    return error_set(error, "session %s is open in another sandgate (process %s); end that one first",
                     session, *holder ? holder : "unknown");
}

static void write_holder(int fd)
{
    char holder[HOLDER_TEXT];
    int length = snprintf(holder, sizeof(holder), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, (size_t)length, 0) != length) {
        return; /* the lock counts, not the words */
    }
}

/* The folder may have been removed, with the file in it, between our opening and our locking it. */
static bool is_still_there(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

static struct store_lease *take(struct store *store, const char *path, const char *session,
                                struct error *error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        error_set_errno(error, errno, "cannot open %s to hold the session", path);
        return NULL;
    }
    struct flock lock = whole_file();
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES) {
            refuse(fd, session, error);
        } else {
            error_set_errno(error, errno, "cannot lock %s to hold the session", path);
        }
    } else if (!is_still_there(fd)) {
        error_set(error, "session %s has just been deleted", session);
    } else {
        write_holder(fd);
        struct store_lease *lease = xcalloc(1, sizeof(*lease));
        lease->store = store;
        lease->fd = fd;
        return lease;
    }
    close(fd);
    return NULL;
}

struct store_lease *lease_take_existing(struct store *store, const char *session, struct error *error)
{
    char *path = lease_path(store, session);
    struct store_lease *lease = NULL;
    if (!path) {
        error_set(error, "\"%s\" is not the id of a session", session);
    } else {
        char *folder = path_folder(path);
        lease = access(folder, F_OK) == 0 ? take(store, path, session, error) : NULL;
        free(folder);
    }
    free(path);
    return lease;
}

struct store_lease *store_lease_take(struct store *store, const char *session, struct error *error)
{
    char *folder = store_folder_of(store, session);
    bool made = !folder || path_make_folders(folder, error);
    free(folder);
    return made ? lease_take_existing(store, session, error) : NULL;
}

void store_lease_free(struct store_lease *lease)
{
    if (lease) {
        store_settle(lease->store);
        close(lease->fd);
        free(lease);
    }
}
