/* manifest.c - the manifest's lines, written and read. */
#include "sandbox/manifest.h"

#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const type_names[] = {
    [SANDBOX_FILE] = "file",
    [SANDBOX_FOLDER] = "folder",
    [SANDBOX_LINK] = "link",
    [SANDBOX_OTHER] = "gone",
};

/* --- text of any bytes --- */

static char *to_hex(const char *text)
{
    size_t length = strlen(text);
    char *hex = xmalloc(2 * length + 1);
    hex[0] = '\0';
    for (size_t i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)text[i]);
    return hex;
}

static char *from_hex(const char *hex)
{
    size_t length = strlen(hex);
    char *text = xcalloc(length / 2 + 1, 1);
    for (size_t i = 0; i + 1 < length; i += 2) {
        unsigned byte;
        if (sscanf(hex + i, "%2x", &byte) != 1 || byte == 0) {
            free(text);
            return NULL;
        }
        text[i / 2] = (char)byte;
    }
    return text;
}

static void set_bytes(struct json *object, const char *key, const char *hex_key, const char *text)
{
    if (utf8_valid(text, strlen(text))) {
        json_set_text(object, key, text);
        return;
    }
    char *hex = to_hex(text);
    json_set_text(object, hex_key, hex);
    free(hex);
}

static char *get_bytes(const struct json *object, const char *key, const char *hex_key)
{
    const char *text = json_get_text(object, key), *hex = json_get_text(object, hex_key);
    if (text)
        return xstrdup(text);
    return hex ? from_hex(hex) : NULL;
}

/* --- writing --- */

/* With its newline; caller frees. */
static char *print_line(const struct manifest_entry *entry)
{
    struct json *line = json_new_object();
    set_bytes(line, "path", "path_hex", entry->path);
    json_set_text(line, "type", type_names[entry->type]);
    if (entry->type == SANDBOX_FILE || entry->type == SANDBOX_FOLDER)
        json_set_integer(line, "mode", entry->mode);
    if (entry->type == SANDBOX_FILE) {
        json_set_integer(line, "size", entry->size);
        json_set_text(line, "sha256", entry->hash);
    }
    if (entry->type == SANDBOX_LINK)
        set_bytes(line, "target", "target_hex", entry->target);
    char *text = json_print(line), *whole = xasprintf("%s\n", text);
    free(text);
    json_free(line);
    return whole;
}

struct manifest_writer {
    char *path, *beside;
    FILE *file;
};

struct manifest_writer *manifest_begin(const char *path, struct error *error)
{
    struct manifest_writer *writer = xcalloc(1, sizeof(*writer));
    writer->path = xstrdup(path);
    writer->beside = xasprintf("%s.new", path);
    writer->file = fopen(writer->beside, "we");
    if (writer->file)
        return writer;
    error_set_errno(error, errno, "%s cannot be written", writer->beside);
    manifest_abandon(writer);
    return NULL;
}

void manifest_write(struct manifest_writer *writer, const struct manifest_entry *entry)
{
    char *line = print_line(entry);
    fputs(line, writer->file); /* what goes wrong stays in the stream until manifest_finish */
    free(line);
}

bool manifest_finish(struct manifest_writer *writer, struct error *error)
{
    errno = EIO; /* of an earlier line */
    bool fine = !ferror(writer->file) && fflush(writer->file) == 0 && fsync(fileno(writer->file)) == 0 &&
                rename(writer->beside, writer->path) == 0;
    if (!fine)
        error_set_errno(error, errno, "%s could not be written", writer->path);
    manifest_abandon(writer);
    return fine;
}

void manifest_abandon(struct manifest_writer *writer)
{
    if (!writer)
        return;
    if (writer->file) {
        fclose(writer->file);
        unlink(writer->beside); /* after a rename there is none */
    }
    free(writer->path);
    free(writer->beside);
    free(writer);
}

