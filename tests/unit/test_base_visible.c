/* test_base_visible.c - the door between foreign bytes and the terminal: what passes, what becomes a mark. */
#include "base/visible.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct row {
    const char *text;
    const char *visible; /* by visible_line */
    size_t columns;
};

static const struct row rows[] = {
    { "plain ~", "plain ~", 7 },
    { "a\tb\nc\r\nd",
      "a b\xe2\x8f\x8e"
      "c\xe2\x8f\x8e"
      "d",
      7 },
    { "\r", "^M", 2 },
    { "\x1b[31mred\x1b]0;t\x07", "^[[31mred^[]0;t^G", 17 },
    { "\x01\x7f\x1f", "^A^?^_", 6 },
    { "a\x9f"
      "b\xff",
      "a\\x9fb\\xff", 10 },
    { "\xc2\x9b"
      "31m",
      "<U+009B>31m", 11 },
    { "\xe2\x80\xae"
      "evil",
      "<U+202E>evil", 12 },
    { "a\xe2\x80\x8b"
      "b",
      "a<U+200B>b", 10 },
    { "\xef\xbb\xbf#!", "<U+FEFF>#!", 10 },
    { "rm\xc2\xadx", "rm<U+00AD>x", 11 },
    { "\xe3\x85\xa4\xef\xbe\xa0", "<U+3164><U+FFA0>", 16 },
    { "\xf3\xa0\x81\x81", "<U+E0041>", 9 },
    { "\xee\x80\x80", "<U+E000>", 8 },
    { "\xf4\x8f\xbf\xbd", "<U+10FFFD>", 10 },
    { "\xcd\xb8", "\xef\xbf\xbd", 1 }, /* U+0378, unassigned */
    { "\xef\xbf\xbd", "\xef\xbf\xbd", 1 },
    { "\xe4\xb8\xad\xe6\x96\x87", "\xe4\xb8\xad\xe6\x96\x87", 4 },
    { "e\xcc\x81t\xc3\xa9", "e\xcc\x81t\xc3\xa9", 3 },
    { "\xcc\x81x", "<U+0301>x", 9 },             /* no base */
    { "\x1b\xcc\x81", "^[<U+0301>", 10 },        /* a mark is no base */
    { "\n\xcc\x81", "\xe2\x8f\x8e<U+0301>", 9 }, /* nor is a newline */
    { "a\xcd\x8f"
      "b",
      "a<U+034F>b", 10 },
    /* a family, a flag, a thumb with skin tone, a heart with VS16, a keycap */
    { "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7.", "\xf0\x9f\x91\xa9.", 3 },
    { "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", 2 },
    { "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd!", "\xf0\x9f\x91\x8d!", 3 },
    { "\xe2\x9d\xa4\xef\xb8\x8f.", "\xe2\x9d\xa4.", 2 },
    { "1\xef\xb8\x8f\xe2\x83\xa3", "1\xe2\x83\xa3", 1 },
    /* selectors and joiners hide nothing: only the first after an emoji is taken off */
    { "a\xef\xb8\x8f", "a<U+FE0F>", 9 },
    { "\xe2\x9d\xa4\xef\xb8\x8f\xef\xb8\x8f", "\xe2\x9d\xa4<U+FE0F>", 9 },
    { "\xe2\x9d\xa4\xf3\xa0\x84\x80", "\xe2\x9d\xa4<U+E0100>", 10 },
    { "\xf0\x9f\x91\xa9\xe2\x80\x8dx", "\xf0\x9f\x91\xa9<U+200D>x", 11 },
    { "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd\xf0\x9f\x8f\xbd", "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", 4 },
    { "\xf0\x9f\x8f\xbd", "\xf0\x9f\x8f\xbd", 2 }, /* a skin tone alone */
    /* an emoji that wcwidth does not know (U+1FABF), with a tail */
    { "\xf0\x9f\xaa\xbf\xef\xb8\x8f.", "\xef\xbf\xbd.", 2 },
    /* Hangul jamo, and Devanagari with a vowel sign that has a column of its own */
    { "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", 2 },
    { "\xe1\x85\xa1", "<U+1161>", 8 },
    { "\xe0\xa4\x95\xe0\xa4\xbe", "\xe0\xa4\x95\xe0\xa4\xbe", 2 },
    /* the fifth combining mark stands alone */
    { "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81<U+0301>", 9 },
};

