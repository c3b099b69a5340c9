/* test_face_sessions.c - `sandgate sessions` on a store made here, its whole output compared. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "face/sessions.h"
#include "loop/loop.h"
#include "matter/event.h"
#include "store/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FIRST "20261120-140305-abcd"
#define SECOND "20261121-090000-efgh"

struct scene {
    char root[64];
    char *data; /* the store's folder */
    struct loop *loop;
    struct store *store;
    int64_t seq;
    struct buffer out, error; /* of the last run */
    int code;
};

/* --- making a session --- */

static struct event *begin(struct scene *scene, const char *session, enum event_type type, int64_t call)
{
    struct event *event = event_new(type);
    strcpy(event->session, session);
    strcpy(event->actor, "session");
    event->seq = ++scene->seq;
    event->parent = event->seq - 1;
    event->turn = 1;
    event->call = call;
    event->time = 1795183385000 + 1000 * event->seq;
    return event;
}

static void end(struct scene *scene, struct event *event)
{
    struct error error = ERROR_INIT;
    if (!event_check(event, &error)) {
        fail_msg("%s", error_message(&error));
    }
    store_append(scene->store, event, NULL, NULL);
    event_free(event);
}

static void said(struct scene *scene, const char *session, enum event_type type, const char *text)
{
    struct event *event = begin(scene, session, type, 0);
    json_set_text(event->body, "text", text);
    end(scene, event);
}

static void opened(struct scene *scene, const char *session, const char *folder)
{
    scene->seq = 0;
    struct event *event = begin(scene, session, EVENT_SESSION, 0);
    json_set_text(event->body, "folder", folder);
    json_set_text(event->body, "model", "small");
    end(scene, event);
}

static void spool(struct scene *scene, int64_t call, const char *text)
{
    char *folder = store_session_folder(scene->store, FIRST), hash[HASH_TEXT];
    char *name = xasprintf("call-%lld.out", (long long)call), *path = path_join(folder, name);
    assert_true(path_write_file(path, text, strlen(text), 0600, NULL));
    hash_text(text, strlen(text), hash);
    struct event *event = begin(scene, FIRST, EVENT_OUTPUT, call);
    json_set_text(event->body, "spool", name);
    json_set_integer(event->body, "bytes", (int64_t)strlen(text));
    json_set_text(event->body, "hash", hash);
    end(scene, event);
    free(path);
    free(name);
    free(folder);
}

static void called(struct scene *scene, int64_t call, const char *tool, const char *arguments)
{
    struct event *event = begin(scene, FIRST, EVENT_CALL, call);
    json_set_text(event->body, "tool", tool);
    json_set_text(event->body, "arguments", arguments);
    end(scene, event);
}

static void ran(struct scene *scene, int64_t call, const char *output)
{
    struct event *event = begin(scene, FIRST, EVENT_VERDICT, call);
    json_set_text(event->body, "verdict", "ask");
    json_set_text(event->body, "reason", "pytest runs the project's code");
    end(scene, event);
    event = begin(scene, FIRST, EVENT_DECISION, call);
    json_set_text(event->body, "decision", "run");
    end(scene, event);
    event = begin(scene, FIRST, EVENT_STARTED, call);
    json_set_text(event->body, "exec", "e1");
    end(scene, event);
    spool(scene, call, output);
    event = begin(scene, FIRST, EVENT_ENDED, call);
    json_set_text(event->body, "end", "exited");
    json_set_integer(event->body, "code", 1);
    end(scene, event);
}

static void make_sessions(struct scene *scene)
{
    opened(scene, SECOND, "/elsewhere");
    said(scene, SECOND, EVENT_PROMPT,
         "Evil \x1b[31m\xe2\x80\xae"
         "title");
    opened(scene, FIRST, "/tmp/home/repo");
    said(scene, FIRST, EVENT_PROMPT, "Do the tests\npass?");
    said(scene, FIRST, EVENT_TEXT, "I run **them**.\n## Prompt\n\x1b]0;x\x07");
    called(scene, 1, "run_command",
           "{\"script\":\"cd /repo\\npytest -q\",\"timeout\":30,\"Decision: run\\nEnd\\u001b\":\"`x`\"}");
    ran(scene, 1, "E  ```\nModuleNotFoundError \x1b[1mfib\x1b[0m\n");
    called(scene, 2, "read_file", "not json");
    struct event *event = begin(scene, FIRST, EVENT_RESULT, 2);
    json_set_text(event->body, "text", "the arguments are not JSON");
    json_set_boolean(event->body, "ok", false);
    end(scene, event);
    store_draft(scene->store, FIRST, 1, EVENT_TEXT, 1, 0, "They do n", 9);
}

