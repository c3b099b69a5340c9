/* test_agent_judged.c - judged is run: whatever changes in an approved action or in its place before it is sent, nothing
 * runs; it is judged and asked anew.  Random changes, each of one field of the digest, on every way to an execution: run
 * once, edited, allowed for the session, a file's change, at the last moment, in a fork and when that is kept. */
#include "tests/unit/session_bench.h"

#include "agent/pending.h"
#include "agent/trial.h"
#include "sandbox/sandbox.h"
#include "tests/unit/action_change.h"

enum { FIELDS = ACTION_FIELDS + PLACE_FIELDS, SEED = 20261121 };
/* Together 10,000. */
enum {
    RUN_CHANGES = 4000,
    START_CHANGES = 600,
    EDIT_CHANGES = 1900,
    FILE_CHANGES = 1200,
    ALLOW_CHANGES = 2000,
    PLACE_CHANGES = 100,
    FORK_CHANGES = 100,
    KEEP_CHANGES = 100
};

struct stage {
    struct bench bench; /* first: events are told to it */
    uint64_t seed;
    char *texts[3]; /* the place's backend, sandbox, mounts as they were changed */
    enum event_type when;
    bool armed; /* the next event of that type brings a change */
    size_t field, changes;
};

static int setup(void **state)
{
    struct stage *stage = xcalloc(1, sizeof *stage);

    bench_make(&stage->bench);
    stage->seed = SEED;
    *state = stage;
    return 0;
}

static int teardown(void **state)
{
    struct stage *stage = *state;

    print_message("# %zu changes, seed %d\n", stage->changes, SEED);
    bench_release(&stage->bench);
    for (size_t i = 0; i < ARRAY_SIZE(stage->texts); i++)
        free(stage->texts[i]);
    free(stage);
    return 0;
}

static void open_call(struct stage *stage, const char *call)
{
    char *script = xasprintf("{\"calls\":[%s]}\n{\"text\":\"Well.\"}", call);

    bench_replay(&stage->bench, script);
    bench_open(&stage->bench, NULL);
    say(&stage->bench, "Go");
    wait_asked(&stage->bench);
    free(script);
}

static struct pending *first_pending(const struct stage *stage)
{
    const struct session *session = stage->bench.session;

    return session->pending[0];
}

/* The place is where the session's sandbox says that it is; it has no text that is missing. */
static void change_facts(struct stage *stage, size_t field)
{
    struct sandbox_facts *facts =
        (struct sandbox_facts *)sandbox_facts(session_sandbox(stage->bench.session));
    struct action_place place = { .generation = facts->generation,
                                  .network = facts->network,
                                  .secrets = facts->secrets };
    char *texts[] = { xstrdup(facts->backend), xstrdup(facts->id), xstrdup(facts->mounts) };

    do
        change_place(&place, field, texts, &stage->seed);
    while (field < 3 && (!texts[field] || strlen(texts[field]) >= sizeof facts->id ||
                         strcmp(texts[field], stage->texts[field] ? stage->texts[field] : "") == 0));
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        free(stage->texts[i]);
        stage->texts[i] = texts[i];
    }
    facts->backend = texts[0];
    snprintf(facts->id, sizeof facts->id, "%s", texts[1]);
    facts->mounts = texts[2];
    facts->generation = place.generation;
    facts->network = place.network;
    facts->secrets = place.secrets;
}

static void change_field(struct stage *stage, struct action *action, size_t field)
{
    if (field < ACTION_FIELDS)
        change_action(action, field, &stage->seed);
    else
        change_facts(stage, field - ACTION_FIELDS);
    stage->changes++;
}

/* In the midst of an event's being told. */
static void change_on_event(struct bench *bench, const struct event *event)
{
    struct stage *stage = (struct stage *)bench;

    if (!stage->armed || event->type != stage->when)
        return;
    stage->armed = false;
    change_field(stage, first_pending(stage)->action, stage->field);
}

static void arm(struct stage *stage, enum event_type when, size_t field)
{
    stage->bench.on_event = change_on_event;
    stage->when = when;
    stage->field = field;
    stage->armed = true;
}

