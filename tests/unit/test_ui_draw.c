/* Cells: clipped, safe, in the right style. Drawn by the real curses into no terminal, and read back. */
#include "headless.h"

#include "base/memory.h"
#include "ui/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

static int wipe(void **state)
{
    (void)state;
    erase();
    headless.cursor = (struct draw_cursor){ 0 };
    return 0;
}

static void assert_row(int y, const char *expected)
{
    char space[512];
    assert_string_equal(headless_row(y, space), expected);
}

static void test_text(void **state)
{
    (void)state;
    assert_int_equal(draw_string(&headless.canvas, 1, 2, STYLE_USER, "hello"), 5);
    assert_row(1, "  hello");
    assert_true(headless_is(&headless, 1, 2, STYLE_USER));
    assert_false(headless_is(&headless, 1, 7, STYLE_USER));
}

static void test_clipping(void **state)
{
    (void)state;
    struct canvas part = canvas_part(&headless.canvas, (struct rect){ 2, 5, 2, 6 });
    assert_int_equal(draw_string(&part, 0, 0, STYLE_TEXT, "abcdefghij"), 10);
    assert_int_equal(draw_string(&part, 1, -3, STYLE_TEXT, "abcdefghijkl"), 12);
    draw_string(&part, 2, 0, STYLE_TEXT, "below");
    draw_string(&part, -1, 0, STYLE_TEXT, "above");
    draw_string(&part, 0, 6, STYLE_TEXT, "right");
    assert_row(1, "");
    assert_row(2, "     abcdef");
    assert_row(3, "     defghi");
    assert_row(4, "");
}

static void test_parts_stay_inside(void **state)
{
    (void)state;
    struct canvas part = canvas_part(&headless.canvas, (struct rect){ -2, -2, 5, 8 });
    assert_int_equal(part.rect.y, 0);
    assert_int_equal(part.rect.rows, 3);
    assert_int_equal(part.rect.columns, 6);
    part = canvas_part(&part, (struct rect){ 2, 5, 100, 100 });
    assert_int_equal(part.rect.rows, 1);
    assert_int_equal(part.rect.columns, 1);
    part = canvas_part(&part, (struct rect){ 4, 4, 1, 1 });
    assert_int_equal(part.rect.rows, 0);
    draw_string(&part, 0, 0, STYLE_TEXT, "x");
    draw_fill(&part, STYLE_ERROR);
    draw_box(&part, STYLE_BORDER, STYLE_TITLE, "title");
    draw_cursor(&part, 0, 0);
    for (int y = 0; y < HEADLESS_ROWS; y++)
        assert_row(y, "");
    assert_false(headless.cursor.shown);
}

static void test_wide_at_the_edges(void **state)
{
    (void)state;
    struct canvas part = canvas_part(&headless.canvas, (struct rect){ 0, 1, 3, 5 });
    draw_string(&part, 0, 0, STYLE_TEXT, "漢字漢字");
    draw_string(&part, 1, -1, STYLE_TEXT, "漢字漢字");
    draw_string(&part, 2, 0, STYLE_TEXT, "e\xcc\x81z");
    assert_row(0, " 漢字");
    assert_row(1, "  字漢");
    assert_row(2, " e\xcc\x81z");
}

static void test_marks(void **state)
{
    (void)state;
    draw_string(&headless.canvas, 0, 0, STYLE_TEXT, "a\033[2Jb\xe2\x80\xae");
    draw_text(&headless.canvas, 1, 0, STYLE_TEXT, "x\ny\0z\x9b", 6);
    assert_row(0, "a^[[2Jb<U+202E>");
    assert_true(headless_is(&headless, 0, 0, STYLE_TEXT));
    assert_true(headless_is(&headless, 0, 1, STYLE_MARK));
    assert_true(headless_is(&headless, 0, 2, STYLE_MARK));
    assert_true(headless_is(&headless, 0, 3, STYLE_TEXT));
    assert_row(1, "x⏎y^@z\\x9b");
}

static void test_tabs(void **state)
{
    (void)state;
    assert_int_equal(draw_string(&headless.canvas, 0, 2, STYLE_TEXT, "a\tb\t\tc"), 25);
    assert_row(0, "  a       b               c");
}

