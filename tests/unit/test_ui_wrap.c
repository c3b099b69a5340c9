/* Wrapping: rows as they will be drawn, streams equal to wholes, memory and time bounded. */
#include "base/buffer.h"
#include "base/odd.h"
#include "base/utf8.h"
#include "base/visible.h"
#include "ui/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All rows joined with "|". Caller frees. */
static char *rows(const struct lines *lines)
{
    struct buffer text = BUFFER_INIT;
    for (size_t i = 0; i < lines_count(lines); i++) {
        if (i)
            buffer_append_byte(&text, '|');
        lines_text(lines, i, &text);
    }
    return buffer_detach(&text);
}

static void assert_rows(const struct lines *lines, const char *expected)
{
    char *text = rows(lines);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_wrapped(int width, enum wrap_mode mode, const char *text, const char *expected)
{
    struct lines *lines = lines_new(width);
    struct line_form form = { .mode = mode };
    lines_begin(lines, &form);
    lines_add(lines, STYLE_TEXT, text, strlen(text));
    assert_rows(lines, expected);
    lines_free(lines);
}

static void test_words(void **state)
{
    (void)state;
    assert_wrapped(10, WRAP_WORDS, "the quick brown fox", "the quick|brown fox");
    assert_wrapped(9, WRAP_WORDS, "the quick brown fox", "the quick|brown fox");
    assert_wrapped(8, WRAP_WORDS, "the quick brown", "the|quick|brown");
    assert_wrapped(5, WRAP_WORDS, "abcdefghijkl mn", "abcde|fghij|kl mn");
    assert_wrapped(5, WRAP_WORDS, "a bcdefghij", "a|bcdef|ghij");
    assert_wrapped(5, WRAP_WORDS, "abcde     fg", "abcde|fg");
    assert_wrapped(5, WRAP_WORDS, "  ab cd", "  ab|cd");
    assert_wrapped(5, WRAP_WORDS, "   abcdefg", "   ab|cdefg");
    assert_wrapped(5, WRAP_WORDS, "", "");
    assert_wrapped(5, WRAP_WORDS, "ab\n\ncd\r\nef", "ab||cd|ef");
    assert_wrapped(1, WRAP_WORDS, "ab c", "a|b|c");
    assert_wrapped(0, WRAP_WORDS, "ab", "a|b");
}

static void test_columns(void **state)
{
    (void)state;
    assert_wrapped(5, WRAP_COLUMNS, "ab cdefgh", "ab cd|efgh");
    assert_wrapped(5, WRAP_COLUMNS, "abcde     x", "abcde|     |x");
    assert_wrapped(5, WRAP_NONE, "ab cdefgh\nx", "ab cdefgh|x");
    assert_wrapped(10, WRAP_COLUMNS, "\tab\tc", "\tab|\tc");
    assert_wrapped(20, WRAP_COLUMNS, "\tab\tc", "\tab\tc");
}

static void test_wide(void **state)
{
    (void)state;
    utf8_set_locale();
    assert_wrapped(5, WRAP_COLUMNS, "漢字漢字", "漢字|漢字");
    assert_wrapped(5, WRAP_WORDS, "a漢字漢字", "a漢字|漢字");
    assert_wrapped(6, WRAP_WORDS, "ab 漢字漢字", "ab 漢|字漢字");
    assert_wrapped(1, WRAP_WORDS, "漢字", "漢|字");
    assert_wrapped(4, WRAP_WORDS,
                   "e\xcc\x81"
                   "e\xcc\x81 abcd",
                   "e\xcc\x81"
                   "e\xcc\x81|abcd");
}

/* A stand-in takes the columns it is drawn with. */
static void test_marks(void **state)
{
    (void)state;
    struct glyph glyph;
    visible_next("\033", 1, &glyph);
    assert_int_equal(glyph.columns, 2);
    assert_wrapped(4, WRAP_COLUMNS, "\033\033\033x", "\033\033|\033x");
}

/* What is odd is a mark that no edge cuts, in whatever pieces the text comes; without a list it is text. */
static void test_odd_characters(void **state)
{
    static const char text[] = "ab c\u0430t\u00a0x \u202e";
    struct line_form form = { .mode = WRAP_COLUMNS };
    struct odd_list odd = ODD_LIST_INIT;
    struct lines *lines = lines_new(12);
    struct span span;

    (void)state;
    odd_find(&odd, text, strlen(text));
    lines_mark(lines, &odd);
    lines_begin(lines, &form);
    lines_add(lines, STYLE_CODE, text, 4);
    lines_add(lines, STYLE_CODE_STRING, text + 4, strlen(text) - 4);
    lines_end(lines);
    assert_rows(lines, "ab c<U+0430>|t<U+00A0>x |<U+202E>");
    assert_true(lines_span(lines, 0, 1, &span));
    assert_int_equal(span.style, STYLE_MARK);
    lines_clear(lines, 12);
    lines_mark(lines, NULL);
    lines_begin(lines, &form);
    lines_add(lines, STYLE_CODE, text, strlen(text));
    assert_int_equal(lines_count(lines), 2);
    lines_free(lines);
    odd_list_release(&odd);
}

static void test_prefixes(void **state)
{
    (void)state;
    struct lines *lines = lines_new(10);
    struct span first = { STYLE_LIST_MARKER, "- ", 2 }, rest = { STYLE_TEXT, "  ", 2 };
    struct line_form form = {
        .first = &first, .first_count = 1, .rest = &rest, .rest_count = 1, .fill = STYLE_CODE
    };
    lines_begin(lines, &form);
    lines_add(lines, STYLE_TEXT, "one two three", 13);
    assert_rows(lines, "- one two|  three");
    assert_int_equal(lines_prefix_columns(lines, 0), 2);
    assert_int_equal(lines_fill(lines, 1), STYLE_CODE);
    assert_false(lines_continues(lines, 0));
    assert_true(lines_continues(lines, 1));
    struct span span;
    assert_true(lines_span(lines, 0, 0, &span));
    assert_int_equal(span.style, STYLE_LIST_MARKER);
    assert_true(lines_span(lines, 0, 1, &span));
    assert_int_equal(span.style, STYLE_TEXT);
    assert_int_equal(span.length, 7);
    assert_false(lines_span(lines, 0, 2, &span));
    assert_false(lines_span(lines, 2, 0, &span));
    lines_free(lines);
}

static void test_styles_split_within_a_word(void **state)
{
    (void)state;
    struct lines *lines = lines_new(8);
    lines_add(lines, STYLE_TEXT, "one tw", 6);
    lines_add(lines, STYLE_STRONG, "othree", 6);
    assert_rows(lines, "one|twothree");
    struct span span;
    assert_true(lines_span(lines, 1, 0, &span));
    assert_int_equal(span.length, 2);
    assert_int_equal(span.style, STYLE_TEXT);
    assert_true(lines_span(lines, 1, 1, &span));
    assert_int_equal(span.style, STYLE_STRONG);
    lines_free(lines);
}

static void test_here_and_cut(void **state)
{
    (void)state;
    struct lines *lines = lines_new(20);
    struct span bar = { STYLE_QUOTE, "| ", 2 };
    struct line_form form = { .first = &bar, .first_count = 1, .rest = &bar, .rest_count = 1 };
    lines_put(lines, STYLE_TEXT, "kept");
    struct lines_place place = lines_here(lines);
    for (int i = 0; i < 3; i++) {
        lines_begin(lines, &form);
        lines_add(lines, STYLE_TEXT, "gone and gone and gone again", 28);
        assert_int_equal(lines_count(lines), 3);
        lines_cut(lines, place);
        assert_rows(lines, "kept");
    }
    lines_blank(lines);
    lines_put(lines, STYLE_TEXT, "new");
    assert_rows(lines, "kept||new");
    lines_clear(lines, 2);
    assert_int_equal(lines_count(lines), 0);
    lines_put(lines, STYLE_TEXT, "new");
    assert_rows(lines, "ne|w");
    lines_free(lines);
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static char *random_text(unsigned *seed, size_t *length)
{
    static const char *const parts[] = {
        "a", "bc",        "def",  " ",    "  ",       "\n",         "\r\n",         "\t", "漢",
        "é", "e\xcc\x81", "\033", "\xff", "👍🏽", "longerword", "\xe2\x80\xae", "-",  "x"
    };
    struct buffer text = BUFFER_INIT;
    for (unsigned i = next_random(seed) % 60; i > 0; i--)
        buffer_append_text(&text, parts[next_random(seed) % (sizeof(parts) / sizeof(parts[0]))]);
    *length = text.length;
    return buffer_detach(&text);
}

/* Columns of a row as draw.c counts them. */
static int row_columns(const struct lines *lines, size_t line)
{
    struct span span;
    struct glyph glyph;
    int columns = 0;
    for (size_t i = 0; lines_span(lines, line, i, &span); i++) {
        for (size_t at = 0; at < span.length; at += glyph.bytes) {
            visible_next(span.text + at, span.length - at, &glyph);
            columns += glyph.kind == GLYPH_TAB ? 8 - columns % 8 : glyph.columns;
        }
    }
    return columns;
}

/* Whatever the pieces, the rows are those of the whole text, and none is wider than the line. */
static void test_streams_equal_wholes(void **state)
{
    (void)state;
    unsigned seed = 1;
    utf8_set_locale();
    for (int round = 0; round < 4000; round++) {
        size_t length;
        char *text = random_text(&seed, &length);
        int width = 1 + (int)(next_random(&seed) % 24);
        struct line_form form = { .mode = next_random(&seed) % 2 ? WRAP_WORDS : WRAP_COLUMNS };
        struct lines *whole = lines_new(width), *stream = lines_new(width);
        lines_begin(whole, &form);
        lines_add(whole, STYLE_TEXT, text, length);
        lines_begin(stream, &form);
        for (size_t at = 0, piece; at < length; at += piece) {
            piece = 1 + next_random(&seed) % 7;
            piece = piece > length - at ? length - at : piece;
            lines_add(stream, STYLE_TEXT, text + at, piece);
        }
        lines_end(whole);
        lines_end(stream);
        char *expected = rows(whole);
        assert_rows(stream, expected);
        for (size_t i = 0; i < lines_count(whole); i++)
            assert_true(row_columns(whole, i) <= (width < 8 ? 8 : width));
        free(expected);
        free(text);
        lines_free(whole);
        lines_free(stream);
    }
}

static void test_two_megabytes(void **state)
{
    (void)state;
    struct lines *lines = lines_new(80);
    for (int i = 0; i < 100000; i++)
        lines_add(lines, STYLE_TEXT, i % 40 ? "twenty bytes of text" : "twenty bytes of tex\n", 20);
    assert_true(lines_memory(lines) < 6 * 1024 * 1024);
    assert_true(lines_count(lines) > 2000000 / 80);
    lines_free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_odd_characters),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_styles_split_within_a_word),
        cmocka_unit_test(test_here_and_cut),
        cmocka_unit_test(test_streams_equal_wholes),
        cmocka_unit_test(test_two_megabytes),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
