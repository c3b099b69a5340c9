/* test_sandbox_files.c - file requests and watches, in the embedded sandbox and on Modal. */
#include "tests/unit/sandbox_bench.h"

#include <sys/stat.h>

static const char hash_of_hello[] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/* Asks for a change and expects the error number NUMBER. */
#define CHANGE(bench, number, call, ...)                                                           \
    do {                                                                                           \
        struct ask ask_;                                                                           \
        ASK(&ask_, bench, call, __VA_ARGS__);                                                      \
        if (ask_.error != (number))                                                                \
            fail_msg("error %d (%s), not %d", ask_.error, ask_.failed ? ask_.failed : "", number); \
        ask_release(&ask_);                                                                        \
    } while (0)

static void expect_list(struct bench *bench, const char *path, const char *lines)
{
    struct ask ask;
    ASK(&ask, bench, sandbox_list, path, 1000);
    assert_int_equal(ask.error, 0);
    assert_string_equal(ask.bytes.data, lines);
    ask_release(&ask);
}

static void expect_content(struct bench *bench, const char *path, const char *content)
{
    struct ask ask;
    ASK(&ask, bench, sandbox_read, path, 0, 1000, false);
    if (ask.error)
        fail_msg("%s", ask.failed);
    assert_string_equal(ask.bytes.data, content);
    ask_release(&ask);
}

/* --- reading --- */

static void test_write_list_read(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    CHANGE(bench, 0, sandbox_write, "/workspace/sub/a.txt", "hello", 5, NULL);
    expect_list(bench, "/workspace", "d sub\n");
    ASK(&ask, bench, sandbox_read, "/workspace/sub/a.txt", 1, 3, true);
    assert_int_equal(ask.error, 0);
    assert_string_equal(ask.bytes.data, "ell");
    assert_int_equal(ask.size, 5);
    assert_string_equal(ask.hash, hash_of_hello);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_read, "/workspace/sub/a.txt", 4, 100, false);
    assert_string_equal(ask.bytes.data, "o");
    assert_int_equal(ask.size, 5);
    assert_string_equal(ask.hash, "");
    ask_release(&ask);
    ASK(&ask, bench, sandbox_read, "/workspace/sub/a.txt", 50, 100, true);
    assert_int_equal(ask.bytes.length, 0);
    assert_string_equal(ask.hash, hash_of_hello);
    ask_release(&ask);
}

static void test_large_read(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    expect_output(bench, "seq 1000000 > big; sha256sum big | cut -c1-64 > sum", "");
    ASK(&ask, bench, sandbox_read, "/workspace/big", 0, 20 << 20, true);
    assert_int_equal(ask.bytes.length, 6888896);
    assert_int_equal(ask.size, 6888896);
    char line[HASH_TEXT + 1];
    snprintf(line, sizeof(line), "%s\n", ask.hash);
    ask_release(&ask);
    expect_content(bench, "/workspace/sum", line);
}

static void test_not_to_be_read(void **state)
{
    struct bench *bench = *state;
    CHANGE(bench, ENOENT, sandbox_read, "/workspace/none", 0, 10, false);
    CHANGE(bench, EISDIR, sandbox_read, "/workspace", 0, 10, false);
    CHANGE(bench, EINVAL, sandbox_read, "/dev/zero", 0, 10, true);
    expect_output(bench, "mkfifo fifo", "");
    CHANGE(bench, EINVAL, sandbox_read, "/workspace/fifo", 0, 10, false);
    CHANGE(bench, EINVAL, sandbox_read, "relative", 0, 10, false);
    CHANGE(bench, ENOTDIR, sandbox_list, "/workspace/fifo", 10);
    CHANGE(bench, ENOENT, sandbox_list, "/workspace/none", 10);
}

