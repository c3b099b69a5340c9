/* Some hunks of a file's change approved and the others left: what is made, what is logged, what the model is told,
 * and that it binds the file that was seen. */
#include "tests/unit/session_bench.h"

/* The lines 1 to 30, where 5, 15 and 25 become words: three hunks. */
static char *numbers(const char *five, const char *fifteen, const char *twenty_five)
{
    struct buffer text = BUFFER_INIT;

    for (int i = 1; i <= 30; i++) {
        const char *word = i == 5 ? five : i == 15 ? fifteen : i == 25 ? twenty_five : NULL;
        if (word)
            buffer_append_format(&text, "%s\n", word);
        else
            buffer_append_format(&text, "%d\n", i);
    }
    return buffer_detach(&text);
}

static void expect_numbers(const struct bench *bench, const char *five, const char *fifteen,
                           const char *twenty_five)
{
    char *text = numbers(five, fifteen, twenty_five);

    expect_file(bench, "f", text);
    free(text);
}

/* The model wants to change three lines of f, by write_file; it waits for the decision. */
static void ask_for_three(struct bench *bench)
{
    char *content = numbers("five", "fifteen\\nand a half", "twenty-five");
    struct buffer script = BUFFER_INIT;

    buffer_append_text(&script,
                       "{\"calls\":[{\"tool\":\"write_file\",\"arguments\":{\"path\":\"f\",\"content\":\"");
    for (const char *at = content; *at; at++)
        buffer_append_format(&script, *at == '\n' ? "\\n" : "%c", *at);
    buffer_append_text(&script, "\"}}]}\n{\"text\":\"Well.\"}");
    bench_replay(bench, script.data);
    bench_open(bench, NULL);
    own(bench, "seq 30 >f");
    say(bench, "Go");
    wait_asked(bench);
    buffer_release(&script);
    free(content);
}

static bool keep(struct bench *bench, const size_t *hunks, size_t count, struct error *error)
{
    const struct ask *ask = session_ask(bench->session, 0);
    struct decision decision = {
        .ask = ask->id, .kind = DECISION_EDIT, .hunks = hunks, .hunk_count = count, .actor = "person"
    };

    strcpy(decision.digest, ask->digest);
    return session_decide(bench->session, &decision, error);
}

static void keep_first_and_last(struct bench *bench)
{
    static const size_t hunks[] = { 1, 3 };
    struct error error = ERROR_INIT;

    if (!keep(bench, hunks, 2, &error))
        fail_msg("%s", error_message(&error));
}

static void test_some_are_made(void **state)
{
    struct bench *bench = *state;
    char digest[HASH_TEXT];

    ask_for_three(bench);
    strcpy(digest, session_ask(bench->session, 0)->digest);
    keep_first_and_last(bench);
    wait_idle(bench);
    expect_numbers(bench, "five", "15", "twenty-five");
    const struct call *call = call_of(bench, 2);
    assert_int_equal(call->state, CALL_DONE);
    assert_true(call->in_part);
    assert_string_equal(
        call->result,
        "/workspace/f was replaced (93 bytes)\n"
        "Only 2 of the 3 hunks of this change were approved and made. The lines are those of the "
        "file as it is now.\n"
        "Applied: hunk 1 (line 5), hunk 3 (line 25).\n"
        "Left out, as it was before: hunk 2 (line 15).");
    assert_int_equal(count_of_call(bench, EVENT_ASK, 2), 1);
    assert_int_equal(count_of_call(bench, EVENT_VERDICT, 2), 2);
    /* The proposal stays in the log; beside it stands what ran, which was judged under a digest of its own. */
    assert_contains(call->arguments, "and a half");
    const char *decision = last_event(bench, EVENT_DECISION);
    assert_contains(decision, "\"decision\":\"edit\"");
    assert_contains(decision, "\"hunks\":[1,3],\"hunk_count\":3");
    assert_contains(decision, "-5\\n+five\\n");
    assert_null(strstr(decision, "fifteen"));
    assert_null(strstr(last_event(bench, EVENT_VERDICT), digest));
    assert_null(strstr(last_event(bench, EVENT_STARTED), digest));
}

