/* place.c - which files a word names: against the folders where the command may run, with the links that are
 * known. */
#include "policy/scan.h"

#include "base/path.h"
#include "policy/knowledge.h"

#include <string.h>

enum { LINKS_MAX = 40 };

/* Where the link PATH leads; NULL: it is none that is known.  The links that every process finds for itself are
 * always known. */
static const char *link_target(struct scan *scan, const char *path, const char *cwd)
{
    const struct policy_request *request = scan->request;
    for (size_t i = 0; i < request->link_count; i++)
        if (strcmp(request->links[i].path, path) == 0)
            return request->links[i].target;
    for (size_t i = 0; i < scan->link_count; i++)
        if (strcmp(scan->links[i].path, path) == 0)
            return scan->links[i].text;
    if (strncmp(path, "/proc/", 6) != 0)
        return NULL;
    const char *process = path + 6, *name = strrchr(path, '/') + 1;
    if (name <= process)
        return NULL;
    if (strcmp(name, "root") == 0)
        return "/";
    bool own = strncmp(process, "self/", 5) == 0 || strncmp(process, "thread-self/", 12) == 0;
    return own && strcmp(name, "cwd") == 0 ? cwd : NULL;
}

struct resolving {
    struct scan *scan;
    struct marked path; /* what is resolved, without a slash at the end */
    const char *cwd;
    unsigned links;
};

static void drop_last(struct marked *path)
{
    while (path->length && path->text[path->length - 1] != '/')
        path->length--;
    path->length -= path->length > 0;
    path->text[path->length] = '\0';
}

static void add_path(struct resolving *resolving, const char *text);

static void add_component(struct resolving *resolving, const char *name, size_t length)
{
    struct marked *path = &resolving->path;
    if (!length || (length == 1 && name[0] == '.'))
        return;
    if (length == 2 && memcmp(name, "..", 2) == 0) {
        drop_last(path);
        return;
    }
    marked_add(resolving->scan, path, "/", 1, MARK_QUOTED);
    marked_add(resolving->scan, path, name, length, MARK_QUOTED);
    const char *target = link_target(resolving->scan, path->text, resolving->cwd);
    if (!target || resolving->links == LINKS_MAX)
        return;
    resolving->links++;
    drop_last(path);
    add_path(resolving, target);
}

static void add_path(struct resolving *resolving, const char *text)
{
    if (*text == '/') {
        resolving->path.length = 0;
        resolving->path.text[0] = '\0';
    }
    while (*text) {
        size_t length = strcspn(text, "/");
        add_component(resolving, text, length);
        text += length + (text[length] == '/');
    }
}

const char *scan_resolve(struct scan *scan, const char *cwd, const char *path)
{
    struct resolving resolving = { .scan = scan, .cwd = cwd };
    marked_add(scan, &resolving.path, "", 0, MARK_QUOTED);
    if (*path != '/')
        add_path(&resolving, cwd);
    add_path(&resolving, path);
    return resolving.path.length ? resolving.path.text : "/";
}

void scan_note_made(struct scan *scan, struct made **list, size_t *count, size_t *capacity, const char *path,
                    const char *text)
{
    *list = pool_reserve(&scan->pool, *list, capacity, *count + 1, sizeof **list);
    (*list)[(*count)++] = (struct made){ path, text };
}

/* --- what a word touches --- */

/* The folder part of TEXT, up to the last slash before byte AT. */
static const char *folder_before(struct scan *scan, const char *text, size_t at)
{
    while (at && text[at - 1] != '/')
        at--;
    return pool_text(&scan->pool, text, at);
}

static bool is_all(const char *name)
{
    size_t length = strcspn(name, "/");
    return length && strspn(name, "*.") >= length && memchr(name, '*', length);
}

static void add_touched(struct scan *scan, struct record *record, struct touched touched)
{
    record->touched = pool_reserve(&scan->pool, record->touched, &record->touched_capacity,
                                   record->touched_count + 1, sizeof *record->touched);
    record->touched[record->touched_count++] = touched;
}

