/* test_agent_rules.c - rules in a session: those of the configuration judge its calls, those that the person gives
 * while it runs count at once, are kept when they are saved, and what they would change can be seen before. */
#include "agent/preview.h"
#include "agent/session_rules.h"
#include "conf/rules.h"
#include "tests/unit/session_bench.h"

#include <sys/stat.h>

/* The person's rule file, and the configuration that reads it. */
static void write_rules(struct bench *bench, const char *text)
{
    struct error error = ERROR_INIT;
    char *folder = path_config(), *file = path_join(folder, "policy.yaml");

    assert_true(path_make_folders(folder, NULL));
    assert_true(path_write_file(file, text, strlen(text), 0600, NULL));
    conf_free(bench->conf);
    bench->conf = conf_load(NULL, &error);
    if (!bench->conf)
        fail_msg("%s", error_message(&error));
    free(file);
    free(folder);
}

/* Two turns, each with one command of its own. */
static void open_session(struct bench *bench, const char *first, const char *second)
{
    char *script =
        xasprintf("{\"step\":\"a\",\"text\":\"A.\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":"
                  "{\"command\":\"%s\"}}]}\n{\"step\":\"b\",\"text\":\"B.\"}\n"
                  "{\"step\":\"c\",\"text\":\"C.\",\"calls\":[{\"tool\":\"run_command\",\"arguments\":"
                  "{\"command\":\"%s\"}}]}\n{\"step\":\"d\",\"text\":\"D.\"}\n",
                  first, second);

    bench_replay(bench, script);
    bench_open(bench, NULL);
    free(script);
}

static void give(struct bench *bench, const char *text, bool save)
{
    struct rule_set set = RULE_SET_INIT;
    struct error error = ERROR_INIT;
    char *file = path_join(bench->home, "given.yaml");

    assert_true(path_write_file(file, text, strlen(text), 0600, NULL));
    assert_true(rules_load(&set, file, SCOPE_SESSION, &error));
    if (!session_add_rules(bench->session, &set, save, &error))
        fail_msg("%s", error_message(&error));
    rule_set_release(&set);
    free(file);
}

static char *rule_of_verdict(const struct bench *bench)
{
    const char *body = last_event(bench, EVENT_VERDICT);
    struct json *json = json_parse(body, strlen(body), NULL);
    char *rule = xstrdup(json_get_text(json, "rule") ? json_get_text(json, "rule") : "none");

    assert_int_equal(strlen(json_get_text(json, "digest")), 64);
    assert_string_equal(json_get_text(json, "profile"), "careful");
    json_free(json);
    return rule;
}

static void the_configurations_rules_judge(void **state)
{
    struct bench *bench = *state;

    write_rules(bench, "rules:\n  - deny: echo\n    reason: No echo here.\n");
    open_session(bench, "echo hi", "pwd");
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_DENIED);
    char *rule = rule_of_verdict(bench);
    assert_non_null(strstr(rule, "policy.yaml:2"));
    assert_non_null(strstr(call_of(bench, 1)->result, "No echo here."));
    free(rule);
}

static void a_rule_of_the_session_counts_at_once(void **state)
{
    struct bench *bench = *state;
    struct stat status;

    open_session(bench, "touch a", "touch b");
    say(bench, "Go");
    wait_asked(bench);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    give(bench, "rules:\n  - allow: touch\n    permits: [write]\n", false);
    assert_non_null(
        strstr(last_event(bench, EVENT_NOTICE), "Rules for this session: allow touch permitting write."));
    say(bench, "Go on");
    wait_idle(bench);
    assert_int_equal(call_of(bench, 2)->state, CALL_DONE);
    char *rule = rule_of_verdict(bench);
    assert_string_equal(rule, "session");
    assert_true(!conf_rule_file(bench->conf) || stat(conf_rule_file(bench->conf), &status) != 0);
    free(rule);
}

