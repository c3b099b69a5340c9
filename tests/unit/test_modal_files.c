/* test_modal_files.c - files of a sandbox of the stand-in by the helper: every operation, every error, every break. */
#include "tests/unit/modal_bench.h"

#include "base/random.h"
#include "modal/file_chore.h"
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

/* --- short forms --- */

static struct work work;

static void fails(enum modal_file_error error, const char *words)
{
    work_wait(&work);
    assert_int_equal(work.error, error);
    if (strstr(work.sentence, words) == NULL)
        fail_msg("no \"%s\" in: %s", words, work.sentence);
    work_release(&work);
    work_init(&work);
}

static void passes(void)
{
    work_fine(&work);
    work_release(&work);
    work_init(&work);
}

static void shell(const char *script)
{
    struct run run;
    run_start(&run, &bench, script);
    run_check(&run, 0);
    run_release(&run);
}

static void begin_write(const char *path, const char *bytes, size_t length)
{
    work.call = modal_file_write(bench.task, path, NULL, work_done, &work);
    modal_file_feed(work.call, bytes, length);
    modal_file_feed_end(work.call);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    begin_write(path, bytes, length);
    passes();
}

static void check_file(const char *path, const char *bytes, size_t length)
{
    work.call = modal_file_read(bench.task, path, work_bytes, work_done, &work);
    work_fine(&work);
    assert_int_equal(work.bytes.length, length);
    assert_memory_equal(work.bytes.data, bytes, length);
    passes();
}

static void check_list(const char *path, const char *names)
{
    modal_file_list(bench.task, path, work_done, &work);
    work_fine(&work);
    assert_string_equal(work.names.data, names);
    passes();
}

static void check_stat(const char *path, const char *names)
{
    modal_file_stat(bench.task, path, work_done, &work);
    work_fine(&work);
    assert_int_equal(work.count, 1);
    assert_string_equal(work.names.data, names);
    passes();
}

/* --- content --- */

static void a_file_is_written_and_read(void **state)
{
    (void)state;
    write_file("/tmp/deep/er/file", "hello\0world", 11);
    check_file("/tmp/deep/er/file", "hello\0world", 11);
    write_file("/tmp/deep/er/file", "short", 5);
    check_file("/tmp/deep/er/file", "short", 5);
    write_file("/tmp/deep/er/file", "", 0);
    check_file("/tmp/deep/er/file", "", 0);
    write_file("/tmp/deep/\xc3\xa4 \"quoted\"\\\n", "x", 1);
    check_file("/tmp/deep/\xc3\xa4 \"quoted\"\\\n", "x", 1);
}

static char *large;
enum { LARGE = 17 * 1024 * 1024 + 3 };

static int64_t large_read(void *data, uint64_t offset, char *bytes, size_t room)
{
    size_t left = offset < LARGE ? LARGE - (size_t)offset : 0;
    size_t length = left < room ? left : room;
    (void)data;
    memcpy(bytes, large + (length ? offset : 0), length);
    return (int64_t)length;
}

static void make_large(void)
{
    large = xmalloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)((i * 2654435761u) >> 11);
}

static void large_files_pass_both_ways(void **state)
{
    (void)state;
    static const struct modal_exec_source source = { large_read, NULL };
    make_large();
    write_file("/tmp/large", large, LARGE);
    check_file("/tmp/large", large, LARGE);
    work.call = modal_file_send(bench.task, "/tmp/sent", &source, work_done, &work);
    passes();
    check_file("/tmp/sent", large, LARGE);
    bench_fault(
        &bench,
        "[{\"method\":\"TaskExecStdinWriteStream\",\"do\":\"early\",\"after_bytes\":5000000,\"count\":2},"
        "{\"method\":\"TaskExecStdioRead\",\"do\":\"cut\",\"after_bytes\":3000000,\"count\":5}]");
    work.call = modal_file_send(bench.task, "/tmp/resent", &source, work_done, &work);
    passes();
    check_file("/tmp/resent", large, LARGE);
    bench_no_faults(&bench);
    free(large);
}

