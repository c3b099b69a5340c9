/* test_face_modal.c - `sandgate modal` as a person runs it, against the stand-in: login, whoami, secrets; what is
 * typed for a secret is not shown, and no value is ever printed. */
#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "tests/support/modal_server.h"
#include "tests/support/program.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

struct scene {
    char home[64];
    struct modal_server *server; /* NULL: not installed */
};

static int begin(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    strcpy(scene->home, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(scene->home));
    setenv("HOME", scene->home, 1);
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    if (modal_server_available()) {
        scene->server = modal_server_start(NULL);
        setenv("MODAL_SERVER_URL", modal_server_url(scene->server), 1);
    } else {
        print_message("# the stand-in's packages are not installed: npm ci in tests/standin/modal\n");
    }
    *state = scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    if (scene->server)
        modal_server_stop(scene->server);
    path_remove_tree(scene->home, NULL);
    free(scene);
    return 0;
}

static const struct scene *with_server(void **state)
{
    const struct scene *scene = *state;

    if (!scene->server)
        skip();
    return scene;
}

/* Runs `sandgate modal WORDS` (words parted by blanks) and expects CODE; OUT and ERROR in what it prints. */
static void expect(const char *words, const char *input, int code, const char *out, const char *error)
{
    const char *list[16] = { "modal" };
    char *copy = xstrdup(words), *rest = copy;
    struct program program;

    for (size_t i = 1; i < ARRAY_SIZE(list) - 1 && rest; i++)
        list[i] = strsep(&rest, " ");
    program_start(&program, list, input, input ? strlen(input) : 0);
    program_finish(&program);
    if (program.code != code || (out && !strstr(program.out_text.data, out)) ||
        (error && !strstr(program.error_text.data, error)))
        fail_msg("modal %s: code %d instead of %d; \"%s\"; \"%s\"", words, program.code, code,
                 program.out_text.data, program.error_text.data);
    assert_null(strstr(program.out_text.data, "as-standin"));
    assert_null(strstr(program.out_text.data, "hidden"));
    assert_null(strstr(program.error_text.data, "hidden"));
    program_release(&program);
    free(copy);
}

static void wrong_usage_is_said(void **state)
{
    (void)state;
    expect("--help", NULL, 0, "usage: sandgate modal VERB", NULL);
    expect("frob", NULL, 2, NULL, "no verb \"frob\"");
    expect("secret", NULL, 2, NULL, "no verb \"secret\"");
    expect("secret list more", NULL, 2, NULL, "one argument too many");
    expect("secret delete", NULL, 2, NULL, "wants NAME");
    expect("secret list --recursive", NULL, 2, NULL, "takes no --recursive");
    expect("volume create x --fs 3", NULL, 2, NULL, "does not take \"3\"");
    expect("--frob", NULL, 2, NULL, "There is no option --frob");
    setenv("MODAL_SERVER_URL", "http://example.com", 1);
    expect("whoami", NULL, 2, NULL, "http:// is for a server on this machine");
    const struct scene *scene = *state;
    if (scene->server)
        setenv("MODAL_SERVER_URL", modal_server_url(scene->server), 1);
    else
        unsetenv("MODAL_SERVER_URL");
    expect("whoami", NULL, 2, NULL, "There is no Modal token");
}

static void a_login_is_kept_and_used(void **state)
{
    const struct scene *scene = with_server(state);
    char *file = path_join(scene->home, ".modal.toml");
    struct stat status;

    expect("login", NULL, 0, "https://modal.test/token-flow/", NULL);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    expect("whoami", NULL, 0, "profile standin of ~/.modal.toml", NULL);
    expect("whoami --json", NULL, 0, "\"workspace\":\"standin\"", NULL);
    expect("login --profile second", NULL, 0, "profile second", NULL);
    expect("whoami --profile standin", NULL, 0, "profile standin of ~/.modal.toml", NULL);
    expect("whoami", NULL, 0, "profile second of ~/.modal.toml", NULL);
    expect("whoami --profile third", NULL, 2, NULL, "has no profile third (it has standin, second)");
    free(file);
}

static void a_wrong_token_says_where_it_is_from(void **state)
{
    with_server(state);
    setenv("MODAL_TOKEN_ID", "ak-hidden", 1);
    setenv("MODAL_TOKEN_SECRET", "as-hidden", 1);
    expect("whoami", NULL, 13, NULL, "MODAL_TOKEN_ID");
    unsetenv("MODAL_TOKEN_ID");
    unsetenv("MODAL_TOKEN_SECRET");
}

