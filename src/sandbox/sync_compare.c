/* sync_compare.c - what changed in the sandbox since its workspace went up.
 *
 * Three steps.  The workspace is listed, folder by folder; files that may differ are hashed there, and only
 * those that do are read; then each change is laid beside the host (sync_judge.c), a few in each turn of the
 * loop.  Nothing the sandbox answers is believed further than that it is an answer: names are checked before
 * the host is touched, sizes and counts are bounded, and a listing that is cut off ends the comparison, for
 * what it does not show would look deleted. */
#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "matter/ignore.h"
#include "sandbox/manifest.h"
#include "sandbox/sync_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ENTRIES = 250000, /* of the whole workspace */
    ASKS = 16,        /* requests under way */
    SLICE = 32,       /* changes judged in one turn of the loop */
    SLICE_BYTES = 4 * 1024 * 1024,
};

struct ask { /* one request under way, or one that waits */
    struct sync_compare *compare;
    struct ask *next, *previous;
    struct sandbox_request *request;
    char *path; /* "" is the workspace */
    enum { LIST_FOLDER, HASH_FILE, READ_FILE } what;
    unsigned mode; /* of a file */
};

struct sync_compare {
    struct sync base;
    struct loop *loop;
    struct sandbox *sandbox;
    char *workspace;
    void (*compared)(void *data, const struct sync_change *changes, size_t count, const char *failed);
    void *data;

    struct manifest *manifest;
    struct ignore *ignore;
    struct sync_judge judge;
    struct map *seen; /* paths of the sandbox that went up, as far as they still are of the same type */
    struct map *gits; /* .git folders in which something changed */
    size_t entries;

    struct ask *waiting, *flying; /* waiting: the newest first, so that a tree is walked down, not across */
    size_t asks;
    struct sync_change *changes;
    size_t count, capacity, judged;
    struct loop_timer *slice;
    char *failed;
};

/* --- the end --- */

static void free_asks(struct ask *ask)
{
    while (ask) {
        struct ask *next = ask->next;
        if (ask->request)
            sandbox_request_cancel(ask->request);
        free(ask->path);
        free(ask);
        ask = next;
    }
}

static void free_compare(struct sync *sync)
{
    struct sync_compare *compare = (struct sync_compare *)sync;
    loop_timer_cancel(compare->slice);
    free_asks(compare->waiting);
    free_asks(compare->flying);
    for (size_t i = 0; i < compare->count; i++)
        sync_change_release(&compare->changes[i]);
    free(compare->changes);
    map_free(compare->seen);
    map_free(compare->gits);
    ignore_free(compare->ignore);
    manifest_free(compare->manifest);
    if (compare->judge.root >= 0)
        close(compare->judge.root);
    free(compare->workspace);
    free(compare->failed);
    free(compare);
}

static void finish(struct sync_compare *compare)
{
    size_t count = compare->failed ? 0 : compare->count;
    compare->compared(compare->data, compare->changes, count, compare->failed);
    free_compare(&compare->base);
}

static void fail(struct sync_compare *compare, const char *sentence)
{
    if (!compare->failed)
        compare->failed = xstrdup(sentence);
}

/* --- noting a change --- */

static struct sync_change *add_change(struct sync_compare *compare, enum sync_change_kind kind,
                                      const char *path)
{
    compare->changes =
        array_reserve(compare->changes, &compare->capacity, compare->count + 1, sizeof(*compare->changes));
    struct sync_change *change = &compare->changes[compare->count++];
    *change = (struct sync_change){ .kind = kind, .path = xstrdup(path) };
    return change;
}

/* The .git that PATH is or lies in. */
static void note_git(struct sync_compare *compare, const char *path)
{
    size_t length = 0;
    for (const char *part = path; length == 0; part += strcspn(part, "/") + 1)
        if (strcspn(part, "/") == 4 && memcmp(part, ".git", 4) == 0)
            length = (size_t)(part - path) + 4;
    char *git = xstrndup(path, length);
    map_set(compare->gits, git, compare);
    free(git);
}

static void take_after(struct sync_compare *compare, struct sync_change *change, const char *bytes,
                       size_t length)
{
    if (length > compare->judge.left) {
        sync_change_refuse(change, "too much changed for one round; bring back the rest first");
        return;
    }
    compare->judge.left -= length;
    change->after = xmalloc(length + 1);
    if (length)
        memcpy(change->after, bytes, length);
    change->after[length] = '\0';
    change->after_length = length;
}

/* --- asking --- */

static void add_ask(struct sync_compare *compare, const char *path, int what, unsigned mode)
{
    struct ask *ask = xcalloc(1, sizeof(*ask));
    *ask = (struct ask){
        .compare = compare, .next = compare->waiting, .path = xstrdup(path), .what = what, .mode = mode
    };
    compare->waiting = ask;
}