static void test_stat(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    expect_output(bench, "echo hi > a; chmod 640 a; ln -s /usr/lib link; ln -s nowhere dead", "");
    ASK(&ask, bench, sandbox_stat, "/workspace/a");
    assert_string_equal(ask.bytes.data, "f a\n");
    assert_int_equal(ask.mode, 0640);
    assert_int_equal(ask.size, 3);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_stat, "/workspace/link");
    assert_string_equal(ask.bytes.data, "l link -> /usr/lib\n");
    assert_true(ask.target_is_folder);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_stat, "/workspace/dead");
    assert_string_equal(ask.bytes.data, "l dead -> nowhere\n");
    assert_false(ask.target_is_folder);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_stat, "/workspace///");
    assert_string_equal(ask.bytes.data, "d workspace\n");
    ask_release(&ask);
    ASK(&ask, bench, sandbox_stat, "/");
    assert_string_equal(ask.bytes.data, "d /\n");
    ask_release(&ask);
    CHANGE(bench, ENOENT, sandbox_stat, "/workspace/none");
}

static void test_large_list(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    expect_output(bench, "mkdir many; cd many; seq -f %05g 10000 | xargs touch", "");
    ASK(&ask, bench, sandbox_list, "/workspace/many", 20000);
    assert_int_equal(ask.count, 10000);
    assert_int_equal(ask.total, 10000);
    assert_false(ask.more);
    assert_memory_equal(ask.bytes.data, "f 00001\nf 00002\n", 16);
    ask_release(&ask);
    ASK(&ask, bench, sandbox_list, "/workspace/many", 100);
    assert_int_equal(ask.count, 100);
    assert_int_equal(ask.total, 10000);
    assert_true(ask.more);
    assert_memory_equal(ask.bytes.data, "f 00001\nf 00002\n", 16);
    assert_non_null(strstr(ask.bytes.data, "f 00100\n"));
    ask_release(&ask);
    CHANGE(bench, 0, sandbox_remove, "/workspace/many", true);
    expect_list(bench, "/workspace", "");
}

/* --- names that mean harm --- */

static void test_hostile_names(void **state)
{
    struct bench *bench = *state;
    char name[256], path[300], list[600];
    size_t length = 0;
    for (int byte = 1; byte < 256; byte++)
        if (byte != '/')
            name[length++] = (char)byte;
    name[length] = '\0';
    snprintf(path, sizeof(path), "/workspace/%s", name);
    CHANGE(bench, 0, sandbox_write, path, "x", 1, "");
    snprintf(list, sizeof(list), "f %s\n", name);
    expect_list(bench, "/workspace", list);
    expect_content(bench, path, "x");
    CHANGE(bench, 0, sandbox_rename, path, "/workspace/-rf *");
    expect_list(bench, "/workspace", "f -rf *\n");
    CHANGE(bench, 0, sandbox_remove, "/workspace/-rf *", false);
    expect_list(bench, "/workspace", "");
}

/* --- links --- */

/* What lies behind a link is the sandbox's own, never the host's. */
static void test_links_stay_inside(void **state)
{
    struct bench *bench = *state;
    char outside[100], climb[200];
    snprintf(outside, sizeof(outside), "%s/host-only", bench->folder);
    assert_true(path_write_file(outside, "secret", 6, 0644, NULL));
    snprintf(climb, sizeof(climb), "../../../../../..%s", outside);
    CHANGE(bench, 0, sandbox_put, "/workspace/absolute", SANDBOX_LINK, 0, NULL, 0, outside);
    CHANGE(bench, 0, sandbox_put, "/workspace/climb", SANDBOX_LINK, 0, NULL, 0, climb);
    CHANGE(bench, 0, sandbox_put, "/workspace/shadow", SANDBOX_LINK, 0, NULL, 0, "/etc/shadow");
    CHANGE(bench, 0, sandbox_put, "/workspace/etc", SANDBOX_LINK, 0, NULL, 0, "/etc");
    CHANGE(bench, ENOENT, sandbox_read, "/workspace/absolute", 0, 10, false);
    CHANGE(bench, ENOENT, sandbox_read, "/workspace/climb", 0, 10, false);
    CHANGE(bench, ENOENT, sandbox_read, "/workspace/shadow", 0, 10, false);
    CHANGE(bench, EROFS, sandbox_write, "/workspace/etc/new", "x", 1, NULL);
    CHANGE(bench, EROFS, sandbox_remove, "/workspace/etc/passwd", false);
    CHANGE(bench, 0, sandbox_remove, "/workspace/etc", true);
    expect_content(bench, "/etc/hostname", "sandgate\n");
}

