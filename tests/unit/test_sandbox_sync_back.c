/* test_sandbox_sync_back.c - what changed in the sandbox compared with what went up, and brought back. */
#include "tests/unit/sandbox_bench.h"

#include "tests/unit/sync_bench.h"

#include "base/error.h"
#include "matter/diff.h"

/* --- comparing --- */

static const char *const kind_names[] = { "add", "change", "delete", "mode" };

struct back {
    bool done;
    char *failed;
    struct sync_change *changes; /* deep copies */
    size_t count;
    struct buffer lines; /* "KIND PATH[ link][ folder][ conflict][: why]" each */
};

static void describe(struct back *back, const struct sync_change *change)
{
    buffer_append_format(&back->lines, "%s %s%s%s%s", kind_names[change->kind], change->path,
                         change->is_link ? " link" : "", change->is_folder ? " folder" : "",
                         change->conflict ? " conflict" : "");
    if (change->why)
        buffer_append_format(&back->lines, ": %s", change->why);
    buffer_append_byte(&back->lines, '\n');
}

static char *copy_content(const char *content, size_t length)
{
    return content ? xstrndup(content, length) : NULL;
}

static void take_changes(void *data, const struct sync_change *changes, size_t count, const char *failed)
{
    struct back *back = data;
    assert_false(back->done);
    back->done = true;
    back->failed = xstrdup_or_null(failed);
    back->count = count;
    back->changes = xcalloc(count + 1, sizeof(*changes));
    for (size_t i = 0; i < count; i++) {
        struct sync_change *copy = &back->changes[i];
        *copy = changes[i];
        copy->path = xstrdup(changes[i].path);
        copy->before = copy_content(changes[i].before, changes[i].before_length);
        copy->after = copy_content(changes[i].after, changes[i].after_length);
        copy->why = xstrdup_or_null(changes[i].why);
        describe(back, copy);
    }
}

static void compare_begin(struct sync_bench *sync, struct back *back)
{
    *back = (struct back){ .lines = BUFFER_INIT };
    sync_compare(sync->bench.loop, sync->bench.sandbox, sync->folder, "/workspace", sync->manifest,
                 take_changes, back);
}

static void compare_with_failure(struct sync_bench *sync, struct back *back)
{
    compare_begin(sync, back);
    while (!back->done)
        loop_turn(sync->bench.loop, -1);
}

static void compare(struct sync_bench *sync, struct back *back)
{
    compare_with_failure(sync, back);
    if (back->failed)
        fail_msg("%s", back->failed);
}

static void back_release(struct back *back)
{
    for (size_t i = 0; i < back->count; i++) {
        free(back->changes[i].path);
        free(back->changes[i].before);
        free(back->changes[i].after);
        free(back->changes[i].why);
    }
    free(back->changes);
    free(back->failed);
    buffer_release(&back->lines);
}

/* Runs SCRIPT in the sandbox; the comparison must then give LINES. */
static void change(struct sync_bench *sync, const char *script)
{
    expect_output(&sync->bench, script, "");
}

static void expect_changes(struct sync_bench *sync, const char *lines)
{
    struct back back;
    compare(sync, &back);
    assert_string_equal(back.lines.data, lines);
    back_release(&back);
}

/* --- applying --- */

static void apply_well(struct sync_bench *sync, const struct sync_change *one)
{
    struct error error = ERROR_INIT;
    if (!sync_apply(sync->folder, one, &error) || !sync_record(sync->manifest, one, &error))
        fail_msg("%s", error_message(&error));
}

static void apply_badly(struct sync_bench *sync, const struct sync_change *one, const char *words)
{
    struct error error = ERROR_INIT;
    assert_false(sync_apply(sync->folder, one, &error));
    if (!strstr(error_message(&error), words))
        fail_msg("%s: not %s", error_message(&error), words);
    error_clear(&error);
}

static void apply_all(struct sync_bench *sync)
{
    struct back back;
    compare(sync, &back);
    for (size_t i = 0; i < back.count; i++)
        if (!back.changes[i].why)
            apply_well(sync, &back.changes[i]);
    back_release(&back);
}

