/* test_ui_hunk_view.c - hunks taken and left; what was in sight, whatever the window and the width. */
#include "ui/hunk_view.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "ui/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The numbers 1 to 30; in the other text 5, 15 and 25 are words: three hunks of nine lines each, with their heads. */
static struct hunk_view *make_view(void)
{
    struct buffer before = BUFFER_INIT, after = BUFFER_INIT;

    for (int i = 1; i <= 30; i++) {
        buffer_append_format(&before, "%d\n", i);
        buffer_append_format(&after, i % 10 == 5 ? "number %d\n" : "%d\n", i);
    }
    struct hunk_view *view = hunk_view_new(before.data, before.length, after.data, after.length);
    buffer_release(&before);
    buffer_release(&after);
    assert_int_equal(hunk_view_count(view), 3);
    return view;
}

static struct lines *put(struct hunk_view *view, int width)
{
    struct lines *lines = lines_new(width);

    lines_put(lines, STYLE_TEXT, "a title");
    hunk_view_put(view, lines);
    return lines;
}

static void assert_line(const struct lines *lines, size_t line, const char *wanted)
{
    struct buffer text = BUFFER_INIT;

    lines_text(lines, line, &text);
    assert_string_equal(text.data, wanted);
    buffer_release(&text);
}

static void heads_say_what_is_taken(void **state)
{
    struct hunk_view *view = make_view();

    (void)state;
    hunk_view_move(view, 1);
    hunk_view_toggle(view);
    assert_false(hunk_view_takes(view, 1));
    assert_int_equal(hunk_view_taken(view), 2);
    struct lines *lines = put(view, 40);
    assert_int_equal(lines_count(lines), 1 + 3 * 9);
    assert_line(lines, 1, "  [x] hunk 1 of 3, line 5");
    assert_line(lines, 10, "▸ [ ] hunk 2 of 3, line 15");
    assert_line(lines, 14, "- 15");
    assert_line(lines, 15, "+ number 15");
    lines_free(lines);
    hunk_view_free(view);
}

static void moving_stays_within(void **state)
{
    struct hunk_view *view = make_view();
    struct lines *lines = put(view, 40);

    (void)state;
    assert_int_equal(hunk_view_move(view, -1), 1);
    assert_int_equal(hunk_view_move(view, 2), 19);
    assert_int_equal(hunk_view_move(view, 1), 19);
    assert_int_equal(hunk_view_move(view, -5), 1);
    lines_free(lines);
    hunk_view_free(view);
}

static void all_or_none(void **state)
{
    struct hunk_view *view = make_view();

    (void)state;
    assert_true(hunk_view_is_whole(view));
    hunk_view_toggle(view);
    hunk_view_toggle_all(view);
    assert_true(hunk_view_is_whole(view));
    hunk_view_toggle_all(view);
    assert_int_equal(hunk_view_taken(view), 0);
    hunk_view_toggle_all(view);
    assert_int_equal(hunk_view_taken(view), 3);
    hunk_view_free(view);
}

/* Line by line, in a window of five, with a hunk taken and left meanwhile. */
static void a_hunk_is_seen_when_each_line_was(void **state)
{
    struct hunk_view *view = make_view();
    struct lines *lines = put(view, 40);

    (void)state;
    assert_int_equal(hunk_view_unseen(view), 1);
    for (size_t first = 0; first <= 4; first++) {
        assert_int_equal(hunk_view_unseen(view), 1);
        hunk_view_look(view, first, 5);
        hunk_view_toggle(view);
        hunk_view_toggle(view);
        lines_clear(lines, 40);
        lines_put(lines, STYLE_TEXT, "a title");
        hunk_view_put(view, lines);
    }
    hunk_view_look(view, 5, 5);
    assert_int_equal(hunk_view_unseen(view), 2);
    hunk_view_look(view, 23, 5);
    assert_int_equal(hunk_view_unseen(view), 2); /* the middle was jumped over */
    hunk_view_look(view, 10, 9);
    assert_int_equal(hunk_view_unseen(view), 3); /* of the last one only the end was seen */
    lines_free(lines);
    lines = put(view, 12); /* other lines: what was seen of a part of a hunk counts no more */
    hunk_view_look(view, 0, 15);
    assert_int_equal(hunk_view_unseen(view), 3);
    hunk_view_look(view, 0, lines_count(lines));
    assert_int_equal(hunk_view_unseen(view), 0);
    lines_free(lines);
    hunk_view_free(view);
}

