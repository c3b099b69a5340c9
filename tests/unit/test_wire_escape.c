/* test_wire_escape.c - escape sequences taken out of output: lines, styles, overwriting; cut at every byte. */
#include "base/buffer.h"
#include "base/utf8.h"
#include "wire/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void note_style(struct buffer *out, const struct escape_style *style)
{
    static const char letters[] = "bfiurs"; /* in the order of enum escape_attribute */
    buffer_append_text(out, "{");
    for (size_t i = 0; i < sizeof(letters) - 1; i++)
        if (style->attributes & 1u << i)
            buffer_append_byte(out, letters[i]);
    if (style->foreground != ESCAPE_COLOUR_DEFAULT)
        buffer_append_format(out, "%x", (unsigned)style->foreground);
    if (style->background != ESCAPE_COLOUR_DEFAULT)
        buffer_append_format(out, "/%x", (unsigned)style->background);
    buffer_append_text(out, "}");
}

/* "{style}text" and so on, a bar at the end; the plain style at the start of a line is not written. */
static void note(void *data, const struct escape_line *line)
{
    struct buffer *out = data;
    assert_int_equal(line->text[line->length], '\0');
    assert_true(line->length == 0 || (line->span_count > 0 && line->spans[0].offset == 0));
    for (size_t i = 0; i < line->span_count; i++) {
        const struct escape_span *span = &line->spans[i];
        size_t end = i + 1 < line->span_count ? span[1].offset : line->length;
        assert_true(span->offset < end);
        if (i > 0 || span->style.attributes != 0 || span->style.foreground >= 0 ||
            span->style.background >= 0)
            note_style(out, &span->style);
        buffer_append(out, line->text + span->offset, end - span->offset);
    }
    buffer_append_text(out, line->cut ? "+" : "|");
    for (char *byte = out->data; byte < out->data + out->length; byte++)
        if (*byte == '\0')
            *byte = '0';
}

/* Cut at every byte the lines are EXPECTED. */
static void expect_bytes(const char *bytes, size_t length, const char *expected)
{
    struct buffer out = BUFFER_INIT;
    for (size_t cut = 0; cut <= length; cut++) {
        buffer_clear(&out);
        struct escape *escape = escape_new(note, &out);
        escape_feed(escape, bytes, cut);
        escape_feed(escape, bytes + cut, length - cut);
        escape_end(escape);
        escape_free(escape);
        assert_string_equal(out.data, expected);
    }
    buffer_release(&out);
}

static void expect(const char *text, const char *expected)
{
    expect_bytes(text, strlen(text), expected);
}

static void plain_text_is_lines(void **state)
{
    (void)state;
    expect("", "");
    expect("one\ntwo\r\n\nthree", "one|two||three|");
    expect("naïve 日本語 👩\n", "naïve 日本語 👩|");
    expect("cafe\xcc\x81 a\xcc\x80\xcc\x81\xcc\x82\xcc\x83z\n", "cafe\xcc\x81 a\xcc\x80\xcc\x81\xcc\x82z|");
    expect("\xcc\x81"
           "a\n",
           "\xcc\x81"
           "a|");
}

static void bytes_that_are_no_text_stay(void **state)
{
    (void)state;
    expect("a\xff\xc3(\xe2\x82\n\xe2", "a\xff\xc3(\xe2\x82|\xe2|");
    expect("\x01\x7f\xc2\x9b\n", "\x01\x7f\xc2\x9b|");
    expect("\xed\xa0\x80\n", "\xed\xa0\x80|");
    expect_bytes("a\0b\033\0c\033[\0m\n", 10, "a0bc|"); /* inside a sequence a NUL is nothing */
}

static void styles_come_from_sgr(void **state)
{
    (void)state;
    expect("a\033[1mb\033[0mc\n", "a{b}b{}c|");
    expect("\033[1;2;3;4;7;9mx\033[22my\033[23;24;27;29mz\n", "{bfiurs}x{iurs}y{}z|");
    expect("\033[31mr\033[92mg\033[39md\033[44mb\033[105mm\033[49md\n", "{1}r{a}g{}d{/4}b{/d}m{}d|");
    expect("\033[38;5;200ma\033[48;2;1;2;3mb\033[mc\n", "{c8}a{c8/1010203}b{}c|");
    expect("\033[38:5:200ma\033[48:2:1:2:3mb\033[48:2::4:5:6mc\n", "{c8}a{c8/1010203}b{c8/1040506}c|");
    expect("\033[4:3ma\033[4:0mb\033[21mc\033[58;5;1;1md\n", "{u}a{}b{u}c{bu}d|");
    expect("\033[31ma\nb\033[0m\nc\n", "{1}a|{1}b|c|"); /* a style goes on over lines */
    expect("\033[31ma\033cb\n", "{1}a{}b|");
    expect("\033[8mshown\n", "shown|");
}

static void odd_sgr_does_no_harm(void **state)
{
    (void)state;
    expect("\033[38;5ma\033[38;2;1ma\033[38ma\033[38;5;999ma\033[999ma\033[38;9;1ma\n", "aaaaaa|");
    expect("\033[;1;ma\033[;;1mb\n", "a{b}b|");
    expect("\033[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1ma\n", "a|");
    expect("\033[99999999999999999999ma\n", "a|");
}

