/* test_ui_composer.c - the composer by keys: what is on its rows, what is submitted, what is handed back.
 *
 * Keys are written by name (key.h) with a blank between them; a word in quotes is typed letter by letter. */
#include "ui/composer.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "ui/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What ncurses' tgetent found out for an earlier editor, and forgot to free. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:_nc_trim_sgr0\n";
}

struct desk {
    struct composer *composer;
    struct buffer submitted; /* each text and a bar */
    struct buffer told;
    const char *completion; /* NULL: there is none */
};

static void take_submitted(void *data, const char *text)
{
    struct desk *desk = data;
    assert_true(composer_is_empty(desk->composer));
    buffer_append_format(&desk->submitted, "%s|", text);
}

static bool complete(void *data)
{
    struct desk *desk = data;
    const char *before = composer_before(desk->composer);
    const char *blank = strrchr(before, ' ');
    if (!desk->completion)
        return false;
    composer_complete(desk->composer, strlen(blank ? blank + 1 : before), desk->completion);
    return true;
}

static void hear(void *data, const char *sentence)
{
    struct desk *desk = data;
    buffer_append_text(&desk->told, sentence);
}

static void open_desk(struct desk *desk, bool vi)
{
    *desk = (struct desk){ .submitted = BUFFER_INIT, .told = BUFFER_INIT };
    struct composer_options options = { .vi = vi, .editrc = "" };
    struct composer_calls calls = {
        .submit = take_submitted, .complete = complete, .tell = hear, .data = desk
    };
    struct error error = ERROR_INIT;
    desk->composer = composer_new(&options, &calls, &error);
    if (!desk->composer)
        fail_msg("%s", error_message(&error));
}

static void close_desk(struct desk *desk)
{
    composer_free(desk->composer);
    buffer_release(&desk->submitted);
    buffer_release(&desk->told);
}

static bool press_text(struct desk *desk, const char *text, size_t length)
{
    bool used = true;
    for (size_t at = 0; at < length;) {
        struct key key = { .kind = INPUT_CHARACTER };
        at += utf8_decode(text + at, length - at, &key.code);
        used = composer_key(desk->composer, &key);
    }
    return used;
}

/* Presses KEYS; true when the last was used. */
static bool press(struct desk *desk, const char *keys)
{
    bool used = true;
    while (*(keys += strspn(keys, " "))) {
        size_t length = *keys == '\'' ? strcspn(keys + 1, "'") + 2 : strcspn(keys, " ");
        if (*keys == '\'') {
            used = press_text(desk, keys + 1, length - 2);
        } else {
            char name[KEY_NAME];
            struct key key;
            snprintf(name, sizeof name, "%.*s", (int)length, keys);
            assert_true(key_parse(name, &key));
            used = composer_key(desk->composer, &key);
        }
        keys += length;
    }
    return used;
}

static void paste(struct desk *desk, const char *text, size_t length)
{
    struct key key = { .kind = INPUT_PASTE, .text = text, .length = length };
    assert_true(composer_key(desk->composer, &key));
}

/* The rows of a layout, a bar between them, the cursor as U+2038; caller frees. */
static char *screen(struct desk *desk, int width, size_t height)
{
    struct buffer out = BUFFER_INIT;
    size_t count = composer_layout(desk->composer, width, height), row;
    int column;
    composer_cursor(desk->composer, &row, &column);
    assert_true(row < count && column >= 0 && column < width);
    for (size_t i = 0; i < count; i++) {
        size_t length;
        const char *text = composer_row(desk->composer, i, &length);
        buffer_append_text(&out, i ? "|" : "");
        size_t start = out.length;
        buffer_append(&out, text, length);
        if (i == row) /* only for texts of one column a byte */
            buffer_insert(&out, start + (size_t)column, "‸", strlen("‸"));
    }
    return buffer_detach(&out);
}

static void assert_screen(struct desk *desk, int width, size_t height, const char *wanted)
{
    char *text = screen(desk, width, height);
    assert_string_equal(text, wanted);
    free(text);
}

static void typed_text_is_on_rows(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    assert_screen(&desk, 20, 5, "‸");
    assert_true(composer_is_empty(desk.composer));
    press(&desk, "'list the files' S-Enter 'then' M-Enter 'run' C-j 'them'");
    assert_screen(&desk, 20, 5, "list the files|then|run|them‸");
    assert_screen(&desk, 10, 9, "list the |files|then|run|them‸");
    assert_string_equal(composer_text(desk.composer), "list the files\nthen\nrun\nthem");
    close_desk(&desk);
}

