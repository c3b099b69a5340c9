/* test_face_git_index.c - indexes that git itself has written, in its versions; and every way to cut one off. */
#include "face/git_index.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct tree {
    char folder[64];
};

static int make_tree(void **state)
{
    struct tree *tree = xcalloc(1, sizeof *tree);

    strcpy(tree->folder, "/tmp/sandgate-test-XXXXXX");
    assert_non_null(mkdtemp(tree->folder));
    *state = tree;
    return 0;
}

static int remove_tree(void **state)
{
    struct tree *tree = *state;

    path_remove_tree(tree->folder, NULL);
    free(tree);
    return 0;
}

/* Runs git in the tree, with nobody's configuration. */
static bool git(const struct tree *tree, const char *words)
{
    char *command = xasprintf("cd '%s' && HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 git %s >/dev/null 2>&1",
                              tree->folder, words);
    bool fine = system(command) == 0;

    free(command);
    return fine;
}

static bool take_name(void *data, const char *path)
{
    buffer_append_format(data, "%s\n", path);
    return true;
}

static void read_index(const struct tree *tree, struct buffer *bytes)
{
    char *file = path_join(tree->folder, ".git/index");

    assert_true(path_read_file(file, bytes, NULL));
    free(file);
}

static const char wanted[] = "a\nabcdefgh\nfolder/and/deeper\nfolder/b\nlater\n";

static void make_files(const struct tree *tree)
{
    static const char *const names[] = { "a", "abcdefgh", "folder/and/deeper", "folder/b", "later" };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = path_join(tree->folder, names[i]), *folder = path_folder(path);
        assert_true(path_make_folders(folder, NULL));
        assert_true(path_write_file(path, "x", 1, 0644, NULL));
        free(folder);
        free(path);
    }
    char *link = path_join(tree->folder, "link");
    assert_int_equal(symlink("a", link), 0);
    free(link);
}

static void check_version(const struct tree *tree, const char *version, size_t hash_bytes)
{
    struct buffer bytes = BUFFER_INIT, names = BUFFER_INIT;
    struct error error = ERROR_INIT;
    char *command = xasprintf("update-index --index-version %s", version);

    assert_true(git(tree, command));
    free(command);
    read_index(tree, &bytes);
    if (!git_index_read(bytes.data, bytes.length, hash_bytes, take_name, &names, &error))
        fail_msg("version %s: %s", version, error_message(&error));
    assert_string_equal(names.data, wanted);
    for (size_t length = 0; length < bytes.length;
         length++) { /* exact memory, so that the sanitizer sees more */
        void *piece = xmemdup(bytes.data, length);
        buffer_clear(&names);
        git_index_read(piece, length, hash_bytes, take_name, &names, NULL);
        assert_int_equal(strncmp(names.data, wanted, names.length), 0);
        free(piece);
    }
    buffer_release(&names);
    buffer_release(&bytes);
}

static void what_git_writes_is_read(void **state)
{
    static const char *const versions[] = { "2", "4" };
    const struct tree *tree = *state;

    if (!git(tree, "init -q")) {
        print_message("# git is not installed\n");
        skip();
    }
    make_files(tree);
    assert_true(git(tree, "add -A"));
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
        check_version(tree, versions[i], 20);
    assert_true(git(tree, "rm -q --cached later") && git(tree, "add -N later")); /* a flag of version 3 */
    check_version(tree, "3", 20);
}

static void so_is_one_of_sha256(void **state)
{
    const struct tree *tree = *state;

    if (!git(tree, "init -q --object-format=sha256"))
        skip();
    make_files(tree);
    assert_true(git(tree, "add -A"));
    check_version(tree, "2", 32);
}

static void what_is_none_is_refused(void **state)
{
    static const unsigned char outside[] =
        "DIRC\0\0\0\2\0\0\0\1"
        "0123456789012345678901230\0\201\2440123456789AB01234567890123456789\0\5../x";
    struct buffer names = BUFFER_INIT;
    struct error error = ERROR_INIT;

    (void)state;
    assert_false(git_index_read("", 0, 20, take_name, &names, &error));
    assert_false(git_index_read("DIRC\0\0\0\5\0\0\0\1", 12, 20, take_name, &names, &error));
    assert_non_null(strstr(error_message(&error), "version 5"));
    git_index_read(outside, sizeof outside, 20, take_name, &names, &error);
    assert_string_equal(names.data, "");
    buffer_release(&names);
    error_clear(&error);
}

static void the_repository_is_found(void **state)
{
    const struct tree *tree = *state;
    char *below = path_join(tree->folder, "x/y"), *file = path_join(tree->folder, "x/.git");
    char *own = path_join(tree->folder, ".git"), *top, *repository;

    assert_true(path_make_folders(below, NULL) && path_make_folders(own, NULL));
    git_index_find(tree->folder, &top, &repository);
    assert_string_equal(top, tree->folder);
    assert_string_equal(repository, own);
    free(top);
    free(repository);
    assert_true(path_write_file(file, "gitdir: ../elsewhere\n", 21, 0644, NULL));
    git_index_find(below, &top, &repository);
    assert_non_null(strstr(repository, "/x/../elsewhere"));
    free(top);
    free(repository);
    git_index_find("/proc", &top, &repository);
    assert_null(top);
    free(below);
    free(file);
    free(own);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_git_writes_is_read, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(so_is_one_of_sha256, make_tree, remove_tree),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test_setup_teardown(the_repository_is_found, make_tree, remove_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
