/* test_ui_line_editor.c - libedit without a terminal: keys in, text and actions out, and its traps.
 *
 * Keys are written as a terminal sends them, but ESC pressed alone is U+241B, and the cursor in a wanted text
 * is U+2038. */
#include "ui/line_editor.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "ui/wide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* libedit forgets to free the text of a `bind -s` macro, ncurses what tgetent found out for an earlier editor. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:wcsdup\nleak:_nc_trim_sgr0\n";
}

enum { ESC_ALONE = 0x241b, CURSOR = 0x2038 };

static struct line_editor *new_editor(bool vi, const char *editrc)
{
    struct line_editor_options options = { .vi = vi, .editrc = editrc };
    struct error error = ERROR_INIT;
    struct line_editor *editor = line_editor_new(&options, &error);
    if (!editor)
        fail_msg("%s", error_message(&error));
    return editor;
}

/* Types KEYS; the last action that was not LINE_WAITING. */
static enum line_action type(struct line_editor *editor, const wchar_t *keys)
{
    enum line_action last = LINE_WAITING, action;
    for (; *keys; keys++)
        if (*keys == ESC_ALONE)
            line_editor_escape(editor), last = line_editor_run(editor);
        else
            line_editor_feed(editor, keys, 1);
    while ((action = line_editor_run(editor)) != LINE_WAITING)
        last = action;
    return last;
}

/* The text with a mark where the cursor is; caller frees. */
static char *shown(struct line_editor *editor)
{
    size_t count, cursor;
    const wchar_t *text = line_editor_text(editor, &count, &cursor);
    struct buffer out = BUFFER_INIT;
    wide_to_utf8(&out, text, cursor);
    wide_to_utf8(&out, (wchar_t[]){ CURSOR }, 1);
    wide_to_utf8(&out, text + cursor, count - cursor);
    return buffer_detach(&out);
}

static void assert_shown(struct line_editor *editor, const char *wanted)
{
    char *text = shown(editor);
    assert_string_equal(text, wanted);
    free(text);
}

struct typing {
    const wchar_t *keys;
    const char *shown;
};

static void check_typing(bool vi, const struct typing *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct line_editor *editor = new_editor(vi, NULL);
        line_editor_history_add(editor, L"make check");
        line_editor_history_add(editor, L"one\ntwo");
        type(editor, rows[i].keys);
        char *text = shown(editor);
        if (strcmp(text, rows[i].shown) != 0)
            fail_msg("row %zu: '%ls' gave '%s', wanted '%s'", i, rows[i].keys, text, rows[i].shown);
        free(text);
        line_editor_free(editor);
    }
}

static void emacs_keys_edit(void **state)
{
    (void)state;
    static const struct typing rows[] = {
        { L"", "‸" },
        { L"hello", "hello‸" },
        { L"grüße 世界", "grüße 世界‸" },
        { L"hello\x01>", ">‸hello" },
        { L"one two\x1b"
          L"bX",
          "one X‸two" },
        { L"one two\x17\x19\x19", "one twotwo‸" },
        { L"ab\x14", "ba‸" },
        { L"one two\x01\x1bu\x1bu", "ONE TWO‸" },
        { L"\x1b"
          L"5x",
          "xxxxx‸" },
        { L"a\x16\x01z", "a\x01z‸" },
        { L"one\ntwo\x01>", "one\n>‸two" },
        { L"one\x1b\rtwo\x1b[H>", "one\n>‸two" },
        { L"one\x1b[13;2utwo", "one\ntwo‸" },
        { L"one\ntwo\x10\x01\x05", "one\ntwo‸" }, /* C-p at the edge of an editor without rows: history */
        { L"one\ntwo\x02\x02\x02\x02\x02\x0b!", "on!‸\ntwo" },
        { L"one\ntwo\x02\x02\x02\x02\x0b!", "one!‸two" },
        { L"one\ntwo\x15>", "one\n>‸" },
        { L"one\ntwo\x15\x15>", "one>‸" },
        { L"one\ntwo\x15\x19\x19", "one\ntwotwo‸" },
        { L"keep cut\x17xy\x7f\x7f\x19", "keep cut‸" }, /* deletion leaves what was cut */
        { L"abc\x1b[D\x1b[D\x1b[3~", "a‸c" },
        { L"abc\x02\x02\x04", "a‸c" },
        { L"a👨‍👩‍👧b\x02\x7f", "a‸b" },
        { L"a👨‍👩‍👧b\x02\x02\x04", "a‸b" },
        { L"ae\u0301b\x02\x7f", "a‸b" },
        { L"x 🇩🇪\x1b[D!", "x !‸🇩🇪" },
        { L"\x1b[A", "one\ntwo‸" },
        { L"\x1b[A\x1b[A", "make check‸" },
        { L"half\x1b[A\x1b[B", "half‸" },
        { L"ma\x1bp", "make check‸" },
        { L"q\x1b<p\x1b>r", "pqr‸" },
        { L"one\x1b[1;5D>", ">‸one" },
        { L"q\x1bq\x1bxz", "qz‸" }, /* keys that nothing is bound to */
        { L"one two\x1b\x7f", "one ‸" },
        { L"a\x90z", "az‸" }, /* C1 controls are ours alone */
    };
    check_typing(false, rows, ARRAY_SIZE(rows));
}