static void the_rows_scroll_with_the_cursor(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    press(&desk, "'1' C-j '2' C-j '3' C-j '4' C-j '5'");
    assert_screen(&desk, 10, 3, "3|4|5‸");
    assert_int_equal(composer_rows_above(desk.composer), 2);
    press(&desk, "Up Up Up");
    assert_screen(&desk, 10, 3, "2‸|3|4");
    assert_int_equal(composer_rows_above(desk.composer), 1);
    assert_int_equal(composer_rows_below(desk.composer), 1);
    press(&desk, "C-c");
    assert_screen(&desk, 10, 3, "‸");
    close_desk(&desk);
}

static void up_and_down_keep_their_column(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    press(&desk, "'a long row' C-j 'x' C-j 'another row' Up");
    assert_screen(&desk, 20, 5, "a long row|x‸|another row");
    press(&desk, "Up");
    assert_screen(&desk, 20, 5, "a long row‸|x|another row");
    press(&desk, "Left Down Down");
    assert_screen(&desk, 20, 5, "a long row|x|another r‸ow");
    press(&desk, "C-p C-p");
    assert_screen(&desk, 20, 5, "a long ro‸w|x|another row");
    close_desk(&desk);
}

static void wrapped_rows_are_rows_for_up_and_down(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    press(&desk, "'one two three'");
    assert_screen(&desk, 10, 5, "one two |three‸");
    press(&desk, "Up");
    assert_screen(&desk, 10, 5, "one t‸wo |three");
    close_desk(&desk);
}

static void enter_submits_and_history_remembers(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    composer_add_history(desk.composer, "from another day");
    assert_true(press(&desk, "'one' Enter 'two' C-j 'lines' Enter"));
    assert_string_equal(desk.submitted.data, "one|two\nlines|");
    assert_true(composer_is_empty(desk.composer));
    press(&desk, "'draft' Up");
    assert_screen(&desk, 20, 5, "two|lines‸");
    press(&desk, "Up Up");
    assert_screen(&desk, 20, 5, "one‸");
    press(&desk, "Up");
    assert_screen(&desk, 20, 5, "from another day‸");
    press(&desk, "Down Down Down");
    assert_screen(&desk, 20, 5, "draft‸");
    close_desk(&desk);
}

static void keys_without_use_are_handed_back(void **state)
{
    (void)state;
    static const struct {
        bool vi;
        const char *keys;
        bool used;
        const char *text;
    } rows[] = {
        { false, "Enter", false, "" },
        { false, "' ' Enter", false, " " },
        { false, "Escape", false, "" },
        { false, "'x' Escape", false, "x" },
        { false, "C-c", false, "" },
        { false, "'x' C-c", true, "" },
        { false, "C-d", false, "" },
        { false, "'xy' C-a C-d", true, "y" },
        { false, "F1", false, "" },
        { false, "PageUp", false, "" },
        { false, "S-Tab", false, "" },
        { false, "C-S-x", false, "" },
        { false, "'x' Tab", false, "x" },
        { false, "'x' M-Up", false, "x" },
        { false, "'ab' C-Left 'x'", true, "xab" },
        { false, "M-5 'x'", true, "xxxxx" },
        { true, "'x' Escape", true, "x" },
        { true, "'x' Escape Escape", false, "x" },
        { true, "'xy' M-h 'i' 'z'", true, "zxy" },
        { true, "'x' Escape C-c 'y'", true, "y" },
        { true, "'a b' Escape '0' 'd' Escape Escape", false, "a b" },
        { true, "'a' M-Enter 'b'", true, "a\nb" },
        { false, "C-v C-c", true, "\x03" },
        { false, "C-v Escape 'x'", true, "\x1bx" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct desk desk;
        open_desk(&desk, rows[i].vi);
        bool used = press(&desk, rows[i].keys);
        if (used != rows[i].used)
            fail_msg("row %zu (%s): used is %d", i, rows[i].keys, used);
        assert_string_equal(composer_text(desk.composer), rows[i].text);
        assert_int_equal(desk.submitted.length, 0);
        close_desk(&desk);
    }
}

static void a_paste_is_text_whatever_is_in_it(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    static const char text[] = "a\x1b[31mred\x03\r\t\xe2\x80\xae.\nEnter\n";
    press(&desk, "'> '");
    paste(&desk, text, sizeof text - 1);
    assert_int_equal(desk.submitted.length, 0);
    press(&desk, "Enter");
    char *wanted = xasprintf("> %s|", text);
    assert_string_equal(desk.submitted.data, wanted);
    free(wanted);
    close_desk(&desk);
}

static void ten_thousand_lines_can_be_pasted_and_edited(void **state)
{
    (void)state;
    struct desk desk;
    struct buffer text = BUFFER_INIT;
    for (int i = 1; i <= 10000; i++)
        buffer_append_format(&text, "%sline %d", i == 1 ? "" : "\n", i);
    open_desk(&desk, false);
    paste(&desk, text.data, text.length);
    assert_screen(&desk, 40, 2, "line 9999|line 10000‸");
    assert_int_equal(composer_rows_above(desk.composer), 9998);
    press(&desk, "'!' M-< '> '");
    assert_screen(&desk, 40, 2, "> ‸line 1|line 2");
    assert_int_equal(composer_rows_below(desk.composer), 9998);
    for (int i = 0; i < 100; i++)
        press(&desk, "Down 'x'");
    composer_layout(desk.composer, 40, 2);
    assert_int_equal(composer_rows_above(desk.composer), 99);
    press(&desk, "Enter");
    assert_int_equal(desk.submitted.length, text.length + 1 + 2 + 100 + 1);
    press(&desk, "Up");
    assert_screen(&desk, 40, 1, "line 10000!‸");
    close_desk(&desk);
    buffer_release(&text);
}

static void too_large_a_paste_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    size_t length = 5 * 1024 * 1024;
    char *text = xmalloc(length);
    memset(text, 'x', length);
    press(&desk, "'kept'");
    paste(&desk, text, length);
    assert_string_equal(composer_text(desk.composer), "kept");
    assert_non_null(strstr(desk.told.data, "too long"));
    free(text);
    close_desk(&desk);
}

