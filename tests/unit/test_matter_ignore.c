/* test_matter_ignore.c - the ignore patterns, by a table of cases; where git is installed it is asked about
 * every one of them too, in a repository made for it, so that the table itself is known to be true. */
#include "matter/ignore.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct row {
    const char *text; /* of the ignore file of the root */
    const char *path; /* a folder when it ends with a slash */
    bool ignored;
    const char *folder; /* of a second ignore file, NULL: none */
    const char *folder_text;
};

static const struct row rows[] = {
    /* names */
    { "foo", "foo", true },
    { "foo", "foo/", true },
    { "foo", "a/foo", true },
    { "foo", "foo/bar", true },
    { "foo", "foobar", false },
    { "foo", "FOO", false },
    { "foo/", "foo", false },
    { "foo/", "foo/", true },
    { "foo/", "a/b/foo/x", true },
    { "/foo", "foo", true },
    { "/foo", "a/foo", false },
    { "a/foo", "a/foo", true },
    { "a/foo", "b/a/foo", false },
    { "a/foo/", "a/foo/", true },
    { "a/foo/", "a/foo", false },
    { "/", "a", false },
    { "//foo", "foo", false },
    { "foo//", "foo/", false },
    { "./foo", "foo", false },
    /* lines */
    { "", "a", false },
    { "# foo", "# foo", false },
    { "\\#foo", "#foo", true },
    { "\\!foo", "!foo", true },
    { "foo  ", "foo", true },
    { "foo\\ ", "foo ", true },
    { "foo\\ ", "foo", false },
    { "foo\\\\ ", "foo\\", true },
    { "foo\t", "foo", false },
    { "foo \r\nbar\r\n", "foo", true },
    { "a\nfoo", "foo", true },
    { "\xef\xbb\xbf"
      "foo\n",
      "foo", true },
    { " foo", " foo", true },
    { " foo", "foo", false },
    { "   ", " ", false },
    { "\n\n\nfoo\n\n", "foo", true },
    { "\r\n", "\r", false },
    /* taking back */
    { "*.o\n!keep.o", "keep.o", false },
    { "*.o\n!keep.o", "a/keep.o", false },
    { "!keep.o\n*.o", "keep.o", true },
    { "build/\n!build/keep", "build/keep", true },
    { "build/*\n!build/keep", "build/keep", false },
    { "build/*\n!build/keep", "build/other", true },
    { "!foo", "foo", false },
    { "!", "!", false },
    { "/*\n!/src\n", "src/a.c", false },
    { "/*\n!/src\n", "doc/a", true },
    { "!!foo", "!foo", false },
    /* stars and question marks */
    { "*", "a/b", true },
    { "*.c", "x.c", true },
    { "*.c", "a/x.c", true },
    { "*.c", ".c", true },
    { "*.c", "x.cc", false },
    { "/*.c", "x.c", true },
    { "/*.c", "a/x.c", false },
    { "a/*.c", "a/b/x.c", false },
    { "a/*", "a/b/c", true },
    { "a/*/c", "a/b/c", true },
    { "a/*/c", "a/b/b/c", false },
    { "a*b*c", "a1b2c", true },
    { "a*b*c", "a1c2b", false },
    { "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
    { "?", "a", true },
    { "?", "ab", false },
    { "?", "\xc3\xa9", false },
    { "??", "\xc3\xa9", true },
    { "a?b", "a/b", false },
    { "/a?b", "a/b", false },
    { "f*", "f", true },
    { "*/foo", "a/foo", true },
    { "*/foo", "foo", false },
    { "*/foo", "a/b/foo", false },
    /* two stars */
    { "**/foo", "foo", true },
    { "**/foo", "a/b/foo", true },
    { "**/foo", "a/xfoo", false },
    { "**/foo/bar", "a/foo/bar", true },
    { "**/foo/bar", "foo/x/bar", false },
    { "abc/**", "abc/x/y", true },
    { "abc/**", "abc/", false },
    { "abc/**", "x/abc/y", false },
    { "a/**/b", "a/b", true },
    { "a/**/b", "a/x/y/b", true },
    { "a/**/b", "a/xb", false },
    { "a/**/b", "ab", false },
    { "**", "a/b", true },
    { "**/", "a", false },
    { "**/", "a/", true },
    { "/**", "a", true },
    { "a**b", "axxb", true },
    { "a**b", "x/axb", true },
    { "a/**b", "a/x/b", false },
    { "a/b**", "a/bcd", true },
    { "a/***/b", "a/x/y/b", true },
    { "a/**/**/b", "a/b", true },
    { "x/a**/b", "x/ac/b", true },
    { "x/*a**/b", "x/a/c/b", false },
    { "**/a/**/*.c", "x/a/y/z.c", true },
    { "**/a/**/*.c", "a.c", false },
    /* sets */
    { "[abc]", "b", true },
    { "[abc]", "d", false },
    { "[a-c]x", "bx", true },
    { "[!a-c]x", "dx", true },
    { "[!a-c]x", "ax", false },
    { "[^a-c]x", "dx", true },
    { "[]-]x", "]x", true },
    { "[]-]x", "-x", true },
    { "[!]]", "a", true },
    { "[!]]", "]", false },
    { "[a-]", "-", true },
    { "[\\]]", "]", true },
    { "[\\\\]", "\\", true },
    { "[a-\\c]", "b", true },
    { "[c-a]", "b", false },
    { "[[:digit:]]", "7", true },
    { "[[:digit:]_]", "_", true },
    { "[![:digit:]]", "7", false },
    { "[[:upper:][:digit:]]", "x", false },
    { "[[:nothing:]]", "n", false },
    { "[[:digit]", "d", true },
    { "[[:digit:]", "1", false },
    { "[abc", "[abc", false },
    { "[abc", "a", false },
    { "[]", "[]", false },
    { "a[/]b", "a/b", false },
    { "a[!x]b", "a/b", false },
    { "[[:alpha:]-z]", "-", true },
    { "[a-c-e]", "d", false },
    { "[a-c-e]", "-", true },
    { "[[:space:]]", " ", true },
    { "[[:punct:]]", "~", true },
    { "[[:xdigit:]][[:blank:]]", "f ", true },
    /* backslashes */
    { "\\*", "*", true },
    { "\\*", "a", false },
    { "a\\bc", "abc", true },
    { "a\\", "a\\", false },
    { "\\[a]", "[a]", true },
    { "a/\\b", "a/b", true },
    { "**\\/foo", "a/foo", true },
    /* files of deeper folders */
    { "*.o", "a/x.o", false, "a", "!x.o" },
    { "*.o", "x.o", true, "a", "!x.o" },
    { "!x.o", "a/x.o", true, "a", "*.o" },
    { "", "a/b/x", true, "a", "/b/x" },
    { "", "b/x", false, "a", "b/x" },
    { "", "a/b", true, "a", "/b" },
    { "", "a/c/b", false, "a", "/b" },
    { "", "a/c/b", true, "a", "b" },
    { "", "ab/c", false, "a", "c" },
    { "a/", "a/x", true, "a", "!x" },
    { "", "a", false, "a", "*" },
    { "a/b/*", "a/b/c", false, "a/b", "!c" },
    { "", "a/b/c", true, "a", "**/c" },
};

static struct ignore *read_row(const struct row *row)
{
    struct ignore *ignore = ignore_new();
    char *text = xmemdup(row->text, strlen(row->text)); /* no NUL behind it */
    ignore_add(ignore, "", text, strlen(row->text));
    free(text);
    if (row->folder)
        ignore_add(ignore, row->folder, row->folder_text, strlen(row->folder_text));
    return ignore;
}

static void the_table_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct ignore *ignore = read_row(&rows[i]);
        size_t length = strlen(rows[i].path);
        bool is_folder = rows[i].path[length - 1] == '/';
        char *path = xstrndup(rows[i].path, length - is_folder);
        if (ignore_matches(ignore, path, is_folder) != rows[i].ignored)
            fail_msg("row %zu: \"%s\" and %s", i, rows[i].text, rows[i].path);
        free(path);
        ignore_free(ignore);
    }
    ignore_free(NULL);
}

