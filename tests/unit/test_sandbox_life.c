/* test_sandbox_life.c - how a sandbox begins and ends, what limits it, and what happens when something goes
 * wrong on the way; run by root it runs once more as a plain user. */
#include "tests/unit/sandbox_bench.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>

/* --- processes of the host --- */

/* The process id of the first child of PARENT, 0: none. */
static pid_t child_of(pid_t parent)
{
    DIR *folder = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *entry; !found && (entry = readdir(folder));) {
        char path[300], text[512] = "";
        int above;
        snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
        FILE *file = isdigit((unsigned char)entry->d_name[0]) ? fopen(path, "r") : NULL;
        if (file && fgets(text, sizeof(text), file) && strrchr(text, ')') &&
            sscanf(strrchr(text, ')') + 1, " %*c %d", &above) == 1 && above == parent)
            found = (pid_t)atoi(entry->d_name);
        if (file)
            fclose(file);
    }
    closedir(folder);
    return found;
}

/* The seconds of a sleep that is like no other on this machine: other runs of this test may be going on. */
static const char *unlike_others(char word[32])
{
    snprintf(word, 32, "4242.%ld", (long)getpid());
    return word;
}

/* How many processes have been started as "sleep WORD". */
static int count_sleepers(const char *word)
{
    DIR *folder = opendir("/proc");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[300], text[256];
        snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
        FILE *file = isdigit((unsigned char)entry->d_name[0]) ? fopen(path, "r") : NULL;
        size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
        text[length] = '\0';
        count += length > 7 && strcmp(text, "sleep") == 0 && strcmp(text + 6, word) == 0;
        if (file)
            fclose(file);
    }
    closedir(folder);
    return count;
}

/* --- the ordinary --- */

static void test_facts(void **state)
{
    struct bench *bench = *state;
    const struct sandbox_facts *facts = sandbox_facts(bench->sandbox);
    assert_string_equal(facts->backend, "bubblewrap");
    assert_int_equal(facts->generation, 1);
    assert_string_equal(facts->workspace, "/workspace");
    assert_false(facts->secrets);
    assert_string_equal(facts->mounts, "");
    assert_int_equal(strlen(facts->id), 15);
    assert_non_null(strstr(facts->limits, "memory 4 GiB"));
    assert_int_equal(sandbox_can(bench->sandbox) & SANDBOX_CAN_PTY, SANDBOX_CAN_PTY);
    assert_int_equal(sandbox_can(bench->sandbox) & SANDBOX_CAN_FORK, SANDBOX_CAN_FORK);
    assert_int_equal(sandbox_can(bench->sandbox) & (SANDBOX_CAN_DETACH | SANDBOX_CAN_SNAPSHOT), 0);
}

static void test_two_at_once(void **state)
{
    struct bench *first = *state, second;
    bench_open(&second);
    assert_string_not_equal(sandbox_facts(first->sandbox)->id, sandbox_facts(second.sandbox)->id);
    expect_output(first, "echo first > /workspace/name; echo first > /tmp/name", "");
    expect_output(&second, "cat /workspace/name /tmp/name 2>/dev/null; echo second > /workspace/name", "");
    struct run one, two;
    run_script_begin(&one, first, "for i in {1..1000}; do echo one; done; cat /workspace/name");
    run_script_begin(&two, &second, "for i in {1..1000}; do echo two; done; cat /workspace/name");
    while (!one.done || !two.done) {
        loop_turn(first->loop, 1);
        loop_turn(second.loop, 1);
    }
    assert_non_null(strstr(one.out.data, "first\n"));
    assert_null(strstr(one.out.data, "two"));
    assert_non_null(strstr(two.out.data, "second\n"));
    run_release(&one);
    run_release(&two);
    bench_close(&second);
    expect_output(first, "cat /workspace/name", "first\n");
}

/* On one loop, and one of them goes. */
static void test_two_on_one_loop(void **state)
{
    struct bench *bench = *state;
    struct bench other = { .loop = bench->loop };
    strcpy(other.folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(other.folder));
    struct sandbox_options options = { .backend = "bubblewrap",
                                       .state_folder = other.folder,
                                       .workspace = "/repo" };
    other.sandbox = sandbox_open(bench->loop, &options, &bench_events, &other);
    expect_output(&other, "pwd", "/repo\n");
    sandbox_free(other.sandbox);
    expect_output(bench, "pwd", "/workspace\n");
    path_remove_tree(other.folder, NULL);
}

