/* file_entries.c - an array is cut into its objects first, and each is read by itself: a folder may have more
 * entries than a checked JSON value may have parts, and only one of them is in memory twice. */
#include "modal/file_entries.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static enum modal_file_type type_of(const char *type)
{
    static const struct {
        const char *name;
        enum modal_file_type type;
    } types[] = { { "file", MODAL_FILE }, { "directory", MODAL_FOLDER }, { "symlink", MODAL_LINK } };
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (strcmp(types[i].name, type) == 0)
            return types[i].type;
    return MODAL_OTHER;
}

static bool is_step(const char *name)
{
    return name[0] && strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* All texts of an entry are one block, which begins with its name. */
static void take_texts(struct modal_entry *entry, const char *const texts[5])
{
    size_t total = 0;
    for (size_t i = 0; i < 5; i++)
        total += texts[i] ? strlen(texts[i]) + 1 : 0;
    char *at = xmalloc(total);
    const char **fields[5] = { &entry->name, &entry->path, &entry->owner, &entry->group, &entry->target };
    for (size_t i = 0; i < 5; i++) {
        *fields[i] = texts[i] ? at : NULL;
        if (texts[i])
            at = stpcpy(at, texts[i]) + 1;
    }
}

static const char *text_or_empty(const struct json *json, const char *key)
{
    const char *text = json_get_text(json, key);
    return text ? text : "";
}

static bool take(struct file_entries *entries, const struct json *json, bool one)
{
    const char *name = json_get_text(json, "name"), *path = json_get_text(json, "path");
    const char *type = json_get_text(json, "type");
    int64_t size = json_get_integer(json, "size", 0);
    if (!json_is(json, JSON_OBJECT) || name == NULL || path == NULL || path[0] != '/' || type == NULL ||
        size < 0)
        return false;
    if (!one && !is_step(name))
        return false;
    struct modal_entry entry = { .type = type_of(type),
                                 .size = size,
                                 .modified = json_get_number(json, "modified_time", 0),
                                 .mode = (unsigned)json_get_integer(json, "mode", 0) & 07777 };
    const char *target = entry.type == MODAL_LINK ? text_or_empty(json, "symlink_target") : NULL;
    const char *texts[5] = { name, path, text_or_empty(json, "owner"), text_or_empty(json, "group"), target };
    take_texts(&entry, texts);
    entries->entries = array_reserve(entries->entries, &entries->capacity, entries->count + 1, sizeof(entry));
    entries->entries[entries->count++] = entry;
    return true;
}

static bool take_text(struct file_entries *entries, const char *text, size_t length, bool one)
{
    struct json *json = json_parse(text, length, NULL);
    bool taken = json && take(entries, json, one);
    json_free(json);
    return taken;
}

static size_t blanks(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && memchr(" \t\r\n", text[count], 4))
        count++;
    return count;
}

/* The bytes of the object that TEXT begins with, by its brackets; 0: it does not end, or is none. */
static size_t object_length(const char *text, size_t length)
{
    size_t depth = 0;
    bool quoted = false;
    if (length == 0 || text[0] != '{')
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == '{')
            depth++;
        else if (!quoted && text[i] == '}' && --depth == 0)
            return i + 1;
    }
    return 0;
}

static bool parse_array(struct file_entries *entries, const char *text, size_t length)
{
    size_t at = blanks(text, length);
    if (at == length || text[at++] != '[')
        return false;
    at += blanks(text + at, length - at);
    bool more = at < length && text[at] != ']';
    while (more) {
        size_t object = object_length(text + at, length - at);
        if (object == 0 || !take_text(entries, text + at, object, false))
            return false;
        at += object;
        at += blanks(text + at, length - at);
        more = at < length && text[at] == ',';
        at += more;
        at += blanks(text + at, length - at);
    }
    if (at == length || text[at++] != ']')
        return false;
    return at + blanks(text + at, length - at) == length;
}

static int compare(const void *left, const void *right)
{
    const struct modal_entry *one = left, *other = right;
    return strcmp(one->name, other->name);
}

bool file_entries_parse(struct file_entries *entries, const char *text, size_t length, bool one)
{
    if (one)
        return take_text(entries, text, length, true);
    if (!parse_array(entries, text, length))
        return false;
    if (entries->count)
        qsort(entries->entries, entries->count, sizeof(*entries->entries), compare);
    return true;
}

void file_entries_release(struct file_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        free((char *)entries->entries[i].name);
    free(entries->entries);
    *entries = (struct file_entries){ 0 };
}
