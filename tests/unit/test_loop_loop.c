/* test_loop_loop.c - the event loop: what is told, in which order, and what may be removed from where. */
#include "base/clock.h"
#include "loop/loop.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What the callbacks of a test share: a loop, a pipe, and the order in which things were told. */
struct scene {
    struct loop *loop;
    int pipe[2];
    char told[256];
    int count, limit;
    int events;         /* of the last watch told */
    int64_t latest_due; /* clock_steady: of the timers that fired */
    struct loop_watch *watches[2];
    struct loop_timer *timer;
    struct loop_task *task;
    struct loop_hook *hook;
    struct loop_signal *signals[2];
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    scene->loop = loop_new();
    *state = scene;
    return pipe2(scene->pipe, O_CLOEXEC | O_NONBLOCK);
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    loop_free(scene->loop);
    close(scene->pipe[0]);
    close(scene->pipe[1]);
    free(scene);
    return 0;
}

static void told(struct scene *scene, const char *what)
{
    size_t length = strlen(scene->told);
    snprintf(scene->told + length, sizeof(scene->told) - length, "%s ", what);
}

static void until_limit(struct scene *scene)
{
    if (++scene->count >= scene->limit)
        loop_stop(scene->loop);
}

/* --- descriptors --- */

static void read_some(void *data, int events)
{
    struct scene *scene = data;
    char bytes[64];
    scene->events = events;
    ssize_t count = read(scene->pipe[0], bytes, sizeof(bytes) - 1);
    told(scene, count > 0 ? "bytes" : count == 0 ? "end" : "nothing");
}

static void pipe_tells_bytes_then_end(void **state)
{
    struct scene *scene = *state;
    struct loop_watch *watch = loop_watch_add(scene->loop, scene->pipe[0], LOOP_READ, read_some, scene);
    loop_turn(scene->loop, 0);
    assert_string_equal(scene->told, "");
    assert_int_equal(write(scene->pipe[1], "x", 1), 1);
    loop_turn(scene->loop, -1);
    assert_int_equal(scene->events, LOOP_READ);
    close(scene->pipe[1]);
    loop_turn(scene->loop, -1);
    assert_int_equal(scene->events, LOOP_READ | LOOP_HANGUP);
    assert_string_equal(scene->told, "bytes end ");
    loop_watch_remove(watch);
    scene->pipe[1] = dup(scene->pipe[0]);
}

static void silenced_watch_hears_not_even_the_end(void **state)
{
    struct scene *scene = *state;
    struct loop_watch *watch = loop_watch_add(scene->loop, scene->pipe[0], LOOP_READ, read_some, scene);
    loop_watch_set(watch, 0);
    assert_int_equal(write(scene->pipe[1], "x", 1), 1);
    close(scene->pipe[1]);
    loop_turn(scene->loop, 0);
    assert_string_equal(scene->told, "");
    loop_watch_set(watch, LOOP_READ);
    loop_turn(scene->loop, -1);
    loop_turn(scene->loop, -1);
    assert_string_equal(scene->told, "bytes end ");
    loop_watch_remove(watch);
    scene->pipe[1] = dup(scene->pipe[0]);
}

static void remove_both(void *data, int events)
{
    struct scene *scene = data;
    (void)events;
    told(scene, "one");
    for (int i = 0; i < 2; i++) {
        loop_watch_remove(scene->watches[i]);
        loop_watch_remove(scene->watches[i]); /* still marked only: a second time is harmless here */
    }
}

static void watch_removed_in_a_callback_is_not_told(void **state)
{
    struct scene *scene = *state;
    int other = dup(scene->pipe[1]);
    scene->watches[0] = loop_watch_add(scene->loop, scene->pipe[1], LOOP_WRITE, remove_both, scene);
    scene->watches[1] = loop_watch_add(scene->loop, other, LOOP_WRITE, remove_both, scene);
    loop_turn(scene->loop, -1);
    loop_turn(scene->loop, 0);
    assert_string_equal(scene->told, "one ");
    close(other);
}

static void replace_watch(void *data, int events)
{
    struct scene *scene = data;
    assert_int_equal(events, LOOP_WRITE);
    told(scene, "ready");
    loop_watch_remove(scene->watches[0]);
    scene->watches[0] = loop_watch_add(scene->loop, scene->pipe[1], LOOP_WRITE, replace_watch, scene);
    until_limit(scene);
}

