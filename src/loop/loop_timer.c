/* loop_timer.c - timers, in a binary heap ordered by when they are due, then by when they were added. */
#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop_private.h"

#include <limits.h>
#include <stdlib.h>

struct loop_timer {
    struct loop *loop;
    int64_t due; /* microseconds of the steady clock */
    uint64_t sequence;
    size_t index; /* in the heap */
    void (*fire)(void *data);
    void *data;
};

enum { MICRO = 1000 }; /* microseconds in a millisecond */

static bool earlier(const struct loop_timer *one, const struct loop_timer *other)
{
    return one->due != other->due ? one->due < other->due : one->sequence < other->sequence;
}

static void place(struct loop *loop, size_t index, struct loop_timer *timer)
{
    loop->timers[index] = timer;
    timer->index = index;
}

static void sift_up(struct loop *loop, struct loop_timer *timer)
{
    size_t index = timer->index;
    while (index > 0 && earlier(timer, loop->timers[(index - 1) / 2])) {
        place(loop, index, loop->timers[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    place(loop, index, timer);
}

static void sift_down(struct loop *loop, struct loop_timer *timer)
{
    size_t index = timer->index;
    for (;;) {
        size_t child = 2 * index + 1;
        if (child + 1 < loop->timer_count && earlier(loop->timers[child + 1], loop->timers[child]))
            child++;
        if (child >= loop->timer_count || !earlier(loop->timers[child], timer))
            break;
        place(loop, index, loop->timers[child]);
        index = child;
    }
    place(loop, index, timer);
}

static void take_out(struct loop_timer *timer)
{
    struct loop *loop = timer->loop;
    struct loop_timer *last = loop->timers[--loop->timer_count];
    if (last == timer)
        return;
    place(loop, timer->index, last);
    sift_up(loop, last);
    sift_down(loop, last);
}

struct loop_timer *loop_timer_add(struct loop *loop, int64_t after, void (*fire)(void *data), void *data)
{
    if (after < 0)
        after = 0;
    if (after > INT_MAX)
        after = INT_MAX; /* what one wait can take: 24 days */
    struct loop_timer *timer = xcalloc(1, sizeof(*timer));
    *timer = (struct loop_timer){ .loop = loop,
                                  .due = clock_steady_micro() + after * MICRO,
                                  .sequence = loop->timer_sequence++,
                                  .index = loop->timer_count,
                                  .fire = fire,
                                  .data = data };
    loop->timers =
        array_reserve(loop->timers, &loop->timer_capacity, loop->timer_count + 1, sizeof(*loop->timers));
    loop->timer_count++;
    sift_up(loop, timer);
    return timer;
}

void loop_timer_cancel(struct loop_timer *timer)
{
    if (timer == NULL)
        return;
    take_out(timer);
    free(timer);
}

int loop_timers_wait(const struct loop *loop)
{
    if (loop->timer_count == 0)
        return -1;
    int64_t left = loop->timers[0]->due - clock_steady_micro();
    if (left <= 0)
        return 0;
    int64_t wait = (left + MICRO - 1) / MICRO;
    return wait > INT_MAX ? INT_MAX : (int)wait;
}

/* Fires what is due now and was there before: a timer of 0 that adds itself again must let the others in. */
void loop_timers_fire(struct loop *loop)
{
    if (loop->timer_count == 0)
        return;
    int64_t now = clock_steady_micro();
    uint64_t end = loop->timer_sequence;
    while (loop->timer_count > 0 && loop->timers[0]->due <= now && loop->timers[0]->sequence < end) {
        struct loop_timer fired = *loop->timers[0];
        loop_timer_cancel(loop->timers[0]);
        fired.fire(fired.data);
    }
}
