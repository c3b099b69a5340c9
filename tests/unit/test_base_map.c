/* test_base_map.c - order, replacement and removal, and who frees the values. */
#include "base/map.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void an_empty_map_holds_nothing(void **state)
{
    (void)state;
    struct map *map = map_new(NULL);
    assert_int_equal(map_count(map), 0);
    assert_null(map_get(map, "a"));
    assert_false(map_has(map, ""));
    assert_false(map_remove(map, "a"));
    assert_null(map_key_at(map, 0));
    assert_null(map_value_at(map, 0));
    map_free(map);
    map_free(NULL);
    assert_null(map_get(NULL, "a"));
    assert_int_equal(map_count(NULL), 0);
}

static void order_is_that_of_insertion(void **state)
{
    (void)state;
    struct map *map = map_new(NULL);
    int values[3];
    map_set(map, "b", &values[0]);
    map_set(map, "a", &values[1]);
    map_set(map, "", &values[2]);
    map_set(map, "b", &values[1]);
    assert_int_equal(map_count(map), 3);
    assert_string_equal(map_key_at(map, 0), "b");
    assert_ptr_equal(map_value_at(map, 0), &values[1]);
    assert_string_equal(map_key_at(map, 2), "");
    assert_true(map_remove(map, "a"));
    assert_false(map_remove(map, "a"));
    assert_string_equal(map_key_at(map, 1), "");
    assert_ptr_equal(map_get(map, ""), &values[2]);
    map_set(map, "a", NULL);
    assert_string_equal(map_key_at(map, 2), "a");
    assert_true(map_has(map, "a"));
    assert_null(map_get(map, "a"));
    map_free(map);
}

static void values_are_freed_when_asked(void **state)
{
    (void)state; /* the sanitizer sees what is not freed, or twice */
    struct map *map = map_new(free);
    map_set(map, "a", xstrdup("1"));
    map_set(map, "a", xstrdup("2"));
    map_set(map, "a", map_get(map, "a"));
    map_set(map, "b", xstrdup("3"));
    map_set(map, "c", NULL);
    assert_true(map_remove(map, "b"));
    assert_string_equal(map_get(map, "a"), "2");
    map_free(map);
}

static void keys_are_copied(void **state)
{
    (void)state;
    char key[] = "key";
    struct map *map = map_new(NULL);
    map_set(map, key, key);
    key[0] = 'x';
    assert_true(map_has(map, "key"));
    assert_false(map_has(map, "xey"));
    map_free(map);
}

static void many_keys_are_found_again(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    struct map *map = map_new(NULL);
    char key[32];
    for (intptr_t i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "%ld", (long)(i * 1024));
        map_set(map, key, (void *)(i + 1));
    }
    for (intptr_t i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "%ld", (long)(i * 1024));
        assert_int_equal((intptr_t)map_get(map, key), i + 1);
        assert_string_equal(map_key_at(map, (size_t)i), key);
    }
    assert_false(map_has(map, "1"));
    map_free(map);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_holds_nothing),  cmocka_unit_test(order_is_that_of_insertion),
        cmocka_unit_test(values_are_freed_when_asked), cmocka_unit_test(keys_are_copied),
        cmocka_unit_test(many_keys_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
