/* test_matter_output.c - the window of an output against a plain copy of all of it, and what the model gets. */
#include "matter/output.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void append(struct output *output, const char *text)
{
    output_append(output, OUTPUT_STDOUT, text, strlen(text));
}

static void assert_line(const struct output *output, size_t index, const char *text)
{
    struct output_line line;
    assert_true(output_line(output, index, &line));
    if (line.length != strlen(text) || memcmp(line.text, text, line.length) != 0)
        fail_msg("line %zu is \"%.*s\" instead of \"%s\"", index, (int)line.length, line.text, text);
    assert_false(line.is_gap);
}

static void lines_come_as_they_grow(void **state)
{
    (void)state;
    struct output *output = output_new(100, 100);
    struct output_line line;
    assert_int_equal(output_lines(output), 0);
    assert_false(output_line(output, 0, &line));
    append(output, "one");
    assert_line(output, 0, "one");
    unsigned revision = output_revision(output);
    append(output, "");
    assert_int_equal(output_revision(output), revision);
    append(output, " more\r\n\ntwo\n");
    assert_int_not_equal(output_revision(output), revision);
    assert_int_equal(output_lines(output), 3);
    assert_line(output, 0, "one more");
    assert_line(output, 1, "");
    assert_line(output, 2, "two");
    assert_int_equal(output_total(output), 15);
    assert_int_equal(output_total_lines(output), 3);
    assert_int_equal(output_left_out(output), 0);
    output_free(output);
    output_free(NULL);
}

static void a_line_has_the_stream_of_its_first_byte(void **state)
{
    (void)state;
    struct output *output = output_new(100, 100);
    struct output_line line;
    output_append(output, OUTPUT_STDOUT, "out ", 4);
    output_append(output, OUTPUT_STDERR, "err\nbad\n", 8);
    output_append(output, OUTPUT_STDOUT, "good", 4);
    static const enum output_stream streams[] = { OUTPUT_STDOUT, OUTPUT_STDERR, OUTPUT_STDOUT };
    for (size_t i = 0; i < 3; i++) {
        assert_true(output_line(output, i, &line));
        assert_int_equal(line.stream, streams[i]);
    }
    assert_line(output, 0, "out err");
    output_free(output);
}

static void the_middle_is_left_out(void **state)
{
    (void)state;
    struct output *output = output_new(8, 8);
    struct output_line line;
    append(output, "a1\na2\na3\nb1\nb2\n"); /* 15 bytes: all fit */
    assert_int_equal(output_lines(output), 5);
    append(output, "b3\nb4\n"); /* 21 */
    assert_int_equal(output_left_out(output), 5);
    assert_int_equal(output_lines(output), 7);
    assert_line(output, 0, "a1");
    assert_line(output, 2, "a3");
    assert_true(output_line(output, 3, &line));
    assert_true(line.is_gap);
    assert_int_equal(line.length, 0);
    assert_line(output, 4, "2");
    assert_line(output, 6, "b4");
    assert_false(output_line(output, 7, &line));
    assert_int_equal(output_total_lines(output), 7);
    output_free(output);
}

static void one_endless_line_is_cut_in_two(void **state)
{
    (void)state;
    struct output *output = output_new(4, 4);
    for (int i = 0; i < 1000; i++)
        append(output, "0123456789");
    assert_int_equal(output_lines(output), 3);
    assert_line(output, 0, "0123");
    assert_line(output, 2, "6789");
    assert_int_equal(output_left_out(output), 9992);
    assert_int_equal(output_total_lines(output), 1);
    output_free(output);
}

static void characters_are_not_cut(void **state)
{
    (void)state;
    struct output *output = output_new(4, 4);
    for (int i = 0; i < 20; i++)
        append(output, "\xe2\x82\xac");
    assert_line(output, 0, "\xe2\x82\xac");
    assert_line(output, 2, "\xe2\x82\xac");
    assert_int_equal(output_left_out(output), 54);
    output_free(output);
}

/* --- against a plain copy --- */

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

/* The lines of ALL from FROM to TO must be lines FIRST... of the output. Returns the index behind them. */
static size_t assert_lines_of(const struct output *output, size_t first, const char *all, size_t from,
                              size_t to)
{
    while (from < to) {
        const char *newline = memchr(all + from, '\n', to - from);
        size_t end = newline ? (size_t)(newline - all) : to;
        struct output_line line;
        assert_true(output_line(output, first++, &line));
        assert_false(line.is_gap);
        assert_int_equal(line.length, end - from);
        assert_memory_equal(line.text, all + from, line.length);
        from = newline ? end + 1 : end;
    }
    return first;
}

static void assert_same_as(const struct output *output, const char *all, size_t length, size_t head,
                           size_t tail)
{
    assert_int_equal(output_total(output), length);
    if (length <= head + tail) {
        assert_int_equal(assert_lines_of(output, 0, all, 0, length), output_lines(output));
        return;
    }
    struct output_line line;
    assert_int_equal(output_left_out(output), length - head - tail);
    size_t index = assert_lines_of(output, 0, all, 0, head);
    assert_true(output_line(output, index, &line));
    assert_true(line.is_gap);
    assert_int_equal(assert_lines_of(output, index + 1, all, length - tail, length), output_lines(output));
}