static void reopen(struct bench *bench)
{
    struct sandbox_options options = { .backend = "bubblewrap",
                                       .state_folder = bench->folder,
                                       .workspace = "/workspace" };
    sandbox_free(bench->sandbox);
    bench->ready = false;
    bench->sandbox = sandbox_open(bench->loop, &options, &bench_events, bench);
    while (!bench->ready && !bench->failed)
        loop_turn(bench->loop, -1);
}

static void test_workspace_stays(void **state)
{
    struct bench *bench = *state;
    char word[32], script[128];
    snprintf(script, sizeof(script), "echo kept > kept; echo gone > /tmp/gone; sleep %s & echo",
             unlike_others(word));
    expect_output(bench, script, "\n");
    reopen(bench);
    assert_true(bench->ready);
    expect_output(bench, "cat kept; ls -A /tmp /root", "kept\n/root:\n\n/tmp:\n");
    assert_int_equal(count_sleepers(word), 0);
}

/* --- a fork --- */

static void fork_begin(struct bench *fork, struct bench *first)
{
    *fork = (struct bench){ .loop = first->loop };
    strcpy(fork->folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(fork->folder));
    fork->sandbox = sandbox_fork(first->sandbox, fork->folder, &bench_events, fork);
}

static void fork_end(struct bench *fork)
{
    sandbox_free(fork->sandbox);
    path_remove_tree(fork->folder, NULL);
    free(fork->sentence);
}

static void test_fork(void **state)
{
    struct bench *bench = *state, fork;
    expect_output(
        bench,
        "mkdir -p sub/deep closed; echo one >sub/file; chmod 640 sub/file; ln -s /etc/shadow out; "
        "ln -s sub in; echo x >closed/x; chmod 555 closed; truncate -s 10G holes; echo end >>holes; "
        "mkfifo pipe; touch -d @1000000000 sub/file",
        "");
    fork_begin(&fork, bench);
    while (!fork.ready && !fork.failed)
        loop_turn(bench->loop, -1);
    if (fork.failed)
        fail_msg("%s", fork.sentence);
    assert_string_not_equal(sandbox_facts(fork.sandbox)->id, sandbox_facts(bench->sandbox)->id);
    expect_output(
        &fork,
        "stat -c '%a %Y' sub/file; stat -c %a closed; readlink out in; cat in/file closed/x; "
        "test -e pipe || echo none; tail -c 4 holes; [ $(stat -c %b holes) -lt 1000 ] && echo sparse",
        "640 1000000000\n555\n/etc/shadow\nsub\none\nx\nnone\nend\nsparse\n");
    expect_output(&fork, "echo two >sub/file; rm -r closed/../out", "");
    expect_output(bench, "cat sub/file; readlink out", "one\n/etc/shadow\n");
    fork_end(&fork);
    expect_output(bench, "echo goes on", "goes on\n");
}

/* What is copied changes all the time, and tries to lead out. */
static void test_fork_of_what_changes(void **state)
{
    struct bench *bench = *state, fork;
    struct run run;
    expect_output(bench, "for i in {1..300}; do mkdir -p d$i/e; echo $i >d$i/e/f; done", "");
    run_script_begin(&run, bench,
                     "echo go; while :; do for i in {1..300}; do mv d$i/e d$i/g; ln -s /etc d$i/e; rm d$i/e; "
                     "mv d$i/g d$i/e; done; done");
    while (run.out.length == 0)
        loop_turn(bench->loop, -1);
    for (int i = 0; i < 3; i++) {
        fork_begin(&fork, bench);
        while (!fork.ready && !fork.failed)
            loop_turn(bench->loop, -1);
        if (fork.failed)
            fail_msg("%s", fork.sentence);
        expect_output(&fork, "find . -name passwd; find . -type f -name f | wc -l | grep -c .", "1\n");
        fork_end(&fork);
    }
    sandbox_exec_cancel(run.exec);
    run_wait(&run);
    run_release(&run);
}

static void test_fork_freed_on_its_way(void **state)
{
    struct bench *bench = *state, fork;
    expect_output(bench, "for i in {1..2000}; do echo $i >f$i; done", "");
    for (int turns = 0; turns < 20; turns++) {
        fork_begin(&fork, bench);
        for (int i = 0; i < turns; i++)
            loop_turn(bench->loop, 0);
        fork_end(&fork);
    }
    expect_output(bench, "ls | wc -l", "2000\n");
}