static void secrets_come_from_files_and_standard_input(void **state)
{
    const struct scene *scene = with_server(state);
    char *file = path_join(scene->home, "secret.json");
    char *create = xasprintf("secret create two --from-file %s --json", file);

    expect("secret list", NULL, 0, "There are no secrets.", NULL);
    expect("secret create one", "# c\n\nA=hidden1\n B=hidden2=x\r\n", 0, "holds 2 variables", NULL);
    expect("secret create one", "A=hidden\n", 13, NULL, "one");
    expect("secret create one --force", "A=hidden\n", 0, "holds 1 variable.", NULL);
    assert_true(path_write_file(file, "{\"K\":\"hidden\\nline\"}", 20, 0600, NULL));
    expect(create, NULL, 0, "{\"name\":\"two\",\"id\":\"st-", NULL);
    assert_true(path_write_file(file, "{\"K\":hidden}", 12, 0600, NULL));
    expect(create, NULL, 2, NULL, "begins as JSON and is none");
    expect("secret create three A=hidden1", NULL, 2, NULL, "does not belong on the command line");
    expect("secret create three", "hidden\n", 2, NULL, "standard input, line 1: NAME=value");
    expect("secret create three", "", 2, NULL, "at least one variable");
    expect("secret create three A", "A=hidden\n", 2, NULL, "either on the command line");
    expect("secret create three", "1x=hidden\n", 13, NULL, "Entry 1");
    expect("secret list", NULL, 0, "one ", NULL);
    expect("secret list --json", NULL, 0, "{\"name\":\"two\"", NULL);
    expect("secret delete one", NULL, 0, "deleted", NULL);
    expect("secret delete one", NULL, 13, NULL, "\"one\" does not exist");
    free(create);
    free(file);
}

static void files_of_a_volume_come_and_go(void **state)
{
    const struct scene *scene = with_server(state);
    char *file = path_join(scene->home, "local.txt"), *back = path_join(scene->home, "back.txt");
    char *put = xasprintf("volume put data %s /sub/", file),
         *get = xasprintf("volume get data /sub/local.txt %s", back);
    char *forced = xasprintf("%s --force", get);
    struct stat status;

    expect("volume list", NULL, 0, "There are no volumes.", NULL);
    expect("volume ls data", NULL, 13, NULL, "\"data\" does not exist");
    expect("volume create data --fs 2", NULL, 0, "The volume data is there.", NULL);
    expect("volume list --json", NULL, 0, "\"version\":2", NULL);
    assert_true(path_write_file(file, "content\n", 8, 0600, NULL));
    expect(put, NULL, 0, NULL, NULL);
    expect(put, NULL, 13, NULL, "exists");
    expect("volume ls data", NULL, 0, "directory", NULL);
    expect("volume ls data /sub --json", NULL, 0, "{\"path\":\"sub/local.txt\",\"type\":\"file\",\"size\":8,",
           NULL);
    expect(get, NULL, 0, NULL, NULL);
    assert_int_equal(stat(back, &status), 0);
    assert_int_equal(status.st_size, 8);
    expect(get, NULL, 2, NULL, "is there already; --force replaces it");
    expect(forced, NULL, 0, NULL, NULL);
    expect("volume get data /sub/local.txt -", NULL, 0, "content\n", NULL);
    expect("volume get data /sub", NULL, 13, NULL, "directory");
    expect("volume rm data /sub", NULL, 13, NULL, "directory");
    expect("volume rm data /sub --recursive", NULL, 0, NULL, NULL);
    expect("volume put data /nonexistent", NULL, 2, NULL, "/nonexistent cannot be opened");
    expect("volume delete data", NULL, 0, "is deleted", NULL);
    free(file);
    free(back);
    free(put);
    free(get);
    free(forced);
}

