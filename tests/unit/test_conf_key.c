/* test_conf_key.c - a key goes to the URL that its own source names, and nowhere else. */
#include "conf/conf.h"

#include "base/memory.h"
#include "loop/loop.h"
#include "tests/unit/conf_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What conf_api_key answered. */
struct answer {
    struct loop *loop;
    int count;
    char *key;
    char *failed;
};

static void found(void *data, const char *key, const char *failed)
{
    struct answer *answer = data;
    answer->count++;
    answer->key = xstrdup_or_null(key);
    answer->failed = xstrdup_or_null(failed);
    loop_stop(answer->loop);
}

/* Asks and waits; "key: ...", "failed: ..." or "none". Caller frees. */
static char *ask(const struct conf *conf, const char *url)
{
    struct answer answer = { .loop = loop_new() };
    conf_api_key(conf, answer.loop, url, found, &answer);
    assert_int_equal(answer.count, 0); /* later, never from inside */
    loop_run(answer.loop);
    assert_int_equal(answer.count, 1);
    char *text = answer.failed ? xasprintf("failed: %s", answer.failed)
                 : answer.key  ? xasprintf("key: %s", answer.key)
                               : xstrdup("none");
    free(answer.key);
    free(answer.failed);
    loop_free(answer.loop);
    return text;
}

static void assert_answer(const struct conf *conf, const char *url, const char *wanted)
{
    char *text = ask(conf, url);
    assert_string_equal(text, wanted);
    free(text);
}

static void a_key_of_the_file_stays_with_its_url(void **state)
{
    conf_folder_user(*state, "model:\n  url: https://Good.example:443/v1/\n  api_key: \"sk-file\"\n"
                             "  headers: {X-Token: \"t\"}\n");
    struct conf *conf = conf_folder_load(*state);
    assert_answer(conf, "https://good.example/v1", "key: sk-file");
    assert_answer(conf, "https://good.example", "key: sk-file"); /* the base without /v1 */
    assert_answer(conf, "http://good.example/v1", "none");
    assert_answer(conf, "https://good.example:444/v1", "none");
    assert_answer(conf, "https://good.example.evil/v1", "none");
    assert_answer(conf, "https://good.example/v2", "none");
    assert_answer(conf, "https://evil/", "none");
    assert_non_null(*conf_list(conf, "model.headers"));
    assert_true(conf_set_flag(conf, "--model-url", "https://evil/v1", NULL));
    assert_answer(conf, "https://evil/v1", "none");
    assert_null(*conf_list(conf, "model.headers"));
    assert_null(conf_text(conf, "model.api_key"));
    conf_free(conf);
}

static void a_key_of_the_environment_follows_the_url_in_force(void **state)
{
    conf_folder_user(*state, "model:\n  url: https://good/v1\n  api_key: \"sk-file\"\n");
    setenv("SANDGATE_API_KEY", "sk-env", 1);
    struct conf *conf = conf_folder_load(*state);
    unsetenv("SANDGATE_API_KEY");
    assert_answer(conf, "https://good/v1", "key: sk-env");
    assert_true(conf_set_flag(conf, "--model-url", "https://other/v1", NULL));
    assert_answer(conf, "https://other/v1", "key: sk-env");
    assert_answer(conf, "https://good/v1", "key: sk-file");
    conf_free(conf);
}

static void a_trusted_project_gets_no_key_but_its_own(void **state)
{
    conf_folder_user(*state, "model:\n  url: https://good/v1\n  api_key: \"sk-file\"\n");
    conf_folder_project(*state, "model:\n  url: https://project/v1\n");
    setenv("SANDGATE_API_KEY", "sk-env", 1);
    struct conf *conf = conf_folder_load(*state);
    assert_answer(conf, "https://project/v1", "none");
    assert_answer(conf, "https://good/v1", "key: sk-env");
    assert_true(conf_trust(conf, NULL));
    assert_string_equal(conf_text(conf, "model.url"), "https://project/v1");
    assert_answer(conf, "https://project/v1", "none");
    conf_free(conf);
    conf_folder_project(*state, "model:\n  url: https://project/v1\n  api_key: \"sk-project\"\n");
    conf = conf_folder_load(*state);
    unsetenv("SANDGATE_API_KEY");
    assert_answer(conf, "https://project/v1", "none");
    assert_true(conf_trust(conf, NULL));
    assert_answer(conf, "https://project/v1", "key: sk-project");
    conf_free(conf);
}

