/* sandbox_put.c - files and folders into a sandbox: walked here, written there several at a time.
 *
 * Links are not followed and not copied, and said so.  What may be executed here may be there: the helper that
 * writes files knows no modes, so that is one more command at the end. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/random.h"
#include "base/utf8.h"
#include "face/sandbox_copy.h"
#include "face/sandbox_progress.h"
#include "face/setup.h"
#include "modal/exec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 16, CHMOD_BYTES = 30000 };

struct item {
    char *local, *remote;
    bool folder; /* an empty one */
    bool executable;
};

struct put;

/* One write under way. */
struct slot {
    struct put *put;
    size_t item;
    struct modal_call *call; /* NULL: free */
    int fd;                  /* -1: a folder */
    uint64_t sent;           /* bytes of the file */
    int broken;              /* number of the error it could not be read for; 0: it can */
};

struct put {
    struct errand *errand;
    char *from, *to;
    struct item *items;
    size_t count, capacity, next;
    struct slot slots[SLOTS];
    size_t running;
    size_t skipped;
    size_t marked; /* items whose mode is set */
    struct modal_exec *chmod;
    struct progress progress;
};

static void release(struct errand *errand)
{
    struct put *put = errand->work;

    for (size_t i = 0; i < SLOTS; i++) {
        modal_call_cancel(put->slots[i].call);
        if (put->slots[i].fd >= 0)
            close(put->slots[i].fd);
    }
    if (put->chmod)
        modal_exec_forget(put->chmod);
    progress_hide(&put->progress);
    for (size_t i = 0; i < put->count; i++) {
        free(put->items[i].local);
        free(put->items[i].remote);
    }
    free(put->items);
    free(put->from);
    free(put->to);
    free(put);
}

static void fail(struct put *put, const char *sentence)
{
    progress_hide(&put->progress);
    errand_fail_with(put->errand, EXIT_SANDBOX, "%s", sentence);
}

static void fail_read(struct put *put, const struct item *item, int number)
{
    char *sentence = xasprintf("Cannot read %s: %s", item->local, strerror(number));
    fail(put, sentence);
    free(sentence);
}

/* --- the walk --- */

static void add_item(struct put *put, const char *local, const char *remote, const struct stat *status,
                     bool folder)
{
    put->items = array_reserve(put->items, &put->capacity, put->count + 1, sizeof *put->items);
    put->items[put->count++] = (struct item){
        .local = xstrdup(local),
        .remote = xstrdup(remote),
        .folder = folder,
        .executable = !folder && (status->st_mode & 0111),
    };
    if (!folder)
        put->progress.total += (uint64_t)status->st_size;
}

static bool walk(struct put *put, const char *local, const char *remote, struct error *error);

static bool walk_folder(struct put *put, const char *local, const char *remote, const struct stat *status,
                        struct error *error)
{
    DIR *folder = opendir(local);
    size_t before = put->count;
    bool fine = true;

    if (!folder)
        return error_set_errno(error, errno, "Cannot list %s", local);
    for (struct dirent *entry; fine && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inner_local = path_join(local, entry->d_name), *inner_remote = path_join(remote, entry->d_name);
        fine = walk(put, inner_local, inner_remote, error);
        free(inner_local);
        free(inner_remote);
    }
    closedir(folder);
    if (fine && put->count == before)
        add_item(put, local, remote, status, true);
    return fine;
}

static bool walk(struct put *put, const char *local, const char *remote, struct error *error)
{
    struct stat status;

    if (lstat(local, &status) != 0)
        return error_set_errno(error, errno, "Cannot look at %s", local);
    if (!utf8_valid(remote, strlen(remote)))
        return error_set(error, "The name of %s is not UTF-8; a sandbox's files have no other names", local);
    if (S_ISDIR(status.st_mode))
        return walk_folder(put, local, remote, &status, error);
    if (S_ISREG(status.st_mode))
        add_item(put, local, remote, &status, false);
    else
        put->skipped++;
    return true;
}

/* --- modes, and the end --- */

static void mark_next(struct put *put);

static void marked(void *data, const struct modal_exec_result *result)
{
    struct put *put = data;

    put->chmod = NULL;
    if (result->failure)
        fail(put, result->failure->sentence);
    else if (result->code != 0)
        fail(put, "The files are there, but chmod failed: some that may be executed here may not be there");
    else
        mark_next(put);
}

static void ignore_output(void *data, bool is_error, const char *bytes, size_t length)
{
    (void)data;
    (void)is_error;
    (void)bytes;
    (void)length;
}

static void start_chmod(struct put *put, const char *const *argv)
{
    static const struct modal_exec_events events = { .output = ignore_output, .done = marked };
    char id[UUID_TEXT];
    struct modal_exec_spec spec = { .exec_id = id, .argv = argv, .discard_output = true };

    random_uuid(id);
    put->chmod = modal_exec_start(modal_sandbox_task(put->errand->sandbox), &spec, &events, put);
    modal_exec_end_input(put->chmod);
}

