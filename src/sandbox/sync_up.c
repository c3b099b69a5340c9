/* sync_up.c - the host's folder copied into the sandbox.
 *
 * The walk (sync_scan.c) gives one entry at a time; each becomes one request.  A bounded number of requests and
 * of bytes is under way, and a file is read only when there is room for it, a piece in each turn of the loop,
 * so neither memory nor the loop's time depend on how large the folder is.  An entry that cannot go up is left
 * out and said; only what would stop every other one too ends the sync.
 *
 * A folder that its owner may not write goes up writable, and gets its mode when all is in it. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "sandbox/manifest.h"
#include "sandbox/sync_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PUTS = 512,                /* requests under way: a backend across the network sends many at once */
    BYTES = 8 * 1024 * 1024,   /* content under way, before another file is read */
    SLICE_ENTRIES = 64,        /* entries of one turn of the loop */
    SLICE_BYTES = 1024 * 1024, /* bytes read in one turn */
    PIECE = 256 * 1024,
    LEFT_OUT = 50,  /* sentences */
    PROGRESS = 250, /* milliseconds */
};

static const char too_large[] = "larger than 64 MiB";
static const char over_the_cap[] = "more than may be copied (terminal.file_sync_max_mb)";

struct put { /* one entry on its way */
    struct sync_up *up;
    struct put *next, *previous;
    struct sandbox_request *request;
    struct manifest_entry entry; /* path and target are owned */
    bool again;                  /* only the final mode of a folder */
};

struct late { /* a folder that gets its mode at the end */
    char *path;
    unsigned mode;
};

struct sync_up {
    struct sync base;
    struct loop *loop;
    struct sandbox *sandbox;
    char *workspace;
    int64_t max_bytes, taken; /* bytes: that may go up, and that did or are about to */
    struct sync_events events;
    void *data;

    struct sync_scan *scan; /* NULL: all was met */
    struct manifest_writer *manifest;
    struct put *puts;
    size_t put_count;
    int64_t bytes_flying;

    struct put *reading; /* the file that is being read, NULL: none */
    int reading_fd;
    struct hash *hash;
    struct buffer content;

    struct late *lates;
    size_t late_count, late_capacity;
    struct loop_timer *slice, *progress;
    struct sync_report report;
    char *left_out[LEFT_OUT + 1];
    char *failed;
};

/* --- the end --- */

static void free_put(struct put *put)
{
    free((char *)put->entry.path);
    free((char *)put->entry.target);
    free(put);
}

/* Keeps what memory the next small file can use. */
static void empty_content(struct sync_up *up)
{
    buffer_clear(&up->content);
    if (up->content.capacity > PIECE)
        buffer_release(&up->content);
}

static void stop_reading(struct sync_up *up)
{
    if (!up->reading)
        return;
    free_put(up->reading);
    close(up->reading_fd);
    if (up->hash)
        hash_finish(up->hash, (char[HASH_TEXT]){ 0 });
    up->reading = NULL;
    up->hash = NULL;
    empty_content(up);
}

/* Ends all work; what was told so far stays. */
static void stop(struct sync_up *up)
{
    loop_timer_cancel(up->slice);
    loop_timer_cancel(up->progress);
    up->slice = up->progress = NULL;
    stop_reading(up);
    while (up->puts) {
        struct put *put = up->puts;
        up->puts = put->next;
        sandbox_request_cancel(put->request);
        free_put(put);
    }
    buffer_release(&up->content);
    sync_scan_free(up->scan);
    up->scan = NULL;
    manifest_abandon(up->manifest);
    up->manifest = NULL;
}

static void free_up(struct sync *sync)
{
    struct sync_up *up = (struct sync_up *)sync;
    stop(up);
    for (size_t i = 0; up->left_out[i]; i++)
        free(up->left_out[i]);
    while (up->late_count > 0)
        free(up->lates[--up->late_count].path);
    free(up->lates);
    free(up->failed);
    free(up->workspace);
    free(up);
}

static void finish(struct sync_up *up)
{
    struct error error = ERROR_INIT;
    struct manifest_writer *manifest = up->manifest;
    up->manifest = NULL;
    if (up->failed)
        manifest_abandon(manifest);
    else if (!manifest_finish(manifest, &error))
        up->failed = xstrdup(error_message(&error));
    error_clear(&error);
    stop(up);
    up->report.failed = up->failed;
    up->report.left_out = (const char *const *)up->left_out;
    up->events.done(up->data, &up->report);
    free_up(&up->base);
}

static void leave_out(struct sync_up *up, const char *path, const char *why)
{
    if (up->report.left_out_count++ < LEFT_OUT)
        up->left_out[up->report.left_out_count - 1] = xasprintf("%s: %s", path, why);
}

