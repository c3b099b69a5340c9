/* modal_secrets.c - sandgate modal secret list, create, delete. */
#include "modal/secrets.h"

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "face/modal_verbs.h"
#include "face/secret_input.h"
#include "face/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- list --- */

static void print_secret(const struct modal_face *face, const struct modal_secret *secret)
{
    char *created = modal_face_time(secret->created), *used = modal_face_time(secret->last_used);
    char *name = modal_face_visible(secret->name);

    if (face->json) {
        struct json *object = json_new_object();
        json_set_text(object, "name", secret->name);
        json_set_text(object, "id", secret->id);
        json_set_text(object, "created", created);
        json_set_text(object, "last_used", *used ? used : NULL);
        modal_face_print(object);
    } else {
        printf("%-32s %-20s %s\n", name, created, *used ? used : "never used");
    }
    free(created);
    free(used);
    free(name);
}

static void take_secrets(void *data, const struct modal_failure *failure, const struct modal_secret *list,
                         size_t count)
{
    struct modal_face *face = data;

    modal_face_take(face, failure);
    for (size_t i = 0; i < count; i++)
        print_secret(face, &list[i]);
    if (!failure && !count && !face->json)
        puts("There are no secrets.");
}

int modal_secret_list_run(struct modal_face *face)
{
    bool fine = modal_face_wait(face, modal_secret_list(face->client, take_secrets, face));

    return fine ? EXIT_FINE : modal_face_failed(face);
}

/* --- create --- */

/* The value of one variable. False: given up. */
static bool ask_value(struct modal_face *face, struct secret_pairs *pairs, const char *name)
{
    char *visible = modal_face_visible(name);
    char *prompt = xasprintf("Value of %s (not shown): ", visible);
    char *value = secret_input_line(face->loop, prompt, true, &face->interrupted);

    if (value)
        secret_pairs_add(pairs, name, value);
    secret_wipe(value);
    free(prompt);
    free(visible);
    return value;
}

/* Names as well, until an empty one. */
static bool ask_pairs(struct modal_face *face, struct secret_pairs *pairs)
{
    for (;;) {
        char *name =
            secret_input_line(face->loop, "Variable (an empty line ends): ", false, &face->interrupted);
        bool more = name && *name, fine = name && (!more || ask_value(face, pairs, name));
        free(name);
        if (!fine || !more)
            return fine;
    }
}

static bool ask_person(struct modal_face *face, struct secret_pairs *pairs)
{
    bool fine = true;

    if (face->count == 1)
        fine = ask_pairs(face, pairs);
    for (int i = 1; fine && i < face->count; i++)
        fine = ask_value(face, pairs, face->words[i]);
    face->interrupted = face->interrupted || !fine;
    return fine;
}

/* The pairs from where the command line says. *CODE when they are not to be had. */
static bool gather(struct modal_face *face, struct secret_pairs *pairs, int *code)
{
    struct error error = ERROR_INIT;
    bool terminal = isatty(STDIN_FILENO);
    const char *file = face->from_file ? face->from_file : terminal ? NULL : "-";

    *code = EXIT_USAGE;
    for (int i = 1; i < face->count; i++)
        if (strchr(face->words[i], '=')) {
            modal_face_usage("A value does not belong on the command line, where other programs can read it");
            return false;
        }
    if (file && face->count > 1) {
        modal_face_usage("Variables are named either on the command line or in %s",
                         face->from_file ? "the file" : "standard input");
        return false;
    }
    if (!file && !ask_person(face, pairs)) {
        *code = EXIT_INTERRUPTED;
        return false;
    }
    if (file && !secret_pairs_read(pairs, file, &error))
        modal_face_say("%s", error_message(&error));
    else if (!pairs->count)
        modal_face_usage("A secret needs at least one variable");
    else
        *code = EXIT_FINE;
    error_clear(&error);
    return *code == EXIT_FINE;
}

int modal_secret_create_run(struct modal_face *face)
{
    struct secret_pairs pairs = { 0 };
    int code;

    if (gather(face, &pairs, &code)) {
        const char *const *list = (const char *const *)pairs.list;
        bool fine = modal_face_wait(face, modal_secret_create(face->client, face->words[0], list, face->force,
                                                              modal_face_named, face));
        code = fine ? EXIT_FINE : modal_face_failed(face);
        if (fine && !face->json)
            printf("The secret %s holds %zu variable%s.\n", face->words[0], pairs.count,
                   pairs.count == 1 ? "" : "s");
    }
    secret_pairs_release(&pairs);
    if (code == EXIT_FINE && face->json) {
        struct json *object = json_new_object();
        json_set_text(object, "name", face->words[0]);
        json_set_text(object, "id", face->name);
        modal_face_print(object);
    }
    return code;
}

/* --- delete --- */

int modal_secret_delete_run(struct modal_face *face)
{
    if (!modal_face_wait(face, modal_secret_find(face->client, face->words[0], NULL, modal_face_named, face)))
        return modal_face_failed(face);
    char *id = xstrdup(face->name);
    bool fine = modal_face_wait(face, modal_secret_delete(face->client, id, modal_face_named, face));
    if (fine && !face->json)
        printf("The secret %s is deleted.\n", face->words[0]);
    free(id);
    return fine ? EXIT_FINE : modal_face_failed(face);
}
