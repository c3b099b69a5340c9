/* test_base_path.c - paths as text, files on a real disk, and removal of what a sandbox could leave behind. */
#include "base/path.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_text(char *text, const char *wanted)
{
    assert_string_equal(text, wanted);
    free(text);
}

/* --- text --- */

static void paths_are_joined_and_split(void **state)
{
    (void)state;
    assert_text(path_join("/a", "b"), "/a/b");
    assert_text(path_join("/a/", "b"), "/a/b");
    assert_text(path_join("/", "b"), "/b");
    assert_text(path_join("", "b"), "b");
    assert_text(path_join("/a", "/b"), "/b");
    assert_text(path_folder("/a/b"), "/a");
    assert_text(path_folder("/a/b/"), "/a");
    assert_text(path_folder("/a//b"), "/a");
    assert_text(path_folder("/a"), "/");
    assert_text(path_folder("/"), "/");
    assert_text(path_folder("a"), ".");
    assert_text(path_folder("a/b"), "a");
    assert_string_equal(path_name("/a/b"), "b");
    assert_string_equal(path_name("b"), "b");
    assert_string_equal(path_name("/a/"), "");
}

static void paths_are_normalized_as_text(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "/w", "a", "/w/a" },
        { "/w", "", "/w" },
        { "/w", ".", "/w" },
        { "/w/x", "..", "/w" },
        { "/w", "../../..", "/" },
        { "/w", "/a//b/./c/../d/", "/a/b/d" },
        { "/w", "/", "/" },
        { "/w", "//", "/" },
        { "/w", "...", "/w/..." },
        { "/w", "a/..b", "/w/a/..b" },
        { "/w//y/../z", "./k", "/w/z/k" },
        { "/", "a", "/a" },
        { NULL, "a/b", "/a/b" },
        { "/w", "a/../../b", "/b" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_text(path_normalize(rows[i][0], rows[i][1]), rows[i][2]);
}

static void below_means_the_folder_or_deeper(void **state)
{
    (void)state;
    assert_true(path_is_below("/a/b", "/a"));
    assert_true(path_is_below("/a", "/a"));
    assert_true(path_is_below("/a/b", "/a/"));
    assert_true(path_is_below("/a", "/"));
    assert_true(path_is_below("/", "/"));
    assert_false(path_is_below("/ab", "/a"));
    assert_false(path_is_below("/", "/a"));
    assert_false(path_is_below("/b/a", "/a"));
}

static void folders_follow_the_environment(void **state)
{
    (void)state;
    setenv("HOME", "/home/x", 1);
    setenv("XDG_CONFIG_HOME", "relative", 1);
    setenv("XDG_DATA_HOME", "/d", 1);
    unsetenv("XDG_STATE_HOME");
    assert_text(path_home(), "/home/x");
    assert_text(path_config(), "/home/x/.config/sandgate");
    assert_text(path_data(), "/d/sandgate");
    assert_text(path_state(), "/home/x/.local/state/sandgate");
    setenv("HOME", "relative", 1);
    char *home = path_home();
    assert_int_equal(home[0], '/');
    free(home);
}

static void our_own_files_are_found(void **state)
{
    (void)state;
    unsetenv("SANDGATE_DATA");
    char *program = realpath("/proc/self/exe", NULL);
    if (!path_is_below(program, SANDGATE_BUILD_FOLDER))
        fail_msg("%s is not in the build folder", program);
    free(program);
    assert_text(path_data_file("themes/dark"), SANDGATE_SOURCE_FOLDER "/themes/dark");
    assert_text(path_helper("init"), SANDGATE_BUILD_FOLDER "/init");
    setenv("SANDGATE_DATA", "/data", 1);
    assert_text(path_data_file("themes/dark"), "/data/themes/dark");
    unsetenv("SANDGATE_DATA");
}

/* --- files --- */

struct place {
    char path[64];
};

static int make_place(void **state)
{
    struct place *place = xcalloc(1, sizeof *place);
    strcpy(place->path, "/tmp/sandgate-path-XXXXXX");
    *state = place;
    return mkdtemp(place->path) ? chdir(place->path) : -1;
}

static int drop_place(void **state)
{
    struct place *place = *state;
    struct error error = ERROR_INIT;
    bool done = chdir("/") == 0 && path_remove_tree(place->path, &error) && access(place->path, F_OK) != 0;
    if (!done)
        print_error("%s\n", error_message(&error));
    error_clear(&error);
    free(place);
    return done ? 0 : -1;
}

static void assert_failed(bool done, struct error *error, const char *sentence)
{
    assert_false(done);
    if (!strstr(error_message(error), sentence))
        fail_msg("\"%s\" instead of \"%s\"", error_message(error), sentence);
    error_clear(error);
}

