/* test_face_config.c - sandgate config: what is printed where, and the exit codes. */
#include "face/show_config.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "tests/unit/conf_folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* One run with both outputs kept. */
struct run {
    int code;
    struct buffer out, err;
};

static int divert(int fd, const char *path)
{
    int kept = dup(fd), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(kept >= 0 && file >= 0);
    dup2(file, fd);
    close(file);
    return kept;
}

static void give_back(int fd, int kept, const char *path, struct buffer *text)
{
    dup2(kept, fd);
    close(kept);
    assert_true(path_read_file(path, text, NULL));
}

static void run(const struct conf_folder *folder, struct run *run, char *verb, char *project)
{
    char *argv[] = { (char[]){ "config" }, verb, project, NULL };
    char *out = path_join(folder->root, "out"), *err = path_join(folder->root, "err");
    buffer_init(&run->out, 0);
    buffer_init(&run->err, 0);
    fflush(stdout);
    int kept_out = divert(STDOUT_FILENO, out), kept_err = divert(STDERR_FILENO, err);
    run->code = face_config(verb ? project ? 3 : 2 : 1, argv);
    fflush(stdout);
    give_back(STDOUT_FILENO, kept_out, out, &run->out);
    give_back(STDERR_FILENO, kept_err, err, &run->err);
    free(out);
    free(err);
}

static void run_release(struct run *run)
{
    buffer_release(&run->out);
    buffer_release(&run->err);
}

static void show_hides_secrets(void **state)
{
    const struct conf_folder *folder = *state;
    struct run shown;
    conf_folder_user(folder, "model:\n  url: http://x/v1\n  api_key: \"hush\"\n");
    run(folder, &shown, (char[]){ "show" }, folder->project);
    assert_int_equal(shown.code, 0);
    assert_non_null(strstr(shown.out.data, "  api_key: (set) "));
    assert_null(strstr(shown.out.data, "hush"));
    assert_string_equal(shown.err.data, "");
    run_release(&shown);
}

static void show_is_the_default(void **state)
{
    struct run shown;
    run(*state, &shown, NULL, NULL);
    assert_int_equal(shown.code, 0);
    assert_non_null(strstr(shown.out.data, "  provider: openai"));
    run_release(&shown);
}

static void check_tells_errors_and_ends_with_2(void **state)
{
    const struct conf_folder *folder = *state;
    struct run checked;
    conf_folder_project(folder, "terminal:\n  memroy: 1G\n");
    run(folder, &checked, (char[]){ "check" }, folder->project);
    assert_int_equal(checked.code, 2);
    assert_string_equal(checked.out.data, "");
    char *wanted = xasprintf("%s:2:3: terminal.memroy is not an option; did you mean terminal.memory?\n",
                             folder->project_file);
    assert_string_equal(checked.err.data, wanted);
    free(wanted);
    run_release(&checked);
}

static void check_tells_what_waits(void **state)
{
    const struct conf_folder *folder = *state;
    struct run checked;
    conf_folder_project(folder, "terminal:\n  network: true\n");
    run(folder, &checked, (char[]){ "check" }, folder->project);
    assert_int_equal(checked.code, 0);
    assert_string_equal(checked.out.data, "The configuration has no errors.\n"
                                          "The project's file asks for these; they wait until you trust it:\n"
                                          "  terminal.network = true (line 2)\n");
    run_release(&checked);
}

static void options_are_listed(void **state)
{
    struct run listed;
    run(*state, &listed, (char[]){ "options" }, NULL);
    assert_int_equal(listed.code, 0);
    assert_non_null(
        strstr(listed.out.data,
               "agent.max_turns\n    The most requests to the model for one prompt.\n    type: integer, "
               "from 1 to 100000; default: 50; flag: --max-turns; project: tighten\n"));
    run_release(&listed);
}

static void another_word_is_a_usage_error(void **state)
{
    struct run wrong;
    run(*state, &wrong, (char[]){ "shwo" }, NULL);
    assert_int_equal(wrong.code, 2);
    assert_string_equal(wrong.out.data, "");
    assert_non_null(strstr(wrong.err.data, "usage: sandgate config"));
    run_release(&wrong);
    run(*state, &wrong, (char[]){ "--help" }, NULL);
    assert_int_equal(wrong.code, 0);
    assert_non_null(strstr(wrong.out.data, "usage: sandgate config"));
    run_release(&wrong);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(show_hides_secrets, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(show_is_the_default, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(check_tells_errors_and_ends_with_2, conf_folder_make,
                                        conf_folder_remove),
        cmocka_unit_test_setup_teardown(check_tells_what_waits, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(options_are_listed, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(another_word_is_a_usage_error, conf_folder_make, conf_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
