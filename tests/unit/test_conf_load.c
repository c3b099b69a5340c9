/* test_conf_load.c - the five sources, who wins, where a value came from, and all errors at once. */
#include "conf/conf.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "tests/unit/conf_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void without_files_the_table_speaks(void **state)
{
    struct conf *conf = conf_folder_load(*state);
    assert_string_equal(conf_text(conf, "model.provider"), "openai");
    assert_null(conf_text(conf, "model.url"));
    assert_false(conf_is_set(conf, "model.temperature"));
    assert_int_equal(conf_integer(conf, "agent.max_turns"), 50);
    assert_int_equal(conf_integer(conf, "terminal.memory"), 2147483648);
    assert_int_equal(conf_integer(conf, "approval.key_guard"), 400);
    assert_false(conf_boolean(conf, "terminal.network"));
    assert_null(*conf_list(conf, "terminal.env"));
    assert_null(conf_object(conf, "model.extra_body"));
    assert_int_equal(conf_source(conf, "ui.theme"), SOURCE_DEFAULT);
    assert_string_equal(conf_where(conf, "ui.theme"), "default");
    assert_null(conf_project_digest(conf));
    assert_null(*conf_waiting(conf));
    conf_free(conf);
}

static void a_file_gives_values_of_each_type(void **state)
{
    conf_folder_user(*state, "# mine\n"
                             "model:\n"
                             "  url: http://localhost:8000/v1\n"
                             "  temperature: 0.5\n"
                             "  extra_body:\n"
                             "    chat_template_kwargs: {enable_thinking: false}\n"
                             "  headers:\n"
                             "    Modal-Key: \"wk-1\"\n"
                             "agent:\n"
                             "terminal:\n"
                             "  env_passthrough: [LANG, TERM]\n"
                             "ui:\n"
                             "  theme: ./blue.yaml\n");
    struct conf *conf = conf_folder_load(*state);
    assert_string_equal(conf_text(conf, "model.url"), "http://localhost:8000/v1");
    assert_true(conf_number(conf, "model.temperature") == 0.5);
    const struct json *extra = conf_object(conf, "model.extra_body");
    assert_true(json_is(json_get(json_get(extra, "chat_template_kwargs"), "enable_thinking"), JSON_BOOLEAN));
    assert_string_equal(conf_list(conf, "model.headers")[0], "Modal-Key: wk-1");
    assert_null(conf_list(conf, "model.headers")[1]);
    assert_string_equal(conf_list(conf, "terminal.env_passthrough")[1], "TERM");
    assert_int_equal(conf_source(conf, "model.url"), SOURCE_USER);
    assert_string_equal(conf_where(conf, "model.url"), "~/.config/sandgate/sandgate.yaml:3");
    const struct conf_folder *folder = *state;
    char *theme = xasprintf("%s/.config/sandgate/blue.yaml", folder->root);
    assert_string_equal(conf_text(conf, "ui.theme"), theme);
    free(theme);
    conf_free(conf);
}

static void a_stronger_source_wins(void **state)
{
    struct error error = ERROR_INIT;
    conf_folder_user(*state, "agent:\n  max_turns: 40\n  max_time: 1h\nmodel:\n  name: mine\n");
    conf_folder_project(*state, "agent: {max_turns: 30}\n");
    setenv("SANDGATE_MODEL", "no", 1);
    struct conf *conf = conf_folder_load(*state);
    unsetenv("SANDGATE_MODEL");
    assert_int_equal(conf_integer(conf, "agent.max_turns"), 30);
    assert_int_equal(conf_source(conf, "agent.max_turns"), SOURCE_PROJECT);
    assert_string_equal(conf_where(conf, "agent.max_turns"), "~/project/.sandgate.yaml:1");
    assert_int_equal(conf_integer(conf, "agent.max_time"), 3600000);
    assert_string_equal(conf_text(conf, "model.name"), "no");
    assert_string_equal(conf_where(conf, "model.name"), "SANDGATE_MODEL");
    assert_true(conf_set_flag(conf, "--max-turns", "3", &error));
    assert_int_equal(conf_integer(conf, "agent.max_turns"), 3);
    assert_string_equal(conf_where(conf, "agent.max_turns"), "--max-turns");
    assert_true(conf_set_flag(conf, "terminal.env", "{A: b}", &error));
    assert_string_equal(conf_list(conf, "terminal.env")[0], "A: b");
    assert_string_equal(conf_where(conf, "terminal.env"), "--set terminal.env");
    conf_free(conf);
}

