/* test_base_odd.c - what a person would not see, or would take for something else, is found and named. */
#include "base/buffer.h"
#include "base/odd.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The names, with where and how often: "U+00A0 no-break space @2 x1\n". Caller frees. */
static char *found(const char *text, size_t length)
{
    struct odd_list list = ODD_LIST_INIT;
    struct buffer out = BUFFER_INIT;

    odd_find(&list, text, length);
    for (size_t i = 0; i < list.count; i++) {
        odd_name(&list.items[i], &out);
        buffer_append_format(&out, " @%zu x%zu\n", list.items[i].first, list.items[i].count);
    }
    odd_list_release(&list);
    return buffer_detach(&out);
}

static void expect(const char *text, const char *names)
{
    char *all = found(text, strlen(text));

    assert_string_equal(all ? all : "", names);
    free(all);
}

static void test_plain(void **state)
{
    (void)state;
    expect("", "");
    expect("ls -l\n\techo 'a | b'", "");
}

static void test_unseen(void **state)
{
    (void)state;
    expect("ls \u202eemos\u202c", "U+202E right-to-left override @3 x1\n"
                                  "U+202C pop directional formatting @10 x1\n");
    expect("a\u200bb\u200bc", "U+200B zero width space @1 x2\n");
    expect("x \u3164 y", "U+3164 Hangul filler @2 x1\n");
}

static void test_controls(void **state)
{
    (void)state;
    expect("a\rb\033[0m\033[1m", "U+000D carriage return @1 x1\nU+001B escape @3 x2\n");
    expect("\001", "U+0001 control character @0 x1\n");
    expect("\xc2\x9b", "U+009B control sequence introducer @0 x1\n");
    expect("\x9f", "\\x9f is no UTF-8 @0 x1\n");
    char *all = found("a\0b", 3);
    assert_string_equal(all, "U+0000 null @1 x1\n");
    free(all);
}

static void test_blanks(void **state)
{
    (void)state;
    expect("rm\u00a0-rf\u3000x", "U+00A0 no-break space @2 x1\nU+3000 ideographic space @7 x1\n");
}

static void test_look_alikes(void **state)
{
    (void)state;
    expect("c\u0430t", "U+0430 Cyrillic small letter a looks like a @1 x1\n");
    expect("\u0455\u0441\u043e\u0440\u0435", /* scope, all of it Cyrillic */
           "U+0455 Cyrillic small letter dze looks like s @0 x1\n"
           "U+0441 Cyrillic small letter es looks like c @2 x1\n"
           "U+043E Cyrillic small letter o looks like o @4 x1\n"
           "U+0440 Cyrillic small letter er looks like p @6 x1\n"
           "U+0435 Cyrillic small letter ie looks like e @8 x1\n");
    expect("\u0406D", "U+0406 Cyrillic capital letter byelorussian-ukrainian i looks like I @0 x1\n");
    expect("\uff21b", "U+FF21 Fullwidth latin capital letter a looks like A @0 x1\n");
    expect("rm \u2212rf", "U+2212 minus sign looks like - @3 x1\n");
    expect("a\uff0fb", "U+FF0F fullwidth solidus looks like / @1 x1\n");
    expect("x \uff5c sh", "U+FF5C fullwidth vertical line looks like | @2 x1\n");
}

/* Words of another script that nobody takes for ASCII are no finding; nor are accents and emoji. */
static void test_ordinary_words(void **state)
{
    (void)state;
    expect("git commit -m 'Привет, дела идут'", "");
    expect("echo naïve café Ωμέγα 中文 日本語 עברית नमस्ते", "");
    expect("echo ⚠\ufe0f 👩\u200d💻 done", "");
}

static void test_order(void **state)
{
    (void)state;
    expect("a\u00a0c\u0430t e\u0301 \u202e\033",
           "U+202E right-to-left override @12 x1\nU+001B escape @15 x1\n"
           "U+0430 Cyrillic small letter a looks like a @4 x1\nU+00A0 no-break space @1 x1\n"
           "U+0301 combining acute accent @9 x1\n");
}

static void test_has(void **state)
{
    struct odd_list list = ODD_LIST_INIT;

    (void)state;
    odd_find(&list, "c\u0430t\x9f", 5);
    assert_true(odd_list_has(&list, 0x430));
    assert_false(odd_list_has(&list, 'c'));
    assert_false(odd_list_has(&list, 0x9f)); /* the byte is no code point */
    odd_list_release(&list);
}

/* 4 MB of another script are looked through in one pass. */
static void test_long(void **state)
{
    enum { TIMES = 300000 };
    struct buffer text = BUFFER_INIT;
    char *all;

    (void)state;
    for (int i = 0; i < TIMES; i++)
        buffer_append_text(&text, "Привет ");
    buffer_append_text(&text, "c\u0430t");
    all = found(text.data, text.length);
    assert_non_null(strstr(all, "U+0430 Cyrillic small letter a looks like a @3900001 x1\n"));
    free(all);
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),       cmocka_unit_test(test_unseen),
        cmocka_unit_test(test_controls),    cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_look_alikes), cmocka_unit_test(test_ordinary_words),
        cmocka_unit_test(test_order),       cmocka_unit_test(test_has),
        cmocka_unit_test(test_long),
    };

    alarm(600);
    utf8_set_locale();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
