/* test_modal_exec.c - programs in a sandbox of the stand-in: output exact, started once, whatever breaks. */
#include "tests/unit/modal_bench.h"

static struct bench bench;

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
    modal_exec_end_input(run.exec);
    run_check(&run, 0);
    run_check_output(&run, false, "one two", 7);
    run_release(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_code_and_input),
    };
    alarm(60);
    if (bench_missing())
        return 0;
    bench_open(&bench, true, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bench_close(&bench);
    return failed;
}
