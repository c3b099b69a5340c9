/* test_modal_chance.c - a session of execs and files while calls and streams fail by chance, from a seed.
 *
 * Every byte must come once, in order; every exec must have been started once.  SANDGATE_SOAK goes on until 2,000
 * faults have struck. */
#include "tests/unit/modal_bench.h"

#include "modal/files.h"

enum { FAULTS = 60, SOAK_FAULTS = 2000, INPUT = 700000, LINES = 40000 };

static struct bench bench;
static struct buffer input, lines;
static unsigned chance = 1;

/* From 0 to LIMIT - 1; the same numbers every time. */
static unsigned draw(unsigned limit)
{
    chance = chance * 1103515245u + 12345u;
    return (chance >> 16) % limit;
}

static void prepare(void)
{
    buffer_init(&input, 0);
    buffer_init(&lines, 0);
    for (unsigned i = 0; i < INPUT; i++)
        buffer_append_byte(&input, (char)((i * 2654435761u) >> 13));
    for (int i = 1; i <= LINES; i++)
        buffer_append_format(&lines, "%d\n", i);
}

/* --- the acts of the session --- */

static void finish(struct run *run, int code)
{
    run_check(run, code);
    assert_int_equal(bench_starts(&bench, run->id), 1);
    run_release(run);
}

static void long_output(void)
{
    struct run run;
    run_start(&run, &bench, "seq 1 40000; seq 1 3 >&2; exit 3");
    run_wait(&run);
    if (run.failed)
        fail_msg("it failed: %s", run.sentence);
    run_check_output(&run, false, lines.data, lines.length);
    run_check_output(&run, true, "1\n2\n3\n", 6);
    finish(&run, 3);
}

static void pushed_input(void)
{
    struct run run;
    run_start(&run, &bench, "cat");
    for (size_t at = 0; at < input.length;) {
        size_t left = input.length - at, length = draw(200000) + 1;
        length = length < left ? length : left;
        modal_exec_write(run.exec, input.data + at, length);
        at += length;
        while (modal_exec_waiting(run.exec) && !run.done && draw(2))
            loop_turn(bench.loop, 5);
    }
    modal_exec_end_input(run.exec);
    run_wait(&run);
    if (run.failed)
        fail_msg("it failed: %s", run.sentence);
    run_check_output(&run, false, input.data, input.length);
    finish(&run, 0);
}

static int64_t input_read(void *data, uint64_t offset, char *bytes, size_t room)
{
    size_t left = offset < input.length ? input.length - (size_t)offset : 0;
    size_t length = left < room ? left : room;
    (void)data;
    memcpy(bytes, input.data + (length ? offset : 0), length);
    return (int64_t)length;
}

static void streamed_input(void)
{
    static const struct modal_exec_source source = { input_read, NULL };
    struct run run;
    run_start(&run, &bench, "cat");
    modal_exec_send(run.exec, &source);
    run_wait(&run);
    if (run.failed)
        fail_msg("it failed: %s", run.sentence);
    run_check_output(&run, false, input.data, input.length);
    finish(&run, 0);
}

static void forgotten_and_found(void)
{
    struct run first, second;
    run_start(&first, &bench, "seq 1 40000; exit 8");
    uint64_t enough = draw((unsigned)lines.length);
    while (first.bytes[0] < enough && !first.done)
        loop_turn(bench.loop, -1);
    if (first.exec)
        modal_exec_forget(first.exec);
    struct modal_exec_spec spec = { .exec_id = first.id, .attach = true, .offsets = { first.bytes[0], 0 } };
    run_start_spec(&second, &bench, spec);
    strcpy(second.id, first.id);
    run_wait(&second);
    if (second.failed)
        fail_msg("it failed: %s", second.sentence);
    run_check_output(&second, false, lines.data + first.bytes[0], lines.length - first.bytes[0]);
    run_release(&first);
    finish(&second, 8);
}

struct file_work {
    struct buffer bytes;
    bool over;
};

static void file_bytes(void *data, const char *bytes, size_t length)
{
    buffer_append(&((struct file_work *)data)->bytes, bytes, length);
}

static void file_done(void *data, const struct modal_file_result *result)
{
    struct file_work *work = data;
    if (result->error)
        fail_msg("%s", result->sentence);
    work->over = true;
}

static void wait_for_file(struct file_work *work)
{
    while (!work->over)
        loop_turn(bench.loop, -1);
    work->over = false;
}

static void written_and_read(void)
{
    static const struct modal_exec_source source = { input_read, NULL };
    struct file_work work = { .bytes = BUFFER_INIT };
    if (draw(2)) {
        modal_file_send(bench.task, "/tmp/file", &source, file_done, &work);
    } else {
        struct modal_call *call = modal_file_write(bench.task, "/tmp/file", NULL, file_done, &work);
        modal_file_feed(call, input.data, input.length);
        modal_file_feed_end(call);
    }
    wait_for_file(&work);
    modal_file_read(bench.task, "/tmp/file", file_bytes, file_done, &work);
    wait_for_file(&work);
    assert_int_equal(work.bytes.length, input.length);
    assert_memory_equal(work.bytes.data, input.data, input.length);
    modal_file_list(bench.task, "/tmp", file_done, &work);
    wait_for_file(&work);
    buffer_release(&work.bytes);
}

/* A command that would show if it ran twice. */
static void counted(void)
{
    struct run run;
    run_start(&run, &bench, "echo x >> /tmp/count; wc -l < /tmp/count; rm /tmp/count");
    run_wait(&run);
    if (run.failed)
        fail_msg("it failed: %s", run.sentence);
    run_check_output(&run, false, "1\n", 2);
    finish(&run, 0);
}

static void whatever_fails_nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    static void (*const acts[])(void) = { long_output,         pushed_input,     streamed_input,
                                          forgotten_and_found, written_and_read, counted };
    size_t enough = getenv("SANDGATE_SOAK") ? SOAK_FAULTS : FAULTS;
    bench_tell(&bench, "POST", "/random", "{\"seed\":7,\"rate\":0.15,\"method\":\"TaskExec*\"}");
    for (unsigned round = 0; bench_faults_fired(&bench) < enough; round++) {
        acts[round % ARRAY_SIZE(acts)]();
        if (draw(4) == 0)
            bench_tell(&bench, "POST", "/expire", "{\"router\":true,\"auth\":%s}",
                       draw(2) ? "true" : "false");
    }
    bench_no_faults(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(whatever_fails_nothing_is_lost_or_doubled) };
    alarm(getenv("SANDGATE_SOAK") ? 1800 : 600);
    if (bench_missing())
        return 0;
    prepare();
    bench_open(&bench, true, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bench_close(&bench);
    buffer_release(&input);
    buffer_release(&lines);
    return failed;
}
