/* test_modal_helper.c - the words of the file helper: arguments, entries, errors, changes; all of it is pure. */
#include "modal/file_helper.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "modal/file_changes.h"
#include "modal/file_entries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void check_argument(enum file_verb verb, const char *path, bool flag, const char *expected)
{
    char *text = file_argument(verb, path, flag);
    assert_string_equal(text, expected);
    free(text);
}

static void arguments_are_exact(void **state)
{
    (void)state;
    check_argument(FILE_LIST, "/a", true, "{\"ListFiles\":{\"path\":\"/a\"}}");
    check_argument(FILE_STAT, "/a\"\n", false, "{\"Stat\":{\"path\":\"/a\\\"\\n\"}}");
    check_argument(FILE_READ, "/\xc3\xa4", false, "{\"ReadFile\":{\"path\":\"/\xc3\xa4\"}}");
    check_argument(FILE_WRITE, "/a", true, "{\"WriteFile\":{\"path\":\"/a\"}}");
    check_argument(FILE_MAKE, "/a", true, "{\"MakeDirectory\":{\"path\":\"/a\",\"parents\":true}}");
    check_argument(FILE_REMOVE, "/a", false, "{\"Remove\":{\"path\":\"/a\",\"recursive\":false}}");
    check_argument(
        FILE_WATCH, "/a", true,
        "{\"Watch\":{\"path\":\"/a\",\"recursive\":true,\"filter\":[\"Create\",\"Modify\",\"Remove\","
        "\"Rename\",\"RenameFrom\",\"RenameTo\"],\"timeout_secs\":null}}");
}

/* --- entries --- */

#define ENTRY(name, more) "{\"name\":\"" name "\",\"path\":\"/d/" name "\"," more "}"
#define PLAIN \
    "\"type\":\"file\",\"size\":5,\"mode\":33188,\"modified_time\":1.5,\"owner\":\"root\",\"group\":\"0\""

static void entries_are_read_and_sorted(void **state)
{
    (void)state;
    static const char text[] = " [" ENTRY("b", PLAIN) " ,\n" ENTRY("a", "\"type\":\"symlink\",\"symlink_"
                                                                        "target\":\"b}\\\"{\"") "," ENTRY(
        "B", "\"type\":\"directory\",\"size\":9007199254740993,\"mode\":16832") "," ENTRY("z",
                                                                                          "\"type\":"
                                                                                          "\"socket\"") "] ";
    struct file_entries list = { 0 };
    assert_true(file_entries_parse(&list, text, strlen(text), false));
    assert_int_equal(list.count, 4);
    assert_string_equal(list.entries[0].name, "B");
    assert_int_equal(list.entries[0].type, MODAL_FOLDER);
    assert_int_equal(list.entries[0].size, 9007199254740993);
    assert_int_equal(list.entries[0].mode, 0700);
    assert_string_equal(list.entries[1].target, "b}\"{");
    assert_int_equal(list.entries[1].type, MODAL_LINK);
    assert_string_equal(list.entries[2].path, "/d/b");
    assert_string_equal(list.entries[2].owner, "root");
    assert_string_equal(list.entries[2].group, "0");
    assert_null(list.entries[2].target);
    assert_int_equal(list.entries[2].mode, 0644);
    assert_true(list.entries[2].modified > 1.4 && list.entries[2].modified < 1.6);
    assert_int_equal(list.entries[3].type, MODAL_OTHER);
    file_entries_release(&list);
    assert_true(file_entries_parse(&list, "[]", 2, false));
    assert_int_equal(list.count, 0);
    file_entries_release(&list);
}

static void one_entry_is_read(void **state)
{
    (void)state;
    static const char root[] = "{\"name\":\"/\",\"path\":\"/\",\"type\":\"directory\"}";
    struct file_entries list = { 0 };
    assert_true(file_entries_parse(&list, root, strlen(root), true));
    assert_int_equal(list.count, 1);
    file_entries_release(&list);
    assert_false(file_entries_parse(&list, "[]", 2, true));
    file_entries_release(&list);
}

