/* `sandgate run`: exit codes, what goes to which output, JSON lines, approvers, signals. */
#include "tests/unit/run_bench.h"

#include "matter/event.h"
#include "tests/support/model_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

static const char one_command[] =
    "{\"text\":\"Look.\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":"
    "\"echo x >ran; cat ran\"}}],\"next\":[{\"when\":\"rejected\",\"goto\":\"sorry\"},"
    "{\"when\":\"edited\",\"goto\":\"edited\"}]}\n"
    "{\"step\":\"done\",\"text\":\"Done.\",\"goto\":\"done\"}\n"
    "{\"step\":\"sorry\",\"text\":\"Sorry.\",\"goto\":\"sorry\"}\n"
    "{\"step\":\"edited\",\"text\":\"I see.\",\"goto\":\"edited\"}";

static void expect_run(const struct program *program, int code, const char *out, const char *error)
{
    expect_code(program, code);
    assert_string_equal(program->out_text.data, out);
    if (!*error)
        assert_string_equal(program->error_text.data, "");
    else
        assert_contains(program->error_text.data, error);
}

/* --- what ends a run --- */

static void test_finished(void **state)
{
    struct program program;

    home_replay(*state, "{\"reasoning\":\"Hm.\",\"text\":\"All is well.\\n\\u001b[2J\"}");
    RUN(&program, "-p", "Hi");
    expect_run(&program, 0, "All is well.\n\x1b[2J\n", "");
    program_release(&program);
}

static void test_refused(void **state)
{
    struct program program;

    home_replay(*state, one_command);
    RUN(&program, "-p", "Hi");
    expect_run(&program, 10, "Sorry.\n", "");
    program_release(&program);
    RUN(&program, "-p", "Hi", "--approve", "auto");
    expect_run(&program, 0, "Done.\n", "");
    program_release(&program);
}

static void test_denied(void **state)
{
    struct program program;

    home_replay(*state, "{\"calls\":[{\"tool\":\"run_command\",\"arguments\":{\"command\":\"rm -rf /\"}}]}\n"
                        "{\"text\":\"Oh.\"}");
    RUN(&program, "-p", "Hi", "--approve=auto");
    expect_run(&program, 10, "Oh.\n", "");
    program_release(&program);
}

static void test_limit(void **state)
{
    struct program program;

    home_replay(*state, "{\"text\":\"On.\",\"calls\":[{\"tool\":\"list_directory\",\"arguments\":{}}]}\n"
                        "{\"text\":\"On.\",\"calls\":[{\"tool\":\"list_directory\",\"arguments\":{\"path\":"
                        "\"/\"}}],\"goto\":\"\"}");
    RUN(&program, "-p", "Hi", "--max-turns", "3");
    expect_run(&program, 11, "On.\n", "agent.max_turns");
    program_release(&program);
}

static void test_model_error(void **state)
{
    struct program program;
    struct model_server *server =
        model_server_start("{\"/v1/chat/completions\":[{\"say\":\"Half\",\"break_after\":400},"
                           "{\"status\":500,\"body\":\"out of \\u001b[31morder\"}]}",
                           NULL);

    home_server(*state, model_server_url(server));
    RUN(&program, "-p", "Hi");
    expect_run(&program, 12, "Half\n", "The stream broke");
    program_release(&program);
    RUN(&program, "-p", "Hi");
    expect_run(&program, 12, "", "order");
    assert_null(strchr(program.error_text.data, '\x1b'));
    program_release(&program);
    model_server_stop(server);
    RUN(&program, "-p", "Hi", "--set", "model.start_timeout=0");
    expect_run(&program, 12, "", "sandgate: ");
    program_release(&program);
}

static void test_sandbox_error(void **state)
{
    struct program program;

    home_replay(*state, one_command);
    RUN(&program, "-p", "Hi", "--set", "terminal.cwd=/usr");
    expect_run(&program, 13, "", "workspace cannot be /usr");
    program_release(&program);
}

