/* sync_bench.h - what the tests of the sync share: a folder on the host beside a sandbox.
 * Included once by each test, after sandbox_bench.h; all of it is static. */
#ifndef SANDGATE_TESTS_SYNC_BENCH_H
#define SANDGATE_TESTS_SYNC_BENCH_H

#include "sandbox/manifest.h"
#include "sandbox/sync.h"

#include <fcntl.h>
#include <sys/stat.h>

struct up {
    bool done;
    char *failed;
    char *left_out; /* a line each */
    struct sync_report report;
    int told; /* of progress */
};

struct sync_bench {
    struct bench bench;
    char folder[64]; /* on the host */
    char *manifest;
    struct up up;
};

static UNUSED char *host_path(struct sync_bench *sync, const char *path)
{
    return path_join(sync->folder, path);
}

static UNUSED void host_folder(struct sync_bench *sync, const char *path, unsigned mode)
{
    char *whole = host_path(sync, path);
    assert_int_equal(mkdir(whole, 0700), 0);
    assert_int_equal(chmod(whole, mode), 0);
    free(whole);
}

static UNUSED void host_write(struct sync_bench *sync, const char *path, const char *content, unsigned mode)
{
    char *whole = host_path(sync, path);
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    assert_int_equal(chmod(whole, mode), 0);
    free(whole);
}

static UNUSED void host_link(struct sync_bench *sync, const char *path, const char *target)
{
    char *whole = host_path(sync, path);
    assert_int_equal(symlink(target, whole), 0);
    free(whole);
}

static UNUSED void host_remove(struct sync_bench *sync, const char *path)
{
    char *whole = host_path(sync, path);
    assert_int_equal(remove(whole), 0);
    free(whole);
}

static UNUSED void up_progress(void *data, int64_t files, int64_t bytes)
{
    assert_true(files >= 0 && bytes >= 0);
    ((struct up *)data)->told++;
}

static UNUSED void up_done(void *data, const struct sync_report *report)
{
    struct up *up = data;
    struct buffer lines = BUFFER_INIT;
    assert_false(up->done);
    up->done = true;
    up->failed = xstrdup_or_null(report->failed);
    up->report = *report;
    for (size_t i = 0; report->left_out && report->left_out[i]; i++)
        buffer_append_format(&lines, "%s\n", report->left_out[i]);
    up->left_out = buffer_detach(&lines);
}

static const struct sync_events up_events = { .progress = up_progress, .done = up_done };

static UNUSED void up_release(struct sync_bench *sync)
{
    free(sync->up.failed);
    free(sync->up.left_out);
    sync->up = (struct up){ 0 };
}

/* Copies the folder up and waits. */
static UNUSED void copy_up(struct sync_bench *sync, int64_t max_bytes)
{
    up_release(sync);
    sync_up(sync->bench.loop, sync->bench.sandbox, sync->folder, "/workspace", max_bytes, sync->manifest,
            &up_events, &sync->up);
    while (!sync->up.done)
        loop_turn(sync->bench.loop, -1);
}

static UNUSED void copy_up_well(struct sync_bench *sync)
{
    copy_up(sync, 100 << 20);
    if (sync->up.failed)
        fail_msg("%s", sync->up.failed);
}

/* Kills the first process of the sandbox: it is the only child of our only child. */
static UNUSED void kill_sandbox(void)
{
    pid_t child = getpid();
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)child, (int)child);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_int_equal(fscanf(file, "%d", &child), 1);
        fclose(file);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
}

static UNUSED int sync_setup(void **state)
{
    struct sync_bench *sync = xcalloc(1, sizeof(*sync));
    bench_open(&sync->bench);
    strcpy(sync->folder, "/tmp/sandgate-host-XXXXXX");
    assert_non_null(mkdtemp(sync->folder));
    sync->manifest = path_join(sync->bench.folder, "manifest.json");
    *state = sync;
    return 0;
}

static UNUSED int sync_teardown(void **state)
{
    struct sync_bench *sync = *state;
    bench_close(&sync->bench);
    path_remove_tree(sync->folder, NULL);
    up_release(sync);
    free(sync->manifest);
    free(sync);
    return 0;
}

#endif
