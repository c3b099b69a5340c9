/* bwrap_watch.c - watched folders.
 *
 * The first change is told at once; the watch is armed again only a moment later, so a busy folder costs at
 * most ten callbacks a second. */
#include "base/memory.h"
#include "loop/loop.h"
#include "sandbox/bwrap.h"

#include <stdlib.h>
#include <string.h>

enum { QUIET = 100 /* milliseconds */ };

struct bwrap_watch {
    struct sandbox_watch base;
    struct bwrap *bwrap;
    struct bwrap_watch *next;
    uint64_t id;
    char *path;
    void (*changed)(void *data);
    void *data;
    struct loop_timer *quiet;
};

static void send_watch(const struct bwrap_watch *watch)
{
    bwrap_channel_send(watch->bwrap->channel, JAIL_WATCH, watch->id, watch->path, strlen(watch->path), NULL,
                       0);
}

struct sandbox_watch *bwrap_watch_add(struct sandbox *sandbox, const char *path, void (*changed)(void *data),
                                      void *data)
{
    struct bwrap *bwrap = (struct bwrap *)sandbox;
    struct bwrap_watch *watch = xcalloc(1, sizeof(*watch));
    *watch = (struct bwrap_watch){
        .bwrap = bwrap, .id = ++bwrap->last_id, .path = xstrdup(path), .changed = changed, .data = data
    };
    watch->base.operations = &sandbox_bwrap_operations;
    watch->next = bwrap->watches;
    bwrap->watches = watch;
    if (bwrap->state == BWRAP_READY)
        send_watch(watch);
    return &watch->base;
}

void bwrap_watches_ready(struct bwrap *bwrap)
{
    for (const struct bwrap_watch *watch = bwrap->watches; watch; watch = watch->next)
        send_watch(watch);
}

void bwrap_watch_remove(struct sandbox_watch *handle)
{
    struct bwrap_watch *watch = (struct bwrap_watch *)handle;
    struct bwrap *bwrap = watch->bwrap;
    struct bwrap_watch **link = &bwrap->watches;
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    if (bwrap->state == BWRAP_READY)
        bwrap_channel_send(bwrap->channel, JAIL_UNWATCH, watch->id, NULL, 0, NULL, 0);
    loop_timer_cancel(watch->quiet);
    free(watch->path);
    free(watch);
}

static void rearm(void *data)
{
    struct bwrap_watch *watch = data;
    watch->quiet = NULL;
    if (watch->bwrap->state == BWRAP_READY)
        bwrap_channel_send(watch->bwrap->channel, JAIL_REARM, watch->id, NULL, 0, NULL, 0);
}

bool bwrap_watch_message(struct bwrap *bwrap, uint64_t id)
{
    struct bwrap_watch *watch = bwrap->watches;
    while (watch && watch->id != id)
        watch = watch->next;
    if (!watch) /* removed meanwhile */
        return id <= bwrap->last_id;
    if (watch->quiet)
        return false;
    watch->quiet = loop_timer_add(bwrap->loop, QUIET, rearm, watch);
    watch->changed(watch->data);
    return true;
}

void bwrap_watches_drop(struct bwrap *bwrap)
{
    while (bwrap->watches)
        bwrap_watch_remove(&bwrap->watches->base);
}
