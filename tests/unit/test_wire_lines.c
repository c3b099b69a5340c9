/* test_wire_lines.c - newline-separated records: any split, and the ceiling. */
#include "base/buffer.h"
#include "wire/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CEILING = 8 };

static void note(void *data, const char *text, size_t length)
{
    assert_int_equal(text[length], '\0');
    buffer_append_format(data, "<%s>", text);
}

/* Cut at every byte the lines are EXPECTED; GOOD: whether none was too long. */
static void expect(const char *stream, const char *expected, bool good)
{
    struct buffer told = BUFFER_INIT;
    size_t length = strlen(stream);
    for (size_t cut = 0; cut <= length; cut++) {
        buffer_clear(&told);
        struct lines *lines = wire_lines_new(CEILING, note, &told);
        bool answer = wire_lines_feed(lines, stream, cut);
        answer = wire_lines_feed(lines, stream + cut, length - cut) && answer;
        assert_int_equal(wire_lines_end(lines) && answer, good);
        assert_string_equal(told.data, expected);
        wire_lines_free(lines);
    }
    buffer_release(&told);
}

static void lines_are_told_without_their_ends(void **state)
{
    (void)state;
    expect("", "", true);
    expect("\n", "<>", true);
    expect("one\ntwo\n\nthree\n", "<one><two><><three>", true);
    expect("one\r\ntwo\r\n", "<one><two>", true);
    expect("a\rb\n\r\n", "<a\rb><>", true);
    expect("one\nlast", "<one><last>", true);
}

static void too_long_a_line_ends_it(void **state)
{
    (void)state;
    expect("12345678\n", "<12345678>", true);
    expect("12345678\r\n", "<12345678>", true);
    expect("one\n123456789\ntwo\n", "<one>", false);
    expect("one\n123456789012\ntwo\n", "<one>", false);
    expect("one\n123456789", "<one>", false);
}

struct owner {
    struct lines *lines;
    int told;
};

static void free_at_once(void *data, const char *text, size_t length)
{
    struct owner *owner = data;
    (void)text, (void)length;
    owner->told++;
    wire_lines_free(owner->lines);
}

static void freed_in_its_callback_it_says_no_more(void **state)
{
    (void)state;
    struct owner owner = { 0 };
    owner.lines = wire_lines_new(CEILING, free_at_once, &owner);
    assert_true(wire_lines_feed(owner.lines, "1\n2\n", 4));
    assert_int_equal(owner.told, 1);
    owner.lines = wire_lines_new(CEILING, free_at_once, &owner);
    assert_true(wire_lines_feed(owner.lines, "1", 1));
    assert_true(wire_lines_end(owner.lines));
    assert_int_equal(owner.told, 2);
    wire_lines_free(NULL);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_told_without_their_ends),
        cmocka_unit_test(too_long_a_line_ends_it),
        cmocka_unit_test(freed_in_its_callback_it_says_no_more),
    };
    return cmocka_run_group_tests_name("wire lines", tests, NULL, NULL);
}