static void other_sequences_are_taken_out(void **state)
{
    (void)state;
    expect("a\033[2Jb\033[H\033[?25lc\033[>4;2m\033[1 q\033[6nd\n", "abcd|");
    expect("a\033(Bb\033=\0337c\033M\n", "abc|");
    expect("a\033]0;title\007b\033]8;;http://x\033\\link\033]8;;\033\\\n", "ablink|");
    expect("a\033Pq#0\033\\b\033_x\033\\c\033^y\033\\d\033Xz\033\\e\n", "abcde|");
    expect("a\007b\n", "ab|");
    expect("a\033]0;t\033[1mb\n", "a{b}b|"); /* an ESC ends the string and begins a sequence */
}

static void what_is_left_open_hides_no_line(void **state)
{
    (void)state;
    expect("a\033]0;title\nrm -rf\n", "a|rm -rf|");
    expect("a\033Pdata\033\nrm\n", "a|rm|");
    expect("a\033[1;\nb\n", "a|b|");
    expect("a\033[3\0301mb\n", "a1mb|");
    expect("a\033[3\xc3\xa9\n", "a\xc3\xa9|");
    expect("a\033\xc3\xa9 \033(\xc3\xa9\n", "a\xc3\xa9 \xc3\xa9|");
    expect("a\033[\033[1mb\033\033[0mc\n", "a{b}b{}c|");
}

static void endless_string_ends(void **state)
{
    (void)state;
    struct buffer out = BUFFER_INIT;
    struct escape *escape = escape_new(note, &out);
    escape_feed(escape, "\033]0;", 4);
    for (int i = 0; i < 65536; i++)
        escape_feed(escape, "x", 1);
    escape_feed(escape, "seen\n", 5);
    assert_non_null(strstr(out.data, "seen|"));
    escape_free(escape);
    buffer_release(&out);
}

static void progress_overwrites_itself(void **state)
{
    (void)state;
    expect("10%\r20%\r100%\n", "100%|");
    expect("downloading\rdone\n", "doneloading|");
    expect("downloading\r\033[Kdone\n", "done|");
    expect("downloading\033[2K\rdone\n", "done|");
    expect("abcdef\033[3D\033[1KX\n", "   Xef|");
    expect("abcdef\033[3GX\033[CY\033[99DZ\n", "ZbXdYf|");
    expect("ab\b\bxy\b\b\b\bz\n", "zy|");
    expect("spin -\b\\\b|\b/\n", "spin /|");
    expect("a\tb\r\tc\n", "a       c|");
    expect("12345678\t9\n", "12345678        9|");
    expect("ab\033[5Cc\n", "ab     c|");
    expect("\033[31mred\033[0m\rR\n", "R{1}ed|");
    expect("ab\r\033[0K\n", "|");
}

static void wide_characters_are_overwritten_by_halves(void **state)
{
    (void)state;
    expect("日本\rx\n", "x 本|");
    expect("日本\r\033[Cx\n", " x本|");
    expect("日本\033[2D\033[D\033[K\n", " |");
    expect("abc\r日\n", "日c|");
    expect("a日b\r日\n", "日 b|");
    expect("日\b\bx\n", "x |");
    expect("日本\033[2G\033[1Kx\n", " x本|");
}

static void current_line_is_as_it_looks_now(void **state)
{
    (void)state;
    struct buffer out = BUFFER_INIT;
    struct escape *escape = escape_new(note, &out);
    assert_int_equal(escape_current(escape)->length, 0);
    escape_feed(escape, "50%\r60", 6);
    assert_string_equal(escape_current(escape)->text, "60%");
    escape_feed(escape, "\n", 1);
    assert_int_equal(escape_current(escape)->length, 0);
    assert_string_equal(out.data, "60%|");
    escape_free(escape);
    escape_free(NULL);
    buffer_release(&out);
}

static void long_lines_are_cut(void **state)
{
    (void)state;
    struct buffer out = BUFFER_INIT;
    struct escape *escape = escape_new(note, &out);
    for (int i = 0; i < ESCAPE_LINE - 1; i++)
        escape_feed(escape, "x", 1);
    escape_feed(escape, "日yz\n", 6);
    assert_int_equal(out.length, ESCAPE_LINE - 1 + 1 + 5 + 1);
    assert_string_equal(out.data + ESCAPE_LINE - 1, "+日yz|");
    buffer_clear(&out);
    escape_feed(escape, "\033[99999Cab\n", 11);
    assert_int_equal(out.length, 512 + 2); /* a move ends at the widest terminal's edge */
    assert_string_equal(out.data + 511, "ab|");
    escape_free(escape);
    buffer_release(&out);
}

int main(void)
{
    alarm(240);
    utf8_set_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_lines),
        cmocka_unit_test(bytes_that_are_no_text_stay),
        cmocka_unit_test(styles_come_from_sgr),
        cmocka_unit_test(odd_sgr_does_no_harm),
        cmocka_unit_test(other_sequences_are_taken_out),
        cmocka_unit_test(what_is_left_open_hides_no_line),
        cmocka_unit_test(endless_string_ends),
        cmocka_unit_test(progress_overwrites_itself),
        cmocka_unit_test(wide_characters_are_overwritten_by_halves),
        cmocka_unit_test(current_line_is_as_it_looks_now),
        cmocka_unit_test(long_lines_are_cut),
    };
    return cmocka_run_group_tests_name("wire escape", tests, NULL, NULL);
}