static void the_present_one_is_in_sight(void **state)
{
    struct hunk_view *view = make_view();
    struct lines *lines = put(view, 40);

    (void)state;
    assert_false(hunk_view_look(view, 0, 5));
    assert_false(hunk_view_look(view, 9, 5)); /* its last line is there still */
    assert_true(hunk_view_look(view, 10, 5));
    assert_int_equal(hunk_view_move(view, 0), 10);
    assert_true(hunk_view_look(view, 0, 5));
    assert_int_equal(hunk_view_move(view, 0), 1);
    assert_false(hunk_view_look(view, 0, 0));
    lines_free(lines);
    hunk_view_free(view);
}

/* Two changes side by side are one hunk until it is divided; what was seen stays seen. */
static void a_hunk_is_divided(void **state)
{
    struct hunk_view *view = hunk_view_new("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n", 33,
                                           "1\ntwo\n3\nfour\n5\n6\n7\n8\n9\n10\n11\n12\nthirteen\n14\n", 44);
    struct lines *lines = put(view, 40);

    (void)state;
    assert_int_equal(hunk_view_count(view), 2);
    assert_int_equal(hunk_view_changes(view), 3);
    assert_line(lines, 1, "▸ [x] hunk 1 of 2, line 2");
    assert_line(lines, 6, "- 4");
    hunk_view_look(view, 0, lines_count(lines));
    assert_true(hunk_view_can_divide(view));
    hunk_view_divide(view);
    assert_false(hunk_view_can_divide(view));
    assert_int_equal(hunk_view_count(view), 3);
    hunk_view_toggle(view);
    lines_free(lines);
    lines = put(view, 40);
    assert_line(lines, 1, "▸ [ ] hunk 1 of 3, line 2");
    assert_line(lines, 6, "  [x] hunk 2 of 3, line 4");
    assert_line(lines, 7, "- 4");
    assert_int_equal(hunk_view_unseen(view), 0);
    assert_false(hunk_view_takes(view, 0));
    assert_true(hunk_view_takes(view, 1));
    assert_int_equal(hunk_view_move(view, 1), 6);
    lines_free(lines);
    hunk_view_free(view);
}

static void one_hunk_or_none_is_no_choice(void **state)
{
    struct hunk_view *view = hunk_view_new("a\n", 2, "b\n", 2);
    struct lines *lines = lines_new(40);

    (void)state;
    hunk_view_put(view, lines);
    assert_line(lines, 0, "@@ line 1 @@");
    hunk_view_free(view);
    view = hunk_view_new("a\n", 2, "a\n", 2);
    lines_clear(lines, 40);
    hunk_view_put(view, lines);
    assert_line(lines, 0, "(nothing changes)");
    hunk_view_look(view, 0, 10);
    hunk_view_toggle(view);
    assert_int_equal(hunk_view_move(view, 1), 0);
    assert_int_equal(hunk_view_count(view), 0);
    assert_int_equal(hunk_view_unseen(view), 0);
    hunk_view_free(view);
    hunk_view_free(NULL);
    lines_free(lines);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_say_what_is_taken),
        cmocka_unit_test(moving_stays_within),
        cmocka_unit_test(all_or_none),
        cmocka_unit_test(a_hunk_is_seen_when_each_line_was),
        cmocka_unit_test(the_present_one_is_in_sight),
        cmocka_unit_test(a_hunk_is_divided),
        cmocka_unit_test(one_hunk_or_none_is_no_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