static void expect_host(struct sync_bench *sync, const char *path, const char *content)
{
    char *whole = host_path(sync, path);
    struct buffer found = BUFFER_INIT;
    struct error error = ERROR_INIT;
    if (!path_read_file(whole, &found, &error))
        fail_msg("%s", error_message(&error));
    assert_string_equal(found.data, content);
    buffer_release(&found);
    free(whole);
}

static unsigned host_mode(struct sync_bench *sync, const char *path)
{
    char *whole = host_path(sync, path);
    struct stat info;
    assert_int_equal(lstat(whole, &info), 0);
    free(whole);
    return info.st_mode & 07777;
}

static void expect_gone(struct sync_bench *sync, const char *path)
{
    char *whole = host_path(sync, path);
    struct stat info;
    assert_int_equal(lstat(whole, &info), -1);
    free(whole);
}

static void expect_nothing_left(struct sync_bench *sync)
{
    char *command = xasprintf("ls -A %s | grep -c sandgate-", sync->folder);
    FILE *list = popen(command, "r");
    char line[16] = "";
    assert_non_null(fgets(line, sizeof(line), list));
    assert_string_equal(line, "0\n");
    pclose(list);
    free(command);
}

/* --- what is found --- */

static void test_nothing_changed(void **state)
{
    struct sync_bench *sync = *state;
    host_folder(sync, "sub", 0750);
    host_folder(sync, "empty", 0755);
    host_write(sync, "sub/a", "hello", 0640);
    host_link(sync, "link", "/away");
    host_folder(sync, ".git", 0755);
    host_write(sync, ".git/HEAD", "ref", 0644);
    copy_up_well(sync);
    expect_changes(sync, "");
    change(sync, "touch sub/a .git/HEAD; cp -p sub/a x; mv x sub/a");
    expect_changes(sync, "");
}

static void test_kinds(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    host_folder(sync, "sub", 0755);
    host_write(sync, "sub/same-size", "aaaa", 0644);
    host_write(sync, "grows", "1\n", 0644);
    host_write(sync, "goes", "bye\n", 0644);
    host_write(sync, "mode", "x", 0644);
    host_link(sync, "link", "grows");
    host_folder(sync, "gone", 0755);
    host_write(sync, "gone/inner", "", 0644);
    copy_up_well(sync);
    change(sync, "printf bbbb > sub/same-size; echo 2 >> grows; rm -r goes gone; chmod 755 mode;"
                 "ln -sfn sub link; mkdir -p new/deep bare; echo n > new/deep/file; chmod 600 new/deep/file");
    compare(sync, &back);
    assert_string_equal(back.lines.data, "delete gone/inner\ndelete gone folder\ndelete goes\n"
                                         "add bare folder\nchange grows\nchange link link\nmode mode\n"
                                         "add new/deep/file\nchange sub/same-size\n");
    assert_string_equal(back.changes[2].before, "bye\n");
    assert_null(back.changes[2].after);
    assert_string_equal(back.changes[4].before, "1\n");
    assert_string_equal(back.changes[4].after, "1\n2\n");
    assert_string_equal(back.changes[5].before, "grows");
    assert_string_equal(back.changes[5].after, "sub");
    assert_int_equal(back.changes[6].before_mode, 0644);
    assert_int_equal(back.changes[6].mode, 0755);
    assert_null(back.changes[7].before);
    assert_int_equal(back.changes[7].mode, 0600);
    back_release(&back);
    apply_all(sync);
    expect_gone(sync, "goes");
    expect_gone(sync, "gone");
    expect_host(sync, "grows", "1\n2\n");
    expect_host(sync, "sub/same-size", "bbbb");
    expect_host(sync, "link/same-size", "bbbb");
    expect_host(sync, "new/deep/file", "n\n");
    assert_int_equal(host_mode(sync, "mode"), 0755);
    assert_int_equal(host_mode(sync, "grows"), 0644);
    assert_int_equal(host_mode(sync, "new/deep/file"), 0600);
    assert_int_equal(host_mode(sync, "bare") & 0700, 0700);
    expect_nothing_left(sync);
    expect_changes(sync, "");
    /* and on from there */
    change(sync, "echo 3 >> grows; chmod 644 mode; rm new/deep/file");
    expect_changes(sync, "delete new/deep/file\nchange grows\nmode mode\n");
}

