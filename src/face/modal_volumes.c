/* modal_volumes.c - sandgate modal volume list, create, delete, ls, get, put, rm. */
#include "modal/volumes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "face/modal_verbs.h"
#include "face/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The id of the volume named first on the command line, in face->name. */
static bool find_volume(struct modal_face *face, bool make)
{
    return modal_face_wait(
        face, modal_volume_find(face->client, face->words[0], make, face->version, modal_face_named, face));
}

static int end(const struct modal_face *face, bool fine)
{
    return fine ? EXIT_FINE : modal_face_failed(face);
}

/* --- volumes --- */

static void print_volume(const struct modal_face *face, const struct modal_volume *volume)
{
    char *created = modal_face_time(volume->created), *name = modal_face_visible(volume->name);

    if (face->json) {
        struct json *object = json_new_object();
        json_set_text(object, "name", volume->name);
        json_set_text(object, "id", volume->id);
        json_set_text(object, "created", created);
        json_set_integer(object, "version", volume->version);
        modal_face_print(object);
    } else {
        printf("%-32s %-20s version %d\n", name, created, volume->version);
    }
    free(created);
    free(name);
}

static void take_volumes(void *data, const struct modal_failure *failure, const struct modal_volume *list,
                         size_t count)
{
    struct modal_face *face = data;

    modal_face_take(face, failure);
    for (size_t i = 0; i < count; i++)
        print_volume(face, &list[i]);
    if (!failure && !count && !face->json)
        puts("There are no volumes.");
}

int modal_volume_list_run(struct modal_face *face)
{
    return end(face, modal_face_wait(face, modal_volume_list(face->client, take_volumes, face)));
}

int modal_volume_create_run(struct modal_face *face)
{
    bool fine = find_volume(face, true);

    if (fine && face->json) {
        struct json *object = json_new_object();
        json_set_text(object, "name", face->words[0]);
        json_set_text(object, "id", face->name);
        modal_face_print(object);
    } else if (fine) {
        printf("The volume %s is there.\n", face->words[0]);
    }
    return end(face, fine);
}

/* Runs DO with the volume's id, which stays valid while it runs. */
static bool with_volume(struct modal_face *face,
                        struct modal_call *(*begin)(struct modal_face *face, const char *id))
{
    if (!find_volume(face, false))
        return false;
    char *id = xstrdup(face->name);
    bool fine = modal_face_wait(face, begin(face, id));
    free(id);
    return fine;
}

static struct modal_call *begin_delete(struct modal_face *face, const char *id)
{
    return modal_volume_delete(face->client, id, modal_face_named, face);
}

int modal_volume_delete_run(struct modal_face *face)
{
    bool fine = with_volume(face, begin_delete);

    if (fine && !face->json)
        printf("The volume %s is deleted.\n", face->words[0]);
    return end(face, fine);
}

/* --- files --- */

static void print_entry(const struct modal_face *face, const struct modal_volume_entry *entry)
{
    static const char *const types[] = { "other", "file", "directory", "link", "fifo", "socket" };
    const char *type = types[entry->type > 0 && entry->type < (int)ARRAY_SIZE(types) ? entry->type : 0];
    char *modified = modal_face_time((double)entry->modified), *path = modal_face_visible(entry->path);

    if (face->json) {
        struct json *object = json_new_object();
        json_set_text(object, "path", entry->path);
        json_set_text(object, "type", type);
        json_set_integer(object, "size", (int64_t)entry->size);
        json_set_text(object, "modified", modified);
        modal_face_print(object);
    } else {
        printf("%-9s %12" PRIu64 "  %-20s  %s\n", type, entry->size, modified, path);
    }
    free(modified);
    free(path);
}

static int compare_entries(const void *one, const void *two)
{
    const struct modal_volume_entry *const *a = one, *const *b = two;

    return strcmp((*a)->path, (*b)->path);
}

