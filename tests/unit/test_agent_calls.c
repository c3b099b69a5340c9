/* The one path of every call: order, judging, approvals bound to what runs, bad calls, the person's own. */
#include "tests/unit/session_bench.h"

#include "agent/tools.h"
#include "matter/output.h"
#include "sandbox/sandbox.h"

#include <signal.h>
#include <sys/resource.h>

/* One step with CALLS, then "Well.". */
static void open_calls(struct bench *bench, const char *calls)
{
    char *script = xasprintf("{\"calls\":[%s]}\n{\"text\":\"Well.\"}", calls);

    open_replay(bench, script);
    free(script);
}

/* --- order --- */

static void test_reads_at_once(void **state)
{
    struct bench *bench = *state;

    /* An answer that comes whole: all calls are there before the first can end. */
    open_server(bench, "[{\"calls\":[{\"tool\":\"read_file\",\"arguments\":{\"path\":\"a\"}},"
                       "{\"tool\":\"read_file\",\"arguments\":{\"path\":\"b\"}},"
                       "{\"tool\":\"list_directory\"}],\"whole\":true},{\"say\":\"Well.\"}]");
    own(bench, "echo A >a; echo B >b");
    say(bench, "Go");
    wait_idle(bench);
    size_t first_result = place_of(bench, EVENT_RESULT, 2);
    for (int64_t call = 2; call <= 4; call++) {
        assert_true(place_of(bench, EVENT_STARTED, call) < first_result);
        if (place_of(bench, EVENT_RESULT, call) < first_result)
            first_result = place_of(bench, EVENT_RESULT, call);
    }
    assert_string_equal(call_of(bench, 2)->result, "A\n");
    assert_string_equal(call_of(bench, 3)->result, "B\n");
}

static void test_commands_in_order(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "approval.mode", "auto");
    open_calls(bench,
               COMMAND("sleep 0.05; echo 1 >>log") "," COMMAND("echo 2 >>log") "," COMMAND("echo 3 >>log"));
    say(bench, "Go");
    wait_idle(bench);
    expect_file(bench, "log", "1\n2\n3\n");
    for (int64_t call = 1; call < 3; call++)
        assert_true(place_of(bench, EVENT_STARTED, call + 1) > place_of(bench, EVENT_RESULT, call));
}

/* All that can be asked is asked at once; what was approved first still waits for its turn. */
static void test_asked_together(void **state)
{
    struct bench *bench = *state;

    open_calls(bench, COMMAND("echo 1 >>log") "," COMMAND("echo 2 >>log"));
    say(bench, "Go");
    UNTIL(bench, session_ask_count(bench->session) == 2);
    assert_true(decide_at(bench, 1, DECISION_RUN, NULL, NULL, NULL));
    assert_int_equal(session_state(bench->session), SESSION_WAITING);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "log", "1\n2\n");
}

static void test_write_sees_command(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "approval.mode", "auto");
    open_calls(bench, COMMAND("echo new >f") ",{\"tool\":\"edit_file\",\"arguments\":{\"path\":\"f\","
                                             "\"old\":\"new\",\"new\":\"newer\"}},"
                                             "{\"tool\":\"edit_file\",\"arguments\":{\"path\":\"f\","
                                             "\"old\":\"newer\",\"new\":\"newest\"}}," COMMAND("cat f"));
    say(bench, "Go");
    wait_idle(bench);
    assert_string_equal(call_of(bench, 4)->result, "newest\nexit code 0");
    assert_int_equal(count_events(bench, EVENT_FILE), 2);
    assert_string_equal(call_of(bench, 3)->written, "/workspace/f");
    assert_ptr_equal(session_writer_of(bench->session, "/workspace/f"), call_of(bench, 3));
    assert_null(session_writer_of(bench->session, "/workspace/g"));
}

/* --- what was judged is what runs --- */

static const char edit_f[] =
    "{\"tool\":\"edit_file\",\"arguments\":{\"path\":\"f\",\"old\":\"two\",\"new\":\"2\"}}";

