/* test_sandbox_sync_up.c - a folder of the host copied into the embedded sandbox, and its manifest. */
#include "tests/unit/sandbox_bench.h"

#include "tests/unit/sync_bench.h"

#include "base/error.h"

static struct manifest *load(struct sync_bench *sync)
{
    struct error error = ERROR_INIT;
    struct manifest *manifest = manifest_load(sync->manifest, &error);
    if (!manifest)
        fail_msg("%s", error_message(&error));
    return manifest;
}

static void test_kinds_and_modes(void **state)
{
    struct sync_bench *sync = *state;
    host_folder(sync, "sub", 0750);
    host_write(sync, "sub/run.sh", "#!/bin/sh\n", 0755);
    host_write(sync, "plain", "hello", 0640);
    host_write(sync, "empty", "", 0600);
    host_link(sync, "link", "sub/run.sh");
    host_link(sync, "away", "/etc/passwd");
    host_link(sync, "dead", "../../nowhere");
    copy_up_well(sync);
    assert_int_equal(sync->up.report.files, 3);
    assert_int_equal(sync->up.report.folders, 1);
    assert_int_equal(sync->up.report.links, 3);
    assert_int_equal(sync->up.report.bytes, 15);
    assert_string_equal(sync->up.left_out, "");
    expect_output(&sync->bench, "find . -mindepth 1 -printf '%y %m %p %l\\n' | sort -k3; cat plain",
                  "l 777 ./away /etc/passwd\n"
                  "l 777 ./dead ../../nowhere\n"
                  "f 600 ./empty \n"
                  "l 777 ./link sub/run.sh\n"
                  "f 640 ./plain \n"
                  "d 750 ./sub \n"
                  "f 755 ./sub/run.sh \n"
                  "hello");
}

static void test_manifest(void **state)
{
    struct sync_bench *sync = *state;
    host_folder(sync, "sub", 0750);
    host_write(sync, "sub/plain", "hello", 0640);
    host_link(sync, "link", "a\xff");
    host_write(sync, "\x01 \xff\"\n", "x", 0644);
    copy_up_well(sync);
    struct manifest *manifest = load(sync);
    assert_int_equal(manifest_count(manifest), 4);
    const struct manifest_entry *entry = manifest_find(manifest, "sub");
    assert_int_equal(entry->type, SANDBOX_FOLDER);
    assert_int_equal(entry->mode, 0750);
    entry = manifest_find(manifest, "sub/plain");
    assert_int_equal(entry->type, SANDBOX_FILE);
    assert_int_equal(entry->mode, 0640);
    assert_int_equal(entry->size, 5);
    assert_string_equal(entry->hash, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    entry = manifest_find(manifest, "link");
    assert_int_equal(entry->type, SANDBOX_LINK);
    assert_string_equal(entry->target, "a\xff");
    assert_non_null(manifest_find(manifest, "\x01 \xff\"\n"));
    assert_null(manifest_find(manifest, "none"));
    manifest_free(manifest);
}

/* A line that is added says what is true now. */
static void test_manifest_add(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, "a", "1", 0644);
    host_write(sync, "b", "1", 0644);
    copy_up_well(sync);
    struct manifest_entry changed = { .path = "a", .type = SANDBOX_FILE, .mode = 0755, .size = 3 };
    hash_text("two", 3, changed.hash);
    assert_true(manifest_add(sync->manifest, &changed, NULL));
    struct manifest_entry gone = { .path = "b", .type = SANDBOX_OTHER };
    assert_true(manifest_add(sync->manifest, &gone, NULL));
    struct manifest *manifest = load(sync);
    assert_int_equal(manifest_find(manifest, "a")->mode, 0755);
    assert_string_equal(manifest_find(manifest, "a")->hash, changed.hash);
    assert_null(manifest_find(manifest, "b"));
    manifest_free(manifest);
}