static void vi_keys_edit(void **state)
{
    (void)state;
    static const struct typing rows[] = {
        { L"hello", "hello‸" },
        { L"hello␛", "hell‸o" },
        { L"hello␛0x", "‸ello" },
        { L"one two three␛0dw", "‸two three" },
        { L"one two three␛0dw.", "‸three" },
        { L"one two␛0cwsix␛", "si‸x two" },
        { L"one two three␛02wx", "one two ‸hree" },
        { L"abcdef␛0fdx", "abc‸ef" },
        { L"abcdef␛0tdx", "ab‸def" },
        { L"abcdef␛0ctdX␛", "‸Xdef" },
        { L"abc␛0f␛x", "‸bc" }, /* ESC ends f */
        { L"abc␛0d␛x", "‸bc" }, /* and d */
        { L"abc␛rz", "ab‸z" },
        { L"abc␛xu", "ab‸c" },
        { L"abc␛xp", "ab‸c" },
        { L"abc␛~", "ab‸C" },
        { L"abc␛AX", "abcX‸" },
        { L"ab\x7f"
          L"cd␛0iX␛.",
          "‸XXacd" },
        { L"␛k", "‸one\ntwo" },
        { L"␛kk", "‸make check" },
        { L"half␛kj", "‸half" },
        { L"a␛v:#/?ax", "ax‸" }, /* none of them may ask, comment out, or start an editor */
        { L"a\x16\x1bz", "a\x1bz‸" },
        { L"one\x1b\rtwo", "one\ntwo‸" },
        { L"ab\x1b[DX", "aX‸b" },
    };
    check_typing(true, rows, ARRAY_SIZE(rows));
}

static void keys_ask_the_owner(void **state)
{
    (void)state;
    static const struct {
        bool vi;
        const wchar_t *keys;
        enum line_action action;
    } rows[] = {
        { false, L"text", LINE_WAITING },    { false, L"text\r", LINE_SUBMIT },
        { false, L"\r", LINE_SUBMIT },       { false, L"\x04", LINE_END_OF_FILE },
        { false, L"te\x04", LINE_WAITING },  { false, L"te\t", LINE_COMPLETE },
        { false, L"te\x12", LINE_SEARCH },   { false, L"te␛", LINE_ESCAPE },
        { true, L"te␛", LINE_WAITING },      { true, L"te␛␛", LINE_ESCAPE },
        { true, L"te␛d␛", LINE_WAITING },    { true, L"te␛dd␛", LINE_ESCAPE },
        { true, L"te␛2␛", LINE_WAITING },    { true, L"te␛f␛", LINE_WAITING },
        { true, L"te␛f␛␛", LINE_ESCAPE },    { true, L"te␛/", LINE_SEARCH },
        { true, L"te\t", LINE_COMPLETE },    { true, L"te␛\r", LINE_SUBMIT },
        { false, L"te\x16␛", LINE_WAITING },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct line_editor *editor = new_editor(rows[i].vi, NULL);
        enum line_action action = type(editor, rows[i].keys);
        if (action != rows[i].action)
            fail_msg("row %zu: action %d, wanted %d", i, action, rows[i].action);
        line_editor_free(editor);
    }
}

static void a_submitted_text_is_handed_over(void **state)
{
    (void)state;
    struct line_editor *editor = new_editor(false, NULL);
    line_editor_feed(editor, L"one\ntwo\n\rthree\r", 15);
    size_t count;
    assert_int_equal(line_editor_run(editor), LINE_SUBMIT);
    assert_true(wcscmp(line_editor_submitted(editor, &count), L"one\ntwo\n") == 0);
    assert_int_equal(count, 8);
    assert_int_equal(line_editor_run(editor), LINE_SUBMIT);
    assert_true(wcscmp(line_editor_submitted(editor, &count), L"three") == 0);
    assert_int_equal(line_editor_run(editor), LINE_WAITING);
    assert_shown(editor, "‸");
    line_editor_free(editor);
}

