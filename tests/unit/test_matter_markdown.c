/* Markdown as data, and where a stream of it may be cut. */
#include "matter/markdown.h"
#include "matter/markdown_cut.h"
#include "matter/markdown_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void parse(struct markdown *document, const char *source)
{
    markdown_parse(document, source, strlen(source));
}

static void assert_span(const struct markdown *document, size_t index, unsigned flags, const char *text)
{
    assert_true(index < document->span_count);
    const struct markdown_span *span = &document->spans[index];
    assert_int_equal(span->flags, flags);
    assert_int_equal(span->length, strlen(text));
    assert_memory_equal(document->text + span->offset, text, span->length);
}

static void test_spans(void **state)
{
    (void)state;
    struct markdown document = MARKDOWN_INIT;
    parse(&document, "a *b **c*** `d` ~~e~~ [f](g)");
    assert_int_equal(document.block_count, 1);
    assert_span(&document, 0, 0, "a ");
    assert_span(&document, 1, MARKDOWN_EMPHASIS, "b ");
    assert_span(&document, 2, MARKDOWN_EMPHASIS | MARKDOWN_STRONG, "c");
    assert_span(&document, 4, MARKDOWN_INLINE_CODE, "d");
    assert_span(&document, 6, MARKDOWN_STRIKE, "e");
    assert_span(&document, 8, MARKDOWN_LINK, "f");
    assert_span(&document, 10, MARKDOWN_URL, "(g)");
    markdown_release(&document);
}

static void test_containers(void **state)
{
    (void)state;
    struct markdown document = MARKDOWN_INIT;
    parse(&document, "> 7) a\n> 8) b\n\n- [x] c");
    assert_int_equal(document.container_count, 4);
    assert_false(document.containers[0].is_item);
    assert_int_equal(document.containers[1].parent, 1);
    assert_string_equal(document.containers[1].marker, "7)");
    assert_string_equal(document.containers[2].marker, "8)");
    assert_int_equal(document.containers[3].parent, 0);
    assert_string_equal(document.containers[3].marker, "[x]");
    assert_int_equal(document.blocks[2].container, 4);
    markdown_release(&document);
}

static void test_code_and_headings(void **state)
{
    (void)state;
    struct markdown document = MARKDOWN_INIT;
    parse(&document, "### h\n```c x\nint\n```");
    assert_int_equal(document.blocks[0].kind, MARKDOWN_HEADING);
    assert_int_equal(document.blocks[0].level, 3);
    assert_int_equal(document.blocks[1].kind, MARKDOWN_CODE);
    assert_memory_equal(document.text + document.blocks[1].info, "c", 1);
    assert_int_equal(document.blocks[1].info_length, 1);
    assert_span(&document, 1, 0, "int\n");
    parse(&document, "again"); /* replaces */
    assert_int_equal(document.block_count, 1);
    markdown_release(&document);
}

static void test_tables(void **state)
{
    (void)state;
    struct markdown document = MARKDOWN_INIT;
    parse(&document, "|a|b|\n|-|:-:|\n|c|**d**|");
    assert_int_equal(document.block_count, 1);
    assert_int_equal(document.blocks[0].kind, MARKDOWN_TABLE);
    assert_int_equal(document.blocks[0].columns, 2);
    assert_int_equal(document.blocks[0].rows, 2);
    assert_int_equal(document.cell_count, 4);
    assert_int_equal(document.cells[1].align, MARKDOWN_CENTRE);
    assert_span(&document, document.cells[3].span, MARKDOWN_STRONG, "d");
    markdown_release(&document);
}

static void test_entities_and_odd_bytes(void **state)
{
    (void)state;
    struct markdown document = MARKDOWN_INIT;
    parse(&document, "&lt;&#x41;&#0;&#xD800;&bogus;\\*");
    assert_span(&document, 0, 0, "<A\xef\xbf\xbd\xef\xbf\xbd&bogus;*");
    markdown_parse(&document, "a\0b\xff", 4);
    assert_span(&document, 0, 0,
                "a\xe2\x90\x80"
                "b\xff");
    markdown_release(&document);
}

/* md4c reads one byte behind its input: that byte must not be ours. */
static void test_end_of_input(void **state)
{
    (void)state;
    struct markdown document = MARKDOWN_INIT;
    markdown_parse(&document, "A\n-\n[l](http://x.org/y) more", 22);
    assert_true(document.text_length < 100);
    markdown_release(&document);
}

static size_t closed(const char *source)
{
    bool within;
    size_t length = markdown_closed(source, strlen(source), &within);
    assert_false(within);
    return length;
}