/* --- one request --- */

static void go_on(struct sync_up *up);

static bool stops_all(int number)
{
    return number == ENOTCONN || number == ENOSPC || number == EDQUOT || number == EROFS;
}

static void record(struct sync_up *up, const struct manifest_entry *entry)
{
    struct sync_report *report = &up->report;
    manifest_write(up->manifest, entry);
    switch (entry->type) {
    case SANDBOX_FILE:
        report->files++;
        report->bytes += entry->size;
        break;
    case SANDBOX_FOLDER:
        report->folders++;
        break;
    default:
        report->links++;
        break;
    }
}

static void unlink_put(struct put *put)
{
    struct sync_up *up = put->up;
    if (put->previous)
        put->previous->next = put->next;
    else
        up->puts = put->next;
    if (put->next)
        put->next->previous = put->previous;
    up->put_count--;
    up->bytes_flying -= put->entry.size;
}

static void put_answered(void *data, const struct sandbox_answer *answer)
{
    struct put *put = data;
    struct sync_up *up = put->up;
    unlink_put(put);
    if (answer->failed && stops_all(answer->error)) {
        up->failed = xstrdup(answer->failed);
    } else if (answer->failed) {
        leave_out(up, put->entry.path, answer->failed);
        up->taken -= put->entry.size;
    } else if (!put->again) {
        record(up, &put->entry);
    }
    free_put(put);
    if (up->failed)
        finish(up);
    else
        go_on(up);
}

/* Takes PUT over. */
static void send_put(struct sync_up *up, struct put *put, unsigned mode, const char *bytes)
{
    const struct manifest_entry *entry = &put->entry;
    char *path = path_join(up->workspace, entry->path);
    put->next = up->puts;
    if (up->puts)
        up->puts->previous = put;
    up->puts = put;
    up->put_count++;
    up->bytes_flying += entry->size;
    put->request = sandbox_put(up->sandbox, path, entry->type, mode, bytes, (size_t)entry->size,
                               entry->target, put_answered, put);
    free(path);
}

static struct put *new_put(struct sync_up *up, const struct sync_found *found)
{
    struct put *put = xcalloc(1, sizeof(*put));
    *put = (struct put){ .up = up,
                         .entry = { .path = xstrdup(found->path),
                                    .type = found->type,
                                    .mode = found->type == SANDBOX_LINK ? 0 : found->mode,
                                    .target = xstrdup_or_null(found->target) } };
    return put;
}

/* --- a file, piece by piece --- */

static void begin_file(struct sync_up *up, const struct sync_found *found)
{
    off_t size;
    unsigned mode;
    int fd = sync_open_plain(found->folder, found->name, &size, &mode);
    if (fd < 0) {
        leave_out(up, found->path, strerror(errno));
        return;
    }
    if (size > SYNC_FILE_MAX || size > up->max_bytes - up->taken) {
        leave_out(up, found->path, size > SYNC_FILE_MAX ? too_large : over_the_cap);
        close(fd);
        return;
    }
    up->reading = new_put(up, found);
    up->reading->entry.mode = mode;
    up->reading->entry.size = size; /* as far as is known */
    up->reading_fd = fd;
    up->hash = hash_new();
}

static void send_file(struct sync_up *up)
{
    struct put *put = up->reading;
    up->reading = NULL;
    close(up->reading_fd);
    put->entry.size = (int64_t)up->content.length;
    up->taken += put->entry.size;
    hash_finish(up->hash, put->entry.hash);
    up->hash = NULL;
    send_put(up, put, put->entry.mode, up->content.data);
    empty_content(up);
}

/* One byte more than is thought to be left, so that a small file takes one piece and a look at its end. */
static size_t piece_size(const struct sync_up *up)
{
    int64_t left = up->reading->entry.size - (int64_t)up->content.length;
    return left >= 0 && left < PIECE ? (size_t)left + 1 : PIECE;
}

/* The next piece; returns its bytes.  A file that grows meanwhile is held to the same bounds. */
static size_t read_piece(struct sync_up *up)
{
    size_t size = piece_size(up);
    char *room = buffer_reserve(&up->content, size);
    ssize_t length = room ? read(up->reading_fd, room, size) : -1;
    const char *why = room ? strerror(errno) : too_large;
    if (length > 0) {
        hash_add(up->hash, room, (size_t)length);
        buffer_added(&up->content, (size_t)length);
    }
    if (length >= 0 && (int64_t)up->content.length > up->max_bytes - up->taken) {
        length = -1;
        why = over_the_cap;
    }
    if (length < 0) {
        leave_out(up, up->reading->entry.path, why);
        stop_reading(up);
    } else if (length == 0) {
        send_file(up);
    }
    return length > 0 ? (size_t)length : 0;
}