static void no_key_is_no_failure(void **state)
{
    setenv("SANDGATE_MODEL_URL", "http://localhost:8000/v1", 1);
    struct conf *conf = conf_folder_load(*state);
    unsetenv("SANDGATE_MODEL_URL");
    assert_answer(conf, "http://localhost:8000/v1", "none");
    conf_free(conf);
}

static void assert_command(void **state, const char *command, const char *wanted)
{
    char *text = xasprintf("model:\n  url: http://x\n  api_key_command: %s\n", command);
    conf_folder_user(*state, text);
    free(text);
    struct conf *conf = conf_folder_load(*state);
    assert_answer(conf, "http://x", wanted);
    assert_answer(conf, "http://y", "none");
    conf_free(conf);
}

static void a_command_prints_the_key(void **state)
{
    assert_command(state, "echo sk-command", "key: sk-command");
    assert_command(state, "printf '%s\\r\\n' sk-command", "key: sk-command");
    assert_command(state, "test \"$PWD\" = \"$HOME\" && ! read line && echo fine", "key: fine");
    /* A child that holds the pipe does not hold the answer. */
    assert_command(state, "sleep 60 & echo sk-command", "key: sk-command");
}

static void a_command_that_fails_is_told_without_its_output(void **state)
{
    assert_command(
        state, "echo hush; exit 3",
        "failed: model.api_key_command failed with exit code 3; run it in a shell to see what it says");
    assert_command(state, "kill -9 $$", "failed: model.api_key_command was ended by signal 9");
    static const char *const rows[] = { "\"true\"", "printf 'hush\\nhush'", "printf 'hu\\tsh'",
                                        "head -c 100000 /dev/zero | tr '\\\\0' x" };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_command(state, rows[i],
                       "failed: model.api_key_command must print the key and nothing else, on one line");
}

static void stop(void *data)
{
    loop_stop(data);
}

static void after_cancel_no_answer_comes(void **state)
{
    struct answer answer = { .loop = loop_new() };
    conf_folder_user(*state, "model:\n  url: http://x\n  api_key_command: sleep 60\n");
    struct conf *conf = conf_folder_load(*state);
    struct conf_key *slow = conf_api_key(conf, answer.loop, "http://x", found, &answer);
    struct conf_key *none = conf_api_key(conf, answer.loop, "http://y", found, &answer);
    conf_free(conf); /* the requests do not need it any more */
    conf_key_cancel(slow);
    conf_key_cancel(none);
    conf_key_cancel(NULL);
    loop_timer_add(answer.loop, 0, stop, answer.loop);
    loop_run(answer.loop);
    assert_int_equal(answer.count, 0);
    loop_free(answer.loop);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_of_the_file_stays_with_its_url, conf_folder_make,
                                        conf_folder_remove),
        cmocka_unit_test_setup_teardown(a_key_of_the_environment_follows_the_url_in_force, conf_folder_make,
                                        conf_folder_remove),
        cmocka_unit_test_setup_teardown(a_trusted_project_gets_no_key_but_its_own, conf_folder_make,
                                        conf_folder_remove),
        cmocka_unit_test_setup_teardown(no_key_is_no_failure, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(a_command_prints_the_key, conf_folder_make, conf_folder_remove),
        cmocka_unit_test_setup_teardown(a_command_that_fails_is_told_without_its_output, conf_folder_make,
                                        conf_folder_remove),
        cmocka_unit_test_setup_teardown(after_cancel_no_answer_comes, conf_folder_make, conf_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
