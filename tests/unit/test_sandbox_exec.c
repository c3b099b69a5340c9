/* test_sandbox_exec.c - programs in the embedded sandbox, through the public interface on a real loop. */
#include "tests/unit/sandbox_bench.h"

#include <sys/resource.h>

static void expect_end(struct run *run, enum sandbox_end end, int value)
{
    run_wait(run);
    if (run->end != end)
        fail_msg("end %d, not %d: %s%s", run->end, end, run->error.data, run->sentence ? run->sentence : "");
    assert_int_equal(end == SANDBOX_SIGNALLED ? run->signal : run->code, value);
}

/* Turns the loop until RUN has printed TEXT. */
static void wait_output(struct run *run, const char *text)
{
    while (!strstr(run->out.data, text)) {
        assert_false(run->done);
        loop_turn(run->bench->loop, -1);
    }
}

/* Those that a test started: on Modal the sandbox itself is a sleep of two days. */
static const char count_sleepers[] =
    "n=0; for p in /proc/[0-9]*; do case $(tr '\\0' ' ' 2>/dev/null <$p/cmdline) in 'sleep 172800 ') ;; "
    "'sleep '*) n=$((n+1));; esac; done; echo $n";

static int count(struct bench *bench)
{
    struct run run;
    run_script(&run, bench, count_sleepers);
    int number = atoi(run.out.data);
    run_release(&run);
    return number;
}

/* --- the ordinary --- */

static void test_output_and_exit(void **state)
{
    struct run run;
    run_script(&run, *state, "echo out; echo error >&2; exit 7");
    assert_true(run.started);
    assert_int_equal(run.end, SANDBOX_EXITED);
    assert_int_equal(run.code, 7);
    assert_string_equal(run.out.data, "out\n");
    assert_string_equal(run.error.data, "error\n");
    assert_string_equal(run.survivors, "");
    run_release(&run);
}

static void test_signal(void **state)
{
    struct run run;
    run_script_begin(&run, *state, "kill -TERM $$; sleep 1000");
    expect_end(&run, SANDBOX_SIGNALLED, SIGTERM);
    run_release(&run);
}

static void expect_failed(struct bench *bench, struct sandbox_exec_spec spec, const char *words)
{
    struct run run;
    run_begin(&run, bench, spec);
    expect_end(&run, SANDBOX_FAILED, 0);
    assert_true(!run.started || bench_is_modal()); /* there a shell is started, which finds out */
    assert_non_null(run.sentence);
    if (!strstr(run.sentence, words))
        fail_msg("'%s' does not say '%s'", run.sentence, words);
    run_release(&run);
}

static void test_never_started(void **state)
{
    const char *const missing[] = { "/usr/bin/no-such-program", NULL }, *const relative[] = { "env", NULL },
                      *const env[] = { "/usr/bin/env", NULL };
    expect_failed(*state, (struct sandbox_exec_spec){ .argv = missing }, "No such file");
    expect_failed(*state, (struct sandbox_exec_spec){ .argv = relative }, "not absolute");
    expect_failed(*state, (struct sandbox_exec_spec){ .argv = env, .cwd = "/nowhere" }, "working folder");
}

static void test_id_runs_once(void **state)
{
    struct bench *bench = *state;
    struct run run;
    struct sandbox_exec_spec spec = { .exec_id = "the-one", .argv = SCRIPT("echo x >> /workspace/count") };
    run_begin(&run, bench, spec);
    expect_end(&run, SANDBOX_EXITED, 0);
    run_release(&run);
    expect_failed(bench, spec, "already");
    expect_output(bench, "cat /workspace/count", "x\n");
}

static void test_folder(void **state)
{
    struct run run;
    expect_output(*state, "pwd", "/workspace\n");
    run_begin(&run, *state, (struct sandbox_exec_spec){ .argv = SCRIPT("pwd"), .cwd = "/usr/lib" });
    expect_end(&run, SANDBOX_EXITED, 0);
    assert_string_equal(run.out.data, "/usr/lib\n");
    run_release(&run);
}

