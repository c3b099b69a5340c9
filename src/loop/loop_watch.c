/* loop_watch.c - descriptors, by epoll.
 *
 * A watch that asks for nothing is taken out of epoll altogether: level-triggered hang-ups could not be
 * silenced otherwise, and a paused reader must neither spin nor lose what is still in the pipe.  Regular files
 * and /dev/null are refused by epoll (EPERM); reading them never waits, so they count as always ready. */
#include "base/memory.h"
#include "loop/loop_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct loop_watch {
    struct loop *loop;
    struct loop_watch *next;
    int fd;
    int events;      /* what is asked for */
    bool registered; /* epoll has it */
    bool always;     /* epoll refuses it */
    bool dead;
    void (*ready)(void *data, int events);
    void *data;
};

static bool control(struct loop_watch *watch, int operation, int events)
{
    struct epoll_event event = { .data.ptr = watch };
    if (events & LOOP_READ)
        event.events |= EPOLLIN;
    if (events & LOOP_WRITE)
        event.events |= EPOLLOUT;
    return epoll_ctl(watch->loop->epoll, operation, watch->fd, &event) == 0;
}

static void count_always(struct loop_watch *watch, int former, int events)
{
    if (former == 0 && events != 0)
        watch->loop->always_ready++;
    else if (former != 0 && events == 0)
        watch->loop->always_ready--;
}

static void unregister(struct loop_watch *watch)
{
    if (watch->registered)
        control(watch, EPOLL_CTL_DEL, 0);
    watch->registered = false;
}

static void register_or_change(struct loop_watch *watch, int events)
{
    if (control(watch, watch->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, events))
        watch->registered = true;
    else if (!watch->registered && errno == EPERM)
        watch->always = true;
    else
        bug("descriptor %d cannot be watched: %s", watch->fd, strerror(errno));
}

void loop_watch_set(struct loop_watch *watch, int events)
{
    int former = watch->events;
    if (watch->dead || events == former)
        return;
    watch->events = events;
    if (!watch->always && events == 0)
        unregister(watch);
    else if (!watch->always)
        register_or_change(watch, events);
    if (watch->always)
        count_always(watch, former, events);
}

struct loop_watch *loop_watch_add(struct loop *loop, int fd, int events,
                                  void (*ready)(void *data, int events), void *data)
{
    struct loop_watch *watch = xcalloc(1, sizeof(*watch));
    watch->loop = loop;
    watch->fd = fd;
    watch->ready = ready;
    watch->data = data;
    watch->next = loop->watches;
    loop->watches = watch;
    loop_watch_set(watch, events);
    return watch;
}

void loop_watch_remove(struct loop_watch *watch)
{
    if (watch == NULL || watch->dead)
        return;
    loop_watch_set(watch, 0);
    watch->dead = true;
    watch->loop->any_dead = true;
    if (!watch->loop->in_turn)
        loop_watches_sweep(watch->loop);
}

void loop_watches_sweep(struct loop *loop)
{
    if (!loop->any_dead)
        return;
    loop->any_dead = false;
    struct loop_watch **link = &loop->watches;
    while (*link != NULL) {
        struct loop_watch *watch = *link;
        if (watch->dead) {
            *link = watch->next;
            free(watch);
        } else {
            link = &watch->next;
        }
    }
}

/* At a hang-up the events asked for are told with it, so that whoever only reads or writes meets the end. */
static void tell(struct loop_watch *watch, uint32_t ready)
{
    if (watch->events == 0)
        return; /* dead, or silenced by a callback of this very turn */
    int events = 0;
    if (ready & (EPOLLHUP | EPOLLERR))
        events = LOOP_HANGUP | watch->events;
    if (ready & EPOLLIN)
        events |= watch->events & LOOP_READ;
    if (ready & EPOLLOUT)
        events |= watch->events & LOOP_WRITE;
    if (events != 0)
        watch->ready(watch->data, events);
}

void loop_watches_dispatch(struct loop *loop, const struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++)
        if (events[i].data.ptr != NULL) /* NULL: the eventfd of loop_post.c */
            tell(events[i].data.ptr, events[i].events);
    if (loop->always_ready == 0)
        return;
    /* New watches come first in the list, so the walk ends. */
    for (struct loop_watch *watch = loop->watches; watch != NULL; watch = watch->next)
        if (watch->always)
            tell(watch, EPOLLIN | EPOLLOUT);
}