static void watch_may_be_replaced_by_itself(void **state)
{
    struct scene *scene = *state;
    scene->limit = 3;
    scene->watches[0] = loop_watch_add(scene->loop, scene->pipe[1], LOOP_WRITE, replace_watch, scene);
    loop_run(scene->loop);
    assert_string_equal(scene->told, "ready ready ready ");
    loop_watch_remove(scene->watches[0]);
}

static void replace_file_watch(void *data, int events)
{
    struct scene *scene = data;
    scene->events = events;
    told(scene, "ready");
    loop_watch_remove(scene->watches[0]);
    scene->watches[0] = loop_watch_add(scene->loop, scene->pipe[0], LOOP_READ, replace_file_watch, scene);
}

static void what_epoll_refuses_is_always_ready(void **state)
{
    struct scene *scene = *state;
    const char *const paths[] = { "/dev/null", "/proc/self/exe" };
    for (size_t i = 0; i < 2; i++) {
        close(scene->pipe[0]);
        scene->pipe[0] = open(paths[i], O_RDONLY | O_CLOEXEC);
        scene->told[0] = '\0';
        scene->watches[0] = loop_watch_add(scene->loop, scene->pipe[0], LOOP_READ, replace_file_watch, scene);
        loop_turn(scene->loop, -1);
        assert_int_equal(scene->events, LOOP_READ);
        loop_turn(scene->loop, -1);
        assert_string_equal(scene->told, "ready ready ");
        loop_watch_set(scene->watches[0], 0);
        loop_turn(scene->loop, 0);
        assert_string_equal(scene->told, "ready ready ");
        loop_watch_set(scene->watches[0], LOOP_READ);
        loop_turn(scene->loop, -1);
        assert_string_equal(scene->told, "ready ready ready ");
        loop_watch_remove(scene->watches[0]);
    }
}

/* --- timers --- */

struct alarm_clock {
    struct scene *scene;
    const char *name;
    struct loop_timer *timer;
    int64_t due, latest; /* clock_steady: not before the one, and planned for not after the other */
};

static void ring(void *data)
{
    struct alarm_clock *clock = data;
    clock->timer = NULL;
    assert_true(clock_steady() >= clock->due);
    told(clock->scene, clock->name);
    until_limit(clock->scene);
}

static void alarm_clock_set(struct alarm_clock *clock, struct scene *scene, const char *name, int64_t after)
{
    *clock = (struct alarm_clock){ .scene = scene, .name = name, .due = clock_steady() + after };
    clock->timer = loop_timer_add(scene->loop, after, ring, clock);
}

static void timers_fire_in_order_and_never_early(void **state)
{
    struct scene *scene = *state;
    struct alarm_clock clocks[5];
    scene->limit = 4;
    alarm_clock_set(&clocks[0], scene, "late", 500);
    alarm_clock_set(&clocks[1], scene, "first", 0);
    alarm_clock_set(&clocks[2], scene, "second", 0);
    alarm_clock_set(&clocks[3], scene, "cancelled", 5);
    alarm_clock_set(&clocks[4], scene, "early", 15);
    loop_timer_cancel(clocks[3].timer);
    loop_timer_cancel(NULL);
    loop_run(scene->loop);
    assert_string_equal(scene->told, "first second early late ");
}

enum { MANY_TIMERS = 500 };

/* None after one that was due for certain only later. */
static void check_order(void *data)
{
    struct alarm_clock *clock = data;
    clock->timer = NULL;
    assert_true(clock_steady() >= clock->due);
    assert_true(clock->latest >= clock->scene->latest_due);
    if (clock->due > clock->scene->latest_due)
        clock->scene->latest_due = clock->due;
    until_limit(clock->scene);
}

