/* test_wire_sse.c - server-sent events: what is an event, and that no split of the input changes it. */
#include "base/buffer.h"
#include "base/path.h"
#include "wire/sse.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* One line an event: "[type] text", newlines and NULs made visible. */
static void note(void *data, const char *type, const char *text, size_t length)
{
    struct buffer *events = data;
    assert_int_equal(text[length], '\0');
    buffer_append_format(events, "[%s] ", type);
    for (size_t i = 0; i < length; i++)
        buffer_append_byte(events, text[i] == '\n' ? '|' : text[i] == '\0' ? '0' : text[i]);
    buffer_append_byte(events, '\n');
}

/* Feeds TEXT in two pieces, cut at CUT, or byte by byte when CUT is over its end. */
static void parse(struct buffer *events, const char *text, size_t length, size_t cut)
{
    struct sse *sse = sse_new(note, events);
    buffer_clear(events);
    if (cut <= length) {
        assert_true(sse_feed(sse, text, cut));
        assert_true(sse_feed(sse, text + cut, length - cut));
    } else {
        for (size_t i = 0; i < length; i++)
            assert_true(sse_feed(sse, text + i, 1));
    }
    sse_free(sse);
}

static void expect(const char *stream, const char *expected)
{
    struct buffer events = BUFFER_INIT;
    for (size_t cut = 0; cut <= strlen(stream) + 1; cut++) {
        parse(&events, stream, strlen(stream), cut);
        assert_string_equal(events.data, expected);
    }
    buffer_release(&events);
}

static void events_are_what_the_standard_says(void **state)
{
    (void)state;
    expect("data: hello\n\n", "[message] hello\n");
    expect("data:hello\n\n", "[message] hello\n");
    expect("data:  hello\n\n", "[message]  hello\n");
    expect("data: one\ndata: two\n\n", "[message] one|two\n");
    expect("data\n\n", "[message] \n");
    expect("data\ndata\n\n", "[message] |\n");
    expect("event: add\ndata: 1\n\ndata: 2\n\n", "[add] 1\n[message] 2\n");
    expect("event: lost\n\ndata: 2\n\n", "[message] 2\n");
    expect(": comment\n:\n\nid: 7\nretry: 1\nother: x\nDATA: no\ndatas: no\n\n", "");
    expect("data: cut off", "");
    expect("data: cut off\n", "");
    expect("", "");
    expect("\n\n\n", "");
}

static void any_line_end_will_do(void **state)
{
    (void)state;
    expect("data: a\r\rdata: b\r\n\r\ndata: c\n\n", "[message] a\n[message] b\n[message] c\n");
    expect("data: a\r\ndata: b\r\n\r\n", "[message] a|b\n");
    expect("data: a\n\rdata: b\r\n\n", "[message] a\n[message] b\n");
    expect("\xef\xbb\xbf"
           "data: a\n\n\xef\xbb\xbf"
           "data: b\n\n",
           "[message] a\n");
}

/* An event must be told with its last byte, not with the byte after it. */
static void carriage_return_tells_at_once(void **state)
{
    (void)state;
    struct buffer events = BUFFER_INIT;
    struct sse *sse = sse_new(note, &events);
    assert_true(sse_feed(sse, "data: a\r\r", 9));
    assert_string_equal(events.data, "[message] a\n");
    sse_free(sse);
    buffer_release(&events);
}

static void check_recording(const char *path)
{
    struct buffer stream = BUFFER_INIT, whole = BUFFER_INIT, pieces = BUFFER_INIT;
    assert_true(path_read_file(path, &stream, NULL));
    parse(&whole, stream.data, stream.length, 0);
    assert_true(whole.length > 0);
    for (size_t cut = 1; cut <= stream.length + 1; cut++) {
        parse(&pieces, stream.data, stream.length, cut);
        assert_string_equal(pieces.data, whole.data);
    }
    buffer_release(&stream);
    buffer_release(&whole);
    buffer_release(&pieces);
}

static void recordings_cut_anywhere_give_the_same_events(void **state)
{
    (void)state;
    const char *source = getenv("SANDGATE_SOURCE");
    char *pattern = path_join(source != NULL ? source : SANDGATE_SOURCE_FOLDER, "tests/data/sse/*.txt");
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_recording(found.gl_pathv[i]);
    globfree(&found);
    free(pattern);
}

static void too_large_an_event_ends_it(void **state)
{
    (void)state;
    enum { PIECE = 1024 * 1024 };
    char *piece = malloc(PIECE);
    memset(piece, 'x', PIECE);
    for (int many_lines = 0; many_lines < 2; many_lines++) {
        struct buffer events = BUFFER_INIT;
        struct sse *sse = sse_new(note, &events);
        int taken = 0;
        while (taken < 20 && sse_feed(sse, "data: ", many_lines || taken == 0 ? 6 : 0) &&
               sse_feed(sse, piece, PIECE) && sse_feed(sse, "\n", many_lines ? 1 : 0))
            taken++;
        assert_int_equal(taken, many_lines ? 15 : 16); /* 16 MiB, the newlines between them included */
        assert_false(sse_feed(sse, "\n\n", 2));
        assert_int_equal(events.length, 0);
        sse_free(sse);
        buffer_release(&events);
    }
    free(piece);
}

struct owner {
    struct sse *sse;
    int told;
};

static void free_at_once(void *data, const char *type, const char *text, size_t length)
{
    struct owner *owner = data;
    (void)type, (void)text, (void)length;
    owner->told++;
    sse_free(owner->sse);
}

static void freed_in_its_callback_it_says_no_more(void **state)
{
    (void)state;
    struct owner owner = { 0 };
    const char stream[] = "data: 1\n\ndata: 2\n\n";
    owner.sse = sse_new(free_at_once, &owner);
    assert_true(sse_feed(owner.sse, stream, strlen(stream)));
    assert_int_equal(owner.told, 1);
    sse_free(NULL);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_what_the_standard_says),
        cmocka_unit_test(any_line_end_will_do),
        cmocka_unit_test(carriage_return_tells_at_once),
        cmocka_unit_test(recordings_cut_anywhere_give_the_same_events),
        cmocka_unit_test(too_large_an_event_ends_it),
        cmocka_unit_test(freed_in_its_callback_it_says_no_more),
    };
    return cmocka_run_group_tests_name("wire sse", tests, NULL, NULL);
}