/* Modal's adds one, by which the processes of a call are found; nothing else. */
static void expect_variables(struct run *run, const char *expected)
{
    const char *mark = strstr(run->out.data, "SANDGATE_EXEC=");
    assert_int_equal(mark != NULL, bench_is_modal());
    if (mark) {
        assert_int_equal(strlen(mark), strlen("SANDGATE_EXEC=") + 37);
        buffer_truncate(&run->out, (size_t)(mark - run->out.data));
    }
    assert_string_equal(run->out.data, expected);
}

static void test_environment(void **state)
{
    (void)state;
    struct bench bench;
    struct run run;
    const char *const more[] = { "COLOUR=blue", "PATH=/evil", NULL }, *const exact[] = { "ONE=1", NULL },
                      *const env[] = { "/usr/bin/env", NULL };
    setenv("SANDGATE_TEST_SECRET", "hush", 1);
    bench_open_with(&bench, (struct sandbox_options){ .environment = more });
    run_begin(&run, &bench, (struct sandbox_exec_spec){ .argv = env });
    expect_end(&run, SANDBOX_EXITED, 0);
    expect_variables(&run, "PATH=/usr/local/bin:/usr/bin:/bin\nHOME=/root\nLANG=C.UTF-8\n"
                           "COLOUR=blue\nTERM=dumb\n");
    run_release(&run);
    run_begin(&run, &bench, (struct sandbox_exec_spec){ .argv = env, .environment = exact });
    expect_end(&run, SANDBOX_EXITED, 0);
    expect_variables(&run, "ONE=1\n");
    run_release(&run);
    bench_close(&bench);
}

static void test_before_ready(void **state)
{
    (void)state;
    struct bench bench = { .loop = loop_new() };
    struct run run;
    struct ask ask;
    strcpy(bench.folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(bench.folder));
    struct sandbox_options options = { .backend = bench_is_modal() ? "modal" : "bubblewrap",
                                       .state_folder = bench.folder,
                                       .workspace = "/repo" };
    bench.sandbox = sandbox_open(bench.loop, &options, &bench_events, &bench);
    run_begin(&run, &bench,
              (struct sandbox_exec_spec){ .argv = SCRIPT("cat; pwd"), .input = "in\n", .input_length = 3 });
    ASK(&ask, &bench, sandbox_stat, "/repo");
    assert_int_equal(ask.error, 0);
    expect_end(&run, SANDBOX_EXITED, 0);
    assert_string_equal(run.out.data, "in\n/repo\n");
    assert_true(bench.ready);
    run_release(&run);
    ask_release(&ask);
    bench_close(&bench);
}

/* --- input --- */

static void test_input(void **state)
{
    struct run run;
    expect_output(*state, "cat; echo end", "end\n");
    size_t length = 3000000;
    char *much = xcalloc(1, length);
    run_begin(&run, *state,
              (struct sandbox_exec_spec){ .argv = SCRIPT("wc -c"), .input = much, .input_length = length });
    expect_end(&run, SANDBOX_EXITED, 0);
    assert_string_equal(run.out.data, "3000000\n");
    run_release(&run);
    /* nobody reads it */
    run_begin(&run, *state,
              (struct sandbox_exec_spec){ .argv = SCRIPT("echo no"), .input = much, .input_length = length });
    expect_end(&run, SANDBOX_EXITED, 0);
    run_release(&run);
    free(much);
}

static void test_input_open(void **state)
{
    struct run run;
    run_begin(&run, *state, (struct sandbox_exec_spec){ .argv = SCRIPT("cat"), .input_open = true });
    sandbox_exec_write(run.exec, "first\n", 6);
    wait_output(&run, "first\n");
    sandbox_exec_write(run.exec, "second\n", 7);
    wait_output(&run, "second\n");
    sandbox_exec_end_input(run.exec);
    expect_end(&run, SANDBOX_EXITED, 0);
    run_release(&run);
}

/* --- a terminal --- */

static struct sandbox_exec_spec on_terminal(const char *const *argv)
{
    return (
        struct sandbox_exec_spec){ .argv = argv, .pty = true, .input_open = true, .columns = 91, .rows = 17 };
}