static void test_base_changed(void **state)
{
    struct bench *bench = *state;
    char digest[HASH_TEXT];

    open_calls(bench, edit_f);
    own(bench, "echo one two >f");
    say(bench, "Go");
    wait_asked(bench);
    strcpy(digest, session_ask(bench->session, 0)->digest);
    assert_string_equal(session_ask(bench->session, 0)->action->content, "one 2\n");
    own(bench, "echo zero one two >f");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_asked(bench);
    assert_string_not_equal(digest, session_ask(bench->session, 0)->digest);
    assert_string_equal(session_ask(bench->session, 0)->action->content, "zero one 2\n");
    expect_file(bench, "f", "zero one two\n");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "f", "zero one 2\n");
    assert_int_equal(count_events(bench, EVENT_ASK), 2);
    assert_int_equal(count_of_call(bench, EVENT_RESULT, 2), 1);
}

static void test_base_gone(void **state)
{
    struct bench *bench = *state;

    open_calls(bench, edit_f);
    own(bench, "echo one two >f");
    say(bench, "Go");
    wait_asked(bench);
    own(bench, "rm f");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    assert_string_equal(call_of(bench, 2)->result, "/workspace/f does not exist; write_file can create it");
    assert_int_equal(call_of(bench, 2)->state, CALL_FAILED);
}

/* The person edits the arguments of an edit while the file changes: what they saw is no longer what is there. */
static void test_edited_base_changed(void **state)
{
    struct bench *bench = *state;

    open_calls(bench, edit_f);
    own(bench, "echo one two >f");
    say(bench, "Go");
    wait_asked(bench);
    own(bench, "echo zero one two >f");
    decide(bench, DECISION_EDIT, NULL, "{\"path\":\"f\",\"old\":\"one two\",\"new\":\"1 2\"}");
    wait_asked(bench);
    assert_string_equal(session_ask(bench->session, 0)->action->content, "zero 1 2\n");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "f", "zero 1 2\n");
}

static struct sandbox_facts *facts(struct bench *bench)
{
    return (struct sandbox_facts *)sandbox_facts(session_sandbox(bench->session));
}

static void test_generation_changed(void **state)
{
    struct bench *bench = *state;
    char digest[HASH_TEXT];

    open_calls(bench, COMMAND("echo x >>ran"));
    say(bench, "Go");
    for (int i = 0; i < 5; i++) {
        wait_asked(bench);
        strcpy(digest, session_ask(bench->session, 0)->digest);
        facts(bench)->generation++;
        decide(bench, DECISION_RUN, NULL, NULL);
    }
    wait_asked(bench);
    assert_string_not_equal(digest, session_ask(bench->session, 0)->digest);
    assert_int_equal(count_events(bench, EVENT_STARTED), 0);
    expect_file(bench, "ran", "");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "ran", "x\n");
}

static void change_generation(void *data)
{
    facts(data)->generation++;
}

static void change_at_start(struct bench *bench, const struct event *event)
{
    if (event->type == EVENT_STARTED)
        loop_defer(bench->loop, change_generation, bench);
}

/* The last moment: the start is being written to disk. */
static void test_generation_changed_at_start(void **state)
{
    struct bench *bench = *state;

    open_calls(bench, COMMAND("echo x >>ran"));
    say(bench, "Go");
    wait_asked(bench);
    bench->on_event = change_at_start;
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, count_events(bench, EVENT_STARTED) == 1);
    bench->on_event = NULL;
    wait_asked(bench);
    expect_file(bench, "ran", "");
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "ran", "");
}

/* Whatever is changed in an action behind the approval's back, it is not what runs. */
static void test_action_changed(void **state)
{
    struct bench *bench = *state;

    open_calls(bench, COMMAND("echo x >>ran"));
    say(bench, "Go");
    for (int i = 0; i < 6; i++) {
        wait_asked(bench);
        struct action *action = (struct action *)session_ask(bench->session, 0)->action;
        char **texts[] = { &action->argv[4], &action->script, &action->cwd, &action->environment[0] };
        if (i < 4) {
            free(*texts[i]);
            *texts[i] = xstrdup("echo y >>ran");
        } else if (i == 4) {
            action->timeout++;
        } else {
            action->pty = true;
        }
        decide(bench, DECISION_RUN, NULL, NULL);
    }
    wait_asked(bench);
    assert_string_equal(session_ask(bench->session, 0)->action->script, "echo x >>ran");
    assert_int_equal(count_events(bench, EVENT_STARTED), 0);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_file(bench, "ran", "x\n");
}

