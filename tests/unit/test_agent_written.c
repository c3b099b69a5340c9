/* test_agent_written.c - which files that code may load were written by the agent since code was last approved. */
#include "agent/asking.h"
#include "agent/written_files.h"
#include "tests/unit/session_bench.h"

static int setup(void **state)
{
    struct bench *bench = xcalloc(1, sizeof *bench);

    bench_make(bench);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    bench_release(*state);
    free(*state);
    return 0;
}

#define COMMAND(name, text)                                                                          \
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

    begin(bench, WRITE("a", "run.sh") COMMAND("b", "touch x") END);
    wait_asked(bench);
    assert_false(written_files_matter(session_ask(bench->session, 0)));
    answer(bench, DECISION_RUN);
    assert_false(written_files_matter(session_ask(bench->session, 0)));
    expect(bench, "codes:0");
}

static void what_was_written_is_listed(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "run.sh") WRITE("b", "other.py") COMMAND("c", "touch made; echo > /tmp/away")
                     COMMAND("d", "bash run.sh") END);
    expect(bench, "codes:0");
    for (int i = 0; i < 3; i++)
        answer(bench, DECISION_RUN);
    assert_true(written_files_matter(session_ask(bench->session, 0)));
    expect(bench, "named:/workspace/run.sh@1 may:/workspace/made@3 may:/workspace/other.py@2 codes:0");
}

static void an_approval_of_code_ends_it(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "old.py") COMMAND("b", "make") WRITE("c", "new.py") COMMAND("d", "make") END);
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

    begin(bench, WRITE("a", "old.py") COMMAND("b", "make") COMMAND("c", "make -s") END);
    wait_asked(bench);
    answer(bench, DECISION_RUN);
    answer(bench, DECISION_REJECT);
    expect(bench, "may:/workspace/old.py@1 codes:0");
}

static void what_was_not_written_is_not_listed(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "never.py") COMMAND("b", "touch nor_this") COMMAND("c", "pytest") END);
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
    begin(bench, COMMAND("a", "python3 -c 'open(\\\"x.py\\\",\\\"w\\\")'")
                     COMMAND("b", "pip install x && make") END);
    wait_asked(bench);
    assert_int_equal(session_ask(bench->session, 0)->call, 2);
    expect(bench, "may:/workspace/x.py@1 codes:1");
}

static void a_resumed_session_knows_them(void **state)
{
    struct bench *bench = *state;

    begin(bench, WRITE("a", "run.sh") COMMAND("b", "touch made") COMMAND("c", "./run.sh") END);
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
        cmocka_unit_test_setup_teardown(only_code_has_them, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_written_is_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(an_approval_of_code_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rejection_is_no_approval, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_not_written_is_not_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(code_that_nobody_was_asked_about_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_resumed_session_knows_them, setup, teardown),
    };
    alarm(60);
    return cmocka_run_group_tests_name("agent/written", tests, NULL, NULL);
}
