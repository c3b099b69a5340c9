/* Repair of arguments and of servers' messages. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "model/repair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* WANT NULL: refused, with SENTENCE in what the model is told. */
static const struct {
    const char *text;
    const char *want;
    const char *sentence;
} complete_cases[] = {
    { "{\"a\": 1}", "{\"a\": 1}" },
    { " \n{\"a\":\t1}\r\n", "{\"a\":\t1}" },
    { "", "{}" },
    { "  ", "{}" },
    { "null", "{}" },
    { "\"\"", "{}" },
    { "\"{\\\"a\\\": 1}\"", "{\"a\": 1}" },
    { "\"{\\\"a\\\": \\\"b\"", NULL, "break off" },
    { "```json\n{\"a\": 1}\n```", "{\"a\": 1}" },
    { "```\n{\"a\": 1}\n```\n", "{\"a\": 1}" },
    { "{\"a\": \"x\ny\tz\r\"}", "{\"a\": \"x\\ny\\tz\\r\"}" },
    { "{\"a\": [1, 2, ], }", "{\"a\": [1, 2 ] }" },
    { "{\"a\": \"b,}\",}", "{\"a\": \"b,}\"}" },
    { "{\"a\": 1}{\"a\": 1}", "{\"a\": 1}" },
    { "{\"a\": 1} {\"a\": 1}\n{\"a\": 1}", "{\"a\": 1}" },
    { "{\"a\": 1}{\"a\": 2}", NULL, "not one JSON object" },
    { "{\"a\": 1}}]}", "{\"a\": 1}" },
    { "{\"a\": 1}</tool_call>", "{\"a\": 1}" },
    { "{\"a\": 1} and so on", NULL, "not one JSON object" },
    { "{\"a\": \"b\"", "{\"a\": \"b\"}" },
    { "{\"a\": [{\"b\": true", "{\"a\": [{\"b\": true}]}" },
    { "{\"a\": {}", "{\"a\": {}}" },
    { "{\"a\": \"b", NULL, "break off" },
    { "{\"a\": \"b\\\"", NULL, "break off" },
    { "{\"a\": 1", NULL, "break off" },
    { "{\"a\":", NULL, "break off" },
    { "{\"a\"", NULL, "not one JSON object" },
    { "{", NULL, "break off" },
    { "}", NULL, "not one JSON object" },
    { "[1]", NULL, "not an object" },
    { "7", NULL, "not an object" },
    { "ls -la", NULL, "not one JSON object" },
    { "{'a': 1}", NULL, "not one JSON object" },
    { "{\"a\": 1, \"a\": 2}", NULL, "not one JSON object" },
    { "{\"a\": \"\\u0000\"}", NULL, "not one JSON object" },
    { "{\"a\": \"\\$HOME\"}", NULL, "not one JSON object" },
    { "{\"a\": (1]}", NULL, "not one JSON object" },
    { "{\"a\": [1}", NULL, "not one JSON object" },
};

static void check(const char *text, bool complete, const char *want, const char *sentence)
{
    struct error error = ERROR_INIT;
    char *got = repair_arguments(text, strlen(text), complete, &error);
    if (want && !got)
        fail_msg("%s: refused: %s", text, error_message(&error));
    if (want)
        assert_string_equal(got, want);
    if (!want && got)
        fail_msg("%s: taken as %s", text, got);
    if (!want && !strstr(error_message(&error), sentence))
        fail_msg("%s: said: %s", text, error_message(&error));
    if (got) {
        char *again = repair_arguments(got, strlen(got), false, NULL);
        assert_string_equal(again, got);
        free(again);
    }
    free(got);
    error_clear(&error);
}

static void arguments_of_whole_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(complete_cases); i++)
        check(complete_cases[i].text, true, complete_cases[i].want, complete_cases[i].sentence);
}

static void nothing_is_added_to_a_cut_answer(void **state)
{
    (void)state;
    check("{\"a\": \"b\"", false, NULL, "break off");
    check("{\"a\": {}", false, NULL, "break off");
    check("{\"a\": \"b\"}", false, "{\"a\": \"b\"}", NULL);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    char text[300];
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, "{\"a\":", 5);
    check(text, true, NULL, "");
}

static void too_long_is_refused(void **state)
{
    (void)state;
    size_t length = ARGUMENTS_MAX + 1;
    char *text = xmalloc(length + 1);
    memset(text, ' ', length);
    text[length] = '\0';
    check(text, true, NULL, "over 8 MiB");
    free(text);
}

static const struct {
    const char *text, *want;
} messages[] = {
    { "{\"a\": \"b\"}", "{\"a\": \"b\"}" },
    { "\"\\u0000\"", "\"\\ufffd\"" },
    { "\"\\\\u0000\"", "\"\\\\u0000\"" },
    { "\"\\ud83c\\udf89\"", "\"\\ud83c\\udf89\"" },
    { "\"\\uD83C\\uDF89\"", "\"\\uD83C\\uDF89\"" },
    { "\"\\ud83c\"", "\"\\ufffd\"" },
    { "\"\\udf89\\ud83c x\"", "\"\\ufffd\\ufffd x\"" },
    { "\"\\ud83c\\u0041\"", "\"\\ufffd\\u0041\"" },
    { "\"\\u12\"", "\"\\u12\"" },
    { "a\xff"
      "b",
      "a\xef\xbf\xbd"
      "b" },
    { "a\\", "a\\" },
};

static void messages_of_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
        struct buffer out = BUFFER_INIT;
        assert_true(repair_message(messages[i].text, strlen(messages[i].text), &out));
        assert_string_equal(out.data, messages[i].want);
        buffer_release(&out);
    }
    struct buffer small;
    buffer_init(&small, 4);
    assert_false(repair_message("123456", 6, &small));
    buffer_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_of_whole_answers), cmocka_unit_test(nothing_is_added_to_a_cut_answer),
        cmocka_unit_test(deep_nesting_is_refused),    cmocka_unit_test(too_long_is_refused),
        cmocka_unit_test(messages_of_servers),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
