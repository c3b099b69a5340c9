/* watch.c - telling that the entries of a folder changed.
 *
 * A watch tells once and then waits to be armed again; what changes meanwhile is told at that moment.  So a
 * program that makes a million files costs the host as many messages as it asks for. */
#include "sandbox/jail/jail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct watch {
    struct watch *next;
    uint64_t id;
    int number; /* of inotify; folders watched twice share one; -1: the folder is gone */
    bool armed, changed;
};

static const uint32_t matters = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
                                IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

static void tell(struct watch *watch)
{
    if (!watch->armed || !watch->changed)
        return;
    watch->armed = watch->changed = false;
    channel_send(JAIL_CHANGED, watch->id, NULL, 0, NULL, 0);
}

static void add(struct jail *jail, uint64_t id, const char *path)
{
    if (jail->notify < 0)
        jail->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    struct watch *watch = jail_allocate(NULL, sizeof(*watch));
    int number = jail->notify < 0 ? -1 : inotify_add_watch(jail->notify, path, matters);
    *watch = (struct watch){ .next = jail->watches, .id = id, .number = number, .armed = true };
    jail->watches = watch;
}

static bool is_shared(const struct jail *jail, const struct watch *one)
{
    for (const struct watch *watch = jail->watches; watch; watch = watch->next) {
        if (watch != one && watch->number == one->number)
            return true;
    }
    return false;
}

static void remove_watch(struct jail *jail, struct watch **link)
{
    struct watch *watch = *link;
    if (watch->number >= 0 && !is_shared(jail, watch))
        inotify_rm_watch(jail->notify, watch->number);
    *link = watch->next;
    free(watch);
}

void watch_message(struct jail *jail, const struct message *message)
{
    if (message->header.type == JAIL_WATCH) {
        add(jail, message->header.id, message->payload);
        return;
    }
    struct watch **link = &jail->watches;
    while (*link && (*link)->id != message->header.id)
        link = &(*link)->next;
    if (!*link)
        return;
    if (message->header.type == JAIL_UNWATCH) {
        remove_watch(jail, link);
        return;
    }
    (*link)->armed = true;
    tell(*link);
}

/* An overflow names no folder: everything may have changed. */
static void mark(struct jail *jail, const struct inotify_event *event)
{
    for (struct watch *watch = jail->watches; watch; watch = watch->next) {
        if (event->mask & IN_Q_OVERFLOW || watch->number == event->wd) {
            watch->changed = true;
            if (event->mask & IN_IGNORED)
                watch->number = -1;
        }
    }
}

void watch_turn(struct jail *jail)
{
    char bytes[16 * 1024] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t length = read(jail->notify, bytes, sizeof(bytes));
    for (ssize_t at = 0; at < length;) {
        const struct inotify_event *event = (const void *)(bytes + at);
        mark(jail, event);
        at += (ssize_t)sizeof(*event) + event->len;
    }
    for (struct watch *watch = jail->watches; watch; watch = watch->next)
        tell(watch);
}