static void test_usage(void **state)
{
    static const struct {
        const char *arguments[8];
        const char *sentence;
    } rows[] = {
        { { "run" }, "There is no prompt" },
        { { "run", "-p", "" }, "There is no prompt" },
        { { "run", "hello" }, "\"hello\" is not understood" },
        { { "run", "-p" }, "-p" },
        { { "run", "-p", "x", "--nonsense" }, "--nonsense is not an option of sandgate run" },
        { { "run", "-p", "x", "--output", "xml" }, "--output takes text or jsonl" },
        { { "run", "-p", "x", "--deltas" }, "--deltas goes with --output jsonl" },
        { { "run", "-p", "x", "--approve", "always" }, "careful" },
        { { "run", "-p", "x", "--resume", "20200101" }, "20200101" },
        { { "run", "-p", "x", "--continue" }, "There is no session" },
        { { "run", "-p", "x", "--folder", "nowhere" }, "nowhere" },
        { { "run", "-p", "x", "--set", "terminal.memory=lots" }, "terminal.memory" },
        { { "run", "-p", "x", "--set", "model.script=/nowhere" }, "/nowhere" },
    };

    home_replay(*state, one_command);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct program program;
        program_start(&program, rows[i].arguments, NULL, 0);
        program_finish(&program);
        expect_run(&program, 2, "", rows[i].sentence);
        program_release(&program);
    }
}

static void test_configuration(void **state)
{
    const struct home *home = *state;
    struct program program;

    RUN(&program, "-p", "Hi");
    expect_run(&program, 2, "", "No model is configured. Three ways to set one:");
    program_release(&program);
    home_write(home, ".config/sandgate/sandgate.yaml", "model:\n  nme: x\n");
    RUN(&program, "-p", "Hi");
    expect_run(&program, 2, "", "sandgate.yaml:2");
    program_release(&program);
}

static void test_interrupted(void **state)
{
    static const int signals[] = { SIGINT, SIGTERM };
    struct program program;
    struct model_server *server = model_server_start(
        "{\"/v1/chat/completions\":[{\"say\":\"Some words come and then no more\",\"wait_at\":"
        "{\"600\":\"never\"}}]}",
        NULL);

    home_server(*state, model_server_url(server));
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        program_start(&program, ARGUMENTS("-p", "Hi", "--output", "jsonl", "--deltas"), NULL, 0);
        wait_line(&program, "\"type\":\"delta\"");
        kill(program.process, signals[i]);
        program_finish(&program);
        expect_code(&program, 130);
        assert_contains(program.lines[program.line_count - 1].text, "\"type\":\"stop\"");
        assert_contains(program.lines[program.line_count - 1].text, "\"reason\":\"person\"");
        program_release(&program);
    }
    model_server_stop(server);
}

/* Nobody reads, or nobody can write: the run ends instead of going on in the dark. */
static void test_output_gone(void **state)
{
    struct program program;

    home_replay(
        *state,
        "{\"text\":\"On.\",\"calls\":[{\"tool\":\"list_directory\",\"arguments\":{}}],\"goto\":\"\"}");
    program_start(&program, ARGUMENTS("-p", "Hi", "--output", "jsonl", "--max-turns", "100000"), NULL, 0);
    assert_true(program_wait_lines(&program, 5));
    close(program.out);
    program.out = -1;
    program_finish(&program);
    expect_code(&program, 1);
    assert_contains(program.error_text.data, "Standard output cannot be written to");
    program_release(&program);
}

/* --- prompts --- */

static void test_standard_input(void **state)
{
    struct program program;
    struct model_server *server =
        model_server_start("{\"/v1/chat/completions\":[{\"say\":\"Well.\"}]}", NULL);

    home_server(*state, model_server_url(server));
    program_start(&program, ARGUMENTS("-"), "From \xe2\x98\x83 input\n", 15);
    program_finish(&program);
    expect_run(&program, 0, "Well.\n", "");
    program_release(&program);
    program_start(&program, ARGUMENTS("-p", "Sum this up:", "-"), "a\nb", 3);
    program_finish(&program);
    expect_run(&program, 0, "Well.\n", "");
    program_release(&program);
    char *requests = model_server_requests(server);
    assert_contains(requests, "From \xe2\x98\x83 input");
    assert_contains(requests, "Sum this up:\\\\n\\\\na\\\\nb");
    free(requests);
    static const struct {
        const char *input;
        size_t length;
    } bad[] = { { "\xff\xfe", 2 }, { "a\0b", 3 } };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        program_start(&program, ARGUMENTS("-"), bad[i].input, bad[i].length);
        program_finish(&program);
        expect_run(&program, 2, "", "The prompt is not UTF-8 text");
        program_release(&program);
    }
    program_start(&program, ARGUMENTS("-"), "", 0);
    program_finish(&program);
    expect_run(&program, 2, "", "There is no prompt");
    program_release(&program);
    model_server_stop(server);
}

