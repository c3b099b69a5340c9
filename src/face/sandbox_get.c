/* sandbox_get.c - files and folders out of a sandbox: listed there folder by folder, read several at a time, each
 * into a temporary file that takes its place when it is whole.
 *
 * What the sandbox says is not trusted: a name with a slash in it is refused, links are left out, and no link of
 * this machine is followed below the target. */
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "face/sandbox_copy.h"
#include "face/sandbox_progress.h"
#include "face/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 16 };

struct item {
    char *remote, *local;
    bool folder;
    mode_t mode;
};

struct get;

struct slot {
    struct get *get;
    size_t item;
    struct modal_call *call; /* NULL: free */
    char *temporary;         /* of a file; NULL: none */
    int fd;                  /* -1: none */
};

struct get {
    struct errand *errand;
    char *from, *to;
    struct item *items; /* grows while folders are listed */
    size_t count, capacity, next;
    struct slot slots[SLOTS];
    size_t running, skipped;
    struct progress progress;
};

static void slot_clear(struct slot *slot)
{
    if (slot->fd >= 0)
        close(slot->fd);
    slot->fd = -1;
    if (slot->temporary)
        unlink(slot->temporary);
    free(slot->temporary);
    slot->temporary = NULL;
}

static void release(struct errand *errand)
{
    struct get *get = errand->work;

    for (size_t i = 0; i < SLOTS; i++) {
        modal_call_cancel(get->slots[i].call);
        slot_clear(&get->slots[i]);
    }
    progress_hide(&get->progress);
    for (size_t i = 0; i < get->count; i++) {
        free(get->items[i].local);
        free(get->items[i].remote);
    }
    free(get->items);
    free(get->from);
    free(get->to);
    free(get);
}

static void fail(struct get *get, const char *format, const char *name, const char *why)
{
    progress_hide(&get->progress);
    errand_fail_with(get->errand, EXIT_SANDBOX, format, name, why);
}

static void fill(struct get *get);

static void add_item(struct get *get, char *remote, char *local, const struct modal_entry *entry)
{
    get->items = array_reserve(get->items, &get->capacity, get->count + 1, sizeof *get->items);
    get->items[get->count++] = (struct item){
        .remote = remote,
        .local = local,
        .folder = entry->type == MODAL_FOLDER,
        .mode = (mode_t)(entry->mode & 0777) | S_IRUSR | S_IWUSR,
    };
    if (entry->type != MODAL_FOLDER && entry->size > 0)
        get->progress.total += (uint64_t)entry->size;
}

/* --- folders --- */

/* Only a folder of our own, no link to one; the target itself may be a link. */
static bool make_folder(const struct get *get, const struct item *item)
{
    struct stat status;

    if (mkdir(item->local, 0777) == 0)
        return true;
    if (errno != EEXIST)
        return false;
    bool fine = item == get->items ? stat(item->local, &status) == 0 : lstat(item->local, &status) == 0;
    errno = ENOTDIR;
    return fine && S_ISDIR(status.st_mode);
}