static int setup(void **state)
{
    struct scene *scene = xcalloc(1, sizeof(*scene));
    strcpy(scene->root, "/tmp/sandgate-face-XXXXXX");
    assert_non_null(mkdtemp(scene->root));
    setenv("XDG_DATA_HOME", scene->root, 1);
    setenv("HOME", "/tmp/home", 1);
    setenv("TZ", "UTC", 1);
    buffer_init(&scene->out, 0);
    buffer_init(&scene->error, 0);
    scene->data = path_data();
    scene->loop = loop_new();
    scene->store = store_open(scene->loop, scene->data, NULL, NULL, NULL);
    make_sessions(scene);
    store_close(scene->store);
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    loop_free(scene->loop);
    path_remove_tree(scene->root, NULL);
    buffer_release(&scene->out);
    buffer_release(&scene->error);
    free(scene->data);
    free(scene);
    return 0;
}

/* --- running --- */

static void redirect(int fd, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, fd);
    close(file);
}

static void read_output(const char *folder, const char *name, struct buffer *out)
{
    char *path = path_join(folder, name);
    buffer_clear(out);
    assert_true(path_read_file(path, out, NULL));
    free(path);
}

/* WORDS are separated by spaces; in this program started anew (main): a fork alone would keep the locks that
 * the store's writer happens to hold, and nobody to give them back. */
static void run_into(struct scene *scene, const char *words, const char *out)
{
    char *error = path_join(scene->root, "error"), *text = xasprintf("sessions %s", words), *argv[16];
    int argc = 0;
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        redirect(STDOUT_FILENO, out);
        redirect(STDERR_FILENO, error);
        execv("/proc/self/exe", argv);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    scene->code = WEXITSTATUS(status);
    read_output(scene->root, "error", &scene->error);
    free(text);
    free(error);
}

static void run(struct scene *scene, const char *words)
{
    char *out = path_join(scene->root, "out");
    run_into(scene, words, out);
    read_output(scene->root, "out", &scene->out);
    free(out);
}

static void gives(struct scene *scene, const char *words, const char *expected)
{
    run(scene, words);
    assert_string_equal(scene->error.data, "");
    assert_string_equal(scene->out.data, expected);
    assert_int_equal(scene->code, 0);
}

static void refuses(struct scene *scene, const char *words, int code, const char *sentence)
{
    run(scene, words);
    assert_string_equal(scene->out.data, "");
    assert_string_equal(scene->error.data, sentence);
    assert_int_equal(scene->code, code);
}

static void the_list_is_aligned_and_safe(void **state)
{
    struct scene *scene = *state;
    gives(scene, "list",
          "ID                    LAST USED         FOLDER      MODEL  EVENTS  TITLE\n" FIRST
          "  2026-11-20 14:03  ~/repo      small      11  Do the tests pass?\n" SECOND
          "  2026-11-20 14:03  /elsewhere  small       2  Evil ^[[31m<U+202E>title\n");
    struct loop *loop = loop_new();
    struct store *store = store_open(loop, scene->data, NULL, NULL, NULL);
    struct store_lease *lease = store_lease_take(store, SECOND, NULL);
    assert_non_null(lease);
    run(scene, "list");
    assert_non_null(strstr(scene->out.data, SECOND "  2026-11-20 14:03 open  /elsewhere"));
    run(scene, "delete 20261121");
    assert_int_equal(scene->code, 1);
    store_lease_free(lease);
    store_close(store);
    loop_free(loop);
}

static void the_list_can_be_json(void **state)
{
    gives(*state, "list --json",
          "[{\"id\":\"" FIRST "\",\"created\":\"2026-11-20T14:03:06.000Z\","
          "\"changed\":\"2026-11-20T14:03:16.000Z\",\"events\":11,\"folder\":\"/tmp/home/repo\","
          "\"model\":\"small\",\"title\":\"Do the tests pass?\",\"open\":false},"
          "{\"id\":\"" SECOND "\",\"created\":\"2026-11-20T14:03:06.000Z\","
          "\"changed\":\"2026-11-20T14:03:07.000Z\",\"events\":2,\"folder\":\"/elsewhere\","
          "\"model\":\"small\",\"title\":\"Evil \\u001b[31m\\u202etitle\",\"open\":false}]\n");
}