static void take_entries(void *data, const struct modal_failure *failure,
                         const struct modal_volume_entry *entries, size_t count)
{
    struct modal_face *face = data;
    const struct modal_volume_entry **sorted = xcalloc(count + 1, sizeof *sorted);

    modal_face_take(face, failure);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &entries[i];
    qsort(sorted, count, sizeof *sorted, compare_entries);
    for (size_t i = 0; i < count; i++)
        print_entry(face, sorted[i]);
    free(sorted);
}

static struct modal_call *begin_browse(struct modal_face *face, const char *id)
{
    const char *path = face->count > 1 ? face->words[1] : "/";

    return modal_volume_browse(face->client, id, path, face->recursive, take_entries, face);
}

int modal_volume_ls_run(struct modal_face *face)
{
    return end(face, with_volume(face, begin_browse));
}

static struct modal_call *begin_remove(struct modal_face *face, const char *id)
{
    return modal_volume_remove(face->client, id, face->words[1], face->recursive, modal_face_named, face);
}

int modal_volume_rm_run(struct modal_face *face)
{
    return end(face, with_volume(face, begin_remove));
}

/* --- get --- */

struct getting {
    struct modal_face *face;
    int file;
    int number; /* errno of a write that failed; 0: none */
};

static void write_bytes(void *data, const char *bytes, size_t length)
{
    struct getting *getting = data;

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
    modal_face_take(getting->face, failure);
}

/* The bytes into FILE. */
static bool get_into(struct modal_face *face, int file)
{
    struct getting getting = { .face = face, .file = file };
    char *id = xstrdup(face->name);
    bool fine =
        modal_face_wait(face, modal_volume_get(face->client, id, face->words[1], write_bytes, got, &getting));

    if (getting.number) {
        face->interrupted = false;
        modal_face_say("What came cannot be written: %s", strerror(getting.number));
    }
    free(id);
    return fine && !getting.number;
}

/* Beside LOCAL first, so that what is there stays until all has come. */
static bool get_as(struct modal_face *face, const char *local)
{
    char *folder = path_folder(local), *name = xasprintf("%s/.sandgate-XXXXXX", folder);
    mode_t mask = umask(0);
    int file = mkostemp(name, O_CLOEXEC);
    bool fine;

    umask(mask);
    if (file < 0) {
        fine = false;
        modal_face_say("%s cannot be written: %s", local, strerror(errno));
    } else {
        fine = get_into(face, file) && fchmod(file, 0666 & ~mask) == 0;
        fine = close(file) == 0 && fine;
        if (fine && rename(name, local) != 0) {
            modal_face_say("%s cannot be written: %s", local, strerror(errno));
            fine = false;
        }
        if (!fine)
            unlink(name);
    }
    free(name);
    free(folder);
    return fine;
}

int modal_volume_get_run(struct modal_face *face)
{
    const char *local = face->count > 2 ? face->words[2] : path_name(face->words[1]);
    struct stat status;

    if (strcmp(local, "-") != 0 && !face->force && lstat(local, &status) == 0)
        return modal_face_usage("%s is there already; --force replaces it", local);
    if (!*local)
        return modal_face_usage("\"%s\" does not name a file", face->words[1]);
    if (!find_volume(face, false))
        return modal_face_failed(face);
    return end(face, strcmp(local, "-") == 0 ? get_into(face, STDOUT_FILENO) : get_as(face, local));
}

/* --- put --- */

int modal_volume_put_run(struct modal_face *face)
{
    const char *local = face->words[1], *name = path_name(local);
    char *path = face->count < 3                                     ? xasprintf("/%s", name)
                 : face->words[2][strlen(face->words[2]) - 1] == '/' ? xasprintf("%s%s", face->words[2], name)
                                                                     : xstrdup(face->words[2]);
    int file = open(local, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code = EXIT_USAGE;

    if (file < 0) {
        modal_face_say("%s cannot be opened: %s", local, strerror(errno));
    } else if (find_volume(face, false)) {
        char *id = xstrdup(face->name);
        code = end(face, modal_face_wait(face, modal_volume_put(face->client, id, path, file, face->force,
                                                                modal_face_named, face)));
        free(id);
    } else {
        code = modal_face_failed(face);
    }
    if (file >= 0)
        close(file);
    free(path);
    return code;
}
