/* test_conf_values.c - numbers, sizes, spans and texts: one spelling each, and a sentence for the others. */
#include "conf/values.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "conf/numbers.h"
#include "conf/options.h"
#include "conf/plain.h"
#include "conf/problems.h"
#include "conf/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Reads TEXT as a file would hold it: VALUE (released by the caller), or the problem. */
static bool read_yaml(const char *path, const char *text, struct value *value, struct error *error)
{
    struct problems problems = PROBLEMS_INIT;
    struct yaml_value *node = yaml_tree_read(text, strlen(text), &problems);
    *value = (struct value){ 0 };
    if (node)
        value_read(value, conf_option(path), node, &problems);
    yaml_tree_free(node);
    return problems_finish(&problems, error);
}

static void assert_read(const char *path, const char *text, const char *wanted)
{
    struct value value;
    struct error error = ERROR_INIT;
    if (!read_yaml(path, text, &value, &error))
        fail_msg("%s", error_message(&error));
    assert_string_equal(value.text, wanted);
    value_release(&value);
}

static void assert_refused(const char *path, const char *text, const char *wanted)
{
    struct value value;
    struct error error = ERROR_INIT;
    if (read_yaml(path, text, &value, &error))
        fail_msg("%s was taken as %s", text, path);
    assert_null(value.text);
    assert_string_equal(error_message(&error), wanted);
    error_clear(&error);
}

static void integers_have_one_spelling(void **state)
{
    (void)state;
    int64_t value;
    assert_true(number_integer("0", &value) && value == 0);
    assert_true(number_integer("-12", &value) && value == -12);
    assert_true(number_integer("9223372036854775807", &value) && value == INT64_MAX);
    static const char *const bad[] = {
        "", "-", "+1", "010", "0x1F", "1_000", "1:30", "1.0", "1e3", " 1", "1 ", "--1", "9223372036854775808"
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(number_integer(bad[i], &value));
}

static void decimals_have_one_spelling(void **state)
{
    (void)state;
    double value;
    assert_true(number_decimal("0.5", &value) && value == 0.5);
    assert_true(number_decimal("-2", &value) && value == -2);
    assert_true(number_decimal("1e-3", &value) && value == 0.001);
    static const char *const bad[] = { "",     ".5",  "1.",    "01.5", "1e",   "inf",
                                       ".inf", "nan", "0x1p3", "1,5",  "1e999" };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(number_decimal(bad[i], &value));
}

static void sizes_and_spans_have_units(void **state)
{
    (void)state;
    int64_t value;
    assert_true(number_size("512", &value) && value == 512);
    assert_true(number_size("64K", &value) && value == 65536);
    assert_true(number_size("2G", &value) && value == 2147483648);
    assert_true(number_span("0", &value) && value == 0);
    assert_true(number_span("250ms", &value) && value == 250);
    assert_true(number_span("5m", &value) && value == 300000);
    assert_true(number_span("1d", &value) && value == 86400000);
    static const char *const bad_sizes[] = {
        "", "K", "1k", "1KB", "1 K", "-1", "1.5G", "01K", "9999999999T"
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad_sizes); i++)
        assert_false(number_size(bad_sizes[i], &value));
    static const char *const bad_spans[] = {
        "", "10", "s", "1S", "1m30s", "-1s", "1.5h", "999999999999999d"
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad_spans); i++)
        assert_false(number_span(bad_spans[i], &value));
}

static void sizes_and_spans_print_shortest(void **state)
{
    (void)state;
    struct buffer out = BUFFER_INIT;
    number_print_size(&out, 2147483648);
    number_print_size(&out, 1536 * 1024);
    number_print_size(&out, 0);
    number_print_span(&out, 600000);
    number_print_span(&out, 90000);
    number_print_span(&out, 0);
    assert_string_equal(out.data, "2G1536K010m90s0");
    buffer_release(&out);
}

static void each_type_takes_its_own(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "model.name", "qwen3", "qwen3" },
        { "model.name", "\"5\"", "5" },
        { "model.name", "|\n  two words\n", "two words" },
        { "model.url", "https://Host:8000/v1", "https://Host:8000/v1" },
        { "terminal.cwd", "/repo", "/repo" },
        { "ui.theme", "light", "light" },
        { "ui.theme", "./mine.yaml", "./mine.yaml" },
        { "approval.mode", "auto", "auto" },
        { "terminal.network", "true", "true" },
        { "agent.max_turns", "7", "7" },
        { "model.temperature", "0.7", "0.7" },
        { "terminal.memory", "512M", "512M" },
        { "terminal.timeout", "90s", "90s" },
        { "terminal.env_passthrough", "[LANG, \"no\"]", "[LANG, \"no\"]" },
        { "terminal.env", "{A: b, C: \"d: e\"}", "{A: b, C: \"d: e\"}" },
        { "model.extra_body", "{a: 1, b: [true, null, 0.5, x, \"no\"]}",
          "{\"a\":1,\"b\":[true,null,0.5,\"x\",\"no\"]}" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_read(rows[i][0], rows[i][1], rows[i][2]);
}

