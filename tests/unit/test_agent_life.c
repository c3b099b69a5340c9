/* test_agent_life.c - a session whose sandbox lives elsewhere, on the stand-in of Modal: found again after a crash, kept,
 * restored from a snapshot, ended by its provider, and left in every way. */
#include "tests/unit/session_bench.h"

#include "tests/support/modal_server.h"

static struct modal_server *server;

static int setup_server(void **state)
{
    (void)state;
    server = modal_server_start(NULL);
    return 0;
}

static int teardown_server(void **state)
{
    (void)state;
    modal_server_stop(server);
    return 0;
}

static int setup(void **state)
{
    struct bench *bench = xcalloc(1, sizeof *bench);

    modal_server_use(server);
    bench_make(bench);
    bench_set(bench, "terminal.backend", "modal");
    bench_set(bench, "approval.mode", "auto");
    bench_project(bench);
    *state = bench;
    return 0;
}

static bool has_notice(const struct bench *bench, const char *part)
{
    for (size_t i = 0; i < bench->seen_count; i++)
        if ((bench->seen[i].type == EVENT_NOTICE || bench->seen[i].type == EVENT_ERROR) &&
            strstr(bench->seen[i].body, part))
            return true;
    return false;
}

struct leave {
    char *words;
};

static void left(void *data, const char *words)
{
    ((struct leave *)data)->words = xstrdup(words);
}

/* What the person is told; caller frees. */
static char *leave(struct bench *bench, enum session_quit how)
{
    struct leave leave = { 0 };

    session_leave(bench->session, how, left, &leave);
    UNTIL(bench, leave.words);
    return leave.words;
}

static void expect_left(struct bench *bench, enum session_quit how, const char *part)
{
    char *words = leave(bench, how);

    assert_contains(words, part);
    free(words);
}

/* How many sandboxes run at the stand-in. */
static size_t running(void)
{
    char *text = modal_server_control(server, "GET", "/state", NULL);
    struct json *state = json_parse(text, strlen(text), NULL);
    const struct json *sandboxes = json_get(state, "sandboxes");
    size_t count = 0;

    for (size_t i = 0; i < json_count(sandboxes); i++)
        count += !json_get(json_at(sandboxes, i), "result") ||
                 json_is(json_get(json_at(sandboxes, i), "result"), JSON_NULL);
    json_free(state);
    free(text);
    return count;
}

/* --- after a crash --- */

static const char slow[] = "{\"calls\":[" COMMAND(
    "echo x >>ran; for i in 1 2 3; do echo line $i; sleep 0.3; done; cat ran") "]}\n{\"text\":\"Well.\"}";

static void test_found_again(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, slow);
    say(bench, "Go");
    UNTIL(bench,
          conversation_call(session_conversation(bench->session), 1) && call_of(bench, 1)->output_bytes > 0);
    bench_resume(bench); /* nothing was left in order: as when the process is killed */
    wait_idle(bench);
    assert_true(has_notice(bench, "goes on in the sandbox that it had"));
    assert_int_equal(call_of(bench, 1)->state, CALL_DONE);
    assert_contains(call_of(bench, 1)->result, "line 1\nline 2\nline 3\nx\n");
    assert_null(strstr(call_of(bench, 1)->result, "x\nx\n"));
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
    expect_left(bench, QUIT_TERMINATE, "was ended");
    assert_int_equal(running(), 0);
}

/* It ended while nobody looked, and left nothing. */
static void test_gone(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, slow);
    say(bench, "Go");
    UNTIL(bench,
          conversation_call(session_conversation(bench->session), 1) && call_of(bench, 1)->output_bytes > 0);
    free(modal_server_control(server, "POST", "/kill", "{}"));
    bench_resume(bench);
    UNTIL(bench, session_state(bench->session) == SESSION_BROKEN);
    assert_contains(last_event(bench, EVENT_SANDBOX), "terminated");
    assert_contains(last_event(bench, EVENT_SANDBOX), ":restart");
    assert_int_equal(call_of(bench, 1)->state, CALL_LOST);
    assert_true(session_restart(bench->session, NULL));
    UNTIL(bench, session_state(bench->session) == SESSION_READY);
    assert_int_equal(running(), 1);
    expect_left(bench, QUIT_TERMINATE, "was ended");
}