/* A fixed sequence of additions and cancellations, so that every way through the heap is taken. */
static void many_timers_keep_their_order(void **state)
{
    struct scene *scene = *state;
    struct alarm_clock *clocks = calloc(MANY_TIMERS, sizeof(*clocks));
    uint32_t random = 12345;
    scene->limit = MANY_TIMERS;
    for (int i = 0; i < MANY_TIMERS; i++) {
        random = random * 1664525 + 1013904223;
        clocks[i].scene = scene;
        int64_t after = (random >> 16) % 20 * 10;
        clocks[i].due = clock_steady() + after;
        clocks[i].timer = loop_timer_add(scene->loop, after, check_order, &clocks[i]);
        clocks[i].latest = clock_steady() + after;
    }
    for (int i = 0; i < MANY_TIMERS; i += 3) {
        loop_timer_cancel(clocks[i].timer);
        scene->limit--;
    }
    loop_run(scene->loop);
    for (int i = 0; i < MANY_TIMERS; i++)
        assert_true(clocks[i].timer == NULL || i % 3 == 0);
    free(clocks);
}

static void ring_again(void *data)
{
    struct scene *scene = data;
    told(scene, "timer");
    scene->timer = loop_timer_add(scene->loop, 0, ring_again, scene);
    until_limit(scene);
}

static void timer_that_adds_itself_lets_others_in(void **state)
{
    struct scene *scene = *state;
    scene->limit = 2;
    scene->timer = loop_timer_add(scene->loop, 0, ring_again, scene);
    assert_int_equal(write(scene->pipe[1], "x", 1), 1);
    struct loop_watch *watch = loop_watch_add(scene->loop, scene->pipe[0], LOOP_READ, read_some, scene);
    loop_turn(scene->loop, -1);
    assert_string_equal(scene->told, "bytes timer ");
    loop_watch_remove(watch);
    loop_timer_cancel(scene->timer);
}

static void cancel_the_other(void *data)
{
    struct scene *scene = data;
    told(scene, "one");
    loop_timer_cancel(scene->timer);
}

static void timer_cancelled_in_a_callback_does_not_fire(void **state)
{
    struct scene *scene = *state;
    loop_timer_add(scene->loop, 0, cancel_the_other, scene);
    scene->timer = loop_timer_add(scene->loop, 0, cancel_the_other, scene);
    loop_turn(scene->loop, -1);
    loop_turn(scene->loop, 0);
    assert_string_equal(scene->told, "one ");
}

/* --- tasks and hooks --- */

static void task_last(void *data)
{
    told(data, "last");
}

static void task_first(void *data)
{
    struct scene *scene = data;
    told(scene, "first");
    loop_task_cancel(scene->task);
    loop_defer(scene->loop, task_last, scene);
}

static void hook(void *data)
{
    told(data, "hook");
}

static void hook_once(void *data)
{
    struct scene *scene = data;
    told(scene, "once");
    loop_hook_remove(scene->hook);
}

static void turn_ends_with_tasks_then_hooks(void **state)
{
    struct scene *scene = *state;
    scene->hook = loop_hook_add(scene->loop, hook_once, scene);
    struct loop_hook *other = loop_hook_add(scene->loop, hook, scene);
    loop_defer(scene->loop, task_first, scene);
    scene->task = loop_defer(scene->loop, task_last, scene);
    loop_turn(scene->loop, -1); /* does not wait: there is work */
    assert_string_equal(scene->told, "first last once hook ");
    loop_turn(scene->loop, 0);
    assert_string_equal(scene->told, "first last once hook hook ");
    loop_hook_remove(other);
    loop_hook_remove(NULL);
    loop_task_cancel(NULL);
}

static void stop(void *data)
{
    struct scene *scene = data;
    told(scene, "stop");
    loop_stop(scene->loop);
}

static void hooks_run_before_the_first_wait(void **state)
{
    struct scene *scene = *state;
    struct loop_hook *added = loop_hook_add(scene->loop, stop, scene);
    loop_run(scene->loop); /* would wait for ever */
    assert_string_equal(scene->told, "stop ");
    assert_int_equal(loop_wakeups(scene->loop), 0);
    loop_hook_remove(added);
}

/* --- signals --- */

static void signal_arrived(void *data, int signal)
{
    told(data, signal == SIGUSR1 ? "usr1" : "usr2");
}

static void remove_both_signals(void *data, int signal)
{
    struct scene *scene = data;
    (void)signal;
    told(scene, "removes");
    loop_signal_remove(scene->signals[0]);
    loop_signal_remove(scene->signals[1]);
}

static bool is_blocked(int signal)
{
    sigset_t set;
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    return sigismember(&set, signal) == 1;
}