/* Fed piece by piece, each when the one before was taken. */
static void feed_more(void *data)
{
    struct work *fed = data;
    char piece[1000];
    memset(piece, 'a' + fed->wants, sizeof(piece));
    if (fed->wants++ < 20)
        modal_file_feed(fed->call, piece, sizeof(piece));
    else
        modal_file_feed_end(fed->call);
}

static void a_file_is_fed_as_it_is_taken(void **state)
{
    (void)state;
    work.call = modal_file_write(bench.task, "/tmp/fed", feed_more, work_done, &work);
    work_fine(&work);
    assert_int_equal(work.wants, 21);
    passes();
    struct run run;
    run_start(&run, &bench, "wc -c < /tmp/fed; tr -s a-z < /tmp/fed");
    run_check(&run, 0);
    run_check_output(&run, false, "20000\nabcdefghijklmnopqrst", 26);
    run_release(&run);
}

static void reading_can_be_paused(void **state)
{
    (void)state;
    shell("head -c 3000000 /dev/zero > /tmp/zeros");
    work.call = modal_file_read(bench.task, "/tmp/zeros", work_bytes, work_done, &work);
    modal_file_pause(work.call, true);
    shell("true");
    shell("true");
    assert_int_equal(work.bytes.length, 0);
    modal_file_pause(work.call, false);
    work_fine(&work);
    assert_int_equal(work.bytes.length, 3000000);
    passes();
}

/* --- entries --- */

static void a_folder_is_listed(void **state)
{
    (void)state;
    write_file("/tmp/list/b", "12345", 5);
    write_file("/tmp/list/a", "1", 1);
    shell("cd /tmp/list && chmod 750 a && mkdir -m 700 folder B && ln -s nowhere dangling && ln -s /tmp/list "
          "round && "
          "ln -s a link && touch ' ' \"$(printf 'new\\nline')\"");
    modal_file_list(bench.task, "/tmp/list", work_done, &work);
    work_wait(&work);
    assert_int_equal(work.count, 9);
    const char *rest = strchr(work.names.data, '\n') + 1;
    assert_memory_equal(rest, "B d ", 4);
    assert_non_null(strstr(rest, "\na f 1 750\nb f 5 644\ndangling l 7 777 nowhere\nfolder d "));
    assert_non_null(strstr(rest, "\nlink l 1 777 a\nnew\nline f 0 644\nround l 9 777 /tmp/list\n"));
    passes();
    shell("mkdir /tmp/empty");
    check_list("/tmp/empty", "");
    shell("ln -s /tmp/list /tmp/through; rm -r /tmp/list/[!ab]*");
    check_list("/tmp/through", "a f 1 750\nb f 5 644\n");
}

static void ten_thousand_entries_are_listed(void **state)
{
    (void)state;
    shell("mkdir /tmp/many && cd /tmp/many && seq 1 10000 | xargs touch");
    modal_file_list(bench.task, "/tmp/many", work_done, &work);
    work_fine(&work);
    assert_int_equal(work.count, 10000);
    passes();
}

static void one_entry_is_described(void **state)
{
    (void)state;
    write_file("/tmp/stat/file", "12345", 5);
    shell("cd /tmp/stat && ln -s file link");
    check_stat("/tmp/stat/file", "file f 5 644\n");
    check_stat("/tmp/stat/link", "link l 4 777 file\n");
}

/* --- errors --- */

