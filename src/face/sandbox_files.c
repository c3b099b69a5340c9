/* sandbox_files.c - `sandgate sandbox ls` and `cat`. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "conf/numbers.h"
#include "face/columns.h"
#include "face/sandbox_copy.h"
#include "face/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void errand_fail_file(struct errand *errand, const struct modal_file_result *result)
{
    errand_fail_with(errand, EXIT_SANDBOX, "%s", result->sentence);
}

bool errand_path_fine(struct errand *errand, const char *path)
{
    if (path[0] == '/')
        return true;
    errand_fail_with(errand, EXIT_USAGE, "\"%s\" is not an absolute path of the sandbox", path);
    return false;
}

/* --- ls --- */

static const char *const type_names[] = {
    [MODAL_FILE] = "file", [MODAL_FOLDER] = "folder", [MODAL_LINK] = "link", [MODAL_OTHER] = "other"
};

static void print_entries_json(const struct modal_file_result *result)
{
    struct json *array = json_new_array();

    for (size_t i = 0; i < result->count; i++) {
        const struct modal_entry *entry = &result->entries[i];
        struct json *object = json_new_object();
        json_set_text(object, "name", entry->name);
        json_set_text(object, "type", type_names[entry->type]);
        json_set_integer(object, "size", entry->size);
        json_set_integer(object, "mode", entry->mode);
        json_set_number(object, "modified", entry->modified);
        json_set_text(object, "owner", entry->owner);
        json_set_text(object, "group", entry->group);
        if (entry->target)
            json_set_text(object, "target", entry->target);
        json_add(array, object);
    }
    errand_print_json(array);
}

static void mode_text(const struct modal_entry *entry, char text[11])
{
    static const char letters[] = "rwxrwxrwx";

    text[0] = entry->type == MODAL_FOLDER ? 'd'
              : entry->type == MODAL_LINK ? 'l'
              : entry->type == MODAL_FILE ? '-'
                                          : '?';
    for (int i = 0; i < 9; i++)
        text[i + 1] = entry->mode >> (8 - i) & 1 ? letters[i] : '-';
    text[10] = '\0';
}

static void add_entry(struct columns *columns, const struct modal_entry *entry)
{
    char mode[11], time[CLOCK_TEXT], size[24];
    char *name = entry->target ? xasprintf("%s -> %s", entry->name, entry->target) : xstrdup(entry->name);

    mode_text(entry, mode);
    clock_format((int64_t)(entry->modified * 1000), time);
    time[16] = '\0'; /* to the minute */
    time[10] = ' ';
    snprintf(size, sizeof size, "%" PRId64, entry->size);
    columns_add(columns, (const char *const[]){ mode, entry->owner, size, time, name });
    free(name);
}

static void listed(void *data, const struct modal_file_result *result)
{
    struct errand *errand = data;
    struct columns columns = COLUMNS_INIT("llrll");

    errand->call = NULL;
    if (result->sentence) {
        errand_fail_file(errand, result);
        return;
    }
    if (errand_has(errand, OPTION_JSON))
        print_entries_json(result);
    for (size_t i = 0; !errand_has(errand, OPTION_JSON) && i < result->count; i++)
        add_entry(&columns, &result->entries[i]);
    columns_print(&columns);
    errand_end(errand, EXIT_FINE);
}

void verb_ls(struct errand *errand)
{
    const char *path = errand->count > 1 ? errand->words[1] : "/";

    if (errand_path_fine(errand, path))
        errand->call = modal_file_list(modal_sandbox_task(errand->sandbox), path, listed, errand);
}

/* --- cat --- */

static void print_bytes(void *data, const char *bytes, size_t length)
{
    errand_write(data, STDOUT_FILENO, bytes, length);
}

static void printed(void *data, const struct modal_file_result *result)
{
    struct errand *errand = data;

    errand->call = NULL;
    if (result->sentence)
        errand_fail_file(errand, result);
    else
        errand_end(errand, EXIT_FINE);
}

void verb_cat(struct errand *errand)
{
    if (errand_path_fine(errand, errand->words[1]))
        errand->call = modal_file_read(modal_sandbox_task(errand->sandbox), errand->words[1], print_bytes,
                                       printed, errand);
}
