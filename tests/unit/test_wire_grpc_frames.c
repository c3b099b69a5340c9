/* test_wire_grpc_frames.c - the parts of gRPC that need no connection: frames, wherever they are cut, and how ends
 * are written in headers. */
#include "base/buffer.h"
#include "base/memory.h"
#include "wire/grpc.h"
#include "wire/grpc_frames.h"
#include "wire/grpc_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void append_frame(struct buffer *out, const char *message, size_t length)
{
    unsigned char head[GRPC_FRAME_HEAD];
    grpc_frame_head(head, length);
    buffer_append(out, head, sizeof(head));
    buffer_append(out, message, length);
}

/* All messages of BYTES, each in brackets. */
static enum grpc_frames_result take(struct grpc_frames *frames, const char *bytes, size_t length,
                                    struct buffer *told)
{
    enum grpc_frames_result result = GRPC_FRAMES_MORE;
    while (length > 0) {
        const char *message;
        size_t message_length;
        result = grpc_frames_next(frames, &bytes, &length, &message, &message_length);
        if (result == GRPC_FRAMES_MESSAGE)
            buffer_append_format(told, "[%.*s]", (int)message_length, message);
        else if (result != GRPC_FRAMES_MORE)
            break;
    }
    return result;
}

static void frames_may_be_cut_at_every_two_bytes(void **state)
{
    (void)state;
    struct buffer all = BUFFER_INIT, told = BUFFER_INIT;
    append_frame(&all, "one", 3);
    append_frame(&all, "", 0);
    append_frame(&all, "and three", 9);
    append_frame(&all, "", 0);
    for (size_t first = 0; first <= all.length; first++) {
        for (size_t second = first; second <= all.length; second++) {
            struct grpc_frames frames;
            grpc_frames_init(&frames);
            buffer_clear(&told);
            take(&frames, all.data, first, &told);
            take(&frames, all.data + first, second - first, &told);
            take(&frames, all.data + second, all.length - second, &told);
            assert_string_equal(told.data, "[one][][and three][]");
            assert_false(grpc_frames_is_within(&frames));
            grpc_frames_release(&frames);
        }
    }
    buffer_release(&all);
    buffer_release(&told);
}

static void frames_come_byte_by_byte(void **state)
{
    (void)state;
    struct buffer all = BUFFER_INIT, told = BUFFER_INIT;
    struct grpc_frames frames;
    grpc_frames_init(&frames);
    for (int i = 0; i < 50; i++)
        append_frame(&all, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", (size_t)i);
    for (size_t i = 0; i < all.length; i++)
        take(&frames, all.data + i, 1, &told);
    size_t count = 0;
    for (size_t i = 0; i < told.length; i++)
        count += told.data[i] == '[';
    assert_int_equal(count, 50);
    assert_int_equal(told.length, all.length - 50 * GRPC_FRAME_HEAD + 100);
    assert_false(grpc_frames_is_within(&frames));
    grpc_frames_release(&frames);
    buffer_release(&all);
    buffer_release(&told);
}

static void a_message_in_one_piece_is_not_copied(void **state)
{
    (void)state;
    struct buffer all = BUFFER_INIT;
    struct grpc_frames frames;
    grpc_frames_init(&frames);
    append_frame(&all, "whole", 5);
    const char *bytes = all.data, *message = NULL;
    size_t length = all.length, message_length = 0;
    assert_int_equal(grpc_frames_next(&frames, &bytes, &length, &message, &message_length),
                     GRPC_FRAMES_MESSAGE);
    assert_ptr_equal(message, all.data + GRPC_FRAME_HEAD);
    assert_int_equal(message_length, 5);
    assert_int_equal(length, 0);
    grpc_frames_release(&frames);
    buffer_release(&all);
}

static void a_promise_of_much_takes_no_memory(void **state)
{
    (void)state;
    struct grpc_frames frames;
    struct buffer told = BUFFER_INIT;
    grpc_frames_init(&frames);
    assert_int_equal(take(&frames, "\0\x06\x40\0\0abc", 8, &told), GRPC_FRAMES_MORE); /* 100 MB */
    assert_true(frames.message.capacity < 4096);
    assert_true(grpc_frames_is_within(&frames));
    grpc_frames_release(&frames);
    grpc_frames_init(&frames);
    assert_int_equal(take(&frames, "\0\x06\x40\0\1abc", 8, &told), GRPC_FRAMES_TOO_LONG);
    grpc_frames_release(&frames);
    grpc_frames_init(&frames);
    assert_int_equal(take(&frames, "\1\0\0\0\1a", 6, &told), GRPC_FRAMES_COMPRESSED);
    grpc_frames_release(&frames);
    buffer_release(&told);
}

static void a_status_is_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = { { "0", 0 },   { "16", 16 }, { "99", 99 },   { "", -1 },   { "-1", -1 },
                 { "1x", -1 }, { " 1", -1 }, { "0, 0", -1 }, { "007", 7 }, { "99999", -1 } };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(grpc_status_read(rows[i].text), rows[i].status);
    assert_string_equal(grpc_status_name(14), "UNAVAILABLE");
    assert_string_equal(grpc_status_name(17), "UNKNOWN");
    assert_string_equal(grpc_status_name(-1), "UNKNOWN");
    assert_int_equal(grpc_status_of_http(503), GRPC_UNAVAILABLE);
    assert_int_equal(grpc_status_of_http(404), GRPC_UNIMPLEMENTED);
    assert_int_equal(grpc_status_of_http(200), GRPC_UNKNOWN);
}

