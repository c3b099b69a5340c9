/* test_agent_written.c - which files that code may load were written by the agent since code was last approved. */
#include "agent/asking.h"
#include "agent/written_files.h"
#include "tests/unit/session_bench.h"

#define STEP(name, text)                                                                             \
    "{\"step\":\"" name "\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"" text \
    "\"}}]}\n"
#define WRITE(name, path)                                                                        \
    "{\"step\":\"" name "\",\"calls\":[{\"tool\":\"write_file\",\"arguments\":{\"path\":\"" path \
    "\",\"content\":\"echo hi\\n\"}}]}\n"
#define END "{\"step\":\"end\",\"text\":\"Done.\"}\n"

static void begin(struct bench *bench, const char *script)
{
    bench_replay(bench, script);
    bench_open(bench, NULL);
    say(bench, "Go");
}

/* What waits now, as "named:PATH@CALL may:PATH@CALL codes:N". Caller frees. */
static char *written(struct bench *bench)
{
    struct written_files files = WRITTEN_FILES_INIT;
    struct buffer out = BUFFER_INIT;

    wait_asked(bench);
    written_files_find(bench->session, session_ask(bench->session, 0), &files);
    for (size_t i = 0; i < files.count; i++)
        buffer_append_format(&out, "%s:%s@%d ", files.items[i].named ? "named" : "may", files.items[i].path,
                             (int)files.items[i].call);
    buffer_append_format(&out, "codes:%zu", files.codes);
    written_files_release(&files);
    return buffer_detach(&out);
}

static void expect(struct bench *bench, const char *wanted)
{
    char *text = written(bench);

    assert_string_equal(text, wanted);
    free(text);
}

/* Answers the ask that is there with KIND and waits for the next one, or for the end. */
static void answer(struct bench *bench, enum decision_kind kind)
{
    int64_t id = session_ask(bench->session, 0)->id;

    decide(bench, kind, NULL, NULL);
    UNTIL(bench, is_idle(bench) ||
                     (session_ask_count(bench->session) > 0 && session_ask(bench->session, 0)->id != id));
}

static void only_code_has_them(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "run.sh") STEP("b", "touch x") END);
    wait_asked(bench);
    assert_false(written_files_matter(session_ask(bench->session, 0)));
    answer(bench, DECISION_RUN);
    assert_false(written_files_matter(session_ask(bench->session, 0)));
    expect(bench, "codes:0");
}

static void what_was_written_is_listed(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "run.sh") WRITE("b", "other.py") STEP("c", "touch made; echo > /tmp/away")
                     STEP("d", "bash run.sh") END);
    expect(bench, "codes:0");
    for (int i = 0; i < 3; i++)
        answer(bench, DECISION_RUN);
    assert_true(written_files_matter(session_ask(bench->session, 0)));
    expect(bench, "named:/workspace/run.sh@1 may:/workspace/made@3 may:/workspace/other.py@2 codes:0");
}

static void an_approval_of_code_ends_it(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "old.py") STEP("b", "make") WRITE("c", "new.py") STEP("d", "make") END);
    wait_asked(bench);
    answer(bench, DECISION_RUN);
    expect(bench, "may:/workspace/old.py@1 codes:0");
    answer(bench, DECISION_RUN);
    answer(bench, DECISION_RUN);
    expect(bench, "may:/workspace/new.py@3 codes:0");
}

static void a_rejection_is_no_approval(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "old.py") STEP("b", "make") STEP("c", "make -s") END);
    wait_asked(bench);
    answer(bench, DECISION_RUN);
    answer(bench, DECISION_REJECT);
    expect(bench, "may:/workspace/old.py@1 codes:0");
}

static void what_was_not_written_is_not_listed(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "never.py") STEP("b", "touch nor_this") STEP("c", "pytest") END);
    wait_asked(bench);
    answer(bench, DECISION_REJECT);
    answer(bench, DECISION_REJECT);
    expect(bench, "codes:0");
}

/* Code that a rule lets through may write what it likes: that is counted. */
static void code_that_nobody_was_asked_about_counts(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "approval.mode", "sandboxed");
    begin(bench,
          STEP("a", "python3 -c 'open(\\\"x.py\\\",\\\"w\\\")'") STEP("b", "pip install x && make") END);
    wait_asked(bench);
    assert_int_equal(session_ask(bench->session, 0)->call, 2);
    expect(bench, "may:/workspace/x.py@1 codes:1");
}

static void a_resumed_session_knows_them(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "run.sh") STEP("b", "touch made") STEP("c", "./run.sh") END);
    wait_asked(bench);
    answer(bench, DECISION_RUN);
    answer(bench, DECISION_RUN);
    expect(bench, "named:/workspace/run.sh@1 may:/workspace/made@2 codes:0");
    bench_resume(bench);
    expect(bench, "named:/workspace/run.sh@1 may:/workspace/made@2 codes:0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_code_has_them, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(what_was_written_is_listed, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(an_approval_of_code_ends_it, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(a_rejection_is_no_approval, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(what_was_not_written_is_not_listed, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(code_that_nobody_was_asked_about_counts, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(a_resumed_session_knows_them, bench_setup, bench_teardown),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/written", tests, NULL, NULL);
}