/* It is asked again, and as it was proposed. */
static void expect_asked_anew(struct stage *stage, int64_t before, size_t field)
{
    struct bench *bench = &stage->bench;

    UNTIL(bench, session_ask_count(bench->session) > 0 || call_of(bench, 1)->result);
    if (session_ask_count(bench->session) == 0)
        fail_msg("change %zu, of field %zu: it went on unasked: %s", stage->changes, field,
                 call_of(bench, 1)->result);
    assert_true(session_ask(bench->session, 0)->id > before);
    assert_false(stage->armed);
}

static int64_t asked(const struct stage *stage)
{
    return session_ask(stage->bench.session, 0)->id;
}

/* The proof that the way is open when nothing is changed. */
static void run_unchanged(struct stage *stage, const char *file, const char *content)
{
    struct bench *bench = &stage->bench;
    char *bytes = workspace_file(bench, file);

    assert_string_equal(bytes, "");
    assert_int_equal(count_events(bench, EVENT_ENDED), 0);
    free(bytes);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    bytes = workspace_file(bench, file);
    assert_string_equal(bytes, content);
    free(bytes);
}

static void test_run(void **state)
{
    struct stage *stage = *state;

    open_call(stage, COMMAND("echo x >>ran"));
    for (size_t i = 0; i < RUN_CHANGES; i++) {
        int64_t before = asked(stage);
        decide(&stage->bench, DECISION_RUN, NULL, NULL);
        change_field(stage, first_pending(stage)->action, i % FIELDS);
        expect_asked_anew(stage, before, i % FIELDS);
    }
    assert_int_equal(count_events(&stage->bench, EVENT_STARTED), 0);
    run_unchanged(stage, "ran", "x\n");
}

/* The start is being written to disk: the last moment. */
static void test_at_start(void **state)
{
    struct stage *stage = *state;

    open_call(stage, COMMAND("echo x >>ran"));
    for (size_t i = 0; i < START_CHANGES; i++) {
        int64_t before = asked(stage);
        arm(stage, EVENT_STARTED, i % FIELDS);
        decide(&stage->bench, DECISION_RUN, NULL, NULL);
        UNTIL(&stage->bench, !stage->armed);
        expect_asked_anew(stage, before, i % FIELDS);
    }
    run_unchanged(stage, "ran", "x\n");
}

/* An edit is an approval of what the person wrote: changed when it was judged, it is none. */
static void test_edited(void **state)
{
    struct stage *stage = *state;

    open_call(stage, COMMAND("echo y >>ran"));
    for (size_t i = 0; i < EDIT_CHANGES; i++) {
        int64_t before = asked(stage);
        arm(stage, EVENT_VERDICT, i % FIELDS);
        decide(&stage->bench, DECISION_EDIT, NULL, "{\"command\":\"echo x >>ran\"}");
        UNTIL(&stage->bench, !stage->armed);
        expect_asked_anew(stage, before, i % FIELDS);
    }
    assert_int_equal(count_events(&stage->bench, EVENT_STARTED), 0);
    run_unchanged(stage, "ran", "x\n");
}

/* The place is another one between the edit and its judging: nobody has seen it there. */
static void test_edited_elsewhere(void **state)
{
    struct stage *stage = *state;

    open_call(stage, COMMAND("echo y >>ran"));
    for (size_t i = 0; i < PLACE_CHANGES; i++) {
        size_t field = ACTION_FIELDS + i % PLACE_FIELDS;
        int64_t before = asked(stage);
        decide(&stage->bench, DECISION_EDIT, NULL, "{\"command\":\"echo x >>ran\"}");
        change_field(stage, NULL, field);
        expect_asked_anew(stage, before, field);
    }
    assert_int_equal(count_events(&stage->bench, EVENT_STARTED), 0);
    run_unchanged(stage, "ran", "x\n");
}

static void test_file(void **state)
{
    struct stage *stage = *state;

    open_call(stage, "{\"tool\":\"write_file\",\"arguments\":{\"path\":\"made\",\"content\":\"new\\n\"}}");
    for (size_t i = 0; i < FILE_CHANGES; i++) {
        int64_t before = asked(stage);
        bool late = i % 4 == 0;
        if (late)
            arm(stage, EVENT_STARTED, i % FIELDS);
        decide(&stage->bench, DECISION_RUN, NULL, NULL);
        if (!late)
            change_field(stage, first_pending(stage)->action, i % FIELDS);
        else
            UNTIL(&stage->bench, !stage->armed);
        expect_asked_anew(stage, before, i % FIELDS);
    }
    assert_int_equal(count_events(&stage->bench, EVENT_FILE), 0);
    run_unchanged(stage, "made", "new\n");
}

