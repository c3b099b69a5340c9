/* test_base_buffer.c - the buffer's invariants: always NUL-terminated, never over its ceiling. */
#include "base/buffer.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void an_empty_buffer_reads_as_empty_text(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT;
    assert_string_equal(buffer.data, "");
    buffer_clear(&buffer);
    buffer_truncate(&buffer, 0);
    buffer_remove(&buffer, 0, 5);
    assert_true(buffer_append(&buffer, NULL, 0));
    buffer_insert(&buffer, 0, NULL, 0);
    assert_int_equal(buffer.capacity, 0);
    buffer_release(&buffer);
    char *text = buffer_detach(&buffer);
    assert_string_equal(text, "");
    free(text);
}

static void appends_join(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT;
    assert_true(buffer_append_text(&buffer, "one"));
    assert_true(buffer_append_byte(&buffer, '\0'));
    assert_true(buffer_append(&buffer, "two", 3));
    assert_true(buffer_append_format(&buffer, "%d-%s", 3, "x"));
    assert_int_equal(buffer.length, 10);
    assert_memory_equal(buffer.data, "one\0two3-x", 11);
    assert_true(buffer_append_format(&buffer, "%0500d", 7));
    assert_int_equal(buffer.length, 510);
    assert_int_equal(buffer.data[509], '7');
    assert_int_equal(buffer.data[510], '\0');
    buffer_release(&buffer);
    assert_string_equal(buffer.data, "");
}

static void an_append_over_the_ceiling_is_refused_whole(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 10);
    assert_true(buffer_append_text(&buffer, "12345678"));
    assert_false(buffer.full);
    assert_false(buffer_append_text(&buffer, "90a"));
    assert_true(buffer.full);
    assert_string_equal(buffer.data, "12345678");
    assert_true(buffer_append_text(&buffer, "90"));
    assert_false(buffer_append_byte(&buffer, 'x'));
    buffer_insert(&buffer, 3, "x", 1);
    assert_string_equal(buffer.data, "1234567890");
    assert_false(buffer_append_format(&buffer, "%300d", 1));
    assert_null(buffer_reserve(&buffer, 1));
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_non_null(buffer_reserve(&buffer, 0));
    assert_true(buffer.capacity <= 11);
    buffer_clear(&buffer);
    assert_false(buffer.full);
    assert_string_equal(buffer.data, "");
    buffer_release(&buffer);
    assert_int_equal(buffer.ceiling, 10);
}

static void a_buffer_without_ceiling_has_the_common_one(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT;
    assert_non_null(buffer_reserve(&buffer, BUFFER_CEILING));
    assert_null(buffer_reserve(&buffer, (size_t)BUFFER_CEILING + 1));
    buffer_release(&buffer);
}

static void reserved_room_is_filled_by_the_caller(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT;
    char *room = buffer_reserve(&buffer, 1000);
    memset(room, 'a', 1000);
    buffer_added(&buffer, 1000);
    assert_int_equal(buffer.length, 1000);
    assert_int_equal(buffer.data[1000], '\0');
    buffer_release(&buffer);
}

static void content_is_cut_and_inserted(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT;
    buffer_append_text(&buffer, "hello world");
    buffer_remove(&buffer, 5, 6);
    assert_string_equal(buffer.data, "hello");
    buffer_insert(&buffer, 0, ">>", 2);
    buffer_insert(&buffer, 99, "<<", 2);
    buffer_insert(&buffer, 3, "H", 1);
    assert_string_equal(buffer.data, ">>hHello<<");
    buffer_remove(&buffer, 8, 99);
    buffer_remove(&buffer, 99, 1);
    assert_string_equal(buffer.data, ">>hHello");
    buffer_truncate(&buffer, 99);
    buffer_truncate(&buffer, 2);
    assert_string_equal(buffer.data, ">>");
    char *text = buffer_detach(&buffer);
    assert_string_equal(text, ">>");
    free(text);
    assert_int_equal(buffer.length, 0);
    assert_true(buffer_append_text(&buffer, "again"));
    buffer_release(&buffer);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_reads_as_empty_text),
        cmocka_unit_test(appends_join),
        cmocka_unit_test(an_append_over_the_ceiling_is_refused_whole),
        cmocka_unit_test(a_buffer_without_ceiling_has_the_common_one),
        cmocka_unit_test(reserved_room_is_filled_by_the_caller),
        cmocka_unit_test(content_is_cut_and_inserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
