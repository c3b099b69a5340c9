/* The turn machine: prompts, the queue, stops in every state, limits, broken streams. */
#include "tests/unit/session_bench.h"

static void expect_told(const struct bench *bench, const char *expected)
{
    char *text = told(bench);

    assert_string_equal(text, expected);
    free(text);
}

/* --- prompts --- */

static void test_answer(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"reasoning\":\"Hm.\",\"text\":\"Hello there.\"}");
    assert_int_equal(session_state(bench->session), SESSION_STARTING);
    say(bench, "Hi");
    assert_int_equal(session_queue_count(bench->session), 1);
    wait_idle(bench);
    assert_int_equal(session_queue_count(bench->session), 0);
    assert_int_equal(count_events(bench, EVENT_PROMPT), 1);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
    assert_int_equal(count_events(bench, EVENT_STOP), 0);
    assert_contains(last_event(bench, EVENT_REASONING), "Hm.");
    assert_contains(last_event(bench, EVENT_RESPONSE), "\"finish\":\"stop\"");
    assert_string_equal(conversation_title(session_conversation(bench->session)), "Hi");
    expect_told(bench, "user: Hi\nassistant: Hello there.\n");
}

static void test_calls(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Look.\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":"
                       "{\"command\":\"echo one >a; cat a\"}},{\"tool\":\"list_directory\","
                       "\"arguments\":{}}]}\n{\"text\":\"Done.\"}");
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_told(bench, "user: Go\n"
                       "assistant: Look. [run_command] [list_directory]\n"
                       "tool: one\nexit code 0\n"
                       "tool: a  4 bytes\n\n"
                       "assistant: Done.\n");
    assert_int_equal(call_of(bench, 1)->state, CALL_DONE);
    assert_int_equal(session_usage(bench->session)->steps, 2);
}

static void test_rejected(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"touch x\"}},"
                       "{\"tool\":\"run_command\",\"arguments\":{\"command\":\"touch y\"}}]}\n"
                       "{\"text\":\"Sorry.\"}");
    say(bench, "Go");
    decide(bench, DECISION_REJECT, NULL, NULL);
    decide(bench, DECISION_REJECT, "use z", NULL);
    wait_idle(bench);
    expect_told(bench, "user: Go\n"
                       "assistant:  [run_command] [run_command]\n"
                       "tool: Rejected by the person.\n"
                       "tool: Rejected by the person: use z\n"
                       "assistant: Sorry.\n");
    assert_int_equal(count_events(bench, EVENT_STARTED), 0);
    assert_int_equal(call_of(bench, 1)->state, CALL_REJECTED);
}

static void test_edited(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"echo >a\"}}]}\n"
                       "{\"text\":\"I see.\"}");
    say(bench, "Go");
    decide(bench, DECISION_EDIT, NULL, "{\"command\":\"echo >b; ls\"}");
    wait_idle(bench);
    assert_true(call_of(bench, 1)->edited);
    assert_contains(call_of(bench, 1)->result, "The person edited the command before it ran");
    assert_contains(call_of(bench, 1)->result, "\nb\nexit code 0");
    assert_int_equal(count_events(bench, EVENT_ASK), 1);
    assert_int_equal(count_events(bench, EVENT_VERDICT), 2);
}

static void test_edit_is_judged(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"echo >a\"}}]}\n"
                       "{\"text\":\"I see.\"}");
    say(bench, "Go");
    decide(bench, DECISION_EDIT, NULL, "{\"command\":\"rm -rf /\"}");
    wait_idle(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_DENIED);
    assert_int_equal(count_events(bench, EVENT_STARTED), 0);
    assert_contains(call_of(bench, 1)->result, "Denied by the policy");
}

static void test_queue(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"One.\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":"
                       "{\"command\":\"echo >a\"}}]}\n{\"text\":\"Two.\"}");
    say(bench, "First");
    wait_asked(bench);
    say(bench, "Second");
    say(bench, "Third");
    say(bench, "Not this");
    assert_int_equal(session_queue_count(bench->session), 3);
    char *taken = session_queue_take(bench->session, 2);
    assert_string_equal(taken, "Not this");
    free(taken);
    assert_null(session_queue_take(bench->session, 2));
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_told(bench, "user: First\nassistant: One. [run_command]\ntool: (no output)\nexit code 0\n"
                       "user: Second\n\nThird\nassistant: Two.\n");
    assert_int_equal(count_events(bench, EVENT_PROMPT), 3);
    assert_contains(last_event(bench, EVENT_PROMPT), "\"queued\":true");
}

