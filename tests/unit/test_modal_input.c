/* test_modal_input.c - what a program of the stand-in's sandbox reads: in order, whole, once, whatever breaks. */
#include "tests/unit/modal_bench.h"

#include "base/hash.h"

static struct bench bench;

/* Bytes that show where they come from. */
static void pattern(struct buffer *out, size_t length)
{
    buffer_init(out, 0);
    char *bytes = buffer_reserve(out, length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)((i * 2654435761u) >> 13);
    buffer_added(out, length);
}

/* A program that says the hash and the length of its input. */
#define SUM "sha256sum | cut -c1-64"

static void check_sum(struct run *run, const char *bytes, size_t length)
{
    char text[HASH_TEXT + 1];
    hash_text(bytes, length, text);
    strcat(text, "\n");
    run_check(run, 0);
    run_check_output(run, false, text, 65);
    assert_int_equal(bench_starts(&bench, run->id), 1);
}

/* --- pushed --- */

static void pieces_arrive_in_order(void **state)
{
    (void)state;
    struct buffer content;
    struct run run;
    pattern(&content, 300000);
    run_start(&run, &bench, SUM);
    for (size_t at = 0, step = 1; at < content.length; at += step, step = step * 3 / 2 + 1) {
        size_t left = content.length - at;
        modal_exec_write(run.exec, content.data + at, left < step ? left : step);
        if (step < 100)
            loop_turn(bench.loop, 1);
    }
    modal_exec_end_input(run.exec);
    check_sum(&run, content.data, content.length);
    assert_true(run.drains > 0);
    run_release(&run);
    buffer_release(&content);
}

static void a_large_push_is_cut_in_pieces(void **state)
{
    (void)state;
    struct buffer content;
    struct run run;
    pattern(&content, 18000001);
    run_start(&run, &bench, SUM);
    modal_exec_write(run.exec, content.data, content.length);
    modal_exec_end_input(run.exec);
    check_sum(&run, content.data, content.length);
    run_release(&run);
    buffer_release(&content);
}

static void pushes_survive_faults(void **state)
{
    (void)state;
    static const char *const faults[] = { "\"do\":\"drop\",\"count\":3",
                                          "\"do\":\"status\",\"code\":\"UNAVAILABLE\",\"count\":5",
                                          "\"do\":\"goaway\",\"count\":3" };
    struct run run;
    for (size_t fault = 0; fault < ARRAY_SIZE(faults); fault++)
        for (int nth = 1; nth <= 3; nth++) {
            char rule[160];
            snprintf(rule, sizeof(rule), "{\"method\":\"TaskExecStdinWrite\",\"nth\":%d,%s}", nth,
                     faults[fault]);
            run_start(&run, &bench, "cat");
            modal_exec_write(run.exec, "one ", 4);
            bench_fault(&bench, rule);
            modal_exec_write(run.exec, "two ", 4);
            while (run.bytes[0] < 8 && !run.done)
                loop_turn(bench.loop, -1);
            modal_exec_write(run.exec, "three", 5);
            modal_exec_end_input(run.exec);
            while (run.bytes[0] < 13 && !run.done)
                loop_turn(bench.loop, -1);
            bench_no_faults(&bench);
            run_check(&run, 0);
            run_check_output(&run, false, "one two three", 13);
            run_release(&run);
        }
}

static void a_program_that_takes_no_more_is_told_of(void **state)
{
    (void)state;
    struct run run;
    run_start(&run, &bench, "exec <&-; echo closed; read -r line </dev/tty; sleep 0.1; exit 3");
    while (!run.bytes[0])
        loop_turn(bench.loop, -1);
    char *large = xcalloc(1, 200000);
    while (!run.input_failures && !run.done) {
        modal_exec_write(run.exec, large, 200000);
        loop_turn(bench.loop, 5);
    }
    free(large);
    run_wait(&run);
    assert_false(run.failed);
    assert_int_equal(run.code, 3);
    assert_true(run.input_failures <= 1);
    run_release(&run);
}

/* --- from a source --- */

struct source {
    const char *bytes;
    size_t length;
    size_t broken_at; /* 0: nowhere */
    uint64_t read;    /* bytes in all */
};

