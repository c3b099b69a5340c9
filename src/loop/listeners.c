/* listeners.c - a doubly linked list; while it is being told, the removed are only marked dead and the added
 * carry the generation of the telling they missed. */
#include "loop/listeners.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

struct listener {
    struct listener *next, *previous;
    listener_function *hear;
    void *data;
    unsigned generation; /* of the telling during which it was added; 0: of none */
    bool dead;
};

struct listener *listeners_add(struct listeners *listeners, listener_function *hear, void *data)
{
    struct listener *listener = xcalloc(1, sizeof(*listener));
    *listener = (struct listener){
        .previous = listeners->last, .hear = hear, .data = data, .generation = listeners->generation
    };
    if (listeners->last != NULL)
        listeners->last->next = listener;
    else
        listeners->first = listener;
    listeners->last = listener;
    return listener;
}

static void drop(struct listeners *listeners, struct listener *listener)
{
    if (listener->previous != NULL)
        listener->previous->next = listener->next;
    else
        listeners->first = listener->next;
    if (listener->next != NULL)
        listener->next->previous = listener->previous;
    else
        listeners->last = listener->previous;
    free(listener);
}

void listeners_remove(struct listeners *listeners, struct listener *listener)
{
    if (listener == NULL)
        return;
    if (listeners->telling > 0)
        listener->dead = true;
    else
        drop(listeners, listener);
}

/* Nobody is being told any more: the dead go, and generations start again, so that they never run over. */
static void settle(struct listeners *listeners)
{
    listeners->generation = 0;
    for (struct listener *listener = listeners->first, *next; listener != NULL; listener = next) {
        next = listener->next;
        listener->generation = 0;
        if (listener->dead)
            drop(listeners, listener);
    }
}

void listeners_tell(struct listeners *listeners, const void *matter)
{
    unsigned generation = ++listeners->generation;
    listeners->telling++;
    for (struct listener *listener = listeners->first; listener != NULL; listener = listener->next)
        if (!listener->dead && listener->generation < generation)
            listener->hear(listener->data, matter);
    if (--listeners->telling == 0)
        settle(listeners);
}

void listeners_release(struct listeners *listeners)
{
    if (listeners->telling > 0)
        bug("a list of listeners was released while it was being told");
    while (listeners->first != NULL)
        drop(listeners, listeners->first);
    listeners->generation = 0;
}