static void test_other_kind_of_thing(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, "file-to-folder", "x", 0644);
    host_folder(sync, "folder-to-file", 0755);
    host_write(sync, "folder-to-file/inner", "y", 0644);
    host_write(sync, "file-to-link", "z", 0644);
    host_link(sync, "link-to-folder", "file-to-link");
    host_write(sync, "file-to-pipe", "z", 0644);
    copy_up_well(sync);
    change(sync, "rm -r *; mkdir file-to-folder link-to-folder; echo a > file-to-folder/a;"
                 "echo b > link-to-folder/b; echo c > folder-to-file; ln -s folder-to-file file-to-link;"
                 "mkfifo file-to-pipe");
    expect_changes(sync,
                   "delete link-to-folder link\ndelete folder-to-file/inner\ndelete folder-to-file folder\n"
                   "delete file-to-pipe\ndelete file-to-link\ndelete file-to-folder\n"
                   "add file-to-folder/a\nadd file-to-link link\nadd folder-to-file\n"
                   "add link-to-folder/b\n");
    apply_all(sync);
    expect_host(sync, "file-to-folder/a", "a\n");
    expect_host(sync, "link-to-folder/b", "b\n");
    expect_host(sync, "file-to-link", "c\n");
    expect_gone(sync, "file-to-pipe");
    expect_changes(sync, "");
}

/* A file whose deletion was not wanted is not written over by what took its place. */
static void test_deletion_not_wanted(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    host_write(sync, "a", "x", 0644);
    host_write(sync, "b", "x", 0644);
    copy_up_well(sync);
    change(sync, "rm a b; mkdir a; echo y > a/y; ln -s a b");
    compare(sync, &back);
    assert_string_equal(back.lines.data, "delete b\ndelete a\nadd a/y\nadd b link\n");
    apply_badly(sync, &back.changes[2], "a/y cannot be reached: Not a directory");
    apply_badly(sync, &back.changes[3], "b is on the host already");
    expect_host(sync, "a", "x");
    expect_host(sync, "b", "x");
    back_release(&back);
}

static void test_ignored(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, ".gitignore", "__pycache__/\n*.log\n", 0644);
    host_folder(sync, "sub", 0755);
    host_write(sync, "sub/.sandgateignore", "scratch\n", 0644);
    host_folder(sync, ".git", 0755);
    host_write(sync, ".git/HEAD", "ref: main", 0644);
    copy_up_well(sync);
    change(sync, "mkdir __pycache__ sub/__pycache__; touch __pycache__/a sub/__pycache__/b x.log sub/scratch;"
                 "echo 'hidden*' > .sandgateignore; touch hidden-not; mkdir sub/.git; touch sub/.git/config");
    expect_changes(sync, "add .sandgateignore\nadd hidden-not\n"
                         "change sub/.git: what changed in .git stays in the sandbox\n");
    change(sync, "rm -r sub/.git; echo ref: other > .git/HEAD");
    expect_changes(sync, "change .git: what changed in .git stays in the sandbox\nadd .sandgateignore\n"
                         "add hidden-not\n");
    change(sync, "rm -r .git");
    expect_changes(sync, "change .git: what changed in .git stays in the sandbox\nadd .sandgateignore\n"
                         "add hidden-not\n");
}

/* What came back is followed on, also when an ignore file that came with it names it. */
static void test_ignored_later(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, "a", "1", 0644);
    host_folder(sync, "sub", 0755);
    host_write(sync, "sub/b", "1", 0644);
    copy_up_well(sync);
    change(sync, "mkdir -p cache/deep; echo 1 > cache/deep/x; echo '*' > cache/.gitignore");
    expect_changes(sync, "add cache/.gitignore\nadd cache/deep/x\n");
    apply_all(sync);
    host_write(sync, ".gitignore", "sub\n", 0644);
    expect_changes(sync, "");
    change(sync, "echo 2 > cache/deep/x; echo > cache/deep/y; echo 2 > sub/b; echo > sub/new");
    expect_changes(sync, "change cache/deep/x\nchange sub/b\n");
    change(sync, "rm cache/deep/x");
    expect_changes(sync, "delete cache/deep/x\nchange sub/b\n");
}