static void test_write_through_link(void **state)
{
    struct bench *bench = *state;
    CHANGE(bench, 0, sandbox_write, "/workspace/d/real", "one", 3, NULL);
    CHANGE(bench, 0, sandbox_put, "/workspace/link", SANDBOX_LINK, 0, NULL, 0, "d/real");
    CHANGE(bench, 0, sandbox_put, "/workspace/dead", SANDBOX_LINK, 0, NULL, 0, "d/new");
    CHANGE(bench, 0, sandbox_put, "/workspace/loop", SANDBOX_LINK, 0, NULL, 0, "loop");
    CHANGE(bench, 0, sandbox_write, "/workspace/link", "two", 3, NULL);
    CHANGE(bench, 0, sandbox_write, "/workspace/dead", "three", 5, "");
    CHANGE(bench, ELOOP, sandbox_write, "/workspace/loop", "x", 1, NULL);
    expect_list(bench, "/workspace", "d d\nl dead -> d/new\nl link -> d/real\nl loop -> loop\n");
    expect_content(bench, "/workspace/d/real", "two");
    expect_content(bench, "/workspace/d/new", "three");
}

/* --- changes --- */

static void test_base(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    const char *path = "/workspace/a";
    CHANGE(bench, ESTALE, sandbox_write, path, "x", 1, hash_of_hello);
    ASK(&ask, bench, sandbox_write, path, "hello", 5, "");
    assert_int_equal(ask.error, 0);
    assert_string_equal(ask.hash, hash_of_hello);
    ask_release(&ask);
    CHANGE(bench, ESTALE, sandbox_write, path, "x", 1, "");
    expect_output(bench, "chmod 755 a", "");
    CHANGE(bench, 0, sandbox_write, path, "changed", 7, hash_of_hello);
    CHANGE(bench, ESTALE, sandbox_write, path, "again", 5, hash_of_hello);
    expect_content(bench, path, "changed");
    expect_output(bench, "stat -c %a a; ls -A", "755\na\n");
}

static void test_not_to_be_written(void **state)
{
    struct bench *bench = *state;
    expect_output(bench, "mkdir d; mkfifo fifo; echo x > readonly; chmod 444 readonly", "");
    CHANGE(bench, EISDIR, sandbox_write, "/workspace/d", "x", 1, NULL);
    CHANGE(bench, EINVAL, sandbox_write, "/workspace/fifo", "x", 1, NULL);
    CHANGE(bench, EACCES, sandbox_write, "/workspace/readonly", "x", 1, NULL);
    /* Of a plain user's sandbox the file belongs to nobody, and that is seen first. */
    CHANGE(bench, geteuid() == 0 ? EROFS : EACCES, sandbox_write, "/usr/bin/env", "x", 1, NULL);
    CHANGE(bench, EROFS, sandbox_write, "/usr/new", "x", 1, NULL);
    CHANGE(bench, EROFS, sandbox_write, "/new", "x", 1, NULL);
    CHANGE(bench, EROFS, sandbox_put, "/etc/passwd", SANDBOX_FILE, 0644, "x", 1, NULL);
    CHANGE(bench, ENOTDIR, sandbox_write, "/workspace/readonly/below", "x", 1, NULL);
}

static void test_large_write(void **state)
{
    struct bench *bench = *state;
    size_t length = 40 << 20;
    char *content = xcalloc(1, length);
    memset(content, 'x', length);
    CHANGE(bench, 0, sandbox_write, "/workspace/big", content, length, NULL);
    CHANGE(bench, EFBIG, sandbox_write, "/workspace/bigger", content, (size_t)65 << 20, NULL);
    free(content);
    expect_output(bench, "stat -c %s big; tr -d x < big | wc -c", "41943040\n0\n");
}

