/* test_sandbox_exec.c - programs in the embedded sandbox, through the public interface on a real loop. */
#include "tests/unit/sandbox_bench.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_output_and_exit, bench_setup, bench_teardown),
    };
    alarm(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
