/* Who gets which rectangle: exact cells, in every size of the screen. */
#include "ui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

static void assert_rect(struct rect rect, int y, int x, int rows, int columns)
{
    assert_int_equal(rect.y, y);
    assert_int_equal(rect.x, x);
    assert_int_equal(rect.rows, rows);
    assert_int_equal(rect.columns, columns);
}

static void test_minimum_then_share(void **state)
{
    (void)state;
    struct layout_node nodes[] = {
        { .parent = -1, .direction = LAYOUT_BESIDE },
        { .parent = 0, .minimum = 10, .share = 1 },
        { .parent = 0, .minimum = 20 },
        { .parent = 0, .minimum = 10, .share = 3 },
    };
    layout_place(nodes, 4, (struct rect){ 2, 5, 7, 80 });
    assert_rect(nodes[1].rect, 2, 5, 7, 20);
    assert_rect(nodes[2].rect, 2, 25, 7, 20);
    assert_rect(nodes[3].rect, 2, 45, 7, 40);
}

static void test_maximum_gives_to_the_others(void **state)
{
    (void)state;
    struct layout_node nodes[] = {
        { .parent = -1, .direction = LAYOUT_ABOVE },
        { .parent = 0, .minimum = 1, .maximum = 3, .share = 1 },
        { .parent = 0, .minimum = 1, .share = 1 },
    };
    layout_place(nodes, 3, (struct rect){ 0, 0, 20, 10 });
    assert_rect(nodes[1].rect, 0, 0, 3, 10);
    assert_rect(nodes[2].rect, 3, 0, 17, 10);
}

static void test_all_at_their_maximum(void **state)
{
    (void)state;
    struct layout_node nodes[] = {
        { .parent = -1, .direction = LAYOUT_ABOVE },
        { .parent = 0, .minimum = 1, .maximum = 2, .share = 1 },
        { .parent = 0, .minimum = 1, .maximum = 2, .share = 1 },
    };
    layout_place(nodes, 3, (struct rect){ 0, 0, 20, 10 });
    assert_rect(nodes[1].rect, 0, 0, 2, 10);
    assert_rect(nodes[2].rect, 2, 0, 2, 10);
}

static void test_collapse_in_order(void **state)
{
    (void)state;
    struct layout_node nodes[] = {
        { .parent = -1, .direction = LAYOUT_BESIDE, .gap = 1 },
        { .parent = 0, .minimum = 20, .share = 1 },
        { .parent = 0, .minimum = 20, .share = 1, .collapse = 1 },
        { .parent = 0, .minimum = 20, .share = 1, .collapse = 2 },
    };
    layout_place(nodes, 4, (struct rect){ 0, 0, 5, 45 });
    assert_int_equal(nodes[3].rect.columns, 0);
    assert_rect(nodes[1].rect, 0, 0, 5, 22);
    assert_rect(nodes[2].rect, 0, 23, 5, 22);
    layout_place(nodes, 4, (struct rect){ 0, 0, 5, 30 });
    assert_int_equal(nodes[2].rect.columns, 0);
    assert_rect(nodes[1].rect, 0, 0, 5, 30);
    layout_place(nodes, 4, (struct rect){ 0, 0, 5, 8 }); /* the last one is cut, never hidden */
    assert_rect(nodes[1].rect, 0, 0, 5, 8);
}

static void test_equal_collapse_hides_the_later(void **state)
{
    (void)state;
    struct layout_node nodes[] = {
        { .parent = -1, .direction = LAYOUT_ABOVE },
        { .parent = 0, .minimum = 5, .collapse = 1 },
        { .parent = 0, .minimum = 5, .collapse = 1 },
    };
    layout_place(nodes, 3, (struct rect){ 0, 0, 6, 4 });
    assert_rect(nodes[1].rect, 0, 0, 5, 4);
    assert_int_equal(nodes[2].rect.rows, 0);
}

static void test_nothing_to_place(void **state)
{
    (void)state;
    struct layout_node node = { .parent = -1, .direction = LAYOUT_BESIDE };
    layout_place(&node, 0, (struct rect){ 0, 0, 1, 1 });
    layout_place(&node, 1, (struct rect){ 1, 2, 3, 4 });
    assert_rect(node.rect, 1, 2, 3, 4);
}

static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(layout_size(24, 39), SCREEN_TINY);
    assert_int_equal(layout_size(9, 200), SCREEN_TINY);
    assert_int_equal(layout_size(10, 40), SCREEN_NARROW);
    assert_int_equal(layout_size(24, 119), SCREEN_NARROW);
    assert_int_equal(layout_size(24, 120), SCREEN_WIDE);
}

