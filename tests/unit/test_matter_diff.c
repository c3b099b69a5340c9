/* test_matter_diff.c - hunks as git prints them, exact in both directions, shortest, and choosable one by one. */
#include "matter/diff.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct row {
    const char *old_text, *new_text;
    const char *unified; /* without the two lines of names */
};

static const struct row rows[] = {
    { "", "", "" },
    { "a\nb\n", "a\nb\n", "" },
    { "", "a\n", "@@ -0,0 +1 @@\n+a\n" },
    { "a\n", "", "@@ -1 +0,0 @@\n-a\n" },
    { "a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n" },
    { "a\n", "a", "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n" },
    { "a", "a\nb\n", "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n" },
    { "a\nb", "b", "@@ -1,2 +1 @@\n-a\n b\n\\ No newline at end of file\n" },
    { "1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "@@ -6,3 +6,4 @@\n 6\n 7\n 8\n+9\n" },
    { "1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n",
      "@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n" },
    { "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n",
      "@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n" },
    { "f {\n}\n\ng {\n}\n", "f {\n}\n\nh {\n}\n\ng {\n}\n",
      "@@ -1,5 +1,8 @@\n f {\n }\n \n+h {\n+}\n+\n g {\n }\n" },
    { "a\r\nb\r\n", "a\nb\r\n", "@@ -1,2 +1,2 @@\n-a\r\n+a\n b\r\n" },
};

static struct diff *compare(const char *old_text, const char *new_text)
{
    return diff_new(old_text, strlen(old_text), new_text, strlen(new_text), DIFF_CONTEXT);
}

static void unified_text_is_gits(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct diff *diff = compare(rows[i].old_text, rows[i].new_text);
        struct buffer out = BUFFER_INIT, wanted = BUFFER_INIT;
        diff_print(diff, "a/f", "b/f", &out);
        if (*rows[i].unified)
            buffer_append_format(&wanted, "--- a/f\n+++ b/f\n%s", rows[i].unified);
        if (strcmp(out.data, wanted.data) != 0)
            fail_msg("row %zu:\n%s", i, out.data);
        buffer_release(&out);
        buffer_release(&wanted);
        diff_free(diff);
    }
}

static void names_cannot_break_out(void **state)
{
    (void)state;
    struct diff *diff = compare("", "x\n");
    struct buffer out = BUFFER_INIT;
    diff_print(diff, "a b", "c\n+++ \"d\\\x7f", &out);
    assert_string_equal(out.data, "--- a b\t\n+++ \"c\\012+++ \\\"d\\\\\\177\"\n@@ -0,0 +1 @@\n+x\n");
    buffer_release(&out);
    diff_free(diff);
}

static void lines_are_numbered_and_paired(void **state)
{
    (void)state;
    struct diff *diff = compare("a\nb\nc\nd\ne\n", "a\nB\nC\nX\nd\nY\ne\n");
    assert_int_equal(diff_hunks(diff), 1);
    assert_null(diff_hunk(diff, 1));
    assert_int_equal(diff_added(diff), 4);
    assert_int_equal(diff_removed(diff), 2);
    static const struct {
        enum diff_kind kind;
        size_t old_number, new_number, pair;
    } wanted[] = {
        { DIFF_SAME, 1, 1, DIFF_NO_PAIR },
        { DIFF_OLD, 2, 0, 3 },
        { DIFF_OLD, 3, 0, 4 },
        { DIFF_NEW, 0, 2, 1 },
        { DIFF_NEW, 0, 3, 2 },
        { DIFF_NEW, 0, 4, DIFF_NO_PAIR },
        { DIFF_SAME, 4, 5, DIFF_NO_PAIR },
        { DIFF_NEW, 0, 6, DIFF_NO_PAIR },
        { DIFF_SAME, 5, 7, DIFF_NO_PAIR },
    };
    const struct diff_hunk *hunk = diff_hunk(diff, 0);
    assert_int_equal(hunk->line_count, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        assert_int_equal(hunk->lines[i].kind, wanted[i].kind);
        assert_int_equal(hunk->lines[i].old_number, wanted[i].old_number);
        assert_int_equal(hunk->lines[i].new_number, wanted[i].new_number);
        assert_int_equal(hunk->lines[i].pair, wanted[i].pair);
    }
    diff_free(diff);
    diff_free(NULL);
}

