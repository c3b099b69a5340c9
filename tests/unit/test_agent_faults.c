/* test_agent_faults.c - a scripted session on the stand-in of Modal while calls fail, streams break and answers are
 * lost by chance, on every method: its output is exact to the byte, nothing runs twice, nothing hangs, and the session
 * comes to its end.  SANDGATE_SEED repeats a run; SANDGATE_SOAK=1 goes on until 2,000 faults struck. */
#include "tests/unit/session_bench.h"

#include "base/log.h"
#include "matter/output.h"
#include "tests/support/modal_server.h"

enum { FEW = 60, SOAK = 2000, LINES = 3000 };

/* Commands that say what they are, write down that they ran, and read what was copied up. */
static const char script[] =
    "{\"calls\":[" COMMAND("echo 1 >>ran; seq 3000; seq 3000 | tr 0-9'\\\\n' a-k "
                           ">&2") "," COMMAND("echo 2 >>ran; sleep 0.3; head -c 300000 /dev/zero | tr "
                                              "'\\\\0' a") "]}\n"
                                                           "{\"calls\":[{\"tool\":\"write_"
                                                           "file\",\"arguments\":{\"path\":"
                                                           "\"made/"
                                                           "b.txt\",\"content\":\"made\\n\"}},"
                                                           "{\"tool\":\"read_file\","
                                                           "\"arguments\":{\"path\":\"a.txt\"}},"
                                                           "{\"tool\":\"list_directory\","
                                                           "\"arguments\":{\"path\":\"made\"}}]}"
                                                           "\n"
                                                           "{\"calls\":[" COMMAND(
                                                               "echo 3 "
                                                               ">>ran; cat "
                                                               "made/b.txt "
                                                               "a.txt; exit "
                                                               "3") "," COMMAND("cat ran") "]}\n"
                                                                                           "{\"t"
                                                                                           "ext"
                                                                                           "\":"
                                                                                           "\"We"
                                                                                           "ll."
                                                                                           "\"}";

static struct modal_server *server;

static void open_session(struct bench *bench)
{
    bench_make(bench);
    bench_set(bench, "terminal.backend", "modal");
    bench_set(bench, "approval.mode", "auto");
    bench_project(bench);
    bench_replay(bench, script);
    bench_open(bench, NULL);
}

/* All that the sandbox sent of call NUMBER, from its spool; caller frees. */
static char *spooled(const struct bench *bench, int64_t number)
{
    char *folder = store_session_folder(bench->store, bench->id);
    char *name = xasprintf("call-%lld.out", (long long)number), *path = path_join(folder, name);
    struct buffer text = BUFFER_INIT;

    assert_true(path_read_file(path, &text, NULL));
    free(folder);
    free(name);
    free(path);
    return buffer_detach(&text);
}

/* The lines 1 ... LINES come from stdout, and in other letters ('a' for '0' ..., 'k' for the end of a line) from
 * stderr, in any mixture of the two; each of them whole and in order. */
static void expect_numbers(const char *text)
{
    struct buffer wanted = BUFFER_INIT, out = BUFFER_INIT, err = BUFFER_INIT;

    for (int i = 1; i <= LINES; i++)
        buffer_append_format(&wanted, "%d\n", i);
    for (const char *at = text; *at; at++) {
        bool is_error = *at >= 'a' && *at <= 'k';
        char byte = !is_error ? *at : *at == 'k' ? '\n' : (char)(*at - 'a' + '0');
        buffer_append_byte(is_error ? &err : &out, byte);
    }
    assert_string_equal(out.data, wanted.data);
    assert_string_equal(err.data, wanted.data);
    buffer_release(&wanted);
    buffer_release(&out);
    buffer_release(&err);
}

static void expect_all(const struct bench *bench)
{
    char *numbers = spooled(bench, 1), *letters = spooled(bench, 2);

    expect_numbers(numbers);
    assert_int_equal(strlen(letters), 300000);
    assert_int_equal(strspn(letters, "a"), 300000);
    assert_contains(call_of(bench, 4)->result, "one");
    assert_contains(call_of(bench, 5)->result, "b.txt");
    assert_contains(call_of(bench, 6)->result, "made\none\n");
    assert_int_equal(call_of(bench, 6)->code, 3);
    assert_contains(call_of(bench, 7)->result, "1\n2\n3\n");
    assert_null(strstr(call_of(bench, 7)->result, "1\n1\n"));
    assert_null(strstr(call_of(bench, 7)->result, "3\n3\n"));
    assert_int_equal(count_events(bench, EVENT_TURN), 1);
    free(numbers);
    free(letters);
}

static void note_left(void *data, const char *words)
{
    (void)words;
    *(bool *)data = true;
}

/* How many faults struck so far, and that no execution began twice. */
static size_t count_faults(void)
{
    char *fired = modal_server_control(server, "GET", "/faults", NULL);
    char *state = modal_server_control(server, "GET", "/state", NULL);
    struct json *list = json_parse(fired, strlen(fired), NULL);
    size_t count = json_is(list, JSON_ARRAY) ? json_count(list) : json_count(json_get(list, "fired"));

    for (const char *at = state; (at = strstr(at, "\"starts\":")); at++)
        assert_true(strtol(at + strlen("\"starts\":"), NULL, 10) <= 1);
    json_free(list);
    free(fired);
    free(state);
    return count;
}

static size_t one_session(int seed)
{
    char *chance = xasprintf("{\"seed\":%d,\"rate\":0.12}", seed);
    struct bench bench;
    bool gone = false;

    printf("# seed %d\n", seed);
    fflush(stdout);
    free(modal_server_control(server, "POST", "/random", chance));
    free(chance);
    open_session(&bench);
    say(&bench, "Go");
    UNTIL(&bench, is_idle(&bench));
    if (session_state(bench.session) == SESSION_BROKEN)
        fail_msg("seed %d: %s", seed, last_event(&bench, EVENT_SANDBOX));
    expect_all(&bench);
    session_leave(bench.session, QUIT_TERMINATE, note_left, &gone);
    UNTIL(&bench, gone);
    size_t count = count_faults();
    free(modal_server_control(server, "DELETE", "/faults", NULL));
    bench_release(&bench);
    return count;
}

static void test_faults(void **state)
{
    const char *given = getenv("SANDGATE_SEED");
    size_t target = getenv("SANDGATE_SOAK") ? SOAK : FEW, struck = 0;
    int seed = given ? atoi(given) : 20261121, sessions = 0;

    (void)state;
    for (; struck < target; seed++, sessions++)
        struck += one_session(seed);
    printf("# %zu faults in %d sessions: no byte lost or doubled, no command run twice\n", struck, sessions);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_faults) };

    if (!modal_server_available()) {
        printf("1..0 # SKIP node or the packages of tests/standin/modal are not there (npm ci "
               "--ignore-scripts)\n");
        return 0;
    }
    alarm(getenv("SANDGATE_SOAK") ? 3600 : 600);
    log_open(); /* SANDGATE_DEBUG names a file for what led to a failure */
    server = modal_server_start(NULL);
    modal_server_use(server);
    int failed = cmocka_run_group_tests_name("agent/faults", tests, NULL, NULL);
    modal_server_stop(server);
    return failed;
}