static void test_terminal(void **state)
{
    struct run run;
    run_begin(&run, *state,
              on_terminal(SCRIPT("trap 'stty size' WINCH; test -t 0 && test -t 1 && test -t 2 && tty "
                                 "&& stty size && echo $TERM; read line; echo got=$line; exit 5")));
    wait_output(&run, "xterm-256color");
    assert_non_null(strstr(run.out.data, "/dev/pts/"));
    assert_non_null(strstr(run.out.data, "17 91"));
    sandbox_exec_resize(run.exec, 100, 40);
    sandbox_exec_write(run.exec, "word\n", 5);
    wait_output(&run, "got=word");
    assert_non_null(strstr(run.out.data, "40 100"));
    expect_end(&run, SANDBOX_EXITED, 5);
    run_release(&run);
}

static void test_terminal_interrupt(void **state)
{
    struct run run;
    run_begin(&run, *state, on_terminal(SCRIPT("echo ready; exec sleep 1000")));
    wait_output(&run, "ready");
    sandbox_exec_write(run.exec, "\003", 1);
    expect_end(&run, SANDBOX_SIGNALLED, SIGINT);
    run_release(&run);
}

static void test_terminal_end_of_file(void **state)
{
    struct run run;
    struct sandbox_exec_spec spec = {
        .argv = SCRIPT("cat; read a; cat; echo end"), .pty = true, .input = "half", .input_length = 4
    };
    run_begin(&run, *state, spec);
    expect_end(&run, SANDBOX_EXITED, 0);
    assert_non_null(strstr(run.out.data, "end"));
    run_release(&run);
}

/* All of it comes, although the program is gone long before. */
static void test_terminal_output(void **state)
{
    struct run run;
    run_begin(&run, *state,
              on_terminal(SCRIPT("stty -opost; head -c 3000000 /dev/zero | tr '\\0' x; printf END")));
    expect_end(&run, SANDBOX_EXITED, 0);
    assert_int_equal(run.out.length, 3000003);
    run_release(&run);
}

/* --- what is left running --- */

/* The script ends when each of them is what it is called by: a shell that starts one is still a shell at first. */
static void test_background(void **state)
{
    struct bench *bench = *state;
    struct run run;
    run_script(
        &run, bench,
        "sleep 1000 & setsid sleep 2000 & (setsid sleep 3000 >/dev/null 2>&1 &) ; "
        "for n in 1 2 3; do until grep -aqs \"^sleep.${n}000\" /proc/[0-9]*/cmdline; do :; done; done; "
        "echo over");
    assert_int_equal(run.end, SANDBOX_EXITED);
    assert_string_equal(run.out.data, "over\n");
    assert_non_null(strstr(run.survivors, " sleep 1000\n"));
    assert_non_null(strstr(run.survivors, " sleep 2000\n"));
    assert_non_null(strstr(run.survivors, " sleep 3000\n"));
    run_release(&run);
    expect_output(bench, count_sleepers, "3\n");
}

static void test_background_writes_on(void **state)
{
    struct run run;
    run_script(&run, *state, "(n=0; while :; do echo $((n += 1)); echo $n > /tmp/n; done) & echo $!");
    assert_int_equal(run.end, SANDBOX_EXITED);
    assert_non_null(strstr(run.survivors, "bash"));
    run_release(&run);
    expect_output(*state,
                  "a=$(cat /tmp/n); while [ \"$(cat /tmp/n)\" -lt $((a + 30000)) ]; do :; done; echo alive",
                  "alive\n");
}

static void test_many_survivors(void **state)
{
    struct run run;
    size_t lines = 0;
    run_script(&run, *state, "for i in {1..30}; do sleep 1000 & done");
    for (const char *at = run.survivors; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 20);
    run_release(&run);
}

/* --- the end by force --- */

static const char daemons[] = "(setsid sleep 1000 >/dev/null 2>&1 &); (setsid setsid sleep 1000 &) ; "
                              "setsid bash -c 'trap \"\" TERM HUP INT; sleep 1000; sleep 1000' & "
                              "echo ready; sleep 1000";

