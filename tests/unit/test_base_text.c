/* test_base_text.c - memory, errors, clock and hash: the small stones that make texts. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/texts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void memory_is_copied(void **state)
{
    (void)state;
    char *text = xstrndup("abcdef", 3);
    assert_string_equal(text, "abc");
    free(text);
    text = xstrndup("ab", 30);
    assert_string_equal(text, "ab");
    free(text);
    text = xasprintf("%s-%d", "a", 7);
    assert_string_equal(text, "a-7");
    free(text);
    assert_null(xstrdup_or_null(NULL));
    void *nothing = xmalloc(0);
    assert_non_null(nothing);
    nothing = xrealloc(nothing, 0);
    assert_non_null(nothing);
    free(nothing);
    nothing = xcalloc(0, 8);
    assert_non_null(nothing);
    free(nothing);
    nothing = xmemdup("", 0);
    assert_non_null(nothing);
    free(nothing);
}

static void arrays_double(void **state)
{
    (void)state;
    size_t capacity = 0;
    int *numbers = NULL;
    for (size_t i = 0; i < 1000; i++) {
        numbers = array_reserve(numbers, &capacity, i + 1, sizeof *numbers);
        assert_true(capacity > i);
        numbers[i] = (int)i;
    }
    assert_int_equal(numbers[999], 999);
    assert_int_equal(capacity, 1024);
    int *same = array_reserve(numbers, &capacity, 1024, sizeof *numbers);
    assert_ptr_equal(same, numbers);
    free(same);
}

static void errors_carry_a_sentence(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    assert_string_equal(error_message(&error), "unknown error");
    assert_string_equal(error_message(NULL), "unknown error");
    assert_false(error_set(&error, "cannot do %d", 1));
    assert_string_equal(error_message(&error), "cannot do 1");
    assert_int_equal(error.number, 0);
    assert_false(error_set_errno(&error, ENOENT, "cannot open %s", "x"));
    assert_string_equal(error_message(&error), "cannot open x: No such file or directory");
    assert_int_equal(error.number, ENOENT);
    assert_false(error_prefix(&error, "line %d", 3));
    assert_string_equal(error_message(&error), "line 3: cannot open x: No such file or directory");
    assert_int_equal(error.number, ENOENT);
    /* A sentence may be made of the one that is there. */
    assert_false(error_set(&error, "again: %s", error_message(&error)));
    assert_string_equal(error_message(&error), "again: line 3: cannot open x: No such file or directory");
    error_clear(&error);
    assert_null(error.message);
    error_clear(&error);
    error_clear(NULL);
    assert_false(error_set(NULL, "nobody hears"));
    assert_false(error_set_errno(NULL, ENOENT, "nobody hears"));
    assert_false(error_prefix(NULL, "nobody hears"));
}

static void times_are_written(void **state)
{
    (void)state;
    static const struct {
        int64_t milliseconds;
        const char *text;
    } spans[] = {
        { -5, "0.0s" },        { 0, "0.0s" },        { 449, "0.4s" },      { 9999, "9.9s" },
        { 10000, "10s" },      { 59999, "59s" },     { 60000, "1m00s" },   { 185000, "3m05s" },
        { 3599999, "59m59s" }, { 3600000, "1h00m" }, { 7440000, "2h04m" }, { 360000000, "100h00m" },
    };
    char text[CLOCK_TEXT];
    for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
        clock_format_span(spans[i].milliseconds, text);
        assert_string_equal(text, spans[i].text);
    }
    clock_format(1795183385123, text);
    assert_string_equal(text, "2026-11-20T14:03:05.123Z");
    clock_format(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    clock_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    clock_format(INT64_MAX, text);
    assert_true(strlen(text) < CLOCK_TEXT);
}

static void the_wall_clock_can_be_frozen(void **state)
{
    (void)state;
    setenv("SANDGATE_TEST_TIME", "1795183385123", 1);
    assert_true(clock_wall() == 1795183385123);
    unsetenv("SANDGATE_TEST_TIME");
    assert_true(clock_wall() > 1600000000000);
    int64_t before = clock_steady_micro();
    assert_true(clock_steady_micro() >= before);
    assert_true(clock_steady() >= before / 1000);
}

static void texts_are_lists(void **state)
{
    (void)state;
    static const char *const given[] = { "a", "", "bc", NULL };
    char **texts = texts_copy(given), **none = texts_copy(NULL), **grown = NULL;

    assert_int_equal(texts_count(given), 3);
    assert_int_equal(texts_count(NULL), 0);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(texts[i], given[i]);
    assert_null(texts[3]);
    assert_null(none[0]);
    texts_add(&grown, "x");
    texts_add(&grown, "y");
    assert_string_equal(grown[1], "y");
    assert_null(grown[2]);
    texts_free(texts);
    texts_free(none);
    texts_free(grown);
    texts_free(NULL);
}

static void uuids_differ(void **state)
{
    (void)state;
    char one[UUID_TEXT], other[UUID_TEXT];

    random_uuid(one);
    random_uuid(other);
    assert_int_equal(strlen(one), UUID_TEXT - 1);
    assert_int_equal(strspn(one, "0123456789abcdef-"), UUID_TEXT - 1);
    assert_int_equal(one[14], '4');
    assert_non_null(strchr("89ab", one[19]));
    assert_string_not_equal(one, other);
}

static void md5_is_that_of_the_rfc(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "d41d8cd98f00b204e9800998ecf8427e" },
        { "abc", "900150983cd24fb0d6963f7d28e17f72" },
        { "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
          "57edf4a22be3c955ac49da2e2107b67a" },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
          "d174ab98d277d9f5a5611c2c9f419d9f" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct hash *md5 = hash_new_md5();
        unsigned char digest[HASH_MD5_BYTES];
        char text[2 * HASH_MD5_BYTES + 1];
        for (const char *at = rows[i][0]; *at; at++)
            hash_add(md5, at, 1);
        hash_finish_bytes(md5, digest);
        for (int k = 0; k < HASH_MD5_BYTES; k++)
            snprintf(text + 2 * k, 3, "%02x", digest[k]);
        assert_string_equal(text, rows[i][1]);
    }
}

static void hashes_are_sha256(void **state)
{
    (void)state;
    char text[HASH_TEXT], other[HASH_TEXT];
    hash_text("", 0, text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hash_text("abc", 3, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct hash *hash = hash_new();
    hash_add(hash, "a", 1);
    hash_add(hash, "bc", 2);
    hash_finish(hash, other);
    assert_string_equal(text, other);
    hash = hash_new();
    hash_add_field(hash, "ab", 2);
    hash_add_field(hash, "c", 1);
    hash_finish(hash, text);
    hash = hash_new();
    hash_add_field(hash, "a", 1);
    hash_add_field(hash, "bc", 2);
    hash_finish(hash, other);
    assert_string_not_equal(text, other);
    hash_text("\0\0\0\0\0\0\0\2ab\0\0\0\0\0\0\0\1c", 19, other);
    assert_string_equal(text, other);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_copied),
        cmocka_unit_test(arrays_double),
        cmocka_unit_test(errors_carry_a_sentence),
        cmocka_unit_test(times_are_written),
        cmocka_unit_test(the_wall_clock_can_be_frozen),
        cmocka_unit_test(hashes_are_sha256),
        cmocka_unit_test(texts_are_lists),
        cmocka_unit_test(uuids_differ),
        cmocka_unit_test(md5_is_that_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