static void messages_are_decoded(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "plain", "plain" }, { "a%20b%0Ac", "a b\nc" },   { "%C3%BC", "\xc3\xbc" }, { "100%", "100%" },
        { "%zz%4", "%zz%4" }, { "%ff!", "\xef\xbf\xbd!" }, { "a%00b", "a b" },       { "", "" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer out = BUFFER_INIT;
        grpc_message_decode(&out, rows[i][0]);
        assert_string_equal(out.data, rows[i][1]);
        buffer_release(&out);
    }
}

static void binary_fields_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes;
        size_t length;
    } rows[] = { { "AAEC", "\0\1\2", 3 },      { "AAE=", "\0\1", 2 }, { "AAE", "\0\1", 2 },
                 { "AA==", "\0", 1 },          { "", "", 0 },         { "-_-_", "\xfb\xff\xbf", 3 },
                 { "+/+/", "\xfb\xff\xbf", 3 } };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer out = BUFFER_INIT;
        assert_true(grpc_binary_decode(&out, rows[i].text));
        assert_int_equal(out.length, rows[i].length);
        assert_memory_equal(out.data, rows[i].bytes, rows[i].length);
        buffer_release(&out);
    }
    struct buffer out = BUFFER_INIT;
    buffer_append_text(&out, "before");
    assert_false(grpc_binary_decode(&out, "AA, AA"));
    assert_false(grpc_binary_decode(&out, "A\xc3\xbc"));
    assert_string_equal(out.data, "before");
    buffer_release(&out);
}

static void a_timeout_has_eight_digits_at_most(void **state)
{
    (void)state;
    static const struct {
        int64_t milliseconds;
        const char *text;
    } rows[] = { { 1, "grpc-timeout: 1m" },
                 { 99999999, "grpc-timeout: 99999999m" },
                 { 100000000, "grpc-timeout: 100000S" },
                 { INT64_MAX, "grpc-timeout: 99999999S" } };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[GRPC_TIMEOUT_TEXT];
        grpc_timeout_header(text, rows[i].milliseconds);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_may_be_cut_at_every_two_bytes),
        cmocka_unit_test(frames_come_byte_by_byte),
        cmocka_unit_test(a_message_in_one_piece_is_not_copied),
        cmocka_unit_test(a_promise_of_much_takes_no_memory),
        cmocka_unit_test(a_status_is_digits),
        cmocka_unit_test(messages_are_decoded),
        cmocka_unit_test(binary_fields_are_decoded),
        cmocka_unit_test(a_timeout_has_eight_digits_at_most),
    };
    return cmocka_run_group_tests_name("wire grpc frames", tests, NULL, NULL);
}