static void a_session_can_be_read(void **state)
{
    struct scene *scene = *state;
    gives(scene, "show 20261120",
          "Session 20261120-140305-abcd\n"
          "  Title: Do the tests\n"
          "  Folder: /tmp/home/repo\n"
          "  Model: small\n"
          "  Time: 2026-11-20 14:03:06 to 2026-11-20 14:03:16, 11 events\n"
          "\n"
          "-- Prompt\n"
          "  Do the tests\n"
          "  pass?\n"
          "\n"
          "-- Answer\n"
          "  I run **them**.\n"
          "  ## Prompt\n"
          "  ^[]0;x^G\n"
          "\n"
          "-- Call 1: run_command\n"
          "  Argument script:\n"
          "  | cd /repo\n"
          "  | pytest -q\n"
          "  Argument timeout: 30\n"
          "  Argument Decision: run⏎End^[: `x`\n"
          "  Policy: ask\n"
          "  Reason: pytest runs the project's code\n"
          "  Decision: run\n"
          "  End: failed, exit code 1, 2.0s\n"
          "  | E  ```\n"
          "  | ModuleNotFoundError ^[[1mfib^[[0m\n"
          "\n"
          "-- Call 2: read_file\n"
          "  | not json\n"
          "  End: failed\n"
          "  | the arguments are not JSON\n"
          "\n"
          "-- Answer, broken off\n"
          "  They do n\n"
          "\n");
}

static void a_session_can_be_a_document(void **state)
{
    gives(*state, "export --format markdown 20261120",
          "# Session 20261120-140305-abcd\n"
          "\n"
          "- Title: `Do the tests`\n"
          "- Folder: `/tmp/home/repo`\n"
          "- Model: `small`\n"
          "- Time: 2026-11-20 14:03:06 to 2026-11-20 14:03:16, 11 events\n"
          "\n"
          "## Prompt\n"
          "\n"
          "> Do the tests\n"
          "> pass?\n"
          "\n"
          "## Answer\n"
          "\n"
          "> I run **them**.\n"
          "> ## Prompt\n"
          "> ^[]0;x^G\n"
          "\n"
          "### Call 1: `run_command`\n"
          "\n"
          "- Argument `script`:\n"
          "\n"
          "```text\n"
          "cd /repo\n"
          "pytest -q\n"
          "```\n"
          "\n"
          "- Argument `timeout`: `30`\n"
          "- Argument `Decision: run⏎End^[`: `` `x` ``\n"
          "- Policy: `ask`\n"
          "- Reason: `pytest runs the project's code`\n"
          "- Decision: `run`\n"
          "- End: failed, exit code 1, 2.0s\n"
          "\n"
          "````text\n"
          "E  ```\n"
          "ModuleNotFoundError ^[[1mfib^[[0m\n"
          "````\n"
          "\n"
          "### Call 2: `read_file`\n"
          "\n"
          "```text\n"
          "not json\n"
          "```\n"
          "\n"
          "- End: failed\n"
          "\n"
          "```text\n"
          "the arguments are not JSON\n"
          "```\n"
          "\n"
          "## Answer, broken off\n"
          "\n"
          "> They do n\n"
          "\n");
}

/* Of a long output the first lines are shown, and where the rest is. */
static void a_long_output_is_cut(void **state)
{
    struct scene *scene = *state;
    struct buffer text = BUFFER_INIT;
    for (int line = 1; line <= 1000; line++) {
        buffer_append_format(&text, "line %d\n", line);
    }
    scene->store = store_open(scene->loop, scene->data, NULL, NULL, NULL);
    scene->seq = 11;
    called(scene, 3, "run_command", "{}");
    ran(scene, 3, text.data);
    store_close(scene->store);
    run(scene, "show " FIRST);
    char *rest =
        xasprintf("  | line 39\n  | line 40\n  Not shown: 8582 bytes in %s/sessions/" FIRST "/call-3.out\n",
                  scene->data);
    assert_non_null(strstr(scene->out.data, rest));
    assert_null(strstr(scene->out.data, "line 41"));
    free(rest);
    buffer_release(&text);
}

static void an_export_has_every_event(void **state)
{
    struct scene *scene = *state;
    gives(
        scene, "export 20261121",
        "{\"v\":1,\"session\":\"" SECOND "\",\"seq\":1,\"parent\":0,\"time\":\"2026-11-20T14:03:06.000Z\","
        "\"type\":\"session\",\"turn\":1,\"call\":0,\"actor\":\"session\",\"sandbox\":\"\",\"generation\":0,"
        "\"folder\":\"/elsewhere\",\"model\":\"small\"}\n"
        "{\"v\":1,\"session\":\"" SECOND "\",\"seq\":2,\"parent\":1,\"time\":\"2026-11-20T14:03:07.000Z\","
        "\"type\":\"prompt\",\"turn\":1,\"call\":0,\"actor\":\"session\",\"sandbox\":\"\",\"generation\":0,"
        "\"text\":\"Evil \\u001b[31m\\u202etitle\"}\n");
    struct buffer once = BUFFER_INIT;
    buffer_append_text(&once, scene->out.data);
    gives(scene, "export 20261121 --format=jsonl", once.data);
    buffer_release(&once);
}