static void a_folder_of_a_volume_comes_and_goes(void **state)
{
    const struct scene *scene = with_server(state);
    char *folder = path_join(scene->home, "tree"), *back = path_join(scene->home, "again");
    char *put = xasprintf("volume put trees %s / --recursive", folder);
    char *get = xasprintf("volume get trees tree/ %s --recursive", back), *compare, *link, *deep;

    deep = path_join(folder, "a/b");
    link = path_join(folder, "link");
    assert_true(path_make_folders(deep, NULL));
    compare = xasprintf("cd %s && echo one >one && echo two >a/b/two && touch a/empty && diff -r %s %s",
                        folder, folder, back);
    assert_int_equal(symlink("one", link), 0);
    assert_int_not_equal(system(compare), 0);
    expect("volume create trees --fs 2", NULL, 0, NULL, NULL);
    expect(put, NULL, 0, NULL, "1 links and special files were left out");
    expect("volume ls trees --recursive --json", NULL, 0, "\"tree/a/b/two\"", NULL);
    unlink(link);
    expect(get, NULL, 0, NULL, NULL);
    assert_int_equal(system(compare), 0);
    expect(get, NULL, 2, NULL, "a folder is only made anew");
    expect("volume get trees / - --recursive", NULL, 2, NULL, "A name is needed");
    free(folder);
    free(back);
    free(put);
    free(get);
    free(compare);
    free(link);
    free(deep);
}

/* --- at a terminal --- */

struct terminal {
    int fd;
    pid_t process;
    struct buffer shown;
};

static void start(struct terminal *terminal, const char *const *argv)
{
    const char *build = getenv("SANDGATE_BUILD") ? getenv("SANDGATE_BUILD") : SANDGATE_BUILD_FOLDER;
    char *path = path_join(build, "sandgate");

    terminal->shown = (struct buffer)BUFFER_INIT;
    terminal->process = forkpty(&terminal->fd, NULL, NULL, NULL);
    if (terminal->process == 0) {
        execv(path, (char *const *)argv);
        _exit(127);
    }
    free(path);
}

/* Reads until WORDS are shown behind what was seen before, or the end; true: they are. */
static bool wait_for(struct terminal *terminal, const char *words)
{
    char piece[512];
    ssize_t count = 1;

    while (!words || !strstr(terminal->shown.data, words)) {
        count = read(terminal->fd, piece, sizeof piece);
        if (count <= 0)
            return false;
        buffer_append(&terminal->shown, piece, (size_t)count);
    }
    return true;
}

static void type(struct terminal *terminal, const char *wait, const char *keys)
{
    if (!wait_for(terminal, wait))
        fail_msg("\"%s\" does not appear: %s", wait, terminal->shown.data);
    buffer_clear(&terminal->shown);
    assert_int_equal(write(terminal->fd, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static int finish(struct terminal *terminal)
{
    int status;

    wait_for(terminal, NULL);
    waitpid(terminal->process, &status, 0);
    close(terminal->fd);
    if (strstr(terminal->shown.data, "hid"))
        fail_msg("it is shown: %s", terminal->shown.data);
    buffer_release(&terminal->shown);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void what_is_typed_is_not_shown(void **state)
{
    static const char *const named[] = { "sandgate", "modal", "secret", "create", "typed", "KEY", NULL };
    static const char *const asked[] = { "sandgate", "modal", "secret", "create", "asked", NULL };
    struct terminal terminal;
    struct termios settings;

    with_server(state);
    start(&terminal, named);
    type(&terminal, "Value of KEY (not shown): ",
         "hidx\x7f"
         "den\r");
    wait_for(&terminal, "holds 1 variable.");
    assert_null(strstr(terminal.shown.data, "x"));
    assert_int_equal(finish(&terminal), 0);
    start(&terminal, asked);
    type(&terminal, "Variable", "KEY\r");
    type(&terminal, "Value of KEY", "hidden\r");
    type(&terminal, "Variable", "\r");
    assert_true(wait_for(&terminal, "holds 1 variable."));
    assert_int_equal(finish(&terminal), 0);
    start(&terminal, named);
    type(&terminal, "Value of KEY", "hid\x03");
    assert_int_equal(finish(&terminal), 130);
    start(&terminal, named);
    assert_true(wait_for(&terminal, "Value of KEY"));
    assert_true(tcgetattr(terminal.fd, &settings) == 0 && !(settings.c_lflag & ECHO));
    kill(terminal.process, SIGTERM);
    assert_false(wait_for(&terminal, "never shown")); /* to its end */
    if (tcgetattr(terminal.fd, &settings) == 0)
        assert_true(settings.c_lflag & ECHO);
    assert_int_equal(finish(&terminal), 130);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_usage_is_said),
        cmocka_unit_test(a_login_is_kept_and_used),
        cmocka_unit_test(a_wrong_token_says_where_it_is_from),
        cmocka_unit_test(secrets_come_from_files_and_standard_input),
        cmocka_unit_test(files_of_a_volume_come_and_go),
        cmocka_unit_test(a_folder_of_a_volume_comes_and_goes),
        cmocka_unit_test(what_is_typed_is_not_shown),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