static int64_t source_read(void *data, uint64_t offset, char *bytes, size_t room)
{
    struct source *source = data;
    size_t left = offset < source->length ? source->length - (size_t)offset : 0;
    size_t length = left < room ? left : room;
    if (source->broken_at && offset + length > source->broken_at)
        return -1;
    memcpy(bytes, source->bytes + (length ? offset : 0), length);
    source->read += length;
    return (int64_t)length;
}

static void send_source(struct run *run, struct source *source, const char *script)
{
    struct modal_exec_source from = { source_read, source };
    run_start(run, &bench, script);
    modal_exec_send(run->exec, &from);
}

static void a_source_is_streamed(void **state)
{
    (void)state;
    static const size_t lengths[] = { 0, 1, 262143, 262144, 262145, 5000000 };
    struct buffer content;
    struct run run;
    pattern(&content, 5000000);
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        struct source source = { .bytes = content.data, .length = lengths[i] };
        send_source(&run, &source, SUM);
        check_sum(&run, content.data, lengths[i]);
        assert_int_equal(source.read, lengths[i]);
        run_release(&run);
    }
    buffer_release(&content);
}

/* Each fault once, then several times in a row; what had been taken is not sent again from the beginning. */
static void a_stream_is_resumed_where_it_broke(void **state)
{
    (void)state;
    static const char *const faults[] = {
        "\"do\":\"early\",\"code\":\"UNAVAILABLE\",\"after_bytes\":0",
        "\"do\":\"early\",\"code\":\"UNAVAILABLE\",\"after_bytes\":1",
        "\"do\":\"early\",\"code\":\"INTERNAL\",\"after_bytes\":262144",
        "\"do\":\"early\",\"code\":\"CANCELLED\",\"after_bytes\":262145",
        "\"do\":\"early\",\"code\":\"UNAUTHENTICATED\",\"after_bytes\":1000000",
        "\"do\":\"early\",\"code\":\"UNKNOWN\",\"after_bytes\":2999999",
        "\"do\":\"status\",\"code\":\"UNAVAILABLE\"",
        "\"do\":\"drop\"",
        "\"do\":\"goaway\"",
    };
    struct buffer content;
    struct run run;
    pattern(&content, 3000000);
    for (size_t fault = 0; fault < ARRAY_SIZE(faults); fault++)
        for (int count = 1; count <= 5; count += 4) {
            char rule[200];
            struct source source = { .bytes = content.data, .length = content.length };
            snprintf(rule, sizeof(rule), "{\"method\":\"TaskExecStdinWriteStream\",\"count\":%d,%s}", count,
                     faults[fault]);
            bench_fault(&bench, rule);
            send_source(&run, &source, SUM);
            check_sum(&run, content.data, content.length);
            assert_int_equal(run.input_failures, 0);
            assert_true(bench_faults_fired(&bench) > 0);
            run_release(&run);
        }
    bench_no_faults(&bench);
    buffer_release(&content);
}

static void the_question_how_much_was_taken_may_fail_too(void **state)
{
    (void)state;
    struct buffer content;
    struct run run;
    pattern(&content, 1000000);
    struct source source = { .bytes = content.data, .length = content.length };
    bench_fault(
        &bench,
        "[{\"method\":\"TaskExecStdinWriteStream\",\"do\":\"early\",\"after_bytes\":300000,\"count\":2},"
        "{\"method\":\"TaskExecStdinStatus\",\"do\":\"drop\"},"
        "{\"method\":\"TaskExecStdinStatus\",\"do\":\"status\",\"code\":\"UNAUTHENTICATED\",\"nth\":3}]");
    send_source(&run, &source, SUM);
    check_sum(&run, content.data, content.length);
    assert_int_equal(bench_faults_fired(&bench), 4);
    bench_no_faults(&bench);
    run_release(&run);
    buffer_release(&content);
}

/* Nine times, and then no more. */
static void a_stream_that_never_gets_on_is_given_up(void **state)
{
    (void)state;
    struct buffer content;
    struct run run;
    pattern(&content, 1000);
    struct source source = { .bytes = content.data, .length = content.length };
    bench_fault(
        &bench,
        "{\"method\":\"TaskExecStdinWriteStream\",\"do\":\"status\",\"code\":\"UNAVAILABLE\",\"count\":0}");
    send_source(&run, &source, "cat");
    while (!run.input_failures)
        loop_turn(bench.loop, -1);
    assert_int_equal(bench_faults_fired(&bench), 10);
    modal_exec_forget(run.exec);
    bench_no_faults(&bench);
    run_release(&run);
    buffer_release(&content);
}