/* Who deletes or moves a link does so with the link, not with what it leads to. */
static bool takes_entry(const struct record *record, unsigned access, const char *text)
{
    const char *name = path_name(text);
    bool overwrites = record->knowledge && (record->knowledge->effects & EFFECT_WRITE); /* shred */
    if (!(access & ACCESS_DELETE) || (access & ACCESS_WRITE) || (access == ACCESS_DELETE && overwrites))
        return false;
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static const char *resolve_touched(struct scan *scan, const struct record *record, const char *cwd,
                                   const char *text, unsigned access)
{
    if (!takes_entry(record, access, text))
        return scan_resolve(scan, cwd, text);
    const char *name = path_name(text);
    const char *folder = scan_resolve(scan, cwd, pool_text(&scan->pool, text, (size_t)(name - text)));
    return pool_format(&scan->pool, "%s/%s", strcmp(folder, "/") ? folder : "", name);
}

static void touch_from(struct scan *scan, struct record *record, const char *cwd, const char *text,
                       bool globs, struct touched touched)
{
    size_t hole = strcspn(text, (char[]){ HOLE, '\0' }), glob = globs ? strcspn(text, "*?[") : strlen(text);
    size_t open = hole < glob ? hole : glob;
    touched.known = true;
    if (!text[open]) {
        touched.path = resolve_touched(scan, record, cwd, text, touched.access);
    } else {
        const char *folder = folder_before(scan, text, open);
        touched.below = true;
        touched.path = scan_resolve(scan, cwd, folder);
        touched.all = open == glob && is_all(text + strlen(folder));
        if (strncmp(text, "/proc/", 6) == 0) { /* whichever process */
            char *pattern = pool_text(&scan->pool, text, strlen(text));
            for (char *hole_at = pattern; (hole_at = strchr(hole_at, HOLE));)
                *hole_at = '*';
            touched.glob = pattern;
        } else if (open == glob && !strchr(text, HOLE))
            touched.glob = pool_format(&scan->pool, "%s/%s", strcmp(touched.path, "/") ? touched.path : "",
                                       text + strlen(folder));
    }
    add_touched(scan, record, touched);
}

void scan_touch(struct scan *scan, struct record *record, const struct value *value, unsigned access,
                unsigned how)
{
    struct touched touched = { .access = access,
                               .path = "/",
                               .tree = (how & TOUCH_TREE) != 0 || value->tree,
                               .names_only = (how & TOUCH_NAMES) != 0,
                               .loads = (how & TOUCH_LOADS) != 0 };
    const char *text = value->text;
    if (!*text)
        return;
    bool unknown = text[0] == HOLE;
    if (unknown || (text[0] != '/' && !record->cwd_count)) {
        touched.below = true;
        add_touched(scan, record, touched);
        return;
    }
    for (size_t i = 0; i < (record->cwd_count ? record->cwd_count : 1); i++) {
        touch_from(scan, record, record->cwd_count ? record->cwds[i] : "/", text, value->globs, touched);
        if (text[0] == '/')
            return;
    }
    touched.below = true;
    if (record->elsewhere)
        add_touched(scan, record, touched);
}

bool path_is_scratch(const char *path)
{
    static const char *const folders[] = { "/tmp", "/var/tmp", "/dev/shm" };
    static const char *const files[] = { "/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty",
                                         "/dev/zero", "/dev/full",   "/dev/stdin" };
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (path_is_below(path, folders[i]))
            return true;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(path, files[i]) == 0)
            return true;
    return strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/self/fd/", 14) == 0;
}

bool scan_is_home_or_above(const struct scan *scan, const char *path)
{
    const char *home = scan->request->home;
    return (home && path_is_below(home, path)) || path_is_below("/root", path) || strcmp(path, "/home") == 0;
}