static void test_conflicts(void **state)
{
    struct sync_bench *sync = *state;
    static const char *const names[] = {
        "edited", "removed", "deleted", "mode", "same", "both-gone", "kept"
    };
    struct back back;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        host_write(sync, names[i], "1\n", 0644);
    copy_up_well(sync);
    change(sync, "echo 2 > edited; echo 2 > removed; echo 2 > same; rm deleted both-gone; chmod 600 mode;"
                 "echo theirs > new; echo equal > new-same");
    host_write(sync, "edited", "3\n", 0644);
    host_remove(sync, "removed");
    host_write(sync, "deleted", "3\n", 0644);
    host_write(sync, "mode", "1\n", 0640);
    host_write(sync, "same", "2\n", 0644);
    host_remove(sync, "both-gone");
    host_write(sync, "kept", "3\n", 0644); /* only on the host: no matter */
    host_write(sync, "new", "mine\n", 0644);
    host_write(sync, "new-same", "equal\n", 0644);
    compare(sync, &back);
    assert_string_equal(back.lines.data,
                        "delete deleted conflict: it was changed on the host since it went up\n"
                        "change edited conflict: it was changed on the host since it went up\n"
                        "mode mode conflict: its mode was changed on the host since it went up\n"
                        "add new conflict: the host has one of its own there\n"
                        "change removed conflict: it was removed on the host since it went up\n");
    for (size_t i = 0; i < back.count; i++)
        apply_badly(sync, &back.changes[i], "is not brought back");
    assert_string_equal(back.changes[1].before, "3\n");
    assert_string_equal(back.changes[1].after, "2\n");
    expect_host(sync, "edited", "3\n");
    expect_host(sync, "deleted", "3\n");
    expect_host(sync, "new", "mine\n");
    expect_gone(sync, "removed");
    back_release(&back);
}

/* --- the host changes between comparing and applying --- */

static void test_newer_edit(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    host_write(sync, "change", "1\n", 0644);
    host_write(sync, "delete", "1\n", 0644);
    host_write(sync, "mode", "1\n", 0644);
    copy_up_well(sync);
    change(sync, "echo 2 > change; rm delete; chmod 755 mode; echo 2 > add");
    compare(sync, &back);
    assert_string_equal(back.lines.data, "delete delete\nadd add\nchange change\nmode mode\n");
    host_write(sync, "change", "3\n", 0644);
    host_write(sync, "delete", "3\n", 0644);
    host_write(sync, "mode", "1\n", 0600);
    host_write(sync, "add", "3\n", 0644);
    apply_badly(sync, &back.changes[0], "changed on the host meanwhile");
    apply_badly(sync, &back.changes[1], "on the host already");
    apply_badly(sync, &back.changes[2], "changed on the host meanwhile");
    apply_badly(sync, &back.changes[3], "changed on the host meanwhile");
    expect_host(sync, "change", "3\n");
    expect_host(sync, "delete", "3\n");
    expect_host(sync, "add", "3\n");
    assert_int_equal(host_mode(sync, "mode"), 0600);
    expect_nothing_left(sync);
    back_release(&back);
}

/* A link put where a file or a folder was leads nothing out. */
static void test_link_swapped_in(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    char *outside = path_join(sync->bench.folder, "outside"), *victim = path_join(outside, "file");
    assert_true(path_make_folders(outside, NULL));
    assert_true(path_write_file(victim, "1\n", 2, 0644, NULL));
    host_folder(sync, "sub", 0755);
    host_write(sync, "sub/file", "1\n", 0644);
    host_write(sync, "top", "1\n", 0644);
    host_write(sync, "top-gone", "1\n", 0644);
    copy_up_well(sync);
    change(sync, "echo 2 > sub/file; echo 2 > sub/new; echo 2 > top; rm top-gone");
    compare(sync, &back);
    assert_string_equal(back.lines.data, "delete top-gone\nchange sub/file\nadd sub/new\nchange top\n");
    host_remove(sync, "sub/file");
    host_remove(sync, "sub");
    host_link(sync, "sub", outside);
    host_remove(sync, "top");
    host_link(sync, "top", victim);
    host_remove(sync, "top-gone");
    host_link(sync, "top-gone", victim);
    for (size_t i = 0; i < back.count; i++)
        apply_badly(sync, &back.changes[i],
                    strchr(back.changes[i].path, '/') ? "passes through a link"
                                                      : "changed on the host meanwhile");
    back_release(&back);
    /* and when it was there before the comparison */
    compare(sync, &back);
    assert_string_equal(back.lines.data,
                        "delete top-gone conflict: it was changed on the host since it went up\n"
                        "change sub/file: its path passes through a link of the host\n"
                        "add sub/new: its path passes through a link of the host\n"
                        "change top conflict: it was changed on the host since it went up\n");
    struct buffer content = BUFFER_INIT;
    assert_true(path_read_file(victim, &content, NULL));
    assert_string_equal(content.data, "1\n");
    buffer_release(&content);
    back_release(&back);
    free(victim);
    free(outside);
}