static void test_wrong_decisions(void **state)
{
    struct bench *bench = *state;
    struct error error = ERROR_INIT;

    open_calls(bench, COMMAND("echo x >>ran"));
    say(bench, "Go");
    wait_asked(bench);
    struct decision decision = { .ask = session_ask(bench->session, 0)->id,
                                 .kind = DECISION_RUN,
                                 .actor = "person" };
    assert_false(session_decide(bench->session, &decision, &error));
    assert_contains(error.message, "digests differ");
    strcpy(decision.digest, session_ask(bench->session, 0)->digest);
    decision.digest[0] = decision.digest[0] == 'a' ? 'b' : 'a';
    assert_false(session_decide(bench->session, &decision, &error));
    strcpy(decision.digest, session_ask(bench->session, 0)->digest);
    decision.kind = DECISION_EDIT;
    assert_false(session_decide(bench->session, &decision, &error));
    decision.arguments = "{\"command\":";
    assert_false(session_decide(bench->session, &decision, &error));
    decision.arguments = "{\"comand\":\"ls\"}";
    assert_false(session_decide(bench->session, &decision, &error));
    assert_contains(error.message, "comand");
    decision.kind = DECISION_RUN;
    decision.ask++;
    assert_false(session_decide(bench->session, &decision, &error));
    assert_contains(error.message, "is not waiting");
    assert_int_equal(count_events(bench, EVENT_DECISION), 0);
    assert_int_equal(session_ask_count(bench->session), 1);
    decision.ask--;
    assert_true(session_decide(bench->session, &decision, NULL));
    decision.kind = DECISION_REJECT;
    assert_false(session_decide(bench->session, &decision, &error));
    wait_idle(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_DONE);
    assert_int_equal(count_events(bench, EVENT_DECISION), 1);
    assert_false(session_decide(bench->session, &decision, &error));
    error_clear(&error);
}

static void test_allow_session(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[" COMMAND("echo x >>ran") "]}\n{\"calls\":[" COMMAND(
                           "echo x >>ran") "]}\n"
                                           "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":"
                                           "\"echo x >>ran\",\"cwd\":\"/tmp\"}}]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    decide(bench, DECISION_ALLOW_SESSION, NULL, NULL);
    wait_asked(bench);
    expect_file(bench, "ran", "x\nx\n");
    assert_string_equal(session_ask(bench->session, 0)->action->cwd, "/tmp");
    assert_string_equal(call_of(bench, 2)->rule, "session");
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_ASK), 2);
}

/* --- bad calls --- */

static void test_unknown_tool(void **state)
{
    struct bench *bench = *state;

    open_calls(bench, "{\"tool\":\"no\\u001b[2Jtool\",\"arguments\":{}}");
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(call_of(bench, 1)->result, "There is no tool named");
    assert_contains(call_of(bench, 1)->result, "there are run_command, list_directory");
}

