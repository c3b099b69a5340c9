/* loop_private.h - what the files of the event loop know of one another; for src/loop/loop*.c alone.
 *
 * loop.c turns the crank; each kind of thing that can be waited for has a file of its own. */
#ifndef SANDGATE_LOOP_PRIVATE_H
#define SANDGATE_LOOP_PRIVATE_H

#include "loop/listeners.h"
#include "loop/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>

struct loop_post;

struct loop {
    int epoll;
    bool in_turn; /* callbacks may be running: nothing that they could still touch is freed */
    bool stopping;
    uint64_t wakeups;

    /* loop_watch.c */
    struct loop_watch *watches; /* newest first, the dead ones too until the end of the turn */
    size_t always_ready;        /* watches that epoll refuses and that ask for something */
    bool any_dead;

    /* loop_timer.c: a binary heap, the next due at 0 */
    struct loop_timer **timers;
    size_t timer_count, timer_capacity;
    uint64_t timer_sequence; /* of the next timer: those due at the same time fire in order of addition */

    /* loop_task.c */
    struct loop_task *first_task, *last_task;
    struct listeners hooks;

    /* loop_signal.c */
    struct listeners signals;
    unsigned signal_uses[NSIG];
    sigset_t signal_set;     /* what the signalfd takes */
    sigset_t signal_blocked; /* what was not blocked before we did */
    int signal_fd;           /* -1 while no signal is asked for */
    struct loop_watch *signal_watch;

    /* loop_post.c: the only part that other threads touch */
    pthread_mutex_t post_mutex;
    struct loop_post *first_post, *last_post;
    int post_fd; /* an eventfd, readable while there are posts */
};

void loop_watches_dispatch(struct loop *loop, const struct epoll_event *events, int count);
void loop_watches_sweep(struct loop *loop); /* frees the dead */

/* Milliseconds until the next timer is due, rounded up so that one wake-up is enough; -1: there is none. */
int loop_timers_wait(const struct loop *loop);
void loop_timers_fire(struct loop *loop);

void loop_tasks_run(struct loop *loop); /* until none is left */
void loop_hooks_run(struct loop *loop);

void loop_signals_init(struct loop *loop);

void loop_posts_init(struct loop *loop);
void loop_posts_run(struct loop *loop);
void loop_posts_release(struct loop *loop);

#endif