/* --- stops --- */

static void expect_stopped(struct bench *bench)
{
    wait_idle(bench);
    assert_int_equal(session_state(bench->session), SESSION_READY);
    assert_int_equal(count_events(bench, EVENT_STOP), 1);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"person\"");
    assert_int_equal(session_ask_count(bench->session), 0);
    const struct conversation *conversation = session_conversation(bench->session);
    for (size_t i = 0; i < conversation_count(conversation); i++)
        assert_false(conversation_block(conversation, i)->open);
    for (size_t i = 1; i <= conversation_call_count(conversation); i++)
        if (conversation_call(conversation, (int64_t)i))
            assert_true(call_is_over(conversation_call(conversation, (int64_t)i)));
}

/* The queue waits for the person, and the next prompt brings both. */
static void expect_queue_kept(struct bench *bench)
{
    expect_stopped(bench);
    assert_int_equal(session_queue_count(bench->session), 1);
    say(bench, "Now");
    wait_idle(bench);
    assert_int_equal(session_queue_count(bench->session), 0);
    char *text = told(bench);
    assert_contains(text, "[The person stopped the agent here.]\nLater\n\nNow\nassistant: Well.\n");
    free(text);
}

static void wait_requested(struct bench *bench)
{
    bool come = false;

    while (!come) {
        loop_turn(bench->loop, 5); /* what the server sees is no event of ours */
        char *requests = model_server_requests(bench->server);
        come = *requests;
        free(requests);
    }
}

static void test_stop_asking(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"say\":\"Late\",\"wait\":\"never\"},{\"say\":\"Well.\"}]");
    say(bench, "Go");
    wait_requested(bench);
    assert_int_equal(session_state(bench->session), SESSION_ASKING);
    say(bench, "Later");
    session_stop(bench->session);
    expect_queue_kept(bench);
}

static void test_stop_streaming(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"say\":\"Some words come and then no more\",\"wait_at\":{\"600\":\"never\"}},"
                       "{\"say\":\"Well.\"}]");
    say(bench, "Go");
    UNTIL(bench, session_state(bench->session) == SESSION_STREAMING);
    say(bench, "Later");
    session_stop(bench->session);
    assert_contains(last_event(bench, EVENT_TEXT), "\"stopped\":true");
    assert_contains(last_event(bench, EVENT_TEXT), "Some words");
    expect_queue_kept(bench);
}

static void test_stop_writing(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"calls\":[{\"tool\":\"write_file\",\"arguments\":{\"path\":\"a\",\"content\":"
                       "\"a text that is long enough to be sent in several pieces of the stream\"}}],"
                       "\"wait_at\":{\"700\":\"never\"}},{\"say\":\"Well.\"}]");
    say(bench, "Go");
    UNTIL(bench, conversation_call_count(session_conversation(bench->session)) == 1);
    assert_int_equal(call_of(bench, 1)->state, CALL_WRITING);
    say(bench, "Later");
    session_stop(bench->session);
    assert_int_equal(count_events(bench, EVENT_CALL), 0);
    expect_queue_kept(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_CANCELLED);
}

static const char two_commands[] =
    "{\"text\":\"Look.\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":"
    "\"echo begun; echo >begun; sleep 1000\"}},{\"tool\":\"run_command\",\"arguments\":{\"command\":"
    "\"echo >second\"}}],\"next\":[{\"when\":\"stopped\",\"goto\":\"end\"}]}\n"
    "{\"step\":\"end\",\"text\":\"Well.\"}";

static void test_stop_waiting(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, two_commands);
    say(bench, "Go");
    wait_asked(bench);
    assert_int_equal(session_state(bench->session), SESSION_WAITING);
    say(bench, "Later");
    session_stop(bench->session);
    expect_queue_kept(bench);
    assert_int_equal(count_events(bench, EVENT_STARTED), 0);
    assert_contains(call_of(bench, 1)->result, "they stopped the agent before this ran");
}

