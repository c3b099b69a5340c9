/* listeners.h - a list of who wants to be told; safe to change while telling.
 *
 * One added while telling hears of the next matter, one removed while telling hears nothing more (tmux
 * events.c: a generation count and a dead mark). */
#ifndef SANDGATE_LOOP_LISTENERS_H
#define SANDGATE_LOOP_LISTENERS_H

struct listener;
struct listeners {
    struct listener *first;
    struct listener *last;
    unsigned generation;
    unsigned telling; /* depth of listeners_tell */
};

#define LISTENERS_INIT { 0 }

typedef void listener_function(void *data, const void *matter);

struct listener *listeners_add(struct listeners *listeners, listener_function *hear, void *data);
void listeners_remove(struct listeners *listeners, struct listener *listener); /* NULL is fine */
void listeners_tell(struct listeners *listeners, const void *matter);
void listeners_release(struct listeners *listeners);

#endif