static void test_fit_and_right(void **state)
{
    (void)state;
    assert_int_equal(draw_fit(&headless.canvas, 0, 0, 5, STYLE_TEXT, "abcde", 5), 5);
    assert_int_equal(draw_fit(&headless.canvas, 1, 0, 5, STYLE_TEXT, "abcdef", 6), 5);
    assert_int_equal(draw_fit(&headless.canvas, 2, 0, 4, STYLE_TEXT, "漢字漢", 9), 3);
    assert_int_equal(draw_fit(&headless.canvas, 3, 0, 0, STYLE_TEXT, "a", 1), 0);
    assert_int_equal(draw_right(&headless.canvas, 4, 1, STYLE_TEXT, "end"), 36);
    assert_row(0, "abcde");
    assert_row(1, "abcd…");
    assert_row(2, "漢…");
    assert_row(3, "");
    assert_row(4, "                                    end");
}

static void test_shapes(void **state)
{
    (void)state;
    struct canvas part = canvas_part(&headless.canvas, (struct rect){ 0, 0, 4, 12 });
    draw_box(&part, STYLE_BORDER, STYLE_TITLE, "a long title");
    struct canvas inside = canvas_inside_box(&part);
    draw_fill(&inside, STYLE_CARD);
    draw_string(&inside, 0, 0, STYLE_CARD, "0123456789abc");
    assert_row(0, "┌─ a lon… ─┐");
    assert_row(1, "│0123456789│");
    assert_row(2, "│          │");
    assert_row(3, "└──────────┘");
    assert_true(headless_is(&headless, 2, 5, STYLE_CARD));
    struct canvas head = canvas_part(&headless.canvas, (struct rect){ 5, 0, 1, 14 });
    draw_head(&head, "files", true);
    assert_row(5, "─● files ─────");
    draw_head(&head, "files", false);
    assert_row(5, "─ files ──────");
}

static void test_scrollbar(void **state)
{
    (void)state;
    draw_scrollbar(&headless.canvas, 0, 0, 4, 8, 0);
    draw_scrollbar(&headless.canvas, 0, 2, 4, 8, 4);
    draw_scrollbar(&headless.canvas, 0, 4, 4, 4, 0);
    draw_scrollbar(&headless.canvas, 0, 6, 4, 1000000, 500000);
    assert_row(0, "█ │   │");
    assert_row(1, "█ │   █");
    assert_row(2, "│ █   │");
    assert_row(3, "│ █   │");
}

static void test_restyle_and_cursor(void **state)
{
    (void)state;
    draw_string(&headless.canvas, 0, 0, STYLE_TEXT, "abcdef");
    draw_restyle(&headless.canvas, 0, 2, 2, STYLE_SELECTION);
    assert_row(0, "abcdef");
    assert_true(headless_is(&headless, 0, 1, STYLE_TEXT));
    assert_true(headless_is(&headless, 0, 2, STYLE_SELECTION));
    assert_true(headless_is(&headless, 0, 3, STYLE_SELECTION));
    assert_true(headless_is(&headless, 0, 4, STYLE_TEXT));
    struct canvas part = canvas_part(&headless.canvas, (struct rect){ 3, 4, 2, 5 });
    draw_cursor(&part, 1, 100);
    assert_int_equal(headless.cursor.y, 4);
    assert_int_equal(headless.cursor.x, 8);
    assert_true(headless.cursor.shown);
}

static void test_lines(void **state)
{
    (void)state;
    struct lines *lines = lines_new(10);
    struct span bar = { STYLE_QUOTE, "> ", 2 };
    struct line_form form = {
        .first = &bar, .first_count = 1, .rest = &bar, .rest_count = 1, .fill = STYLE_CODE
    };
    lines_begin(lines, &form);
    lines_add(lines, STYLE_STRONG, "bold", 4);
    lines_add(lines, STYLE_TEXT, " and\tplain", 10);
    struct canvas part = canvas_part(&headless.canvas, (struct rect){ 0, 0, 3, 10 });
    draw_lines(&part, lines, 0);
    assert_row(0, "> bold and");
    assert_row(1, "> plain");
    assert_true(headless_is(&headless, 0, 0, STYLE_QUOTE));
    assert_true(headless_is(&headless, 0, 2, STYLE_STRONG));
    assert_true(headless_is(&headless, 0, 7, STYLE_TEXT));
    assert_true(headless_is(&headless, 1, 9, STYLE_CODE));
    draw_lines(&part, lines, 1);
    assert_row(0, "> plain");
    lines_free(lines);
}

