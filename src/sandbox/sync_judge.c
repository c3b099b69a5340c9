/* sync_judge.c - three things are laid side by side: what went up, what the sandbox has now, what the host has
 * now.  Where the host still has what went up, a change may come back; where it has what the sandbox has,
 * there is nothing to do; all else is the person's own work, and a conflict. */
#include "base/memory.h"
#include "base/path.h"
#include "sandbox/manifest.h"
#include "sandbox/sync_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void sync_change_release(struct sync_change *change)
{
    free(change->path);
    free(change->before);
    free(change->after);
    free(change->why);
    *change = (struct sync_change){ 0 };
}

void sync_change_refuse(struct sync_change *change, const char *why)
{
    free(change->before);
    free(change->after);
    free(change->why);
    change->before = change->after = NULL;
    change->before_length = change->after_length = 0;
    change->why = xstrdup(why);
}

static void conflict(struct sync_change *change, const char *why)
{
    change->conflict = true;
    change->why = xstrdup(why);
}

/* --- comparing --- */

static enum sandbox_file_type type_of(const struct sync_change *change)
{
    return change->is_folder ? SANDBOX_FOLDER : change->is_link ? SANDBOX_LINK : SANDBOX_FILE;
}

static bool is_what_went_up(const struct sync_host *host, const struct manifest_entry *entry)
{
    char hash[HASH_TEXT];
    if (!host->there || !entry || host->type != entry->type)
        return false;
    if (entry->type == SANDBOX_FOLDER)
        return true;
    if (entry->type == SANDBOX_LINK)
        return strcmp(host->bytes, entry->target) == 0;
    if (!host->bytes || (int64_t)host->length != entry->size)
        return false;
    hash_text(host->bytes, host->length, hash);
    return strcmp(hash, entry->hash) == 0;
}

static bool is_what_comes(const struct sync_host *host, const struct sync_change *change)
{
    return host->there && host->type == type_of(change) && change->after && host->bytes &&
           host->length == change->after_length && memcmp(host->bytes, change->after, host->length) == 0;
}

/* --- the host's side --- */

/* A link in the way that itself went up gives way first: in the sandbox a folder took its place. */
static bool gives_way(const struct sync_judge *judge, const struct sync_change *change, size_t length)
{
    char *part = xstrndup(change->path, length);
    const struct manifest_entry *entry = manifest_find(judge->manifest, part);
    free(part);
    return entry && entry->type != SANDBOX_FOLDER;
}

/* False: the change is refused. */
static bool look(const struct sync_judge *judge, struct sync_change *change, struct sync_host *host)
{
    size_t bad = 0;
    int folder = sync_open_parent(judge->root, change->path, false, &bad);
    *host = (struct sync_host){ 0 };
    int number = errno;
    if (folder < 0) {
        if (number == ENOENT || gives_way(judge, change, bad))
            return true;
        sync_change_refuse(change, number == ELOOP     ? "its path passes through a link of the host"
                                   : number == ENOTDIR ? "a file of the host is where its folder would be"
                                                       : strerror(number));
        return false;
    }
    bool read = sync_host_read(folder, path_name(change->path), SYNC_CHANGE_MAX, host);
    number = errno;
    close(folder);
    if (!read)
        sync_change_refuse(change, strerror(number));
    return read;
}

/* Takes what the host has into CHANGE, as far as there is room. */
static bool take_before(struct sync_judge *judge, struct sync_change *change, struct sync_host *host)
{
    if (!host->there || host->type != type_of(change) || change->is_folder)
        return true;
    if (!host->bytes || host->length > judge->left) {
        sync_change_refuse(change, host->bytes ? "too much changed for one round; bring back the rest first"
                                               : "larger than 16 MiB on the host");
        return false;
    }
    judge->left -= host->length;
    change->before = host->bytes;
    change->before_length = host->length;
    host->bytes = NULL;
    return true;
}

/* --- one kind each; false: nothing to do --- */

static bool judge_added(const struct sync_change *change, const struct sync_host *host,
                        const struct manifest_entry *entry, const char **why)
{
    if (!host->there || (entry && is_what_went_up(host, entry)))
        return true;
    if (is_what_comes(host, change) || (change->is_folder && host->type == SANDBOX_FOLDER))
        return false;
    *why = "the host has one of its own there";
    return true;
}

static bool judge_changed(const struct sync_change *change, const struct sync_host *host,
                          const struct manifest_entry *entry, const char **why)
{
    if (is_what_comes(host, change))
        return false;
    if (!host->there)
        *why = "it was removed on the host since it went up";
    else if (!is_what_went_up(host, entry))
        *why = "it was changed on the host since it went up";
    return true;
}

static bool judge_deleted(const struct sync_change *change, const struct sync_host *host,
                          const struct manifest_entry *entry, const char **why)
{
    (void)change;
    if (!is_what_went_up(host, entry))
        *why = "it was changed on the host since it went up";
    return host->there;
}

static bool judge_mode(const struct sync_change *change, const struct sync_host *host,
                       const struct manifest_entry *entry, const char **why)
{
    if (!host->there || host->type != type_of(change))
        *why = "it was removed on the host since it went up";
    else if (host->mode == change->sandbox_mode)
        return false;
    else if (host->mode != entry->mode)
        *why = "its mode was changed on the host since it went up";
    return true;
}

static bool (*const judges[])(const struct sync_change *change, const struct sync_host *host,
                              const struct manifest_entry *entry, const char **why) = {
    [SYNC_ADDED] = judge_added,
    [SYNC_CHANGED] = judge_changed,
    [SYNC_DELETED] = judge_deleted,
    [SYNC_MODE] = judge_mode,
};

/* A mode that was not touched in the sandbox stays what the person made it. */
static void set_mode(struct sync_change *change, const struct sync_host *host,
                     const struct manifest_entry *entry)
{
    bool kept = change->kind == SYNC_CHANGED && entry && entry->mode == change->sandbox_mode;
    change->before_mode = host->there ? host->mode : 0;
    change->mode = change->is_link ? 0 : kept ? host->mode : change->sandbox_mode;
}

bool sync_judge(struct sync_judge *judge, struct sync_change *change)
{
    const struct manifest_entry *entry = manifest_find(judge->manifest, change->path);
    const char *fault = sync_path_fault(change->path), *why = NULL;
    struct sync_host host;
    if (change->why)
        return true;
    if (!fault && change->is_link && change->kind != SYNC_DELETED)
        fault = sync_target_fault(change->path, change->after);
    if (fault) {
        sync_change_refuse(change, fault);
        return true;
    }
    if (!look(judge, change, &host))
        return true;
    bool wanted = judges[change->kind](change, &host, entry, &why);
    if (wanted) {
        set_mode(change, &host, entry);
        bool replaces = change->kind == SYNC_CHANGED || change->kind == SYNC_DELETED || why;
        if ((!replaces || change->kind == SYNC_MODE || take_before(judge, change, &host)) && why)
            conflict(change, why);
    }
    sync_host_release(&host);
    return wanted;
}