static void test_bad_arguments(void **state)
{
    static const struct {
        const char *tool, *arguments, *sentence;
    } rows[] = {
        { "run_command", "[1]", "" },
        { "run_command", "{\"command\": tru", "" },
        { "run_command", "{\"command\": 1}", "\"command\" must be of type string, but it is a number" },
        { "run_command", "{}", "\"command\" is missing" },
        { "run_command", "{\"command\":\"ls\",\"sudo\":true}",
          "\"sudo\" is not an argument of this tool; it takes command, cwd, timeout, expect" },
        { "run_command", "{\"command\":\"ls\",\"timeout\":0}", "\"timeout\" must be at least 0.1" },
        { "run_command", "{\"command\":\"ls\",\"timeout\":1e300}", "is over the limit" },
        { "run_command", "{\"command\":null}", "\"command\" must be of type string, but it is null" },
        { "read_file", "{\"path\":\"a\",\"offset\":1.5}", "\"offset\" must be of type integer" },
        { "read_file", "{\"path\":\"a\",\"offset\":99999999999999999999}",
          "\"offset\" must be of type integer" },
        { "edit_file", "{\"path\":\"a\",\"old\":\"x\",\"new\":\"y\",\"all\":\"yes\"}",
          "\"all\" must be of type boolean" },
    };
    struct bench *bench = *state;
    struct json *answers = json_new_array(), *answer = json_new_object(), *calls = json_new_array();

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct json *call = json_new_object();
        json_set_text(call, "tool", rows[i].tool);
        json_set_text(call, "arguments", rows[i].arguments);
        json_add(calls, call);
    }
    json_set(answer, "calls", calls);
    json_add(answers, answer);
    answer = json_new_object();
    json_set_text(answer, "say", "Well.");
    json_add(answers, answer);
    char *text = json_print(answers);
    open_server(bench, text);
    free(text);
    json_free(answers);
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_RESULT), ARRAY_SIZE(rows));
    assert_int_equal(count_events(bench, EVENT_VERDICT), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_contains(call_of(bench, (int64_t)i + 1)->result, rows[i].sentence);
        assert_int_equal(call_of(bench, (int64_t)i + 1)->state, CALL_FAILED);
    }
}

/* A write of MEGABYTES of content, a megabyte a piece of the stream. */
static void open_long_write(struct bench *bench, int megabytes)
{
    static const char piece[] = "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,%s"
                                "\"function\":{%s\"arguments\":\"%s\"}}]}}]},";
    struct buffer answers = BUFFER_INIT;
    char *filler = xmalloc(1024 * 1024 + 1);

    memset(filler, 'a', 1024 * 1024);
    filler[1024 * 1024] = '\0';
    buffer_append_text(&answers, "[{\"events\":[");
    buffer_append_format(&answers, piece, "\"id\":\"x\",", "\"name\":\"write_file\",",
                         "{\\\"path\\\":\\\"p\\\",\\\"content\\\":\\\"");
    for (int i = 0; i < megabytes; i++)
        buffer_append_format(&answers, piece, "", "", filler);
    buffer_append_format(&answers, piece, "", "", "\\\"}");
    buffer_append_text(&answers,
                       "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]},"
                       "\"[DONE]\"]},{\"say\":\"Well.\"}]");
    open_server(bench, answers.data);
    buffer_release(&answers);
    free(filler);
}

static void test_argument_of_10_mb(void **state)
{
    struct bench *bench = *state;

    open_long_write(bench, 10);
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(call_of(bench, 1)->result, "MiB");
    assert_int_equal(call_of(bench, 1)->state, CALL_FAILED);
    assert_true(strlen(call_of(bench, 1)->arguments) < 100);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

static void test_content_of_2_mb(void **state)
{
    struct bench *bench = *state;

    open_long_write(bench, 2);
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    assert_string_equal(call_of(bench, 1)->result, "/workspace/p was created (2097152 bytes)");
}

static void test_script_too_long(void **state)
{
    struct bench *bench = *state;

    char *script = xmalloc(70001);
    memset(script, ':', 70000);
    script[70000] = '\0';
    char *call = xasprintf("{\"tool\":\"run_command\",\"arguments\":{\"command\":\"%s\"}}", script);
    open_calls(bench, call);
    free(call);
    free(script);
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(call_of(bench, 1)->result, "bytes long; at most 60000 can be run at once");
}

/* Each call is answered once, whatever ids the server gives: none, or the same in each answer. */
static void test_ids(void **state)
{
    struct bench *bench = *state;
    static const char stream[] =
        "[{\"events\":[{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":["
        "{\"index\":0,\"function\":{\"name\":\"list_directory\",\"arguments\":\"{}\"}},"
        "{\"index\":1,\"function\":{\"name\":\"list_directory\",\"arguments\":\"{\\\"path\\\":\\\"/"
        "\\\"}\"}}]}}]},"
        "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]},\"[DONE]\"]},"
        "{\"calls\":[{\"id\":\"same\",\"tool\":\"list_directory\"}]},{\"calls\":[{\"id\":\"same\",\"tool\":"
        "\"list_directory\"}]},{\"say\":\"Well.\"}]";

    open_server(bench, stream);
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_CALL), 4);
    assert_int_equal(count_events(bench, EVENT_RESULT), 4);
    for (int64_t call = 1; call <= 4; call++)
        assert_true(*call_of(bench, call)->id);
    assert_string_not_equal(call_of(bench, 1)->id, call_of(bench, 2)->id);
}

