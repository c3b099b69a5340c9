/* test_modal_exec.c - programs in a sandbox of the stand-in: output exact, started once, whatever breaks. */
#include "tests/unit/modal_bench.h"

#include "base/random.h"

static struct bench bench;

/* What seq prints from 1 to LAST. */
static void numbers(struct buffer *out, int last)
{
    buffer_init(out, 0);
    for (int i = 1; i <= last; i++)
        buffer_append_format(out, "%d\n", i);
}

static void check_once(const struct run *run)
{
    assert_int_equal(bench_starts(&bench, run->id), 1);
}

/* --- without faults --- */

static void output_code_and_input(void **state)
{
    (void)state;
    struct run run;
    run_start(&run, &bench, "printf out; printf err >&2; exit 42");
    run_check(&run, 42);
    run_check_output(&run, false, "out", 3);
    run_check_output(&run, true, "err", 3);
    run_release(&run);
    run_start(&run, &bench, "cat");
    modal_exec_write(run.exec, "one ", 4);
    modal_exec_write(run.exec, "two", 3);
    assert_int_equal(modal_exec_waiting(run.exec), 7);
    modal_exec_end_input(run.exec);
    modal_exec_write(run.exec, "late", 4);
    run_check(&run, 0);
    run_check_output(&run, false, "one two", 7);
    run_release(&run);
}

static void signals_and_timeouts(void **state)
{
    (void)state;
    static const char *const sleeper[] = { "/bin/sleep", "1000", NULL };
    struct run run;
    run_start(&run, &bench, "kill -TERM $$");
    run_wait(&run);
    assert_false(run.failed);
    assert_int_equal(run.signal, 15);
    assert_int_equal(run.code, -1);
    run_release(&run);
    run_start_spec(&run, &bench, (struct modal_exec_spec){ .argv = sleeper, .timeout = 1 });
    run_wait(&run);
    assert_false(run.failed);
    assert_true(run.signal == 9 || run.code == 137);
    run_release(&run);
}

static void place_variables_and_terminal(void **state)
{
    (void)state;
    static const char *const argv[] = { "/bin/bash", "-c", "pwd; echo \"$ONE,$TWO\"", NULL };
    static const char *const terminal[] = { "/bin/bash", "-c",
                                            "test -t 0 && test -t 2 && stty size; echo $TERM", NULL };
    static const char *const variables[] = { "ONE=1=1", "TWO=", NULL };
    struct run run;
    run_start_spec(&run, &bench,
                   (struct modal_exec_spec){ .argv = argv, .cwd = "/usr", .environment = variables });
    run_check(&run, 0);
    run_check_output(&run, false, "/usr\n1=1,\n", 10);
    run_release(&run);
    run_start_spec(&run, &bench,
                   (struct modal_exec_spec){ .argv = terminal, .pty = true, .columns = 91, .rows = 33 });
    run_check(&run, 0);
    run_check_output(&run, false, "33 91\r\nxterm-256color\r\n", 23);
    assert_int_equal(run.bytes[1], 0);
    run_release(&run);
}

static void output_is_bytes(void **state)
{
    (void)state;
    struct run run;
    run_start(&run, &bench, "printf '\\0\\377\\303'; sleep 0.01; printf '\\251\\0'");
    run_check(&run, 0);
    run_check_output(&run, false, "\0\377\303\251\0", 5);
    run_release(&run);
}

static void discarded_output_holds_nothing_up(void **state)
{
    (void)state;
    static const char *const argv[] = { "/bin/bash", "-c", "head -c 5000000 /dev/zero; exit 3", NULL };
    struct run run;
    run_start_spec(&run, &bench, (struct modal_exec_spec){ .argv = argv, .discard_output = true });
    run_check(&run, 3);
    assert_int_equal(run.bytes[0], 0);
    run_release(&run);
}