static int is_group_of(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return strstr(path, getenv("SANDGATE_TEST_GROUP")) != NULL;
}

/* A walk breaks off where a folder goes meanwhile: other tests have sandboxes too. */
static bool group_is_left(void)
{
    int result;
    do {
        errno = 0;
        result = nftw("/sys/fs/cgroup", is_group_of, 50, FTW_PHYS);
    } while (result < 0 && errno == ENOENT && access("/sys/fs/cgroup", F_OK) == 0);
    return result > 0;
}

static void test_nothing_is_left(void **state)
{
    struct bench bench;
    char group[80], word[32], script[128];
    (void)state;
    bench_open(&bench);
    snprintf(group, sizeof(group), "sandgate-%s", sandbox_facts(bench.sandbox)->id);
    setenv("SANDGATE_TEST_GROUP", group, 1);
    struct run run;
    unlike_others(word);
    snprintf(script, sizeof(script), "setsid sleep %s & echo x; sleep %s", word, word);
    run_script_begin(&run, &bench, script);
    while (run.out.length == 0)
        loop_turn(bench.loop, -1);
    bench_close(&bench);
    run_release(&run);
    assert_int_equal(count_sleepers(word), 0);
    assert_int_equal(child_of(getpid()), 0);
    assert_false(group_is_left());
}

/* --- lost --- */

static void expect_lost(struct bench *bench, pid_t victim)
{
    struct run run, late;
    struct ask ask, late_ask;
    run_script_begin(&run, bench, "echo begun; sleep 1000");
    while (run.out.length == 0)
        loop_turn(bench->loop, -1);
    expect_output(bench, "truncate -s 5G sparse", "");
    ask_begin(&ask, bench);
    sandbox_read(bench->sandbox, "/workspace/sparse", 0, 1, true, ask_answered, &ask);
    assert_int_equal(kill(victim, SIGKILL), 0);
    while (!bench->lost)
        loop_turn(bench->loop, -1);
    assert_true(run.done);
    assert_int_equal(run.end, SANDBOX_LOST);
    assert_non_null(run.sentence);
    assert_int_equal(ask.error, ENOTCONN);
    run_script(&late, bench, "echo");
    assert_int_equal(late.end, SANDBOX_FAILED);
    assert_non_null(strstr(late.sentence, "gone"));
    ASK(&late_ask, bench, sandbox_list, "/", 10);
    assert_int_equal(late_ask.error, ENOTCONN);
    run_release(&run);
    run_release(&late);
    ask_release(&ask);
    ask_release(&late_ask);
}

static void test_first_process_killed(void **state)
{
    pid_t jail = child_of(child_of(getpid()));
    assert_true(jail > 1);
    expect_lost(*state, jail);
}

static void test_bwrap_killed(void **state)
{
    pid_t bwrap = child_of(getpid());
    assert_true(bwrap > 1);
    expect_lost(*state, bwrap);
}

/* A program that is killed takes its sandbox with it. */
static void test_host_killed(void **state)
{
    int ready[2];
    char word[32], script[128];
    (void)state;
    unlike_others(word);
    snprintf(script, sizeof(script), "(setsid sleep %s &); echo begun; sleep %s", word, word);
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct bench bench;
        alarm(600);
        struct run run;
        bench_open(&bench);
        run_script_begin(&run, &bench, script);
        while (run.out.length == 0)
            loop_turn(bench.loop, -1);
        if (write(ready[1], bench.folder, sizeof(bench.folder)) > 0)
            pause();
        _exit(1);
    }
    char folder[64];
    assert_int_equal(read(ready[0], folder, sizeof(folder)), sizeof(folder));
    while (count_sleepers(word) < 2)
        sched_yield();
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    while (count_sleepers(word) > 0)
        sched_yield();
    path_remove_tree(folder, NULL);
    close(ready[0]);
    close(ready[1]);
}

/* --- what cannot be started --- */

static void expect_refused(struct sandbox_options options, const char *words)
{
    struct bench bench;
    bench_open_with(&bench, options);
    assert_true(bench.failed);
    assert_false(bench.ready || bench.lost);
    if (!strstr(bench.sentence, words))
        fail_msg("'%s' does not say '%s'", bench.sentence, words);
    bench_close(&bench);
}