static void a_queued_message_can_be_edited(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, true);
    press(&desk, "'half' Escape 'd'");
    composer_set_text(desk.composer, "queued\nmessage");
    assert_screen(&desk, 20, 5, "queued|message‸");
    press(&desk, "'!' Enter");
    assert_string_equal(desk.submitted.data, "queued\nmessage!|");
    composer_set_text(desk.composer, "");
    assert_true(composer_is_empty(desk.composer));
    close_desk(&desk);
}

static void tab_completes(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    desk.completion = "src/größe.c ";
    assert_true(press(&desk, "'see größ' Tab '!'"));
    assert_string_equal(composer_text(desk.composer), "see src/größe.c !");
    close_desk(&desk);
}

static void history_is_searched(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    static const char *const entries[] = { "make all", "read it\nall", "make check", "ls" };
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
        composer_add_history(desk.composer, entries[i]);
    press(&desk, "'draft' C-r");
    assert_true(composer_is_searching(desk.composer));
    assert_screen(&desk, 40, 5, "draft|search history: ‸");
    press(&desk, "'ma'");
    assert_screen(&desk, 40, 5, "make check|search history: ma‸");
    press(&desk, "C-r");
    assert_screen(&desk, 40, 5, "make all|search history: ma‸");
    press(&desk, "C-r");
    assert_screen(&desk, 40, 5, "make all|not in history: ma‸");
    press(&desk, "C-s");
    assert_screen(&desk, 40, 5, "make check|search history: ma‸");
    press(&desk, "Backspace Backspace 'all'");
    assert_screen(&desk, 40, 5, "read it|all|search history: all‸");
    assert_screen(&desk, 40, 2, "read it|search history: all‸");
    assert_screen(&desk, 20, 1, "search history: all‸");
    assert_screen(&desk, 19, 1, "search history: ll‸");
    press(&desk, "Escape");
    assert_screen(&desk, 40, 5, "draft‸");
    press(&desk, "C-r 'read' Enter");
    assert_screen(&desk, 40, 5, "read it|all‸");
    assert_int_equal(desk.submitted.length, 0);
    press(&desk, "C-r 'check' Left 'x'");
    assert_screen(&desk, 40, 5, "make checx‸k");
    close_desk(&desk);
}

static void clearing_does_not_lose_the_kill_buffer(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, false);
    press(&desk, "'keep this' C-u C-c C-y");
    assert_screen(&desk, 40, 5, "keep this‸");
    close_desk(&desk);
}

int main(void)
{
    alarm(600);
    utf8_set_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_text_is_on_rows),
        cmocka_unit_test(the_rows_scroll_with_the_cursor),
        cmocka_unit_test(up_and_down_keep_their_column),
        cmocka_unit_test(wrapped_rows_are_rows_for_up_and_down),
        cmocka_unit_test(enter_submits_and_history_remembers),
        cmocka_unit_test(keys_without_use_are_handed_back),
        cmocka_unit_test(a_paste_is_text_whatever_is_in_it),
        cmocka_unit_test(ten_thousand_lines_can_be_pasted_and_edited),
        cmocka_unit_test(too_large_a_paste_is_refused_with_a_sentence),
        cmocka_unit_test(a_queued_message_can_be_edited),
        cmocka_unit_test(tab_completes),
        cmocka_unit_test(history_is_searched),
        cmocka_unit_test(clearing_does_not_lose_the_kill_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
