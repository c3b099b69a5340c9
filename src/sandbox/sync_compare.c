/* sync_compare.c - what changed in the sandbox since its workspace went up.
 *
 * Three steps.  The workspace is listed, folder by folder; files that may differ are hashed there, and only
 * those that do are read (sync_differences.c); then each change is laid beside the host (sync_judge.c), a few
 * in each turn of the loop.  Nothing the sandbox answers is believed further than that it is an answer: names
 * are checked before the host is touched, sizes and counts are bounded, and a listing that is cut off ends the
 * comparison, for what it does not show would look deleted. */
#include "sandbox/sync_compare.h"

#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "matter/ignore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ASKS = 128, /* requests under way: a backend across the network asks many at once */
    SLICE = 32, /* changes judged in one turn of the loop */
    SLICE_BYTES = 4 * 1024 * 1024,
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
    map_free(compare->inside);
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

void sync_compare_fail(struct sync_compare *compare, const char *sentence)
{
    if (!compare->failed)
        compare->failed = xstrdup(sentence);
}

/* --- asking --- */

void sync_compare_ask(struct sync_compare *compare, const char *path, enum sync_asks what, unsigned mode)
{
    struct ask *ask = xcalloc(1, sizeof(*ask));
    *ask = (struct ask){
        .compare = compare, .next = compare->waiting, .path = xstrdup(path), .what = what, .mode = mode
    };
    compare->waiting = ask;
}

static void go_on(struct sync_compare *compare);

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
        sync_compare_fail(compare, answer->failed);
    else
        sync_take_answer(ask, answer);
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
        ask->request =
            sandbox_list(compare->sandbox, path, SYNC_ENTRIES - compare->entries + 1, answered, ask);
    else
        ask->request = sandbox_read(compare->sandbox, path, 0, ask->what == HASH_FILE ? 0 : SYNC_CHANGE_MAX,
                                    true, answered, ask);
    free(path);
}

/* --- all was seen: deletions, the host, the order --- */

/* A workspace that was lost looks like one in which all was deleted. */
static bool is_lost(struct sync_compare *compare)
{
    if (compare->entries > 0 || manifest_count(compare->manifest) == 0)
        return false;
    sync_compare_fail(compare,
                      "The workspace in the sandbox is empty. The folder on the host stays as it is");
    return true;
}

static void note_deletions(struct sync_compare *compare)
{
    for (size_t i = 0; i < manifest_count(compare->manifest); i++) {
        const struct manifest_entry *entry = manifest_at(compare->manifest, i);
        if (entry->type == SANDBOX_OTHER || map_has(compare->seen, entry->path))
            continue;
        if (sync_is_git(entry->path)) {
            sync_note_git(compare, entry->path);
            continue;
        }
        struct sync_change *change = sync_add_change(compare, SYNC_DELETED, entry->path);
        change->is_folder = entry->type == SANDBOX_FOLDER;
        change->is_link = entry->type == SANDBOX_LINK;
    }
    for (size_t i = 0; i < map_count(compare->gits); i++) {
        struct sync_change *change = sync_add_change(compare, SYNC_CHANGED, map_key_at(compare->gits, i));
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

/* A folder that is ignored is entered all the same when the manifest has something in it. */
static void note_folders(struct sync_compare *compare)
{
    for (size_t i = 0; i < manifest_count(compare->manifest); i++) {
        char *path = xstrdup(manifest_at(compare->manifest, i)->path), *slash;
        while ((slash = strrchr(path, '/'))) {
            *slash = '\0';
            if (map_has(compare->inside, path))
                break;
            map_set(compare->inside, path, compare);
        }
        free(path);
    }
}

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
                                      .inside = map_new(NULL),
                                      .gits = map_new(NULL) };
    compare->judge.left = SYNC_CHANGES_MAX;
    compare->judge.root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (compare->judge.root < 0)
        error_set_errno(&error, errno, "%s cannot be read", folder);
    else
        compare->judge.manifest = compare->manifest = manifest_load(manifest, &error);
    if (compare->manifest)
        note_folders(compare);
    else
        sync_compare_fail(compare, error_message(&error));
    error_clear(&error);
    sync_compare_ask(compare, "", LIST_FOLDER, 0);
    compare->slice = loop_timer_add(loop, 0, begin, compare);
    return &compare->base;
}