static void what_is_no_list_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "[",
        "]",
        "[,]",
        "{}",
        "null",
        "[] x",
        "[1]",
        "[null]",
        "[{}]",
        "[[]]",
        "[\"x\"]",
        "[" ENTRY("a", PLAIN),
        "[" ENTRY("a", PLAIN) ",]",
        "[" ENTRY("a", PLAIN) ENTRY("b", PLAIN) "]",
        "[" ENTRY("a", PLAIN) "]]",
        "[" ENTRY("..", PLAIN) "]",
        "[" ENTRY(".", PLAIN) "]",
        "[" ENTRY("a/b", PLAIN) "]",
        "[" ENTRY("", PLAIN) "]",
        "[" ENTRY("a\\u0000b", PLAIN) "]",
        "[" ENTRY("a", "\"type\":1") "]",
        "[" ENTRY("a", "\"type\":\"file\",\"size\":-1") "]",
        "[{\"name\":\"a\",\"path\":\"a\",\"type\":\"file\"}]",
        "[{\"name\":\"a\",\"type\":\"file\"}]",
        "[{\"name\":\"a\",\"path\":\"/a\"}]",
        "[" ENTRY("\xff", PLAIN) "]",
        "[{\"name\":\"a",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct file_entries list = { 0 };
        if (file_entries_parse(&list, bad[i], strlen(bad[i]), false))
            fail_msg("taken: %s", bad[i]);
        file_entries_release(&list);
    }
}

static void more_entries_than_a_value_may_have_parts(void **state)
{
    (void)state;
    enum { MANY = 120000 };
    struct buffer text = BUFFER_INIT;
    struct file_entries list = { 0 };
    for (int i = 0; i < MANY; i++)
        buffer_append_format(&text, "%s{\"name\":\"%d\",\"path\":\"/%d\"," PLAIN "}", i ? "," : "[", MANY - i,
                             MANY - i);
    buffer_append_byte(&text, ']');
    assert_true(file_entries_parse(&list, text.data, text.length, false));
    assert_int_equal(list.count, MANY);
    assert_string_equal(list.entries[1].name, "10");
    file_entries_release(&list);
    buffer_release(&text);
}

/* --- errors --- */