static void test_cancel(void **state)
{
    struct bench *bench = *state;
    struct run run;
    run_script_begin(&run, bench, daemons);
    wait_output(&run, "ready");
    sandbox_exec_cancel(run.exec);
    sandbox_exec_cancel(run.exec);
    expect_end(&run, SANDBOX_CANCELLED, 0);
    assert_string_equal(run.survivors, "");
    run_release(&run);
    expect_output(bench, count_sleepers, "0\n");
}

static void test_cancel_at_once(void **state)
{
    struct run run;
    for (int i = 0; i < 20; i++) {
        run_script_begin(&run, *state, "sleep 1000");
        sandbox_exec_cancel(run.exec);
        expect_end(&run, SANDBOX_CANCELLED, 0);
        run_release(&run);
    }
    expect_output(*state, count_sleepers, "0\n");
}

static void test_time_out(void **state)
{
    struct bench *bench = *state;
    struct run run;
    run_begin(&run, bench, (struct sandbox_exec_spec){ .argv = SCRIPT(daemons), .timeout = 3000 });
    expect_end(&run, SANDBOX_TIMED_OUT, 0);
    assert_string_equal(run.out.data, "ready\n");
    run_release(&run);
    expect_output(bench, count_sleepers, "0\n");
}

static void test_cancel_on_terminal(void **state)
{
    struct run run;
    run_begin(&run, *state, on_terminal(SCRIPT(daemons)));
    wait_output(&run, "ready");
    sandbox_exec_cancel(run.exec);
    expect_end(&run, SANDBOX_CANCELLED, 0);
    run_release(&run);
    expect_output(*state, count_sleepers, "0\n");
}

static void test_cancel_fork_bomb(void **state)
{
    struct run run;
    run_script_begin(&run, *state, "bomb() { bomb & bomb & }; echo ready; bomb 2>/dev/null; sleep 1000");
    wait_output(&run, "ready");
    sandbox_exec_cancel(run.exec);
    expect_end(&run, SANDBOX_CANCELLED, 0);
    run_release(&run);
    expect_output(*state, count_sleepers, "0\n");
}

static void test_forget(void **state)
{
    struct bench *bench = *state;
    struct run run;
    run_script_begin(&run, bench, "touch /workspace/began; sleep 1000");
    struct sandbox_exec *exec = run.exec;
    expect_output(bench, "until [ -e /workspace/began ]; do :; done", "");
    sandbox_exec_forget(exec);
    while (count(bench) > 0)
        ;
    assert_false(run.done);
    run_release(&run);
}

/* --- programs that turn on what watches over them --- */

static void test_supervisor_killed(void **state)
{
    struct run run;
    run_script_begin(&run, *state, "(setsid sleep 1000 &); sleep 1000 & kill -9 $PPID; sleep 1000");
    expect_end(&run, SANDBOX_SIGNALLED, SIGKILL);
    run_release(&run);
    expect_output(*state, "while grep -qx sleep /proc/[0-9]*/comm 2>/dev/null; do :; done; echo gone",
                  "gone\n");
}

static void test_supervisor_stopped(void **state)
{
    struct run run;
    run_script_begin(&run, *state, "kill -STOP $PPID; echo ready; sleep 1000");
    wait_output(&run, "ready");
    sandbox_exec_cancel(run.exec);
    expect_end(&run, SANDBOX_CANCELLED, 0);
    run_release(&run);
    expect_output(*state, count_sleepers, "0\n");
}

static void test_kill_everything(void **state)
{
    struct run run;
    run_script_begin(&run, *state, "kill -9 1; kill -STOP 1; kill -9 -1");
    run_wait(&run);
    run_release(&run);
    expect_output(*state, "echo fine", "fine\n");
}

/* --- much output --- */

struct flood {
    struct bench *bench;
    struct sandbox_exec *exec;
    uint64_t bytes;
    int calls;
    bool paused, done;
};