static void hunks_are_applied_one_by_one(void **state)
{
    (void)state;
    struct diff *diff = diff_new("1\n2\n3\n4\n5", 9, "one\n2\n3\n4\n4a\n5\n", 15, 0);
    assert_int_equal(diff_hunks(diff), 2);
    static const struct {
        bool chosen[2];
        const char *text;
    } choices[] = {
        { { false, false }, "1\n2\n3\n4\n5" },
        { { true, false }, "one\n2\n3\n4\n5" },
        { { false, true }, "1\n2\n3\n4\n4a\n5\n" },
        { { true, true }, "one\n2\n3\n4\n4a\n5\n" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        struct buffer out = BUFFER_INIT;
        diff_apply(diff, choices[i].chosen, &out);
        assert_string_equal(out.data, choices[i].text);
        buffer_release(&out);
    }
    diff_free(diff);
}

/* --- properties, on random texts --- */

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

static size_t make_text(unsigned *seed, char *text, size_t lines, unsigned letters)
{
    size_t length = 0;
    for (size_t i = 0; i < lines; i++) {
        text[length++] = (char)('a' + next_random(seed) % letters);
        text[length++] = '\n';
    }
    return length;
}

/* The length of the longest common subsequence of two texts of one-letter lines, the slow and certain way. */
static size_t common_lines(const char *old_text, size_t old_lines, const char *new_text, size_t new_lines)
{
    size_t table[41][41] = { 0 };
    for (size_t i = 1; i <= old_lines; i++)
        for (size_t k = 1; k <= new_lines; k++) {
            size_t best = table[i - 1][k] > table[i][k - 1] ? table[i - 1][k] : table[i][k - 1];
            bool same = old_text[2 * i - 2] == new_text[2 * k - 2];
            table[i][k] = same && table[i - 1][k - 1] + 1 > best ? table[i - 1][k - 1] + 1 : best;
        }
    return table[old_lines][new_lines];
}

static void assert_applies(const struct diff *diff, const char *old_text, size_t old_length,
                           const char *new_text, size_t new_length)
{
    struct buffer out = BUFFER_INIT;
    bool *none = xcalloc(diff_hunks(diff), sizeof *none);
    diff_apply(diff, NULL, &out);
    assert_int_equal(out.length, new_length);
    assert_memory_equal(out.data, new_text, new_length);
    buffer_clear(&out);
    diff_apply(diff, none, &out);
    assert_int_equal(out.length, old_length);
    assert_memory_equal(out.data, old_text, old_length);
    free(none);
    buffer_release(&out);
}

static void scripts_are_right_and_shortest(void **state)
{
    (void)state;
    unsigned seed = 3;
    char old_text[80], new_text[80];
    for (int run = 0; run < 20000; run++) {
        size_t old_lines = next_random(&seed) % 40, new_lines = next_random(&seed) % 40;
        unsigned letters = 1 + next_random(&seed) % 12;
        size_t old_length = make_text(&seed, old_text, old_lines, letters);
        size_t new_length = make_text(&seed, new_text, new_lines, letters);
        struct diff *diff = diff_new(old_text, old_length, new_text, new_length, next_random(&seed) % 4);
        assert_applies(diff, old_text, old_length, new_text, new_length);
        size_t common = common_lines(old_text, old_lines, new_text, new_lines);
        if (diff_removed(diff) != old_lines - common || diff_added(diff) != new_lines - common)
            fail_msg("run %d: %zu removed, %zu added, %zu in common", run, diff_removed(diff),
                     diff_added(diff), common);
        diff_free(diff);
    }
}

/* Texts with a thousand scattered changes, and texts with nothing in common but their letters: not timed, but
 * with anything quadratic in it the alarm ends this. */
static void large_texts_take_little_time(void **state)
{
    (void)state;
    enum { LINES = 200000 };
    unsigned seed = 5;
    char *old_text = xmalloc(2 * LINES), *new_text = xmalloc(2 * LINES);
    for (unsigned letters = 2; letters <= 26; letters += 8) {
        size_t old_length = make_text(&seed, old_text, LINES, letters);
        size_t new_length = make_text(&seed, new_text, LINES, letters);
        struct diff *diff = diff_new(old_text, old_length, new_text, new_length, DIFF_CONTEXT);
        assert_applies(diff, old_text, old_length, new_text, new_length);
        diff_free(diff);
    }
    struct buffer other = BUFFER_INIT, numbered = BUFFER_INIT;
    for (int i = 0; i < LINES; i++) {
        buffer_append_format(&numbered, "line %d\n", i);
        buffer_append_format(&other, i % 200 ? "line %d\n" : "changed %d\n", i);
    }
    struct diff *diff = diff_new(numbered.data, numbered.length, other.data, other.length, DIFF_CONTEXT);
    assert_int_equal(diff_hunks(diff), LINES / 200);
    assert_int_equal(diff_added(diff), LINES / 200);
    assert_applies(diff, numbered.data, numbered.length, other.data, other.length);
    diff_free(diff);
    buffer_release(&numbered);
    buffer_release(&other);
    free(old_text);
    free(new_text);
}

/* --- words --- */

static void assert_words(const char *old_text, const char *new_text, const char *old_marked,
                         const char *new_marked)
{
    struct diff_line lines[2] = { { .text = old_text, .length = strlen(old_text) },
                                  { .text = new_text, .length = strlen(new_text) } };
    const char *const wanted[2] = { old_marked, new_marked };
    struct diff_spans spans[2] = { DIFF_SPANS_INIT, DIFF_SPANS_INIT };
    assert_int_equal(diff_words(&lines[0], &lines[1], &spans[0], &spans[1]), old_marked != NULL);
    for (int side = 0; side < 2; side++) {
        struct buffer marked = BUFFER_INIT;
        size_t at = 0;
        for (size_t i = 0; i < spans[side].count; i++) {
            const struct diff_span *span = &spans[side].items[i];
            assert_true(span->start >= at && span->length > 0);
            buffer_append(&marked, lines[side].text + at, span->start - at);
            buffer_append_format(&marked, "<%.*s>", (int)span->length, lines[side].text + span->start);
            at = span->start + span->length;
        }
        buffer_append_text(&marked, lines[side].text + at);
        if (old_marked)
            assert_string_equal(marked.data, wanted[side]);
        else
            assert_int_equal(spans[side].count, 0);
        buffer_release(&marked);
        diff_spans_release(&spans[side]);
    }
}

static void words_of_a_pair_are_compared(void **state)
{
    (void)state;
    assert_words("return a + b;", "return a - b;", "return a <+> b;", "return a <-> b;");
    assert_words("int x = foo(1);", "long x = foo(1);", "<int> x = foo(1);", "<long> x = foo(1);");
    assert_words(
        "for i in range(n):", "for i in range(n + 1):", "for i in range(n):", "for i in range(n< + 1>):");
    assert_words("\tx = one two three", "\tx = uno dos three", "\tx = <one two> three",
                 "\tx = <uno dos> three");
    assert_words("gr\xc3\xbc\xc3\x9f dich, Welt!", "gr\xc3\xbcsse dich, Welt!",
                 "<gr\xc3\xbc\xc3\x9f> dich, Welt!", "<gr\xc3\xbcsse> dich, Welt!");
    assert_words("same", "same", "same", "same");
    assert_words("", "", "", "");
    assert_words("alpha beta gamma", "one two three", NULL, NULL);
    assert_words("", "something", NULL, NULL);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unified_text_is_gits),           cmocka_unit_test(names_cannot_break_out),
        cmocka_unit_test(lines_are_numbered_and_paired),  cmocka_unit_test(hunks_are_applied_one_by_one),
        cmocka_unit_test(scripts_are_right_and_shortest), cmocka_unit_test(large_texts_take_little_time),
        cmocka_unit_test(words_of_a_pair_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