static bool name_fine(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void listed(void *data, const struct modal_file_result *result)
{
    struct slot *slot = data;
    struct get *get = slot->get;
    /* Adding moves the items. */
    const char *remote = get->items[slot->item].remote, *local = get->items[slot->item].local;

    slot->call = NULL;
    get->running--;
    if (result->sentence) {
        fail(get, "%s%s", result->sentence, "");
        return;
    }
    for (size_t i = 0; i < result->count; i++) {
        const struct modal_entry *entry = &result->entries[i];
        if (!name_fine(entry->name) || (entry->type != MODAL_FILE && entry->type != MODAL_FOLDER))
            get->skipped++;
        else
            add_item(get, path_join(remote, entry->name), path_join(local, entry->name), entry);
    }
    fill(get);
}

/* --- files --- */

static void take_bytes(void *data, const char *bytes, size_t length)
{
    struct slot *slot = data;
    struct get *get = slot->get;
    const struct item *item = &get->items[slot->item];

    progress_add(&get->progress, length, item->remote);
    while (length > 0 && !get->errand->over) {
        ssize_t written = write(slot->fd, bytes, length);
        if (written < 0 && errno != EINTR) {
            fail(get, "Cannot write %s: %s", slot->temporary, strerror(errno));
            return;
        }
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
}

static bool put_in_place(struct slot *slot, const struct item *item)
{
    mode_t mask = umask(0);

    umask(mask);
    if (fchmod(slot->fd, item->mode & ~mask) != 0 || close(slot->fd) != 0) {
        slot->fd = -1;
        return false;
    }
    slot->fd = -1;
    if (rename(slot->temporary, item->local) != 0)
        return false;
    free(slot->temporary);
    slot->temporary = NULL;
    return true;
}

static void whole(void *data, const struct modal_file_result *result)
{
    struct slot *slot = data;
    struct get *get = slot->get;
    const struct item *item = &get->items[slot->item];

    slot->call = NULL;
    get->running--;
    if (result->sentence) {
        fail(get, "%s%s", result->sentence, "");
    } else if (!put_in_place(slot, item)) {
        fail(get, "Cannot write %s: %s", item->local, strerror(errno));
    } else {
        get->progress.files++;
        fill(get);
    }
}

static bool open_temporary(struct slot *slot, const struct item *item)
{
    char *folder = path_folder(item->local);

    slot->temporary = xasprintf("%s/.sandgate-XXXXXX", folder);
    free(folder);
    slot->fd = mkostemp(slot->temporary, O_CLOEXEC);
    if (slot->fd >= 0)
        return true;
    free(slot->temporary);
    slot->temporary = NULL;
    return false;
}

static void start_item(struct get *get, struct slot *slot)
{
    struct modal_task *task = modal_sandbox_task(get->errand->sandbox);
    const struct item *item = &get->items[get->next];

    slot->item = get->next++;
    if (item->folder ? !make_folder(get, item) : !open_temporary(slot, item)) {
        fail(get, "Cannot make %s: %s", item->local, strerror(errno));
        return;
    }
    get->running++;
    slot->call = item->folder ? modal_file_list(task, item->remote, listed, slot)
                              : modal_file_read(task, item->remote, take_bytes, whole, slot);
}

static void fill(struct get *get)
{
    for (size_t i = 0; i < SLOTS && get->next < get->count && !get->errand->over; i++)
        if (!get->slots[i].call)
            start_item(get, &get->slots[i]);
    if (get->running > 0 || get->errand->over)
        return;
    progress_end(&get->progress, "Copied");
    if (get->skipped > 0)
        errand_note("%zu entries are left out: links, sockets and the like", get->skipped);
    errand_end(get->errand, EXIT_FINE);
}

/* --- the target --- */

static void source_known(void *data, const struct modal_file_result *result)
{
    struct get *get = data;
    struct stat status;
    size_t length = strlen(get->to);

    get->errand->call = NULL;
    if (result->sentence || result->count != 1) {
        fail(get, "%s%s", result->sentence ? result->sentence : "The sandbox says nothing of ",
             result->sentence ? "" : get->from);
        return;
    }
    bool into = (length > 0 && get->to[length - 1] == '/') ||
                (stat(get->to, &status) == 0 && S_ISDIR(status.st_mode));
    char *normal = path_normalize("/", get->from);
    const char *name = path_name(normal);
    if (into && !name_fine(name))
        into = false; /* "/" has no name */
    add_item(get, xstrdup(normal), into ? path_join(get->to, name) : xstrdup(get->to), &result->entries[0]);
    free(normal);
    fill(get);
}

void copy_out(struct errand *errand, const char *from, const char *to)
{
    if (!errand_path_fine(errand, from))
        return;
    struct get *get = xcalloc(1, sizeof *get);
    get->errand = errand;
    get->from = xstrdup(from);
    get->to = xstrdup(to);
    for (size_t i = 0; i < SLOTS; i++)
        get->slots[i] = (struct slot){ .get = get, .fd = -1 };
    progress_begin(&get->progress);
    errand->work = get;
    errand->release = release;
    errand->call = modal_file_stat(modal_sandbox_task(errand->sandbox), from, source_known, get);
}

void verb_get(struct errand *errand)
{
    copy_out(errand, errand->words[1], errand->words[2]);
}
