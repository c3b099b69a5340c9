/* test_face_pull.c - `sandgate pull` on a session with a real sandbox, through pipes and on a terminal. */
#include "tests/unit/sandbox_bench.h"

#include "tests/unit/sync_bench.h"

#include "base/error.h"
#include "base/utf8.h"
#include "face/pull.h"
#include "matter/event.h"
#include "store/store.h"

#include <pty.h>
#include <sys/wait.h>

#define SESSION "20261120-140305-abcd"
#define OTHER "20261119-140305-abcd"

struct scene {
    struct sync_bench sync;
    char data[64]; /* $XDG_DATA_HOME */
    struct buffer out, error;
    int code;
};

/* --- a session that ended --- */

static void append(struct scene *scene, struct store *store, const char *session, enum event_type type,
                   int64_t seq)
{
    struct event *event = event_new(type);
    strcpy(event->session, session);
    strcpy(event->actor, "session");
    event->seq = seq;
    event->parent = seq - 1;
    event->time = 1795183385000 + seq;
    if (type == EVENT_SESSION) {
        json_set_text(event->body, "folder", scene->sync.folder);
    } else {
        json_set_text(event->body, "backend", "bubblewrap");
        json_set_text(event->body, "workspace", "/workspace");
    }
    store_append(store, event, NULL, NULL);
    event_free(event);
}

static void make_session(struct scene *scene)
{
    struct sync_bench *sync = &scene->sync;
    char *folder = path_data();
    struct loop *loop = loop_new();
    struct store *store = store_open(loop, folder, NULL, NULL, NULL);
    assert_non_null(store);
    append(scene, store, OTHER, EVENT_SESSION, 1);
    append(scene, store, SESSION, EVENT_SESSION, 1);
    append(scene, store, SESSION, EVENT_SANDBOX, 2);
    char *own = store_session_folder(store, SESSION), *state = path_join(own, "sandbox");
    store_close(store);
    loop_free(loop);
    free(folder);
    sync->manifest = path_join(own, "manifest.json");
    assert_true(path_make_folders(state, NULL));
    sync->bench = (struct bench){ .loop = loop_new() };
    sync->bench.sandbox =
        sandbox_open(sync->bench.loop,
                     &(struct sandbox_options){
                         .backend = "bubblewrap", .state_folder = state, .workspace = "/workspace" },
                     &bench_events, &sync->bench);
    while (!sync->bench.ready && !sync->bench.failed)
        loop_turn(sync->bench.loop, -1);
    assert_true(sync->bench.ready);
    free(state);
    free(own);
}

/* Copies the folder up, runs SCRIPT there, and ends the session's sandbox. */
static void work(struct scene *scene, const char *script)
{
    copy_up_well(&scene->sync);
    expect_output(&scene->sync.bench, script, "");
    sandbox_free(scene->sync.bench.sandbox);
    scene->sync.bench.sandbox = NULL;
}

static int setup(void **state)
{
    struct scene *scene = xcalloc(1, sizeof(*scene));
    strcpy(scene->data, "/tmp/sandgate-data-XXXXXX");
    strcpy(scene->sync.folder, "/tmp/sandgate-host-XXXXXX");
    assert_non_null(mkdtemp(scene->data));
    assert_non_null(mkdtemp(scene->sync.folder));
    assert_int_equal(setenv("XDG_DATA_HOME", scene->data, 1), 0);
    buffer_init(&scene->out, 0);
    buffer_init(&scene->error, 0);
    make_session(scene);
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    sandbox_free(scene->sync.bench.sandbox);
    loop_free(scene->sync.bench.loop);
    path_remove_tree(scene->data, NULL);
    path_remove_tree(scene->sync.folder, NULL);
    up_release(&scene->sync);
    free(scene->sync.bench.sentence);
    free(scene->sync.manifest);
    buffer_release(&scene->out);
    buffer_release(&scene->error);
    free(scene);
    return 0;
}