static void assert_flag_refused(struct conf *conf, const char *path, const char *value, const char *wanted)
{
    struct error error = ERROR_INIT;
    assert_false(conf_set_flag(conf, path, value, &error));
    assert_string_equal(error_message(&error), wanted);
    error_clear(&error);
}

static void a_bad_flag_changes_nothing(void **state)
{
    struct conf *conf = conf_folder_load(*state);
    assert_flag_refused(
        conf, "--max-turns", "many",
        "--max-turns: agent.max_turns is many: it must be a whole number such as 50, without quotes");
    assert_flag_refused(conf, "terminal.memroy", "1G",
                        "terminal.memroy is not an option; did you mean terminal.memory?");
    assert_flag_refused(
        conf, "terminal.env", "{A: [",
        "terminal.env:2:1: this is not YAML: while parsing a flow node, did not find expected node "
        "content");
    assert_flag_refused(
        conf, "terminal.env", "{A: 1}",
        "terminal.env: a value of terminal.env is 1: a text that looks like a number or like yes and "
        "no must stand in quotes");
    assert_flag_refused(
        conf, "model.api_key", "sk-1",
        "model.api_key is not taken from the command line, which others on this machine can read; "
        "use the environment or a file");
    assert_int_equal(conf_integer(conf, "agent.max_turns"), 50);
    assert_int_equal(conf_source(conf, "terminal.env"), SOURCE_DEFAULT);
    conf_free(conf);
}

static void all_errors_of_all_files_come_at_once(void **state)
{
    conf_folder_user(*state, "modle:\n  url: x\n"
                             "terminal:\n"
                             "  memroy: 2G\n"
                             "  network: yes\n"
                             "agent: 5\n"
                             "ui.theme: dark\n"
                             "model:\n"
                             "  api_key: \"hush\"\n"
                             "  api_key_command: pass show x\n");
    conf_folder_project(*state, "agent:\n  max_turns: 0\nmodel:\n  url: http://x\n  api_key_command: evil\n");
    setenv("SANDGATE_MODEL_URL", "x", 1);
    char *errors = conf_folder_errors(*state);
    unsetenv("SANDGATE_MODEL_URL");
    assert_string_equal(
        errors,
        "user:1:1: modle is not an option; did you mean model?\n"
        "user:4:3: terminal.memroy is not an option; did you mean terminal.memory?\n"
        "user:5:12: terminal.network is yes: it must be true or false, without quotes\n"
        "user:6:8: agent is a section: its options stand below it, further in, one a line\n"
        "user:7:1: ui.theme is written in two lines here: \"ui:\" and, further in, \"theme:\"\n"
        "user:9:3: model.api_key needs model.url in the same file: it is sent to no other server\n"
        "user:10:3: model.api_key_command needs model.url in the same file: it is sent to no other server\n"
        "user:10:3: model.api_key and model.api_key_command exclude one another: leave one out\n"
        "project:2:14: agent.max_turns is 0: it must be from 1 to 100000\n"
        "project:5:3: model.api_key_command cannot be set by a project's file, only by your own\n"
        "SANDGATE_MODEL_URL: model.url is \"x\": it must begin with http:// or https:// and a host");
    free(errors);
}

static void a_hostile_name_is_shown_safely(void **state)
{
    conf_folder_project(*state, "\"\\e[2J\\u202e\": 1\n");
    char *errors = conf_folder_errors(*state);
    assert_null(strchr(errors, '\033'));
    assert_string_equal(
        errors, "project:1:1: ^[[2J<U+202E> is not an option; sandgate config options lists them all");
    free(errors);
}

