/* sync_differences.c - what the answers of the sandbox say about what changed: entries of its folders, hashes
 * and contents of its files, each beside what went up. */
#include "sandbox/sync_compare.h"

#include "base/map.h"
#include "base/memory.h"
#include "base/path.h"
#include "matter/ignore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- noting a change --- */

struct sync_change *sync_add_change(struct sync_compare *compare, enum sync_change_kind kind,
                                    const char *path)
{
    compare->changes =
        array_reserve(compare->changes, &compare->capacity, compare->count + 1, sizeof(*compare->changes));
    struct sync_change *change = &compare->changes[compare->count++];
    *change = (struct sync_change){ .kind = kind, .path = xstrdup(path) };
    return change;
}

void sync_note_git(struct sync_compare *compare, const char *path)
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

/* --- one entry of a listing --- */

static void meet_file(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry,
                      const struct manifest_entry *former)
{
    unsigned mode = entry->mode & 0777;
    bool known = former && former->type == SANDBOX_FILE;
    if (entry->size > SYNC_CHANGE_MAX && !(known && former->size == entry->size)) {
        struct sync_change *change = sync_add_change(compare, known ? SYNC_CHANGED : SYNC_ADDED, path);
        sync_change_refuse(change, "larger than 16 MiB");
    } else {
        sync_compare_ask(compare, path, known && former->size == entry->size ? HASH_FILE : READ_FILE, mode);
    }
}

static void meet_link(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry,
                      const struct manifest_entry *former)
{
    bool known = former && former->type == SANDBOX_LINK;
    const char *target = entry->target ? entry->target : "";
    if (known && strcmp(former->target, target) == 0)
        return;
    struct sync_change *change = sync_add_change(compare, known ? SYNC_CHANGED : SYNC_ADDED, path);
    change->is_link = true;
    take_after(compare, change, target, strlen(target));
}

static void note_mode(struct sync_compare *compare, const char *path, unsigned mode,
                      const struct manifest_entry *former)
{
    if (mode == former->mode)
        return;
    struct sync_change *change = sync_add_change(compare, SYNC_MODE, path);
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
    sync_compare_ask(compare, path, LIST_FOLDER, entry->mode & 0777);
}

/* What is in a .git is only looked at for whether it changed, by names and sizes: none of it comes back. */
static void meet_git(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry,
                     const struct manifest_entry *former)
{
    if (!former || former->type != entry->type ||
        (entry->type == SANDBOX_FILE && former->size != entry->size))
        sync_note_git(compare, path);
    if (entry->type == SANDBOX_FOLDER)
        sync_compare_ask(compare, path, LIST_FOLDER, 0);
}

static void meet(struct sync_compare *compare, const char *path, const struct sandbox_entry *entry)
{
    const struct manifest_entry *former = manifest_find(compare->manifest, path);
    bool in_git = sync_is_git(path);
    if (former && former->type == entry->type)
        map_set(compare->seen, path, compare);
    bool known = former || map_has(compare->inside, path);
    if (!known && !in_git && ignore_matches(compare->ignore, path, entry->type == SANDBOX_FOLDER))
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
    struct sync_change *change = sync_add_change(compare, former ? SYNC_CHANGED : SYNC_ADDED, ask->path);
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
        sync_compare_fail(compare, answer->failed);
}

static void too_many(struct sync_compare *compare)
{
    char *sentence =
        xasprintf("The workspace has more than %d entries. Name in .sandgateignore what need not "
                  "come back.",
                  SYNC_ENTRIES);
    sync_compare_fail(compare, sentence);
    free(sentence);
}

static void note_empty_folder(struct sync_compare *compare, const struct ask *ask)
{
    if (!ask->path[0] || sync_is_git(ask->path) || map_has(compare->seen, ask->path))
        return;
    struct sync_change *change = sync_add_change(compare, SYNC_ADDED, ask->path);
    change->is_folder = true;
    change->sandbox_mode = ask->mode;
}

static void meet_name(struct sync_compare *compare, const char *folder, const struct sandbox_entry *entry)
{
    if (strchr(entry->name, '/') || sync_path_fault(entry->name)) {
        sync_compare_fail(compare, "The sandbox named a file that cannot be.");
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
    if (answer->more || compare->entries > SYNC_ENTRIES) {
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
        sync_compare_ask(compare, ask->path, READ_FILE, ask->mode);
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
    struct sync_change *change = sync_add_change(compare, known ? SYNC_CHANGED : SYNC_ADDED, ask->path);
    change->sandbox_mode = ask->mode;
    change->sandbox_size = answer->size;
    memcpy(change->sandbox_hash, answer->hash, HASH_TEXT);
    take_after(compare, change, answer->bytes, answer->length);
}

void sync_take_answer(struct ask *ask, const struct sandbox_answer *answer)
{
    static void (*const takers[])(struct ask * ask, const struct sandbox_answer *answer) = {
        [LIST_FOLDER] = folder_listed,
        [HASH_FILE] = file_hashed,
        [READ_FILE] = file_read,
    };
    takers[ask->what](ask, answer);
}
