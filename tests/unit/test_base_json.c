/* test_base_json.c - what json.h promises: what is refused, what is kept, how it is printed. */
#include "base/json.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct json *parse(const char *text)
{
    struct error error = ERROR_INIT;
    struct json *json = json_parse(text, strlen(text), &error);
    if (!json)
        fail_msg("%s: %s", text, error_message(&error));
    return json;
}

static void assert_round_trip(const char *text, const char *wanted)
{
    struct json *json = parse(text);
    char *printed = json_print(json);
    assert_string_equal(printed, wanted);
    free(printed);
    struct json *copy = json_copy(json);
    json_free(json);
    printed = json_print(copy);
    assert_string_equal(printed, wanted);
    free(printed);
    json_free(copy);
}

static void good_texts_are_printed_again(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "null", "null" },
        { " true ", "true" },
        { "[ ]", "[]" },
        { "{ }", "{}" },
        { "[1, 2.50 ,-0,1E+5]", "[1,2.50,-0,1E+5]" },
        { "123456789012345678901234567890", "123456789012345678901234567890" },
        { "{\"b\":1,\"a\":[{},[]],\"B\":\"\"}", "{\"b\":1,\"a\":[{},[]],\"B\":\"\"}" },
        { "\"\\u0041\\n\\t\\/\\\\\\\"\\b\\f\\r\"", "\"A\\n\\t/\\\\\\\"\\b\\f\\r\"" },
        { "\"\\u001b\\u007f\x7f\\u0080\"", "\"\\u001b\\u007f\\u007f\xc2\x80\"" },
        { "\"\\ud83d\\uDE00\\u20ac\\u00e9\"", "\"\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9\"" },
        { "{\"\":{\"\":[null,false]}}", "{\"\":{\"\":[null,false]}}" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_round_trip(rows[i][0], rows[i][1]);
}

struct refusal {
    const char *text;
    const char *sentence; /* a part of it */
};

static void assert_refused(const char *text, size_t length, const char *sentence)
{
    struct error error = ERROR_INIT;
    struct json *json = json_parse(text, length, &error);
    if (json)
        fail_msg("was taken: %s", text);
    if (!strstr(error_message(&error), sentence))
        fail_msg("%s: the sentence is \"%s\", not \"%s\"", text, error_message(&error), sentence);
    error_clear(&error);
    assert_null(json_parse(text, length, NULL));
}