/* --- JSON lines --- */

static void check_event(const struct json *line)
{
    struct error error = ERROR_INIT;
    static const char *const head[] = { "v",    "session", "seq",     "parent",     "time", "type",
                                        "turn", "call",    "sandbox", "generation", "actor" };
    enum event_type type;

    assert_true(event_type_from_name(json_get_text(line, "type"), &type));
    struct event *event = event_new(type);
    for (size_t i = 0; i < json_count(line); i++) {
        bool of_head = false;
        for (size_t k = 0; k < ARRAY_SIZE(head); k++)
            of_head = of_head || strcmp(json_key_at(line, i), head[k]) == 0;
        if (!of_head)
            json_set(event->body, json_key_at(line, i), json_copy(json_value_at(line, i)));
    }
    if (!event_check(event, &error))
        fail_msg("%s", error_message(&error));
    event_free(event);
}

static void check_lines(const struct program *program)
{
    int64_t seq = 0;
    char *session = NULL;

    assert_true(program->line_count > 5);
    assert_int_equal(program->line_start, program->out_text.length);
    for (size_t i = 0; i < program->line_count; i++) {
        struct json *line = line_json(program, i);
        bool delta = is_of_type(line, "delta");
        assert_int_equal(json_get_integer(line, "v", 0), EVENT_VERSION);
        assert_int_equal(strlen(json_get_text(line, "time")), 24);
        assert_int_equal(json_get_integer(line, "seq", -1), delta ? seq : seq + 1);
        seq = json_get_integer(line, "seq", -1);
        if (!session)
            session = xstrdup(json_get_text(line, "session"));
        assert_string_equal(json_get_text(line, "session"), session);
        if (!delta)
            check_event(line);
        json_free(line);
    }
    free(session);
}

static void test_lines(void **state)
{
    struct program program;

    home_replay(*state, one_command);
    RUN(&program, "-p", "Hi", "--output", "jsonl", "--approve", "auto");
    expect_code(&program, 0);
    assert_string_equal(program.error_text.data, "");
    check_lines(&program);
    assert_int_equal(count_lines(&program, "delta"), 0);
    assert_int_equal(count_lines(&program, "prompt"), 1);
    assert_int_equal(count_lines(&program, "started"), 1);
    assert_int_equal(count_lines(&program, "turn"), 1);
    program_release(&program);
}

/* The pieces of each block, joined, are the block. */
static void test_deltas(void **state)
{
    struct program program;
    struct model_server *server = model_server_start(
        "{\"/v1/chat/completions\":[{\"reasoning\":\"Let me think \\u202e of it\",\"say\":\"Several words "
        "come \\u009b31m here\"}]}",
        NULL);
    struct buffer text = BUFFER_INIT, whole = BUFFER_INIT;

    home_server(*state, model_server_url(server));
    RUN(&program, "-p", "Hi", "--output", "jsonl", "--deltas");
    expect_code(&program, 0);
    check_lines(&program);
    assert_true(count_lines(&program, "delta") >= 2);
    for (size_t i = 0; i < program.line_count; i++) {
        struct json *line = line_json(&program, i);
        const char *of = json_get_text(line, "of");
        if (is_of_type(line, "delta") && (strcmp(of, "text") == 0 || strcmp(of, "reasoning") == 0))
            buffer_append_text(&text, json_get_text(line, "text"));
        else if (is_of_type(line, "text") || is_of_type(line, "reasoning"))
            buffer_append_text(&whole, json_get_text(line, "text"));
        json_free(line);
    }
    assert_string_equal(text.data, whole.data);
    /* A line is safe to show, whatever the model said. */
    assert_null(strstr(program.out_text.data, "\xe2\x80\xae"));
    assert_null(strstr(program.out_text.data, "\xc2\x9b"));
    buffer_release(&text);
    buffer_release(&whole);
    program_release(&program);
    model_server_stop(server);
}

/* --- approvers --- */

static void approver(const struct home *home, const char *body)
{
    char *script = xasprintf("#!/bin/sh\n%s\n", body);

    home_write(home, "approver", script);
    free(script);
}