static void test_manifest_damaged(void **state)
{
    static const char *const lines[] = { "{}\n",
                                         "no json\n",
                                         "{\"path\":\"a\",\"type\":\"file\",\"sha256\":\"12\"}\n",
                                         "{\"path\":\"a\",\"type\":\"link\"}\n",
                                         "{\"path_hex\":\"6\\u0000\",\"type\":\"gone\"}\n",
                                         "{\"path_hex\":\"00\",\"type\":\"gone\"}\n" };
    struct sync_bench *sync = *state;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct error error = ERROR_INIT;
        assert_true(path_write_file(sync->manifest, lines[i], strlen(lines[i]), 0600, NULL));
        assert_null(manifest_load(sync->manifest, &error));
        assert_non_null(strstr(error_message(&error), "line 1 is damaged"));
        error_clear(&error);
    }
}

static void test_ignore_files(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, ".gitignore", "*.o\n/build/\n!keep.o\n", 0644);
    host_write(sync, "a.o", "", 0644);
    host_write(sync, "keep.o", "", 0644);
    host_folder(sync, "build", 0755);
    host_write(sync, "build/x", "", 0644);
    host_folder(sync, "sub", 0755);
    host_folder(sync, "sub/build", 0755);
    host_write(sync, "sub/build/y", "", 0644);
    host_write(sync, "sub/.sandgateignore", "secret\n!b.o\n", 0644);
    host_write(sync, "sub/secret", "", 0644);
    host_write(sync, "sub/b.o", "", 0644);
    host_write(sync, "secret", "", 0644);
    /* .git goes along whole, whatever the patterns say */
    host_folder(sync, ".git", 0755);
    host_write(sync, ".git/x.o", "", 0644);
    host_write(sync, ".git/.gitignore", "*\n", 0644);
    host_write(sync, ".sandgateignore", ".git\n", 0644);
    copy_up_well(sync);
    assert_int_equal(sync->up.report.ignored, 3);
    assert_int_equal(sync->up.report.left_out_count, 0);
    expect_output(&sync->bench, "find . -type f | LC_ALL=C sort",
                  "./.git/.gitignore\n./.git/x.o\n./.gitignore\n./.sandgateignore\n./keep.o\n./secret\n"
                  "./sub/.sandgateignore\n./sub/b.o\n./sub/build/y\n");
}

static void test_special_files(void **state)
{
    struct sync_bench *sync = *state;
    char *path = host_path(sync, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    free(path);
    path = host_path(sync, "socket");
    assert_int_equal(mknod(path, S_IFSOCK | 0600, 0), 0);
    free(path);
    host_write(sync, "z", "", 0644);
    copy_up_well(sync);
    assert_string_equal(sync->up.left_out, "pipe: a named pipe\nsocket: a socket\n");
    assert_int_equal(sync->up.report.left_out_count, 2);
    expect_output(&sync->bench, "ls", "z\n");
}

static void test_unreadable(void **state)
{
    struct sync_bench *sync = *state;
    if (geteuid() == 0)
        skip();
    host_write(sync, "closed", "x", 0);
    host_folder(sync, "dark", 0);
    copy_up_well(sync);
    assert_string_equal(sync->up.left_out, "closed: Permission denied\ndark: Permission denied\n");
    char *path = host_path(sync, "dark");
    chmod(path, 0700);
    free(path);
}

/* The files go up in order; one that would go over the cap stays behind, a smaller one after it does not. */
static void test_cap(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, "a", "12345", 0644);
    host_write(sync, "b", "123456", 0644);
    host_write(sync, "c", "12345", 0644);
    host_write(sync, "d", "1", 0644);
    copy_up(sync, 10);
    assert_null(sync->up.failed);
    assert_int_equal(sync->up.report.bytes, 10);
    assert_string_equal(sync->up.left_out, "b: more than may be copied (terminal.file_sync_max_mb)\n"
                                           "d: more than may be copied (terminal.file_sync_max_mb)\n");
    expect_output(&sync->bench, "cat *", "1234512345");
}

static void test_many_left_out(void **state)
{
    struct sync_bench *sync = *state;
    char name[16];
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof(name), "f%02d", i);
        host_write(sync, name, "x", 0644);
    }
    copy_up(sync, 0);
    assert_int_equal(sync->up.report.left_out_count, 60);
    int lines = 0;
    for (const char *at = sync->up.left_out; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 50);
}