static void stop_deferred(void *data)
{
    session_stop(((struct bench *)data)->session);
}

static void stop_at_start(struct bench *bench, const struct event *event)
{
    if (event->type == EVENT_STARTED)
        loop_defer(bench->loop, stop_deferred, bench);
}

static void test_stop_committing(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, two_commands);
    say(bench, "Go");
    wait_asked(bench);
    say(bench, "Later");
    bench->on_event = stop_at_start;
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, count_events(bench, EVENT_STARTED) == 1);
    expect_queue_kept(bench);
    char *file = workspace_file(bench, "begun");
    assert_string_equal(file, "");
    free(file);
    assert_int_equal(call_of(bench, 1)->state, CALL_CANCELLED);
    assert_contains(call_of(bench, 1)->result, "they stopped the agent before this ran");
}

static void test_stop_running(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, two_commands);
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    assert_int_equal(session_state(bench->session), SESSION_RUNNING);
    say(bench, "Later");
    session_stop(bench->session);
    assert_int_equal(session_state(bench->session), SESSION_STOPPING);
    session_stop(bench->session);
    expect_queue_kept(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_CANCELLED);
    assert_contains(call_of(bench, 1)->result, "begun\nCancelled by the person");
    char *file = workspace_file(bench, "second");
    assert_string_equal(file, "");
    free(file);
}

static void test_stop_by_decision(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, two_commands);
    say(bench, "Go");
    wait_asked(bench);
    say(bench, "Later");
    decide(bench, DECISION_STOP, NULL, NULL);
    expect_queue_kept(bench);
    assert_int_equal(count_events(bench, EVENT_DECISION), 1);
}

static void test_stop_idle(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    session_stop(bench->session);
    UNTIL(bench, is_idle(bench));
    session_stop(bench->session);
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_STOP), 0);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

/* --- an agent that gets nowhere --- */

static void test_paused_by_rejections(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[" COMMAND("echo 1 >a") "," COMMAND("echo 2 >b") "," COMMAND(
                           "echo 3 >c") "," COMMAND("echo 4 >d") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    for (int i = 0; i < 3; i++)
        decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "what it asked for was rejected three times in a row");
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"paused\"");
    assert_int_equal(count_events(bench, EVENT_RESULT), count_events(bench, EVENT_CALL));
    assert_int_equal(session_ask_count(bench->session), 0);
    say(bench, "Go on");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

/* Reading between its attempts is no progress; an approval is. */
static void test_rejections_in_a_row(void **state)
{
    struct bench *bench = *state;
    static const enum decision_kind kinds[] = { DECISION_REJECT, DECISION_REJECT, DECISION_RUN,
                                                DECISION_REJECT, DECISION_EDIT,   DECISION_REJECT,
                                                DECISION_REJECT, DECISION_REJECT };
    struct buffer script = BUFFER_INIT;

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        buffer_append_format(&script,
                             "{\"calls\":[" COMMAND("echo %zu >a") "]}\n"
                                                                   "{\"calls\":[{\"tool\":\"list_directory\","
                                                                   "\"arguments\":{}}]}\n",
                             i);
    open_replay(bench, script.data);
    buffer_release(&script);
    say(bench, "Go");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        wait_asked(bench);
        assert_int_equal(count_events(bench, EVENT_STOP), 0);
        decide(bench, kinds[i], NULL, kinds[i] == DECISION_EDIT ? "{\"command\":\"echo e >a\"}" : NULL);
        UNTIL(bench, call_of(bench, 2 * (int64_t)i + 1)->result);
    }
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "rejected three times in a row");
}