/* --- what the sandbox could try --- */

static void test_links_out(void **state)
{
    struct sync_bench *sync = *state;
    host_folder(sync, "sub", 0755);
    host_link(sync, "was", "sub");
    copy_up_well(sync);
    change(sync,
           "ln -s /etc/passwd absolute; ln -s .. up; ln -s sub/../../x around; ln -s ../.. sub/up2;"
           "ln -s ../absolute sub/fine; ln -s fine/../x sub/round; ln -sfn ../home was; ln -s ./sub/ fine2");
    expect_changes(sync, "add absolute link: the link leads to an absolute path\n"
                         "add around link: the link leads out of the folder\n"
                         "add fine2 link\n"
                         "add sub/fine link\n"
                         "add sub/round link: the link leads out of the folder\n"
                         "add sub/up2 link: the link leads out of the folder\n"
                         "add up link: the link leads out of the folder\n"
                         "change was link: the link leads out of the folder\n");
}

static void test_hostile_paths(void **state)
{
    static const char *const paths[] = { "../out", "/etc/x",       "a/../../x",      "", "a//b", "a/", ".",
                                         "./a",    ".git/hooks/x", "sub/.git/config" };
    struct sync_bench *sync = *state;
    char *long_path = xmalloc(6000);
    memset(long_path, 'a', 5999);
    long_path[5999] = '\0';
    struct sync_change hostile = {
        .kind = SYNC_ADDED, .after = (char *)"x", .after_length = 1, .mode = 0644
    };
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        hostile.path = (char *)paths[i];
        apply_badly(sync, &hostile, "is not brought back");
    }
    hostile.path = long_path;
    apply_badly(sync, &hostile, "too long");
    long_path[300] = '\0';
    apply_badly(sync, &hostile, "too long");
    hostile = (struct sync_change){
        .kind = SYNC_ADDED, .path = (char *)"l", .is_link = true, .after = (char *)"..", .after_length = 2
    };
    apply_badly(sync, &hostile, "leads out of the folder");
    free(long_path);
}

static void test_every_byte(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    char name[4] = "n ?";
    copy_up_well(sync);
    change(sync, "for i in {1..255}; do [ $i = 47 ] || "
                 "{ printf -v h %02x $i; printf -v n \"n \\x$h\"; printf %s $i > \"$n\"; }; done");
    compare(sync, &back);
    assert_int_equal(back.count, 254);
    for (size_t i = 0; i < back.count; i++)
        apply_well(sync, &back.changes[i]);
    back_release(&back);
    for (int byte = 1; byte < 256; byte++) {
        char content[8];
        if (byte == '/')
            continue;
        name[2] = (char)byte;
        snprintf(content, sizeof(content), "%d", byte);
        expect_host(sync, name, content);
    }
    expect_changes(sync, "");
}