static void what_cannot_be_resumed_is_not(void **state)
{
    (void)state;
    struct buffer content;
    struct run run;
    pattern(&content, 20000000);
    struct source source = { .bytes = content.data, .length = content.length };
    send_source(&run, &source, "head -c 10 | wc -c; exit 8");
    run_check(&run, 8);
    run_check_output(&run, false, "10\n", 3);
    assert_true(source.read < content.length);
    run_release(&run);
    bench_fault(
        &bench,
        "{\"method\":\"TaskExecStdinWriteStream\",\"do\":\"early\",\"code\":\"ABORTED\",\"after_bytes\":1}");
    send_source(&run, &source, SUM);
    while (!run.input_failures)
        loop_turn(bench.loop, -1);
    assert_false(run.done); /* without its end it waits for more */
    modal_exec_forget(run.exec);
    bench_no_faults(&bench);
    run_release(&run);
    buffer_release(&content);
}

static void a_broken_source_is_not_ended(void **state)
{
    (void)state;
    struct buffer content;
    struct run run, other;
    pattern(&content, 1000000);
    struct source source = { .bytes = content.data, .length = content.length, .broken_at = 600000 };
    send_source(&run, &source, SUM);
    while (!run.input_failures)
        loop_turn(bench.loop, -1);
    run_start(&other, &bench, "echo other");
    run_check(&other, 0);
    assert_false(run.done);
    assert_false(modal_exec_input_ended(run.exec));
    modal_exec_forget(run.exec);
    run_release(&run);
    run_release(&other);
    buffer_release(&content);
}

static void a_token_expires_while_it_is_sent(void **state)
{
    (void)state;
    struct buffer content;
    struct run run;
    pattern(&content, 4000000);
    struct source source = { .bytes = content.data, .length = content.length };
    bench_fault(&bench, "{\"method\":\"TaskExecStdinWriteStream\",\"do\":\"early\",\"after_bytes\":1000000}");
    send_source(&run, &source, SUM);
    while (!run.starts)
        loop_turn(bench.loop, -1);
    bench_tell(&bench, "POST", "/expire", "{\"router\":true,\"auth\":true}");
    check_sum(&run, content.data, content.length);
    bench_no_faults(&bench);
    run_release(&run);
    buffer_release(&content);
}

static void sending_is_forgotten_at_any_moment(void **state)
{
    (void)state;
    struct buffer content;
    struct run run;
    pattern(&content, 3000000);
    for (int turns = 0; turns < 60; turns++) {
        struct source source = { .bytes = content.data, .length = content.length };
        if (turns % 3 == 0)
            bench_fault(&bench,
                        "{\"method\":\"TaskExecStdinWriteStream\",\"do\":\"early\",\"after_bytes\":1000000}");
        send_source(&run, &source, SUM);
        for (int i = 0; i < turns && !run.done; i++)
            loop_turn(bench.loop, -1);
        if (!run.done)
            modal_exec_forget(run.exec);
        run.done = true;
        run_release(&run);
    }
    bench_no_faults(&bench);
    buffer_release(&content);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_arrive_in_order),
        cmocka_unit_test(a_large_push_is_cut_in_pieces),
        cmocka_unit_test(pushes_survive_faults),
        cmocka_unit_test(a_program_that_takes_no_more_is_told_of),
        cmocka_unit_test(a_source_is_streamed),
        cmocka_unit_test(a_stream_is_resumed_where_it_broke),
        cmocka_unit_test(the_question_how_much_was_taken_may_fail_too),
        cmocka_unit_test(a_stream_that_never_gets_on_is_given_up),
        cmocka_unit_test(what_cannot_be_resumed_is_not),
        cmocka_unit_test(a_broken_source_is_not_ended),
        cmocka_unit_test(a_token_expires_while_it_is_sent),
        cmocka_unit_test(sending_is_forgotten_at_any_moment),
    };
    BENCH_RUN(&bench, tests, count, words);
}