static void test_closed(void **state)
{
    (void)state;
    assert_int_equal(closed(""), 0);
    assert_int_equal(closed("text"), 0);
    assert_int_equal(closed("text\n\n"), 0);
    assert_int_equal(closed("text\n\nm"), 6);
    assert_int_equal(closed("text\n\n  m"), 0);
    assert_int_equal(closed("# h\n"), 4);
    assert_int_equal(closed("text\n# h"), 5);
    assert_int_equal(closed("text\n#"), 0);
    assert_int_equal(closed("text\n#hash"), 0);
    assert_int_equal(closed("- a\n\n- b\n\n1"), 0);
    assert_int_equal(closed("- a\n\nb"), 5);
    assert_int_equal(closed("a\n```\n\nb\n"), 2);
    assert_int_equal(closed("a\n```"), 0);
    assert_int_equal(closed("- a\n  ```\n\n  b\n"), 0);
    assert_int_equal(closed("- a\n```\n"), 4);
}

static void test_overlong_is_cut(void **state)
{
    (void)state;
    size_t length = MARKDOWN_OPEN_LONGEST + 100;
    char *text = malloc(length);
    bool within;
    memset(text, 'x', length);
    assert_int_equal(markdown_closed(text, length, &within), length - 1);
    assert_true(within);
    text[length - 50] = ' ';
    assert_int_equal(markdown_closed(text, length, &within), length - 49);
    text[20000] = '\n';
    assert_int_equal(markdown_closed(text, length, &within), 20001);
    assert_true(within);
    assert_int_equal(markdown_closed(text, 30000, &within), 0);
    free(text);
}

/* Where TEXT is cut when it grows byte by byte: the same as at once. */
static size_t cut_of(const char *text)
{
    struct markdown_cut grown = { 0 }, whole = { 0 };
    size_t length = strlen(text), place = 0;
    for (size_t i = 1; i <= length; i++)
        place = markdown_cut_read(&grown, text, i);
    assert_int_equal(markdown_cut_read(&whole, text, length), place);
    return place;
}

static void test_cut(void **state)
{
    (void)state;
    assert_int_equal(cut_of(""), 0);
    assert_int_equal(cut_of("one\n\n"), 0);
    assert_int_equal(cut_of("one\n\ntwo"), 5);
    assert_int_equal(cut_of("one\n\ntwo\n\nthree"), 10);
    assert_int_equal(cut_of("```\na\n\nb\n\nc"), 0);
    assert_int_equal(cut_of("```\na\n```\nb"), 10);
    assert_int_equal(cut_of("one\n\n```\na\n\nb"), 5);
    assert_int_equal(cut_of("- a\n\n- b\n\n- c"), 0);
    assert_int_equal(cut_of("- a\n\nb\n\n- c"), 8);
}

static void test_undecided(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        size_t undecided;
    } cases[] = {
        { "", 0 },
        { "text", 0 },
        { "text\n", 0 },
        { "text\n=", 1 },
        { "text\n--", 2 },
        { "a\n12.", 3 },
        { "a\n12. x", 0 },
        { "a\n```c", 4 },
        { "a\n#", 1 },
        { "a\n> ", 2 },
        { "a\n\n|x|", 3 },
        { "a\n\n|x|\n", 4 },
        { "a\n\n|x|\n|-", 6 },
        { "|x|\n|-|\n", 0 },
        { "|x|\n|-|\n|1", 2 },
        { "a | b", 0 },
        { "    ", 0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(markdown_undecided(cases[i].source, strlen(cases[i].source)), cases[i].undecided);
}

static void test_fences(void **state)
{
    (void)state;
    struct markdown_fence fence;
    assert_true(markdown_fence_opens("  ~~~~ c x ", 11, &fence));
    assert_int_equal(fence.indent, 2);
    assert_int_equal(fence.width, 4);
    assert_int_equal(fence.info, 7);
    assert_int_equal(fence.info_length, 3);
    assert_false(markdown_fence_closes("~~~", 3, &fence));
    assert_false(markdown_fence_closes("````", 4, &fence));
    assert_false(markdown_fence_closes("~~~~ x", 6, &fence));
    assert_true(markdown_fence_closes(" ~~~~~ ", 7, &fence));
    assert_false(markdown_fence_opens("``", 2, &fence));
    assert_false(markdown_fence_opens("```a`", 5, &fence));
    assert_false(markdown_fence_opens("    ```", 7, &fence));
    assert_true(markdown_fence_opens("```", 3, &fence));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_code_and_headings),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_entities_and_odd_bytes),
        cmocka_unit_test(test_end_of_input),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_overlong_is_cut),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_undecided),
        cmocka_unit_test(test_fences),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