static void check_refused(struct modal_exec_spec spec, const char *words)
{
    struct run run;
    run_start_spec(&run, &bench, spec);
    assert_false(run.done);
    run_wait(&run);
    assert_true(run.failed && run.never_started);
    assert_int_equal(run.status, GRPC_INVALID_ARGUMENT);
    assert_non_null(strstr(run.sentence, words));
    assert_int_equal(run.starts, 0);
    run_release(&run);
}

static void what_cannot_be_sent_is_refused(void **state)
{
    (void)state;
    static char long_text[MODAL_ARGUMENTS_MAX];
    memset(long_text, 'x', sizeof(long_text) - 1);
    const char *const fine[] = { "/bin/true", NULL }, *const none[] = { NULL };
    const char *const bad[] = { "/bin/echo", "\xff", NULL }, *const variables[] = { "NAME", NULL };
    const char *const large[] = { "/bin/echo", long_text, NULL };
    int before = bench_calls(&bench, "TaskExecStart");
    check_refused((struct modal_exec_spec){ .argv = none }, "no program");
    check_refused((struct modal_exec_spec){ .argv = bad }, "UTF-8");
    check_refused((struct modal_exec_spec){ .argv = large }, "65536");
    check_refused((struct modal_exec_spec){ .argv = fine, .cwd = "relative" }, "absolute");
    check_refused((struct modal_exec_spec){ .argv = fine, .environment = variables }, "NAME=value");
    check_refused((struct modal_exec_spec){ .argv = fine, .timeout = -1 }, "time-out");
    assert_int_equal(bench_calls(&bench, "TaskExecStart"), before);
}

static void arguments_up_to_the_limit_pass(void **state)
{
    (void)state;
    static char text[MODAL_ARGUMENTS_MAX - 8];
    memset(text, 'x', sizeof(text) - 1);
    const char *const argv[] = { "/bin/echo", text, NULL };
    struct run run;
    run_start_spec(&run, &bench, (struct modal_exec_spec){ .argv = argv });
    run_check(&run, 0);
    assert_int_equal(run.bytes[0], sizeof(text));
    run_release(&run);
}

static void many_at_once(void **state)
{
    (void)state;
    enum { MANY = 24 };
    struct run runs[MANY];
    for (int i = 0; i < MANY; i++) {
        char script[64];
        snprintf(script, sizeof(script), "seq 1 2000; exit %d", i);
        run_start(&runs[i], &bench, script);
    }
    for (int i = 0; i < MANY; i++) {
        run_check(&runs[i], i);
        assert_int_equal(runs[i].bytes[0], 8893);
        run_release(&runs[i]);
    }
}

/* --- what it left running --- */

static void linger_ends_the_wait_for_what_was_left_running(void **state)
{
    (void)state;
    static const char *const argv[] = { "/bin/bash", "-c", "sleep 1000 & echo here; exit 5", NULL };
    struct run run;
    run_start_spec(&run, &bench, (struct modal_exec_spec){ .argv = argv, .linger = 1000 });
    run_check(&run, 5);
    run_check_output(&run, false, "here\n", 5);
    run_release(&run);
}

/* Streams that are open and dead are asked anew before their silence is believed. */
static void silent_streams_are_asked_anew(void **state)
{
    (void)state;
    static const char *const argv[] = { "/bin/bash", "-c", "seq 1 15; echo err >&2; exit 5", NULL };
    struct buffer expected;
    struct run run;
    numbers(&expected, 15);
    bench_fault(&bench, "{\"method\":\"TaskExecStdioRead\",\"do\":\"hang\",\"count\":2}");
    run_start_spec(&run, &bench, (struct modal_exec_spec){ .argv = argv, .linger = 2000 });
    run_check(&run, 5);
    run_check_output(&run, false, expected.data, expected.length);
    run_check_output(&run, true, "err\n", 4);
    assert_int_equal(bench_faults_fired(&bench), 2);
    bench_no_faults(&bench);
    run_release(&run);
    buffer_release(&expected);
}