/* Five of the last ten calls: fewer are no burst, however many there were before. */
static void test_paused_by_denials(void **state)
{
    static const char denied[] = "{\"calls\":[" COMMAND("rm -rf / # %d") "]}\n",
                      fine[] =
                          "{\"calls\":[{\"tool\":\"list_directory\",\"arguments\":{\"path\":\"/%d\"}}]}\n";
    static const char pattern[] = "dddd......dddd......d.d.d.d.d";
    struct bench *bench = *state;
    struct buffer script = BUFFER_INIT;

    for (int i = 0; pattern[i]; i++)
        buffer_append_format(&script, pattern[i] == 'd' ? denied : fine, i);
    buffer_append_text(&script, "{\"text\":\"Well.\"}");
    open_replay(bench, script.data);
    buffer_release(&script);
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "the policy denied five of its last calls");
    assert_contains(last_event(bench, EVENT_STOP), "Write to it to go on");
    assert_int_equal(count_events(bench, EVENT_CALL), strlen(pattern));
    assert_int_equal(count_events(bench, EVENT_TURN), 0);
}

static void test_paused_by_repetition(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[{\"tool\":\"list_directory\",\"arguments\":{}}],\"goto\":\"\"}");
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "exactly the same call three times in a row");
    assert_int_equal(count_events(bench, EVENT_STARTED), 2);
    assert_int_equal(count_events(bench, EVENT_RESULT), 3);
}

/* --- limits --- */

static const char endless[] =
    "{\"text\":\"Again.\",\"calls\":[{\"tool\":\"list_directory\",\"arguments\":{}}]}\n"
    "{\"text\":\"Again.\",\"calls\":[{\"tool\":\"list_directory\",\"arguments\":{\"path\":\"/"
    "\"}}],\"goto\":\"\"}";

static void test_max_turns(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "agent.max_turns", "3");
    open_replay(bench, endless);
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_REQUEST), 3);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"limit\"");
    say(bench, "On");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_REQUEST), 6);
}

static void test_max_tokens(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "agent.max_tokens_per_prompt", "100");
    open_server(bench, "[{\"calls\":[{\"tool\":\"list_directory\"}],"
                       "\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":11}}]");
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_REQUEST), 2);
    assert_contains(last_event(bench, EVENT_STOP), "102 tokens");
    assert_int_equal(session_usage(bench->session)->input, 80);
    assert_int_equal(session_usage(bench->session)->output, 22);
    assert_int_equal(session_usage(bench->session)->context, 51);
}

/* A stream that never ends, and a command that never ends, are both ended by the time of the prompt. */
static void test_max_time(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "agent.max_time", "6s");
    open_server(bench,
                "[{\"say\":\"Some words come and then no more\",\"wait_at\":{\"600\":\"never\"}},"
                "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"sleep 1000 >slept\"}}]}]");
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"limit\"");
    assert_contains(last_event(bench, EVENT_STOP), "agent.max_time");
    assert_contains(last_event(bench, EVENT_TEXT), "\"broken\":true");
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_STOP), 2);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"limit\"");
    assert_int_equal(call_of(bench, 1)->state, CALL_CANCELLED);
}

static void note_time(void *data)
{
    *(bool *)data = true;
}

/* The time that a person takes to decide does not count. */
static void test_max_time_waits(void **state)
{
    struct bench *bench = *state;
    bool over = false;

    bench_set(bench, "agent.max_time", "3s");
    open_replay(bench, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"echo >a\"}}]}\n"
                       "{\"text\":\"Well.\"}");
    say(bench, "Go");
    wait_asked(bench);
    loop_timer_add(bench->loop, 3100, note_time, &over);
    UNTIL(bench, over);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_STOP), 0);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

static void test_context_full(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "model.context_length", "4096");
    open_replay(bench, "{\"text\":\"Well.\"}");
    char *long_prompt = xmalloc(20001);
    memset(long_prompt, 'a', 20000);
    long_prompt[20000] = '\0';
    say(bench, long_prompt);
    wait_idle(bench);
    free(long_prompt);
    assert_int_equal(count_events(bench, EVENT_REQUEST), 0);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"context\"");
}

static void test_context_full_says_server(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"status\":400,\"json\":{\"error\":{\"message\":\"This model's maximum context "
                       "length is 4096 tokens. However, you requested 5000 tokens\",\"code\":"
                       "\"context_length_exceeded\"}}}]");
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"context\"");
    assert_contains(last_event(bench, EVENT_STOP), "4096");
}