/* --- the person's own commands --- */

static void test_own(void **state)
{
    struct bench *bench = *state;
    struct error error = ERROR_INIT;

    open_replay(bench, "{\"text\":\"Well.\"}");
    assert_false(session_run_own(bench->session, "echo >a", false, &error));
    assert_contains(error.message, "still starting");
    own(bench, "echo mine");
    UNTIL(bench, is_idle(bench));
    assert_true(call_of(bench, 1)->by_person);
    assert_int_equal(count_events(bench, EVENT_ASK), 0);
    say(bench, "Go");
    wait_idle(bench);
    char *text = told(bench);
    assert_string_equal(text, "user: [The person ran a command in the sandbox themselves: echo mine\n"
                              "mine\nexit code 0]\nGo\nassistant: Well.\n");
    free(text);
    assert_false(session_run_own(bench->session, "rm -rf /", false, &error));
    assert_contains(error.message, "root");
    assert_int_equal(count_events(bench, EVENT_CALL), 1);
    assert_true(session_run_own(bench->session, "rm -rf /; true", true, &error));
    wait_idle(bench);
    assert_int_equal(count_of_call(bench, EVENT_ENDED, 2), 1);
    error_clear(&error);
}

static void test_own_stopped(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    UNTIL(bench, session_sandbox(bench->session));
    assert_true(session_run_own(bench->session, "echo begun; sleep 1000", false, NULL));
    assert_true(session_is_busy(bench->session));
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    session_stop(bench->session);
    wait_idle(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_CANCELLED);
    assert_int_equal(count_events(bench, EVENT_STOP), 0);
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
    assert_true(session_run_own(bench->session, "sleep 1000", false, NULL));
    session_stop(bench->session);
    wait_idle(bench);
    assert_int_equal(call_of(bench, 2)->state, CALL_CANCELLED);
}

/* In the midst of a turn: the turn goes on, and the model is told in an order that servers accept. */
static void test_own_within_turn(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"calls\":[" COMMAND("echo x >>ran") "]}\n{\"calls\":[" COMMAND(
                           "echo y >>ran") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    wait_asked(bench);
    own(bench, "echo mine >>ran");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_asked(bench);
    own(bench, "echo mine too >>ran");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    say(bench, "Again");
    wait_idle(bench);
    expect_file(bench, "ran", "mine\nx\nmine too\ny\n");
    char *text = told(bench);
    assert_string_equal(text,
                        "user: Go\nassistant:  [run_command]\ntool: (no output)\nexit code 0\n"
                        "user: [The person ran a command in the sandbox themselves: echo mine >>ran\n"
                        "(no output)\nexit code 0]\n\n"
                        "assistant:  [run_command]\ntool: (no output)\nexit code 0\n"
                        "user: [The person ran a command in the sandbox themselves: echo mine too >>ran\n"
                        "(no output)\nexit code 0]\n\n"
                        "assistant: Well.\nuser: Again\nassistant: Well.\n");
    free(text);
}

static void test_cancel_call(void **state)
{
    struct bench *bench = *state;

    open_calls(bench, COMMAND("echo begun; sleep 1000 >slept") "," COMMAND("echo x >ran"));
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    decide(bench, DECISION_RUN, NULL, NULL);
    session_cancel_call(bench->session, 99);
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    session_cancel_call(bench->session, 1);
    wait_idle(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_CANCELLED);
    assert_int_equal(call_of(bench, 2)->state, CALL_DONE);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
}