static void rows_look_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer out = BUFFER_INIT;
        char *text = xmemdup(rows[i].text, strlen(rows[i].text)); /* no NUL behind it */
        visible_line(&out, text, strlen(rows[i].text));
        if (strcmp(out.data, rows[i].visible) != 0)
            fail_msg("row %zu: \"%s\" instead of \"%s\"", i, out.data, rows[i].visible);
        if (visible_columns(text, strlen(rows[i].text)) != rows[i].columns)
            fail_msg("row %zu: %zu columns", i, visible_columns(text, strlen(rows[i].text)));
        free(text);
        buffer_release(&out);
    }
}

static void kinds_and_bytes_are_told(void **state)
{
    (void)state;
    struct glyph glyph;
    visible_next("\r\nx", 3, &glyph);
    assert_int_equal(glyph.kind, GLYPH_NEWLINE);
    assert_int_equal(glyph.bytes, 2);
    assert_string_equal(glyph.text, "");
    visible_next("\t", 1, &glyph);
    assert_int_equal(glyph.kind, GLYPH_TAB);
    assert_int_equal(glyph.columns, 0);
    visible_next("\0", 1, &glyph);
    assert_int_equal(glyph.kind, GLYPH_MARK);
    assert_string_equal(glyph.text, "^@");
    visible_next("e\xcc\x81z", 4, &glyph);
    assert_int_equal(glyph.kind, GLYPH_TEXT);
    assert_int_equal(glyph.bytes, 3);
    assert_int_equal(glyph.columns, 1);
}

static void text_keeps_newlines_and_tabs(void **state)
{
    (void)state;
    struct buffer out = BUFFER_INIT;
    visible_text(&out, "a\tb\r\nc\x1b\n", 8);
    assert_string_equal(out.data, "a\tb\nc^[\n");
    buffer_release(&out);
}

/* Each code point there is, alone and behind a letter: what is drawn has the columns that are said, and no
 * byte of it is a control or a code point that the terminal would act on. */
static void no_code_point_slips_through(void **state)
{
    (void)state;
    for (uint32_t code = 1; code < 0x110000; code++) {
        char text[8] = "a";
        size_t length = 1 + utf8_encode(code, text + 1);
        for (size_t at = 0, from = 0; from < 2; at = ++from) {
            while (at < length) {
                struct glyph glyph;
                visible_next(text + at, length - at, &glyph);
                int columns = 0;
                for (size_t i = 0, size; glyph.text[i]; i += size) {
                    uint32_t drawn;
                    size = utf8_decode(glyph.text + i, strlen(glyph.text + i), &drawn);
                    int width = utf8_code_columns(drawn);
                    if (drawn == UTF8_BAD || width < 0 || drawn < ' ' ||
                        (drawn >= 0x200b && drawn <= 0x200f) || (drawn >= 0x2028 && drawn <= 0x202e) ||
                        (drawn >= 0x2060 && drawn <= 0x206f))
                        fail_msg("U+%04X is drawn with U+%04X", code, drawn);
                    columns += width;
                }
                if (columns != glyph.columns || !glyph.bytes)
                    fail_msg("U+%04X: %d columns instead of %d", code, glyph.columns, columns);
                at += glyph.bytes;
            }
            assert_int_equal(at, length);
        }
    }
}

/* Not timed: with anything quadratic in it the alarm ends this. */
static void long_clusters_take_linear_time(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT, out = BUFFER_INIT;
    for (int i = 0; i < 300000; i++)
        buffer_append_text(&text, "\xcc\x81");
    for (int i = 0; i < 300000; i++)
        buffer_append_text(&text, "\xf0\x9f\x91\xa9\xe2\x80\x8d");
    visible_line(&out, text.data, text.length);
    assert_true(out.length > 300000);
    buffer_release(&text);
    buffer_release(&out);
}

int main(void)
{
    alarm(600);
    utf8_set_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_look_as_written),           cmocka_unit_test(kinds_and_bytes_are_told),
        cmocka_unit_test(text_keeps_newlines_and_tabs),   cmocka_unit_test(no_code_point_slips_through),
        cmocka_unit_test(long_clusters_take_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