static void go_on(struct sync_compare *compare);
static void folder_listed(struct ask *ask, const struct sandbox_answer *answer);
static void file_hashed(struct ask *ask, const struct sandbox_answer *answer);
static void file_read(struct ask *ask, const struct sandbox_answer *answer);

static void (*const takers[])(struct ask *ask, const struct sandbox_answer *answer) = {
    [LIST_FOLDER] = folder_listed,
    [HASH_FILE] = file_hashed,
    [READ_FILE] = file_read,
};

static void answered(void *data, const struct sandbox_answer *answer)
{
    struct ask *ask = data;
    struct sync_compare *compare = ask->compare;
    if (ask->previous)
        ask->previous->next = ask->next;
    else
        compare->flying = ask->next;
    if (ask->next)
        ask->next->previous = ask->previous;
    compare->asks--;
    if (answer->failed && answer->error == ENOTCONN)
        fail(compare, answer->failed);
    else
        takers[ask->what](ask, answer);
    free(ask->path);
    free(ask);
    go_on(compare);
}

static void send_ask(struct sync_compare *compare)
{
    struct ask *ask = compare->waiting;
    char *path = ask->path[0] ? path_join(compare->workspace, ask->path) : xstrdup(compare->workspace);
    compare->waiting = ask->next;
    ask->next = compare->flying;
    if (compare->flying)
        compare->flying->previous = ask;
    compare->flying = ask;
    compare->asks++;
    if (ask->what == LIST_FOLDER)
        ask->request = sandbox_list(compare->sandbox, path, ENTRIES - compare->entries + 1, answered, ask);
    else
        ask->request = sandbox_read(compare->sandbox, path, 0, ask->what == HASH_FILE ? 0 : SYNC_CHANGE_MAX,
                                    true, answered, ask);
    free(path);
}

/* --- one entry of a listing --- */

static void meet_file(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry,
                      const struct manifest_entry *former)
{
    unsigned mode = entry->mode & 0777;
    bool known = former && former->type == SANDBOX_FILE;
    if (entry->size > SYNC_CHANGE_MAX && !(known && former->size == entry->size)) {
        struct sync_change *change = add_change(compare, known ? SYNC_CHANGED : SYNC_ADDED, path);
        sync_change_refuse(change, "larger than 16 MiB");
    } else {
        add_ask(compare, path, known && former->size == entry->size ? HASH_FILE : READ_FILE, mode);
    }
}

static void meet_link(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry,
                      const struct manifest_entry *former)
{
    bool known = former && former->type == SANDBOX_LINK;
    const char *target = entry->target ? entry->target : "";
    if (known && strcmp(former->target, target) == 0)
        return;
    struct sync_change *change = add_change(compare, known ? SYNC_CHANGED : SYNC_ADDED, path);
    change->is_link = true;
    take_after(compare, change, target, strlen(target));
}

static void note_mode(struct sync_compare *compare, const char *path, unsigned mode,
                      const struct manifest_entry *former)
{
    if (mode == former->mode)
        return;
    struct sync_change *change = add_change(compare, SYNC_MODE, path);
    change->is_folder = former->type == SANDBOX_FOLDER;
    change->sandbox_mode = mode;
    change->sandbox_size = former->size;
    memcpy(change->sandbox_hash, former->hash, HASH_TEXT);
}

static void meet_folder(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry,
                        const struct manifest_entry *former)
{
    if (former && former->type == SANDBOX_FOLDER)
        note_mode(compare, path, entry->mode & 0777, former);
    add_ask(compare, path, LIST_FOLDER, entry->mode & 0777);
}

/* What is in a .git is only looked at for whether it changed, by names and sizes: none of it comes back. */
static void meet_git(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry,
                     const struct manifest_entry *former)
{
    if (!former || former->type != entry->type ||
        (entry->type == SANDBOX_FILE && former->size != entry->size))
        note_git(compare, path);
    if (entry->type == SANDBOX_FOLDER)
        add_ask(compare, path, LIST_FOLDER, 0);
}

static void meet(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry)
{
    const struct manifest_entry *former = manifest_find(compare->manifest, path);
    bool in_git = sync_is_git(path);
    if (former && former->type == entry->type)
        map_set(compare->seen, path, compare);
    if (!former && !in_git && ignore_matches(compare->ignore, path, entry->type == SANDBOX_FOLDER))
        return;
    if (in_git)
        meet_git(compare, path, entry, former);
    else if (entry->type == SANDBOX_FILE)
        meet_file(compare, path, entry, former);
    else if (entry->type == SANDBOX_LINK)
        meet_link(compare, path, entry, former);
    else if (entry->type == SANDBOX_FOLDER)
        meet_folder(compare, path, entry, former);
}

