/* sandbox_bench.h - what the tests of the sandbox share: one sandbox on one loop, calls that are waited for.
 * Included once by each test; all of it is static.
 *
 * The tests are written against the interface and run on bubblewrap; those that apply run once more on Modal, at
 * the stand-in (BENCH_ON_MODAL). */
#ifndef SANDGATE_TESTS_SANDBOX_BENCH_H
#define SANDGATE_TESTS_SANDBOX_BENCH_H

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "loop/loop.h"
#include "sandbox/sandbox.h"
#include "tests/support/modal_server.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED __attribute__((unused))

/* Where the tests run now. */
static struct {
    struct modal_server *server; /* NULL: on bubblewrap */
    char home[64];
} bench_place;

static UNUSED bool bench_is_modal(void)
{
    return bench_place.server != NULL;
}

static UNUSED int bench_go_to_modal(void **state)
{
    (void)state;
    bench_place.server = modal_server_start(NULL);
    strcpy(bench_place.home, "/tmp/sandgate-home-XXXXXX");
    assert_non_null(mkdtemp(bench_place.home));
    setenv("XDG_CONFIG_HOME", bench_place.home, 1);
    setenv("MODAL_CONFIG_PATH", "/nowhere/modal.toml", 1);
    setenv("MODAL_SERVER_URL", modal_server_url(bench_place.server), 1);
    setenv("MODAL_TOKEN_ID", modal_server_token_id(bench_place.server), 1);
    setenv("MODAL_TOKEN_SECRET", modal_server_token_secret(bench_place.server), 1);
    return 0;
}

static UNUSED int bench_come_back(void **state)
{
    (void)state;
    modal_server_stop(bench_place.server);
    bench_place.server = NULL;
    path_remove_tree(bench_place.home, NULL);
    return 0;
}

/* Runs TESTS on Modal too; how many failed. */
#define BENCH_ON_MODAL(tests)                                                                              \
    (modal_server_available()                                                                              \
         ? cmocka_run_group_tests_name("on Modal", tests, bench_go_to_modal, bench_come_back)              \
         : (print_message("# skipped on Modal: node or the stand-in's packages are not installed; npm ci " \
                          "in tests/standin/modal\n"),                                                     \
            0))

struct bench {
    struct loop *loop;
    struct sandbox *sandbox;
    char folder[64]; /* the session's state on the host */
    bool ready, failed, lost;
    bool is_just_freed; /* at the end, without leave before */
    char *sentence;
    int next_exec;
};

static void bench_ready(void *data)
{
    ((struct bench *)data)->ready = true;
}

static void bench_failed(void *data, const char *sentence)
{
    struct bench *bench = data;
    bench->failed = true;
    bench->sentence = xstrdup(sentence);
}

static void bench_lost(void *data, const char *sentence)
{
    struct bench *bench = data;
    bench->lost = true;
    free(bench->sentence);
    bench->sentence = xstrdup(sentence);
}

static const struct sandbox_open_events bench_events = { .ready = bench_ready,
                                                         .failed = bench_failed,
                                                         .lost = bench_lost };

static void bench_open_with(struct bench *bench, struct sandbox_options options)
{
    *bench = (struct bench){ .loop = loop_new() };
    strcpy(bench->folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    options.backend = options.backend ? options.backend : bench_is_modal() ? "modal" : "bubblewrap";
    options.state_folder = bench->folder;
    options.workspace = options.workspace ? options.workspace : "/workspace";
    bench->sandbox = sandbox_open(bench->loop, &options, &bench_events, bench);
    while (!bench->ready && !bench->failed)
        loop_turn(bench->loop, -1);
}

static UNUSED void bench_open(struct bench *bench)
{
    bench_open_with(bench, (struct sandbox_options){ 0 });
    if (bench->failed)
        fail_msg("%s", bench->sentence);
}

static void bench_left(void *data, const char *failed)
{
    assert_null(failed);
    *(bool *)data = true;
}

static UNUSED void bench_close(struct bench *bench)
{
    bool left = false;
    if (bench_is_modal() && bench->sandbox && !bench->is_just_freed) {
        sandbox_leave(bench->sandbox, SANDBOX_TERMINATE, bench_left, &left);
        while (!left)
            loop_turn(bench->loop, -1);
    }
    sandbox_free(bench->sandbox);
    loop_free(bench->loop);
    path_remove_tree(bench->folder, NULL);
    free(bench->sentence);
}

/* --- one program --- */

struct run {
    struct bench *bench;
    struct sandbox_exec *exec;
    struct buffer out, error;
    bool started, done;
    enum sandbox_end end;
    int code, signal;
    char *sentence, *survivors; /* a line each */
};

static void run_started(void *data)
{
    ((struct run *)data)->started = true;
}

static void run_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct run *run = data;
    buffer_append(is_error ? &run->error : &run->out, bytes, length);
}

static void run_done(void *data, const struct sandbox_exec_result *result)
{
    struct run *run = data;
    struct buffer lines = BUFFER_INIT;
    assert_false(run->done);
    run->done = true;
    run->end = result->end;
    run->code = result->code;
    run->signal = result->signal;
    run->sentence = xstrdup_or_null(result->sentence);
    for (size_t i = 0; result->survivors && result->survivors[i]; i++)
        buffer_append_format(&lines, "%s\n", result->survivors[i]);
    run->survivors = buffer_detach(&lines);
}

static const struct sandbox_exec_events run_events = { .started = run_started,
                                                       .output = run_output,
                                                       .done = run_done };

