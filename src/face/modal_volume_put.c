/* modal_volume_put.c - sandgate modal volume put: a local file into a volume, or with --recursive a folder. */
#include "modal/volumes.h"

#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "face/modal_verbs.h"
#include "face/sandbox_progress.h"
#include "face/setup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 100 };

struct putting {
    struct modal_face *face;
    const char *id; /* of the volume */
    struct progress progress;
    size_t others; /* links and the like, which are left out */
};

static bool put_file(struct putting *putting, const char *local, const char *path)
{
    struct modal_face *face = putting->face;
    int file = open(local, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;

    if (file < 0 || fstat(file, &status) != 0) {
        modal_face_say("%s cannot be opened: %s", local, strerror(errno));
        if (file >= 0)
            close(file);
        return false;
    }
    progress_add(&putting->progress, 0, local);
    struct modal_call *call =
        modal_volume_put(face->client, putting->id, path, file, face->force, modal_face_named, face);
    bool fine = modal_face_wait(face, call);
    if (fine)
        progress_add(&putting->progress, (uint64_t)status.st_size, local);
    putting->progress.files += fine;
    close(file);
    return fine;
}

static bool put_folder(struct putting *putting, const char *local, const char *path, int depth);

static bool put_entry(struct putting *putting, const char *local, const char *path, int depth)
{
    struct stat status;

    if (lstat(local, &status) != 0) {
        modal_face_say("%s cannot be read: %s", local, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode))
        return put_folder(putting, local, path, depth + 1);
    if (S_ISREG(status.st_mode) && utf8_valid(path, strlen(path)))
        return put_file(putting, local, path);
    putting->others++;
    return true;
}

static bool put_folder(struct putting *putting, const char *local, const char *path, int depth)
{
    DIR *folder = depth < DEEPEST ? opendir(local) : NULL;
    bool fine = folder != NULL;

    if (!fine)
        modal_face_say("%s cannot be read: %s", local,
                       depth < DEEPEST ? strerror(errno) : "it is nested too deep");
    for (struct dirent *entry; fine && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *here = path_join(local, entry->d_name), *there = xasprintf("%s/%s", path, entry->d_name);
        fine = put_entry(putting, here, there, depth);
        free(here);
        free(there);
    }
    if (folder)
        closedir(folder);
    return fine;
}

/* Where it goes: as PATH, into PATH when that ends in a slash, or under its own name. Caller frees. */
static char *choose_path(const struct modal_face *face)
{
    char *local = path_normalize("/", face->words[1]);
    const char *wanted = face->count > 2 ? face->words[2] : "/";
    size_t length = strlen(wanted);
    char *path =
        length && wanted[length - 1] == '/' ? xasprintf("%s%s", wanted, path_name(local)) : xstrdup(wanted);

    free(local);
    return path;
}

static bool put(struct modal_face *face)
{
    struct putting putting = { .face = face };

    if (!modal_find_volume(face, false))
        return false;
    char *id = xstrdup(face->name), *path = choose_path(face);
    putting.id = id;
    progress_begin(&putting.progress);
    bool fine = face->recursive ? put_folder(&putting, face->words[1], path, 0)
                                : put_file(&putting, face->words[1], path);
    if (fine)
        progress_end(&putting.progress, "sent");
    else
        progress_hide(&putting.progress);
    if (fine && putting.others)
        modal_face_say("%zu links and special files were left out", putting.others);
    free(id);
    free(path);
    return fine;
}

int modal_volume_put_run(struct modal_face *face)
{
    if (access(face->words[1], R_OK) != 0)
        return modal_face_usage("%s cannot be opened: %s", face->words[1], strerror(errno));
    return put(face) ? EXIT_FINE : modal_face_failed(face);
}