/* --- one slice --- */

static void put_folder(struct sync_up *up, const struct sync_found *found)
{
    struct put *put = new_put(up, found);
    if ((found->mode & 0700) != 0700) {
        up->lates = array_reserve(up->lates, &up->late_capacity, up->late_count + 1, sizeof(*up->lates));
        up->lates[up->late_count++] = (struct late){ xstrdup(found->path), found->mode };
    }
    send_put(up, put, found->mode | 0700, NULL);
}

static void next_entry(struct sync_up *up)
{
    struct sync_found found;
    switch (sync_scan_next(up->scan, &found)) {
    case SYNC_MET_END:
        up->report.ignored = sync_scan_ignored(up->scan);
        sync_scan_free(up->scan);
        up->scan = NULL;
        return;
    case SYNC_MET_REFUSED:
        leave_out(up, found.path, found.why);
        return;
    case SYNC_MET_ENTRY:
        break;
    }
    if (found.type == SANDBOX_FILE)
        begin_file(up, &found);
    else if (found.type == SANDBOX_FOLDER)
        put_folder(up, &found);
    else
        send_put(up, new_put(up, &found), 0777, NULL);
}

/* The deepest first: a folder that is closed lets nobody in. */
static void put_late_mode(struct sync_up *up)
{
    struct late *late = &up->lates[--up->late_count];
    struct put *put = xcalloc(1, sizeof(*put));
    *put = (struct put){ .up = up,
                         .entry = { .path = late->path, .type = SANDBOX_FOLDER, .mode = late->mode },
                         .again = true };
    send_put(up, put, late->mode, NULL);
}

static bool has_room(const struct sync_up *up)
{
    return up->put_count < PUTS && up->bytes_flying < BYTES;
}

static bool has_more(const struct sync_up *up)
{
    return up->scan || up->reading;
}

static void run_slice(void *data)
{
    struct sync_up *up = data;
    size_t bytes = 0;
    up->slice = NULL;
    for (int i = 0; i < SLICE_ENTRIES && bytes < SLICE_BYTES && has_room(up) && has_more(up); i++) {
        if (!up->reading)
            next_entry(up);
        while (up->reading && bytes < SLICE_BYTES)
            bytes += read_piece(up);
    }
    go_on(up);
}

/* Looks what is to be done next; may end it all. */
static void go_on(struct sync_up *up)
{
    if (up->slice)
        return;
    if (has_more(up)) {
        if (has_room(up))
            up->slice = loop_timer_add(up->loop, 0, run_slice, up);
    } else if (up->put_count == 0 && up->late_count == 0) {
        finish(up);
    } else if (up->put_count == 0) {
        put_late_mode(up);
    }
}

static void tell_progress(void *data)
{
    struct sync_up *up = data;
    up->progress = loop_timer_add(up->loop, PROGRESS, tell_progress, up);
    up->events.progress(up->data, up->report.files, up->report.bytes);
}

/* --- the beginning --- */

static void fail_later(void *data)
{
    struct sync_up *up = data;
    up->slice = NULL;
    finish(up);
}

/* Sessions, settings that may name secrets, and what the kernel only shows as files stay out of every sandbox,
 * whatever folder is copied. */
static bool begin(struct sync_up *up, const char *folder, const char *manifest, struct error *error)
{
    char *own[] = { path_data(), path_state(), path_config(), path_folder(manifest) };
    const char *const stays[] = { own[0], own[1], own[2], own[3], "/proc", "/sys", "/dev", NULL };
    up->manifest = manifest_begin(manifest, error);
    up->scan = up->manifest ? sync_scan_new(folder, stays, error) : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        free(own[i]);
    return up->scan != NULL;
}

struct sync *sync_up(struct loop *loop, struct sandbox *sandbox, const char *folder, const char *workspace,
                     int64_t max_bytes, const char *manifest, const struct sync_events *events, void *data)
{
    struct sync_up *up = xcalloc(1, sizeof(*up));
    struct error error = ERROR_INIT;
    *up = (struct sync_up){ .base = { free_up },
                            .loop = loop,
                            .sandbox = sandbox,
                            .workspace = xstrdup(workspace),
                            .max_bytes = max_bytes,
                            .events = *events,
                            .data = data };
    buffer_init(&up->content, SYNC_FILE_MAX + PIECE);
    bool begun = begin(up, folder, manifest, &error);
    if (!begun)
        up->failed = xstrdup(error_message(&error));
    error_clear(&error);
    up->slice = loop_timer_add(loop, 0, begun ? run_slice : fail_later, up);
    if (begun && events->progress)
        up->progress = loop_timer_add(loop, PROGRESS, tell_progress, up);
    return &up->base;
}
