/* modal_volumes.c - sandgate modal volume list, create, delete, ls, rm. */
#include "modal/volumes.h"

#include "base/json.h"
#include "base/memory.h"
#include "face/modal_verbs.h"
#include "face/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool modal_find_volume(struct modal_face *face, bool make)
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
    bool fine = modal_find_volume(face, true);

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
    if (!modal_find_volume(face, false))
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
