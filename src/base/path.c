/* path.c - paths as text, files of the host, and where our own things are.
 *
 * Text functions never look at the disk.  Functions that do open with O_CLOEXEC and never follow a link where
 * something could be destroyed. */
#include "base/path.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- text --- */

char *path_join(const char *folder, const char *name)
{
    if (*name == '/' || !*folder)
        return xstrdup(name);
    bool slash = folder[strlen(folder) - 1] == '/';
    return xasprintf("%s%s%s", folder, slash ? "" : "/", name);
}

char *path_folder(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    while (length && path[length - 1] != '/')
        length--;
    if (!length)
        return xstrdup(".");
    while (length > 1 && path[length - 1] == '/')
        length--;
    return xstrndup(path, length);
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Walks the parts of PATH and keeps OUT (which begins with "/") resolved after each. Returns its length. */
static size_t add_parts(char *out, size_t length, const char *path)
{
    while (*path) {
        size_t part = strcspn(path, "/");
        if (part == 2 && path[0] == '.' && path[1] == '.') {
            while (length > 1 && out[--length] != '/')
                continue;
        } else if (part && !(part == 1 && path[0] == '.')) {
            if (length > 1)
                out[length++] = '/';
            memcpy(out + length, path, part);
            length += part;
        }
        path += part + (path[part] == '/');
    }
    return length;
}

char *path_normalize(const char *cwd, const char *path)
{
    char *out = xmalloc((cwd ? strlen(cwd) : 0) + strlen(path) + 3);
    size_t length = 1;
    out[0] = '/';
    if (*path != '/' && cwd)
        length = add_parts(out, length, cwd);
    length = add_parts(out, length, path);
    out[length] = '\0';
    return out;
}

bool path_is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    while (length && folder[length - 1] == '/')
        length--;
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* --- folders of the person --- */

char *path_home(void)
{
    const char *home = getenv("HOME");
    if (home && *home == '/')
        return xstrdup(home);
    struct passwd entry, *found = NULL;
    char text[4096];
    if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 && found && *found->pw_dir == '/')
        return xstrdup(found->pw_dir);
    return xstrdup("/");
}

/* The specification says: a relative path in these variables is to be ignored. */
static char *xdg(const char *variable, const char *fallback)
{
    const char *value = getenv(variable);
    if (value && *value == '/')
        return path_join(value, "sandgate");
    char *home = path_home();
    char *path = path_join(home, fallback);
    free(home);
    return path;
}

char *path_config(void)
{
    return xdg("XDG_CONFIG_HOME", ".config/sandgate");
}

char *path_data(void)
{
    return xdg("XDG_DATA_HOME", ".local/share/sandgate");
}

char *path_state(void)
{
    return xdg("XDG_STATE_HOME", ".local/state/sandgate");
}

/* --- files --- */

static bool make_folder(const char *path, struct error *error)
{
    struct stat status;
    if (mkdir(path, 0700) == 0)
        return true;
    int number = errno;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    return error_set_errno(error, number, "cannot make the folder %s", path);
}

bool path_make_folders(const char *path, struct error *error)
{
    char *copy = xstrdup(path);
    bool made = true;
    for (char *at = copy + 1; made && *copy && *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        made = make_folder(copy, error);
        *at = '/';
    }
    made = made && make_folder(copy, error);
    free(copy);
    return made;
}

static bool read_all(int file, const char *path, struct buffer *out, struct error *error)
{
    char piece[64 * 1024];
    for (;;) {
        ssize_t count = read(file, piece, sizeof piece);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set_errno(error, errno, "cannot read %s", path);
        if (!count)
            return true;
        if (!buffer_append(out, piece, (size_t)count))
            return error_set(error, "cannot read %s: it is larger than the %zu bytes that are allowed here",
                             path, out->ceiling ? out->ceiling : (size_t)BUFFER_CEILING);
    }
}

bool path_read_file(const char *path, struct buffer *out, struct error *error)
{
    /* O_NONBLOCK: a FIFO of that name must not stop the program. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return error_set_errno(error, errno, "cannot open %s", path);
    struct stat status;
    size_t before = out->length;
    bool done;
    if (fstat(file, &status) == 0 && !S_ISREG(status.st_mode))
        done = error_set(error, "cannot read %s: it is not a regular file", path);
    else
        done = read_all(file, path, out, error);
    if (!done)
        buffer_truncate(out, before);
    close(file);
    return done;
}

bool path_write_all(int file, const void *bytes, size_t length)
{
    const char *data = bytes;

    while (length) {
        ssize_t count = write(file, data, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        data += count;
        length -= (size_t)count;
    }
    return true;
}

/* The new name is only certain after a crash when the folder is on the disk too. */
static void sync_folder(const char *folder)
{
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return;
    fsync(file);
    close(file);
}

bool path_write_file(const char *path, const void *data, size_t length, mode_t mode, struct error *error)
{
    char *folder = path_folder(path);
    char *name = xasprintf("%s/.sandgate-XXXXXX", folder);
    int file = mkostemp(name, O_CLOEXEC);
    bool done =
        file >= 0 && path_write_all(file, data, length) && fchmod(file, mode) == 0 && fsync(file) == 0;
    int number = errno;
    if (file >= 0 && close(file) != 0 && done) {
        done = false;
        number = errno;
    }
    if (done && rename(name, path) != 0) {
        done = false;
        number = errno;
    }
    if (done)
        sync_folder(folder);
    else if (file >= 0)
        unlink(name);
    free(name);
    free(folder);
    return done || error_set_errno(error, number, "cannot write %s", path);
}

/* --- what belongs to the program --- */

static bool runs_from_build_folder(void)
{
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    return path_is_below(program, SANDGATE_BUILD_FOLDER);
}

char *path_data_file(const char *name)
{
    const char *folder = getenv("SANDGATE_DATA");
    if (!folder || !*folder)
        folder = runs_from_build_folder() ? SANDGATE_SOURCE_FOLDER : SANDGATE_PKGDATADIR;
    return path_join(folder, name);
}

char *path_demo(void)
{
    return path_data_file("contrib/demo/repo");
}

bool path_is_demo(const char *folder)
{
    char *demo = path_demo();
    bool is = strcmp(folder, demo) == 0;
    free(demo);
    return is;
}

char *path_helper(const char *name)
{
    return path_join(runs_from_build_folder() ? SANDGATE_BUILD_FOLDER : SANDGATE_LIBEXECDIR, name);
}
