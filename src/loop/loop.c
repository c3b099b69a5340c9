/* loop.c - the crank: one wait, then everybody who has something to hear of.
 *
 * What may be freed while callbacks run is only marked, and swept when the turn is over; so removing a watch,
 * a listener or oneself is safe wherever one stands.  The wait has a time-out only when a timer asks for one. */
#include "loop/loop.h"

#include "base/log.h"
#include "base/memory.h"
#include "loop/loop_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVENTS_PER_WAIT = 64 };

struct loop *loop_new(void)
{
    struct loop *loop = xcalloc(1, sizeof(*loop));
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0)
        bug("an event loop could not be made: %s", strerror(errno));
    signal(SIGPIPE, SIG_IGN);
    loop_signals_init(loop);
    loop_posts_init(loop);
    return loop;
}

/* What its owner forgot is left to the leak checker, which knows where it was added. */
void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    if (loop->in_turn)
        bug("the event loop was freed from one of its own callbacks");
    if (loop->watches != NULL || loop->timer_count > 0 || loop->first_task != NULL)
        log_line("loop", "freed with watches, timers or tasks still there");
    loop_posts_release(loop);
    listeners_release(&loop->hooks);
    listeners_release(&loop->signals);
    close(loop->epoll);
    free(loop->timers);
    free(loop);
}

static int wait_time(const struct loop *loop, int timeout)
{
    if (loop->always_ready > 0 || loop->first_task != NULL)
        return 0;
    int timer = loop_timers_wait(loop);
    if (timer < 0)
        return timeout;
    return timeout >= 0 && timeout < timer ? timeout : timer;
}

/* The end of a turn, also done once before the first wait: what is painted must be so before we sleep. */
static void settle(struct loop *loop)
{
    loop_tasks_run(loop);
    loop_hooks_run(loop);
    loop_watches_sweep(loop);
    loop->in_turn = false;
}

static void begin(struct loop *loop)
{
    if (loop->in_turn)
        bug("the event loop was run from one of its own callbacks");
    loop->in_turn = true;
}

void loop_turn(struct loop *loop, int timeout)
{
    begin(loop);
    struct epoll_event events[EVENTS_PER_WAIT];
    int count = epoll_wait(loop->epoll, events, EVENTS_PER_WAIT, wait_time(loop, timeout));
    if (count < 0 && errno != EINTR)
        bug("waiting for events failed: %s", strerror(errno));
    loop->wakeups++;
    loop_watches_dispatch(loop, events, count);
    loop_timers_fire(loop);
    loop_posts_run(loop);
    settle(loop);
}

void loop_run(struct loop *loop)
{
    begin(loop);
    settle(loop);
    while (!loop->stopping)
        loop_turn(loop, -1);
    loop->stopping = false;
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

uint64_t loop_wakeups(const struct loop *loop)
{
    return loop->wakeups;
}