static void other_things_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "model.name", "no",
          "1:1: model.name is no: a text that looks like a number or like yes and no must stand in quotes" },
        { "model.name", "5",
          "1:1: model.name is 5: a text that looks like a number or like yes and no must stand in quotes" },
        { "model.name", "[a]", "1:1: model.name is a list: it must be a text" },
        { "model.name", "", "1:1: model.name is empty: it must be a text" },
        { "model.name", "\"\"",
          "1:1: model.name is \"\": it must not be empty; leave the line out to have none" },
        { "model.name", "\"a\\nb\"",
          "1:1: model.name is \"a\xe2\x8f\x8e"
          "b\": it must be one line without control characters" },
        { "model.url", "ftp://x/",
          "1:1: model.url is ftp://x/: it must begin with http:// or https:// and a host" },
        { "model.url", "https://me:pw@x/",
          "1:1: model.url must not hold a user name or a password: a key has options of its own" },
        { "model.url", "https://x/?a=b",
          "1:1: model.url is https://x/?a=b: it must be a base, without spaces, a query (?) or a fragment "
          "(#)" },
        { "terminal.cwd", "repo",
          "1:1: terminal.cwd is repo: it must be an absolute path below /, without \".\", \"..\" or a slash "
          "at its "
          "end" },
        { "terminal.cwd", "/",
          "1:1: terminal.cwd is /: it must be an absolute path below /, without \".\", \"..\" or a slash at "
          "its end" },
        { "ui.editing", "vim", "1:1: ui.editing is vim: it must be one of: emacs vi; did you mean vi?" },
        { "ui.theme", "drak",
          "1:1: ui.theme is drak: it must be one of: dark light high-contrast colour-blind mono; did you "
          "mean dark?" },
        { "terminal.network", "no", "1:1: terminal.network is no: it must be true or false, without quotes" },
        { "terminal.network", "True",
          "1:1: terminal.network is True: it must be true or false, without quotes" },
        { "terminal.network", "\"true\"",
          "1:1: terminal.network is \"true\": it must be true or false, without quotes" },
        { "agent.max_turns", "010",
          "1:1: agent.max_turns is 010: it must be a whole number such as 50, without quotes" },
        { "agent.max_turns", "\"5\"",
          "1:1: agent.max_turns is \"5\": it must be a whole number such as 50, without quotes" },
        { "agent.max_turns", "0", "1:1: agent.max_turns is 0: it must be from 1 to 100000" },
        { "model.temperature", "3", "1:1: model.temperature is 3: it must be from 0 to 2" },
        { "terminal.memory", "1", "1:1: terminal.memory is 1: it must be from 16M to 16T" },
        { "terminal.memory", "2GB",
          "1:1: terminal.memory is 2GB: it must be a size: a whole number of bytes, or one with K, M, G or "
          "T, such "
          "as 100M" },
        { "terminal.timeout", "120",
          "1:1: terminal.timeout is 120: it must be a time: a whole number with ms, s, m, h or d, such as "
          "30s" },
        { "terminal.timeout", "25h", "1:1: terminal.timeout is 25h: it must be from 1s to 1d" },
        { "terminal.env_passthrough", "LANG",
          "1:1: terminal.env_passthrough must be a list, such as [one, two]" },
        { "terminal.env_passthrough", "[LANG, {a: b}]",
          "1:8: a value of terminal.env_passthrough is a map: it must be a text" },
        { "terminal.env", "[A]", "1:1: terminal.env must be a map, such as {NAME: \"value\"}" },
        { "terminal.env", "{A B: c}",
          "1:2: terminal.env: A B is not a name; letters, digits and _ make one, a digit not first" },
        { "model.headers", "{9: c}",
          "1:2: model.headers: 9 is not a name; letters, digits, _ and - make one, a letter first" },
        { "terminal.env", "{FINE: b, LD_PRELOAD: c, PYTHONPATH: d}",
          "1:11: terminal.env: LD_PRELOAD is not given to a sandbox: it changes what a command does after it "
          "was "
          "judged\n"
          "1:26: terminal.env: PYTHONPATH is not given to a sandbox: it changes what a command does after it "
          "was "
          "judged" },
        { "terminal.env_passthrough", "[LANG, PATH]",
          "1:8: terminal.env_passthrough: PATH is not given to a sandbox: it changes what a command does "
          "after it "
          "was judged" },
        { "terminal.env", "{DEBUG: 1}",
          "1:9: a value of terminal.env is 1: a text that looks like a number or like yes and no must stand "
          "in "
          "quotes" },
        { "model.extra_body", "[1]", "1:1: model.extra_body must be a map, such as {top_k: 20}" },
        { "model.extra_body", "{a: yes, b: 0x1F}",
          "1:5: a value of model.extra_body is yes: write true, false or a plain number, or put a text in "
          "quotes\n"
          "1:13: a value of model.extra_body is 0x1F: write true, false or a plain number, or put a text in "
          "quotes" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_refused(rows[i][0], rows[i][1], rows[i][2]);
}

