/* test_face_sandbox.c - `sandgate sandbox`, the built program, against the stand-in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/path.h"
#include "modal/image.h"
#include "modal/sandboxes.h"
#include "tests/support/program.h"
#include "tests/unit/modal_stage.h"

#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#define WORDS(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

/* --- a stage with a sandbox --- */

struct ground {
    struct modal_stage *stage;
    char *id;        /* of the sandbox that all tests use */
    char *root;      /* its root folder */
    char folder[40]; /* ours */
};

static void image_done(void *data, const struct modal_failure *failure, const char *id, const char *workdir)
{
    (void)workdir;
    modal_stage_named(data, failure, id);
}

static void take_made(void *data, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    struct modal_stage *stage = data;

    modal_stage_take(stage, failure);
    stage->name = sandbox ? xstrdup(modal_sandbox_id(sandbox)) : NULL;
    modal_sandbox_free(sandbox);
}

static void must(struct modal_stage *stage)
{
    if (modal_stage_wait(stage))
        fail_msg("%s", stage->sentence);
}

/* A sandbox NAME of the app "sandgate" with ARGV as its main process; caller frees the id. */
static char *make_sandbox(struct modal_stage *stage, const char *name, const char *const *argv, int backend)
{
    static const struct modal_image_events events = { .done = image_done };
    static const struct modal_port ports[] = { { .port = 8000 } };
    struct modal_recipe recipe = { .base = "python:3.12" };
    struct modal_sandbox_spec spec = { .argv = argv,
                                       .name = name,
                                       .network = MODAL_NETWORK_OPEN,
                                       .ports = ports,
                                       .port_count = 1,
                                       .backend = backend };

    modal_stage_clear(stage);
    modal_app(stage->client, "sandgate", true, modal_stage_named, stage);
    must(stage);
    char *app = xstrdup(stage->name);
    modal_stage_clear(stage);
    modal_image_build(stage->client, app, &recipe, &events, stage);
    must(stage);
    char *image = xstrdup(stage->name);
    modal_stage_clear(stage);
    spec.app_id = app;
    spec.image_id = image;
    modal_sandbox_create(stage->client, &spec, take_made, stage);
    must(stage);
    free(app);
    free(image);
    return xstrdup(stage->name);
}

static int setup(void **state)
{
    struct ground *ground;

    if (modal_stage_setup(state) != 0 || !*state)
        return 0;
    ground = xcalloc(1, sizeof *ground);
    ground->stage = *state;
    *state = ground;
    strcpy(ground->folder, "/tmp/sandgate-test-XXXXXX");
    if (!mkdtemp(ground->folder) || chdir(ground->folder) != 0)
        return -1;
    setenv("HOME", ground->folder, 1);
    setenv("XDG_CONFIG_HOME", ground->folder, 1);
    setenv("MODAL_SERVER_URL", modal_server_url(ground->stage->server), 1);
    setenv("MODAL_TOKEN_ID", modal_server_token_id(ground->stage->server), 1);
    setenv("MODAL_TOKEN_SECRET", modal_server_token_secret(ground->stage->server), 1);
    ground->id = make_sandbox(ground->stage, "box", NULL, 0);
    ground->root = xasprintf("%s/sandboxes/%s/root", modal_server_folder(ground->stage->server), ground->id);
    return 0;
}

static int teardown(void **state)
{
    struct ground *ground = *state;

    if (!ground)
        return 0;
    if (chdir("/") == 0)
        path_remove_tree(ground->folder, NULL);
    free(ground->id);
    free(ground->root);
    void *stage = ground->stage;
    free(ground);
    return modal_stage_teardown(&stage);
}

static struct ground *take_ground(void **state)
{
    if (!*state)
        skip();
    return *state;
}

/* Runs `sandgate sandbox ARGUMENTS` to its end; the caller releases PROGRAM. */
static void run(struct program *program, const char *const *arguments, const char *input, size_t length)
{
    const char *words[40] = { "sandbox" };

    for (size_t i = 0; arguments[i]; i++)
        words[i + 1] = arguments[i];
    program_start(program, words, input, length);
    program_finish(program);
}

