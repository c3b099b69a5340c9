/* test_face_policy.c - `sandgate policy`: what it prints where, the exit codes, and lines of JSON in order. */
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "tests/support/program.h"
#include "tests/unit/conf_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs `sandgate policy` with ARGUMENTS (NULL at the end) in the project's folder. */
static void run(struct program *program, const char *const *arguments, const char *input)
{
    const char *words[16] = { "policy" };
    size_t count = 1;
    for (; arguments[count - 1]; count++)
        words[count] = arguments[count - 1];
    program_start(program, words, input, input ? strlen(input) : 0);
    program_finish(program);
}

#define RUN(program, input, ...) run(program, (const char *const[]){ __VA_ARGS__, NULL }, input)

/* The path of a new file in the home with TEXT. Caller frees. */
static char *write_file(const struct conf_folder *folder, const char *name, const char *text)
{
    char *path = path_join(folder->root, name);
    assert_true(path_write_file(path, text, strlen(text), 0600, NULL));
    return path;
}

static void a_verdict_has_its_exit_code(void **state)
{
    (void)state;
    struct program program;
    RUN(&program, NULL, "check", "pwd");
    assert_int_equal(program.code, 0);
    assert_non_null(strstr(program.out_text.data, "verdict  allow\n"));
    program_release(&program);
    RUN(&program, NULL, "check", "some-program x");
    assert_int_equal(program.code, 10);
    assert_non_null(strstr(program.out_text.data, "verdict  ask\n"));
    program_release(&program);
    RUN(&program, "echo a\nrm -rf /\n", "check", "-");
    assert_int_equal(program.code, 20);
    assert_non_null(strstr(program.out_text.data, "verdict  deny\n"));
    assert_non_null(strstr(program.out_text.data, "part     rm -rf /\nbytes    7 to 15\nrule     floor:"));
    program_release(&program);
}

static void json_has_five_members(void **state)
{
    (void)state;
    struct program program;
    RUN(&program, NULL, "check", "--json", "rm -rf /");
    struct json *json = json_parse(program.out_text.data, program.out_text.length, NULL);
    assert_non_null(json);
    static const char *const keys[] = { "verdict", "reason", "rule", "span", "part" };
    assert_int_equal(json_count(json), ARRAY_SIZE(keys));
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        assert_string_equal(json_key_at(json, i), keys[i]);
    assert_int_equal(json_number(json_at(json_get(json, "span"), 1), 0), 8);
    json_free(json);
    assert_int_equal(program.code, 20);
    program_release(&program);
}

static void hostile_text_is_made_visible(void **state)
{
    (void)state;
    struct program program;
    RUN(&program, NULL, "check", "rm -rf / \x1b]0;x\x07");
    assert_null(strchr(program.out_text.data, '\x1b'));
    program_release(&program);
    RUN(&program, NULL, "check", "a\xff");
    assert_string_equal(program.out_text.data, "verdict  ask\nreason   The command is not UTF-8.\n");
    assert_int_equal(program.code, 10);
    program_release(&program);
}

/* --- many --- */

static void expect_line(const struct program *program, size_t index, const char *verdict, bool error)
{
    assert_true(index < program->line_count);
    const char *text = program->lines[index].text;
    struct json *json = json_parse(text, strlen(text), NULL);
    assert_non_null(json);
    assert_string_equal(json_get_text(json, "verdict"), verdict);
    assert_int_equal(json_get_boolean(json, "error", false), error);
    assert_non_null(json_get(json, "rule"));
    assert_int_equal(json_count(json_get(json, "span")), 2);
    assert_non_null(json_get_text(json, "part"));
    json_free(json);
}

static void every_line_is_answered_in_order(void **state)
{
    (void)state;
    struct program program;
    RUN(&program,
        "{\"command\":\"pwd\"}\n"
        "\n"
        "{\"command\":\n"
        "{\"command\":\"rm -rf /\",\"cwd\":\"/tmp\"}\n"
        "{\"command\":\"a\\u0000\"}\n"
        "{\"command\":\"a\xff\"}\n"
        "{\"command\":5}\n"
        "{\"cwd\":\"/tmp\"}\n"
        "{\"command\":\"pwd\",\"cwd\":\"tmp\"}\n"
        "[]\n"
        "{\"command\":\"pwd\"}",
        "check", "--batch");
    static const struct {
        const char *verdict;
        bool error;
    } rows[] = {
        { "allow", false }, { "ask", true }, { "ask", true },    { "deny", false },
        { "ask", true },    { "ask", true }, { "ask", true },    { "ask", true },
        { "ask", true },    { "ask", true }, { "allow", false },
    };
    assert_int_equal(program.code, 0);
    assert_int_equal(program.line_count, ARRAY_SIZE(rows));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        expect_line(&program, i, rows[i].verdict, rows[i].error);
    program_release(&program);
}

static void no_lines_are_no_answers(void **state)
{
    (void)state;
    struct program program;
    RUN(&program, "", "check", "--batch");
    assert_int_equal(program.code, 0);
    assert_string_equal(program.out_text.data, "");
    program_release(&program);
}

/* --- what is wrong --- */

static void a_wrong_rule_says_nothing_on_standard_output(void **state)
{
    struct program program;
    char *file = write_file(*state, "bad.yaml", "rules:\n  - alow: ls\n  - deny: {reed: x}\n");
    RUN(&program, "{\"command\":\"ls\"}\n", "check", "--rules", file, "--batch");
    assert_int_equal(program.code, 2);
    assert_string_equal(program.out_text.data, "");
    assert_non_null(
        strstr(program.error_text.data, "bad.yaml:2:5: alow is not a key of a rule; did you mean allow?"));
    assert_non_null(strstr(program.error_text.data, "bad.yaml:3:12: reed is not what a rule can be about"));
    program_release(&program);
    free(file);
}