static void bad_texts_are_refused(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        { "", "ends at byte 0" },
        { "  ", "ends at byte 2" },
        { "nul", "at byte 0, a value" },
        { "True", "a value" },
        { "NaN", "a value" },
        { "'a'", "a value" },
        { "[1,]", "at byte 3, a value" },
        { "[1 2]", "at byte 3, a comma or ]" },
        { "[1", "ends at byte 2" },
        { "{\"a\" 1}", "a colon" },
        { "{\"a\":1,}", "a key in quotes" },
        { "{a:1}", "at byte 1, a key in quotes" },
        { "{\"a\":1", "a comma or }" },
        { "{\"a\"", "a colon" },
        { "01", "behind the value" },
        { "1 1", "at byte 2, something stands behind" },
        { "{} x", "behind the value" },
        { "-", "a digit" },
        { "1.", "a digit" },
        { ".5", "a value" },
        { "1e", "a digit" },
        { "+1", "a value" },
        { "\"a", "not closed" },
        { "\"a\\", "not closed" },
        { "\"a\\\"", "not closed" },
        { "\"a\nb\"", "control character" },
        { "\"\\x41\"", "escape does not exist" },
        { "\"\\u12g4\"", "hexadecimal" },
        { "\"\\u12\"", "hexadecimal" },
        { "\"ls\\u0000; rm\"", "\\u0000 is not allowed" },
        { "\"\\ud800\"", "surrogate" },
        { "\"\\udc00\"", "surrogate" },
        { "\"\\ud800\\u0041\"", "surrogate" },
        { "\"\\ud800x\"", "surrogate" },
        { "\"\xff\"", "at byte 1, a byte is not UTF-8" },
        { "\"\xc0\x80\"", "not UTF-8" },
        { "\"\xed\xa0\x80\"", "not UTF-8" },
        { "\"\xe2\x82\"", "not UTF-8" },
        { "\xef\xbb\xbf{}", "a value" },
        { "{\"a\":1,\"b\":2,\"a\":3}", "the key \"a\" twice" },
        { "[{\"a\":1,\"\\u0061\":2}]", "the object at byte 1 has the key \"a\" twice" },
        { "/**/1", "a value" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_refused(rows[i].text, strlen(rows[i].text), rows[i].sentence);
    assert_refused("\"a\0b\"", 5, "control character");
    assert_refused("1\0", 2, "behind the value");
    assert_refused("\0", 1, "a value");
}

/* Every cut of a good text is bad: nothing is ever taken for whole that is not. */
static void cut_texts_are_refused(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[1.5e3,true,null,{\"b\":\"\\ud83d\\ude00\xe2\x82\xac\\n\"}],\"c\":\"x\"}";
    for (size_t length = 0; length < sizeof text - 1; length++) {
        char *cut = xmemdup(text, length); /* without a NUL behind it, for the sanitizer's eyes */
        assert_null(json_parse(cut, length, NULL));
        free(cut);
    }
    json_free(parse(text));
}

static void nesting_ends_at_64(void **state)
{
    (void)state;
    char text[200];
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    json_free(json_parse(text, 128, NULL));
    struct json *deep = json_parse(text, 128, NULL);
    assert_non_null(deep);
    json_free(deep);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    assert_refused(text, 130, "nested deeper than 64");
    memset(text, '[', sizeof text);
    assert_refused(text, sizeof text, "nested deeper");
}

static void integers_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } rows[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "9007199254740993", true, 9007199254740993 },
        { "1.0", true, 1 },
        { "-1.50e1", true, -15 },
        { "1e3", true, 1000 },
        { "1E+18", true, 1000000000000000000 },
        { "1e19", false, 0 },
        { "1.5", false, 0 },
        { "15e-1", false, 0 },
        { "1500e-2", true, 15 },
        { "100.0", true, 100 },
        { "100500.00", true, 100500 },
        { "0e999999999999999999999", true, 0 },
        { "0.0000000000000000000000001e26", true, 10 },
        { "1e99999999999999999999", false, 0 },
        { "1e-99999999999999999999", false, 0 },
        { "9223372036854775807.0", true, INT64_MAX },
        { "92233720368547758070e-1", true, INT64_MAX },
        { "111111111111111111111111111111.0", false, 0 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct json *json = parse(rows[i].text);
        int64_t value = 0;
        if (json_integer(json, &value) != rows[i].good || value != rows[i].value)
            fail_msg("%s gave %lld", rows[i].text, (long long)value);
        json_free(json);
    }
}

static void getters_answer_not_there(void **state)
{
    (void)state;
    int64_t integer;
    struct json *json = parse("{\"Name\":\"x\",\"n\":7,\"f\":2.5,\"b\":true,\"l\":[1,2,3],\"z\":null}");
    assert_null(json_get(json, "name"));
    assert_string_equal(json_get_text(json, "Name"), "x");
    assert_int_equal(json_get_integer(json, "n", 0), 7);
    assert_int_equal(json_get_integer(json, "f", -1), -1);
    assert_int_equal(json_get_integer(json, "Name", -1), -1);
    assert_true(json_get_number(json, "f", 0) == 2.5);
    assert_true(json_get_number(json, "b", 9) == 9);
    assert_true(json_get_boolean(json, "b", false));
    assert_true(json_get_boolean(json, "n", true));
    assert_int_equal(json_type(json_get(json, "z")), JSON_NULL);
    assert_true(json_is(json_get(json, "z"), JSON_NULL));
    assert_false(json_is(json_get(json, "nothing"), JSON_NULL));
    const struct json *list = json_get(json, "l");
    assert_int_equal(json_count(list), 3);
    assert_true(json_integer(json_at(list, 2), &integer));
    assert_int_equal(integer, 3);
    assert_null(json_at(list, 3));
    assert_null(json_at(json, 0));
    assert_null(json_value_at(list, 0));
    assert_string_equal(json_key_at(json, 1), "n");
    assert_null(json_key_at(json, 6));
    assert_int_equal(json_count(json), 6);
    json_free(json);
    assert_null(json_get(NULL, "a"));
    assert_null(json_text(NULL));
    assert_int_equal(json_count(NULL), 0);
    assert_false(json_integer(NULL, &integer));
    assert_int_equal(json_type(NULL), JSON_NULL);
    json_free(NULL);
    assert_null(json_copy(NULL));
}

static void values_are_built(void **state)
{
    (void)state;
    struct json *json = json_new_object();
    json_set_text(json, "t", "a\x1b[31m\xff");
    json_set_text(json, "none", NULL);
    json_set_text_length(json, "nul", "a\0b\xc3", 4);
    json_set_integer(json, "i", INT64_MIN);
    json_set_number(json, "d", 0.1);
    json_set_number(json, "inf", 1.0 / 0.0);
    json_set_boolean(json, "b", true);
    struct json *list = json_new_array();
    for (int i = 0; i < 9; i++)
        json_add(list, json_new_integer(i));
    json_set(json, "l", list);
    json_set_text(json, "i", "replaced");
    json_set_integer(json, "t", 1);
    json_set_integer(json, "l\xff", 2);
    char *text = json_print(json);
    assert_string_equal(text, "{\"t\":1,\"none\":null,\"nul\":\"a\xe2\x90\x80"
                              "b\xef\xbf\xbd\",\"i\":\"replaced\","
                              "\"d\":0.1,\"inf\":null,\"b\":true,\"l\":[0,1,2,3,4,5,6,7,8],"
                              "\"l\xef\xbf\xbd\":2}");
    struct json *again = parse(text);
    free(text);
    json_free(again);
    json_set_integer(json, "t", 5);
    struct json *copy = json_copy(json);
    json_free(json);
    json_set(copy, "l", json_new_null());
    json_set(copy, "new", json_new_array());
    assert_int_equal(json_get_integer(copy, "t", 0), 5);
    assert_string_equal(json_key_at(copy, 9), "new");
    json_free(copy);
}

/* Not timed: with anything quadratic in it the alarm ends this. */
static void large_texts_take_linear_time(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT;
    buffer_append_byte(&text, '{');
    for (int i = 0; i < 200000; i++)
        buffer_append_format(&text, "%s\"key-%d\":%d", i ? "," : "", i, i);
    buffer_append_text(&text, ",\"long\":\"");
    for (int i = 0; i < 1000000; i++)
        buffer_append_text(&text, "0123456\\n\xc3\xa9");
    buffer_append_text(&text, "\"}");
    struct json *json = json_parse(text.data, text.length, NULL);
    assert_non_null(json);
    for (size_t i = 0; i < 200000; i++) {
        int64_t value;
        assert_true(json_integer(json_value_at(json, i), &value));
        assert_int_equal(value, i);
    }
    char *printed = json_print(json);
    assert_string_equal(printed, text.data);
    free(printed);
    json_free(json);
    buffer_release(&text);
}

static void too_many_values_are_refused(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT;
    buffer_append_byte(&text, '[');
    for (int i = 0; i < 1 << 20; i++)
        buffer_append_text(&text, "0,");
    buffer_append_text(&text, "0]");
    assert_refused(text.data, text.length, "more than 1048576 values");
    buffer_release(&text);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_texts_are_printed_again),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(cut_texts_are_refused),
        cmocka_unit_test(nesting_ends_at_64),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(getters_answer_not_there),
        cmocka_unit_test(values_are_built),
        cmocka_unit_test(large_texts_take_linear_time),
        cmocka_unit_test(too_many_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