static void expect(const char *const *arguments, int code, const char *out, const char *error)
{
    struct program program;

    run(&program, arguments, NULL, 0);
    if (program.code != code)
        fail_msg("%s: code %d was expected, not %d: %s", arguments[0], code, program.code,
                 program.error_text.data);
    if (out)
        assert_string_equal(program.out_text.data, out);
    if (error && !strstr(program.error_text.data, error))
        fail_msg("\"%s\" was expected, not \"%s\"", error, program.error_text.data);
    program_release(&program);
}

/* The JSON that it prints; caller frees. */
static struct json *expect_json(const char *const *arguments)
{
    struct program program;
    struct error error = ERROR_INIT;

    run(&program, arguments, NULL, 0);
    if (program.code != 0)
        fail_msg("%s: code %d: %s", arguments[0], program.code, program.error_text.data);
    struct json *json = json_parse(program.out_text.data, strcspn(program.out_text.data, "\n"), &error);
    if (!json)
        fail_msg("%s: %s", error_message(&error), program.out_text.data);
    program_release(&program);
    return json;
}

static char *read_text(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    struct buffer text = BUFFER_INIT;
    struct error error = ERROR_INIT;

    if (!path_read_file(path, &text, &error))
        fail_msg("%s", error_message(&error));
    free(path);
    return buffer_detach(&text);
}

static void write_text(const char *name, const char *text, size_t length)
{
    struct error error = ERROR_INIT;

    if (!path_write_file(name, text, length, 0644, &error))
        fail_msg("%s", error_message(&error));
}

/* --- usage --- */

static void wrong_usage_is_said_before_anything_else(void **state)
{
    take_ground(state);
    expect(WORDS("nonsense"), 2, "", "no verb \"nonsense\"");
    expect(WORDS("exec", "box"), 2, "", "usage: sandgate sandbox exec");
    expect(WORDS("list", "--follow"), 2, "", "list takes no --follow");
    expect(WORDS("list", "--nonsense"), 2, "", "--nonsense is not an option");
    expect(WORDS("list", "more"), 2, "", "\"more\" is one argument too many");
    expect(WORDS("exec", "--cwd"), 2, "", "--cwd needs a value");
    expect(WORDS("cat", "box", "relative"), 2, "", "not an absolute path");
    expect(WORDS("cp", "a", "b"), 2, "", "must be SANDBOX:/PATH");
    expect(WORDS("network", "box", "on", "example.com"), 2, "", "stands alone");
    expect(WORDS("tunnels", "box", "--port", "70000"), 2, "", "not a port");
    expect(WORDS("snapshot", "box", "--ttl", "soon"), 2, "", "not a time");
    expect(WORDS("shell", "box"), 2, "", "needs a terminal");
    expect(WORDS("exec", "nobody", "true"), 13, "", "No running sandbox of the app sandgate has the name");
    expect(WORDS("exec", "sb-0000000000000000000000", "true"), 13, "", NULL);
}

static void without_a_token_it_says_what_to_do(void **state)
{
    struct ground *ground = take_ground(state);

    unsetenv("MODAL_TOKEN_ID");
    expect(WORDS("list"), 2, "", "MODAL_TOKEN_ID");
    setenv("MODAL_TOKEN_ID", modal_server_token_id(ground->stage->server), 1);
}

/* --- exec --- */

static void exec_passes_bytes_and_codes(void **state)
{
    struct ground *ground = take_ground(state);
    struct program program;

    expect(WORDS("exec", "box", "printf", "a\\0b\\033[1m"), 0, NULL, "");
    run(&program, WORDS("exec", ground->id, "--", "printf", "a\\0b\\033[1m\\377"), NULL, 0);
    assert_int_equal(program.out_text.length, 8);
    assert_memory_equal(program.out_text.data, "a\0b\033[1m\377", 8);
    program_release(&program);
    expect(WORDS("exec", "box", "sh", "-c", "echo out; echo err >&2; exit 42"), 42, "out\n", "err\n");
    expect(WORDS("exec", "box", "sh", "-c", "kill -9 $$"), 137, "", NULL);
    expect(WORDS("exec", "--cwd", "/tmp", "--env", "A=b c", "box", "sh", "-c", "pwd; echo $A"), 0,
           "/tmp\nb c\n", NULL);
    expect(WORDS("exec", "box", "sh", "-c", "echo \"$@\"", "sh", "--follow", "-t"), 0, "--follow -t\n", NULL);
    expect(WORDS("exec", "--limit", "1s", "box", "sleep", "60"), 137, "", "killed at its limit");
    expect(WORDS("exec", "-t", "box", "sh", "-c", "test -t 1 && stty size"), 0, "24 80\r\n", NULL);
}

