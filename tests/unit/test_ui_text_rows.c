/* test_ui_text_rows.c - wrapping of a text that is edited: rows, columns, and that an update gives what
 * wrapping anew would. */
#include "ui/text_rows.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "ui/wide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The rows as one string, a bar between them; caller frees. */
static char *shown(const struct text_rows *rows)
{
    struct buffer out = BUFFER_INIT;
    for (size_t row = 0; row < rows->count; row++) {
        size_t start = text_rows_start(rows, row);
        buffer_append_text(&out, row ? "|" : "");
        wide_to_utf8(&out, rows->text + start, text_rows_end(rows, row) - start);
    }
    return buffer_detach(&out);
}

static void update(struct text_rows *rows, const char *text, int width)
{
    size_t count;
    wchar_t *wide = wide_from_utf8(text, strlen(text), &count);
    text_rows_update(rows, wide, count, width);
    free(wide);
}

static void texts_are_wrapped(void **state)
{
    (void)state;
    static const struct {
        int width;
        const char *text, *rows;
    } cases[] = {
        { 10, "", "" },
        { 10, "short", "short" },
        { 10, "one\ntwo", "one|two" },
        { 10, "one\n", "one|" },
        { 10, "\n\n", "||" },
        { 10, "123456789", "123456789" },
        { 10, "1234567890", "123456789|0" },
        { 10, "one two three", "one two |three" },
        { 10, "a long-word-indeed", "a |long-word|-indeed" },
        { 10, "one two  three", "one two  |three" },
        { 10, "123456789 0", "123456789| 0" },
        { 6, "世界世界", "世界|世界" },
        { 1, "ab", "a|b" },
        { 1, "世界", "世|界" },
        { 10, "\tx", "\tx" },
        { 10, "\txy", "\tx|y" },
        { 5, "a\xe2\x80\xae\x62", "a|\xe2\x80\xae|b" }, /* "<U+202E>" is wider than the row */
        { 6,
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81",
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81"
          "e\xcc\x81" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct text_rows rows = TEXT_ROWS_INIT;
        update(&rows, cases[i].text, cases[i].width);
        char *text = shown(&rows);
        if (strcmp(text, cases[i].rows) != 0)
            fail_msg("case %zu: '%s', wanted '%s'", i, text, cases[i].rows);
        free(text);
        text_rows_release(&rows);
    }
}

static void positions_have_rows_and_columns(void **state)
{
    (void)state;
    struct text_rows rows = TEXT_ROWS_INIT;
    update(&rows, "one two three\n世\tx\n", 10); /* "one two |three|世\tx|" */
    static const struct {
        size_t position, row;
        int column;
    } cases[] = { { 0, 0, 0 },  { 7, 0, 7 },  { 8, 1, 0 },  { 13, 1, 5 }, { 14, 2, 0 },
                  { 15, 2, 2 }, { 16, 2, 8 }, { 17, 2, 9 }, { 18, 3, 0 } };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(text_rows_find(&rows, cases[i].position), cases[i].row);
        assert_int_equal(text_rows_column(&rows, cases[i].row, cases[i].position), cases[i].column);
        assert_int_equal(text_rows_position(&rows, cases[i].row, cases[i].column), cases[i].position);
    }
    assert_int_equal(text_rows_position(&rows, 0, 50), 7); /* behind it is the next row */
    assert_int_equal(text_rows_position(&rows, 1, 50), 13);
    assert_int_equal(text_rows_position(&rows, 2, 5), 15); /* within the tab */
    assert_int_equal(text_rows_position(&rows, 2, 1), 14); /* within the wide character */
    text_rows_release(&rows);
}

static void a_cursor_inside_a_cluster_stands_at_its_start(void **state)
{
    (void)state;
    struct text_rows rows = TEXT_ROWS_INIT;
    update(&rows,
           "a\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9"
           "b",
           20); /* a, man ZWJ woman, b */
    assert_int_equal(text_rows_column(&rows, 0, 1), 1);
    assert_int_equal(text_rows_column(&rows, 0, 2), 1);
    assert_int_equal(text_rows_column(&rows, 0, 4), 3);
    text_rows_release(&rows);
}

/* A small generator, the same in every run. */
static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16 & 0x7fff;
}

/* Changes a random piece of TEXT (room for LIMIT characters); returns its new length. */
static size_t change(wchar_t *text, size_t length, size_t limit, unsigned *seed)
{
    static const wchar_t letters[] = L"ab  \n\n世\t\u0301\U0001f468\u200d";
    size_t at = next_random(seed) % (length + 1), cut = next_random(seed) % 6;
    cut = cut < length - at ? cut : length - at;
    size_t add = next_random(seed) % 8;
    if (length - cut + add > limit)
        add = 0;
    wmemmove(text + at + add, text + at + cut, length - at - cut);
    for (size_t i = 0; i < add; i++)
        text[at + i] = letters[next_random(seed) % (ARRAY_SIZE(letters) - 1)];
    return length - cut + add;
}

static void an_update_equals_wrapping_anew(void **state)
{
    (void)state;
    enum { LIMIT = 200, STEPS = 5000 };
    wchar_t text[LIMIT + 8];
    size_t length = 0;
    unsigned seed = 42;
    struct text_rows rows = TEXT_ROWS_INIT;
    for (int step = 0; step < STEPS; step++) {
        length = change(text, length, LIMIT, &seed);
        int width = step % 500 == 0 ? 5 + (int)(next_random(&seed) % 20) : rows.width ? rows.width : 10;
        struct text_rows anew = TEXT_ROWS_INIT;
        text_rows_update(&rows, text, length, width);
        text_rows_update(&anew, text, length, width);
        assert_int_equal(rows.count, anew.count);
        assert_memory_equal(rows.starts, anew.starts, anew.count * sizeof *anew.starts);
        assert_int_equal(rows.length, length);
        if (length)
            assert_memory_equal(rows.text, text, length * sizeof *text);
        text_rows_release(&anew);
    }
    text_rows_release(&rows);
}

int main(void)
{
    alarm(600);
    utf8_set_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_wrapped),
        cmocka_unit_test(positions_have_rows_and_columns),
        cmocka_unit_test(a_cursor_inside_a_cluster_stands_at_its_start),
        cmocka_unit_test(an_update_equals_wrapping_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
