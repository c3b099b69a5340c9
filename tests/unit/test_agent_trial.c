/* test_agent_trial.c - calls tried in a fork of the sandbox: what is told, kept, thrown away, and what follows. */
#include "tests/unit/session_bench.h"

#include "agent/trial.h"
#include "matter/output.h"

static int setup(void **state)
{
    struct bench *bench = xcalloc(1, sizeof *bench);

    bench_make(bench);
    bench_project(bench);
    *state = bench;
    return 0;
}

static void nothing(void *data)
{
    (void)data;
}

/* Tries the first ask and waits for its end. */
static const struct trial *try_first(struct bench *bench)
{
    struct error error = ERROR_INIT;

    UNTIL(bench, session_ask_count(bench->session) > 0);
    if (!trial_start(bench->session, session_ask(bench->session, 0)->id, nothing, NULL, &error))
        fail_msg("%s", error_message(&error));
    const struct trial *trial = session_trial(bench->session);
    UNTIL(bench, trial_state(trial) == TRIAL_OVER || trial_state(trial) == TRIAL_FAILED);
    assert_int_equal(trial_state(trial), TRIAL_OVER);
    return trial;
}

static const struct trial_change *change_of(const struct trial *trial, const char *path)
{
    for (size_t i = 0; i < trial_change_count(trial); i++)
        if (strcmp(trial_change_at(trial, i)->path, path) == 0)
            return trial_change_at(trial, i);
    fail_msg("no change of %s", path);
    return NULL;
}

static const char script[] = "{\"calls\":[" COMMAND(
    "echo x >>ran; echo two >>a.txt; mkdir d; echo new >d/b.txt; ln -s a.txt l; echo out; echo err >&2; exit "
    "3") ",{"
         "\"tool\":\"run_command\",\"arguments\":{\"command\":\"cat ran a.txt >>seen; cat "
         "seen\"}}]}\n{\"text\":\"Well.\"}";

static void test_told(void **state)
{
    struct bench *bench = *state;

    bench_replay(bench, script);
    bench_open(bench, NULL);
    say(bench, "Go");
    const struct trial *trial = try_first(bench);
    assert_string_equal(trial_words(trial), "exit code 3");
    assert_int_equal(output_total(trial_output(trial)), 8);
    assert_int_equal(trial_change_count(trial), 4);
    assert_string_equal(change_of(trial, "a.txt")->kind, "change");
    assert_string_equal(change_of(trial, "a.txt")->before, "one\n");
    assert_string_equal(change_of(trial, "a.txt")->after, "one\ntwo\n");
    assert_string_equal(change_of(trial, "d/b.txt")->kind, "add");
    assert_false(change_of(trial, "l")->is_text);
    assert_false(trial_start(bench->session, trial_ask(trial), nothing, NULL, NULL));
}

/* The fork is the sandbox from then on; nothing ran twice, and what was asked for the one before is asked anew. */
static void test_kept(void **state)
{
    struct bench *bench = *state;

    bench_replay(bench, script);
    bench_open(bench, NULL);
    say(bench, "Go");
    try_first(bench);
    int64_t before = session_ask_count(bench->session) > 1 ? session_ask(bench->session, 1)->id : 0;
    assert_true(trial_keep(bench->session, NULL));
    assert_null(session_trial(bench->session));
    assert_contains(last_event(bench, EVENT_DECISION), "\"decision\":\"keep\"");
    assert_int_equal(call_of(bench, 1)->code, 3);
    assert_contains(call_of(bench, 1)->result, "out");
    UNTIL(bench, session_ask_count(bench->session) == 1);
    assert_true(session_ask(bench->session, 0)->id != before);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    assert_contains(call_of(bench, 2)->result, "x\none\ntwo\n");
    /* The next process finds it too. */
    bench_resume(bench);
    UNTIL(bench, is_idle(bench));
    assert_true(session_run_own(bench->session, "cat seen ran", true, NULL));
    UNTIL(bench, is_idle(bench) && call_of(bench, 3)->result);
    assert_contains(call_of(bench, 3)->result, "x\none\ntwo\nx\n");
}

static void test_thrown_away(void **state)
{
    struct bench *bench = *state;

    bench_replay(bench, script);
    bench_open(bench, NULL);
    say(bench, "Go");
    try_first(bench);
    trial_discard(bench->session);
    assert_null(session_trial(bench->session));
    assert_false(trial_keep(bench->session, NULL));
    decide(bench, DECISION_REJECT, "no", NULL);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    assert_contains(call_of(bench, 2)->result, "one\n");
    assert_null(strstr(call_of(bench, 2)->result, "two"));
}

/* The call is decided while its trial is looked at. */
static void test_decided_meanwhile(void **state)
{
    struct bench *bench = *state;
    struct error error = ERROR_INIT;

    bench_replay(bench, script);
    bench_open(bench, NULL);
    say(bench, "Go");
    try_first(bench);
    decide(bench, DECISION_REJECT, NULL, NULL);
    assert_false(trial_keep(bench->session, &error));
    assert_contains(error_message(&error), "does not wait any more");
    error_clear(&error);
    trial_discard(bench->session);
}

static void test_free_anywhere(void **state)
{
    struct bench *bench = *state;

    bench_replay(bench, script);
    bench_open(bench, NULL);
    say(bench, "Go");
    for (int turns = 0; turns < 12; turns++) {
        UNTIL(bench, session_ask_count(bench->session) > 0);
        if (!trial_start(bench->session, session_ask(bench->session, 0)->id, nothing, NULL, NULL))
            fail();
        for (int i = 0; i < turns; i++)
            loop_turn(bench->loop, 50);
        if (turns % 2)
            trial_discard(bench->session);
        bench_resume(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_told, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_kept, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_thrown_away, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_decided_meanwhile, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_free_anywhere, setup, bench_teardown),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/trial", tests, NULL, NULL);
}