/* --- pause --- */

struct pausing {
    struct run run;
    uint64_t at, pauses;
    bool paused;
};

static void pausing_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct pausing *pausing = data;
    (void)is_error;
    (void)bytes;
    assert_false(pausing->paused);
    pausing->run.bytes[0] += length;
    if (pausing->run.bytes[0] < pausing->at)
        return;
    pausing->at += 5000000;
    pausing->pauses++;
    pausing->paused = true;
    modal_exec_pause(pausing->run.exec, true);
}

static void pausing_done(void *data, const struct modal_exec_result *result)
{
    struct pausing *pausing = data;
    assert_false(pausing->paused);
    run_done(&pausing->run, result);
}

/* Nothing comes while it is paused, other execs go on, and all of it comes afterwards. */
static void a_pause_holds_the_output(void **state)
{
    (void)state;
    static const struct modal_exec_events events = { .output = pausing_output, .done = pausing_done };
    static const char *const argv[] = { "/usr/bin/head", "-c", "30000000", "/dev/zero", NULL };
    struct pausing pausing = { .at = 1 };
    random_uuid(pausing.run.id);
    struct modal_exec_spec spec = { .exec_id = pausing.run.id, .argv = argv };
    pausing.run.bench = &bench;
    pausing.run.exec = modal_exec_start(bench.task, &spec, &events, &pausing);
    while (!pausing.run.done) {
        loop_turn(bench.loop, -1);
        if (!pausing.paused)
            continue;
        uint64_t bytes = pausing.run.bytes[0];
        struct run other;
        run_start(&other, &bench, "echo other");
        run_check(&other, 0);
        run_release(&other);
        assert_int_equal(pausing.run.bytes[0], bytes);
        pausing.paused = false;
        modal_exec_pause(pausing.run.exec, false);
    }
    assert_false(pausing.run.failed);
    assert_int_equal(pausing.run.bytes[0], 30000000);
    assert_true(pausing.pauses >= 6);
}

/* What had come before the failure is told before it. */
static void a_failure_waits_for_the_pause_to_end(void **state)
{
    (void)state;
    static const struct modal_exec_events events = { .output = pausing_output, .done = pausing_done };
    static const char *const argv[] = { "/bin/bash", "-c", "exec 2>&-; head -c 300000 /dev/zero; sleep 1000",
                                        NULL };
    struct pausing pausing = { .at = 1 };
    struct run other;
    random_uuid(pausing.run.id);
    struct modal_exec_spec spec = { .exec_id = pausing.run.id, .argv = argv };
    pausing.run.bench = &bench;
    bench_fault(&bench,
                "{\"method\":\"TaskExecStdioRead\",\"do\":\"cut\",\"how\":\"status\",\"code\":\"NOT_FOUND\","
                "\"after_bytes\":100000,\"count\":0}");
    pausing.run.exec = modal_exec_start(bench.task, &spec, &events, &pausing);
    while (!pausing.paused)
        loop_turn(bench.loop, -1);
    bench_no_faults(&bench);
    for (int i = 0; i < 3; i++) {
        run_start(&other, &bench, "echo other");
        run_check(&other, 0);
        run_release(&other);
    }
    assert_false(pausing.run.done);
    pausing.at = UINT64_MAX;
    pausing.paused = false;
    modal_exec_pause(pausing.run.exec, false);
    run_wait(&pausing.run);
    assert_true(pausing.run.failed);
    assert_int_equal(pausing.run.status, GRPC_NOT_FOUND);
    assert_int_equal(pausing.run.bytes[0], 100000);
}

/* --- streams that break --- */

static const char *const breaks[] = { "\"how\":\"reset\"", "\"how\":\"stream\"",
                                      "\"how\":\"status\",\"code\":\"UNAVAILABLE\"", "\"how\":\"middle\"" };

