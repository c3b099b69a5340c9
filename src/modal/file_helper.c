/* file_helper.c - two tables: the verbs, and what the helper's error kinds mean. */
#include "modal/file_helper.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *flag;
} verbs[] = {
    [FILE_LIST] = { "ListFiles", NULL },          [FILE_STAT] = { "Stat", NULL },
    [FILE_READ] = { "ReadFile", NULL },           [FILE_WRITE] = { "WriteFile", NULL },
    [FILE_MAKE] = { "MakeDirectory", "parents" }, [FILE_REMOVE] = { "Remove", "recursive" },
    [FILE_WATCH] = { "Watch", "recursive" },
};

/* Reading is no change: told of as well, a pane that looks at what changed would never come to rest. */
static const char *const changes[] = { "Create", "Modify", "Remove", "Rename", "RenameFrom", "RenameTo" };

static const struct {
    const char *kind;
    enum modal_file_error error;
} kinds[] = {
    { "NotFound", MODAL_FILE_NOT_FOUND },
    { "IsFile", MODAL_FILE_NOT_DIRECTORY },
    { "NotDirectory", MODAL_FILE_NOT_DIRECTORY },
    { "AlreadyExists", MODAL_FILE_NOT_DIRECTORY }, /* write: a parent is no directory */
    { "IsDirectory", MODAL_FILE_IS_DIRECTORY },
    { "PermissionDenied", MODAL_FILE_DENIED },
    { "FileTooLarge", MODAL_FILE_TOO_LARGE },
    { "PathAlreadyExists", MODAL_FILE_EXISTS },
    { "DirectoryNotEmpty", MODAL_FILE_NOT_EMPTY },
    { "NotSupported", MODAL_FILE_NOT_SUPPORTED },
};

char *file_argument(enum file_verb verb, const char *path, bool flag)
{
    struct json *argument = json_new_object(), *order = json_new_object();
    json_set_text(order, "path", path);
    if (verbs[verb].flag)
        json_set_boolean(order, verbs[verb].flag, flag);
    if (verb == FILE_WATCH) {
        struct json *filter = json_new_array();
        for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
            json_add(filter, json_new_text(changes[i]));
        json_set(order, "filter", filter);
        json_set(order, "timeout_secs", json_new_null());
    }
    json_set(argument, verbs[verb].name, order);
    char *text = json_print(argument);
    json_free(argument);
    return text;
}

static enum modal_file_error error_of(const char *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].error;
    return MODAL_FILE_OTHER;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* No JSON object of the helper's. */
static char *plain_sentence(const char *path, int code, int signal)
{
    enum { CANNOT_RUN = 126, NOT_FOUND = 127 }; /* as shells and container runtimes report it */
    if (signal)
        return xasprintf("Operation on '%s' was ended by signal %d", path, signal);
    if (code == CANNOT_RUN || code == NOT_FOUND)
        return xasprintf(
            "Operation on '%s' failed with exit code %d: Modal's file helper cannot be run in this sandbox",
            path, code);
    return xasprintf("Operation on '%s' failed with exit code %d", path, code);
}

enum modal_file_error file_error(const char *path, const char *error, size_t length, int code, int signal,
                                 char **sentence)
{
    enum modal_file_error found = MODAL_FILE_OTHER;
    struct json *json = json_parse(error, length, NULL);
    const char *kind = json_is(json, JSON_OBJECT) ? json_get_text(json, "error_kind") : NULL;
    const char *message = json_is(json, JSON_OBJECT) ? json_get_text(json, "message") : NULL;
    if (kind && message && !is_blank(message)) {
        found = error_of(kind);
        *sentence = xasprintf("%s: %s", message, path);
    } else {
        *sentence = plain_sentence(path, code, signal);
    }
    json_free(json);
    return found;
}