/* Ends what is open and begins another session in the same home. */
static void open_another(struct bench *bench)
{
    bench_close_session(bench);
    bench_open_store(bench);
    bench_open(bench, NULL);
}

static void a_rule_of_the_session_lasts_as_long_as_it(void **state)
{
    struct bench *bench = *state;

    open_session(bench, "touch a", "rm a");
    give(bench, "rules:\n  - allow: touch\n    permits: [write]\n    reason: \"Only: here\"\n", false);
    bench_resume(bench);
    give(bench, "rules:\n  - deny: rm\n", false);
    bench_resume(bench);
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_DONE);
    assert_string_equal(call_of(bench, 1)->rule, "session");
    assert_string_equal(call_of(bench, 1)->reason, "Only: here");
    say(bench, "Go on");
    wait_idle(bench);
    assert_int_equal(call_of(bench, 2)->state, CALL_DENIED);
    open_another(bench);
    say(bench, "Go");
    wait_asked(bench);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
    say(bench, "Go on");
    wait_asked(bench);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
}

/* The sandbox is another one after that, of the same kind. */
static void what_is_allowed_for_the_session_lasts_as_long_as_it(void **state)
{
    struct bench *bench = *state;

    open_session(bench, "echo x >>ran", "echo x >>ran");
    say(bench, "Go");
    decide(bench, DECISION_ALLOW_SESSION, NULL, NULL);
    wait_idle(bench);
    assert_contains(last_event(bench, EVENT_DECISION), "\"allows\":\"");
    bench_resume(bench);
    say(bench, "Go on");
    wait_idle(bench);
    assert_int_equal(call_of(bench, 2)->state, CALL_DONE);
    assert_string_equal(call_of(bench, 2)->rule, "session");
    open_another(bench);
    say(bench, "Go");
    wait_asked(bench);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
}

/* Exactly that: with another time-out it is something else. */
static void what_is_allowed_is_exactly_that(void **state)
{
    struct bench *bench = *state;

    open_session(bench, "echo x >>ran", "echo x >>ran");
    say(bench, "Go");
    decide(bench, DECISION_ALLOW_SESSION, NULL, NULL);
    wait_idle(bench);
    bench_set(bench, "terminal.timeout", "77s");
    bench_resume(bench);
    say(bench, "Go on");
    wait_asked(bench);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
}

static void a_decision_to_run_once_does_not_last(void **state)
{
    struct bench *bench = *state;

    open_session(bench, "echo x >>ran", "echo x >>ran");
    say(bench, "Go");
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    bench_resume(bench);
    say(bench, "Go on");
    wait_asked(bench);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
}

/* Nothing falls back: a rule that was to tighten must not be lost in silence. */
static void a_rule_that_cannot_be_read_stops_the_resume(void **state)
{
    struct bench *bench = *state;
    struct event *event = event_new(EVENT_NOTICE);
    struct error error = ERROR_INIT;

    open_session(bench, "touch a", "touch b");
    strcpy(event->session, bench->id);
    strcpy(event->actor, "person");
    bench_close_session(bench);
    bench_open_store(bench);
    event->version = EVENT_VERSION;
    event->seq = bench->seq + 1;
    event->parent = bench->seq;
    json_set_text(event->body, "kind", "rule");
    json_set_text(event->body, "rules", "- forbid: touch\n");
    store_append(bench->store, event, NULL, NULL);
    event_free(event);
    store_close(bench->store);
    bench_open_store(bench);
    struct session_setup setup = { .loop = bench->loop,
                                   .http = bench->http,
                                   .store = bench->store,
                                   .conf = bench->conf,
                                   .resume = bench->id };
    assert_null(session_new(&setup, &error));
    assert_contains(error_message(&error), "a rule that was given for this session cannot be read any more");
    error_clear(&error);
}