static void files_are_written_and_read(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    struct buffer out = BUFFER_INIT;
    struct stat status;
    assert_true(path_write_file("f", "one\0two", 7, 0640, &error));
    assert_int_equal(stat("f", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    buffer_append_text(&out, "<");
    assert_true(path_read_file("f", &out, &error));
    assert_int_equal(out.length, 8);
    assert_memory_equal(out.data, "<one\0two", 8);
    assert_true(path_write_file("f", "", 0, 0600, &error));
    buffer_clear(&out);
    assert_true(path_read_file("f", &out, &error));
    assert_int_equal(out.length, 0);
    buffer_release(&out);
}

static void what_cannot_be_read_is_said(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    struct buffer out;
    buffer_init(&out, 10);
    buffer_append_text(&out, "<");
    assert_failed(path_read_file("none", &out, &error), &error, "cannot open none: No such file");
    assert_failed(path_read_file(".", &out, &error), &error, "not a regular file");
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_failed(path_read_file("fifo", &out, &error), &error, "not a regular file");
    assert_true(path_write_file("f", "0123456789", 10, 0600, &error));
    assert_failed(path_read_file("f", &out, &error), &error, "larger than the 10 bytes");
    assert_string_equal(out.data, "<");
    assert_failed(path_write_file("none/f", "x", 1, 0600, &error), &error,
                  "cannot write none/f: No such file");
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_failed(path_write_file("folder", "x", 1, 0600, &error), &error, "cannot write folder");
    buffer_release(&out);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    struct stat status;
    assert_true(path_make_folders("a/b//c/", &error));
    assert_true(path_make_folders("a/b/c", &error));
    assert_int_equal(stat("a/b/c", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_true(path_write_file("a/f", "x", 1, 0600, &error));
    assert_failed(path_make_folders("a/f", &error), &error, "cannot make the folder a/f");
    assert_failed(path_make_folders("a/f/g", &error), &error, "cannot make the folder");
}

static void removal_follows_no_link(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    assert_true(path_make_folders("tree/a/b", &error));
    assert_true(path_make_folders("outside", &error));
    assert_true(path_write_file("outside/kept", "x", 1, 0600, &error));
    assert_true(path_write_file("tree/a/f", "x", 1, 0400, &error));
    assert_int_equal(symlink("../../outside", "tree/a/link"), 0);
    assert_int_equal(symlink("outside", "tree/link"), 0);
    assert_int_equal(symlink("outside", "link"), 0);
    assert_int_equal(mkfifo("tree/fifo", 0), 0);
    assert_int_equal(chmod("tree/a/b", 0), 0);
    assert_int_equal(chmod("tree/a", 0), 0);
    assert_int_equal(chmod("tree", 0500), 0);
    assert_true(path_remove_tree("tree", &error));
    assert_int_equal(access("tree", F_OK), -1);
    assert_true(path_remove_tree("link", &error));
    assert_int_equal(access("outside/kept", F_OK), 0);
    assert_true(path_remove_tree("none", &error));
    assert_true(path_remove_tree("outside/kept", &error));
}

/* Far deeper than PATH_MAX allows to name and than there are descriptors. */
static void removal_of_a_deep_tree(void **state)
{
    struct place *place = *state;
    for (int i = 0; i < 4000; i++) {
        assert_int_equal(mkdir("deeper", 0700), 0);
        assert_int_equal(symlink("/", "root"), 0);
        assert_int_equal(chdir("deeper"), 0);
    }
    assert_int_equal(chdir(place->path), 0);
    struct error error = ERROR_INIT;
    if (!path_remove_tree("deeper", &error))
        fail_msg("%s", error_message(&error));
    assert_int_equal(access("deeper", F_OK), -1);
}

static void removal_of_a_wide_tree(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    for (int i = 0; i < 300; i++) {
        char *path = xasprintf("wide/%d/x/y", i);
        assert_true(path_make_folders(path, &error));
        free(path);
    }
    for (int i = 0; i < 3000; i++) {
        char *path = xasprintf("wide/7/f%d", i);
        int file = open(path, O_WRONLY | O_CREAT, 0600);
        assert_true(file >= 0);
        close(file);
        free(path);
    }
    assert_true(path_remove_tree("wide", &error));
    assert_int_equal(access("wide", F_OK), -1);
}

int main(void)
{
    alarm(600);
#define DISK_TEST(name) cmocka_unit_test_setup_teardown(name, make_place, drop_place)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_joined_and_split),
        cmocka_unit_test(paths_are_normalized_as_text),
        cmocka_unit_test(below_means_the_folder_or_deeper),
        cmocka_unit_test(folders_follow_the_environment),
        cmocka_unit_test(our_own_files_are_found),
        DISK_TEST(files_are_written_and_read),
        DISK_TEST(what_cannot_be_read_is_said),
        DISK_TEST(folders_are_made_with_their_parents),
        DISK_TEST(removal_follows_no_link),
        DISK_TEST(removal_of_a_deep_tree),
        DISK_TEST(removal_of_a_wide_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
