/* test_modal_toml.c - what the TOML reader takes, what it refuses and in which line, and that an edit touches
 * one value alone. */
#include "modal/toml.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct toml *read_good(const char *text)
{
    struct error error = ERROR_INIT;
    struct toml *toml = toml_parse(text, strlen(text), &error);

    if (!toml)
        fail_msg("%s: %s", text, error_message(&error));
    return toml;
}

static void tables_and_values_are_read(void **state)
{
    (void)state;
    struct toml *toml =
        read_good("top = 1\n\n# a comment\n[default] # of a header\n"
                  "token_id=\"ak-1\"\n\ttoken_secret = 'a\\s' # secret\n"
                  "wait = -1_000\r\nratio = 2.5e-1\nactive = true\n[ \"two words\" ]\noff = false");
    assert_int_equal(toml->count, 3);
    assert_int_equal(toml_entry(toml_table(toml, ""), "top")->integer, 1);
    const struct toml_table *table = toml_table(toml, "default");
    assert_int_equal(table->line, 4);
    assert_int_equal(table->count, 5);
    assert_string_equal(toml_entry(table, "token_id")->text, "ak-1");
    assert_string_equal(toml_entry(table, "token_secret")->text, "a\\s");
    assert_int_equal(toml_entry(table, "token_secret")->line, 6);
    assert_int_equal(toml_entry(table, "wait")->kind, TOML_INTEGER);
    assert_int_equal(toml_entry(table, "wait")->integer, -1000);
    assert_int_equal(toml_entry(table, "ratio")->kind, TOML_FLOAT);
    assert_string_equal(toml_entry(table, "ratio")->text, "2.5e-1");
    assert_true(toml_true(table, "active"));
    assert_false(toml_true(table, "wait"));
    assert_false(toml_true(toml_table(toml, "two words"), "off"));
    assert_null(toml_table(toml, "three"));
    assert_null(toml_entry(NULL, "x"));
    toml_free(toml);
}

static void escapes_are_read(void **state)
{
    (void)state;
    struct toml *toml =
        read_good("a = \"\\b\\t\\n\\f\\r\\\"\\\\ \\u00E9 \\U0001F600\"\n\"k e\\ty\" = \"\"\n");
    const struct toml_table *table = toml_table(toml, "");

    assert_string_equal(toml_entry(table, "a")->text, "\b\t\n\f\r\"\\ \u00e9 \U0001F600");
    assert_string_equal(toml_entry(table, "k e\ty")->text, "");
    toml_free(toml);
}

static void refuse(const char *text, size_t length, const char *wanted)
{
    struct error error = ERROR_INIT;

    assert_null(toml_parse(text, length, &error));
    if (!strstr(error_message(&error), wanted))
        fail_msg("\"%s\": \"%s\" was expected, not \"%s\"", text, wanted, error_message(&error));
    error_clear(&error);
}