/* A folder that may not be written is filled all the same, and closed afterwards. */
static void test_closed_folder(void **state)
{
    struct sync_bench *sync = *state;
    host_folder(sync, "a", 0755);
    host_folder(sync, "a/b", 0755);
    host_write(sync, "a/b/c", "x", 0444);
    char *inner = host_path(sync, "a/b"), *outer = host_path(sync, "a");
    chmod(inner, 0555);
    chmod(outer, 0555);
    copy_up_well(sync);
    assert_string_equal(sync->up.left_out, "");
    expect_output(&sync->bench, "stat -c %a a a/b a/b/c", "555\n555\n444\n");
    chmod(outer, 0755);
    chmod(inner, 0755);
    free(inner);
    free(outer);
    struct manifest *manifest = load(sync);
    assert_int_equal(manifest_count(manifest), 3);
    assert_int_equal(manifest_find(manifest, "a")->mode, 0555);
    manifest_free(manifest);
}

static void test_every_byte(void **state)
{
    struct sync_bench *sync = *state;
    char name[4] = "n ?", expected[HASH_TEXT + 8];
    struct hash *hash = hash_new();
    for (int byte = 1; byte < 256; byte++) {
        if (byte == '/')
            continue;
        name[2] = (char)byte;
        host_write(sync, name, "", 0644);
        hash_add(hash, name, sizeof(name)); /* its NUL too */
    }
    hash_finish(hash, expected);
    strcat(expected, "\n");
    copy_up_well(sync);
    assert_int_equal(sync->up.report.files, 254);
    expect_output(&sync->bench, "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | sha256sum | cut -c1-64",
                  expected);
    struct manifest *manifest = load(sync);
    assert_int_equal(manifest_count(manifest), 254);
    for (size_t i = 0; i < 254; i++) {
        assert_int_equal(strlen(manifest_at(manifest, i)->path), 3);
        assert_memory_equal(manifest_at(manifest, i)->path, "n ", 2);
    }
    manifest_free(manifest);
}

static void test_large_file(void **state)
{
    struct sync_bench *sync = *state;
    enum { SIZE = 20 << 20 };
    char *content = xmalloc(SIZE + 1), expected[HASH_TEXT + 1];
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)('a' + i * 7919 / 1000 % 26);
    content[SIZE] = '\0';
    host_write(sync, "big", content, 0644);
    hash_text(content, SIZE, expected);
    free(content);
    char *path = host_path(sync, "huge");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_int_equal(ftruncate(fd, (64 << 20) + 1), 0);
    close(fd);
    free(path);
    copy_up_well(sync);
    assert_string_equal(sync->up.left_out, "huge: larger than 64 MiB\n");
    struct manifest *manifest = load(sync);
    assert_string_equal(manifest_find(manifest, "big")->hash, expected);
    manifest_free(manifest);
    strcat(expected, "\n");
    expect_output(&sync->bench, "sha256sum big | cut -c1-64", expected);
}

static void test_many_files(void **state)
{
    struct sync_bench *sync = *state;
    char path[64];
    for (int i = 0; i < 3000; i++) {
        snprintf(path, sizeof(path), "d%02d", i / 100);
        if (i % 100 == 0)
            host_folder(sync, path, 0755);
        snprintf(path, sizeof(path), "d%02d/file-%d", i / 100, i);
        host_write(sync, path, path, 0644);
    }
    copy_up_well(sync);
    assert_int_equal(sync->up.report.files, 3000);
    expect_output(&sync->bench, "find . -type f | wc -l; cat d29/file-2999", "3000\nd29/file-2999");
}

/* The program's own data lies in the folder that is copied: it is never entered. */
static void test_own_data(void **state)
{
    struct sync_bench *sync = *state;
    host_folder(sync, "session", 0755);
    host_write(sync, "session/private", "x", 0644);
    char *former = sync->manifest;
    sync->manifest = host_path(sync, "session/manifest.json");
    copy_up_well(sync);
    assert_string_equal(sync->up.left_out, "session: never copied into a sandbox\n");
    expect_output(&sync->bench, "ls", "");
    free(sync->manifest);
    sync->manifest = former;
}

static void test_no_folder(void **state)
{
    struct sync_bench *sync = *state;
    assert_int_equal(rmdir(sync->folder), 0);
    copy_up(sync, 1000);
    assert_non_null(sync->up.failed);
    assert_non_null(strstr(sync->up.failed, sync->folder));
    assert_int_equal(access(sync->manifest, F_OK), -1);
    assert_int_equal(mkdir(sync->folder, 0700), 0);
}