static void every_error_has_its_kind(void **state)
{
    (void)state;
    write_file("/tmp/err/file", "x", 1);
    modal_file_list(bench.task, "/tmp/err/none", work_done, &work);
    fails(MODAL_FILE_NOT_FOUND, "/tmp/err/none");
    modal_file_list(bench.task, "/tmp/err/file", work_done, &work);
    fails(MODAL_FILE_NOT_DIRECTORY, "/tmp/err/file");
    modal_file_stat(bench.task, "/tmp/err/file/below", work_done, &work);
    fails(MODAL_FILE_NOT_DIRECTORY, "/tmp/err/file/below");
    modal_file_read(bench.task, "/tmp/err/none", work_bytes, work_done, &work);
    fails(MODAL_FILE_NOT_FOUND, "/tmp/err/none");
    modal_file_read(bench.task, "/tmp/err", work_bytes, work_done, &work);
    fails(MODAL_FILE_IS_DIRECTORY, "/tmp/err");
    modal_file_make_folder(bench.task, "/tmp/err/a/b", false, work_done, &work);
    fails(MODAL_FILE_NOT_FOUND, "/tmp/err/a/b");
    modal_file_make_folder(bench.task, "/tmp/err", false, work_done, &work);
    fails(MODAL_FILE_EXISTS, "/tmp/err");
    modal_file_remove(bench.task, "/tmp/err", false, work_done, &work);
    fails(MODAL_FILE_NOT_EMPTY, "/tmp/err");
    modal_file_remove(bench.task, "/tmp/err/none", false, work_done, &work);
    fails(MODAL_FILE_NOT_FOUND, "/tmp/err/none");
    modal_file_watch(bench.task, "/tmp/err/none", false, NULL, work_done, &work);
    fails(MODAL_FILE_NOT_FOUND, "/tmp/err/none");
}

/* The helper ends before it has read anything: its own words are the reason, not the broken input. */
static void a_write_that_cannot_be_says_why(void **state)
{
    (void)state;
    static char bytes[6000000];
    shell("mkdir -p /tmp/err2 && touch /tmp/err2/file");
    begin_write("/tmp/err2", bytes, sizeof(bytes));
    fails(MODAL_FILE_IS_DIRECTORY, "/tmp/err2");
    begin_write("/tmp/err2/file/below", bytes, sizeof(bytes));
    fails(MODAL_FILE_NOT_DIRECTORY, "/tmp/err2/file/below");
    begin_write("/tmp/err2", "", 0);
    fails(MODAL_FILE_IS_DIRECTORY, "/tmp/err2");
}

static void paths_are_checked_before_anything_is_sent(void **state)
{
    (void)state;
    int before = bench_calls(&bench, "TaskExecStart");
    modal_file_list(bench.task, "relative", work_done, &work);
    assert_false(work.done);
    fails(MODAL_FILE_OTHER, "absolute");
    modal_file_read(bench.task, "/\xff", work_bytes, work_done, &work);
    fails(MODAL_FILE_OTHER, "UTF-8");
    begin_write("", "x", 1);
    fails(MODAL_FILE_OTHER, "absolute");
    modal_call_cancel(modal_file_list(bench.task, "relative", work_done, &work));
    assert_int_equal(bench_calls(&bench, "TaskExecStart"), before);
}

static void folders_are_made_and_removed(void **state)
{
    (void)state;
    modal_file_make_folder(bench.task, "/tmp/made/of/several", true, work_done, &work);
    passes();
    modal_file_make_folder(bench.task, "/tmp/made/of/several", true, work_done, &work);
    passes();
    check_list("/tmp/made/of/several", "");
    modal_file_remove(bench.task, "/tmp/made/of/several", false, work_done, &work);
    passes();
    shell("cd /tmp/made && touch of/one && ln -s of link");
    modal_file_remove(bench.task, "/tmp/made/link", true, work_done, &work);
    passes();
    check_list("/tmp/made/of", "one f 0 644\n");
    modal_file_remove(bench.task, "/tmp/made", true, work_done, &work);
    passes();
    modal_file_stat(bench.task, "/tmp/made", work_done, &work);
    fails(MODAL_FILE_NOT_FOUND, "/tmp/made");
}

/* --- cancelled --- */

/* Whether the exec whose argv[1] holds WORDS has begun, by the stand-in's word; *RUNNING: it has not ended. */
static bool has_begun(const char *words, bool *running)
{
    char *text = modal_server_control(bench.server, "GET", "/state", NULL);
    struct json *json = json_parse(text, strlen(text), NULL);
    const struct json *sandboxes = json_get(json, "sandboxes");
    bool begun = false;
    *running = false;
    for (size_t i = 0; i < json_count(sandboxes); i++) {
        const struct json *execs = json_get(json_at(sandboxes, i), "execs");
        for (size_t j = 0; j < json_count(execs); j++) {
            const struct json *exec = json_at(execs, j);
            const char *argument = json_text(json_at(json_get(exec, "argv"), 1));
            if (!argument || !strstr(argument, words))
                continue;
            begun = true;
            *running |= json_type(json_get(exec, "end")) == JSON_NULL;
        }
    }
    json_free(json);
    free(text);
    return begun;
}

