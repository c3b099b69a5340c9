/* Names of keys both ways, and bytes to keys at every split. */
#include "base/buffer.h"
#include "base/utf8.h"
#include "loop/loop.h"
#include "ui/key_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_names_both_ways(void **state)
{
    (void)state;
    static const char *const names[] = {
        "a",        "A",      "é",   "漢",    "Space",   "C-Space", "C-c",       "M-x",         "C-M-a",
        "C-S-a",    "Enter",  "Tab", "S-Tab", "M-Enter", "PageUp",  "F1",        "F12",         "C-Left",
        "C-M-S-F5", "Escape", "-",   "M--",   "C-/",     "Delete",  "Backspace", "M-Backspace",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct key key;
        char name[KEY_NAME];
        assert_true(key_parse(names[i], &key));
        key_format(&key, name);
        assert_string_equal(name, names[i]);
    }
}

static void test_names_that_are_none(void **state)
{
    (void)state;
    static const char *const names[] = {
        "", "ab", "C-", "X-a", "C-C-a", "F13", "Enterr", " ", "\x7f", "\xff"
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct key key;
        assert_false(key_parse(names[i], &key));
    }
}

static void test_modifiers_in_any_order(void **state)
{
    (void)state;
    struct key one, other;
    assert_true(key_parse("S-M-C-Up", &one));
    assert_true(key_parse("C-M-S-Up", &other));
    assert_true(key_equal(&one, &other));
    assert_true(key_parse("M-Up", &other));
    assert_false(key_equal(&one, &other));
}

/* --- the reader --- */

struct heard {
    struct loop *loop;
    struct key_reader *reader;
    struct buffer names; /* "a C-b Paste[text] " */
    bool reset;          /* from inside the next key */
};

static void hear(void *data, const struct key *key)
{
    struct heard *heard = data;
    char name[KEY_NAME];
    key_format(key, name);
    buffer_append_text(&heard->names, name);
    if (key->kind == INPUT_PASTE)
        buffer_append_format(&heard->names, "[%.*s]%s", (int)key->length, key->text,
                             key->truncated ? "!" : "");
    if (key->kind == INPUT_MOUSE)
        buffer_append_format(&heard->names, "@%d,%d", key->y, key->x);
    buffer_append_byte(&heard->names, ' ');
    if (heard->reset)
        key_reader_reset(heard->reader);
}

static void begin(struct heard *heard)
{
    *heard = (struct heard){ .names = BUFFER_INIT };
    heard->loop = loop_new();
    heard->reader = key_reader_new(heard->loop, hear, heard);
    key_reader_add(heard->reader, "\033[25^", NAMED_F12, 0);
    key_reader_add(heard->reader, "\033Z9", NAMED_F1, MOD_SHIFT);
}

static void end(struct heard *heard)
{
    key_reader_free(heard->reader);
    loop_free(heard->loop);
    buffer_release(&heard->names);
}

static const struct {
    const char *bytes;
    const char *names;
} cases[] = {
    { "abc", "a b c " },
    { "\001\032\r\n\t\x7f\b", "C-a C-z Enter C-j Tab Backspace C-h " },
    { "\x1c\x1d\x1e\x1f", "C-\\ C-] C-^ C-_ " },
    { "é漢🙂", "é 漢 🙂 " },
    { "\033x\033X\033\r\033\x7f\033é", "M-x M-X M-Enter M-Backspace M-é " },
    { "\033\001", "C-M-a " },
    { "\033[A\033OB\033[1;5C\033[1;2D\033[1;3A", "Up Down C-Right S-Left M-Up " },
    { "\033[H\033[F\033[1~\033[4~\033[5~\033[6~\033[2~\033[3~",
      "Home End Home End PageUp PageDown Insert Delete " },
    { "\033OP\033OS\033[15~\033[24~\033[1;2P\033[[A\033[[E", "F1 F4 F5 F12 S-F1 F1 F5 " },
    { "\033[Z\033OM\033Op", "S-Tab Enter 0 " },
    { "\033[13;2u\033[97;5u\033[97;6u\033[97;2u\033[9;5u\033[27u\033[105;5u",
      "S-Enter C-a C-S-a A C-Tab Escape C-i " },
    { "\033[27;2;13~\033[27;5;97~", "S-Enter C-a " },
    { "\033[97;5:3u\033[57358u", "" },
    { "\033[I\033[O", "FocusIn FocusOut " },
    { "\033[<0;5;7M\033[<0;5;7m\033[<64;1;1M\033[<65;10;20M\033[<35;3;3M",
      "LeftClick@6,4 WheelUp@0,0 WheelDown@19,9 " },
    { "\033[M !\"\033[M#!\"\033[M`!!", "LeftClick@1,0 WheelUp@0,0 " },
    { "\033[200~one\rtwo\r\nthree\nf\033[A\033[201~x", "Paste[one\ntwo\nthree\nf\033[A] x " },
    { "\033[200~\033[201~", "Paste[] " },
    { "\033[200~a\033[20\033[201\033[201~", "Paste[a\033[20\033[201] " },
    { "\033[?62;c\033]11;rgb:0/0/0\033\\\033P1$r\033\\\033]0;t\ax", "x " },
    { "\033[99999999999999999999~\033[;;;;;;;;;;A\033[38~y", "Up y " },
    { "\033[25^\033Z9", "F12 S-F1 " },
    { "a\xff"
      "b\xc3(",
      "a b ( " },
};

