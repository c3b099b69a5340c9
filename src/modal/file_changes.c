/* file_changes.c - event types are rows; a rename is a change with two paths (protocol: watch events). */
#include "modal/file_changes.h"

#include "base/json.h"
#include "base/memory.h"

#include <string.h>

static const struct {
    const char *type, *what;
} types[] = {
    { "Create", "create" }, { "Modify", "modify" },     { "Remove", "remove" },   { "Access", "access" },
    { "Rename", "modify" }, { "RenameFrom", "modify" }, { "RenameTo", "modify" },
};

static const char *what_of(const char *type)
{
    for (size_t i = 0; type && i < ARRAY_SIZE(types); i++)
        if (strcmp(types[i].type, type) == 0)
            return types[i].what;
    return NULL;
}

static const char *path_at(const struct json *paths, size_t index)
{
    const char *path = json_text(json_at(paths, index));
    return path && path[0] == '/' ? path : NULL;
}

void file_change_parse(const char *line, size_t length,
                       void (*changed)(void *data, const struct modal_file_change *change), void *data)
{
    struct json *json = json_parse(line, length, NULL);
    if (json_is(json, JSON_OBJECT)) {
        const struct json *paths = json_get(json, "paths");
        bool listed = json_is(paths, JSON_ARRAY);
        struct modal_file_change change = { .what = what_of(json_get_text(json, "event_type")),
                                            .path = listed ? path_at(paths, 0) : NULL,
                                            .new_path = listed ? path_at(paths, 1) : NULL };
        if (change.what && change.path)
            changed(data, &change);
    }
    json_free(json);
}