static bool is_running(const char *words)
{
    bool running;
    has_begun(words, &running);
    return running;
}

static void a_cancelled_write_leaves_the_old_file(void **state)
{
    (void)state;
    write_file("/tmp/kept", "old", 3);
    work.call = modal_file_write(bench.task, "/tmp/kept", NULL, work_done, &work);
    modal_file_feed(work.call, "new", 3);
    while (!is_running("/tmp/kept"))
        loop_turn(bench.loop, 5);
    modal_call_cancel(work.call);
    check_file("/tmp/kept", "old", 3);
}

static void started(void *data)
{
    *(bool *)data = true;
}

static void never_done(void *data, const struct modal_exec_result *result)
{
    (void)data;
    (void)result;
    fail_msg("told of an exec that was handed over");
}

/* The stand-in's helper is no program of its own, so this one stands for it. */
static void a_marked_program_is_killed(void **state)
{
    (void)state;
    static const struct modal_exec_events events = { .started = started, .done = never_done };
    for (int late = 0; late < 2; late++) {
        char id[UUID_TEXT], *mark;
        bool runs = false;
        random_uuid(id);
        mark = xasprintf(FILE_MARK "=%s", id);
        const char *argv[] = { "/bin/sleep", late ? "1000001" : "1000000", NULL },
                   *environment[] = { mark, NULL };
        struct modal_exec_spec spec = { .exec_id = id, .argv = argv, .environment = environment };
        struct modal_exec *exec = modal_exec_start(bench.task, &spec, &events, &runs);
        while (late && !runs)
            loop_turn(bench.loop, -1);
        file_chore_kill(bench.task, exec, id);
        while (!has_begun(argv[1], &runs) || runs)
            loop_turn(bench.loop, 5);
        free(mark);
    }
}

static void operations_are_cancelled_at_any_moment(void **state)
{
    (void)state;
    for (int turns = 0; turns < 40; turns++)
        for (int kind = 0; kind < 3; kind++) {
            struct work other;
            work_init(&other);
            if (kind == 0)
                other.call = modal_file_list(bench.task, "/tmp", work_done, &other);
            else if (kind == 1)
                other.call = modal_file_read(bench.task, "/tmp/zeros", work_bytes, work_done, &other);
            else
                other.call = modal_file_write(bench.task, "/tmp/cancelled", NULL, work_done, &other);
            if (kind == 2)
                modal_file_feed(other.call, "some bytes", 10);
            for (int i = 0; i < turns && !other.done; i++)
                loop_turn(bench.loop, 20);
            modal_call_cancel(other.call);
            other.done = true; /* whatever is told now is one too many */
            work_release(&other);
        }
    modal_file_stat(bench.task, "/tmp/cancelled", work_done, &work);
    fails(MODAL_FILE_NOT_FOUND, "/tmp/cancelled");
}

/* --- watching --- */

static void work_changed(void *data, const struct modal_file_change *change)
{
    struct work *watched = data;
    buffer_append_format(&watched->changes, "%s %s%s%s\n", change->what, change->path,
                         change->new_path ? " " : "", change->new_path ? change->new_path : "");
}

static void wait_for_change(const char *words)
{
    while (strstr(work.changes.data, words) == NULL && !work.done)
        loop_turn(bench.loop, -1);
    assert_false(work.done);
}

static void changes_are_told_until_it_is_cancelled(void **state)
{
    (void)state;
    shell("mkdir -p /tmp/watched/inner");
    work.call = modal_file_watch(bench.task, "/tmp/watched", true, work_changed, work_done, &work);
    /* When it has begun to look is not told: something changes until it does. */
    while (work.changes.length == 0)
        shell("date +%N > /tmp/watched/first");
    shell("echo x > /tmp/watched/inner/second");
    wait_for_change("create /tmp/watched/inner/second\n");
    shell("echo more >> /tmp/watched/inner/second");
    wait_for_change("modify /tmp/watched/inner/second\n");
    shell("rm /tmp/watched/inner/second");
    wait_for_change("remove /tmp/watched/inner/second\n");
    assert_true(is_running("Watch"));
    modal_call_cancel(work.call);
    while (is_running("Watch"))
        loop_turn(bench.loop, 5);
    assert_false(work.done);
    work_release(&work);
    work_init(&work);
}