static UNUSED void run_begin(struct run *run, struct bench *bench, struct sandbox_exec_spec spec)
{
    char id[32];
    *run = (struct run){ .bench = bench };
    buffer_init(&run->out, 0);
    buffer_init(&run->error, 0);
    snprintf(id, sizeof(id), "exec-%d", ++bench->next_exec);
    spec.exec_id = spec.exec_id ? spec.exec_id : id;
    run->exec = sandbox_exec(bench->sandbox, &spec, &run_events, run);
}

static UNUSED void run_wait(struct run *run)
{
    while (!run->done)
        loop_turn(run->bench->loop, -1);
}

static UNUSED void run_release(struct run *run)
{
    buffer_release(&run->out);
    buffer_release(&run->error);
    free(run->sentence);
    free(run->survivors);
}

#define SCRIPT(text) ((const char *const[]){ "/bin/bash", "--noprofile", "--norc", "-c", (text), NULL })

static UNUSED void run_script_begin(struct run *run, struct bench *bench, const char *script)
{
    run_begin(run, bench, (struct sandbox_exec_spec){ .argv = SCRIPT(script) });
}

static UNUSED void run_script(struct run *run, struct bench *bench, const char *script)
{
    run_script_begin(run, bench, script);
    run_wait(run);
}

/* Runs SCRIPT, which must exit with 0 and print exactly OUT. */
static UNUSED void expect_output(struct bench *bench, const char *script, const char *out)
{
    struct run run;
    run_script(&run, bench, script);
    if (run.end != SANDBOX_EXITED || run.code != 0)
        fail_msg("%s: end %d code %d signal %d: %s%s", script, run.end, run.code, run.signal, run.error.data,
                 run.sentence ? run.sentence : "");
    assert_string_equal(run.out.data, out);
    run_release(&run);
}

/* --- one file request --- */

struct ask {
    struct bench *bench;
    bool answered;
    int error;
    char *failed;
    struct buffer bytes; /* of a read; of a list: "TYPE NAME[ -> TARGET]" a line */
    size_t count;
    bool more, target_is_folder;
    int64_t total, size;
    unsigned mode;
    char hash[HASH_TEXT];
};

static UNUSED void ask_answered(void *data, const struct sandbox_answer *answer)
{
    static const char letters[] = "fdl?";
    struct ask *ask = data;
    assert_false(ask->answered);
    ask->answered = true;
    ask->error = answer->error;
    ask->failed = xstrdup_or_null(answer->failed);
    assert_int_equal(answer->error != 0, answer->failed != NULL);
    ask->count = answer->entry_count;
    ask->more = answer->more;
    ask->total = answer->entry_total;
    ask->size = answer->size;
    strcpy(ask->hash, answer->hash);
    if (answer->length > 0)
        buffer_append(&ask->bytes, answer->bytes, answer->length);
    for (size_t i = 0; i < answer->entry_count; i++) {
        const struct sandbox_entry *entry = &answer->entries[i];
        buffer_append_format(&ask->bytes, "%c %s", letters[entry->type], entry->name);
        if (entry->target)
            buffer_append_format(&ask->bytes, " -> %s", entry->target);
        buffer_append_byte(&ask->bytes, '\n');
        ask->size = entry->size;
        ask->mode = entry->mode;
        ask->target_is_folder = entry->target_is_folder;
    }
}

static UNUSED void ask_begin(struct ask *ask, struct bench *bench)
{
    *ask = (struct ask){ .bench = bench };
    buffer_init(&ask->bytes, 0);
}

static UNUSED void ask_wait(struct ask *ask)
{
    while (!ask->answered)
        loop_turn(ask->bench->loop, -1);
}

static UNUSED void ask_release(struct ask *ask)
{
    buffer_release(&ask->bytes);
    free(ask->failed);
}

/* ASK(&ask, bench, sandbox_list, "/path", 10): asks and waits. */
#define ASK(ask, bench, call, ...)                              \
    do {                                                        \
        ask_begin(ask, bench);                                  \
        call((bench)->sandbox, __VA_ARGS__, ask_answered, ask); \
        ask_wait(ask);                                          \
    } while (0)

static UNUSED int bench_setup(void **state)
{
    struct bench *bench = xmalloc(sizeof(*bench));
    bench_open(bench);
    *state = bench;
    return 0;
}

static UNUSED int bench_teardown(void **state)
{
    bench_close(*state);
    free(*state);
    return 0;
}

/* --- once more as a plain user --- */

enum { PLAIN_USER = 65534 };

/* The test's own program, and the jail next to it, must be within a plain user's reach. */
static UNUSED bool within_reach(const char *path)
{
    struct stat info;
    char *folder = xstrdup(path);
    bool good = true;
    while (good && strcmp(folder, "/") != 0 && strcmp(folder, ".") != 0) {
        good = stat(folder, &info) == 0 && info.st_mode & S_IXOTH;
        char *above = path_folder(folder);
        free(folder);
        folder = above;
    }
    free(folder);
    return good;
}

/* Runs this test program again with the argument "plain". False: that cannot be done here. */
static UNUSED bool run_as_plain_user(void)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    assert_true(length > 0);
    self[length] = '\0';
    if (geteuid() != 0 || !within_reach(self))
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        setenv("CMOCKA_MESSAGE_OUTPUT", "STDOUT", 1);
        dup2(2, 1);
        if (setgid(PLAIN_USER) == 0 && setuid(PLAIN_USER) == 0)
            execl(self, self, "plain", NULL);
        _exit(126);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return true;
}

#endif