static void cut(const char *how, size_t after, int count)
{
    char rule[256];
    snprintf(rule, sizeof(rule),
             "{\"method\":\"TaskExecStdioRead\",\"do\":\"cut\",\"after_bytes\":%zu,\"count\":%d,%s}", after,
             count, how);
    bench_fault(&bench, rule);
}

static void a_small_output_survives_a_cut_after_every_byte(void **state)
{
    (void)state;
    struct run run;
    size_t fired = 0;
    for (size_t how = 0; how < ARRAY_SIZE(breaks); how++)
        for (size_t after = 0; after <= 20; after++) {
            cut(breaks[how], after, 2);
            run_start(&run, &bench, "printf 'first\\0line\\nsecond'; printf 'of the errors' >&2; exit 7");
            run_check(&run, 7);
            run_check_output(&run, false, "first\0line\nsecond", 17);
            run_check_output(&run, true, "of the errors", 13);
            fired += bench_faults_fired(&bench);
            run_release(&run);
        }
    bench_no_faults(&bench);
    assert_int_equal(fired, 2 * 21 * ARRAY_SIZE(breaks));
}

/* A stream that ends without a status is none that ended well. */
static void an_end_without_a_status_is_a_break(void **state)
{
    (void)state;
    struct run run;
    for (size_t after = 0; after < 13; after++) {
        cut("\"how\":\"bare\"", after, 2);
        run_start(&run, &bench, "printf 'first\\0line\\nsecond'; printf 'of the errors' >&2; exit 7");
        run_check(&run, 7);
        run_check_output(&run, false, "first\0line\nsecond", 17);
        run_check_output(&run, true, "of the errors", 13);
        run_release(&run);
    }
    bench_no_faults(&bench);
}

static void a_large_output_survives_cuts(void **state)
{
    (void)state;
    static const size_t afters[] = { 0,      1,      16383,  16384,   16385,  65536,
                                     262143, 262144, 262145, 1000000, 1988894 };
    struct buffer expected;
    struct run run;
    numbers(&expected, 300000);
    for (size_t i = 0; i < ARRAY_SIZE(afters); i++) {
        cut(breaks[i % ARRAY_SIZE(breaks)], afters[i], 5);
        run_start(&run, &bench, "seq 1 300000");
        run_check(&run, 0);
        run_check_output(&run, false, expected.data, expected.length);
        assert_int_equal(bench_faults_fired(&bench), 5);
        assert_true(run.resumes > 0 ||
                    afters[i] == 0); /* a request that met a dead connection is sent again by curl */
        run_release(&run);
    }
    bench_no_faults(&bench);
    buffer_release(&expected);
}

/* More breaks than there are retries: data gives them back. */
static void a_stream_that_always_breaks_comes_to_its_end(void **state)
{
    (void)state;
    static const size_t steps[] = { 1, 2, 3, 7 };
    struct buffer expected;
    struct run run;
    numbers(&expected, 15);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        cut(breaks[i], steps[i], 0);
        run_start(&run, &bench, "seq 1 15; seq 1 15 >&2");
        /* Not to the very end: there the connection breaks before the last bytes are through, every time. */
        while (run.bytes[0] + 10 < expected.length || run.bytes[1] + 10 < expected.length)
            loop_turn(bench.loop, -1);
        bench_no_faults(&bench);
        run_check(&run, 0);
        run_check_output(&run, false, expected.data, expected.length);
        run_check_output(&run, true, expected.data, expected.length);
        run_release(&run);
    }
    buffer_release(&expected);
}

/* --- calls that fail --- */

static const char *const methods[] = { "TaskExecStart", "TaskExecStdioRead", "TaskExecWait",
                                       "TaskExecStdinWrite" };

static void echo_through(const char *rule)
{
    struct run run;
    bench_fault(&bench, rule);
    run_start(&run, &bench, "cat; echo end >&2; exit 9");
    modal_exec_write(run.exec, "some input", 10);
    modal_exec_end_input(run.exec);
    run_check(&run, 9);
    run_check_output(&run, false, "some input", 10);
    run_check_output(&run, true, "end\n", 4);
    check_once(&run);
    assert_true(bench_faults_fired(&bench) > 0);
    run_release(&run);
}