/* One hunk of three comes back; the others are what the next comparison finds, and come then. */
static void test_single_hunks(void **state)
{
    static const bool second[] = { false, true, false };
    struct sync_bench *sync = *state;
    struct sync_change part;
    struct back back;

    host_write(sync, "f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n", 0644);
    host_write(sync, "same", "1\n", 0644);
    copy_up_well(sync);
    change(sync, "sed -i 's/^1$/one/; s/^9$/nine/; s/^17$/seventeen/' f; chmod 755 f");
    compare(sync, &back);
    assert_string_equal(back.lines.data, "change f\n");
    struct diff *diff = sync_change_diff(&back.changes[0], DIFF_CONTEXT);
    assert_true(sync_change_part(&back.changes[0], diff, second, &part));
    diff_free(diff);
    apply_well(sync, &part);
    free(part.after);
    back_release(&back);
    expect_host(sync, "f", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n10\n11\n12\n13\n14\n15\n16\n17\n");
    assert_int_equal(host_mode(sync, "f"), 0755);
    compare(sync, &back);
    assert_string_equal(back.lines.data, "change f\n");
    diff = sync_change_diff(&back.changes[0], DIFF_CONTEXT);
    assert_int_equal(diff_hunks(diff), 2);
    diff_free(diff);
    apply_well(sync, &back.changes[0]);
    back_release(&back);
    expect_host(sync, "f", "one\n2\n3\n4\n5\n6\n7\n8\nnine\n10\n11\n12\n13\n14\n15\n16\nseventeen\n");
    expect_changes(sync, "");
    expect_nothing_left(sync);
}

/* What was there when it was chosen from is not there any more. */
static void test_single_hunks_of_another_file(void **state)
{
    static const bool first[] = { true };
    struct sync_bench *sync = *state;
    struct sync_change part;
    struct back back;

    host_write(sync, "f", "1\n2\n", 0644);
    copy_up_well(sync);
    change(sync, "echo one >f; echo new >g");
    compare(sync, &back);
    assert_string_equal(back.lines.data, "change f\nadd g\n");
    struct diff *diff = sync_change_diff(&back.changes[0], DIFF_CONTEXT);
    assert_false(sync_change_part(&back.changes[1], diff, first, &part));
    assert_true(sync_change_part(&back.changes[0], diff, first, &part));
    diff_free(diff);
    host_write(sync, "f", "mine\n", 0644);
    apply_badly(sync, &part, "was changed on the host meanwhile");
    free(part.after);
    back_release(&back);
    expect_host(sync, "f", "mine\n");
}

static void test_too_large(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, "b", "x", 0644);
    copy_up_well(sync);
    change(sync, "truncate -s 16777217 a b; for i in {0..9}; do truncate -s 15000000 c$i; done");
    struct back back;
    compare(sync, &back);
    assert_int_equal(back.count, 12);
    assert_string_equal(back.changes[0].why, "larger than 16 MiB");
    assert_string_equal(back.changes[1].why, "larger than 16 MiB");
    size_t refused = 0, bytes = 0;
    for (size_t i = 2; i < back.count; i++) {
        refused += back.changes[i].why != NULL;
        bytes += back.changes[i].after_length;
    }
    assert_int_equal(refused, 2);
    assert_true(bytes <= SYNC_CHANGES_MAX);
    back_release(&back);
}

static void test_setuid_stays(void **state)
{
    struct sync_bench *sync = *state;
    copy_up_well(sync);
    change(sync, "echo x > tool; chmod 6755 tool");
    apply_all(sync);
    assert_int_equal(host_mode(sync, "tool"), 0755);
}

static void test_mode_of_host_stays(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, "a", "1", 0644);
    copy_up_well(sync);
    change(sync, "echo 2 > a");
    host_write(sync, "a", "1", 0600);
    apply_all(sync);
    expect_host(sync, "a", "2\n");
    assert_int_equal(host_mode(sync, "a"), 0600);
}

/* A folder that still holds what never went up stays. */
static void test_folder_with_own_files(void **state)
{
    struct sync_bench *sync = *state;
    host_write(sync, ".gitignore", "*.o\n", 0644);
    host_folder(sync, "sub", 0755);
    host_write(sync, "sub/a.c", "1", 0644);
    host_write(sync, "sub/a.o", "1", 0644);
    copy_up_well(sync);
    change(sync, "rm -r sub");
    expect_changes(sync, "delete sub/a.c\ndelete sub folder\n");
    apply_all(sync);
    expect_gone(sync, "sub/a.c");
    expect_host(sync, "sub/a.o", "1");
    expect_changes(sync, "");
}