static void wrong_usage_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *words[6], *sentence;
    } rows[] = {
        { { NULL }, "a verb is missing" },
        { { "chek" }, "there is no verb \"chek\"" },
        { { "check", "ls", "a" }, "a command is one argument, in quotes" },
        { { "test", "ls" }, "sandgate policy check judges \"ls\"" },
        { { "check", "ls", "-l" }, "there is no option -l" },
        { { "check", "--rules" }, "--rules wants a value" },
        { { "check", "--cwd", "tmp", "ls" }, "--cwd must be an absolute path" },
        { { "check", "--profile", "lax", "ls" }, "lax is not a profile" },
        { { "check", "--rules", "/nowhere/x", "ls" }, "/nowhere/x" },
        { { "check", "--batch", "ls" }, "--batch takes its commands from standard input" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct program program;
        run(&program, rows[i].words, NULL);
        assert_int_equal(program.code, 2);
        assert_string_equal(program.out_text.data, "");
        if (!strstr(program.error_text.data, rows[i].sentence))
            fail_msg("%s is not in: %s", rows[i].sentence, program.error_text.data);
        program_release(&program);
    }
}

static void without_a_command_the_rules_are_read(void **state)
{
    struct program program;
    conf_folder_user(*state, "policy: {profile: locked, rules: [{deny: rm}, {allow: [ls, cat]}]}\n");
    RUN(&program, NULL, "check");
    assert_string_equal(program.out_text.data, "The rules have no errors: 3. Profile: locked.\n");
    assert_int_equal(program.code, 0);
    program_release(&program);
    conf_folder_user(*state, "");
    RUN(&program, NULL, "check");
    assert_string_equal(program.out_text.data,
                        "The rules have no errors: there are none. Profile: careful.\n");
    program_release(&program);
}

/* --- list, test, diff --- */

static void the_list_goes_by_scope(void **state)
{
    const struct conf_folder *folder = *state;
    struct program program;
    conf_folder_user(folder, "policy: {profile: locked}\n");
    conf_folder_project(folder, "policy:\n  rules:\n    - deny: rm\n      reason: Never.\n    - allow: ls\n");
    RUN(&program, NULL, "list", "--project", folder->project);
    char *expected = xasprintf("project\n"
                               "  deny rm\n"
                               "      %s:3: Never.\n"
                               "  allow ls  (not in force: the project is not trusted)\n"
                               "      %s:5\n"
                               "profile locked\n",
                               folder->project_file, folder->project_file);
    if (strncmp(program.out_text.data, expected, strlen(expected)) != 0)
        assert_string_equal(program.out_text.data, expected);
    assert_non_null(strstr(program.out_text.data, "locked:everything: Everything asks.\n"));
    assert_int_equal(program.code, 0);
    program_release(&program);
    RUN(&program, NULL, "list", "--project", folder->project, "--json");
    struct json *json = json_parse(program.lines[1].text, strlen(program.lines[1].text), NULL);
    assert_string_equal(json_get_text(json, "text"), "allow ls");
    assert_false(json_get_boolean(json, "in_force", true));
    json_free(json);
    program_release(&program);
    free(expected);
}

static void the_corpus_is_as_it_says(void **state)
{
    (void)state;
    struct program program;
    RUN(&program, NULL, "test");
    assert_non_null(strstr(program.out_text.data, "examples: 0, all as they say\ncorpus: "));
    assert_non_null(strstr(program.out_text.data, " 0 wrongly allowed\n"));
    program_release(&program);
}

static void a_difference_is_told(void **state)
{
    struct program program;
    char *old = write_file(*state, "old.yaml", "rules:\n  - allow: make test\n  - deny: git push\n");
    char *new = write_file(*state, "new.yaml", "rules:\n  - deny: make\n");
    char *commands = write_file(*state, "list", "ls\nmake test\n\ngit push -f\nmake test\nmake all\n");
    RUN(&program, NULL, "diff", old, new, "--commands", commands);
    char *expected = xasprintf("deny  -> ask    git push -f\n"
                               "allow -> deny   make test  [%s:2]\n"
                               "ask   -> deny   make all  [%s:2]\n"
                               "4 commands: 1 loosened, 2 tightened\n",
                               new, new);
    assert_string_equal(program.out_text.data, expected);
    assert_int_equal(program.code, 10);
    program_release(&program);
    RUN(&program, NULL, "diff", new, new);
    assert_non_null(strstr(program.out_text.data, " commands: 0 loosened, 0 tightened\n"));
    assert_int_equal(program.code, 0);
    program_release(&program);
    free(expected);
    free(old);
    free(new);
    free(commands);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, conf_folder_make, conf_folder_remove)

int main(void)
{
    alarm(600);
    setenv("SANDGATE_TEST_SYSTEM_POLICY", "/dev/null/none", 1);
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_verdict_has_its_exit_code),  IN_FOLDER(json_has_five_members),
        IN_FOLDER(hostile_text_is_made_visible), IN_FOLDER(every_line_is_answered_in_order),
        IN_FOLDER(no_lines_are_no_answers),      IN_FOLDER(a_wrong_rule_says_nothing_on_standard_output),
        IN_FOLDER(wrong_usage_is_told),          IN_FOLDER(without_a_command_the_rules_are_read),
        IN_FOLDER(the_list_goes_by_scope),       IN_FOLDER(the_corpus_is_as_it_says),
        IN_FOLDER(a_difference_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