static void every_call_may_fail(void **state)
{
    (void)state;
    static const char *const codes[] = {
        "\"code\":\"UNAVAILABLE\"",
        "\"code\":\"INTERNAL\"",
        "\"code\":\"UNKNOWN\"",
        "\"code\":\"CANCELLED\"",
        "\"code\":\"DEADLINE_EXCEEDED\"",
        "\"code\":\"RESOURCE_EXHAUSTED\",\"retry_after\":0.01",
        "\"code\":\"UNAUTHENTICATED\",\"count\":1",
    };
    char rule[256];
    for (size_t method = 0; method < ARRAY_SIZE(methods); method++)
        for (size_t code = 0; code < ARRAY_SIZE(codes); code++) {
            snprintf(rule, sizeof(rule), "{\"method\":\"%s\",\"do\":\"status\",\"count\":3,%s}",
                     methods[method], codes[code]);
            echo_through(rule);
        }
    bench_no_faults(&bench);
}

static void every_answer_may_be_lost(void **state)
{
    (void)state;
    static const char *const faults[] = { "\"do\":\"drop\"", "\"do\":\"drop\",\"count\":2",
                                          "\"do\":\"goaway\"", "\"do\":\"goaway\",\"count\":3",
                                          "\"do\":\"delay\",\"ms\":20" };
    char rule[256];
    for (size_t method = 0; method < ARRAY_SIZE(methods); method++)
        for (size_t fault = 0; fault < ARRAY_SIZE(faults); fault++) {
            snprintf(rule, sizeof(rule), "{\"method\":\"%s\",%s}", methods[method], faults[fault]);
            echo_through(rule);
        }
    bench_no_faults(&bench);
}

static void final_failures_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int status;
    } rows[] = { { "NOT_FOUND", GRPC_NOT_FOUND },
                 { "INVALID_ARGUMENT", GRPC_INVALID_ARGUMENT },
                 { "FAILED_PRECONDITION", GRPC_FAILED_PRECONDITION },
                 { "UNAUTHENTICATED", GRPC_UNAUTHENTICATED } };
    struct run run;
    char rule[256];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        snprintf(rule, sizeof(rule),
                 "{\"method\":\"TaskExecStart\",\"do\":\"status\",\"count\":0,\"code\":\"%s\"}",
                 rows[i].code);
        bench_fault(&bench, rule);
        run_start(&run, &bench, "echo never");
        run_wait(&run);
        assert_true(run.failed && run.never_started);
        assert_int_equal(run.status, rows[i].status);
        assert_int_equal(run.starts, 0);
        assert_int_equal(bench_faults_fired(&bench), rows[i].status == GRPC_UNAUTHENTICATED ? 2 : 1);
        run_release(&run);
    }
    bench_no_faults(&bench);
}

/* Eleven attempts, and then the end; both at once, for the pauses between them are long. */
static void a_server_that_never_answers_well_is_given_up(void **state)
{
    (void)state;
    struct run start, stream;
    run_start(&stream, &bench, "echo go; echo go >&2; read; seq 1 1000");
    while (!stream.bytes[0] || !stream.bytes[1])
        loop_turn(bench.loop, -1);
    bench_fault(&bench,
                "[{\"method\":\"TaskExecStart\",\"do\":\"status\",\"count\":0,\"code\":\"CANCELLED\"},"
                "{\"method\":\"TaskExecStdioRead\",\"do\":\"status\",\"count\":0,\"code\":\"UNAVAILABLE\"}]");
    struct run broken;
    const char *const argv[] = { "/bin/true", NULL };
    run_start_spec(&broken, &bench,
                   (struct modal_exec_spec){ .exec_id = stream.id, .argv = argv, .attach = true });
    run_start(&start, &bench, "echo never");
    run_wait(&start);
    assert_true(start.failed && !start.never_started);
    assert_int_equal(start.status, GRPC_CANCELLED);
    run_wait(&broken);
    assert_true(broken.failed);
    assert_int_equal(broken.status, GRPC_UNAVAILABLE);
    assert_int_equal(bench_faults_fired(&bench), 11 + 2 * 11);
    bench_no_faults(&bench);
    modal_exec_end_input(stream.exec);
    run_check(&stream, 0);
    run_release(&start);
    run_release(&stream);
    run_release(&broken);
}