static void test_cut_at_length(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"say\":\"Once upon a\",\"finish\":\"length\"},{\"say\":\" time.\"}]");
    say(bench, "Tell");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"limit\"");
    assert_true(session_continue(bench->session, NULL));
    wait_idle(bench);
    say(bench, "Thanks");
    wait_idle(bench);
    expect_told(bench, "user: Tell\nassistant: Once upon a\n"
                       "user: [Your answer was cut off. Go on exactly where it stops.]\n\n"
                       "assistant:  time.\nuser: Thanks\nassistant:  time.\n");
}

static void test_filter(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"say\":\"Well\",\"finish\":\"content_filter\"}]");
    say(bench, "Tell");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"error\"");
    assert_contains(last_event(bench, EVENT_STOP), "content filter");
}

/* --- broken streams --- */

static void test_broken_retry(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"say\":\"Once upon a time there was\",\"break_after\":600},{\"say\":\"No.\"}]");
    say(bench, "Tell");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"error\"");
    assert_contains(last_event(bench, EVENT_TEXT), "\"broken\":true");
    assert_contains(last_event(bench, EVENT_TEXT), "Once");
    assert_true(session_retry(bench->session, NULL));
    wait_idle(bench);
    expect_told(bench, "user: Tell\nassistant: No.\n");
}

/* A call that was whole before the stream broke is answered; one that was being written is gone. */
static void test_broken_in_calls(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"echo >a\"}},"
                       "{\"tool\":\"write_file\",\"arguments\":{\"path\":\"a\",\"content\":\"a text that is "
                       "long enough to be sent in several pieces of the stream\"}}],\"break_after\":1500},"
                       "{\"say\":\"No.\"}]");
    say(bench, "Go");
    UNTIL(bench, count_events(bench, EVENT_STOP) == 1);
    assert_int_equal(count_events(bench, EVENT_CALL), 1);
    assert_int_equal(count_events(bench, EVENT_STARTED), 0);
    assert_int_equal(session_ask_count(bench->session), 0);
    assert_true(session_retry(bench->session, NULL));
    wait_idle(bench);
    expect_told(bench, "user: Go\nassistant:  [run_command]\n"
                       "tool: It did not run: the answer that it belongs to broke off.\nassistant: No.\n");
}

static void test_error_before_answer(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"status\":500,\"body\":\"out of order\"},{\"say\":\"Well.\"}]");
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "out of order");
    say(bench, "Again");
    wait_idle(bench);
    expect_told(bench, "user: Go\n\nAgain\nassistant: Well.\n");
}

static void test_repeat_refused(void **state)
{
    struct bench *bench = *state;
    struct error error = ERROR_INIT;

    open_replay(bench, two_commands);
    assert_false(session_retry(bench->session, &error));
    UNTIL(bench, is_idle(bench));
    assert_false(session_retry(bench->session, &error));
    assert_string_equal(error.message, "Nothing has been asked yet");
    say(bench, "Go");
    wait_asked(bench);
    assert_false(session_continue(bench->session, &error));
    assert_contains(error.message, "under way");
    error_clear(&error);
}

/* --- answers without end --- */

static void test_flood(void **state)
{
    struct bench *bench = *state;

    open_server(bench, "[{\"flood\":200000000,\"piece\":20000}]");
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_STOP), "\"reason\":\"limit\"");
    assert_contains(last_event(bench, EVENT_STOP), "is longer than an answer may be");
    const struct conversation *conversation = session_conversation(bench->session);
    size_t bytes = 0;
    for (size_t i = 0; i < conversation_count(conversation); i++)
        bytes += conversation_block(conversation, i)->text.length;
    assert_in_range(bytes, 15 * 1024 * 1024, 17 * 1024 * 1024);
}

/* --- the rest --- */