/* --- running --- */

/* WORDS are separated by spaces; runs as main does it, in the folder of the session, and never returns. */
static void run_here(struct scene *scene, const char *words)
{
    char *text = xasprintf("pull %s", words), *argv[16], *rest = NULL;
    int argc = 0;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    argv[argc] = NULL;
    int code = chdir(scene->sync.folder) == 0 ? face_pull(argc, argv) : 99;
    fflush(NULL);
    free(text);
    _exit(code);
}

static void read_all(int fd, struct buffer *out)
{
    char bytes[4096];
    ssize_t length;
    while ((length = read(fd, bytes, sizeof(bytes))) > 0)
        buffer_append(out, bytes, (size_t)length);
    close(fd);
}

static void end(struct scene *scene, pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    scene->code = WEXITSTATUS(status);
}

static void run(struct scene *scene, const char *words)
{
    int out[2], error[2];
    buffer_clear(&scene->out);
    buffer_clear(&scene->error);
    fflush(NULL);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(error), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        dup2(null, STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(error[1], STDERR_FILENO);
        close(out[0]);
        close(error[0]);
        run_here(scene, words);
    }
    close(out[1]);
    close(error[1]);
    read_all(out[0], &scene->out);
    read_all(error[0], &scene->error); /* short: it fits the pipe */
    end(scene, pid);
}

static void gives(struct scene *scene, const char *words, int code, const char *out)
{
    run(scene, words);
    assert_string_equal(scene->error.data, "");
    assert_string_equal(scene->out.data, out);
    assert_int_equal(scene->code, code);
}

static void refuses(struct scene *scene, const char *words, int code, const char *sentence)
{
    run(scene, words);
    assert_string_equal(scene->out.data, "");
    if (!strstr(scene->error.data, sentence))
        fail_msg("%s: not %s", scene->error.data, sentence);
    assert_int_equal(scene->code, code);
}

/* On a terminal, with KEYS typed from the start. */
static void run_on_terminal(struct scene *scene, const char *words, const char *keys)
{
    int terminal;
    buffer_clear(&scene->out);
    fflush(NULL);
    pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
    assert_true(pid >= 0);
    if (pid == 0)
        run_here(scene, words);
    assert_int_equal(write(terminal, keys, strlen(keys)), strlen(keys));
    read_all(terminal, &scene->out);
    end(scene, pid);
}

static void has(struct scene *scene, const char *text)
{
    if (!strstr(scene->out.data, text))
        fail_msg("%s: has no %s", scene->out.data, text);
}

static void has_not(struct scene *scene, const char *text)
{
    assert_null(strstr(scene->out.data, text));
}

static void expect_host(struct scene *scene, const char *path, const char *content)
{
    char *whole = host_path(&scene->sync, path);
    struct buffer found = BUFFER_INIT;
    assert_int_equal(path_read_file(whole, &found, NULL), content != NULL);
    if (content)
        assert_string_equal(found.data, content);
    buffer_release(&found);
    free(whole);
}

/* --- */

static void without_a_terminal_it_lists(void **state)
{
    struct scene *scene = *state;
    host_write(&scene->sync, "a", "1\n2\n", 0644);
    host_write(&scene->sync, "gone", "x\n", 0644);
    host_write(&scene->sync, "tool", "x\n", 0644);
    work(scene, "printf '1\\n3\\n4\\n' > a; rm gone; chmod 755 tool; printf 'a\\0b' > data; ln -s a l; "
                "printf '%b' '\\033[31mred' > \"$(printf 'e\\033[1m')\"");
    static const char list[] = "delete gone -1\n"
                               "change a +2 -1\n"
                               "add    data (binary, 0 -> 3 bytes)\n"
                               "add    e^[[1m +1\n"
                               "add    l -> a\n"
                               "mode   tool mode 644 -> 755\n";
    gives(scene, "", 0, list);
    gives(scene, "--list", 0, list);
    expect_host(scene, "a", "1\n2\n");
    expect_host(scene, "gone", "x\n");
    char *whole = xasprintf("%s6 brought back, 0 left, 0 in conflict or refused\n", list);
    gives(scene, "--yes " SESSION, 0, whole);
    free(whole);
    expect_host(scene, "a", "1\n3\n4\n");
    expect_host(scene, "l", "1\n3\n4\n");
    expect_host(scene, "gone", NULL);
    gives(scene, "--yes", 0, "Nothing changed in the sandbox that is not in the folder too.\n");
}