/* --- tokens --- */

static void an_expired_token_is_renewed_once_for_all(void **state)
{
    (void)state;
    enum { MANY = 12 };
    struct run runs[MANY], open;
    run_start(&open, &bench, "read line; echo \"$line\"; exit 4");
    while (!open.starts)
        loop_turn(bench.loop, -1);
    bench_tell(&bench, "POST", "/expire", "{\"router\":true,\"auth\":false}");
    int before = bench_calls(&bench, "SandboxGetCommandRouterAccess");
    modal_exec_write(open.exec, "typed\n", 6);
    for (int i = 0; i < MANY; i++)
        run_start(&runs[i], &bench, "echo x");
    for (int i = 0; i < MANY; i++) {
        run_check(&runs[i], 0);
        check_once(&runs[i]);
        run_release(&runs[i]);
    }
    run_check(&open, 4);
    run_check_output(&open, false, "typed\n", 6);
    assert_int_equal(bench_calls(&bench, "SandboxGetCommandRouterAccess"), before + 1);
    run_release(&open);
}

static void a_token_that_expires_between_two_breaks_loses_nothing(void **state)
{
    (void)state;
    struct buffer expected;
    struct run run;
    numbers(&expected, 200000);
    for (int round = 0; round < 4; round++) {
        cut(breaks[round], 100000, 0);
        run_start(&run, &bench, "seq 1 200000");
        for (uint64_t next = 200000; run.bytes[0] + 200000 < expected.length; loop_turn(bench.loop, -1))
            if (run.bytes[0] >= next) {
                next += 300000;
                bench_tell(&bench, "POST", "/expire", "{\"router\":true,\"auth\":true}");
            }
        bench_no_faults(&bench);
        run_check(&run, 0);
        run_check_output(&run, false, expected.data, expected.length);
        run_release(&run);
    }
    buffer_release(&expected);
}

/* The wait of a long command is refused again with its renewed token, which worked for others meanwhile. */
static void a_call_may_outlive_many_tokens(void **state)
{
    (void)state;
    struct run run, other;
    bench_fault(&bench, "[{\"method\":\"TaskExecWait\",\"do\":\"status\",\"code\":\"UNAUTHENTICATED\"},"
                        "{\"method\":\"TaskExecWait\",\"do\":\"delay\",\"ms\":500,\"nth\":2}]");
    run_start(&run, &bench, "read line; exit 4");
    while (bench_faults_fired(&bench) < 2)
        loop_turn(bench.loop, 5);
    run_start(&other, &bench, "read line; echo \"$line\"");
    while (!other.starts)
        loop_turn(bench.loop, -1);
    bench_tell(&bench, "POST", "/expire", "{\"router\":true,\"auth\":false}");
    modal_exec_write(run.exec, "typed\n", 6);
    modal_exec_write(other.exec, "typed\n", 6);
    run_check(&run, 4);
    run_check(&other, 0);
    run_check_output(&other, false, "typed\n", 6);
    bench_no_faults(&bench);
    run_release(&run);
    run_release(&other);
}

/* --- attach --- */