static void any_pieces_give_the_same_window(void **state)
{
    (void)state;
    unsigned seed = 1;
    char all[4000];
    for (int run = 0; run < 400; run++) {
        size_t head = next_random(&seed) % 40, tail = 1 + next_random(&seed) % 60, length = 0;
        struct output *output = output_new(head, tail);
        while (length < sizeof all) {
            size_t part = next_random(&seed) % (run % 4 ? 30 : 300);
            if (part > sizeof all - length)
                part = sizeof all - length;
            for (size_t i = 0; i < part; i++)
                all[length + i] = next_random(&seed) % 5 ? (char)('a' + next_random(&seed) % 26) : '\n';
            output_append(output, OUTPUT_STDOUT, all + length, part);
            length += part;
            assert_same_as(output, all, length, head, tail);
            if (!part && !(next_random(&seed) % 50))
                break;
        }
        output_free(output);
    }
}

static void a_flood_costs_a_fixed_amount(void **state)
{
    (void)state; /* the ceiling of the buffer is asserted by the window's own bytes being right */
    enum { PIECE = 1 << 16, PIECES = 1600 };
    char *piece = xmalloc(PIECE);
    for (int i = 0; i < PIECE; i++)
        piece[i] = i % 2 ? '\n' : 'x';
    struct output *output = output_new(1000, 1000);
    for (int i = 0; i < PIECES; i++)
        output_append(output, OUTPUT_STDOUT, piece, PIECE);
    assert_int_equal(output_total(output), (int64_t)PIECE * PIECES);
    assert_int_equal(output_total_lines(output), (int64_t)PIECE * PIECES / 2);
    assert_int_equal(output_lines(output), 1001);
    assert_line(output, 1000, "x");
    output_free(output);
    free(piece);
}

/* --- for the model --- */

static void assert_for_model(const struct output *output, size_t limit, const char *name, const char *wanted)
{
    struct buffer out = BUFFER_INIT;
    output_for_model(output, limit, name, &out);
    if (strcmp(out.data, wanted) != 0)
        fail_msg("\"%s\" instead of \"%s\"", out.data, wanted);
    buffer_release(&out);
}

static void what_fits_goes_whole(void **state)
{
    (void)state;
    struct output *output = output_new(1000, 1000);
    assert_for_model(output, 10, NULL, "");
    output_append(output, OUTPUT_STDOUT, "a\0b\xff\n", 5);
    assert_for_model(output, 9, NULL,
                     "a\xe2\x90\x80"
                     "b\xef\xbf\xbd\n");
    assert_for_model(output, 8, NULL, "[5 bytes left out here]\n");
    output_free(output);
}

static void what_is_too_long_is_cut_at_lines(void **state)
{
    (void)state;
    struct output *output = output_new(1000, 1000);
    for (int i = 0; i < 10; i++)
        append(output, "line of text\n"); /* 13 bytes each */
    assert_for_model(output, 79, NULL,
                     "line of text\nline of text\n[78 bytes left out here]\nline of text\nline of text\n");
    assert_for_model(output, 125, "output:7",
                     "line of text\nline of text\n"
                     "[78 bytes left out here; the whole output can be read as output:7]\n"
                     "line of text\nline of text\n");
    output_free(output);
}

static void limits_hold_for_the_result(void **state)
{
    (void)state;
    unsigned seed = 7;
    struct output *output = output_new(300, 300);
    for (int i = 0; i < 200; i++) {
        char bytes[16];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (char)next_random(&seed);
        output_append(output, OUTPUT_STDERR, bytes, next_random(&seed) % sizeof bytes);
        for (size_t limit = 0; limit < 2000; limit += 97) {
            struct buffer out = BUFFER_INIT;
            output_for_model(output, limit, "x", &out);
            assert_true(utf8_valid(out.data, out.length));
            assert_null(memchr(out.data, '\0', out.length));
            assert_true(out.length <= (limit > 90 ? limit : 90));
            buffer_release(&out);
        }
    }
    output_free(output);
}

static void a_long_line_is_cut_at_characters(void **state)
{
    (void)state;
    struct output *output = output_new(40, 40);
    for (int i = 0; i < 1000; i++)
        append(output, "\xc3\xa9");
    assert_for_model(output, 40, NULL,
                     "\xc3\xa9\xc3\xa9\xc3\xa9\n[1988 bytes left out here]\n\xc3\xa9\xc3\xa9\xc3\xa9");
    output_free(output);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_as_they_grow),
        cmocka_unit_test(a_line_has_the_stream_of_its_first_byte),
        cmocka_unit_test(the_middle_is_left_out),
        cmocka_unit_test(one_endless_line_is_cut_in_two),
        cmocka_unit_test(characters_are_not_cut),
        cmocka_unit_test(any_pieces_give_the_same_window),
        cmocka_unit_test(a_flood_costs_a_fixed_amount),
        cmocka_unit_test(what_fits_goes_whole),
        cmocka_unit_test(what_is_too_long_is_cut_at_lines),
        cmocka_unit_test(limits_hold_for_the_result),
        cmocka_unit_test(a_long_line_is_cut_at_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