static void exec_passes_standard_input(void **state)
{
    enum { LARGE = 3 << 20 };
    char *input = xmalloc(LARGE);
    struct program program;

    take_ground(state);
    for (int i = 0; i < LARGE; i++)
        input[i] = (char)(i * 7 + i / 251);
    run(&program, WORDS("exec", "box", "cat"), input, LARGE);
    assert_int_equal(program.code, 0);
    assert_int_equal(program.out_text.length, LARGE);
    assert_memory_equal(program.out_text.data, input, LARGE);
    program_release(&program);
    free(input);
}

/* What is opened must not become the standard input. */
static void exec_needs_no_standard_input(void **state)
{
    const char *build = getenv("SANDGATE_BUILD") ? getenv("SANDGATE_BUILD") : SANDGATE_BUILD_FOLDER;
    char *command = xasprintf("'%s/sandgate' sandbox exec box cat <&- 2>&-", build);

    take_ground(state);
    assert_int_equal(system(command), 0);
    free(command);
}

static void an_interrupt_reaches_the_command(void **state)
{
    struct program program;

    take_ground(state);
    program_start(&program,
                  WORDS("sandbox", "exec", "box", "sh", "-c",
                        "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done"),
                  NULL, 0);
    assert_true(program_wait_lines(&program, 1));
    kill(program.process, SIGINT);
    program_finish(&program);
    assert_int_equal(program.code, 9);
    assert_string_equal(program.out_text.data, "ready\ncaught\n");
    program_release(&program);
    program_start(&program,
                  WORDS("sandbox", "exec", "box", "sh", "-c",
                        "trap 'echo caught' INT; echo ready; while :; do sleep 0.05; done"),
                  NULL, 0);
    assert_true(program_wait_lines(&program, 1));
    kill(program.process, SIGINT);
    assert_true(program_wait_lines(&program, 2));
    kill(program.process, SIGINT);
    program_finish(&program);
    assert_int_equal(program.code, 137);
    program_release(&program);
}

/* Until no process of the sandbox has what PATTERN matches in its command line; it must not match itself. */
static void await_gone(const char *pattern)
{
    char *script = xasprintf("while grep -qs -e '%s' /proc/[0-9]*/cmdline; do sleep 0.05; done", pattern);

    expect(WORDS("exec", "box", "sh", "-c", script), 0, "", NULL);
    free(script);
}

static void nothing_is_left_running_by_accident(void **state)
{
    static const int signals[] = { SIGTERM, SIGHUP };
    struct program program;

    take_ground(state);
    program_start(&program, WORDS("sandbox", "exec", "box", "sh", "-c", "echo first; exec yes no-reader"),
                  NULL, 0);
    assert_true(program_wait_lines(&program, 1));
    close(program.out);
    program.out = -1;
    program_finish(&program);
    assert_int_equal(program.code, 141);
    program_release(&program);
    await_gone("[n]o-reader");
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        program_start(&program,
                      WORDS("sandbox", "exec", "box", "sh", "-c", "echo first; sleep 1000; : told-to-go"),
                      NULL, 0);
        assert_true(program_wait_lines(&program, 1));
        kill(program.process, signals[i]);
        program_finish(&program);
        assert_int_equal(program.code, 128 + signals[i]);
        program_release(&program);
        await_gone("[t]old-to-go");
    }
}

/* --- files --- */

