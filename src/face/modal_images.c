/* modal_images.c - sandgate modal image list, publish, delete. */
#include "modal/image.h"

#include "base/json.h"
#include "base/memory.h"
#include "face/modal_verbs.h"
#include "face/setup.h"

#include <stdio.h>
#include <stdlib.h>

static void print_name(const struct modal_face *face, const struct modal_image_name *name)
{
    char *tag = modal_face_visible(name->tag), *id = modal_face_visible(name->image_id);
    char *updated = modal_face_time(name->updated);

    if (face->json) {
        struct json *object = json_new_object();
        json_set_text(object, "name", name->tag);
        json_set_text(object, "id", name->image_id);
        json_set_text(object, "updated", updated);
        modal_face_print(object);
    } else {
        printf("%-40s %-28s %s\n", tag, id, updated);
    }
    free(tag);
    free(id);
    free(updated);
}

static void take_names(void *data, const struct modal_failure *failure, const struct modal_image_name *names,
                       size_t count)
{
    struct modal_face *face = data;

    modal_face_take(face, failure);
    for (size_t i = 0; i < count; i++)
        print_name(face, &names[i]);
    if (!failure && !count && !face->json)
        puts("There are no published images.");
}

int modal_image_list_run(struct modal_face *face)
{
    const char *prefix = face->count ? face->words[0] : "";
    bool fine = modal_face_wait(face, modal_image_list(face->client, prefix, take_names, face));

    return fine ? EXIT_FINE : modal_face_failed(face);
}

int modal_image_publish_run(struct modal_face *face)
{
    bool fine = modal_face_wait(
        face, modal_image_publish(face->client, face->words[0], face->words[1], modal_face_named, face));

    if (fine && !face->json)
        printf("%s is published as %s.\n", face->words[0], face->words[1]);
    return fine ? EXIT_FINE : modal_face_failed(face);
}

int modal_image_delete_run(struct modal_face *face)
{
    bool fine =
        modal_face_wait(face, modal_image_delete(face->client, face->words[0], modal_face_named, face));

    if (fine && !face->json)
        printf("%s is deleted.\n", face->words[0]);
    return fine ? EXIT_FINE : modal_face_failed(face);
}