/* Modal cannot be reached: the sandbox is not given up, and no second one is made. */
static void test_out_of_reach(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    UNTIL(bench, is_idle(bench));
    bench_close_session(bench);
    setenv("MODAL_SERVER_URL", "https://127.0.0.1:1", 1);
    for (size_t i = 0; i < bench->seen_count; i++)
        free(bench->seen[i].body);
    bench->seen_count = 0;
    bench_open_store(bench);
    char id[SESSION_ID_TEXT];
    strcpy(id, bench->id);
    bench_open(bench, id);
    UNTIL(bench, session_state(bench->session) == SESSION_BROKEN);
    assert_contains(last_event(bench, EVENT_SANDBOX), "It may run still");
    setenv("MODAL_SERVER_URL", modal_server_tls_url(server), 1);
    assert_true(session_restart(bench->session, NULL));
    UNTIL(bench, session_state(bench->session) == SESSION_READY);
    assert_true(has_notice(bench, "goes on in the sandbox that it had"));
    assert_int_equal(running(), 1);
    expect_left(bench, QUIT_TERMINATE, "was ended");
}

/* --- left --- */

static void test_kept(void **state)
{
    struct bench *bench = *state;

    open_replay(bench,
                "{\"calls\":[" COMMAND("echo mine >b.txt") "]}\n{\"text\":\"Well.\"}\n{\"calls\":[" COMMAND(
                    "cat b.txt") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    wait_idle(bench);
    expect_left(bench, QUIT_KEEP, "is kept until");
    assert_int_equal(running(), 1);
    bench_resume(bench);
    UNTIL(bench, is_idle(bench));
    say(bench, "Again");
    wait_idle(bench);
    assert_contains(call_of(bench, 2)->result, "mine\n");
    expect_left(bench, QUIT_TERMINATE, "was ended");
    assert_int_equal(running(), 0);
}

static void test_snapshot_and_restore(void **state)
{
    struct bench *bench = *state;

    open_replay(bench,
                "{\"calls\":[" COMMAND("echo mine >b.txt") "]}\n{\"text\":\"Well.\"}\n{\"calls\":[" COMMAND(
                    "cat b.txt a.txt") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    wait_idle(bench);
    expect_left(bench, QUIT_SNAPSHOT, "kept as snapshot im-");
    assert_int_equal(running(), 0);
    bench_resume(bench);
    UNTIL(bench, is_idle(bench));
    assert_true(has_notice(bench, "from the snapshot of"));
    say(bench, "Again");
    wait_idle(bench);
    assert_contains(call_of(bench, 2)->result, "mine\none\n");
    expect_left(bench, QUIT_TERMINATE, "was ended");
}

/* A snapshot that fails is no reason to end the sandbox. */
static void test_snapshot_fails(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    UNTIL(bench, is_idle(bench));
    free(modal_server_control(server, "POST", "/faults",
                              "{\"method\":\"TaskSnapshotFilesystem\",\"do\":\"status\",\"code\":\"FAILED_"
                              "PRECONDITION\",\"message\":\"no space\"}"));
    expect_left(bench, QUIT_SNAPSHOT, "is kept until");
    assert_true(has_notice(bench, "No snapshot of the sandbox could be taken"));
    assert_int_equal(running(), 1);
    free(modal_server_control(server, "DELETE", "/faults", NULL));
    free(modal_server_control(server, "POST", "/kill", "{}"));
}

static void test_left_while_it_starts(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    loop_turn(bench->loop, -1);
    free(leave(bench, QUIT_AS_CONFIGURED));
    assert_int_equal(running(), 0);
}

static void test_start_cancelled(void **state)
{
    struct bench *bench = *state;

    open_replay(bench, "{\"text\":\"Well.\"}");
    session_submit(bench->session, "Go");
    loop_turn(bench->loop, -1);
    session_cancel_start(bench->session);
    assert_int_equal(session_state(bench->session), SESSION_BROKEN);
    assert_true(session_restart(bench->session, NULL));
    wait_idle(bench);
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
    assert_int_equal(running(), 1);
    expect_left(bench, QUIT_TERMINATE, "was ended");
    assert_int_equal(running(), 0);
}

/* --- its time is over --- */

static void test_timeout(void **state)
{
    struct bench *bench = *state;
    struct session_life life;

    bench_set(bench, "modal.timeout", "10s");
    open_replay(bench,
                "{\"calls\":[" COMMAND("echo mine >b.txt") "]}\n{\"text\":\"Well.\"}\n{\"calls\":[" COMMAND(
                    "cat b.txt") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    wait_idle(bench);
    session_life(bench->session, &life);
    assert_true(life.ends > 0 && life.can_keep && life.can_snapshot);
    assert_true(has_notice(bench, "The sandbox ends at"));
    UNTIL(bench, session_state(bench->session) == SESSION_BROKEN);
    assert_true(has_notice(bench, "A snapshot of the sandbox was taken"));
    assert_contains(last_event(bench, EVENT_SANDBOX), "time-out");
    assert_true(session_restart(bench->session, NULL));
    UNTIL(bench, session_state(bench->session) == SESSION_READY);
    say(bench, "Again");
    wait_idle(bench);
    assert_contains(call_of(bench, 2)->result, "mine\n");
    expect_left(bench, QUIT_TERMINATE, "was ended");
}

static void test_asked_before_timeout(void **state)
{
    struct bench *bench = *state;
    struct session_life life;

    bench_set(bench, "modal.timeout", "10s");
    bench_set(bench, "terminal.on_timeout", "ask");
    open_replay(bench, "{\"text\":\"Well.\"}");
    UNTIL(bench, is_idle(bench));
    UNTIL(bench, has_notice(bench, "`:snapshot` keeps its files"));
    session_life(bench->session, &life);
    assert_true(life.offered);
    assert_true(session_snapshot(bench->session, NULL));
    UNTIL(bench, has_notice(bench, "A snapshot of the sandbox was taken"));
    session_life(bench->session, &life);
    assert_false(life.offered);
    expect_left(bench, QUIT_TERMINATE, "was ended");
}

/* --- persistent --- */

static void test_persistent(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "terminal.container_persistent", "true");
    open_replay(bench, "{\"calls\":[" COMMAND("cat b.txt; echo mine >>b.txt") "]}\n{\"text\":\"Well.\"}");
    say(bench, "Go");
    wait_idle(bench);
    expect_left(bench, QUIT_AS_CONFIGURED, "kept as snapshot");
    bench_close_session(bench);
    bench_open_store(bench);
    bench_open(bench, NULL); /* another session of the folder */
    say(bench, "Go");
    wait_idle(bench);
    assert_true(has_notice(bench, "from the snapshot of"));
    assert_contains(call_of(bench, 1)->result, "mine\n");
    expect_left(bench, QUIT_TERMINATE, "was ended");
    assert_int_equal(running(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found_again, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_gone, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_out_of_reach, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_kept, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_snapshot_and_restore, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_snapshot_fails, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_left_while_it_starts, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_start_cancelled, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_timeout, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_asked_before_timeout, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_persistent, setup, bench_teardown),
    };
    if (!modal_server_available()) {
        printf("1..0 # SKIP node or the packages of tests/standin/modal are not there (npm ci "
               "--ignore-scripts)\n");
        return 0;
    }
    alarm(600);
    return cmocka_run_group_tests_name("agent/life", tests, setup_server, teardown_server);
}
