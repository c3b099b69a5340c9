/* test_conf_yaml.c - what the YAML reader takes, what it refuses, and where it says so. */
#include "conf/yaml.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "conf/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct yaml_value *read_good(const char *text, size_t length)
{
    struct problems problems = PROBLEMS_INIT;
    struct error error = ERROR_INIT;
    struct yaml_value *value = yaml_tree_read(text, length, &problems);
    if (!problems_finish(&problems, &error))
        fail_msg("%s", error_message(&error));
    assert_non_null(value);
    return value;
}

static void refuse(const char *text, size_t length, const char *wanted)
{
    struct problems problems = PROBLEMS_INIT;
    struct error error = ERROR_INIT;
    problems.source = "f";
    assert_null(yaml_tree_read(text, length, &problems));
    assert_false(problems_finish(&problems, &error));
    assert_string_equal(error_message(&error), wanted);
    error_clear(&error);
}

static void values_know_their_place(void **state)
{
    (void)state;
    static const char text[] = "a: 1\nb:\n  - \"no\"\n  - c: ~\n    d: |\n      x\n";
    struct yaml_value *root = read_good(text, strlen(text));
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(root->count, 2);
    assert_string_equal(root->entries[0].key, "a");
    assert_int_equal(root->entries[0].value->kind, YAML_PLAIN);
    assert_int_equal(root->entries[0].value->column, 4);
    const struct yaml_value *list = root->entries[1].value;
    assert_int_equal(list->kind, YAML_LIST);
    assert_int_equal(list->count, 2);
    assert_int_equal(list->entries[0].value->kind, YAML_QUOTED);
    assert_int_equal(list->entries[0].line, 3);
    const struct yaml_value *map = list->entries[1].value;
    assert_int_equal(map->entries[0].value->kind, YAML_EMPTY);
    assert_int_equal(map->entries[1].value->kind, YAML_QUOTED);
    assert_string_equal(map->entries[1].value->text, "x\n");
    assert_int_equal(map->entries[1].line, 5);
    assert_int_equal(map->entries[1].column, 5);
    yaml_tree_free(root);
}

static void nothing_is_an_empty_value(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "# only a word\n", "---\n", "\n\n", "~" };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct yaml_value *root = read_good(texts[i], strlen(texts[i]));
        assert_int_equal(root->kind, YAML_EMPTY);
        yaml_tree_free(root);
    }
}

static void aliases_stand_for_their_anchor(void **state)
{
    (void)state;
    static const char text[] = "a: &x [1, 2]\nb: *x\n";
    struct yaml_value *root = read_good(text, strlen(text));
    assert_int_equal(root->entries[1].value->count, 2);
    assert_string_equal(root->entries[1].value->entries[1].value->text, "2");
    yaml_tree_free(root);
}

static void surprises_are_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "a: 1\nb: 2\na: 3\n", "f:3:1: this key stands here a second time" },
        { "a: 1\n\"a\": 3\n", "f:2:1: this key stands here a second time" },
        { "x: &x {a: 1}\ny:\n  <<: *x\n", "f:3:3: merge keys (<<) are not supported: write the values out" },
        { "a: !!int 5\n", "f:1:4: tags (!) are not supported: write the value without it" },
        { "a: !x 5\n", "f:1:4: tags (!) are not supported: write the value without it" },
        { "[a]: 5\n", "f:1:1: a key must be a plain word" },
        { "a: \"\\0\"\n", "f:1:4: a text cannot hold a NUL character" },
        { "a: 1\n---\nb: 1\n", "f:3:1: a second document begins here; a file holds one" },
        { "a: [1\nb: 2\n",
          "f:2:2: this is not YAML: while parsing a flow sequence, did not find expected ',' or ']'" },
        { "a: \xff\n", "f:1:4: this is not YAML: invalid leading UTF-8 octet" },
        { "a: 1\n\tb: 2\n", "f:2:1: this is not YAML: while scanning a plain scalar, found a tab character "
                            "that violates indentation" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        refuse(rows[i][0], strlen(rows[i][0]), rows[i][1]);
}

static void all_problems_come_at_once(void **state)
{
    (void)state;
    static const char text[] = "a: !x 5\nb: 1\nb: 2\n";
    refuse(text, strlen(text),
           "f:1:4: tags (!) are not supported: write the value without it\n"
           "f:3:1: this key stands here a second time");
}

static const char too_large[] = "the file holds too many values, or they are nested too deep (aliases count)";

static void assert_too_large(const struct buffer *text)
{
    struct problems problems = PROBLEMS_INIT;
    struct error error = ERROR_INIT;
    assert_null(yaml_tree_read(text->data, text->length, &problems));
    assert_int_equal(problems.count, 1);
    assert_false(problems_finish(&problems, &error));
    assert_non_null(strstr(error_message(&error), too_large));
    error_clear(&error);
}

static void growing_aliases_are_bounded(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT;
    buffer_append_text(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 20; i++) {
        buffer_append_format(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            buffer_append_format(&text, "%s*a%d", j ? "," : "", i - 1);
        buffer_append_text(&text, "]\n");
    }
    assert_too_large(&text);
    buffer_release(&text);
}

static void a_large_text_is_not_copied_for_ever(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT;
    buffer_append_text(&text, "a: &a ");
    for (int i = 0; i < 20 * 1000; i++)
        buffer_append_byte(&text, 'x');
    buffer_append_text(&text, "\nb: [*a, *a, *a, *a]\n");
    assert_too_large(&text);
    buffer_release(&text);
}

static void an_alias_inside_its_own_anchor_ends(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT;
    buffer_append_text(&text, "a: &a [*a]\n");
    assert_too_large(&text);
    buffer_release(&text);
}

static void deep_nesting_is_refused_soon(void **state)
{
    (void)state;
    static const char *const openings[] = { "[", "{a: ", "- ", "? " };
    for (size_t i = 0; i < ARRAY_SIZE(openings); i++) {
        struct buffer text = BUFFER_INIT;
        while (text.length < 1024 * 1024) /* without a bound libyaml takes an hour */
            buffer_append_text(&text, openings[i]);
        struct problems problems = PROBLEMS_INIT;
        assert_null(yaml_tree_read(text.data, text.length, &problems));
        assert_int_equal(problems.count, 1);
        problems_finish(&problems, NULL);
        buffer_release(&text);
    }
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_know_their_place),
        cmocka_unit_test(nothing_is_an_empty_value),
        cmocka_unit_test(aliases_stand_for_their_anchor),
        cmocka_unit_test(surprises_are_refused),
        cmocka_unit_test(all_problems_come_at_once),
        cmocka_unit_test(growing_aliases_are_bounded),
        cmocka_unit_test(a_large_text_is_not_copied_for_ever),
        cmocka_unit_test(an_alias_inside_its_own_anchor_ends),
        cmocka_unit_test(deep_nesting_is_refused_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