/* The ignore files of the host's folder of the same name. */
static void read_ignore_files(struct sync_compare *compare, const char *path)
{
    char *inside = *path ? xasprintf("%s/.", path) : xstrdup("");
    bool looks = *path == '\0' || (!sync_path_fault(path) && !sync_is_git(path));
    int folder = looks ? sync_open_parent(compare->judge.root, inside, false, NULL) : -1;
    if (folder >= 0) {
        sync_read_ignore_files(compare->ignore, folder, path);
        close(folder);
    }
    free(inside);
}

/* --- what comes back --- */

static void name_failure(struct sync_compare *compare, const struct ask *ask, const char *sentence)
{
    const struct manifest_entry *former = manifest_find(compare->manifest, ask->path);
    struct sync_change *change = add_change(compare, former ? SYNC_CHANGED : SYNC_ADDED, ask->path);
    sync_change_refuse(change, sentence);
}

/* A folder that cannot be listed: what went up in it must not look deleted. */
static void not_listed(struct ask *ask, const struct sandbox_answer *answer)
{
    struct sync_compare *compare = ask->compare;
    if (ask->path[0] && answer->error == ENOENT)
        return; /* it went since it was met, with all that was in it */
    if (ask->path[0] && !manifest_find(compare->manifest, ask->path))
        name_failure(compare, ask, answer->failed);
    else
        fail(compare, answer->failed);
}

static void too_many(struct sync_compare *compare)
{
    char *sentence =
        xasprintf("The workspace has more than %d entries. Name in .sandgateignore what need not "
                  "come back.",
                  ENTRIES);
    fail(compare, sentence);
    free(sentence);
}

static void note_empty_folder(struct sync_compare *compare, const struct ask *ask)
{
    if (!ask->path[0] || sync_is_git(ask->path) || map_has(compare->seen, ask->path))
        return;
    struct sync_change *change = add_change(compare, SYNC_ADDED, ask->path);
    change->is_folder = true;
    change->sandbox_mode = ask->mode;
}

static void meet_name(struct sync_compare *compare, const char *folder, const struct sandbox_entry *entry)
{
    if (strchr(entry->name, '/') || sync_path_fault(entry->name)) {
        fail(compare, "The sandbox named a file that cannot be.");
        return;
    }
    char *path = *folder ? path_join(folder, entry->name) : xstrdup(entry->name);
    meet(compare, path, entry);
    free(path);
}

static void folder_listed(struct ask *ask, const struct sandbox_answer *answer)
{
    struct sync_compare *compare = ask->compare;
    if (answer->failed) {
        not_listed(ask, answer);
        return;
    }
    compare->entries += answer->entry_count;
    if (answer->more || compare->entries > ENTRIES) {
        too_many(compare);
        return;
    }
    if (answer->entry_count == 0)
        note_empty_folder(compare, ask);
    read_ignore_files(compare, ask->path);
    for (size_t i = 0; i < answer->entry_count; i++)
        meet_name(compare, ask->path, &answer->entries[i]);
}

static void file_hashed(struct ask *ask, const struct sandbox_answer *answer)
{
    struct sync_compare *compare = ask->compare;
    const struct manifest_entry *former = manifest_find(compare->manifest, ask->path);
    if (answer->failed)
        name_failure(compare, ask, answer->failed);
    else if (strcmp(answer->hash, former->hash) != 0)
        add_ask(compare, ask->path, READ_FILE, ask->mode);
    else
        note_mode(compare, ask->path, ask->mode, former);
}

static void file_read(struct ask *ask, const struct sandbox_answer *answer)
{
    struct sync_compare *compare = ask->compare;
    const struct manifest_entry *former = manifest_find(compare->manifest, ask->path);
    bool known = former && former->type == SANDBOX_FILE;
    if (answer->failed || (int64_t)answer->length != answer->size) {
        name_failure(compare, ask, answer->failed ? answer->failed : "larger than 16 MiB");
        return;
    }
    if (known && strcmp(answer->hash, former->hash) == 0) { /* it was changed back meanwhile */
        note_mode(compare, ask->path, ask->mode, former);
        return;
    }
    struct sync_change *change = add_change(compare, known ? SYNC_CHANGED : SYNC_ADDED, ask->path);
    change->sandbox_mode = ask->mode;
    change->sandbox_size = answer->size;
    memcpy(change->sandbox_hash, answer->hash, HASH_TEXT);
    take_after(compare, change, answer->bytes, answer->length);
}

