/* test_base_utf8.c - strict decoding, sequences cut by the end, clusters, columns, repair. */
#include "base/utf8.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void every_code_point_goes_round(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x110000; code++) {
        char text[4];
        size_t length = utf8_encode(code, text);
        uint32_t back;
        size_t size = utf8_decode(text, length, &back);
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        if (surrogate ? back != UTF8_BAD || size != 1 : back != code || size != length)
            fail_msg("U+%04X", code);
        assert_int_equal(utf8_valid(text, length), !surrogate);
        for (size_t cut = 1; cut < length && !surrogate; cut++) {
            assert_int_equal(utf8_decode(text, cut, &back), 1);
            assert_true(back == UTF8_BAD);
            assert_int_equal(utf8_partial_tail(text, cut), cut);
        }
        assert_int_equal(utf8_partial_tail(text, length), 0);
    }
}

static void bad_sequences_cost_one_byte(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xc3(",
        "\xe2\x82(",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        uint32_t code;
        assert_int_equal(utf8_decode(texts[i], strlen(texts[i]), &code), 1);
        assert_true(code == UTF8_BAD);
        assert_false(utf8_valid(texts[i], strlen(texts[i])));
    }
}

static void the_first_bad_byte_is_told(void **state)
{
    (void)state;
    assert_int_equal(utf8_valid_length("", 0), 0);
    assert_int_equal(utf8_valid_length("0123456789abcdef\xc3\xa9\xff", 19), 18);
    assert_int_equal(utf8_valid_length("\xff", 1), 0);
    assert_int_equal(utf8_valid_length("ab\xc3", 3), 2);
}

static void partial_tails_are_measured(void **state)
{
    (void)state;
    assert_int_equal(utf8_partial_tail("", 0), 0);
    assert_int_equal(utf8_partial_tail("a\xe2\x82", 3), 2);
    assert_int_equal(utf8_partial_tail("a\x82\x82", 3), 0);
    assert_int_equal(utf8_partial_tail("\xed\xa0", 2), 0); /* would be a surrogate: bad, not cut */
    assert_int_equal(utf8_partial_tail("\xff", 1), 0);
    assert_int_equal(utf8_partial_tail("\xf0\x9f\x98", 3), 3);
}

static void clusters_are_what_a_person_sees(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t first;
    } rows[] = {
        { "ab", 1 },
        { "e\xcc\x81x", 3 },
        { "\r\nx", 2 },
        { "\n\xcc\x81", 1 },
        { "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7x", 11 },
        { "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xa9", 8 },
        { "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd.", 8 },
        { "1\xef\xb8\x8f\xe2\x83\xa3"
          "2",
          7 },
        { "a\xff", 1 },
        { "\xff\xcc\x81", 1 },
        { "e\xcc", 1 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t first = utf8_cluster(rows[i].text, strlen(rows[i].text));
        if (first != rows[i].first)
            fail_msg("row %zu: %zu", i, first);
    }
}

static void columns_are_the_terminals(void **state)
{
    (void)state;
    assert_int_equal(utf8_code_columns('a'), 1);
    assert_int_equal(utf8_code_columns(0x4e2d), 2);
    assert_int_equal(utf8_code_columns(0x301), 0);
    assert_int_equal(utf8_code_columns(0x1f468), 2);
    assert_int_equal(utf8_code_columns(0), -1);
    assert_int_equal(utf8_code_columns('\n'), -1);
    assert_int_equal(utf8_code_columns(0x7f), -1);
    assert_int_equal(utf8_code_columns(0x378), -1);
    assert_int_equal(utf8_code_columns(UTF8_BAD), -1);
}

static void bad_bytes_are_repaired(void **state)
{
    (void)state;
    struct buffer out = BUFFER_INIT;
    utf8_repair(&out,
                "a\xff"
                "b\xe2\x82"
                "c\0d\xc3\xa9\xf0",
                11);
    assert_int_equal(out.length, 19);
    assert_memory_equal(out.data,
                        "a\xef\xbf\xbd"
                        "b\xef\xbf\xbd\xef\xbf\xbd"
                        "c\0d\xc3\xa9\xef\xbf\xbd",
                        20);
    assert_true(utf8_valid(out.data, out.length));
    buffer_release(&out);
    utf8_repair(&out, "", 0);
    assert_int_equal(out.length, 0);
    buffer_release(&out);
}

int main(void)
{
    alarm(600);
    utf8_set_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_goes_round),     cmocka_unit_test(bad_sequences_cost_one_byte),
        cmocka_unit_test(the_first_bad_byte_is_told),      cmocka_unit_test(partial_tails_are_measured),
        cmocka_unit_test(clusters_are_what_a_person_sees), cmocka_unit_test(columns_are_the_terminals),
        cmocka_unit_test(bad_bytes_are_repaired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
