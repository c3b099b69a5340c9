/* modal_watch.c - watched folders, by Modal's helper.
 *
 * One watcher looks at all of the workspace, whoever watches whatever in it; a folder elsewhere has one of its own.
 * The first change of a folder is told at once, later ones at most ten times a second.  Nobody says when a watcher
 * has begun to look, so a moment after it was sent everybody who listens to it is told once: what happened before
 * is not lost.  One that breaks is sent anew after a while. */
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "modal/files.h"
#include "sandbox/modal_box.h"

#include <stdlib.h>
#include <string.h>

enum {
    QUIET = 100,
    SETTLE = 1000,
    AGAIN = 2000 /* milliseconds */,
    TRIES = 5 /* in a row, without a change */
};

struct box_watcher {
    struct box *box;
    struct box_watcher *next;
    char *path;
    bool recursive;
    int users, failures;
    struct modal_call *call;
    struct loop_timer *timer; /* until it has settled, or is sent anew */
};

struct box_watch {
    struct sandbox_watch base;
    struct box *box;
    struct box_watch *next;
    struct box_watcher *watcher;
    char *path;
    void (*changed)(void *data);
    void *data;
    bool pending; /* changed while it was quiet */
    struct loop_timer *quiet;
};

/* --- telling --- */

/* The watch may be removed inside. */
static void loud(void *data)
{
    struct box_watch *watch = data;
    struct box *box = watch->box;
    watch->quiet = NULL;
    if (!watch->pending)
        return;
    watch->pending = false;
    watch->quiet = loop_timer_add(box->loop, QUIET, loud, watch);
    box_enter(box);
    watch->changed(watch->data);
    box_leave(box);
}

/* Those who watch FOLDER; NULL: everybody. */
static void note(struct box_watcher *watcher, const char *folder)
{
    for (struct box_watch *watch = watcher->box->watches; watch; watch = watch->next) {
        if (watch->watcher != watcher || (folder && strcmp(folder, watch->path) != 0))
            continue;
        watch->pending = true;
        if (!watch->quiet)
            watch->quiet = loop_timer_add(watcher->box->loop, 0, loud, watch);
    }
}

static void note_path(struct box_watcher *watcher, const char *path)
{
    if (!path)
        return;
    char *folder = path_folder(path);
    note(watcher, folder);
    if (strcmp(path, folder) != 0)
        note(watcher, path); /* it may be the watched folder itself that went */
    free(folder);
}

/* --- watchers --- */

static void begin(void *data);

static void noticed(void *data, const struct modal_file_change *change)
{
    struct box_watcher *watcher = data;
    watcher->failures = 0;
    note_path(watcher, change->path);
    note_path(watcher, change->new_path);
}

static void ended(void *data, const struct modal_file_result *result)
{
    struct box_watcher *watcher = data;
    (void)result;
    watcher->call = NULL;
    loop_timer_cancel(watcher->timer);
    watcher->timer = NULL;
    if (watcher->box->state == BOX_READY && ++watcher->failures < TRIES)
        watcher->timer = loop_timer_add(watcher->box->loop, AGAIN, begin, watcher);
}

static void settled(void *data)
{
    struct box_watcher *watcher = data;
    watcher->timer = NULL;
    note(watcher, NULL);
}

static void begin(void *data)
{
    struct box_watcher *watcher = data;
    watcher->timer = loop_timer_add(watcher->box->loop, SETTLE, settled, watcher);
    watcher->call =
        modal_file_watch(watcher->box->task, watcher->path, watcher->recursive, noticed, ended, watcher);
}

static struct box_watcher *watcher_for(struct box *box, const char *path)
{
    const char *workspace = box->options.workspace;
    bool inside = path_is_below(path, workspace);
    const char *root = inside ? workspace : path;
    struct box_watcher *watcher = box->watchers;
    while (watcher && strcmp(watcher->path, root) != 0)
        watcher = watcher->next;
    if (!watcher) {
        watcher = xcalloc(1, sizeof(*watcher));
        *watcher = (struct box_watcher){
            .box = box, .next = box->watchers, .path = xstrdup(root), .recursive = inside
        };
        box->watchers = watcher;
        if (box->state == BOX_READY)
            begin(watcher);
    }
    watcher->users++;
    return watcher;
}

static void stop_watcher(struct box_watcher *watcher)
{
    modal_call_cancel(watcher->call);
    loop_timer_cancel(watcher->timer);
    watcher->call = NULL;
    watcher->timer = NULL;
}

static void release_watcher(struct box_watcher *watcher)
{
    struct box_watcher **link = &watcher->box->watchers;
    if (--watcher->users > 0)
        return;
    while (*link != watcher)
        link = &(*link)->next;
    *link = watcher->next;
    stop_watcher(watcher);
    free(watcher->path);
    free(watcher);
}

/* --- watches --- */

struct sandbox_watch *box_watch_add(struct sandbox *sandbox, const char *path, void (*changed)(void *data),
                                    void *data)
{
    struct box *box = (struct box *)sandbox;
    struct box_watch *watch = xcalloc(1, sizeof(*watch));
    *watch = (struct box_watch){ .base = { &sandbox_modal_operations },
                                 .box = box,
                                 .next = box->watches,
                                 .path = path_normalize("/", path),
                                 .changed = changed,
                                 .data = data };
    box->watches = watch;
    watch->watcher = watcher_for(box, watch->path);
    return &watch->base;
}

void box_watch_remove(struct sandbox_watch *handle)
{
    struct box_watch *watch = (struct box_watch *)handle;
    struct box_watch **link = &watch->box->watches;
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    loop_timer_cancel(watch->quiet);
    release_watcher(watch->watcher);
    free(watch->path);
    free(watch);
}

void box_watches_ready(struct box *box)
{
    for (struct box_watcher *watcher = box->watchers; watcher; watcher = watcher->next)
        begin(watcher);
}

void box_watches_stop(struct box *box)
{
    for (struct box_watcher *watcher = box->watchers; watcher; watcher = watcher->next)
        stop_watcher(watcher);
}

void box_watches_drop(struct box *box)
{
    while (box->watches)
        box_watch_remove(&box->watches->base);
}
