/* loop.h - the one event loop: descriptors, timers, signals, deferred work, wake-ups from other threads.
 *
 * epoll, one timer heap, a signalfd, an eventfd.  Every callback runs on the loop's thread, from loop_run,
 * never from inside another callback.  Nothing here nests: no callback may run the loop.  With nothing to do
 * the loop sleeps without a time-out, so an idle program uses no CPU.
 *
 * A turn of the loop: wait; callbacks of ready descriptors, signals, due timers, posted work; deferred work
 * until none is left; then the before-wait hooks (the workbench paints there). */
#ifndef SANDGATE_LOOP_LOOP_H
#define SANDGATE_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct loop;
struct loop_watch;
struct loop_timer;
struct loop_signal;
struct loop_task;
struct loop_hook;

/* HANGUP (and error) is told even when not asked, and with it what was asked: reading or writing then meets
 * the end. */
enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4 };

/* From the first loop on SIGPIPE is ignored in this process: writing to a peer that is gone is an error. */
struct loop *loop_new(void);
void loop_free(struct loop *loop); /* everything added must have been removed before */

/* Runs turns until loop_stop. */
void loop_run(struct loop *loop);
/* One turn; waits at most TIMEOUT milliseconds (-1: as long as it takes).  For tests and for tools without a
 * session; never from a callback. */
void loop_turn(struct loop *loop, int timeout);
void loop_stop(struct loop *loop);

/* Watches FD (not owned; remove the watch before closing it; one watch a descriptor).  EVENTS may be 0 for a
 * while: nothing at all is told then.  What epoll refuses (regular files, /dev/null) is always ready. */
struct loop_watch *loop_watch_add(struct loop *loop, int fd, int events,
                                  void (*ready)(void *data, int events), void *data);
void loop_watch_set(struct loop_watch *watch, int events);
void loop_watch_remove(struct loop_watch *watch); /* NULL is fine; safe from any callback */

/* Calls once, AFTER milliseconds from now (0: in this turn or the next). The timer frees itself after it fired. */
struct loop_timer *loop_timer_add(struct loop *loop, int64_t after, void (*fire)(void *data), void *data);
void loop_timer_cancel(struct loop_timer *timer); /* NULL is fine; not after it fired */

/* Blocks SIGNAL for the process and tells of it here. Add signals before any thread starts. */
struct loop_signal *loop_signal_add(struct loop *loop, int signal, void (*arrived)(void *data, int signal),
                                    void *data);
void loop_signal_remove(struct loop_signal *signal);

/* Runs once at the end of this turn. The task frees itself after it ran. */
struct loop_task *loop_defer(struct loop *loop, void (*run)(void *data), void *data);
void loop_task_cancel(struct loop_task *task); /* NULL is fine; not after it ran */

/* Runs before each wait, in order of addition. */
struct loop_hook *loop_hook_add(struct loop *loop, void (*before_wait)(void *data), void *data);
void loop_hook_remove(struct loop_hook *hook);

/* From ANY thread: runs RUN on the loop's thread soon. Order of posts from one thread is kept. */
void loop_post(struct loop *loop, void (*run)(void *data), void *data);

/* How many times the loop has woken since it was made: a bench asks. */
uint64_t loop_wakeups(const struct loop *loop);

#endif
