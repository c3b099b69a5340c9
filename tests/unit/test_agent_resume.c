/* A session that is left and taken up again: nothing is lost, nothing runs twice. */
#include "tests/unit/session_bench.h"

static void test_idle(void **state)
{
    struct bench *bench = *state;

    bench_serve(bench, "[{\"say\":\"One.\",\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2}},"
                       "{\"reasoning\":\"Hm.\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":"
                       "{\"command\":\"seq 3 | tee seen\"}}]},{\"say\":\"Two.\"}]");
    bench_open(bench, NULL);
    say(bench, "First");
    wait_idle(bench);
    say(bench, "Second");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    char *before = told(bench);
    bench_resume(bench);
    assert_int_equal(count_events(bench, EVENT_STOP), 0);
    UNTIL(bench, is_idle(bench));
    char *after = told(bench);
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_contains(last_event(bench, EVENT_SESSION), "\"resumed\":true");
    assert_int_equal(session_usage(bench->session)->input, 10);
    assert_int_equal(session_usage(bench->session)->output, 2);
    assert_string_equal(conversation_title(session_conversation(bench->session)), "First");
    assert_string_equal(call_of(bench, 1)->result, "1\n2\n3\nexit code 0");
    assert_int_equal(call_of(bench, 1)->output_bytes, 6);
    assert_non_null(call_of(bench, 1)->output);
    say(bench, "Third");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

/* An ask that waited waits again, under a new number; the old decision is worth nothing. */
static void test_waiting(void **state)
{
    struct bench *bench = *state;
    struct decision old = { .kind = DECISION_RUN, .actor = "person" };

    open_replay(bench, "{\"text\":\"So.\",\"calls\":[" COMMAND("echo x >>ran") "," COMMAND(
                           "echo y >>ran") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    UNTIL(bench, session_ask_count(bench->session) == 2);
    old.ask = session_ask(bench->session, 0)->id;
    strcpy(old.digest, session_ask(bench->session, 0)->digest);
    for (int i = 0; i < 3; i++) {
        bench_resume(bench);
        UNTIL(bench, session_ask_count(bench->session) == 2);
        assert_int_equal(count_events(bench, EVENT_STOP), 0);
        assert_true(session_ask(bench->session, 0)->id > old.ask);
        assert_false(session_decide(bench->session, &old, NULL));
    }
    decide(bench, DECISION_RUN, NULL, NULL);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "ran", "x\ny\n");
    char *text = told(bench);
    assert_string_equal(text, "user: Go\nassistant: So. [run_command] [run_command]\n"
                              "tool: (no output)\nexit code 0\ntool: (no output)\nexit code 0\n"
                              "assistant: Well.\n");
    free(text);
}

static void test_running(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[" COMMAND("echo x >>ran; echo begun; sleep 1000") "," COMMAND(
                           "echo y >>ran") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    bench_resume(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_LOST);
    assert_contains(call_of(bench, 1)->result, "Lost: sandgate ended while it ran");
    assert_int_equal(call_of(bench, 1)->output_bytes, 6);
    assert_string_equal(call_of(bench, 1)->spool, "call-1.out");
    assert_contains(last_event(bench, EVENT_OUTPUT), "\"bytes\":6,\"lines\":1,\"hash\":\"");
    /* The other had been approved, for a sandbox that is gone: it is asked for again. */
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "ran", "x\ny\n");
    assert_int_equal(count_events(bench, EVENT_STOP), 0);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

/* Left while the only call ran: the turn is over, and says how to go on. */
static void test_lost_alone(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[" COMMAND("echo begun; sleep 1000 >slept") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    bench_resume(bench);
    assert_contains(last_event(bench, EVENT_STOP), "sandgate ended in the middle of this turn");
    UNTIL(bench, is_idle(bench));
    assert_true(session_retry(bench->session, NULL));
    wait_idle(bench);
    char *text = told(bench);
    assert_contains(text, "tool: Lost: sandgate ended while it ran; whether it finished is not known. It was "
                          "not run again.\nassistant: Well.\n");
    free(text);
}

static bool is_writing_text(const struct bench *bench)
{
    const struct conversation *conversation = session_conversation(bench->session);
    const struct block *last = conversation_block(conversation, conversation_count(conversation) - 1);

    return last && last->kind == BLOCK_TEXT && last->open && last->text.length > 0;
}

static void test_streaming(void **state)
{
    struct bench *bench = *state;

    bench_serve(bench, "[{\"reasoning\":\"Let me think.\",\"say\":\"Some words come and then no more\","
                       "\"wait_at\":{\"1000\":\"never\"}},{\"say\":\" but more\"}]");
    bench_open(bench, NULL);
    say(bench, "Go");
    UNTIL(bench, is_writing_text(bench));
    char *before = told(bench);
    bench_resume(bench);
    assert_contains(last_event(bench, EVENT_TEXT), "\"broken\":true");
    assert_int_equal(count_events(bench, EVENT_STOP), 1);
    char *after = told(bench);
    assert_string_equal(before, after);
    free(before);
    free(after);
    bench_resume(bench);
    assert_int_equal(count_events(bench, EVENT_TEXT), 0);
    assert_int_equal(count_events(bench, EVENT_STOP), 0);
    UNTIL(bench, is_idle(bench));
    assert_true(session_continue(bench->session, NULL));
    wait_idle(bench);
    after = told(bench);
    assert_contains(after, "Go on exactly where it stops.]\n\nassistant:  but more\n");
    free(after);
}

static void test_queue(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[" COMMAND("echo x >>ran") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    wait_asked(bench);
    say(bench, "And \"this\"\n\xe2\x98\x83");
    bench_resume(bench);
    assert_int_equal(session_queue_count(bench->session), 1);
    assert_string_equal(session_queue_at(bench->session, 0), "And \"this\"\n\xe2\x98\x83");
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
    assert_int_equal(session_queue_count(bench->session), 0);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

/* A queue of a session that did nothing waits for the person. */
static void test_queue_held(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    say(bench, "Go");
    bench_resume(bench);
    UNTIL(bench, is_idle(bench));
    assert_int_equal(session_queue_count(bench->session), 1);
    assert_int_equal(count_events(bench, EVENT_REQUEST), 0);
    say(bench, "Now");
    wait_idle(bench);
    char *text = told(bench);
    assert_string_equal(text, "user: Go\n\nNow\nassistant: Well.\n");
    free(text);
}

static void test_edited(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[" COMMAND("echo begun; sleep 1000 >slept") "," COMMAND(
                           "echo x >>ran") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    decide(bench, DECISION_EDIT, NULL, "{\"command\":\"echo edited >>ran\"}");
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    bench_resume(bench);
    wait_asked(bench);
    assert_string_equal(session_ask(bench->session, 0)->action->script, "echo edited >>ran");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "ran", "edited\n");
    assert_contains(call_of(bench, 2)->result, "The person edited the command");
}

static void test_own(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    UNTIL(bench, is_idle(bench));
    assert_true(session_run_own(bench->session, "echo begun; sleep 1000", false, NULL));
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    bench_resume(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_LOST);
    assert_true(call_of(bench, 1)->by_person);
    assert_int_equal(count_events(bench, EVENT_STOP), 0);
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

/* Auto does not come back by itself, and what was allowed for the session was allowed for that process. */
static void test_mode(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[" COMMAND("echo x >>ran") "]}\n{\"calls\":[" COMMAND(
                           "echo x >>ran") "]}\n{\"text\":\"Well.\",\"goto\":\"\"}");
    assert_true(session_set_mode(bench->session, POLICY_AUTO, NULL, NULL));
    say(bench, "Go");
    wait_idle(bench);
    expect_file(bench, "ran", "x\nx\n");
    bench_resume(bench);
    assert_int_equal(session_mode(bench->session), POLICY_CAREFUL);
    UNTIL(bench, is_idle(bench));
    say(bench, "Go");
    decide(bench, DECISION_REJECT, NULL, NULL);
    UNTIL(bench, is_idle(bench) || session_ask_count(bench->session) > 0);
}

static void test_folder(void **state)
{
    struct bench *bench = *state;
    char *other = path_join(bench->home, "other"), *file;

    bench->folder = path_join(bench->home, "project");
    assert_true(path_make_folders(bench->folder, NULL));
    assert_true(path_make_folders(other, NULL));
    file = path_join(bench->folder, "mine");
    assert_true(path_write_file(file, "1\n", 2, 0600, NULL));
    open_replay(bench, "{\"text\":\"Well.\"}");
    UNTIL(bench, is_idle(bench));
    assert_int_equal(count_events(bench, EVENT_SYNC), 1);
    assert_true(path_write_file(file, "2\n", 2, 0600, NULL));
    free(file);
    char *first = bench->folder;
    bench->folder = other;
    bench_resume(bench);
    UNTIL(bench, is_idle(bench));
    assert_contains(last_event(bench, EVENT_SESSION), first);
    assert_int_equal(count_events(bench, EVENT_SYNC), 0);
    expect_file(bench, "mine", "1\n");
    free(first);
}

/* Left before the folder was up: it goes up when the session is taken up. */
static void test_folder_goes_up_again(void **state)
{
    struct bench *bench = *state;
    char *file;

    bench->folder = path_join(bench->home, "project");
    assert_true(path_make_folders(bench->folder, NULL));
    file = path_join(bench->folder, "mine");
    assert_true(path_write_file(file, "1\n", 2, 0600, NULL));
    free(file);
    open_replay(bench, "{\"text\":\"Well.\"}");
    bench_resume(bench);
    UNTIL(bench, is_idle(bench));
    assert_int_equal(count_events(bench, EVENT_SYNC), 1);
    expect_file(bench, "mine", "1\n");
}

static void test_large_output(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "approval.mode", "auto");
    open_replay(bench, "{\"calls\":[" COMMAND("seq 600000 | tee seen") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    wait_idle(bench);
    int64_t bytes = call_of(bench, 1)->output_bytes;
    assert_true(bytes > 3000000);
    bench_resume(bench);
    assert_int_equal(call_of(bench, 1)->output_bytes, bytes);
    assert_non_null(call_of(bench, 1)->output);
}

static void test_held(void **state)
{
    struct bench *bench = *state;
    struct error error = ERROR_INIT;

    open_replay(bench, "{\"text\":\"Well.\"}");
    struct session_setup setup = { .loop = bench->loop,
                                   .http = bench->http,
                                   .store = bench->store,
                                   .conf = bench->conf,
                                   .resume = bench->id };
    assert_null(session_new(&setup, &error));
    assert_non_null(error.message);
    error_clear(&error);
}

/* A tool that is gone in this version: its call is answered, nothing breaks. */
static void test_unknown_tool(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    UNTIL(bench, is_idle(bench));
    bench_close_session(bench);
    bench_open_store(bench);
    struct event *event = event_new(EVENT_PROMPT);
    strcpy(event->session, bench->id);
    event->seq = bench->seq;
    for (int i = 0; i < 3; i++) {
        static const enum event_type types[] = { EVENT_PROMPT, EVENT_REQUEST, EVENT_CALL };
        event->type = types[i];
        event->parent = event->seq++;
        event->turn = 1;
        event->call = i == 2 ? 1 : 0;
        strcpy(event->actor, i == 2 ? "model" : "person");
        json_free(event->body);
        event->body = json_new_object();
        json_set_text(event->body, i == 2 ? "tool" : i == 1 ? "model" : "text", "teleport");
        if (i == 2) {
            json_set_text(event->body, "arguments", "{}");
            json_set_text(event->body, "id", "x");
        }
        store_append(bench->store, event, NULL, NULL);
    }
    bench->seq = event->seq;
    event_free(event);
    store_close(bench->store);
    bench_open_store(bench);
    char id[SESSION_ID_TEXT];
    strcpy(id, bench->id);
    bench_open(bench, id);
    wait_idle(bench);
    assert_contains(call_of(bench, 1)->result, "There is no tool named \"teleport\"");
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_idle, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_waiting, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_running, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_lost_alone, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_streaming, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_queue, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_queue_held, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_edited, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_own, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_mode, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_folder, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_folder_goes_up_again, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_large_output, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_held, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_tool, bench_setup, bench_teardown),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/resume", tests, NULL, NULL);
}
