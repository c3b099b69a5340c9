/* Markdown as display lines: what each construct looks like, and that a stream ends as the whole does. */
#include "base/buffer.h"
#include "base/utf8.h"
#include "ui/markdown.h"
#include "ui/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Rows joined by newlines, spaces at their ends cut. Caller frees. */
static char *rows(const struct lines *lines)
{
    struct buffer text = BUFFER_INIT;
    for (size_t i = 0; i < lines_count(lines); i++) {
        lines_text(lines, i, &text);
        while (text.length && text.data[text.length - 1] == ' ')
            buffer_truncate(&text, text.length - 1);
        buffer_append_byte(&text, '\n');
    }
    return buffer_detach(&text);
}

static char *rendered(const char *source, int width, bool whole)
{
    struct rendering *rendering = rendering_new();
    rendering_update(rendering, source, strlen(source), width, whole);
    char *text = rows(rendering_lines(rendering));
    rendering_free(rendering);
    return text;
}

static void assert_rendered(const char *source, int width, const char *expected)
{
    char *text = rendered(source, width, true);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_draft(const char *source, const char *expected)
{
    char *text = rendered(source, 40, false);
    assert_string_equal(text, expected);
    free(text);
}

static void test_blocks(void **state)
{
    (void)state;
    assert_rendered("", 20, "");
    assert_rendered("one\ntwo  \nthree", 20, "one two\nthree\n");
    assert_rendered("# Head\ntext\n\nmore", 20, "Head\n\ntext\n\nmore\n");
    assert_rendered("a\n\n---\n\nb", 5, "a\n\n─────\n\nb\n");
    assert_rendered("a **b** _c_ `d` ~~e~~ &amp;&nosuch;&#65;", 40, "a b c d e &&nosuch;A\n");
    assert_rendered("Title\n===\ntext", 40, "Title\n\ntext\n");
}

static void test_lists(void **state)
{
    (void)state;
    assert_rendered("- one two three\n- four", 11, "• one two\n  three\n• four\n");
    assert_rendered("text:\n- a\n  - b\n    - c\n- d", 20, "text:\n\n• a\n  • b\n    • c\n• d\n");
    assert_rendered("9. a\n10. b", 20, "9. a\n10. b\n");
    assert_rendered("- [ ] a\n- [x] b", 20, "[ ] a\n[x] b\n");
    assert_rendered("- a\n\n  more\n\n- b", 20, "• a\n\n  more\n\n• b\n");
    assert_rendered("-\n- b", 20, "•\n• b\n");
    assert_rendered("1. a\n   ```\n   x\n   ```\n2. b", 20, "1. a\n\n   x\n2. b\n");
}

static void test_quotes(void **state)
{
    (void)state;
    assert_rendered("> one two three\n>\n> - x", 12, "▌ one two\n▌ three\n▌\n▌ • x\n");
    assert_rendered("> a\n> > b", 20, "▌ a\n▌\n▌ ▌ b\n");
}

static void test_links_show_where_they_lead(void **state)
{
    (void)state;
    assert_rendered("[x.com](https://evil.org/x.com)", 60, "x.com (https://evil.org/x.com)\n");
    assert_rendered("<https://a.org> and [a.org](http://a.org) and https://b.org/", 60,
                    "https://a.org and a.org and https://b.org/\n");
    assert_rendered("![picture](p.png) [](empty.html)", 60, "picture (p.png) (empty.html)\n");
}

static void test_tables(void **state)
{
    (void)state;
    assert_rendered("| a | bb | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |\n| four | five5 | **six** |", 40,
                    "a    │  bb   │   c\n─────┼───────┼────\n1    │   2   │   3\nfour │ five5 │ six\n");
    assert_rendered("| name | words |\n|---|---|\n| x | one two three four |", 18,
                    "name │ words\n─────┼────────────\nx    │ one two\n     │ three four\n");
    assert_rendered("|a|b|c|d|\n|-|-|-|-|\n|1|2|3|4|", 8, "a │ b │\nc │ d\n1 │ 2 │\n3 │ 4\n");
    assert_rendered("|a|b|\n|-|-|\n|1|\n|1|2|3|", 20, "a │ b\n──┼──\n1 │\n1 │ 2\n");
}

static void test_fences(void **state)
{
    (void)state;
    assert_rendered("a\n```python\ndef f():\n\n    return 1\n```\nb", 40,
                    "a\n\ndef f():\n\n    return 1\n\nb\n");
    assert_rendered("````\n```\n````\n~~~\nx", 40, "```\n\nx\n");
    assert_rendered("  ```\n  two\n    four\n  ```", 40, "two\n  four\n");
    assert_rendered("```\nnever closed\n", 40, "never closed\n");
}

static void test_highlighting(void **state)
{
    (void)state;
    struct rendering *rendering = rendering_new();
    const char *source = "```c\nint x; /* a\nb */ return\n```\n";
    rendering_update(rendering, source, strlen(source), 40, true);
    const struct lines *lines = rendering_lines(rendering);
    struct span span;
    assert_true(lines_span(lines, 0, 0, &span));
    assert_int_equal(span.style, STYLE_CODE_KEYWORD);
    assert_true(lines_span(lines, 1, 0, &span));
    assert_int_equal(span.style, STYLE_CODE_COMMENT);
    assert_true(lines_span(lines, 1, 2, &span));
    assert_int_equal(span.style, STYLE_CODE_KEYWORD);
    assert_int_equal(lines_fill(lines, 1), STYLE_CODE);
    rendering_free(rendering);
}

/* What may still become something else is not shown as what it will not be. */
static void test_drafts(void **state)
{
    (void)state;
    assert_draft("text\n-", "text\n");
    assert_draft("text\n\n1", "text\n");
    assert_draft("text\n``", "text\n");
    assert_draft("text\n```py", "text\n");
    assert_draft("text\n\n| a | b |\n|--", "text\n");
    assert_draft("text\n\n| a | b |\n|--|--|\n", "text\n\na │ b\n──┼──\n");
    assert_draft("| a | b |\n|--|--|\n| 1", "a │ b\n──┼──\n");
    assert_draft("```\ncode\n``", "code\n");
    assert_draft("```\ncode\nmo", "code\nmo\n");
    assert_draft("caf\xc3", "caf\n");
    assert_draft("##", "");
}

static const char sample[] =
    "# A heading\nIntro with **strong**, _emphasis_ and `code`.\n\n- one\n- two\n\n  loose\n- three\n\n"
    "1. first\n2. second\n   - nested\n\nText right before:\n```python\ndef f(x):\n    \"\"\"doc\n\n    "
    "more\"\"\"\n"
    "    return x\n```\n> quote\n> goes on\n\n> another\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n| 漢字 | `x` "
    "|\n\n"
    "Setext\n------\nA [link](http://x.org/y) and https://z.org.\n\n    indented\n\n    code\n\n***\n"
    "- list\n\nNot a list.\n\n~~~\nopen to the end\n\n# not a heading\n~~~\nlast line";

static void test_streams_end_as_wholes(void **state)
{
    (void)state;
    utf8_set_locale();
    size_t length = strlen(sample);
    for (int width = 12; width < 80; width += 17) {
        char *expected = rendered(sample, width, true);
        for (size_t step = 1; step < 40; step += 3) {
            struct rendering *rendering = rendering_new();
            for (size_t at = 0; at < length; at += step)
                rendering_update(rendering, sample, at, width, false);
            rendering_update(rendering, sample, length, width, true);
            char *text = rows(rendering_lines(rendering));
            assert_string_equal(text, expected);
            free(text);
            rendering_free(rendering);
        }
        free(expected);
    }
}

static void test_other_width_and_shorter_text(void **state)
{
    (void)state;
    struct rendering *rendering = rendering_new();
    rendering_update(rendering, "one two\n\nthree four", 19, 20, false);
    rendering_update(rendering, "one two\n\nthree four", 19, 5, false);
    char *text = rows(rendering_lines(rendering));
    assert_string_equal(text, "one\ntwo\n\nthree\nfour\n");
    free(text);
    rendering_update(rendering, "new", 3, 5, false);
    text = rows(rendering_lines(rendering));
    assert_string_equal(text, "new\n");
    free(text);
    rendering_free(rendering);
}

/* Any bytes at all: no crash, no endless loop, and the stream ends as the whole. */
static void test_noise(void **state)
{
    (void)state;
    static const char *const parts[] = { "a",    " ",    "\n",        "\n\n", "- ",       "1. ",
                                         "> ",   "```",  "~~~\n",     "# ",   "|",        "|-|",
                                         "**",   "`",    "[x](",      ")",    "    ",     "\t",
                                         "===",  "---",  "\xff",      "漢",   "\033[31m", "&#27;",
                                         "&lt;", "\r\n", "word word", "<b>",  "![",       "[ ] " };
    unsigned seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct buffer text = BUFFER_INIT;
        seed = seed * 1103515245u + 12345u;
        for (unsigned i = (seed >> 16) % 50; i > 0; i--) {
            seed = seed * 1103515245u + 12345u;
            buffer_append_text(&text, parts[(seed >> 16) % (sizeof(parts) / sizeof(parts[0]))]);
        }
        struct rendering *rendering = rendering_new();
        for (size_t at = 0; at < text.length; at += 3)
            rendering_update(rendering, text.data, at, 20, false);
        rendering_update(rendering, text.data, text.length, 20, true);
        rendering_free(rendering);
        buffer_release(&text);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct buffer two_megabytes(const char *piece)
{
    struct buffer text = BUFFER_INIT;
    while (text.length < 2 * 1024 * 1024)
        buffer_append_text(&text, piece);
    return text;
}

/* The work stays in proportion to the text, whatever the text is: figures are printed, the bound is on memory. */
static void test_two_megabytes(void **state)
{
    (void)state;
    static const char *const pieces[] = { sample,
                                          "- an item of a list that never ends\n",
                                          "word ",
                                          "x",
                                          "| a | b |\n|---|---|\n| cell | cell |\n",
                                          "one line of a paragraph\n",
                                          "```\nan open fence\nwith lines\n" };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct buffer text = two_megabytes(pieces[i]);
        struct rendering *rendering = rendering_new();
        double start = seconds();
        int updates = 0;
        for (size_t at = 0; at < text.length; at += 20 * 50, updates++) /* 50 deltas a frame */
            rendering_update(rendering, text.data, at, 100, false);
        rendering_update(rendering, text.data, text.length, 100, true);
        print_message("# %-10.10s %d updates: %.3f s, %zu KB\n", i ? pieces[i] : "sample", updates,
                      seconds() - start, lines_memory(rendering_lines(rendering)) / 1024);
        assert_true(lines_memory(rendering_lines(rendering)) < 12 * 1024 * 1024);
        rendering_free(rendering);
        buffer_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_links_show_where_they_lead),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_fences),
        cmocka_unit_test(test_highlighting),
        cmocka_unit_test(test_drafts),
        cmocka_unit_test(test_streams_end_as_wholes),
        cmocka_unit_test(test_other_width_and_shorter_text),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_two_megabytes),
    };
    alarm(600);
    utf8_set_locale();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