/* --- faults --- */

static void operations_survive_faults(void **state)
{
    (void)state;
    static const char *const faults[] = {
        "{\"method\":\"TaskExecStart\",\"do\":\"drop\"}",
        "{\"method\":\"TaskExecStart\",\"do\":\"status\",\"code\":\"UNAUTHENTICATED\"}",
        "{\"method\":\"TaskExecStdioRead\",\"do\":\"cut\",\"after_bytes\":1,\"count\":3}",
        "{\"method\":\"TaskExecStdioRead\",\"do\":\"cut\",\"how\":\"middle\",\"after_bytes\":0,\"count\":2}",
        "{\"method\":\"TaskExecStdinWrite\",\"do\":\"drop\",\"count\":2}",
        "{\"method\":\"TaskExecStdinWrite\",\"do\":\"status\",\"code\":\"INTERNAL\",\"count\":2}",
        "{\"method\":\"TaskExecWait\",\"do\":\"drop\"}",
        "{\"method\":\"TaskExec*\",\"do\":\"status\",\"code\":\"UNAVAILABLE\",\"nth\":2,\"count\":3}",
        "{\"method\":\"TaskExec*\",\"do\":\"goaway\",\"count\":3}",
    };
    shell("mkdir -p /tmp/fault");
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        bench_fault(&bench, faults[i]);
        write_file("/tmp/fault/file", "content", 7);
        bench_fault(&bench, faults[i]);
        check_file("/tmp/fault/file", "content", 7);
        bench_fault(&bench, faults[i]);
        check_list("/tmp/fault", "file f 7 644\n");
    }
    bench_no_faults(&bench);
}

static void a_sandbox_that_is_gone_is_told_of(void **state)
{
    (void)state;
    struct modal_sandbox *former = bench.sandbox;
    bench_sandbox(&bench, 2);
    bench.task = modal_sandbox_task(bench.sandbox);
    modal_file_list(bench.task, "/", work_done, &work);
    passes();
    bench_tell(&bench, "POST", "/kill", "{\"sandbox\":\"%s\"}", modal_sandbox_id(bench.sandbox));
    modal_file_list(bench.task, "/", work_done, &work);
    fails(MODAL_FILE_GONE, "unavailable");
    modal_sandbox_free(bench.sandbox);
    bench.sandbox = former;
    bench.task = modal_sandbox_task(former);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_written_and_read),
        cmocka_unit_test(large_files_pass_both_ways),
        cmocka_unit_test(a_file_is_fed_as_it_is_taken),
        cmocka_unit_test(reading_can_be_paused),
        cmocka_unit_test(a_folder_is_listed),
        cmocka_unit_test(ten_thousand_entries_are_listed),
        cmocka_unit_test(one_entry_is_described),
        cmocka_unit_test(every_error_has_its_kind),
        cmocka_unit_test(a_write_that_cannot_be_says_why),
        cmocka_unit_test(paths_are_checked_before_anything_is_sent),
        cmocka_unit_test(folders_are_made_and_removed),
        cmocka_unit_test(a_cancelled_write_leaves_the_old_file),
        cmocka_unit_test(a_marked_program_is_killed),
        cmocka_unit_test(operations_are_cancelled_at_any_moment),
        cmocka_unit_test(changes_are_told_until_it_is_cancelled),
        cmocka_unit_test(operations_survive_faults),
        cmocka_unit_test(a_sandbox_that_is_gone_is_told_of),
    };
    if (count > 1)
        cmocka_set_test_filter(words[1]);
    alarm(600);
    if (bench_missing())
        return 0;
    work_init(&work);
    bench_open(&bench, true, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bench_close(&bench);
    work_release(&work);
    return failed;
}