static void test_reader_at_every_split(void **state)
{
    (void)state;
    utf8_set_locale();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t length = strlen(cases[i].bytes);
        for (size_t at = 0; at <= length; at++) {
            struct heard heard;
            begin(&heard);
            key_reader_feed(heard.reader, cases[i].bytes, at);
            key_reader_feed(heard.reader, cases[i].bytes + at, length - at);
            assert_string_equal(heard.names.data, cases[i].names);
            end(&heard);
        }
    }
}

static void test_reader_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct heard heard;
        begin(&heard);
        for (const char *byte = cases[i].bytes; *byte; byte++)
            key_reader_feed(heard.reader, byte, 1);
        assert_string_equal(heard.names.data, cases[i].names);
        end(&heard);
    }
}

/* Turns the loop until the timer has told as much as is expected. */
static void wait_for(struct heard *heard, const char *names)
{
    while (heard->names.length < strlen(names))
        loop_turn(heard->loop, -1);
    assert_string_equal(heard->names.data, names);
}

static void test_time_decides(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *names;
    } waits[] = {
        { "\033", "Escape " },
        { "\033[", "M-[ " },
        { "\033O", "M-O " },
        { "\033\033", "Escape Escape " },
        { "\033[200~no end", "Paste[no end] " },
    };
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        struct heard heard;
        begin(&heard);
        key_reader_feed(heard.reader, waits[i].bytes, strlen(waits[i].bytes));
        wait_for(&heard, waits[i].names);
        key_reader_feed(heard.reader, "q", 1); /* and nothing of it is left */
        assert_int_equal(heard.names.data[heard.names.length - 2], 'q');
        end(&heard);
    }
}

static void test_half_a_sequence_is_given_up(void **state)
{
    (void)state;
    struct heard heard;
    begin(&heard);
    key_reader_feed(heard.reader, "\033[1;", 4);
    uint64_t before = loop_wakeups(heard.loop);
    loop_turn(heard.loop, -1);
    assert_true(loop_wakeups(heard.loop) > before);
    key_reader_feed(heard.reader, "5C", 2);
    assert_string_equal(heard.names.data, "5 C ");
    end(&heard);
}

static void test_reset_from_inside_a_key(void **state)
{
    (void)state;
    struct heard heard;
    begin(&heard);
    heard.reset = true;
    key_reader_feed(heard.reader, "abc\033[200~", 9);
    assert_string_equal(heard.names.data, "a ");
    heard.reset = false;
    key_reader_feed(heard.reader, "z", 1);
    assert_string_equal(heard.names.data, "a z ");
    end(&heard);
}

static size_t paste_length;
static bool paste_truncated;

static void hear_length(void *data, const struct key *key)
{
    (void)data;
    paste_length = key->length;
    paste_truncated = key->truncated;
}

static void test_paste_has_a_ceiling(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct key_reader *reader = key_reader_new(loop, hear_length, NULL);
    char *piece = malloc(65536);
    memset(piece, 'x', 65536);
    key_reader_feed(reader, "\033[200~", 6);
    for (int i = 0; i < 300; i++)
        key_reader_feed(reader, piece, 65536);
    key_reader_feed(reader, "\033[201~", 6);
    assert_int_equal(paste_length, KEY_PASTE_CEILING);
    assert_true(paste_truncated);
    free(piece);
    key_reader_free(reader);
    loop_free(loop);
}

static void test_paste_is_clean(void **state)
{
    (void)state;
    struct heard heard;
    begin(&heard);
    key_reader_feed(heard.reader, "\033[200~a\0b\xff\033[201~", 16);
    assert_string_equal(heard.names.data, "Paste[ab\xef\xbf\xbd] ");
    end(&heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_both_ways),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_modifiers_in_any_order),
        cmocka_unit_test(test_reader_at_every_split),
        cmocka_unit_test(test_reader_byte_by_byte),
        cmocka_unit_test(test_time_decides),
        cmocka_unit_test(test_half_a_sequence_is_given_up),
        cmocka_unit_test(test_reset_from_inside_a_key),
        cmocka_unit_test(test_paste_has_a_ceiling),
        cmocka_unit_test(test_paste_is_clean),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