static void test_no_manifest(void **state)
{
    struct sync_bench *sync = *state;
    free(sync->manifest);
    sync->manifest = path_join(sync->bench.folder, "none/manifest.json");
    copy_up(sync, 1000);
    assert_non_null(strstr(sync->up.failed, "manifest.json.new cannot be written"));
}

static void count_turn(void *data)
{
    ++*(int *)data;
}

/* The sync gives the loop back between its slices, and stops at any of them. */
static void test_cancel(void **state)
{
    struct sync_bench *sync = *state;
    char path[64];
    int turns = 0;
    for (int i = 0; i < 500; i++) {
        snprintf(path, sizeof(path), "file-%d", i);
        host_write(sync, path, path, 0644);
    }
    struct loop_hook *hook = loop_hook_add(sync->bench.loop, count_turn, &turns);
    for (int stop = 1; stop < 8; stop++) {
        struct sync *up = sync_up(sync->bench.loop, sync->bench.sandbox, sync->folder, "/workspace", 1 << 20,
                                  sync->manifest, &up_events, &sync->up);
        for (int i = 0; i < stop; i++)
            loop_turn(sync->bench.loop, -1);
        sync_cancel(up);
        assert_false(sync->up.done);
    }
    assert_true(turns >= 28);
    loop_hook_remove(hook);
    expect_output(&sync->bench, "true", "");
    assert_int_equal(access(sync->manifest, F_OK), -1);
    copy_up_well(sync);
    assert_int_equal(sync->up.report.files, 500);
}

static void test_sandbox_lost(void **state)
{
    struct sync_bench *sync = *state;
    char path[64];
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof(path), "file-%d", i);
        host_write(sync, path, path, 0644);
    }
    sync_up(sync->bench.loop, sync->bench.sandbox, sync->folder, "/workspace", 1 << 20, sync->manifest,
            &up_events, &sync->up);
    loop_turn(sync->bench.loop, -1);
    kill_sandbox();
    while (!sync->up.done)
        loop_turn(sync->bench.loop, -1);
    assert_non_null(sync->up.failed);
    assert_true(sync->up.report.files < 300);
    assert_int_equal(access(sync->manifest, F_OK), -1);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, sync_setup, sync_teardown)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_kinds_and_modes),  WITH_FOLDER(test_manifest),     WITH_FOLDER(test_manifest_add),
        WITH_FOLDER(test_manifest_damaged), WITH_FOLDER(test_ignore_files), WITH_FOLDER(test_special_files),
        WITH_FOLDER(test_unreadable),       WITH_FOLDER(test_cap),          WITH_FOLDER(test_many_left_out),
        WITH_FOLDER(test_closed_folder),    WITH_FOLDER(test_every_byte),   WITH_FOLDER(test_large_file),
        WITH_FOLDER(test_many_files),       WITH_FOLDER(test_own_data),     WITH_FOLDER(test_no_folder),
        WITH_FOLDER(test_no_manifest),      WITH_FOLDER(test_cancel),       WITH_FOLDER(test_sandbox_lost),
    };
    /* What is not here kills bubblewrap's own processes. */
    const struct CMUnitTest on_modal[] = {
        WITH_FOLDER(test_kinds_and_modes),  WITH_FOLDER(test_manifest),     WITH_FOLDER(test_manifest_add),
        WITH_FOLDER(test_manifest_damaged), WITH_FOLDER(test_ignore_files), WITH_FOLDER(test_special_files),
        WITH_FOLDER(test_unreadable),       WITH_FOLDER(test_cap),          WITH_FOLDER(test_many_left_out),
        WITH_FOLDER(test_closed_folder),    WITH_FOLDER(test_every_byte),   WITH_FOLDER(test_large_file),
        WITH_FOLDER(test_many_files),       WITH_FOLDER(test_own_data),     WITH_FOLDER(test_no_folder),
        WITH_FOLDER(test_no_manifest),      WITH_FOLDER(test_cancel),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL) + BENCH_ON_MODAL(on_modal);
}