static void keys_wait_while_the_owner_acts(void **state)
{
    (void)state;
    struct line_editor *editor = new_editor(false, NULL);
    line_editor_feed(editor, L"see src/m\t!", 11);
    assert_int_equal(line_editor_run(editor), LINE_COMPLETE);
    assert_shown(editor, "see src/m‸");
    assert_true(line_editor_replace(editor, 1, L"main.c", 6));
    assert_shown(editor, "see src/main.c‸");
    assert_int_equal(line_editor_run(editor), LINE_WAITING);
    assert_shown(editor, "see src/main.c!‸");
    line_editor_free(editor);
}

static void a_restart_forgets_all_but_the_history(void **state)
{
    (void)state;
    static const wchar_t *const before[] = { L"text", L"text␛f", L"text␛d", L"", L"te\x16", L"te␛" };
    for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
        struct line_editor *editor = new_editor(true, NULL);
        line_editor_history_add(editor, L"older");
        type(editor, before[i]);
        line_editor_restart(editor);
        assert_shown(editor, "‸");
        type(editor, L"x"); /* insert mode again */
        assert_shown(editor, "x‸");
        type(editor, L"\x1b[A");
        assert_shown(editor, "‸older");
        line_editor_free(editor);
    }
}

static void a_replacement_ends_a_command_that_waits(void **state)
{
    (void)state;
    struct line_editor *editor = new_editor(true, NULL);
    type(editor, L"abc␛0f");
    assert_true(line_editor_in_command(editor));
    assert_true(line_editor_replace(editor, 0, L"PASTE", 5));
    assert_false(line_editor_in_command(editor));
    assert_shown(editor, "PASTE‸abc");
    line_editor_free(editor);
}

static void a_large_text_is_taken_in_at_once(void **state)
{
    (void)state;
    enum { LINES = 10000 };
    struct buffer text = BUFFER_INIT;
    for (int i = 0; i < LINES; i++)
        buffer_append_format(&text, "line %d of a paste that is longer than any screen\n", i);
    size_t count, length, cursor;
    wchar_t *wide = wide_from_utf8(text.data, text.length, &count);
    struct line_editor *editor = new_editor(false, NULL);
    assert_true(line_editor_replace(editor, 0, wide, count));
    type(editor, L"end\x1b<start");
    line_editor_text(editor, &length, &cursor);
    assert_int_equal(length, count + 8);
    assert_int_equal(cursor, 5);
    type(editor, L"\r");
    assert_int_equal(wcslen(line_editor_submitted(editor, &length)), count + 8);
    assert_shown(editor, "‸");
    line_editor_free(editor);
    free(wide);
    buffer_release(&text);
}

static void too_large_a_text_is_refused(void **state)
{
    (void)state;
    struct line_editor *editor = new_editor(false, NULL);
    wchar_t *text = xmalloc(sizeof *text * (LINE_EDITOR_CEILING + 1));
    wmemset(text, L'x', LINE_EDITOR_CEILING);
    text[LINE_EDITOR_CEILING] = 0;
    type(editor, L"a");
    assert_false(line_editor_replace(editor, 0, text, LINE_EDITOR_CEILING));
    assert_shown(editor, "a‸");
    assert_true(line_editor_replace(editor, 1, text, LINE_EDITOR_CEILING));
    assert_int_equal(type(editor, L"\r"), LINE_SUBMIT);
    free(text);
    line_editor_free(editor);
}

/* Rows, as an owner knows them: here each line is one, and the cursor keeps no column. */
static size_t next_line(void *context, int rows)
{
    size_t count, cursor;
    const wchar_t *text = line_editor_text(*(struct line_editor **)context, &count, &cursor);
    if (rows > 0) {
        size_t end = wide_line_end(text, count, cursor);
        return end == count ? SIZE_MAX : end + 1;
    }
    size_t begin = wide_line_begin(text, cursor);
    return begin == 0 ? SIZE_MAX : wide_line_begin(text, begin - 1);
}

static void up_and_down_go_through_rows_then_history(void **state)
{
    (void)state;
    struct line_editor *editor = NULL;
    struct line_editor_options options = { .move_rows = next_line, .context = &editor };
    editor = line_editor_new(&options, NULL);
    line_editor_history_add(editor, L"older");
    type(editor, L"one\ntwo\x1b[A");
    assert_shown(editor, "‸one\ntwo");
    type(editor, L"\x1b[B");
    assert_shown(editor, "one\n‸two");
    type(editor, L"\x10\x10");
    assert_shown(editor, "older‸");
    type(editor, L"\x0e");
    assert_shown(editor, "one\ntwo‸");
    line_editor_free(editor);
}