static void all_shows_the_diff(void **state)
{
    struct scene *scene = *state;
    host_write(&scene->sync, "a", "1\n2\n", 0644);
    work(scene, "printf '1\\n\\033]0;x\\007\\n' > a");
    gives(scene, "--all", 0,
          "change a +1 -1\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\n-2\n+^[]0;x^G\n"
          "1 brought back, 0 left, 0 in conflict or refused\n");
}

static void conflicts_are_left(void **state)
{
    struct scene *scene = *state;
    host_write(&scene->sync, "a", "1\n", 0644);
    host_write(&scene->sync, "b", "1\n", 0644);
    host_folder(&scene->sync, ".git", 0755);
    work(scene, "echo 2 > a; echo 2 > b; echo x > .git/x; ln -s /etc out");
    host_write(&scene->sync, "a", "3\n", 0644);
    gives(scene, "--yes", 10,
          "change .git [stays: what changed in .git stays in the sandbox]\n"
          "change a +1 -1 [conflict: it was changed on the host since it went up]\n"
          "change b +1 -1\n"
          "add    out [stays: the link leads to an absolute path]\n"
          "1 brought back, 0 left, 2 in conflict or refused\n");
    expect_host(scene, "a", "3\n");
    expect_host(scene, "b", "2\n");
}

static void it_can_be_json(void **state)
{
    struct scene *scene = *state;
    host_write(&scene->sync, "a", "1\n", 0644);
    host_write(&scene->sync, "b", "1\n", 0644);
    work(scene, "echo 2 > a; rm b");
    host_write(&scene->sync, "b", "3\n", 0644);
    gives(scene, "--json", 10,
          "[{\"kind\":\"delete\",\"type\":\"file\",\"path\":\"b\",\"conflict\":true,"
          "\"why\":\"it was changed on the host since it went up\",\"applied\":false},"
          "{\"kind\":\"change\",\"type\":\"file\",\"path\":\"a\",\"mode\":\"644\",\"conflict\":false,\"why\":"
          "null,"
          "\"applied\":false}]\n");
    run(scene, "--json --yes");
    has(scene, "\"applied\":true");
    expect_host(scene, "a", "2\n");
    expect_host(scene, "b", "3\n");
}

static void a_terminal_is_asked_on(void **state)
{
    struct scene *scene = *state;
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        host_write(&scene->sync, names[i], "1\n", 0644);
    work(scene, "for f in a b c d e; do echo 2 > $f; done; rm e");
    unsetenv("NO_COLOR");
    run_on_terminal(scene, "",
                    "n\ny\nwhat is this, a line that is longer than any answer needs to be, or not\nn\nq\n");
    has(scene, "Delete e? [y]es");
    has(scene, "\033[31m-1\033[0m\r\n\033[32m+2\033[0m");
    has(scene, "1 brought back, 4 left, 0 in conflict or refused");
    has_not(scene, "Bring back d");
    assert_int_equal(scene->code, 0);
    expect_host(scene, "a", "2\n");
    expect_host(scene, "b", "1\n");
    expect_host(scene, "e", "1\n");
    setenv("NO_COLOR", "1", 1);
    run_on_terminal(scene, "", "y\na\n");
    has(scene, "4 brought back, 0 left");
    has_not(scene, "\033");
    expect_host(scene, "d", "2\n");
    expect_host(scene, "e", NULL);
}