/* Whatever is drawn wherever, nothing outside the canvas changes. */
static void test_noise_stays_inside(void **state)
{
    (void)state;
    unsigned seed = 3;
    char bytes[64], space[512];
    for (int round = 0; round < 3000; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1103515245u + 12345u;
            bytes[i] = (char)(seed >> 16);
        }
        struct canvas part = canvas_part(&headless.canvas, (struct rect){ 3, 10, 4, 20 });
        draw_text(&part, bytes[0] % 6, bytes[1] % 30, STYLE_OUTPUT, bytes, sizeof(bytes));
        draw_fit(&part, bytes[2] % 6, bytes[3] % 30, bytes[4] % 30, STYLE_CODE, bytes, sizeof(bytes));
        draw_blank(&part, bytes[5] % 6, bytes[6] % 30, bytes[7], STYLE_CODE);
        draw_horizontal(&part, bytes[5] % 6, bytes[6] % 30, bytes[7], STYLE_CODE);
        draw_vertical(&part, bytes[5] % 6, bytes[6] % 30, bytes[7] % 20, STYLE_CODE);
        draw_scrollbar(&part, bytes[8] % 6, bytes[9] % 30, bytes[10] % 20, (size_t)(unsigned char)bytes[11],
                       (size_t)(unsigned char)bytes[12]);
        draw_restyle(&part, bytes[5] % 6, bytes[6] % 30, bytes[7], STYLE_CODE);
    }
    for (int y = 0; y < HEADLESS_ROWS; y++) {
        if (y < 3 || y > 6)
            assert_string_equal(headless_row(y, space), "");
        for (int x = 0; x < HEADLESS_COLUMNS; x++)
            if (x < 10 || x >= 30)
                assert_true((mvinch(y, x) & A_CHARTEXT) == ' ');
    }
}

/* With eight colours the shades of a theme become one: what is chosen is told from the text all the same. */
static void test_selection_with_eight_colours(void **state)
{
    static const char *const themes[] = { "dark", "light", "high-contrast", "colour-blind", "mono" };
    static const enum style chosen[] = { STYLE_SELECTION, STYLE_CURSOR_LINE };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(themes); i++) {
        assert_true(styles_load(headless.styles, themes[i], NULL));
        styles_map(headless.styles, DEPTH_8);
        for (size_t k = 0; k < ARRAY_SIZE(chosen); k++)
            assert_false(styles_pair(headless.styles, chosen[k]) ==
                             styles_pair(headless.styles, STYLE_TEXT) &&
                         styles_attributes(headless.styles, chosen[k]) ==
                             styles_attributes(headless.styles, STYLE_TEXT));
    }
    styles_load(headless.styles, "dark", NULL);
    styles_map(headless.styles, DEPTH_256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_selection_with_eight_colours, wipe),
        cmocka_unit_test_setup(test_text, wipe),
        cmocka_unit_test_setup(test_clipping, wipe),
        cmocka_unit_test_setup(test_parts_stay_inside, wipe),
        cmocka_unit_test_setup(test_wide_at_the_edges, wipe),
        cmocka_unit_test_setup(test_marks, wipe),
        cmocka_unit_test_setup(test_tabs, wipe),
        cmocka_unit_test_setup(test_fit_and_right, wipe),
        cmocka_unit_test_setup(test_shapes, wipe),
        cmocka_unit_test_setup(test_scrollbar, wipe),
        cmocka_unit_test_setup(test_restyle_and_cursor, wipe),
        cmocka_unit_test_setup(test_lines, wipe),
        cmocka_unit_test_setup(test_noise_stays_inside, wipe),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, headless_setup, headless_teardown);
}