static void test_wide(void **state)
{
    (void)state;
    struct layout_places places;
    struct layout_wish wish = { .composer_rows = 3 };
    layout_workbench(&places, 40, 120, &wish);
    assert_int_equal(places.size, SCREEN_WIDE);
    assert_rect(places.rect[PLACE_BAR], 39, 0, 1, 120);
    assert_rect(places.rect[PLACE_COMPOSER], 36, 0, 3, 120);
    assert_int_equal(places.rect[PLACE_CARD].rows, 0);
    struct rect talk = places.rect[PLACE_CONVERSATION], call = places.rect[PLACE_CALL];
    struct rect files = places.rect[PLACE_FILES];
    assert_rect(places.separator, 0, talk.columns, 36, 1);
    assert_int_equal(call.x, talk.columns + 1);
    assert_int_equal(call.x + call.columns, 120);
    assert_int_equal(call.rows + files.rows, 36);
    assert_int_equal(files.y, call.rows);
    assert_true(talk.columns > call.columns);
    assert_true(call.rows > files.rows);
}

static void test_wide_with_panes_off(void **state)
{
    (void)state;
    struct layout_places places;
    struct layout_wish wish = { .composer_rows = 1, .hide_files = true };
    layout_workbench(&places, 40, 120, &wish);
    assert_int_equal(places.rect[PLACE_FILES].rows, 0);
    assert_int_equal(places.rect[PLACE_CALL].rows, 38);
    wish.hide_call = true;
    layout_workbench(&places, 40, 120, &wish);
    assert_rect(places.rect[PLACE_CONVERSATION], 0, 0, 38, 120);
    assert_int_equal(places.separator.columns, 0);
}

static void test_narrow_shows_one(void **state)
{
    (void)state;
    static const enum place panes[] = { PLACE_CONVERSATION, PLACE_CALL, PLACE_FILES };
    for (size_t i = 0; i < 3; i++) {
        struct layout_places places;
        struct layout_wish wish = { .shown = panes[i], .composer_rows = 2 };
        layout_workbench(&places, 24, 80, &wish);
        assert_int_equal(places.size, SCREEN_NARROW);
        for (size_t k = 0; k < 3; k++) {
            if (k == i)
                assert_rect(places.rect[panes[k]], 0, 0, 21, 80);
            else
                assert_rect(places.rect[panes[k]], 0, 0, 0, 0);
        }
        assert_int_equal(places.separator.columns, 0);
    }
}

static void test_wishes_are_bounded(void **state)
{
    (void)state;
    struct layout_places places;
    struct layout_wish wish = { .composer_rows = 1000, .card_rows = 1000 };
    layout_workbench(&places, 30, 80, &wish);
    assert_int_equal(places.rect[PLACE_COMPOSER].rows, 10);
    assert_int_equal(places.rect[PLACE_CARD].rows, 15);
    assert_int_equal(places.rect[PLACE_BAR].rows, 1);
    assert_true(places.rect[PLACE_CONVERSATION].rows >= 3);
    wish.composer_rows = wish.card_rows = -7;
    layout_workbench(&places, 30, 80, &wish);
    assert_int_equal(places.rect[PLACE_COMPOSER].rows, 1);
    assert_int_equal(places.rect[PLACE_CARD].rows, 0);
}

/* No two places share a cell, and all lie on the screen, in every size and wish. */
static void test_nothing_overlaps(void **state)
{
    (void)state;
    static unsigned char cells[70][260];
    for (int rows = 10; rows < 70; rows += 3) {
        for (int columns = 40; columns < 260; columns += 7) {
            struct layout_wish wish = { .shown = (enum place)(rows % 3),
                                        .card_rows = rows % 4 * 5,
                                        .composer_rows = columns % 5,
                                        .hide_call = rows % 5 == 0,
                                        .hide_files = columns % 3 == 0 };
            struct layout_places places;
            layout_workbench(&places, rows, columns, &wish);
            memset(cells, 0, sizeof(cells));
            for (int i = 0; i <= PLACE_COUNT; i++) {
                struct rect rect = i < PLACE_COUNT ? places.rect[i] : places.separator;
                for (int y = rect.y; y < rect.y + rect.rows; y++) {
                    for (int x = rect.x; x < rect.x + rect.columns; x++) {
                        assert_in_range(y, 0, rows - 1);
                        assert_in_range(x, 0, columns - 1);
                        assert_int_equal(cells[y][x]++, 0);
                    }
                }
            }
            assert_true(cells[0][0]);
            assert_true(cells[rows - 1][columns - 1]);
        }
    }
}

static void test_tiny(void **state)
{
    (void)state;
    struct layout_places places;
    struct layout_wish wish = { 0 };
    layout_workbench(&places, 5, 20, &wish);
    assert_int_equal(places.size, SCREEN_TINY);
    for (int i = 0; i < PLACE_COUNT; i++)
        assert_rect(places.rect[i], 0, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minimum_then_share),
        cmocka_unit_test(test_maximum_gives_to_the_others),
        cmocka_unit_test(test_all_at_their_maximum),
        cmocka_unit_test(test_collapse_in_order),
        cmocka_unit_test(test_equal_collapse_hides_the_later),
        cmocka_unit_test(test_nothing_to_place),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_wide_with_panes_off),
        cmocka_unit_test(test_narrow_shows_one),
        cmocka_unit_test(test_wishes_are_bounded),
        cmocka_unit_test(test_nothing_overlaps),
        cmocka_unit_test(test_tiny),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