static void test_approver(void **state)
{
    static const struct {
        const char *script;
        int code;
        const char *out, *error;
    } rows[] = {
        { "cat >../asked; echo '{\"decision\":\"run\"}'", 0, "Done.\n", "" },
        { "echo '{\"decision\":\"allow_session\"}'", 0, "Done.\n", "" },
        { "echo '{\"decision\":\"reject\",\"words\":\"not now\"}'", 10, "Sorry.\n", "" },
        { "echo '{\"decision\":\"edit\",\"arguments\":{\"command\":\"ls\"}}'", 0, "I see.\n", "" },
        { "echo '{\"decision\":\"edit\",\"arguments\":{\"comand\":\"ls\"}}'", 10, "Sorry.\n", "comand" },
        { "echo '{\"decision\":\"edit\"}'", 10, "Sorry.\n", "one of the two" },
        { "echo '{\"decision\":\"edit\",\"hunks\":[1]}'", 10, "Sorry.\n", "Only the change of a file" },
        { "echo '{\"decision\":\"stop\"}'", 130, "Look.\n", "stopped the agent" },
        { "echo '{\"decision\":\"maybe\"}'", 10, "Sorry.\n", "no \"decision\" of run, edit" },
        { "echo '{\"decision\":\"run\"}{}'", 10, "Sorry.\n", "is no JSON" },
        { "echo nonsense", 10, "Sorry.\n", "is no JSON" },
        { ":", 10, "Sorry.\n", "is no JSON" },
        { "echo '{\"decision\":\"run\"}'; exit 3", 10, "Sorry.\n", "ended with an error" },
        { "echo '{\"decision\":\"run\"}'; kill -9 $$", 10, "Sorry.\n", "ended with an error" },
        { "head -c 1000000 /dev/zero | tr '\\0' ' '; echo '{\"decision\":\"run\"}'", 10, "Sorry.\n",
          "sandgate: " },
        { "echo '{\"decision\":\"run\"}'; sleep 3 2>/dev/null &", 0, "Done.\n", "" },
        { "exec >&-; exit 0", 10, "Sorry.\n", "is no JSON" },
    };
    const struct home *home = *state;
    char *program_path = path_join(home->root, "approver");

    home_replay(home, one_command);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct program program;
        approver(home, rows[i].script);
        RUN(&program, "-p", "Hi", "--approver", program_path);
        expect_run(&program, rows[i].code, rows[i].out, rows[i].error);
        program_release(&program);
    }
    free(program_path);
    char *asked = home_read(home, "asked");
    struct json *json = json_parse(asked, strlen(asked), NULL);
    assert_string_equal(json_get_text(json, "script"), "echo x >ran; cat ran");
    assert_string_equal(json_get_text(json, "tool"), "run_command");
    assert_string_equal(json_get_text(json, "cwd"), "/workspace");
    assert_int_equal(strlen(json_get_text(json, "digest")), 64);
    json_free(json);
    free(asked);
}