static void what_is_not_understood_is_an_error_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        { "a", "line 1: \"=\" is expected" },
        { "\n= 1", "line 2: a name is expected" },
        { "a = ", "line 1: only strings" },
        { "a = \n1", "line 1: only strings" },
        { "a = [1]", "line 1: only strings" },
        { "a = {b = 1}", "line 1: only strings" },
        { "a = \"\"\"x\"\"\"", "line 1: only strings" },
        { "a = '''x'''", "line 1: only strings" },
        { "a = 1979-05-27", "line 1: something unexpected" },
        { "a = 0x10", "line 1: something unexpected" },
        { "a = 010", "line 1: only strings" },
        { "a = 1__0", "line 1: only strings" },
        { "a = 1_", "line 1: only strings" },
        { "a = 1.", "line 1: only strings" },
        { "a = inf", "line 1: only strings" },
        { "a = yes", "line 1: only strings" },
        { "a = truely", "line 1: something unexpected" },
        { "a = 99999999999999999999", "line 1: a number is too large" },
        { "a = \"x", "line 1: a text is not closed" },
        { "a = \"x\ny\"", "line 1: a text is not closed" },
        { "a = \"\\q\"", "line 1: a text holds an unknown escape" },
        { "a = \"\\", "line 1: a text holds an unknown escape" },
        { "a = \"\\u12\"", "line 1: \\u takes four" },
        { "a = \"\\u0000\"", "line 1: a \\u names" },
        { "a = \"\\ud800\"", "line 1: a \\u names" },
        { "a = 1 b = 2", "line 1: something unexpected" },
        { "a = 1\na = 2", "line 2: this name stands in its table a second time" },
        { "a.b = 1", "line 1: names with dots" },
        { "[a.b]", "line 1: names with dots" },
        { "[[a]]", "line 1: arrays of tables" },
        { "[a]\n[a]", "line 2: this table stands here a second time" },
        { "[]", "line 1: a name is expected" },
        { "[\"\"]", "line 1: a table's header" },
        { "[a", "line 1: a table's header" },
        { "[a] b", "line 1: something unexpected" },
        { "# \x01", "line 1: a comment holds a control character" },
        { "\n\na = \"\xff\"", "line 3: the file is not UTF-8" },
        { "a = 1\rb = 2", "line 1: something unexpected" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        refuse(cases[i].text, strlen(cases[i].text), cases[i].wanted);
    refuse("a = 1\nb\0 = 2", 12, "line 2: the file is not UTF-8");
}

static void expect_set(const char *before, const char *name, const char *key, const char *value,
                       const char *after)
{
    struct buffer text = BUFFER_INIT;
    struct error error = ERROR_INIT;

    buffer_append_text(&text, before);
    if (!toml_set(&text, name, key, value, &error))
        fail_msg("%s", error_message(&error));
    assert_string_equal(text.data, after);
    buffer_release(&text);
}

static void an_edit_touches_one_value(void **state)
{
    (void)state;
    expect_set("", "a", "k", "1", "[a]\nk = 1\n");
    expect_set("[a]", "a", "k", "1", "[a]\nk = 1\n");
    expect_set("[a]\n  k =\t'x'   # why\n[b]\n", "a", "k", "\"y\"", "[a]\n  k =\t\"y\"   # why\n[b]\n");
    expect_set("[a]\nj = 1\n\n# of b\n[b]\nk = 2\n", "a", "k", "3",
               "[a]\nj = 1\nk = 3\n\n# of b\n[b]\nk = 2\n");
    expect_set("[a]\r\nj = 1", "a", "k", "3", "[a]\r\nj = 1\r\nk = 3\r\n");
    expect_set("[a]\nj = 1", "b", "k", "3", "[a]\nj = 1\n\n[b]\nk = 3\n");
    expect_set("[a]\nj = 1\n", "two words", "k", "3", "[a]\nj = 1\n\n[\"two words\"]\nk = 3\n");
    expect_set("# only a comment", "b", "k", "3", "# only a comment\n\n[b]\nk = 3\n");
}

static void an_edit_of_what_is_not_understood_is_refused(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT;
    struct error error = ERROR_INIT;

    buffer_append_text(&text, "[a]\nk = [1]\n");
    assert_false(toml_set(&text, "a", "j", "1", &error));
    assert_string_equal(text.data, "[a]\nk = [1]\n");
    assert_non_null(strstr(error_message(&error), "line 2"));
    error_clear(&error);
    buffer_release(&text);
}

static void any_text_comes_back(void **state)
{
    (void)state;
    static const char any[] = "a\"b\\c\t\n\x7f\u00e9 \x01";
    struct buffer text = BUFFER_INIT;

    buffer_append_text(&text, "k = ");
    toml_append_text(&text, any);
    struct toml *toml = read_good(text.data);
    assert_string_equal(toml_entry(toml_table(toml, ""), "k")->text, any);
    toml_free(toml);
    buffer_release(&text);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_and_values_are_read),
        cmocka_unit_test(escapes_are_read),
        cmocka_unit_test(what_is_not_understood_is_an_error_with_its_line),
        cmocka_unit_test(an_edit_touches_one_value),
        cmocka_unit_test(an_edit_of_what_is_not_understood_is_refused),
        cmocka_unit_test(any_text_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