static void many_errors_are_counted(void **state)
{
    struct buffer text = BUFFER_INIT;
    for (int i = 0; i < 80; i++)
        buffer_append_format(&text, "zebra%d: 1\n", i);
    conf_folder_user(*state, text.data);
    char *errors = conf_folder_errors(*state);
    assert_non_null(strstr(errors, "user:50:1: "));
    assert_null(strstr(errors, "user:51:1: "));
    assert_non_null(strstr(errors, "\nand 30 more"));
    free(errors);
    buffer_release(&text);
}

static void sandgate_config_names_another_file(void **state)
{
    const struct conf_folder *folder = *state;
    struct error error = ERROR_INIT;
    conf_folder_user(folder, "agent: {max_turns: 7}\n");
    setenv("SANDGATE_CONFIG", "/dev/null", 1);
    struct conf *conf = conf_folder_load(folder);
    assert_int_equal(conf_integer(conf, "agent.max_turns"), 50);
    conf_free(conf);
    char *other = path_join(folder->root, "other.yaml");
    setenv("SANDGATE_CONFIG", other, 1);
    assert_null(conf_load(NULL, &error));
    assert_non_null(strstr(error_message(&error), "other.yaml"));
    error_clear(&error);
    assert_true(path_write_file(other, "agent: {max_turns: 9}\n", 22, 0600, NULL));
    conf = conf_folder_load(folder);
    assert_string_equal(conf_where(conf, "agent.max_turns"), "~/other.yaml:1");
    assert_int_equal(conf_integer(conf, "agent.max_turns"), 9);
    conf_free(conf);
    unsetenv("SANDGATE_CONFIG");
    free(other);
}

static void what_is_no_file_is_an_error(void **state)
{
    const struct conf_folder *folder = *state;
    assert_int_equal(mkfifo(folder->project_file, 0600), 0);
    char *errors = conf_folder_errors(folder);
    assert_string_equal(errors, "cannot read project: it is not a regular file");
    free(errors);
    unlink(folder->project_file);
    struct buffer large = BUFFER_INIT;
    while (large.length <= 64 * 1024)
        buffer_append_text(&large, "# nothing to see here\n");
    conf_folder_project(folder, large.data);
    errors = conf_folder_errors(folder);
    assert_non_null(strstr(errors, "larger than the 65536 bytes"));
    free(errors);
    buffer_release(&large);
}

static void assert_printed(const struct buffer *out, const char *value, const char *where)
{
    char *line = xasprintf("\n%-48s# %s\n", value, where);
    if (!strstr(out->data, line))
        fail_msg("no line %s in %s", line, out->data);
    free(line);
}

static void the_print_tells_values_and_sources(void **state)
{
    conf_folder_user(*state, "model:\n  url: http://x/v1\n  api_key: \"hush\"\n");
    conf_folder_project(*state, "terminal:\n  network: true\n");
    struct conf *conf = conf_folder_load(*state);
    struct buffer out = BUFFER_INIT;
    conf_print(conf, &out);
    assert_null(strstr(out.data, "hush"));
    assert_printed(&out, "  provider: openai", "default");
    assert_printed(&out, "  url: http://x/v1", "~/.config/sandgate/sandgate.yaml:2");
    assert_printed(&out, "  api_key: (set)", "~/.config/sandgate/sandgate.yaml:3");
    assert_printed(&out, "  name:", "unset");
    assert_non_null(strstr(out.data, "\n#   terminal.network = true (line 2)\n"));
    buffer_clear(&out);
    assert_true(conf_set_flag(conf, "--model-url", "http://y", NULL));
    conf_print(conf, &out);
    assert_non_null(strstr(out.data, "# set, but for another model.url than the one in force\n"));
    buffer_release(&out);
    conf_free(conf);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_files_the_table_speaks, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(a_file_gives_values_of_each_type, conf_folder_make,
                                        conf_folder_remove),
        cmocka_unit_test_setup_teardown(a_stronger_source_wins, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(a_bad_flag_changes_nothing, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(all_errors_of_all_files_come_at_once, conf_folder_make,
                                        conf_folder_remove),
        cmocka_unit_test_setup_teardown(a_hostile_name_is_shown_safely, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(many_errors_are_counted, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(sandgate_config_names_another_file, conf_folder_make,
                                        conf_folder_remove),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_an_error, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(the_print_tells_values_and_sources, conf_folder_make,
                                        conf_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
