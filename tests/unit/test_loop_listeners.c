/* test_loop_listeners.c - who hears what, when the list changes while it is being told. */
#include "loop/listeners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct scene;

struct ear {
    struct scene *scene;
    char name;
    struct listener *listener;
    void (*react)(struct ear *ear); /* NULL: only listens */
};

struct scene {
    struct listeners listeners;
    struct ear ears[8];
    char heard[64];
};

static void hear(void *data, const void *matter)
{
    struct ear *ear = data;
    size_t length = strlen(ear->scene->heard);
    snprintf(ear->scene->heard + length, sizeof(ear->scene->heard) - length, "%c%s ", ear->name,
             (const char *)matter);
    if (ear->react != NULL)
        ear->react(ear);
}

static struct ear *ear_add(struct scene *scene, int index, void (*react)(struct ear *ear))
{
    struct ear *ear = &scene->ears[index];
    *ear = (struct ear){ .scene = scene, .name = (char)('a' + index), .react = react };
    ear->listener = listeners_add(&scene->listeners, hear, ear);
    return ear;
}

static void all_hear_in_order(void **state)
{
    (void)state;
    struct scene scene = { .listeners = LISTENERS_INIT };
    for (int i = 0; i < 3; i++)
        ear_add(&scene, i, NULL);
    listeners_tell(&scene.listeners, "1");
    listeners_remove(&scene.listeners, scene.ears[1].listener);
    listeners_remove(&scene.listeners, NULL);
    listeners_tell(&scene.listeners, "2");
    assert_string_equal(scene.heard, "a1 b1 c1 a2 c2 ");
    listeners_release(&scene.listeners);
    listeners_tell(&scene.listeners, "3");
    assert_string_equal(scene.heard, "a1 b1 c1 a2 c2 ");
}

static void remove_self_and_next(struct ear *ear)
{
    listeners_remove(&ear->scene->listeners, ear->listener);
    listeners_remove(&ear->scene->listeners, ear[1].listener);
}

static void removed_while_telling_hears_no_more(void **state)
{
    (void)state;
    struct scene scene = { .listeners = LISTENERS_INIT };
    ear_add(&scene, 0, remove_self_and_next);
    ear_add(&scene, 1, NULL);
    ear_add(&scene, 2, NULL);
    listeners_tell(&scene.listeners, "1");
    listeners_tell(&scene.listeners, "2");
    assert_string_equal(scene.heard, "a1 c1 c2 ");
    listeners_release(&scene.listeners);
}

static void add_another(struct ear *ear)
{
    ear->react = NULL;
    ear_add(ear->scene, 1, NULL);
}

static void added_while_telling_hears_the_next(void **state)
{
    (void)state;
    struct scene scene = { .listeners = LISTENERS_INIT };
    ear_add(&scene, 0, add_another);
    listeners_tell(&scene.listeners, "1");
    listeners_tell(&scene.listeners, "2");
    assert_string_equal(scene.heard, "a1 a2 b2 ");
    listeners_release(&scene.listeners);
}

static void add_and_tell(struct ear *ear)
{
    ear->react = NULL;
    ear_add(ear->scene, 2, NULL);
    listeners_tell(&ear->scene->listeners, "inner");
    listeners_remove(&ear->scene->listeners, ear->listener);
}

/* c is added during the outer telling: it hears the inner one, which came after, and not the outer one. */
static void tellings_nest(void **state)
{
    (void)state;
    struct scene scene = { .listeners = LISTENERS_INIT };
    ear_add(&scene, 0, add_and_tell);
    ear_add(&scene, 1, NULL);
    listeners_tell(&scene.listeners, "outer");
    assert_string_equal(scene.heard, "aouter ainner binner cinner bouter ");
    scene.heard[0] = '\0';
    listeners_tell(&scene.listeners, "2");
    assert_string_equal(scene.heard, "b2 c2 ");
    listeners_release(&scene.listeners);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_hear_in_order),
        cmocka_unit_test(removed_while_telling_hears_no_more),
        cmocka_unit_test(added_while_telling_hears_the_next),
        cmocka_unit_test(tellings_nest),
    };
    return cmocka_run_group_tests_name("loop listeners", tests, NULL, NULL);
}
