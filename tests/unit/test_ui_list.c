/* The list: selection, scrolling, trees, and what is drawn. */
#include "headless.h"

#include "ui/key.h"
#include "ui/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

struct rows {
    const char *const *names;
    size_t count;
    size_t first_id;
    int asked; /* calls of row */
};

static size_t count_rows(void *data)
{
    return ((struct rows *)data)->count;
}

/* "  name" is one level deeper, "+name" is closed, "-name" open. */
static void describe(void *data, size_t index, struct list_row *row)
{
    struct rows *rows = data;
    const char *name = rows->names ? rows->names[index] : "row";
    rows->asked++;
    row->id = rows->first_id + index + 1;
    while (*name == ' ') {
        row->depth++;
        name++;
    }
    row->fold = *name == '+' ? LIST_CLOSED : *name == '-' ? LIST_OPEN : LIST_LEAF;
    name += row->fold != LIST_LEAF;
    row->text = name;
    row->length = strlen(name);
    row->detail = *name == 'b' ? "12K" : NULL;
}

static const struct list_source source = { count_rows, describe };
static const char *const names[] = { "-src", " +base", " -ui", "  bar.c", "  draw.c", "README", "build" };

static enum list_answer press(struct list *list, const char *name)
{
    struct key key;
    assert_true(key_parse(name, &key));
    return list_key(list, &key);
}

static void test_moving(void **state)
{
    (void)state;
    struct rows rows = { names, 7 };
    struct list *list = list_new(&source, &rows);
    assert_int_equal(list_selected(list), 0);
    assert_int_equal(press(list, "Up"), LIST_MOVED);
    assert_int_equal(list_selected(list), 0);
    press(list, "Down");
    assert_int_equal(list_selected(list), 1);
    press(list, "End");
    assert_int_equal(list_selected(list), 6);
    press(list, "Down");
    assert_int_equal(list_selected(list), 6);
    press(list, "Home");
    assert_int_equal(list_selected(list), 0);
    assert_int_equal(press(list, "Enter"), LIST_CHOSEN);
    assert_int_equal(press(list, "x"), LIST_IGNORED);
    assert_int_equal(press(list, "C-Up"), LIST_IGNORED);
    list_free(list);
}

static void test_tree(void **state)
{
    (void)state;
    struct rows rows = { names, 7 };
    struct list *list = list_new(&source, &rows);
    list_select(list, 1);
    assert_int_equal(press(list, "Right"), LIST_UNFOLD);
    list_select(list, 2);
    assert_int_equal(press(list, "Left"), LIST_FOLD);
    list_select(list, 4);
    assert_int_equal(press(list, "Left"), LIST_MOVED);
    assert_int_equal(list_selected(list), 2);
    list_select(list, 5);
    press(list, "Left");
    assert_int_equal(list_selected(list), 5);
    list_free(list);
}

static void test_selection_follows_its_row(void **state)
{
    (void)state;
    struct rows rows = { NULL, 10, .first_id = 100 };
    struct list *list = list_new(&source, &rows);
    list_select(list, 5);
    rows.first_id = 98; /* two rows came in front */
    rows.count = 12;
    list_changed(list);
    assert_int_equal(list_selected(list), 7);
    rows.count = 3; /* its row is gone */
    list_changed(list);
    assert_int_equal(list_selected(list), 2);
    rows.count = 0;
    list_changed(list);
    assert_int_equal(list_selected(list), -1);
    list_free(list);
}

static void assert_row(int y, const char *expected)
{
    char space[512];
    assert_string_equal(headless_row(y, space), expected);
}

static void test_drawing(void **state)
{
    (void)state;
    struct rows rows = { names, 7 };
    struct list *list = list_new(&source, &rows);
    struct canvas part = canvas_part(&headless.canvas, (struct rect){ 1, 0, 8, 16 });
    erase();
    list_select(list, 3);
    list_draw(list, &part, "nothing here", true);
    assert_row(1, "▾ src");
    assert_row(2, "  ▸ base     12K");
    assert_row(3, "  ▾ ui");
    assert_row(4, "    bar.c    12K");
    assert_row(6, "README");
    assert_true(headless_is(&headless, 4, 0, STYLE_SELECTION));
    assert_true(headless_is(&headless, 4, 15, STYLE_SELECTION));
    assert_int_equal(headless.cursor.y, 4);
    assert_int_equal(headless.cursor.x, 0);
    list_draw(list, &part, "nothing here", false);
    assert_true(headless_is(&headless, 4, 0, STYLE_CURSOR_LINE));
    rows.count = 0;
    list_changed(list);
    erase();
    list_draw(list, &part, "nothing here", true);
    assert_row(1, "nothing here");
    list_free(list);
}

static void test_scrolling_keeps_the_selection_in_sight(void **state)
{
    (void)state;
    struct rows rows = { NULL, 100000 };
    struct list *list = list_new(&source, &rows);
    struct canvas part = canvas_part(&headless.canvas, (struct rect){ 0, 0, 5, 16 });
    list_draw(list, &part, "", true);
    press(list, "PageDown");
    list_draw(list, &part, "", true);
    assert_int_equal(list_selected(list), 4);
    assert_int_equal(headless.cursor.y, 4);
    press(list, "Down");
    list_draw(list, &part, "", true);
    assert_int_equal(headless.cursor.y, 4);
    press(list, "End");
    rows.asked = 0;
    list_draw(list, &part, "", true);
    assert_int_equal(headless.cursor.y, 4);
    assert_true(rows.asked <= 10); /* no more than what is seen */
    press(list, "PageUp");
    list_draw(list, &part, "", true);
    assert_int_equal(headless.cursor.y, 0);
    struct key click = { .kind = INPUT_MOUSE, .mouse = MOUSE_LEFT, .y = 2 };
    assert_int_equal(list_key(list, &click), LIST_MOVED);
    list_draw(list, &part, "", true);
    assert_int_equal(headless.cursor.y, 2);
    assert_int_equal(list_key(list, &click), LIST_CHOSEN);
    click.y = 5;
    assert_int_equal(list_key(list, &click), LIST_IGNORED);
    list_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moving),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_selection_follows_its_row),
        cmocka_unit_test(test_drawing),
        cmocka_unit_test(test_scrolling_keeps_the_selection_in_sight),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, headless_setup, headless_teardown);
}