static void history_is_searched_both_ways(void **state)
{
    (void)state;
    struct line_editor *editor = new_editor(false, NULL);
    static const wchar_t *const entries[] = { L"make", L"git log", L"make check", L"make check", L"ls" };
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
        line_editor_history_add(editor, entries[i]);
    const wchar_t *text = NULL;
    size_t from = 0;
    assert_true(line_editor_history_find(editor, L"make", 1, &from, &text));
    assert_true(wcscmp(text, L"make check") == 0);
    assert_int_equal(from, 1); /* the repeated one is there once */
    from++;
    assert_true(line_editor_history_find(editor, L"make", 1, &from, &text));
    assert_true(wcscmp(text, L"make") == 0);
    assert_int_equal(from, 3);
    size_t newer = from - 1;
    assert_true(line_editor_history_find(editor, L"make", -1, &newer, &text));
    assert_int_equal(newer, 1);
    assert_false(line_editor_history_find(editor, L"nothing", 1, &from, &text));
    assert_int_equal(from, 3);
    line_editor_free(editor);
}

static char *write_editrc(const char *text)
{
    char *path = xstrdup("/tmp/sandgate-editrc-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_true(path_write_file(path, text, strlen(text), 0600, NULL));
    return path;
}

static void editrc_is_honoured(void **state)
{
    (void)state;
    char *path = write_editrc("# keys of mine\n"
                              "\n"
                              "bind -v\n"
                              "edit off\n"
                              "sandgate:bind -s \"^G\" \"hello\"\n"
                              "other:bind -s \"^G\" \"wrong\"\n"
                              "bind \"\\e[15~\" ed-move-to-beg\n"
                              "history size 10\n");
    struct line_editor *editor = new_editor(false, path);
    assert_null(line_editor_complaints(editor));
    assert_true(line_editor_is_vi(editor));
    assert_true(line_editor_knows(editor, L"\033[15~"));
    assert_true(line_editor_knows(editor, L"\033[A"));
    assert_false(line_editor_knows(editor, L"\033[17~"));
    type(editor, L"\x07!\x1b[15~>");
    assert_shown(editor, ">‸hello!");
    assert_int_equal(type(editor, L"\t"), LINE_COMPLETE); /* ours are back after bind -v */
    assert_int_equal(type(editor, L"␛␛"), LINE_ESCAPE);
    type(editor, L"v:");
    assert_shown(editor, "‸>hello!");
    line_editor_free(editor);
    unlink(path);
    free(path);
}

static void bad_lines_of_editrc_are_told(void **state)
{
    (void)state;
    char *path =
        write_editrc("bind \"^G\" no-such-function\nfrobnicate\nbind \"open\nbind ^G ed-move-to-end\n");
    struct line_editor *editor = new_editor(false, path);
    char *wanted = xasprintf("%s:1: libedit does not know this command, its key or its function\n"
                             "%s:2: libedit does not know this command, its key or its function\n"
                             "%s:3: a quote is not closed\n",
                             path, path, path);
    assert_string_equal(line_editor_complaints(editor), wanted);
    free(wanted);
    line_editor_free(editor);
    unlink(path);
    free(path);
}

static void two_editors_do_not_meet(void **state)
{
    (void)state;
    struct line_editor *one = new_editor(false, NULL), *other = new_editor(true, NULL);
    type(one, L"first");
    type(other, L"second␛");
    type(one, L"!");
    type(other, L"x");
    assert_shown(one, "first!‸");
    assert_shown(other, "seco‸n");
    line_editor_free(one);
    type(other, L"p");
    assert_shown(other, "secon‸d");
    line_editor_free(other);
}

static void strange_terminals_do_not_matter(void **state)
{
    (void)state;
    static const char *const names[] = { "emacs", "dumb", "no-such-terminal", "" };
    char *before = xstrdup_or_null(getenv("TERM"));
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        setenv("TERM", names[i], 1);
        struct line_editor *editor = new_editor(false, NULL);
        type(editor, L"ab\x01x");
        assert_shown(editor, "x‸ab");
        line_editor_free(editor);
    }
    if (before)
        setenv("TERM", before, 1);
    free(before);
}

int main(void)
{
    alarm(600);
    utf8_set_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emacs_keys_edit),
        cmocka_unit_test(vi_keys_edit),
        cmocka_unit_test(keys_ask_the_owner),
        cmocka_unit_test(a_submitted_text_is_handed_over),
        cmocka_unit_test(keys_wait_while_the_owner_acts),
        cmocka_unit_test(a_restart_forgets_all_but_the_history),
        cmocka_unit_test(a_replacement_ends_a_command_that_waits),
        cmocka_unit_test(a_large_text_is_taken_in_at_once),
        cmocka_unit_test(too_large_a_text_is_refused),
        cmocka_unit_test(up_and_down_go_through_rows_then_history),
        cmocka_unit_test(history_is_searched_both_ways),
        cmocka_unit_test(editrc_is_honoured),
        cmocka_unit_test(bad_lines_of_editrc_are_told),
        cmocka_unit_test(two_editors_do_not_meet),
        cmocka_unit_test(strange_terminals_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