static void test_no_manifest(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    compare_with_failure(sync, &back);
    assert_non_null(strstr(back.failed, "The list of what was copied up"));
    assert_int_equal(back.count, 0);
    back_release(&back);
}

static void test_no_workspace(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    host_write(sync, "a", "1", 0644);
    copy_up_well(sync);
    back = (struct back){ .lines = BUFFER_INIT };
    sync_compare(sync->bench.loop, sync->bench.sandbox, sync->folder, "/nowhere", sync->manifest,
                 take_changes, &back);
    while (!back.done)
        loop_turn(sync->bench.loop, -1);
    assert_non_null(strstr(back.failed, "/nowhere"));
    assert_int_equal(back.count, 0);
    back_release(&back);
}

/* A workspace that was lost is no reason to delete anything. */
static void test_empty_workspace(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    host_write(sync, "a", "1", 0644);
    copy_up_well(sync);
    change(sync, "rm a");
    compare_with_failure(sync, &back);
    assert_non_null(strstr(back.failed, "The workspace in the sandbox is empty"));
    assert_int_equal(back.count, 0);
    back_release(&back);
}

static void test_cancel(void **state)
{
    struct sync_bench *sync = *state;
    char path[64];
    for (int i = 0; i < 200; i++) {
        snprintf(path, sizeof(path), "file-%d", i);
        host_write(sync, path, path, 0644);
    }
    copy_up_well(sync);
    change(sync, "for i in {0..199}; do echo x >> file-$i; done");
    for (int stop = 0; stop < 12; stop++) {
        struct back back = { .lines = BUFFER_INIT };
        struct sync *running = sync_compare(sync->bench.loop, sync->bench.sandbox, sync->folder, "/workspace",
                                            sync->manifest, take_changes, &back);
        for (int i = 0; i < stop && !back.done; i++)
            loop_turn(sync->bench.loop, -1);
        assert_false(back.done);
        sync_cancel(running);
    }
    struct back back;
    compare(sync, &back);
    assert_int_equal(back.count, 200);
    back_release(&back);
}

static void test_sandbox_lost(void **state)
{
    struct sync_bench *sync = *state;
    struct back back;
    char path[64];
    for (int i = 0; i < 200; i++) {
        snprintf(path, sizeof(path), "file-%d", i);
        host_write(sync, path, path, 0644);
    }
    copy_up_well(sync);
    compare_begin(sync, &back);
    for (int i = 0; i < 3; i++)
        loop_turn(sync->bench.loop, -1);
    kill_sandbox();
    while (!back.done)
        loop_turn(sync->bench.loop, -1);
    assert_non_null(back.failed);
    assert_int_equal(back.count, 0);
    back_release(&back);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, sync_setup, sync_teardown)
#define ON_BOTH                                                                                            \
    WITH_FOLDER(test_nothing_changed), WITH_FOLDER(test_kinds), WITH_FOLDER(test_other_kind_of_thing),     \
        WITH_FOLDER(test_deletion_not_wanted), WITH_FOLDER(test_ignored), WITH_FOLDER(test_ignored_later), \
        WITH_FOLDER(test_conflicts), WITH_FOLDER(test_newer_edit), WITH_FOLDER(test_link_swapped_in),      \
        WITH_FOLDER(test_links_out), WITH_FOLDER(test_hostile_paths), WITH_FOLDER(test_every_byte),        \
        WITH_FOLDER(test_single_hunks), WITH_FOLDER(test_single_hunks_of_another_file),                    \
        WITH_FOLDER(test_too_large), WITH_FOLDER(test_setuid_stays), WITH_FOLDER(test_mode_of_host_stays), \
        WITH_FOLDER(test_folder_with_own_files), WITH_FOLDER(test_no_manifest),                            \
        WITH_FOLDER(test_no_workspace), WITH_FOLDER(test_empty_workspace), WITH_FOLDER(test_cancel)
    /* The last kills bubblewrap's own processes. */
    const struct CMUnitTest tests[] = { ON_BOTH, WITH_FOLDER(test_sandbox_lost) };
    const struct CMUnitTest on_modal[] = { ON_BOTH };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL) + BENCH_ON_MODAL(on_modal);
}