/* Allowed for the session is exactly that call, in a sandbox of that kind. */
static void test_allowed(void **state)
{
    static const char arguments[] = "{\"command\":\"echo x >>ran\"}";
    struct stage *stage = *state;
    struct bench *bench = &stage->bench;
    struct policy_verdict verdict;

    open_call(stage, COMMAND("echo x >>ran"));
    decide(bench, DECISION_ALLOW_SESSION, NULL, NULL);
    wait_idle(bench);
    for (size_t i = 0; i <= ALLOW_CHANGES; i++) {
        struct pending probe = { .session = bench->session, .tool = tool_find("run_command") };
        size_t field = i % FIELDS;
        bool lasting = i == 0 || field == ACTION_FIELDS + 1 || field == ACTION_FIELDS + 3;
        struct sandbox_facts *facts = (struct sandbox_facts *)sandbox_facts(session_sandbox(bench->session));
        struct sandbox_facts kept = *facts;
        probe.action = pending_plan(bench->session, probe.tool, arguments, NULL);
        if (i > 0)
            change_field(stage, probe.action, field);
        if (!probe.action->tool)
            probe.action->tool = xstrdup("");
        pending_lasting_digest(&probe, probe.lasting);
        pending_judge(&probe, &verdict);
        if ((verdict.verdict == VERDICT_ALLOW) != lasting)
            fail_msg("change %zu, of field %zu: %s", stage->changes, field, verdict.reason);
        policy_verdict_release(&verdict);
        action_free(probe.action);
        *facts = kept;
    }
}

static void nothing(void *data)
{
    (void)data;
}

/* Tries what is asked; the state that the trial ends in. */
static enum trial_state try_it(struct stage *stage, bool change, size_t field)
{
    struct bench *bench = &stage->bench;
    struct error error = ERROR_INIT;

    if (!trial_start(bench->session, asked(stage), nothing, NULL, &error))
        fail_msg("%s", error_message(&error));
    if (change)
        change_field(stage, first_pending(stage)->action, field);
    const struct trial *trial = session_trial(bench->session);
    UNTIL(bench, trial_state(trial) == TRIAL_OVER || trial_state(trial) == TRIAL_FAILED);
    return trial_state(trial);
}

/* A fork runs what was judged for its original, or nothing; and only what it ran can be kept. */
static void test_fork(void **state)
{
    struct stage *stage = *state;
    struct bench *bench = &stage->bench;

    open_call(stage, COMMAND("echo x >>ran"));
    for (size_t i = 0; i < FORK_CHANGES + KEEP_CHANGES; i++) {
        bool early = i < FORK_CHANGES;
        size_t field = i % FIELDS;
        int64_t before = asked(stage);
        enum trial_state end = try_it(stage, early, field);
        if (early && end != TRIAL_FAILED)
            fail_msg("change %zu, of field %zu: it ran in the fork", stage->changes, field);
        if (!early) {
            assert_int_equal(end, TRIAL_OVER);
            change_field(stage, first_pending(stage)->action, field);
            if (trial_keep(bench->session, NULL))
                fail_msg("change %zu, of field %zu: it was kept", stage->changes, field);
        }
        trial_discard(bench->session);
        decide(bench, DECISION_RUN, NULL, NULL); /* not what was judged: planned and asked anew */
        expect_asked_anew(stage, before, field);
    }
    assert_int_equal(count_events(bench, EVENT_STARTED), 0);
    assert_int_equal(try_it(stage, false, 0), TRIAL_OVER);
    assert_true(trial_keep(bench->session, NULL));
    wait_idle(bench);
    char *bytes = workspace_file(bench, "ran");
    free(bytes);
    assert_int_equal(count_events(bench, EVENT_STARTED), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_at_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_edited, setup, teardown),
        cmocka_unit_test_setup_teardown(test_edited_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fork, setup, teardown),
    };
    alarm(600);
    setenv("SANDGATE_TEST_SYSTEM_POLICY", "/dev/null/none", 1);
    return cmocka_run_group_tests_name("agent/judged", tests, NULL, NULL);
}