static void test_folders(void **state)
{
    struct bench *bench = *state;
    CHANGE(bench, 0, sandbox_make_folder, "/workspace/a/b/c");
    CHANGE(bench, 0, sandbox_make_folder, "/workspace/a/b/c");
    CHANGE(bench, 0, sandbox_write, "/workspace/file", "x", 1, NULL);
    CHANGE(bench, EEXIST, sandbox_make_folder, "/workspace/file");
    CHANGE(bench, ENOTEMPTY, sandbox_remove, "/workspace/a", false);
    CHANGE(bench, EEXIST, sandbox_rename, "/workspace/file", "/workspace/a");
    CHANGE(bench, 0, sandbox_rename, "/workspace/a", "/workspace/z");
    CHANGE(bench, 0, sandbox_remove, "/workspace/z", true);
    CHANGE(bench, ENOENT, sandbox_remove, "/workspace/z", true);
    expect_list(bench, "/workspace", "f file\n");
}

/* Deeper than there are descriptors, with paths longer than any call takes. */
static void test_remove_deep(void **state)
{
    struct bench *bench = *state;
    expect_output(bench,
                  "cd /workspace; mkdir deep; cd deep; for i in {1..500}; do d=folder-number-$i; mkdir $d; "
                  "touch $d/file 'f 2'; cd $d; done; ln -s /workspace up",
                  "");
    CHANGE(bench, 0, sandbox_remove, "/workspace/deep", true);
    expect_list(bench, "/workspace", "");
}

static void test_put(void **state)
{
    struct bench *bench = *state;
    CHANGE(bench, 0, sandbox_put, "/workspace/d", SANDBOX_FOLDER, 0750, NULL, 0, NULL);
    CHANGE(bench, 0, sandbox_put, "/workspace/d/run", SANDBOX_FILE, 04755, "#!/bin/sh\necho ran\n", 19, NULL);
    CHANGE(bench, 0, sandbox_put, "/workspace/d/empty", SANDBOX_FILE, 0600, "", 0, NULL);
    CHANGE(bench, 0, sandbox_put, "/workspace/link", SANDBOX_LINK, 0, NULL, 0, "d/run");
    CHANGE(bench, 0, sandbox_put, "/workspace/link", SANDBOX_LINK, 0, NULL, 0, "d/empty");
    expect_output(bench, "d/run; stat -c '%a %F' d d/run d/empty; readlink link",
                  "ran\n750 directory\n755 regular file\n600 regular empty file\nd/empty\n");
    /* an upload replaces a link, it never writes through one */
    CHANGE(bench, 0, sandbox_put, "/workspace/link", SANDBOX_FILE, 0644, "x", 1, NULL);
    expect_output(bench, "stat -c %F link; cat d/empty", "regular file\n");
}