/* --- all was seen: deletions, the host, the order --- */

/* A workspace that was lost looks like one in which all was deleted. */
static bool is_lost(struct sync_compare *compare)
{
    if (compare->entries > 0 || manifest_count(compare->manifest) == 0)
        return false;
    fail(compare, "The workspace in the sandbox is empty. The folder on the host stays as it is");
    return true;
}

static void note_deletions(struct sync_compare *compare)
{
    for (size_t i = 0; i < manifest_count(compare->manifest); i++) {
        const struct manifest_entry *entry = manifest_at(compare->manifest, i);
        if (entry->type == SANDBOX_OTHER || map_has(compare->seen, entry->path))
            continue;
        if (sync_is_git(entry->path)) {
            note_git(compare, entry->path);
            continue;
        }
        struct sync_change *change = add_change(compare, SYNC_DELETED, entry->path);
        change->is_folder = entry->type == SANDBOX_FOLDER;
        change->is_link = entry->type == SANDBOX_LINK;
    }
    for (size_t i = 0; i < map_count(compare->gits); i++) {
        struct sync_change *change = add_change(compare, SYNC_CHANGED, map_key_at(compare->gits, i));
        sync_change_refuse(change, "what changed in .git stays in the sandbox");
    }
}

static int compare_changes(const void *a, const void *b)
{
    const struct sync_change *one = a, *other = b;
    bool one_goes = one->kind == SYNC_DELETED, other_goes = other->kind == SYNC_DELETED;
    if (one_goes != other_goes)
        return one_goes ? -1 : 1;
    return one_goes ? strcmp(other->path, one->path) : strcmp(one->path, other->path);
}

/* Those with nothing to do were emptied. */
static void sort_changes(struct sync_compare *compare)
{
    size_t kept = 0;
    for (size_t i = 0; i < compare->count; i++)
        if (compare->changes[i].path)
            compare->changes[kept++] = compare->changes[i];
    compare->count = kept;
    if (kept > 0)
        qsort(compare->changes, kept, sizeof(*compare->changes), compare_changes);
}

static void run_slice(void *data)
{
    struct sync_compare *compare = data;
    size_t bytes = 0;
    compare->slice = NULL;
    for (int i = 0; i < SLICE && compare->judged < compare->count && bytes < SLICE_BYTES; i++) {
        struct sync_change *change = &compare->changes[compare->judged++];
        bytes += change->after_length;
        if (sync_judge(&compare->judge, change)) {
            bytes += change->before_length;
        } else {
            compare->judge.left += change->after_length;
            sync_change_release(change);
        }
    }
    go_on(compare);
}

/* Looks what is to be done next; may end it all. */
static void go_on(struct sync_compare *compare)
{
    if (compare->failed) {
        finish(compare);
        return;
    }
    while (compare->waiting && compare->asks < ASKS)
        send_ask(compare);
    if (compare->asks > 0)
        return;
    if (compare->seen) {
        if (is_lost(compare)) {
            finish(compare);
            return;
        }
        note_deletions(compare);
        map_free(compare->seen);
        compare->seen = NULL;
    }
    if (compare->judged < compare->count) {
        compare->slice = loop_timer_add(compare->loop, 0, run_slice, compare);
    } else {
        sort_changes(compare);
        finish(compare);
    }
}

/* --- the beginning --- */

static void begin(void *data)
{
    struct sync_compare *compare = data;
    compare->slice = NULL;
    go_on(compare);
}

struct sync *sync_compare(struct loop *loop, struct sandbox *sandbox, const char *folder,
                          const char *workspace, const char *manifest,
                          void (*compared)(void *data, const struct sync_change *changes, size_t count,
                                           const char *failed),
                          void *data)
{
    struct sync_compare *compare = xcalloc(1, sizeof(*compare));
    struct error error = ERROR_INIT;
    *compare = (struct sync_compare){ .base = { free_compare },
                                      .loop = loop,
                                      .sandbox = sandbox,
                                      .workspace = xstrdup(workspace),
                                      .compared = compared,
                                      .data = data,
                                      .ignore = ignore_new(),
                                      .seen = map_new(NULL),
                                      .gits = map_new(NULL) };
    compare->judge.left = SYNC_CHANGES_MAX;
    compare->judge.root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (compare->judge.root < 0)
        error_set_errno(&error, errno, "%s cannot be read", folder);
    else
        compare->judge.manifest = compare->manifest = manifest_load(manifest, &error);
    if (!compare->manifest)
        fail(compare, error_message(&error));
    error_clear(&error);
    add_ask(compare, "", LIST_FOLDER, 0);
    compare->slice = loop_timer_add(loop, 0, begin, compare);
    return &compare->base;
}