static void test_all_is_the_whole(void **state)
{
    static const size_t hunks[] = { 3, 2, 1 };
    struct bench *bench = *state;
    struct error error = ERROR_INIT;
    char digest[HASH_TEXT];

    ask_for_three(bench);
    strcpy(digest, session_ask(bench->session, 0)->digest);
    assert_true(keep(bench, hunks, 3, &error));
    wait_idle(bench);
    expect_numbers(bench, "five", "fifteen\nand a half", "twenty-five");
    assert_false(call_of(bench, 2)->in_part);
    assert_null(strstr(call_of(bench, 2)->result, "hunk"));
    assert_contains(last_event(bench, EVENT_STARTED), digest);
}

/* What the person chose from is no longer what is there: nothing is made, and all of it is asked anew. */
static void test_another_file_meanwhile(void **state)
{
    struct bench *bench = *state;

    ask_for_three(bench);
    own(bench, "seq 31 >f");
    keep_first_and_last(bench);
    wait_asked(bench);
    assert_int_equal(count_of_call(bench, EVENT_STARTED, 2), 0);
    assert_contains(session_ask(bench->session, 0)->action->content, "fifteen");
    assert_false(call_of(bench, 2)->in_part);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_numbers(bench, "five", "fifteen\nand a half", "twenty-five");
    assert_null(strstr(call_of(bench, 2)->result, "hunk"));
}

static void test_left_before_it_ran(void **state)
{
    struct bench *bench = *state;

    ask_for_three(bench);
    keep_first_and_last(bench);
    bench_resume(bench);
    wait_asked(bench);
    assert_contains(session_ask(bench->session, 0)->action->content, "fifteen");
    keep_first_and_last(bench);
    wait_idle(bench);
    expect_numbers(bench, "five", "15", "twenty-five");
}

static void test_wrong_choices(void **state)
{
    static const struct {
        size_t hunks[2], count;
        const char *sentence;
    } rows[] = {
        { { 0 }, 0, "No hunk is kept" },
        { { 0 }, 1, "There is no hunk 0: this change has 3" },
        { { 1, 4 }, 2, "There is no hunk 4: this change has 3" },
    };
    struct bench *bench = *state;

    ask_for_three(bench);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = ERROR_INIT;
        assert_false(keep(bench, rows[i].hunks, rows[i].count, &error));
        assert_contains(error_message(&error), rows[i].sentence);
        error_clear(&error);
    }
    assert_int_equal(session_ask_count(bench->session), 1);
    assert_int_equal(count_events(bench, EVENT_DECISION), 0);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
    expect_numbers(bench, "5", "15", "25");
}

static void test_a_command_has_none(void **state)
{
    static const size_t hunks[] = { 1 };
    struct bench *bench = *state;
    struct error error = ERROR_INIT;

    bench_replay(bench, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"touch f\"}}]}\n"
                        "{\"text\":\"Well.\"}");
    bench_open(bench, NULL);
    say(bench, "Go");
    wait_asked(bench);
    assert_false(keep(bench, hunks, 1, &error));
    assert_contains(error_message(&error), "Only the change of a file has hunks");
    error_clear(&error);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
}

/* An edit of a file's new text is told too. */
static void test_edited_text_is_told(void **state)
{
    struct bench *bench = *state;

    ask_for_three(bench);
    decide(bench, DECISION_EDIT, NULL, "{\"path\":\"f\",\"content\":\"mine\\n\"}");
    wait_idle(bench);
    expect_file(bench, "f", "mine\n");
    assert_contains(call_of(bench, 2)->result, "The person edited this call before it ran");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_some_are_made, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_all_is_the_whole, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_another_file_meanwhile, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_left_before_it_ran, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_wrong_choices, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_command_has_none, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_edited_text_is_told, bench_setup, bench_teardown),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/hunks", tests, NULL, NULL);
}