static void finish(struct put *put)
{
    progress_end(&put->progress, "Copied");
    if (put->skipped > 0)
        errand_note("%zu entries are left out: links, sockets and the like", put->skipped);
    errand_end(put->errand, EXIT_FINE);
}

/* As many as fit into one command line. */
static void mark_next(struct put *put)
{
    const char **argv = xcalloc(put->count + 4, sizeof *argv);
    size_t words = 0, bytes = 0;

    argv[words++] = "chmod";
    argv[words++] = "+x";
    argv[words++] = "--";
    for (; put->marked < put->count && bytes < CHMOD_BYTES; put->marked++)
        if (put->items[put->marked].executable) {
            argv[words++] = put->items[put->marked].remote;
            bytes += strlen(put->items[put->marked].remote);
        }
    if (words > 3)
        start_chmod(put, argv);
    else
        finish(put);
    free(argv);
}

/* --- writing --- */

static void fill(struct put *put);

static void written(void *data, const struct modal_file_result *result)
{
    struct slot *slot = data;
    struct put *put = slot->put;

    slot->call = NULL;
    if (slot->fd >= 0)
        close(slot->fd);
    slot->fd = -1;
    put->running--;
    if (slot->broken)
        fail_read(put, &put->items[slot->item], slot->broken);
    else if (result->sentence)
        fail(put, result->sentence);
    if (put->errand->over)
        return;
    put->progress.files += !put->items[slot->item].folder;
    fill(put);
}

/* Read again from where it broke off, when the stream did: only what is new counts.  A source that breaks must not
 * leave a cut-off file: the write is given up before its end. */
static int64_t read_item(void *data, uint64_t offset, char *bytes, size_t room)
{
    struct slot *slot = data;
    ssize_t length = pread(slot->fd, bytes, room, (off_t)offset);
    uint64_t end = offset + (length > 0 ? (uint64_t)length : 0);

    if (length < 0)
        slot->broken = errno;
    if (end > slot->sent) {
        progress_add(&slot->put->progress, end - slot->sent, slot->put->items[slot->item].local);
        slot->sent = end;
    }
    return length;
}

static void start_item(struct put *put, struct slot *slot)
{
    struct item *item = &put->items[put->next];
    struct modal_task *task = modal_sandbox_task(put->errand->sandbox);
    struct modal_exec_source source = { read_item, slot };

    slot->item = put->next++;
    slot->sent = 0;
    slot->broken = 0;
    put->running++;
    if (item->folder) {
        slot->call = modal_file_make_folder(task, item->remote, true, written, slot);
        return;
    }
    slot->fd = open(item->local, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (slot->fd < 0) {
        fail_read(put, item, errno);
        return;
    }
    slot->call = modal_file_send(task, item->remote, &source, written, slot);
}

static void fill(struct put *put)
{
    for (size_t i = 0; i < SLOTS && put->next < put->count && !put->errand->over; i++)
        if (!put->slots[i].call)
            start_item(put, &put->slots[i]);
    if (put->running == 0 && !put->errand->over)
        mark_next(put);
}

/* --- the target --- */

static void begin(struct put *put, bool into)
{
    struct error error = ERROR_INIT;
    char *real = realpath(put->from, NULL);
    char *to = into && real ? path_join(put->to, path_name(real)) : xstrdup(put->to);
    char *target = path_normalize("/", to);

    if (!real)
        errand_fail_with(put->errand, EXIT_USAGE, "Cannot find %s: %s", put->from, strerror(errno));
    else if (!walk(put, real, target, &error))
        errand_fail_with(put->errand, EXIT_USAGE, "%s", error_message(&error));
    else
        fill(put);
    error_clear(&error);
    free(real);
    free(to);
    free(target);
}

static void target_known(void *data, const struct modal_file_result *result)
{
    struct put *put = data;
    bool folder = !result->sentence && result->count == 1 && result->entries[0].type == MODAL_FOLDER;

    put->errand->call = NULL;
    if (result->error == MODAL_FILE_GONE)
        fail(put, result->sentence);
    else
        begin(put, folder || put->to[strlen(put->to) - 1] == '/');
}

void copy_in(struct errand *errand, const char *from, const char *to)
{
    if (!errand_path_fine(errand, to))
        return;
    struct put *put = xcalloc(1, sizeof *put);
    put->errand = errand;
    put->from = xstrdup(from);
    put->to = xstrdup(to);
    for (size_t i = 0; i < SLOTS; i++)
        put->slots[i] = (struct slot){ .put = put, .fd = -1 };
    progress_begin(&put->progress);
    errand->work = put;
    errand->release = release;
    errand->call = modal_file_stat(modal_sandbox_task(errand->sandbox), to, target_known, put);
}

void verb_put(struct errand *errand)
{
    copy_in(errand, errand->words[1], errand->words[2]);
}