static void test_refused(void **state)
{
    (void)state;
    expect_refused((struct sandbox_options){ .backend = "bubblewarp" },
                   "no sandbox backend called bubblewarp");
    expect_refused((struct sandbox_options){ .id = "bw-000000000000" }, "bw-000000000000 is gone");
    expect_refused((struct sandbox_options){ .workspace = "/" }, "choose another");
    expect_refused((struct sandbox_options){ .workspace = "/usr/share" }, "choose another");
    expect_refused((struct sandbox_options){ .workspace = "/workspace/../proc/x" }, "choose another");
    char *path = xstrdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    expect_refused((struct sandbox_options){ 0 }, "apt-get install bubblewrap");
    setenv("PATH", path, 1);
    free(path);
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return good;
}

/* In a child, in a namespace in which there may be no further one; 3: that cannot be arranged here. */
static int without_namespaces(void)
{
    char map[64];
    struct bench bench;
    snprintf(map, sizeof(map), "0 %d 1", (int)geteuid());
    if (unshare(CLONE_NEWUSER) < 0 || !write_file("/proc/self/uid_map", map) ||
        !write_file("/proc/sys/user/max_user_namespaces", "0"))
        return 3;
    bench_open_with(&bench, (struct sandbox_options){ 0 });
    int result = bench.failed && strstr(bench.sentence, "user.max_user_namespaces=") ? 0 : 1;
    if (result)
        fprintf(stderr, "%s\n", bench.sentence ? bench.sentence : "it started");
    bench_close(&bench);
    return result;
}

static void test_no_user_namespaces(void **state)
{
    int status;
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        _exit(without_namespaces());
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 3)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- other places for the workspace --- */

static void test_workspace_elsewhere(void **state)
{
    static const char *const places[] = { "/repo", "/tmp/deep/in/here", "/root/project", "/home/person/x",
                                          "/sp ace/ü" };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct bench bench;
        char line[100];
        bench_open_with(&bench, (struct sandbox_options){ .workspace = places[i] });
        assert_true(bench.ready);
        snprintf(line, sizeof(line), "%s\n", places[i]);
        expect_output(&bench, "pwd; touch file", line);
        bench_close(&bench);
    }
}

/* --- limits --- */

static void test_limits(void **state)
{
    struct bench bench;
    struct run run;
    (void)state;
    bench_open_with(&bench, (struct sandbox_options){
                                .memory = 300 << 20, .processes = 40, .file_size = 1 << 20, .cpu = 1 });
    const char *words = sandbox_facts(bench.sandbox)->limits;
    expect_output(&bench, "head -c 2000000 /dev/zero > file; echo $?; stat -c %s file; ulimit -c",
                  "153\n1048576\n0\n");
    run_script(&run, &bench, "head -c 700000000 /dev/zero | tail -c 600000000 | wc -c");
    assert_string_not_equal(run.out.data, "600000000\n");
    run_release(&run);
    if (!strstr(words, "processes not limited"))
        expect_output(
            &bench,
            "perl -e 'for (1..200) { $p = fork; last unless defined $p; if (!$p) { sleep 1000 } $n++ } "
            "print $n < 40 ? \"few\" : \"many\"'",
            "few");
    bench_close(&bench);
}

static void test_all_as_plain_user(void **state)
{
    (void)state;
    if (!run_as_plain_user())
        skip();
}

int main(int count, char **arguments)
{
#define IN_SANDBOX(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        IN_SANDBOX(test_facts),
        IN_SANDBOX(test_two_at_once),
        IN_SANDBOX(test_two_on_one_loop),
        IN_SANDBOX(test_workspace_stays),
        IN_SANDBOX(test_fork),
        IN_SANDBOX(test_fork_of_what_changes),
        IN_SANDBOX(test_fork_freed_on_its_way),
        cmocka_unit_test(test_nothing_is_left),
        IN_SANDBOX(test_first_process_killed),
        IN_SANDBOX(test_bwrap_killed),
        cmocka_unit_test(test_host_killed),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_user_namespaces),
        cmocka_unit_test(test_workspace_elsewhere),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_all_as_plain_user),
    };
    bool plain = count > 1 && strcmp(arguments[1], "plain") == 0;
    alarm(600);
    return plain ? cmocka_run_group_tests_name("as a plain user", tests, NULL, NULL)
                 : cmocka_run_group_tests(tests, NULL, NULL);
}