static void a_secret_is_not_told(void **state)
{
    (void)state;
    assert_refused("model.api_key", "\"hush\\x07\"",
                   "1:1: model.api_key: it must be one line without control characters");
    assert_refused("model.headers", "{Modal-Key: \"hush\\n\\n\"}",
                   "1:13: model.headers: it must be one line without control characters");
    struct value value;
    struct buffer out = BUFFER_INIT;
    assert_true(read_yaml("model.headers", "{Modal-Key: hush}", &value, NULL));
    value_print(&value, conf_option("model.headers"), &out);
    assert_string_equal(out.data, "(set)");
    value_release(&value);
    buffer_release(&out);
}

static bool tightens(const char *path, const char *next, const char *now)
{
    const struct option *option = conf_option(path);
    struct value a = { 0 }, b = { 0 };
    struct problems problems = PROBLEMS_INIT;
    assert_true(value_read_text(&a, option, next, &problems));
    assert_true(!now || value_read_text(&b, option, now, &problems));
    bool result = value_tightens(option, &a, now ? &b : NULL);
    value_release(&a);
    value_release(&b);
    problems_finish(&problems, NULL);
    return result;
}

static void tighter_is_less(void **state)
{
    (void)state;
    assert_true(tightens("terminal.memory", "1G", "2G"));
    assert_true(tightens("terminal.memory", "2G", "2G"));
    assert_false(tightens("terminal.memory", "2049M", "2G"));
    assert_true(tightens("terminal.network", "false", "true"));
    assert_true(tightens("terminal.network", "true", "true"));
    assert_false(tightens("terminal.network", "true", "false"));
    assert_true(tightens("approval.mode", "careful", "auto"));
    assert_false(tightens("approval.mode", "auto", "careful"));
    assert_true(tightens("model.max_tokens", "10", NULL));
    assert_true(tightens("agent.max_time", "1h", "0"));
    assert_false(tightens("agent.max_time", "0", "1h"));
    assert_true(tightens("agent.max_time", "0", "0"));
    assert_true(tightens("terminal.cpu", "0.5", "0"));
    assert_false(tightens("terminal.cpu", "0.5", "0.25"));
    assert_true(tightens("model.max_retries", "0", "5"));
}

static void texts_are_written_back_safely(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "dark", "dark" },
        { "http://x:8000/v1", "http://x:8000/v1" },
        { "~/x", "~/x" },
        { "no", "\"no\"" },
        { "010", "\"010\"" },
        { "2024-01-01", "\"2024-01-01\"" },
        { "a b", "\"a b\"" },
        { "a:", "\"a:\"" },
        { "-x", "\"-x\"" },
        { "", "\"\"" },
        { "\xe2\x80\xae", "\"<U+202E>\"" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer out = BUFFER_INIT;
        plain_print(rows[i][0], &out);
        assert_string_equal(out.data, rows[i][1]);
        buffer_release(&out);
    }
}

static void the_table_is_sound(void **state)
{
    (void)state;
    size_t count;
    const struct option *options = conf_options(&count);
    for (size_t i = 0; i < count; i++) {
        const struct option *option = &options[i];
        struct problems problems = PROBLEMS_INIT;
        struct value value = { 0 };
        assert_ptr_equal(conf_option(option->path), option);
        assert_non_null(strchr(option->path, '.'));
        assert_true(option->help && option->help[strlen(option->help) - 1] == '.');
        assert_true(option->minimum <= option->maximum);
        assert_true((option->type == OPTION_CHOICE) <= (option->choices != NULL));
        assert_true(!option->flag || option_with_flag(option->flag) == option);
        assert_true(!option->secret || !option->flag);
        if (option->fallback)
            assert_true(value_read_text(&value, option, option->fallback, &problems));
        value_release(&value);
        assert_true(problems_finish(&problems, NULL));
    }
}

static void what_was_meant_is_found(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "terminal.memroy", "terminal.memory" },
        { "terminal.memory", "terminal.memory" },
        { "memory", "terminal.memory" },
        { "model.network", "terminal.network" },
        { "agent.maxturns", "agent.max_turns" },
        { "modle", "model" },
        { "terminal.zebras", NULL },
        { "ui.x", NULL },
        { "zebra", NULL },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char section[32];
        const char *meant = option_nearest(rows[i][0], section, sizeof section);
        if (rows[i][1])
            assert_string_equal(meant ? meant : "(nothing)", rows[i][1]);
        else
            assert_string_equal(meant ? meant : "(nothing)", "(nothing)");
    }
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_have_one_spelling),
        cmocka_unit_test(decimals_have_one_spelling),
        cmocka_unit_test(sizes_and_spans_have_units),
        cmocka_unit_test(sizes_and_spans_print_shortest),
        cmocka_unit_test(each_type_takes_its_own),
        cmocka_unit_test(other_things_are_refused_with_a_sentence),
        cmocka_unit_test(a_secret_is_not_told),
        cmocka_unit_test(tighter_is_less),
        cmocka_unit_test(texts_are_written_back_safely),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(what_was_meant_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