static void signals_are_told_to_who_asked(void **state)
{
    struct scene *scene = *state;
    struct loop_signal *one = loop_signal_add(scene->loop, SIGUSR1, signal_arrived, scene);
    struct loop_signal *two = loop_signal_add(scene->loop, SIGUSR2, signal_arrived, scene);
    kill(getpid(), SIGUSR1);
    loop_turn(scene->loop, -1);
    kill(getpid(), SIGUSR2);
    loop_turn(scene->loop, -1);
    assert_string_equal(scene->told, "usr1 usr2 ");
    loop_signal_remove(one);
    assert_false(is_blocked(SIGUSR1));
    assert_true(is_blocked(SIGUSR2));
    loop_signal_remove(two);
    loop_signal_remove(NULL);
    assert_false(is_blocked(SIGUSR2));
}

static void signals_may_be_removed_while_told(void **state)
{
    struct scene *scene = *state;
    scene->signals[0] = loop_signal_add(scene->loop, SIGUSR1, remove_both_signals, scene);
    scene->signals[1] = loop_signal_add(scene->loop, SIGUSR1, signal_arrived, scene);
    kill(getpid(), SIGUSR1);
    loop_turn(scene->loop, -1);
    assert_string_equal(scene->told, "removes ");
    assert_false(is_blocked(SIGUSR1));
}

/* --- posts --- */

enum { POSTERS = 4, POSTS = 2000 };

struct poster {
    struct scene *scene;
    pthread_t thread;
    int arrived; /* counted on the loop's thread */
    bool in_order;
};

struct parcel {
    struct poster *poster;
    int number;
};

static void parcel_arrives(void *data)
{
    struct parcel *parcel = data;
    if (parcel->number != parcel->poster->arrived++)
        parcel->poster->in_order = false;
    until_limit(parcel->poster->scene);
    free(parcel);
}

static void *post_many(void *data)
{
    struct poster *poster = data;
    for (int i = 0; i < POSTS; i++) {
        struct parcel *parcel = malloc(sizeof(*parcel));
        *parcel = (struct parcel){ poster, i };
        loop_post(poster->scene->loop, parcel_arrives, parcel);
    }
    return NULL;
}

static void posts_of_threads_arrive_in_order(void **state)
{
    struct scene *scene = *state;
    struct poster posters[POSTERS];
    scene->limit = POSTERS * POSTS;
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){ .scene = scene, .in_order = true };
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]), 0);
    }
    loop_run(scene->loop);
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(posters[i].thread, NULL);
        assert_true(posters[i].in_order);
        assert_int_equal(posters[i].arrived, POSTS);
    }
}

/* --- idle --- */

static void idle_loop_does_not_wake(void **state)
{
    struct scene *scene = *state;
    struct loop_watch *watch = loop_watch_add(scene->loop, scene->pipe[0], LOOP_READ, read_some, scene);
    struct loop_signal *signal = loop_signal_add(scene->loop, SIGUSR1, signal_arrived, scene);
    struct loop_hook *added = loop_hook_add(scene->loop, hook, scene);
    struct alarm_clock clock;
    scene->limit = 1;
    alarm_clock_set(&clock, scene, "timer", 50);
    loop_run(scene->loop);
    assert_int_equal(loop_wakeups(scene->loop), 1); /* the timer's own, and no other */
    loop_hook_remove(added);
    loop_signal_remove(signal);
    loop_watch_remove(watch);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        SCENE_TEST(pipe_tells_bytes_then_end),
        SCENE_TEST(silenced_watch_hears_not_even_the_end),
        SCENE_TEST(watch_removed_in_a_callback_is_not_told),
        SCENE_TEST(watch_may_be_replaced_by_itself),
        SCENE_TEST(what_epoll_refuses_is_always_ready),
        SCENE_TEST(timers_fire_in_order_and_never_early),
        SCENE_TEST(many_timers_keep_their_order),
        SCENE_TEST(timer_that_adds_itself_lets_others_in),
        SCENE_TEST(timer_cancelled_in_a_callback_does_not_fire),
        SCENE_TEST(turn_ends_with_tasks_then_hooks),
        SCENE_TEST(hooks_run_before_the_first_wait),
        SCENE_TEST(signals_are_told_to_who_asked),
        SCENE_TEST(signals_may_be_removed_while_told),
        SCENE_TEST(posts_of_threads_arrive_in_order),
        SCENE_TEST(idle_loop_does_not_wake),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
