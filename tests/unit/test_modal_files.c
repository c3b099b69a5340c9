/* test_modal_files.c - files of a sandbox of the stand-in by the helper: every operation, every error, every break. */
#include "tests/unit/modal_bench.h"

#include "modal/files.h"

static struct bench bench;

/* One operation and what came of it. */
struct work {
    struct modal_call *call;
    bool done;
    enum modal_file_error error;
    char sentence[512];
    struct buffer bytes; /* read */
    struct buffer names; /* list: NAME TYPE SIZE MODE [TARGET], a line each */
    size_t count;
    int wants;
    struct buffer changes; /* watch: WHAT PATH [NEW], a line each */
};

static void work_done(void *data, const struct modal_file_result *result)
{
    static const char types[] = "fdl?";
    struct work *work = data;
    assert_false(work->done);
    work->done = true;
    work->call = NULL;
    work->error = result->error;
    assert_int_equal(result->error == MODAL_FILE_FINE, result->sentence == NULL);
    if (result->sentence)
        snprintf(work->sentence, sizeof(work->sentence), "%s", result->sentence);
    work->count = result->count;
    for (size_t i = 0; i < result->count; i++) {
        const struct modal_entry *entry = &result->entries[i];
        buffer_append_format(&work->names, "%s %c %lld %o%s%s\n", entry->name, types[entry->type],
                             (long long)entry->size, entry->mode, entry->target ? " " : "",
                             entry->target ? entry->target : "");
    }
}

static void work_bytes(void *data, const char *bytes, size_t length)
{
    struct work *work = data;
    assert_false(work->done);
    buffer_append(&work->bytes, bytes, length);
}

static void work_init(struct work *work)
{
    *work = (struct work){ 0 };
    buffer_init(&work->bytes, 0);
    buffer_init(&work->names, 0);
    buffer_init(&work->changes, 0);
}

static void work_wait(struct work *work)
{
    while (!work->done)
        loop_turn(bench.loop, -1);
}

static void work_fine(struct work *work)
{
    work_wait(work);
    if (work->error)
        fail_msg("%s", work->sentence);
}

static void work_release(struct work *work)
{
    buffer_release(&work->bytes);
    buffer_release(&work->names);
    buffer_release(&work->changes);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    struct work work;
    work_init(&work);
    work.call = modal_file_write(bench.task, path, NULL, work_done, &work);
    modal_file_feed(work.call, bytes, length);
    modal_file_feed_end(work.call);
    work_fine(&work);
    work_release(&work);
}

static void check_file(const char *path, const char *bytes, size_t length)
{
    struct work work;
    work_init(&work);
    work.call = modal_file_read(bench.task, path, work_bytes, work_done, &work);
    work_fine(&work);
    assert_int_equal(work.bytes.length, length);
    assert_memory_equal(work.bytes.data, bytes, length);
    work_release(&work);
}

static void a_file_is_written_and_read(void **state)
{
    (void)state;
    write_file("/tmp/deep/er/file", "hello\0world", 11);
    check_file("/tmp/deep/er/file", "hello\0world", 11);
    write_file("/tmp/deep/er/file", "", 0);
    check_file("/tmp/deep/er/file", "", 0);
}

static void a_folder_is_listed(void **state)
{
    (void)state;
    struct work work;
    work_init(&work);
    write_file("/tmp/list/b", "12345", 5);
    write_file("/tmp/list/a", "1", 1);
    modal_file_list(bench.task, "/tmp/list", work_done, &work);
    work_fine(&work);
    assert_string_equal(work.names.data, "a f 1 644\nb f 5 644\n");
    work_release(&work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_written_and_read),
        cmocka_unit_test(a_folder_is_listed),
    };
    alarm(60);
    if (bench_missing())
        return 0;
    bench_open(&bench, true, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bench_close(&bench);
    return failed;
}