static void deleted_is_gone(void **state)
{
    struct scene *scene = *state;
    gives(scene, "delete 20261120-14 20261121",
          "session " FIRST " is deleted\nsession " SECOND " is deleted\n");
    run(scene, "list");
    assert_string_equal(scene->out.data, "");
    assert_string_equal(scene->error.data, "there are no sessions yet\n");
    assert_int_equal(scene->code, 0);
    gives(scene, "list --json", "[]\n");
}

static void a_changed_output_is_found(void **state)
{
    struct scene *scene = *state;
    run(scene, "verify " FIRST " " SECOND);
    assert_int_equal(scene->code, 0);
    assert_non_null(
        strstr(scene->out.data, "session " FIRST " is as it was written: 11 events, 1 outputs, head "));
    assert_non_null(
        strstr(scene->out.data, "session " SECOND " is as it was written: 2 events, 0 outputs, "));
    char *path = xasprintf("%s/sessions/" FIRST "/call-1.out", scene->data);
    char *sentence = xasprintf("sandgate sessions: the output of call 1 of session " FIRST
                               ": %s was changed: its hash does not fit\n",
                               path);
    assert_true(path_write_file(path, "x", 1, 0600, NULL));
    refuses(scene, "verify " FIRST, 1, sentence);
    free(sentence);
    assert_int_equal(unlink(path), 0);
    sentence = xasprintf("sandgate sessions: the output of call 1 of session " FIRST
                         ": cannot read %s: No such file or directory\n",
                         path);
    refuses(scene, "verify " FIRST, 1, sentence);
    free(sentence);
    free(path);
}

static void wrong_usage_is_told(void **state)
{
    static const struct {
        const char *words, *sentence;
    } cases[] = {
        { "", "a verb is missing" },
        { "lst", "there is no verb \"lst\"" },
        { "show", "show wants the id of a session" },
        { "show a b", "\"b\" is one argument too many" },
        { "list a", "\"a\" is one argument too many" },
        { "show a --json", "show takes no --json" },
        { "list --format jsonl", "list takes no --format" },
        { "export a --format", "--format wants a value" },
        { "export a --format html", "--format is jsonl or markdown, not \"html\"" },
        { "list --yaml", "there is no option --yaml" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *line = xasprintf("sandgate sessions: %s; see sandgate sessions --help\n", cases[i].sentence);
        refuses(*state, cases[i].words, 2, line);
        free(line);
    }
}

static void an_unknown_session_is_told(void **state)
{
    refuses(*state, "show 1999", 1,
            "sandgate sessions: there is no session whose id is or begins with \"1999\"\n");
    refuses(*state, "export 2026", 1,
            "sandgate sessions: more than one session begins with \"2026\" (" FIRST ", " SECOND
            "); type more of "
            "its id\n");
}

static void help_names_every_verb(void **state)
{
    struct scene *scene = *state;
    run(scene, "--help");
    assert_int_equal(scene->code, 0);
    static const char *const verbs[] = { "list", "show", "delete", "export", "verify" };
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        assert_non_null(strstr(scene->out.data, verbs[i]));
    }
}

static void a_full_output_is_an_error(void **state)
{
    struct scene *scene = *state;
    if (access("/dev/full", W_OK) != 0) {
        skip();
    }
    run_into(scene, "export " FIRST, "/dev/full");
    assert_int_equal(scene->code, 1);
    assert_string_equal(scene->error.data,
                        "sandgate sessions: cannot write to standard output: No space left on device\n");
}

int main(int argc, char **argv)
{
    if (strcmp(argv[0], "sessions") == 0)
        return face_sessions(argc, argv);
    alarm(600);
    utf8_set_locale();
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_list_is_aligned_and_safe),
        TEST(the_list_can_be_json),
        TEST(a_session_can_be_read),
        TEST(a_session_can_be_a_document),
        TEST(a_long_output_is_cut),
        TEST(an_export_has_every_event),
        TEST(deleted_is_gone),
        TEST(a_changed_output_is_found),
        TEST(wrong_usage_is_told),
        TEST(an_unknown_session_is_told),
        TEST(help_names_every_verb),
        TEST(a_full_output_is_an_error),
    };
    return cmocka_run_group_tests_name("face/sessions", tests, NULL, NULL);
}