static void a_saved_rule_is_named_by_its_line(void **state)
{
    struct bench *bench = *state;
    struct buffer text = BUFFER_INIT;

    write_rules(bench, "# mine\nrules:\n  - deny: rm # never\n");
    open_session(bench, "touch a", "touch b");
    give(bench, "rules:\n  - allow: touch\n    permits: [write]\n", true);
    say(bench, "Go");
    wait_idle(bench);
    assert_int_equal(call_of(bench, 1)->state, CALL_DONE);
    char *rule = rule_of_verdict(bench);
    assert_non_null(strstr(rule, "policy.yaml:5"));
    assert_true(path_read_file(conf_rule_file(bench->conf), &text, NULL));
    assert_true(strncmp(text.data, "# mine\nrules:\n  - deny: rm # never\n  # Saved 20", 47) == 0);
    assert_non_null(strstr(text.data, "\n  - allow: touch\n    permits: [write]\n"));
    free(rule);
    buffer_release(&text);
}

struct seen_preview {
    char *text; /* NULL: it has not come */
    size_t told, allowed;
};

static void see_preview(void *data, const struct preview_result *result)
{
    struct seen_preview *seen = data;

    assert_null(seen->text);
    assert_null(result->failed);
    *seen = (struct seen_preview){ xstrdup(result->text), result->told, result->allowed };
}

static struct seen_preview preview_of(struct bench *bench, const char *rules)
{
    struct seen_preview seen = { 0 };
    struct error error = ERROR_INIT;

    if (!preview_start(bench->session, rules, see_preview, &seen, &error))
        fail_msg("%s", error_message(&error));
    assert_null(seen.text);
    UNTIL(bench, seen.text);
    return seen;
}

static void what_a_rule_would_change_is_seen_before(void **state)
{
    struct bench *bench = *state;

    open_session(bench, "touch a", "pwd");
    say(bench, "Go");
    wait_asked(bench);
    struct seen_preview seen = preview_of(bench, "- allow: touch a\n  permits: [write]\n");
    assert_string_equal(seen.text, "allow instead of ask    touch a\n"); /* it waits still */
    assert_int_equal(seen.allowed, 1);
    free(seen.text);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
    say(bench, "Go on");
    wait_idle(bench);
    bench_resume(bench); /* what the writer was given is on disk now */
    seen = preview_of(bench, "- deny: pwd\n- allow: touch a\n  permits: [write]\n");
    assert_string_equal(seen.text, "allow instead of ask    touch a\ndeny  instead of allow  pwd\n");
    assert_int_equal(seen.told, 2);
    assert_int_equal(seen.allowed, 1);
    free(seen.text);
    seen = preview_of(bench, "rules:\n  - allow: touch b\n");
    assert_string_equal(seen.text, "No past command of the log would have had another answer.\n");
    free(seen.text);
}

static void a_preview_can_be_left(void **state)
{
    struct bench *bench = *state;
    struct seen_preview seen = { 0 };
    struct error error = ERROR_INIT;

    open_session(bench, "touch a", "pwd");
    say(bench, "Go");
    wait_asked(bench);
    assert_null(preview_start(bench->session, "- forbid: x\n", see_preview, &seen, &error));
    assert_contains(error_message(&error), "forbid is not a key of a rule");
    error_clear(&error);
    preview_cancel(preview_start(bench->session, "- deny: touch\n", see_preview, &seen, &error));
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
    assert_null(seen.text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    alarm(600);
    setenv("SANDGATE_TEST_SYSTEM_POLICY", "/dev/null/none", 1);
    const struct CMUnitTest tests[] = {
        TEST(the_configurations_rules_judge),
        TEST(a_rule_of_the_session_counts_at_once),
        TEST(a_rule_of_the_session_lasts_as_long_as_it),
        TEST(what_is_allowed_for_the_session_lasts_as_long_as_it),
        TEST(what_is_allowed_is_exactly_that),
        TEST(a_decision_to_run_once_does_not_last),
        TEST(a_rule_that_cannot_be_read_stops_the_resume),
        TEST(a_saved_rule_is_named_by_its_line),
        TEST(what_a_rule_would_change_is_seen_before),
        TEST(a_preview_can_be_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