static void errors_have_their_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code, signal;
        enum modal_file_error error;
        const char *sentence;
    } rows[] = {
        { "{\"version\":1,\"error_kind\":\"NotFound\",\"message\":\"path does not exist\",\"detail\":\"x\"}",
          1, 0, MODAL_FILE_NOT_FOUND, "path does not exist: /p" },
        { "{\"error_kind\":\"IsFile\",\"message\":\"m\"}\n", 1, 0, MODAL_FILE_NOT_DIRECTORY, "m: /p" },
        { "{\"error_kind\":\"NotDirectory\",\"message\":\"m\"}", 1, 0, MODAL_FILE_NOT_DIRECTORY, "m: /p" },
        { "{\"error_kind\":\"AlreadyExists\",\"message\":\"m\"}", 1, 0, MODAL_FILE_NOT_DIRECTORY, "m: /p" },
        { "{\"error_kind\":\"IsDirectory\",\"message\":\"m\"}", 1, 0, MODAL_FILE_IS_DIRECTORY, "m: /p" },
        { "{\"error_kind\":\"PermissionDenied\",\"message\":\"m\"}", 1, 0, MODAL_FILE_DENIED, "m: /p" },
        { "{\"error_kind\":\"FileTooLarge\",\"message\":\"m\"}", 1, 0, MODAL_FILE_TOO_LARGE, "m: /p" },
        { "{\"error_kind\":\"PathAlreadyExists\",\"message\":\"m\"}", 1, 0, MODAL_FILE_EXISTS, "m: /p" },
        { "{\"error_kind\":\"DirectoryNotEmpty\",\"message\":\"m\"}", 1, 0, MODAL_FILE_NOT_EMPTY, "m: /p" },
        { "{\"error_kind\":\"NotSupported\",\"message\":\"m\"}", 1, 0, MODAL_FILE_NOT_SUPPORTED, "m: /p" },
        { "{\"error_kind\":\"Io\",\"message\":\"disk\"}", 1, 0, MODAL_FILE_OTHER, "disk: /p" },
        { "{\"error_kind\":\"Newer\",\"message\":\"m\"}", 1, 0, MODAL_FILE_OTHER, "m: /p" },
        { "{\"error_kind\":\"NotFound\",\"message\":\" \\n\"}", 7, 0, MODAL_FILE_OTHER,
          "Operation on '/p' failed with exit code 7" },
        { "{\"error_kind\":1,\"message\":\"m\"}", 2, 0, MODAL_FILE_OTHER,
          "Operation on '/p' failed with exit code 2" },
        { "[\"NotFound\"]", 2, 0, MODAL_FILE_OTHER, "Operation on '/p' failed with exit code 2" },
        { "", 1, 0, MODAL_FILE_OTHER, "Operation on '/p' failed with exit code 1" },
        { "sh: not found", 127, 0, MODAL_FILE_OTHER,
          "Operation on '/p' failed with exit code 127: Modal's file helper cannot be run in this sandbox" },
        { "", -1, 9, MODAL_FILE_OTHER, "Operation on '/p' was ended by signal 9" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *sentence;
        assert_int_equal(
            file_error("/p", rows[i].text, strlen(rows[i].text), rows[i].code, rows[i].signal, &sentence),
            rows[i].error);
        assert_string_equal(sentence, rows[i].sentence);
        free(sentence);
    }
}

/* --- changes --- */

static void write_change(void *data, const struct modal_file_change *change)
{
    buffer_append_format(data, "%s %s %s;", change->what, change->path,
                         change->new_path ? change->new_path : "-");
}

static void changes_are_told_or_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *line, *told;
    } rows[] = {
        { "{\"event_type\":\"Create\",\"paths\":[\"/x\"]}", "create /x -;" },
        { "{\"event_type\":\"Modify\",\"paths\":[\"/x\"]}", "modify /x -;" },
        { "{\"event_type\":\"Remove\",\"paths\":[\"/x\"]}", "remove /x -;" },
        { "{\"event_type\":\"Rename\",\"paths\":[\"/x\",\"/y\"]}", "modify /x /y;" },
        { "{\"event_type\":\"RenameFrom\",\"paths\":[\"/x\"]}", "modify /x -;" },
        { "{\"event_type\":\"RenameTo\",\"paths\":[\"/x\",7]}", "modify /x -;" },
        { "{\"event_type\":\"Newer\",\"paths\":[\"/x\"]}", "" },
        { "{\"event_type\":\"Create\",\"paths\":[]}", "" },
        { "{\"event_type\":\"Create\",\"paths\":[\"x\"]}", "" },
        { "{\"event_type\":\"Create\",\"paths\":\"/x\"}", "" },
        { "{\"event_type\":\"Create\"}", "" },
        { "{\"event_type\":1,\"paths\":[\"/x\"]}", "" },
        { "[]", "" },
        { "{", "" },
        { "", "" },
    };
    struct buffer told = BUFFER_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        buffer_clear(&told);
        buffer_append_text(&told, "");
        file_change_parse(rows[i].line, strlen(rows[i].line), write_change, &told);
        assert_string_equal(told.length ? told.data : "", rows[i].told);
    }
    buffer_release(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_exact),
        cmocka_unit_test(entries_are_read_and_sorted),
        cmocka_unit_test(one_entry_is_read),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(more_entries_than_a_value_may_have_parts),
        cmocka_unit_test(errors_have_their_kinds),
        cmocka_unit_test(changes_are_told_or_left_out),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