static void an_exec_is_found_again(void **state)
{
    (void)state;
    static const char *const argv[] = { "/bin/bash", "-c", "seq 1 50000; read; seq 1 10 >&2; exit 6", NULL };
    struct buffer expected;
    struct run first, second, third;
    numbers(&expected, 50000);
    run_start_spec(&first, &bench, (struct modal_exec_spec){ .argv = argv });
    while (first.bytes[0] < 1000)
        loop_turn(bench.loop, -1);
    modal_exec_forget(first.exec);
    uint64_t had = first.bytes[0];
    struct modal_exec_spec spec = { .exec_id = first.id, .attach = true, .offsets = { had, 0 } };
    run_start_spec(&second, &bench, spec);
    modal_exec_end_input(second.exec);
    run_check(&second, 6);
    run_check_output(&second, false, expected.data + had, expected.length - had);
    run_check_output(&second, true, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", 21);
    spec.offsets[0] = expected.length;
    spec.offsets[1] = 20;
    run_start_spec(&third, &bench, spec); /* it is over already */
    run_check(&third, 6);
    run_check_output(&third, false, "", 0);
    run_check_output(&third, true, "\n", 1);
    check_once(&first);
    run_release(&first);
    run_release(&second);
    run_release(&third);
    buffer_release(&expected);
}

static void an_unknown_exec_is_not_run(void **state)
{
    (void)state;
    struct run run;
    run_start_spec(&run, &bench, (struct modal_exec_spec){ .exec_id = "no-such-exec", .attach = true });
    run_wait(&run);
    assert_true(run.failed);
    assert_false(run.never_started);
    assert_int_equal(run.status, GRPC_NOT_FOUND);
    assert_int_equal(run.starts, 0);
    run_release(&run);
}

/* --- cancel --- */

/* After each number of turns of the loop, from every state it goes through. */
static void it_is_forgotten_at_any_moment(void **state)
{
    (void)state;
    for (int turns = 0; turns < 60; turns++) {
        struct run run;
        run_start(&run, &bench, "cat; seq 1 20000");
        modal_exec_write(run.exec, "some input", 10);
        modal_exec_end_input(run.exec);
        for (int i = 0; i < turns && !run.done; i++)
            loop_turn(bench.loop, -1);
        if (!run.done)
            modal_exec_forget(run.exec);
        run.done = true; /* whatever is told now is one too many */
        run_release(&run);
    }
    struct run last;
    run_start(&last, &bench, "echo still here");
    run_check(&last, 0);
    run_release(&last);
}

struct forgetting {
    struct modal_exec *exec;
    int where;
    bool forgotten;
};

static void forget_at(struct forgetting *forgetting, int where)
{
    assert_false(forgetting->forgotten);
    if (forgetting->where != where)
        return;
    forgetting->forgotten = true;
    modal_exec_forget(forgetting->exec);
}

static void forgetting_started(void *data)
{
    forget_at(data, 0);
}

static void forgetting_output(void *data, bool is_error, const char *bytes, size_t length)
{
    (void)bytes;
    (void)length;
    forget_at(data, 1 + is_error);
}

static void forgetting_drained(void *data)
{
    forget_at(data, 3);
}

static void forgetting_resuming(void *data, const char *sentence)
{
    (void)sentence;
    forget_at(data, 4);
}

static void forgetting_input_failed(void *data, const struct modal_failure *failure)
{
    (void)failure;
    forget_at(data, 5);
}

static void forgetting_done(void *data, const struct modal_exec_result *result)
{
    (void)data;
    (void)result;
    fail_msg("done was told after all");
}

static void it_is_forgotten_from_its_own_callbacks(void **state)
{
    (void)state;
    static const struct modal_exec_events events = { forgetting_started,  forgetting_output,
                                                     forgetting_drained,  forgetting_input_failed,
                                                     forgetting_resuming, forgetting_done };
    static const char *const reader[] = { "/bin/bash", "-c", "cat; echo out; echo err >&2", NULL };
    static const char *const deaf[] = { "/bin/bash", "-c", "exec <&-; echo ready; sleep 100", NULL };
    for (int where = 0; where <= 5; where++) {
        char id[UUID_TEXT];
        struct forgetting forgetting = { .where = where };
        struct modal_exec_spec spec = { .exec_id = id, .argv = where == 5 ? deaf : reader };
        random_uuid(id);
        cut(breaks[0], 1, 1);
        if (where == 5)
            bench_fault(
                &bench,
                "{\"method\":\"TaskExecStdinWrite\",\"do\":\"status\",\"code\":\"FAILED_PRECONDITION\"}");
        forgetting.exec = modal_exec_start(bench.task, &spec, &events, &forgetting);
        modal_exec_write(forgetting.exec, "in", 2);
        modal_exec_end_input(forgetting.exec);
        while (!forgetting.forgotten)
            loop_turn(bench.loop, -1);
        bench_no_faults(&bench);
    }
    struct run last;
    run_start(&last, &bench, "echo still here");
    run_check(&last, 0);
    run_release(&last);
}

/* --- the sandbox ends under it --- */

static void a_sandbox_that_ends_ends_its_execs(void **state)
{
    (void)state;
    struct run run;
    struct modal_sandbox *former = bench.sandbox;
    bench_sandbox(&bench, 2);
    bench.task = modal_sandbox_task(bench.sandbox);
    run_start(&run, &bench, "seq 1 1000; sleep 1000");
    while (run.bytes[0] < 3893)
        loop_turn(bench.loop, -1);
    bench_tell(&bench, "POST", "/kill", "{\"sandbox\":\"%s\"}", modal_sandbox_id(bench.sandbox));
    run_wait(&run);
    assert_int_equal(run.bytes[0], 3893);
    assert_true(run.failed || run.signal == 9 || run.code == 137);
    run_release(&run);
    run_start(&run, &bench, "echo never");
    run_wait(&run);
    assert_true(run.failed);
    assert_int_equal(run.starts, 0);
    run_release(&run);
    modal_sandbox_free(bench.sandbox);
    bench.sandbox = former;
    bench.task = modal_sandbox_task(former);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_code_and_input),
        cmocka_unit_test(signals_and_timeouts),
        cmocka_unit_test(place_variables_and_terminal),
        cmocka_unit_test(output_is_bytes),
        cmocka_unit_test(discarded_output_holds_nothing_up),
        cmocka_unit_test(what_cannot_be_sent_is_refused),
        cmocka_unit_test(arguments_up_to_the_limit_pass),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(linger_ends_the_wait_for_what_was_left_running),
        cmocka_unit_test(silent_streams_are_asked_anew),
        cmocka_unit_test(a_pause_holds_the_output),
        cmocka_unit_test(a_failure_waits_for_the_pause_to_end),
        cmocka_unit_test(a_small_output_survives_a_cut_after_every_byte),
        cmocka_unit_test(an_end_without_a_status_is_a_break),
        cmocka_unit_test(a_large_output_survives_cuts),
        cmocka_unit_test(a_stream_that_always_breaks_comes_to_its_end),
        cmocka_unit_test(every_call_may_fail),
        cmocka_unit_test(every_answer_may_be_lost),
        cmocka_unit_test(final_failures_are_told),
        cmocka_unit_test(a_server_that_never_answers_well_is_given_up),
        cmocka_unit_test(an_expired_token_is_renewed_once_for_all),
        cmocka_unit_test(a_token_that_expires_between_two_breaks_loses_nothing),
        cmocka_unit_test(a_call_may_outlive_many_tokens),
        cmocka_unit_test(an_exec_is_found_again),
        cmocka_unit_test(an_unknown_exec_is_not_run),
        cmocka_unit_test(it_is_forgotten_at_any_moment),
        cmocka_unit_test(it_is_forgotten_from_its_own_callbacks),
        cmocka_unit_test(a_sandbox_that_ends_ends_its_execs),
    };
    BENCH_RUN(&bench, tests, count, words);
}