static void a_walk_asks_only_about_the_entry(void **state)
{
    (void)state;
    struct ignore *ignore = ignore_new();
    ignore_add(ignore, "", "build/\n", 7);
    ignore_add(ignore, "", "!x.o\n", 5);
    ignore_add(ignore, "", "*.o\n", 4);
    assert_true(ignore_matches(ignore, "build/a", false));
    assert_false(ignore_matches_entry(ignore, "build/a", false));
    assert_true(ignore_matches_entry(ignore, "a/build", true));
    assert_true(ignore_matches_entry(ignore, "x.o", false)); /* later texts win */
    ignore_free(ignore);
}

/* Not timed: with anything exponential or quadratic in it the alarm ends this. */
static void hostile_patterns_take_linear_time(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT, path = BUFFER_INIT;
    for (int i = 0; i < 600; i++)
        buffer_append_text(&text, "**/*a");
    buffer_append_text(&text, "b\n");
    for (int i = 0; i < 1000; i++)
        buffer_append_text(&path, "aa/");
    buffer_append_text(&path, "c");
    struct ignore *ignore = ignore_new();
    ignore_add(ignore, "", text.data, text.length);
    assert_false(ignore_matches_entry(ignore, path.data, false));
    for (int i = 0; i < 100000; i++)
        buffer_append_text(&text, "x");
    ignore_add(ignore, "", text.data, text.length); /* a line too long is no pattern */
    assert_false(ignore_matches_entry(ignore, "x", false));
    ignore_free(ignore);
    buffer_release(&text);
    buffer_release(&path);
}