static void test_modes(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "approval.mode", "auto");
    open_replay(bench, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"echo >a\"}},"
                       "{\"tool\":\"run_command\",\"arguments\":{\"command\":\"rm -rf /\"}}]}\n"
                       "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"echo >a\"}}]}\n"
                       "{\"text\":\"Well.\"}");
    say(bench, "Go");
    UNTIL(bench, count_events(bench, EVENT_RESULT) == 2);
    assert_int_equal(call_of(bench, 1)->state, CALL_DONE);
    assert_int_equal(call_of(bench, 2)->state, CALL_DENIED);
    assert_true(session_set_mode(bench->session, POLICY_CAREFUL, "enough", NULL));
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_ASK), 1);
}

static void test_instructions(void **state)
{
    struct bench *bench = *state;
    char *path;

    bench->folder = path_join(bench->home, "project");
    path = path_join(bench->folder, "CLAUDE.md");
    assert_true(path_make_folders(bench->folder, NULL));
    assert_true(path_write_file(path, "Be brief.\n", 10, 0600, NULL));
    free(path);
    open_server(bench, "[{\"say\":\"Well.\"}]");
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_NOTICE),
                    "CLAUDE.md of the project is told to the model (10 bytes)");
    char *requests = model_server_requests(bench->server);
    assert_contains(requests, "Be brief.");
    assert_contains(requests, "can change none of the rules");
    free(requests);
}

static void test_two_sessions(void **state)
{
    struct bench *bench = *state;
    struct bench other;

    open_replay(bench, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"echo 1 >a\"}}]}\n"
                       "{\"text\":\"One.\"}");
    bench_make(&other);
    open_replay(&other, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"ls -A >b\"}}]}\n"
                        "{\"text\":\"Two.\"}");
    /* Both on one loop and in one store. */
    bench_close_session(&other);
    loop_free(other.loop);
    http_free(other.http);
    other.loop = bench->loop;
    other.http = bench->http;
    other.store = bench->store;
    bench_open(&other, NULL);
    say(bench, "Go");
    say(&other, "Go");
    wait_asked(bench);
    wait_asked(&other);
    decide(&other, DECISION_RUN, NULL, NULL);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(&other);
    wait_idle(bench);
    expect_told(bench,
                "user: Go\nassistant:  [run_command]\ntool: (no output)\nexit code 0\nassistant: One.\n");
    expect_told(&other,
                "user: Go\nassistant:  [run_command]\ntool: (no output)\nexit code 0\nassistant: Two.\n");
    assert_string_not_equal(bench->id, other.id);
    session_free(other.session);
    loop_turn(bench->loop, 0);
    other.session = NULL;
    other.store = NULL;
    other.http = NULL;
    path_remove_tree(other.home, NULL);
    conf_free(other.conf);
    for (size_t i = 0; i < other.seen_count; i++)
        free(other.seen[i].body);
    free(other.seen);
}

/* Freed while a start is being committed: nothing leaks, and nothing runs. */
static void free_deferred(void *data)
{
    ((struct bench *)data)->drafts = 1000;
}

static void free_at_start(struct bench *bench, const struct event *event)
{
    if (event->type == EVENT_STARTED)
        loop_defer(bench->loop, free_deferred, bench);
}

static void test_free_committing(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, two_commands);
    say(bench, "Go");
    wait_asked(bench);
    bench->on_event = free_at_start;
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, bench->drafts == 1000);
    assert_int_equal(count_events(bench, EVENT_STARTED), 1);
    assert_int_equal(count_events(bench, EVENT_ENDED), 0);
    bench_close_session(bench);
}

static void test_free_anywhere(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, two_commands);
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    bench_close_session(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answer, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_calls, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_rejected, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_edited, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_edit_is_judged, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_queue, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_stop_asking, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_stop_streaming, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_stop_writing, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_stop_waiting, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_stop_committing, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_stop_running, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_stop_by_decision, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_stop_idle, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_paused_by_rejections, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_rejections_in_a_row, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_paused_by_denials, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_paused_by_repetition, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_max_turns, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_max_tokens, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_max_time, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_max_time_waits, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_context_full, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_context_full_says_server, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_cut_at_length, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_filter, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_broken_retry, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_broken_in_calls, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_error_before_answer, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_repeat_refused, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_flood, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_modes, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_instructions, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_two_sessions, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_free_committing, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_free_anywhere, bench_setup, bench_teardown),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/session", tests, NULL, NULL);
}
