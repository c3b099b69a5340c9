/* modal_volume_get.c - sandgate modal volume get: a file of a volume, or with --recursive a folder.
 *
 * Names in the volume are foreign: a folder is made anew for them, and none of them leads out of it. */
#include "modal/volumes.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "face/modal_verbs.h"
#include "face/sandbox_progress.h"
#include "face/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct getting {
    struct modal_face *face;
    const char *id; /* of the volume */
    struct progress progress;
    const char *path; /* of the file under way */
    int file;
    int number; /* errno of a write that failed; 0: none */
};

/* --- one file --- */

static void write_bytes(void *data, const char *bytes, size_t length)
{
    struct getting *getting = data;

    progress_add(&getting->progress, length, getting->path);
    while (length && !getting->number) {
        ssize_t count = write(getting->file, bytes, length);
        if (count < 0 && errno != EINTR)
            getting->number = errno;
        if (count > 0) {
            bytes += count;
            length -= (size_t)count;
        }
    }
    if (getting->number)
        getting->face->interrupted = true; /* no use in the rest */
}

static void got(void *data, const struct modal_failure *failure, const char *name)
{
    struct getting *getting = data;

    (void)name;
    progress_hide(&getting->progress);
    modal_face_take(getting->face, failure);
}

/* The bytes into FILE. */
static bool get_into(struct getting *getting, const char *path, int file)
{
    struct modal_face *face = getting->face;

    getting->file = file;
    getting->path = path;
    bool fine =
        modal_face_wait(face, modal_volume_get(face->client, getting->id, path, write_bytes, got, getting));
    if (getting->number) {
        progress_hide(&getting->progress);
        face->interrupted = false;
        modal_face_say("What came cannot be written: %s", strerror(getting->number));
    }
    getting->progress.files++;
    return fine && !getting->number;
}

/* Beside LOCAL first, so that what is there stays until all has come. */
static bool get_as(struct getting *getting, const char *path, const char *local)
{
    char *folder = path_folder(local), *name = xasprintf("%s/.sandgate-XXXXXX", folder);
    mode_t mask = umask(0);
    int file = mkostemp(name, O_CLOEXEC);
    bool fine = file >= 0;

    umask(mask);
    if (fine) {
        fine = get_into(getting, path, file) && fchmod(file, 0666 & ~mask) == 0;
        fine = close(file) == 0 && fine;
        bool renamed = fine && rename(name, local) == 0;
        if (fine && !renamed)
            modal_face_say("%s cannot be written: %s", local, strerror(errno));
        fine = renamed;
        if (!fine)
            unlink(name);
    } else {
        modal_face_say("%s cannot be written: %s", local, strerror(errno));
    }
    free(name);
    free(folder);
    return fine;
}

/* --- a folder --- */

struct files {
    struct modal_face *face;
    char **paths;
    size_t count, capacity;
    size_t others; /* links and the like, which are left out */
};

static void take_entries(void *data, const struct modal_failure *failure,
                         const struct modal_volume_entry *entries, size_t count)
{
    struct files *files = data;

    modal_face_take(files->face, failure);
    for (size_t i = 0; i < count; i++) {
        files->others += entries[i].type != 1 && entries[i].type != 2;
        if (entries[i].type != 1)
            continue;
        files->paths = array_reserve(files->paths, &files->capacity, files->count + 1, sizeof *files->paths);
        files->paths[files->count++] = xstrdup(entries[i].path);
    }
}

/* What of PATH lies below FOLDER, both in the volume; NULL: nothing, or a name that leads elsewhere. */
static const char *below(const char *path, const char *folder)
{
    size_t length;

    path += strspn(path, "/");
    folder += strspn(folder, "/");
    length = strlen(folder);
    while (length && folder[length - 1] == '/')
        length--;
    if (strncmp(path, folder, length) != 0 || (length && path[length] != '/'))
        return NULL;
    path += length + (length > 0);
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t size = strcspn(part, "/");
        if (!size || (size == 1 && *part == '.') || (size == 2 && part[0] == '.' && part[1] == '.'))
            return NULL;
    }
    return path;
}

static bool get_one_of(struct getting *getting, const char *path, const char *folder, const char *local)
{
    const char *name = below(path, folder);
    struct error error = ERROR_INIT;

    if (!name) {
        modal_face_say("The volume has a file named %s, which leads out of its folder; it is left there",
                       path);
        return false;
    }
    char *target = path_join(local, name), *above = path_folder(target);
    bool fine = path_make_folders(above, &error);
    if (!fine)
        modal_face_say("%s", error_message(&error));
    fine = fine && get_as(getting, path, target);
    error_clear(&error);
    free(target);
    free(above);
    return fine;
}

static bool get_folder(struct getting *getting, const char *folder, const char *local)
{
    struct modal_face *face = getting->face;
    struct files files = { .face = face };
    bool fine = modal_face_wait(
        face, modal_volume_browse(face->client, getting->id, folder, true, take_entries, &files));

    if (fine && mkdir(local, 0777) != 0) {
        modal_face_say("%s cannot be made: %s", local, strerror(errno));
        fine = false;
    }
    for (size_t i = 0; i < files.count; i++) {
        fine = fine && get_one_of(getting, files.paths[i], folder, local);
        free(files.paths[i]);
    }
    if (fine && files.others)
        modal_face_say("%zu links and special files were left out", files.others);
    free(files.paths);
    return fine;
}

/* --- the verb --- */

/* The last name of PATH, without slashes at its end. Caller frees. */
static char *last_name(const char *path)
{
    char *copy = xstrdup(path);
    size_t length = strlen(copy);

    while (length && copy[length - 1] == '/')
        copy[--length] = '\0';
    char *name = xstrdup(path_name(copy));
    free(copy);
    return name;
}

static bool get(struct modal_face *face, const char *local)
{
    struct getting getting = { .face = face };
    bool standard = strcmp(local, "-") == 0;

    if (!modal_find_volume(face, false))
        return false;
    char *id = xstrdup(face->name);
    getting.id = id;
    progress_begin(&getting.progress);
    bool fine = face->recursive ? get_folder(&getting, face->words[1], local)
                : standard      ? get_into(&getting, face->words[1], STDOUT_FILENO)
                                : get_as(&getting, face->words[1], local);
    if (fine && !standard)
        progress_end(&getting.progress, "received");
    free(id);
    return fine;
}

int modal_volume_get_run(struct modal_face *face)
{
    char *local = face->count > 2 ? xstrdup(face->words[2]) : last_name(face->words[1]);
    struct stat status;
    int code;

    if (!*local || (face->recursive && strcmp(local, "-") == 0))
        code = modal_face_usage("A name is needed for what comes from \"%s\"", face->words[1]);
    else if (strcmp(local, "-") != 0 && (!face->force || face->recursive) && lstat(local, &status) == 0)
        code = modal_face_usage(face->recursive ? "%s is there already; a folder is only made anew"
                                                : "%s is there already; --force replaces it",
                                local);
    else
        code = get(face, local) ? EXIT_FINE : modal_face_failed(face);
    free(local);
    return code;
}
