/* program_facts.c - see program_facts.h.
 *
 * A thing is known by its line; a program, a library and a line of the cache also by its name, since one name
 * stands before another of the same name in a later folder.  So a new line whose name was there before is a
 * change of what runs, and one with a new name is only itself not of the image. */
#include "agent/program_facts.h"

#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 100000, SHOWN_MAX = 120, ADDED_MAX = 1000 };

static const char *const folders[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                       "/usr/bin",        "/sbin",          "/bin" };

struct program_list {
    struct map *lines; /* whole line: where it begins in the list's text, for its path */
    struct map *names; /* kind and name */
};

/* --- reading --- */

/* The path of a line, or what stands for it; NULL: it makes no sense. */
static const char *path_of(const char *line)
{
    if (!line[0] || !strchr("dpPlcf", line[0]) || line[1] != ' ')
        return NULL;
    return line[0] == 'c' ? line + 2 : strchr(line, '/');
}

/* "p ls": programs and what their links lead to have one name. Caller frees. */
static char *name_of(const char *line, const char *path)
{
    char kind = line[0] == 'P' ? 'p' : line[0];
    if (kind == 'c')
        return xasprintf("c %.*s", (int)strcspn(path, " "), path);
    return xasprintf("%c %s", kind, kind == 'p' || kind == 'l' ? path_name(path) : path);
}

static bool take_line(struct program_list *list, const char *line)
{
    const char *path = path_of(line);
    if (!path || map_count(list->lines) == LINES_MAX)
        return false;
    char *name = name_of(line, path);
    map_set(list->lines, line, NULL);
    map_set(list->names, name, NULL);
    free(name);
    return true;
}

/* An image without folders or programs cannot be: stat is not there, or something else answered. */
static bool is_whole(const struct program_list *list)
{
    bool has_folder = false, has_program = false;
    for (size_t i = 0; i < map_count(list->lines); i++) {
        has_folder |= map_key_at(list->lines, i)[0] == 'd';
        has_program |= map_key_at(list->lines, i)[0] == 'p';
    }
    return has_folder && has_program;
}

struct program_list *program_list_read(const char *text, size_t length)
{
    struct program_list *list = xmalloc(sizeof *list);
    char *copy = xstrndup(text, length), *rest = copy;
    bool good = length > 0 && text[length - 1] == '\n' && strlen(copy) == length;
    *list = (struct program_list){ map_new(NULL), map_new(NULL) };
    for (char *line; good && *rest && (line = strsep(&rest, "\n"));)
        good = take_line(list, line);
    free(copy);
    if (good && is_whole(list))
        return list;
    program_list_free(list);
    return NULL;
}

void program_list_free(struct program_list *list)
{
    if (!list)
        return;
    map_free(list->lines);
    map_free(list->names);
    free(list);
}

/* --- comparing --- */

static bool has_path(const struct program_list *list, const char *line)
{
    for (size_t i = 0; i < map_count(list->lines); i++) {
        const char *other = map_key_at(list->lines, i);
        if (other[0] == line[0] && strcmp(path_of(other), path_of(line)) == 0)
            return true;
    }
    return false;
}

static char *shown(const char *line)
{
    struct buffer text = BUFFER_INIT;
    const char *path = path_of(line);
    size_t length = line[0] == 'd' ? strcspn(path, "'") : line[0] == 'c' ? strcspn(path, " ") : strlen(path);
    visible_line(&text, path, length < SHOWN_MAX ? length : SHOWN_MAX);
    return buffer_detach(&text);
}

static char *say(const char *line, const char *what)
{
    char *path = shown(line), *words = xasprintf("%s %s", path, what);
    free(path);
    return words;
}

static void add_name(struct program_changes *changes, size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(changes->added[i], name) == 0)
            return;
    changes->added = xrealloc(changes->added, (*count + 2) * sizeof *changes->added);
    changes->added[(*count)++] = xstrdup(name);
    changes->added[*count] = NULL;
}

/* LINE was not there before. */
static void take_new(const struct program_list *image, const char *line, struct program_changes *changes,
                     size_t *added)
{
    char *name = name_of(line, path_of(line));
    if (map_has(image->names, name))
        changes->changed = say(line, has_path(image, line) ? "has changed since the sandbox started"
                                                           : "came later and has the name of another");
    else if (strchr("df", line[0]))
        changes->changed = say(line, "came later");
    else if (line[0] == 'p' && *added == ADDED_MAX)
        changes->changed = xstrdup("there are too many new programs");
    else if (line[0] == 'p')
        add_name(changes, added, name + 2);
    free(name);
}

void program_list_compare(const struct program_list *image, const struct program_list *now,
                          struct program_changes *changes)
{
    size_t added = 0;
    *changes = (struct program_changes){ 0 };
    for (size_t i = 0; i < map_count(now->lines) && !changes->changed; i++)
        if (!map_has(image->lines, map_key_at(now->lines, i)))
            take_new(image, map_key_at(now->lines, i), changes, &added);
    for (size_t i = 0; i < map_count(image->lines) && !changes->changed; i++)
        if (!map_has(now->lines, map_key_at(image->lines, i)))
            changes->changed = say(map_key_at(image->lines, i), "is gone since the sandbox started");
}

void program_changes_release(struct program_changes *changes)
{
    free(changes->changed);
    for (size_t i = 0; changes->added && changes->added[i]; i++)
        free(changes->added[i]);
    free(changes->added);
    *changes = (struct program_changes){ 0 };
}

/* --- the fixed PATH --- */

static bool is_fixed_folder(const char *folder)
{
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (strcmp(folders[i], folder) == 0)
            return true;
    return false;
}

static bool is_fixed_path(const char *path)
{
    char *copy = xstrdup(path), *rest = copy;
    bool fixed = *path != '\0';
    for (const char *folder; fixed && (folder = strsep(&rest, ":"));)
        fixed = is_fixed_folder(folder);
    free(copy);
    return fixed;
}

bool program_path_is_fixed(const char *const *environment)
{
    for (size_t i = 0; environment && environment[i]; i++)
        if (strncmp(environment[i], "PATH=", 5) == 0)
            return is_fixed_path(environment[i] + 5);
    return true; /* the sandbox's own */
}

static bool lies_in(const char *path, const char *const *within)
{
    for (size_t i = 0; within && within[i]; i++)
        if (path_is_below(path, within[i]))
            return true;
    return false;
}

bool program_folders_lie_in(const char *const *within)
{
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (!lies_in(folders[i], within))
            return false;
    return true;
}