/* All of the line or nothing: half a line would spoil the next one. */
bool manifest_add(const char *path, const struct manifest_entry *entry, struct error *error)
{
    struct stat before;
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &before) < 0) {
        error_set_errno(error, errno, "%s cannot be written", path);
        if (fd >= 0)
            close(fd);
        return false;
    }
    char *line = print_line(entry);
    size_t length = strlen(line);
    bool written = write(fd, line, length) == (ssize_t)length;
    if (!written) {
        error_set_errno(error, errno, "%s could not be written", path);
        if (ftruncate(fd, before.st_size) < 0)
            error_prefix(error, "half a line is left");
    }
    free(line);
    close(fd);
    return written;
}

/* --- reading --- */

struct manifest {
    struct map *entries;
};

static void free_entry(void *value)
{
    struct manifest_entry *entry = value;
    free((char *)entry->path);
    free((char *)entry->target);
    free(entry);
}

static bool find_type(const char *name, enum sandbox_file_type *type)
{
    for (size_t i = 0; name && i < ARRAY_SIZE(type_names); i++)
        if (strcmp(type_names[i], name) == 0) {
            *type = (enum sandbox_file_type)i;
            return true;
        }
    return false;
}

/* NULL when LINE is no entry. */
static struct manifest_entry *read_entry(const struct json *line)
{
    struct manifest_entry *entry = xcalloc(1, sizeof(*entry));
    const char *hash = json_get_text(line, "sha256");
    entry->path = get_bytes(line, "path", "path_hex");
    entry->target = get_bytes(line, "target", "target_hex");
    entry->mode = (unsigned)json_get_integer(line, "mode", 0) & 0777;
    entry->size = json_get_integer(line, "size", 0);
    bool good = entry->path && find_type(json_get_text(line, "type"), &entry->type) &&
                (entry->type != SANDBOX_LINK || entry->target) &&
                (entry->type != SANDBOX_FILE || (hash && strlen(hash) == HASH_TEXT - 1));
    if (!good) {
        free_entry(entry);
        return NULL;
    }
    if (entry->type == SANDBOX_FILE)
        memcpy(entry->hash, hash, HASH_TEXT);
    return entry;
}

static bool read_lines(struct manifest *manifest, FILE *file, struct error *error)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool good = true;
    for (size_t number = 1; good && (length = getline(&text, &capacity, file)) > 0; number++) {
        if (text[length - 1] != '\n')
            break; /* a line that was cut off says nothing */
        struct json *line = json_parse(text, (size_t)length - 1, NULL);
        struct manifest_entry *entry = line ? read_entry(line) : NULL;
        json_free(line);
        good = entry != NULL;
        if (good)
            map_set(manifest->entries, entry->path, entry);
        else
            error_set(error, "line %zu is damaged", number);
    }
    free(text);
    return good && !ferror(file);
}

struct manifest *manifest_load(const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        error_set_errno(error, errno, "The list of what was copied up (%s) cannot be read", path);
        return NULL;
    }
    struct manifest *manifest = xcalloc(1, sizeof(*manifest));
    manifest->entries = map_new(free_entry);
    if (!read_lines(manifest, file, error)) {
        error_prefix(error, "The list of what was copied up (%s) cannot be read", path);
        manifest_free(manifest);
        manifest = NULL;
    }
    fclose(file);
    return manifest;
}

void manifest_free(struct manifest *manifest)
{
    if (!manifest)
        return;
    map_free(manifest->entries);
    free(manifest);
}

const struct manifest_entry *manifest_find(const struct manifest *manifest, const char *path)
{
    const struct manifest_entry *entry = map_get(manifest->entries, path);
    return entry && entry->type != SANDBOX_OTHER ? entry : NULL;
}

size_t manifest_count(const struct manifest *manifest)
{
    return map_count(manifest->entries);
}

const struct manifest_entry *manifest_at(const struct manifest *manifest, size_t index)
{
    return map_value_at(manifest->entries, index);
}
