/* test_sandbox_files.c - file requests in the embedded sandbox. */
#include "tests/unit/sandbox_bench.h"

static void test_write_list_read(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    ASK(&ask, bench, sandbox_write, "/workspace/sub/a.txt", "hello", 5, NULL);
    assert_int_equal(ask.error, 0);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_list, "/workspace", 10);
    assert_string_equal(ask.bytes.data, "d sub\n");
    ask_release(&ask);
    ASK(&ask, bench, sandbox_read, "/workspace/sub/a.txt", 1, 3, true);
    assert_int_equal(ask.error, 0);
    assert_string_equal(ask.bytes.data, "ell");
    assert_int_equal(ask.size, 5);
    assert_string_equal(ask.hash, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    ask_release(&ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_list_read, bench_setup, bench_teardown),
    };
    alarm(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