/* Older outputs leave the memory, not the disk. */
static void test_outputs_in_memory(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "approval.mode", "auto");
    open_calls(bench, COMMAND("yes | head -c 3000000") "," COMMAND("yes | head -c 3000001") "," COMMAND(
                          "yes | head -c 3000002") "," COMMAND("echo x"));
    say(bench, "Go");
    wait_idle(bench);
    assert_null(call_of(bench, 1)->output);
    assert_int_equal(call_of(bench, 1)->output_bytes, 3000000);
    assert_non_null(call_of(bench, 4)->output);
    for (int64_t number = 1; number <= 4; number++) {
        session_load_output(bench->session, number);
        assert_non_null(call_of(bench, number)->output);
        assert_int_equal(output_total(call_of(bench, number)->output), call_of(bench, number)->output_bytes);
    }
    session_load_output(bench->session, 5);
    session_load_output(bench->session, 0);
}

/* --- what goes away --- */

static void test_full_disk(void **state)
{
    struct bench *bench = *state;
    struct rlimit limit, none;

    open_calls(bench, COMMAND("echo x >ran") "," COMMAND("echo y >ran"));
    say(bench, "Go");
    UNTIL(bench, session_ask_count(bench->session) == 2);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    none = limit;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_FSIZE, &none);
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, bench->store_failed);
    UNTIL(bench, is_idle(bench));
    setrlimit(RLIMIT_FSIZE, &limit);
    expect_file(bench, "ran", "");
    assert_contains(call_of(bench, 1)->result, "the session's log cannot be written");
    assert_contains(call_of(bench, 2)->result, "the session's log cannot be written");
    assert_int_equal(count_events(bench, EVENT_ERROR), 1);
    assert_contains(last_event(bench, EVENT_ERROR), "\"kind\":\"store\"");
}

/* The only child of this process: the sandbox's bwrap. */
static pid_t child(void)
{
    char path[64];
    int child = 0;

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &child), 1);
    fclose(file);
    return child;
}

static void test_sandbox_lost(void **state)
{
    struct bench *bench = *state;
    struct error error = ERROR_INIT;

    open_calls(bench, COMMAND("echo begun; sleep 1000 >slept") "," COMMAND("echo y >ran"));
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, call_of(bench, 1)->output_bytes > 0);
    assert_int_equal(session_ask_count(bench->session), 1);
    assert_int_equal(kill(child(), SIGKILL), 0);
    UNTIL(bench, session_state(bench->session) == SESSION_BROKEN);
    assert_int_equal(session_ask_count(bench->session), 0);
    assert_int_equal(call_of(bench, 1)->state, CALL_LOST);
    assert_contains(call_of(bench, 2)->result, "It did not run");
    assert_int_equal(count_events(bench, EVENT_STOP), 1);
    assert_contains(last_event(bench, EVENT_SANDBOX), "\"state\":\"lost\"");
    assert_null(session_sandbox(bench->session));
    assert_false(session_run_own(bench->session, "ls", false, &error));
    assert_false(session_retry(bench->session, &error));
    error_clear(&error);
    say(bench, "Again");
    assert_int_equal(session_queue_count(bench->session), 1);
    assert_int_equal(session_state(bench->session), SESSION_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_at_once, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_commands_in_order, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_asked_together, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_write_sees_command, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_base_changed, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_base_gone, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_edited_base_changed, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_generation_changed, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_generation_changed_at_start, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_action_changed, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_wrong_decisions, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_allow_session, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_tool, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_bad_arguments, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_argument_of_10_mb, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_content_of_2_mb, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_script_too_long, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_ids, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_own, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_own_stopped, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_own_within_turn, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_cancel_call, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_outputs_in_memory, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_full_disk, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_sandbox_lost, bench_setup, bench_teardown),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/calls", tests, NULL, NULL);
}