static void a_file_comes_hunk_by_hunk(void **state)
{
    struct scene *scene = *state;
    host_write(&scene->sync, "f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", 0644);
    host_write(&scene->sync, "g", "1\n", 0644);
    work(scene, "sed -i 's/^1$/one/; s/^9$/nine/' f; echo 2 >g");
    run_on_terminal(scene, "", "h\nn\nsure\ny\nh\nn\n");
    has(scene, "Bring back f? [y]es, [n]o, [h]unk by hunk, [a]ll");
    has(scene, "Hunk 1 of 2? [y]es, [n]o, [q]uit: ");
    has(scene, "Bring back g? [y]es, [n]o, [a]ll");
    has(scene, "1 brought back, 1 left");
    expect_host(scene, "f", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    run_on_terminal(scene, "", "h\nq\nn\n");
    has(scene, "Bring back f? [y]es, [n]o, [a]ll");
    has(scene, "0 brought back, 2 left");
    run(scene, "--yes");
    expect_host(scene, "f", "one\n2\n3\n4\n5\n6\n7\n8\nnine\n");
}

/* A process that holds the session until *HOLDS is closed.  (A store has a thread, so it must not be in this
 * process when that forks.) */
static pid_t hold_session(int *holds)
{
    int until[2], held[2];
    char byte;
    assert_int_equal(pipe(until), 0);
    assert_int_equal(pipe(held), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char *folder = path_data();
        struct loop *loop = loop_new();
        struct store *store = store_open(loop, folder, NULL, NULL, NULL);
        struct store_lease *lease = store_lease_take(store, SESSION, NULL);
        close(until[1]);
        close(held[0]);
        if (!lease || write(held[1], "x", 1) != 1 || read(until[0], &byte, 1) != 0)
            _exit(1);
        _exit(0);
    }
    close(until[0]);
    close(held[1]);
    assert_int_equal(read(held[0], &byte, 1), 1);
    close(held[0]);
    fcntl(until[1], F_SETFD, FD_CLOEXEC);
    *holds = until[1];
    return pid;
}

static void sessions_that_cannot_be_pulled(void **state)
{
    struct scene *scene = *state;
    refuses(scene, "2027", 1, "2027");
    refuses(scene, OTHER, 1, "session " OTHER " copied no folder into a sandbox");
    refuses(scene, SESSION, 1, "session " SESSION " copied no folder into a sandbox");
    host_write(&scene->sync, "a", "1\n", 0644);
    work(scene, "echo 2 > a");
    int holds;
    pid_t holder = hold_session(&holds);
    refuses(scene, SESSION, 1, "is open in another sandgate");
    close(holds);
    end(scene, holder);
    char *sandbox = path_folder(scene->sync.manifest), *state_folder = path_join(sandbox, "sandbox");
    path_remove_tree(state_folder, NULL);
    refuses(scene, SESSION, 1, "the sandbox of session " SESSION " is gone");
    expect_host(scene, "a", "1\n");
    free(state_folder);
    free(sandbox);
}

static void wrong_usage_is_said(void **state)
{
    struct scene *scene = *state;
    refuses(scene, "--what", 2, "there is no option --what");
    refuses(scene, "a b", 2, "\"b\" is one argument too many");
    refuses(scene, "--list --all", 2, "--list brings nothing back");
    run(scene, "--help");
    assert_int_equal(scene->code, 0);
    has(scene, "usage: sandgate pull");
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        SCENE(without_a_terminal_it_lists),
        SCENE(all_shows_the_diff),
        SCENE(conflicts_are_left),
        SCENE(it_can_be_json),
        SCENE(a_terminal_is_asked_on),
        SCENE(a_file_comes_hunk_by_hunk),
        SCENE(sessions_that_cannot_be_pulled),
        SCENE(wrong_usage_is_said),
    };
    alarm(600);
    utf8_set_locale();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
