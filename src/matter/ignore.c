/* ignore.c - the patterns of many ignore files, by the folder they lie in.
 *
 * A path is asked about folder by folder, from the one it lies in up to the root; in each the last pattern
 * that matches decides.  So what a deeper file says wins, as git has it. */
#include "matter/ignore.h"

#include "base/map.h"
#include "base/memory.h"
#include "matter/ignore_pattern.h"

#include <stdlib.h>
#include <string.h>

/* The patterns of the files of one folder, in the order they were added. */
struct folder {
    struct ignore_pattern **patterns;
    size_t count, capacity;
};

struct ignore {
    struct map *folders; /* by path */
};

static void free_folder(void *value)
{
    struct folder *folder = value;
    for (size_t i = 0; i < folder->count; i++)
        ignore_pattern_free(folder->patterns[i]);
    free(folder->patterns);
    free(folder);
}

struct ignore *ignore_new(void)
{
    struct ignore *ignore = xcalloc(1, sizeof *ignore);
    ignore->folders = map_new(free_folder);
    return ignore;
}

void ignore_free(struct ignore *ignore)
{
    if (!ignore)
        return;
    map_free(ignore->folders);
    free(ignore);
}

static void add_line(struct folder *folder, const char *line, size_t length)
{
    struct ignore_pattern *pattern = ignore_pattern_new(line, length);
    if (!pattern)
        return;
    folder->patterns =
        array_reserve(folder->patterns, &folder->capacity, folder->count + 1, sizeof *folder->patterns);
    folder->patterns[folder->count++] = pattern;
}

void ignore_add(struct ignore *ignore, const char *folder_path, const char *text, size_t length)
{
    struct folder *folder = map_get(ignore->folders, folder_path);
    if (!folder) {
        folder = xcalloc(1, sizeof *folder);
        map_set(ignore->folders, folder_path, folder);
    }
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    const char *end = text + length;
    if (length >= 3 && memcmp(text, byte_order_mark, 3) == 0)
        text += 3;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = newline ? newline : end;
        bool carriage_return = line_end > text && line_end[-1] == '\r';
        add_line(folder, text, (size_t)(line_end - text) - carriage_return);
        text = newline ? newline + 1 : end;
    }
}

/* The last pattern of FOLDER that matches PATH, relative to it; NULL when none does. */
static const struct ignore_pattern *last_match(const struct folder *folder, const char *path, bool is_folder)
{
    for (size_t i = folder->count; i-- > 0;)
        if (ignore_pattern_matches(folder->patterns[i], path, is_folder))
            return folder->patterns[i];
    return NULL;
}

bool ignore_matches_entry(const struct ignore *ignore, const char *path, bool is_folder)
{
    char *above = xstrdup(path);
    const struct ignore_pattern *match = NULL;
    size_t length = strlen(above);
    while (length && !match) {
        while (length && above[length - 1] != '/')
            length--;
        const char *rest = path + length; /* behind the slash */
        above[length ? --length : 0] = '\0';
        const struct folder *folder = map_get(ignore->folders, above);
        match = folder ? last_match(folder, rest, is_folder) : NULL;
    }
    free(above);
    return match && !ignore_pattern_is_negated(match);
}

bool ignore_matches(const struct ignore *ignore, const char *path, bool is_folder)
{
    char *part = xstrdup(path);
    bool ignored = false;
    for (char *slash = part; !ignored && (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        ignored = ignore_matches_entry(ignore, part, true);
    }
    free(part);
    return ignored || ignore_matches_entry(ignore, path, is_folder);
}