/* Changes are made in the order in which they were asked for, however many are under way. */
static void test_order(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 2000 };
    struct ask *asks = xcalloc(COUNT, sizeof(*asks));
    for (int i = 0; i < COUNT; i++) {
        char text[32], path[64];
        snprintf(text, sizeof(text), "%d", i);
        snprintf(path, sizeof(path), "/workspace/file-%d", i % 100);
        ask_begin(&asks[i], bench);
        sandbox_put(bench->sandbox, path, SANDBOX_FILE, 0644, text, strlen(text), NULL, ask_answered,
                    &asks[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        ask_wait(&asks[i]);
        assert_int_equal(asks[i].error, 0);
        ask_release(&asks[i]);
    }
    free(asks);
    expect_content(bench, "/workspace/file-0", "1900");
    expect_content(bench, "/workspace/file-99", "1999");
}

static void test_cancel_request(void **state)
{
    struct bench *bench = *state;
    struct ask asks[20];
    expect_output(bench, "truncate -s 5G sparse; echo here >other", "");
    for (int i = 0; i < 20; i++) {
        ask_begin(&asks[i], bench);
        sandbox_request_cancel(
            sandbox_read(bench->sandbox, "/workspace/sparse", 0, 10, true, ask_answered, &asks[i]));
    }
    expect_content(bench, "/workspace/other", "here\n");
    for (int i = 0; i < 20; i++) {
        assert_false(asks[i].answered);
        ask_release(&asks[i]);
    }
}

/* A worker that is killed from inside costs its request, not the sandbox. */
static void test_worker_killed(void **state)
{
    struct bench *bench = *state;
    struct ask ask;
    struct run run;
    expect_output(bench, "truncate -s 5G sparse", "");
    ask_begin(&ask, bench);
    sandbox_read(bench->sandbox, "/workspace/sparse", 0, 10, true, ask_answered, &ask);
    run_script(&run, bench, "kill -9 -1");
    run_release(&run);
    ask_wait(&ask);
    assert_int_equal(ask.error, EINTR);
    ask_release(&ask);
    expect_content(bench, "/etc/hostname", "sandgate\n");
}

/* --- watches --- */

static void count_change(void *data)
{
    ++*(int *)data;
}

static void wait_change(struct bench *bench, const int *count, int before)
{
    while (*count == before)
        loop_turn(bench->loop, -1);
}

static void test_watch(void **state)
{
    struct bench *bench = *state;
    int first = 0, second = 0, other = 0;
    CHANGE(bench, 0, sandbox_make_folder, "/workspace/other");
    struct sandbox_watch *one = sandbox_watch_add(bench->sandbox, "/workspace", count_change, &first);
    struct sandbox_watch *two = sandbox_watch_add(bench->sandbox, "/workspace", count_change, &second);
    struct sandbox_watch *three = sandbox_watch_add(bench->sandbox, "/workspace/other", count_change, &other);
    expect_output(bench, "echo x > a", "");
    wait_change(bench, &first, 0);
    wait_change(bench, &second, 0);
    assert_true(other == 0 || bench_is_modal()); /* there everybody is told once, when a watch begins */
    sandbox_watch_remove(two);
    int before = first;
    CHANGE(bench, 0, sandbox_remove, "/workspace/a", false);
    wait_change(bench, &first, before);
    before = other;
    expect_output(bench, "rmdir other", "");
    wait_change(bench, &other, before);
    sandbox_watch_remove(three);
    sandbox_watch_remove(one);
    assert_true(second <= 2 + bench_is_modal());
}

/* A folder in which very much happens is told of again and again, but not for every file. */
static void test_watch_flood(void **state)
{
    struct bench *bench = *state;
    int changes = 0;
    struct sandbox_watch *watch = sandbox_watch_add(bench->sandbox, "/workspace", count_change, &changes);
    expect_output(bench, "for i in {1..5000}; do > file-$i; done", "");
    wait_change(bench, &changes, 0);
    assert_true(changes < 1000);
    int before = changes;
    CHANGE(bench, 0, sandbox_write, "/workspace/last", "", 0, NULL);
    wait_change(bench, &changes, before);
    sandbox_watch_remove(watch);
}

int main(void)
{
#define IN_SANDBOX(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        IN_SANDBOX(test_write_list_read),
        IN_SANDBOX(test_large_read),
        IN_SANDBOX(test_not_to_be_read),
        IN_SANDBOX(test_stat),
        IN_SANDBOX(test_large_list),
        IN_SANDBOX(test_hostile_names),
        IN_SANDBOX(test_links_stay_inside),
        IN_SANDBOX(test_write_through_link),
        IN_SANDBOX(test_base),
        IN_SANDBOX(test_not_to_be_written),
        IN_SANDBOX(test_large_write),
        IN_SANDBOX(test_folders),
        IN_SANDBOX(test_remove_deep),
        IN_SANDBOX(test_put),
        IN_SANDBOX(test_order),
        IN_SANDBOX(test_cancel_request),
        IN_SANDBOX(test_worker_killed),
        IN_SANDBOX(test_watch),
        IN_SANDBOX(test_watch_flood),
    };
    /* What is not here is about folders that bubblewrap binds read-only, and about its workers. */
    const struct CMUnitTest on_modal[] = {
        IN_SANDBOX(test_write_list_read),
        IN_SANDBOX(test_large_read),
        IN_SANDBOX(test_not_to_be_read),
        IN_SANDBOX(test_stat),
        IN_SANDBOX(test_large_list),
        IN_SANDBOX(test_hostile_names),
        IN_SANDBOX(test_write_through_link),
        IN_SANDBOX(test_base),
        IN_SANDBOX(test_large_write),
        IN_SANDBOX(test_folders),
        IN_SANDBOX(test_remove_deep),
        IN_SANDBOX(test_put),
        IN_SANDBOX(test_order),
        IN_SANDBOX(test_cancel_request),
        IN_SANDBOX(test_watch),
        IN_SANDBOX(test_watch_flood),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL) + BENCH_ON_MODAL(on_modal);
}