static void flood_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct flood *flood = data;
    assert_false(flood->paused);
    assert_false(is_error);
    assert_int_equal(bytes[0], 0);
    flood->bytes += length;
    flood->calls++;
}

static void flood_done(void *data, const struct sandbox_exec_result *result)
{
    struct flood *flood = data;
    assert_int_equal(result->end, SANDBOX_EXITED);
    assert_false(flood->paused);
    flood->done = true;
}

static const struct sandbox_exec_events flood_events = { .output = flood_output, .done = flood_done };

static void flood_begin(struct flood *flood, struct bench *bench, const char *const *argv)
{
    struct sandbox_exec_spec spec = { .exec_id = "flood", .argv = argv };
    *flood = (struct flood){ .bench = bench };
    flood->exec = sandbox_exec(bench->sandbox, &spec, &flood_events, flood);
}

static long peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss; /* KiB */
}

/* However much comes, neither side keeps it. */
static void test_flood(void **state)
{
    struct flood flood;
    long before = peak_memory();
    flood_begin(&flood, *state, SCRIPT("head -c 300000000 /dev/zero"));
    while (!flood.done)
        loop_turn(flood.bench->loop, -1);
    assert_int_equal(flood.bytes, 300000000);
    assert_true(peak_memory() - before < 16 * 1024);
    expect_output(*state, "read a b c < <(grep VmHWM /proc/1/status); test $b -lt 65536 && echo small",
                  "small\n");
}

/* A paused program stands still, tells nothing, and keeps nobody else from going on. */
static void test_pause(void **state)
{
    struct bench *bench = *state;
    struct flood flood;
    flood_begin(&flood, bench, SCRIPT("head -c 30000000 /dev/zero; touch /workspace/written"));
    while (flood.calls == 0)
        loop_turn(bench->loop, -1);
    sandbox_exec_pause(flood.exec, true);
    flood.paused = true;
    for (int i = 0; i < 20; i++)
        expect_output(bench, "test ! -e /workspace/written && echo not yet", "not yet\n");
    uint64_t before = flood.bytes;
    flood.paused = false;
    sandbox_exec_pause(flood.exec, false);
    assert_int_equal(flood.bytes, before);
    while (!flood.done)
        loop_turn(bench->loop, -1);
    assert_int_equal(flood.bytes, 30000000);
}

/* Both streams share the credit; neither loses a byte over it. */
static void test_both_streams(void **state)
{
    struct bench *bench = *state;
    struct run run;
    run_script_begin(&run, bench, "head -c 8000000 /dev/zero & head -c 8000000 /dev/zero >&2; wait");
    for (int i = 0; !run.done; i++) {
        sandbox_exec_pause(run.exec, i % 3 != 0);
        loop_turn(bench->loop, i % 3 ? 0 : -1);
    }
    assert_int_equal(run.end, SANDBOX_EXITED);
    assert_int_equal(run.out.length, 8000000);
    assert_int_equal(run.error.length, 8000000);
    run_release(&run);
}

static void test_cancel_paused(void **state)
{
    struct run run;
    run_script_begin(&run, *state, "echo ready; while :; do echo more; done");
    wait_output(&run, "ready");
    sandbox_exec_pause(run.exec, true);
    sandbox_exec_cancel(run.exec);
    expect_end(&run, SANDBOX_CANCELLED, 0);
    run_release(&run);
}

/* --- freeing from inside --- */

struct suicide {
    struct bench *bench;
    bool on_done, freed;
};

static void suicide_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct suicide *suicide = data;
    (void)is_error, (void)bytes, (void)length;
    assert_false(suicide->freed);
    if (suicide->on_done)
        return;
    suicide->freed = true;
    sandbox_free(suicide->bench->sandbox);
}

static void suicide_done(void *data, const struct sandbox_exec_result *result)
{
    struct suicide *suicide = data;
    (void)result;
    assert_false(suicide->freed);
    suicide->freed = true;
    sandbox_free(suicide->bench->sandbox);
}