/* An approver gets the hunks of a file's change, and says which of them are made. */
static void test_approver_of_hunks(void **state)
{
    const struct home *home = *state;
    char *path = path_join(home->root, "approver");
    struct program program;

    home_replay(home, "{\"calls\": [{\"tool\": \"write_file\", \"arguments\": {\"path\": \"f\", \"content\": "
                      "\"a\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\ni\\n\"}}]}\n{\"text\": \"Done.\"}");
    home_write(home, "project/f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    approver(home, "cat >../asked; echo '{\"decision\":\"edit\",\"hunks\":[2]}'");
    RUN(&program, "-p", "Hi", "--approver", path);
    expect_run(&program, 0, "Done.\n", "");
    program_release(&program);
    char *asked = home_read(home, "asked");
    struct json *json = json_parse(asked, strlen(asked), NULL);
    const struct json *hunks = json_get(json, "hunks");
    assert_int_equal(json_count(hunks), 2);
    assert_string_equal(json_text(json_at(hunks, 1)), "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+i\n");
    json_free(json);
    free(asked);
    free(path);
}

static void test_approver_missing(void **state)
{
    struct program program;

    home_replay(*state, one_command);
    RUN(&program, "-p", "Hi", "--approver", "/nowhere/approver");
    expect_run(&program, 10, "Sorry.\n", "/nowhere/approver");
    program_release(&program);
}

/* One that hangs is killed, with all that it started, when the run is interrupted. */
static void test_approver_hangs(void **state)
{
    const struct home *home = *state;
    struct program program;
    char *path = path_join(home->root, "approver"), *pids;

    approver(home, "sleep 1000 & echo $! $$ >../pids.new; mv ../pids.new ../pids; wait");
    home_replay(home, one_command);
    program_start(&program, ARGUMENTS("-p", "Hi", "--approver", path), NULL, 0);
    while (!*(pids = home_read(home, "pids"))) {
        free(pids);
        usleep(2000);
    }
    kill(program.process, SIGINT);
    program_finish(&program);
    expect_code(&program, 130);
    char *end = pids;
    for (int i = 0; i < 2; i++) {
        pid_t process = (pid_t)strtol(end, &end, 10);
        assert_true(process > 1);
        /* Killed is not yet reaped: its new parent does that in its own time. */
        while (kill(process, 0) == 0) {
            char *status = xasprintf("/proc/%d/stat", (int)process);
            struct buffer text = BUFFER_INIT;
            path_read_file(status, &text, NULL);
            bool dead = text.length == 0 || strstr(text.data, ") Z ");
            buffer_release(&text);
            free(status);
            if (dead)
                break;
            usleep(2000);
        }
    }
    free(pids);
    free(path);
    program_release(&program);
}

/* --- sessions --- */

static void test_continue(void **state)
{
    struct program program;
    struct model_server *server = model_server_start(
        "{\"/v1/chat/completions\":[{\"say\":\"One.\"},{\"say\":\"Two.\"},{\"say\":\"Three.\"}]}", NULL);

    home_server(*state, model_server_url(server));
    RUN(&program, "-p", "First");
    expect_run(&program, 0, "One.\n", "");
    program_release(&program);
    RUN(&program, "-p", "Second", "--continue", "--output", "jsonl");
    expect_code(&program, 0);
    struct json *line = line_json(&program, 0);
    char *id = xstrdup(json_get_text(line, "session"));
    json_free(line);
    assert_contains(program.out_text.data, "\"resumed\":true");
    program_release(&program);
    RUN(&program, "-p", "Third", "-r", id, "--folder", "/tmp");
    expect_run(&program, 0, "Three.\n", "");
    program_release(&program);
    char *requests = model_server_requests(server);
    const char *last = requests;
    for (const char *at = last; (at = strstr(at, "\n{\"method\": \"POST\"")) != NULL; at++)
        last = at;
    assert_contains(last, "First");
    assert_contains(last, "Two.");
    assert_contains(last, "Third");
    free(requests);
    free(id);
    /* What fails before the model is asked prints no old answer. */
    RUN(&program, "-p", "Fourth", "--continue", "--set", "terminal.cwd=/usr");
    expect_run(&program, 13, "", "workspace cannot be /usr");
    program_release(&program);
    model_server_stop(server);
}

/* The database or what it writes ahead has TEXT. */
static bool is_on_disk(const struct home *home, const char *text)
{
    static const char *const names[] = { ".local/share/sandgate/sandgate.db",
                                         ".local/share/sandgate/sandgate.db-wal" };
    bool found = false;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct buffer bytes = BUFFER_INIT;
        char *path = path_join(home->root, names[i]);
        path_read_file(path, &bytes, NULL);
        found = found || memmem(bytes.data, bytes.length, text, strlen(text));
        buffer_release(&bytes);
        free(path);
    }
    return found;
}

/* An ask that waited when the run was killed: it is refused, then the prompt comes. */
static void test_continue_asked(void **state)
{
    const struct home *home = *state;
    struct program program;
    char *path = path_join(home->root, "approver");

    approver(home, "exec 2>/dev/null; touch ../asked; sleep 10");
    home_replay(home, one_command);
    program_start(&program, ARGUMENTS("-p", "Hi", "--output", "jsonl", "--approver", path), NULL, 0);
    wait_line(&program, "\"type\":\"ask\"");
    char *asked = path_join(home->root, "asked");
    while (access(asked, F_OK) != 0 || !is_on_disk(home, "\"digest\""))
        usleep(2000);
    kill(program.process, SIGKILL);
    program_finish(&program);
    program_release(&program);
    RUN(&program, "-p", "Again", "--continue");
    expect_run(&program, 10, "Sorry.\n", "");
    program_release(&program);
    free(asked);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_finished, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_refused, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_denied, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_limit, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_model_error, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_sandbox_error, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_usage, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_configuration, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_interrupted, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_output_gone, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_standard_input, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_lines, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_deltas, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_approver, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_approver_of_hunks, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_approver_missing, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_approver_hangs, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_continue, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_continue_asked, home_make, home_remove),
    };
    alarm(600);
    return cmocka_run_group_tests_name("face/run", tests, NULL, NULL);
}