static void files_go_in_and_out(void **state)
{
    struct ground *ground = take_ground(state);
    enum { LARGE = 700000 };
    char *large = xmalloc(LARGE);

    for (int i = 0; i < LARGE; i++)
        large[i] = (char)(i * 13 + i / 253);
    assert_int_equal(mkdir("tree", 0755) | mkdir("tree/inner", 0755) | mkdir("tree/empty", 0755), 0);
    write_text("tree/large", large, LARGE);
    write_text("tree/inner/run me", "#!/bin/sh\necho ran\n", 19);
    write_text("tree/none", "", 0);
    assert_int_equal(chmod("tree/inner/run me", 0755), 0);
    assert_int_equal(symlink("/etc/passwd", "tree/link"), 0);
    expect(WORDS("put", "box", "tree", "/data/there"), 0, "", "1 entries are left out");
    expect(WORDS("exec", "box", "/data/there/inner/run me"), 0, "ran\n", NULL);
    expect(WORDS("exec", "box", "sh", "-c", "cd /data/there; find . | sort"), 0,
           ".\n./empty\n./inner\n./inner/run me\n./large\n./none\n", NULL);
    expect(WORDS("cp", "tree", "box:/data/"), 0, "", NULL);
    expect(WORDS("cp", "tree/none", "box:/data"), 0, "", NULL); /* into it, for it is a folder */
    struct json *list = expect_json(WORDS("ls", "--json", "box", "/data"));
    assert_int_equal(json_count(list), 3);
    assert_string_equal(json_get_text(json_at(list, 0), "name"), "none");
    assert_string_equal(json_get_text(json_at(list, 2), "type"), "folder");
    json_free(list);
    expect(WORDS("get", "box", "/data/there", "back"), 0, "", NULL);
    char *text = read_text(ground->folder, "back/large");
    assert_memory_equal(text, large, LARGE);
    free(text);
    text = read_text(ground->folder, "back/inner/run me");
    assert_string_equal(text, "#!/bin/sh\necho ran\n");
    free(text);
    struct stat status;
    assert_int_equal(stat("back/inner/run me", &status), 0);
    assert_true(status.st_mode & 0100);
    assert_int_equal(stat("back/empty", &status), 0);
    expect(WORDS("cp", "box:/data/there/none", "back/"), 0, "", NULL);
    expect(WORDS("cat", "box", "/data/there/inner/run me"), 0, "#!/bin/sh\necho ran\n", NULL);
    expect(WORDS("cat", "box", "/data/nothing"), 13, "", "/data/nothing");
    expect(WORDS("ls", "box", "/data/nothing"), 13, "", "/data/nothing");
    expect(WORDS("get", "box", "/data/nothing", "x"), 13, "", "/data/nothing");
    expect(WORDS("put", "box", "nothing here", "/x"), 2, "", "Cannot find nothing here");
    free(large);
}