static void test_free_in_callback(void **state)
{
    (void)state;
    static const struct sandbox_exec_events events = { .output = suicide_output, .done = suicide_done };
    for (int on_done = 0; on_done < 2; on_done++) {
        struct bench bench;
        bench_open(&bench);
        struct suicide suicide = { .bench = &bench, .on_done = on_done };
        struct sandbox_exec_spec spec = { .exec_id = "one", .argv = SCRIPT("seq 100000") };
        sandbox_exec(bench.sandbox, &spec, &events, &suicide);
        spec.exec_id = "two";
        sandbox_exec(bench.sandbox, &spec, &events, &suicide);
        while (!suicide.freed)
            loop_turn(bench.loop, -1);
        loop_turn(bench.loop, 0);
        bench.sandbox = NULL;
        bench_close(&bench);
    }
}

static void test_free_while_running(void **state)
{
    (void)state;
    struct bench bench;
    struct run run;
    struct ask ask;
    bench_open(&bench);
    run_script_begin(&run, &bench, "sleep 1000");
    ask_begin(&ask, &bench);
    sandbox_list(bench.sandbox, "/", 10, ask_answered, &ask);
    bench.is_just_freed = true;
    bench_close(&bench);
    assert_false(run.done);
    assert_false(ask.answered);
    run_release(&run);
    ask_release(&ask);
}

int main(void)
{
#define IN_SANDBOX(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        IN_SANDBOX(test_output_and_exit),
        IN_SANDBOX(test_signal),
        IN_SANDBOX(test_never_started),
        IN_SANDBOX(test_id_runs_once),
        IN_SANDBOX(test_folder),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_before_ready),
        IN_SANDBOX(test_input),
        IN_SANDBOX(test_input_open),
        IN_SANDBOX(test_terminal),
        IN_SANDBOX(test_terminal_interrupt),
        IN_SANDBOX(test_terminal_end_of_file),
        IN_SANDBOX(test_terminal_output),
        IN_SANDBOX(test_background),
        IN_SANDBOX(test_background_writes_on),
        IN_SANDBOX(test_many_survivors),
        IN_SANDBOX(test_cancel),
        IN_SANDBOX(test_cancel_at_once),
        IN_SANDBOX(test_time_out),
        IN_SANDBOX(test_cancel_on_terminal),
        IN_SANDBOX(test_cancel_fork_bomb),
        IN_SANDBOX(test_forget),
        IN_SANDBOX(test_supervisor_killed),
        IN_SANDBOX(test_supervisor_stopped),
        IN_SANDBOX(test_kill_everything),
        IN_SANDBOX(test_flood),
        IN_SANDBOX(test_pause),
        IN_SANDBOX(test_both_streams),
        IN_SANDBOX(test_cancel_paused),
        cmocka_unit_test(test_free_in_callback),
        cmocka_unit_test(test_free_while_running),
    };
    /* What is not here: a terminal's end of input is a key that is pressed once; the worker keeps output itself, so
     * nothing stands still; there is no supervisor to turn on; a fork bomb has no limit at the stand-in. */
    const struct CMUnitTest on_modal[] = {
        IN_SANDBOX(test_output_and_exit),
        IN_SANDBOX(test_signal),
        IN_SANDBOX(test_never_started),
        IN_SANDBOX(test_id_runs_once),
        IN_SANDBOX(test_folder),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_before_ready),
        IN_SANDBOX(test_input),
        IN_SANDBOX(test_input_open),
        IN_SANDBOX(test_terminal),
        IN_SANDBOX(test_terminal_interrupt),
        IN_SANDBOX(test_terminal_output),
        IN_SANDBOX(test_background),
        IN_SANDBOX(test_background_writes_on),
        IN_SANDBOX(test_many_survivors),
        IN_SANDBOX(test_cancel),
        IN_SANDBOX(test_cancel_at_once),
        IN_SANDBOX(test_time_out),
        IN_SANDBOX(test_cancel_on_terminal),
        IN_SANDBOX(test_forget),
        IN_SANDBOX(test_both_streams),
        cmocka_unit_test(test_free_in_callback),
        cmocka_unit_test(test_free_while_running),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL) + BENCH_ON_MODAL(on_modal);
}