/* --- git's word --- */

/* Runs git in FOLDER with nothing of the person's own; returns its exit code, 127 when there is none. */
static int git(const char *folder, const char *const *arguments)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("HOME", folder, 1);
        setenv("XDG_CONFIG_HOME", folder, 1);
        setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
        setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
        unsetenv("GIT_DIR");
        unsetenv("GIT_WORK_TREE");
        if (chdir(folder) == 0)
            execvp("git", (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_file(const char *folder, const char *name, const char *text)
{
    struct error error = ERROR_INIT;
    char *path = path_join(folder, name), *parent = path_folder(path);
    if (!path_make_folders(parent, &error) || !path_write_file(path, text, strlen(text), 0600, &error))
        fail_msg("%s", error_message(&error));
    free(path);
    free(parent);
}

/* Lays out the row's files in FOLDER, an empty repository, and asks git about its path. */
static bool ask_git(const char *folder, const struct row *row)
{
    size_t length = strlen(row->path);
    bool is_folder = row->path[length - 1] == '/';
    char *path = xstrndup(row->path, length - is_folder);
    char *inside = is_folder ? path_join(path, "file") : xstrdup(path);
    write_file(folder, ".gitignore", row->text);
    if (row->folder && !(strcmp(row->folder, path) == 0)) {
        char *name = path_join(row->folder, ".gitignore");
        write_file(folder, name, row->folder_text);
        free(name);
    }
    write_file(folder, inside, "");
    const char *const arguments[] = { "git", "check-ignore", "-q", "--no-index", "--", path, NULL };
    int code = git(folder, arguments);
    assert_true(code == 0 || code == 1);
    char *first = xstrndup(row->path, strcspn(row->path, "/")), *gone = path_join(folder, first);
    assert_true(path_remove_tree(gone, NULL));
    free(gone);
    free(first);
    if (row->folder) {
        first = xstrndup(row->folder, strcspn(row->folder, "/"));
        gone = path_join(folder, first);
        assert_true(path_remove_tree(gone, NULL));
        free(gone);
        free(first);
    }
    free(inside);
    free(path);
    return code == 0;
}

static void git_says_the_same(void **state)
{
    (void)state;
    char folder[] = "/tmp/sandgate-ignore-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *const init[] = { "git", "init", "-q", ".", NULL };
    bool there = git(folder, init) == 0;
    for (size_t i = 0; there && i < ARRAY_SIZE(rows); i++)
        if (ask_git(folder, &rows[i]) != rows[i].ignored)
            fail_msg("row %zu: git disagrees about \"%s\" and %s", i, rows[i].text, rows[i].path);
    assert_true(path_remove_tree(folder, NULL));
    if (!there)
        skip();
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_holds),
        cmocka_unit_test(a_walk_asks_only_about_the_entry),
        cmocka_unit_test(hostile_patterns_take_linear_time),
        cmocka_unit_test(git_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