/* A bar on a terminal, nothing elsewhere. */
static void a_long_copy_shows_how_far_it_is(void **state)
{
    const char *build = getenv("SANDGATE_BUILD") ? getenv("SANDGATE_BUILD") : SANDGATE_BUILD_FOLDER;
    char *path = path_join(build, "sandgate"), piece[4096];
    struct buffer seen = BUFFER_INIT;
    int terminal, follower, status;
    ssize_t length;

    take_ground(state);
    char *content = xcalloc(1, 20 << 20);
    write_text("film\033[2J", content, 20 << 20);
    free(content);
    assert_int_equal(openpty(&terminal, &follower, NULL, NULL, NULL), 0);
    pid_t process = fork();
    if (process == 0) {
        dup2(follower, STDERR_FILENO);
        close(terminal);
        close(follower);
        execl(path, path, "sandbox", "put", "box", "film\033[2J", "/film", (char *)NULL);
        _exit(127);
    }
    close(follower);
    while ((length = read(terminal, piece, sizeof piece)) > 0)
        buffer_append(&seen, piece, (size_t)length);
    waitpid(process, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_non_null(strstr(seen.data, "% "));
    assert_non_null(strstr(seen.data, " of 21.0 MB"));
    assert_non_null(strstr(seen.data, "Copied 1 file, 21.0 MB in "));
    assert_null(strstr(seen.data, "\033[2J"));
    close(terminal);
    buffer_release(&seen);
    free(path);
}

/* Links of the sandbox are left out, and one of ours is not followed into. */
static void getting_stays_below_its_target(void **state)
{
    struct ground *ground = take_ground(state);
    struct stat status;

    expect(
        WORDS("exec", "box", "sh", "-c",
              "mkdir -p /evil/sub; ln -s /etc /evil/link; echo x >/evil/sub/file; echo 1 >'/evil/a\033[31m'"),
        0, "", NULL);
    assert_int_equal(mkdir("out", 0755) | mkdir("aside", 0755), 0);
    assert_int_equal(symlink("../../aside", "out/sub"), 0);
    assert_int_equal(mkdir("out/evil", 0755), 0);
    assert_int_equal(symlink("../../aside", "out/evil/sub"), 0);
    expect(WORDS("get", "box", "/evil", "out"), 13, "", "Cannot make");
    assert_int_equal(stat("aside/file", &status), -1);
    expect(WORDS("get", "box", "/evil", "fresh"), 0, "", "1 entries are left out");
    assert_int_equal(lstat("fresh/link", &status), -1);
    char *text = read_text(ground->folder, "fresh/sub/file");
    assert_string_equal(text, "x\n");
    free(text);
    struct program program;
    run(&program, WORDS("ls", "box", "/evil"), NULL, 0);
    assert_int_equal(program.code, 0);
    assert_null(strchr(program.out_text.data, '\033'));
    program_release(&program);
}

/* --- what is shown --- */

static void lists_tags_and_tunnels(void **state)
{
    struct ground *ground = take_ground(state);
    struct json *list = expect_json(WORDS("list", "--json"));
    const struct json *one = json_at(list, 0);

    assert_int_equal(json_count(list), 1);
    assert_string_equal(json_get_text(one, "id"), ground->id);
    assert_string_equal(json_get_text(one, "name"), "box");
    assert_string_equal(json_get_text(one, "state"), "running");
    assert_null(json_get(one, "code"));
    json_free(list);
    expect(WORDS("tags", "box", "kind=test", "x=y=z"), 0, "", NULL);
    expect(WORDS("tags", "box"), 0, "kind=test\nx=y=z\n", NULL);
    expect(WORDS("tags", "box", "bad"), 2, "", "NAME=value");
    list = expect_json(WORDS("list", "--json", "--tag", "kind=test", "--app", "sandgate"));
    assert_int_equal(json_count(list), 1);
    assert_string_equal(json_get_text(json_get(json_at(list, 0), "tags"), "x"), "y=z");
    json_free(list);
    expect(WORDS("list", "--tag", "kind=other"), 0, "", NULL);
    list = expect_json(WORDS("tunnels", "--json", "box"));
    assert_int_equal(json_get_integer(json_at(list, 0), "port", 0), 8000);
    json_free(list);
    struct program program;
    run(&program, WORDS("tunnels", "box", "--port", "8000"), NULL, 0);
    assert_int_equal(program.line_count, 2);
    program_release(&program);
    run(&program, WORDS("list"), NULL, 0);
    assert_int_equal(program.line_count, 2);
    assert_int_equal(strncmp(program.lines[0].text, "ID ", 3), 0);
    assert_non_null(strstr(program.lines[1].text, "running"));
    assert_int_not_equal(program.lines[1].text[strlen(program.lines[1].text) - 1], ' ');
    program_release(&program);
}

static void the_network_is_set(void **state)
{
    struct ground *ground = take_ground(state);

    expect(WORDS("network", "box", "example.com", "10.0.0.0/8"), 0, "", NULL);
    char *text = modal_server_control(ground->stage->server, "GET", "/state", NULL);
    assert_non_null(strstr(text, "\"example.com\""));
    assert_non_null(strstr(text, "\"10.0.0.0/8\""));
    free(text);
    expect(WORDS("network", "box", "https://x"), 2, "", "not a domain");
    expect(WORDS("network", "box", "on"), 0, "", NULL);
}

static void logs_are_printed_of_one_that_has_ended(void **state)
{
    struct ground *ground = take_ground(state);

    for (int backend = 1; backend <= 2; backend++) {
        char *id = make_sandbox(ground->stage, NULL,
                                WORDS("/bin/sh", "-c", "echo one; echo two >&2; echo three"), backend);
        expect(WORDS("logs", "--follow", id), 0, "one\nthree\n", "two\n");
        expect(WORDS("logs", id), 0, "one\nthree\n", "two\n");
        expect(WORDS("exec", id, "true"), 13, "", "not running any more");
        free(id);
    }
}

static void snapshots_and_stops(void **state)
{
    struct ground *ground = take_ground(state);
    char *one = make_sandbox(ground->stage, "first", NULL, 1),
         *two = make_sandbox(ground->stage, "second", NULL, 2);
    struct json *image = expect_json(WORDS("snapshot", "--json", "--ttl", "1h", "first"));

    assert_int_equal(strncmp(json_get_text(image, "image"), "im-", 3), 0);
    json_free(image);
    expect(WORDS("stop", "first", two), 0, "", NULL);
    expect(WORDS("stop", two), 0, "", NULL); /* again is fine */
    expect(WORDS("stop", "first"), 13, "", "No running sandbox");
    struct json *end = expect_json(WORDS("stop", "--json", one));
    assert_int_equal(json_get_integer(end, "code", 0), 137);
    json_free(end);
    free(one);
    free(two);
}

static void one_is_created_as_the_configuration_and_the_options_say(void **state)
{
    struct program program;

    take_ground(state);
    run(&program,
        WORDS("create", "--json", "--image", "python:3.11", "--cpu", "0.5", "--memory", "512", "--timeout",
              "2h", "--name", "made", "--tag", "a=b", "--network", "on", "--set", "modal.ports=[\"8000\"]",
              "--", "sleep", "300"),
        NULL, 0);
    if (program.code != 0)
        fail_msg("%s", program.error_text.data);
    struct json *made = json_parse(program.out_text.data, strcspn(program.out_text.data, "\n"), NULL);
    assert_non_null(strstr(json_get_text(made, "image"), "im-"));
    struct json *list = expect_json(WORDS("list", "--json", "--tag", "a=b"));
    const struct json *one = json_at(list, 0);
    assert_string_equal(json_get_text(one, "id"), json_get_text(made, "id"));
    assert_string_equal(json_get_text(one, "name"), "made");
    assert_true(json_get_number(one, "cpu", 0) == 0.5);
    assert_int_equal(json_get_integer(one, "memory", 0), 512);
    assert_int_equal(json_get_integer(one, "timeout", 0), 7200);
    json_free(list);
    json_free(made);
    program_release(&program);
    expect(WORDS("create", "--name", "made"), 13, "", "has the name \"made\" already");
    expect(WORDS("create", "word"), 2, "", "comes after");
    expect(WORDS("create", "--network", "maybe"), 2, "", "on or off");
    expect(WORDS("create", "--cpu", "many"), 2, "", "container_cpu");
    expect(WORDS("create", "--image", "a b"), 2, "", "not the name of an image");
    expect(WORDS("create", "--set", "modal.run=[FAIL]"), 13, "", "failed");
    /* Another one with its files. */
    expect(WORDS("exec", "made", "sh", "-c", "echo kept >/kept"), 0, "", NULL);
    expect(WORDS("create", "--name", "plain"), 0, NULL, NULL);
    expect(WORDS("exec", "plain", "cat", "/kept"), 1, "", NULL);
    expect(WORDS("fork", "made", "--name", "forked"), 0, NULL, NULL);
    expect(WORDS("exec", "forked", "cat", "/kept"), 0, "kept\n", NULL);
    expect(WORDS("stop", "made", "plain", "forked"), 0, "", NULL);
}

/* --- the shell --- */

struct shell {
    int terminal;
    pid_t process;
    struct buffer seen;
};

/* Until WORDS were seen behind what was awaited before. */
static void await(struct shell *shell, const char *words)
{
    char piece[4096];
    const char *found;

    while (!(found = strstr(shell->seen.data, words))) {
        ssize_t length = read(shell->terminal, piece, sizeof piece);
        if (length <= 0)
            fail_msg("\"%s\" did not come, but \"%s\"", words, shell->seen.data);
        buffer_append(&shell->seen, piece, (size_t)length);
    }
    buffer_remove(&shell->seen, 0, (size_t)(found - shell->seen.data) + strlen(words));
}

static void type(struct shell *shell, const char *text)
{
    assert_int_equal(write(shell->terminal, text, strlen(text)), strlen(text));
}

static void start_shell(struct shell *shell, const char *sandbox, int *keep)
{
    const char *build = getenv("SANDGATE_BUILD") ? getenv("SANDGATE_BUILD") : SANDGATE_BUILD_FOLDER;
    char *path = path_join(build, "sandgate");
    struct winsize size = { .ws_row = 30, .ws_col = 100 };
    int follower;

    *shell = (struct shell){ .seen = BUFFER_INIT };
    assert_int_equal(openpty(&shell->terminal, &follower, NULL, NULL, &size), 0);
    shell->process = fork();
    if (shell->process == 0) {
        setenv("TERM", "xterm-256color", 1);
        login_tty(follower);
        close(shell->terminal);
        execl(path, path, "sandbox", "shell", "--env", "PS1=ready> ", sandbox, "--", "/bin/sh", (char *)NULL);
        _exit(127);
    }
    *keep = follower; /* so that the modes can be looked at after its end */
    free(path);
}

static void a_shell_is_a_terminal(void **state)
{
    struct ground *ground = take_ground(state);
    struct shell shell;
    struct termios before, during, after;
    int follower;

    start_shell(&shell, ground->id, &follower);
    tcgetattr(follower, &before);
    await(&shell, "ready> ");
    tcgetattr(follower, &during);
    assert_false(during.c_lflag & (ICANON | ECHO | ISIG));
    type(&shell, "stty size; echo $TERM\r");
    await(&shell, "30 100");
    await(&shell, "xterm-256color");
    struct winsize size = { .ws_row = 33, .ws_col = 77 };
    ioctl(shell.terminal, TIOCSWINSZ, &size);
    kill(shell.process, SIGWINCH);
    type(&shell, "until test \"$(stty size)\" = '33 77'; do sleep 0.05; done; echo re''sized\r");
    await(&shell, "resized");
    type(&shell, "cat\r");
    type(&shell, "hello cat\r");
    await(&shell, "hello cat");
    await(&shell, "hello cat"); /* its echo, and cat's */
    type(&shell, "\003");       /* ^C is the sandbox's */
    await(&shell, "ready> ");
    type(&shell, "echo still' 'here; exit 7\r");
    await(&shell, "still here");
    int status;
    waitpid(shell.process, &status, 0);
    tcgetattr(follower, &after);
    close(follower);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_int_equal(after.c_lflag, before.c_lflag);
    assert_int_equal(after.c_iflag, before.c_iflag);
    assert_int_equal(after.c_oflag, before.c_oflag);
    close(shell.terminal);
    buffer_release(&shell.seen);
}

static void the_terminal_is_given_back_when_the_shell_is_ended(void **state)
{
    static const int signals[] = { SIGTERM, SIGHUP, SIGSEGV };
    struct ground *ground = take_ground(state);

    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        struct shell shell;
        struct termios before, after;
        int follower, status;
        start_shell(&shell, ground->id, &follower);
        tcgetattr(follower, &before);
        await(&shell, "ready> ");
        kill(shell.process, signals[i]);
        waitpid(shell.process, &status, 0);
        tcgetattr(follower, &after);
        assert_int_equal(after.c_lflag, before.c_lflag);
        assert_int_equal(after.c_oflag, before.c_oflag);
        if (signals[i] != SIGSEGV)
            assert_int_equal(WEXITSTATUS(status), 128 + signals[i]);
        close(follower);
        close(shell.terminal);
        buffer_release(&shell.seen);
    }
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_usage_is_said_before_anything_else),
        cmocka_unit_test(without_a_token_it_says_what_to_do),
        cmocka_unit_test(exec_passes_bytes_and_codes),
        cmocka_unit_test(exec_passes_standard_input),
        cmocka_unit_test(exec_needs_no_standard_input),
        cmocka_unit_test(an_interrupt_reaches_the_command),
        cmocka_unit_test(nothing_is_left_running_by_accident),
        cmocka_unit_test(files_go_in_and_out),
        cmocka_unit_test(a_long_copy_shows_how_far_it_is),
        cmocka_unit_test(getting_stays_below_its_target),
        cmocka_unit_test(lists_tags_and_tunnels),
        cmocka_unit_test(the_network_is_set),
        cmocka_unit_test(logs_are_printed_of_one_that_has_ended),
        cmocka_unit_test(snapshots_and_stops),
        cmocka_unit_test(one_is_created_as_the_configuration_and_the_options_say),
        cmocka_unit_test(a_shell_is_a_terminal),
        cmocka_unit_test(the_terminal_is_given_back_when_the_shell_is_ended),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
