/* test_agent_facts.c - what a session finds out about its sandbox for the policy, in bubblewrap and on the stand-in of
 * Modal: fresh images, programs put before others, git's configuration, kept and restored sandboxes. */
#include "tests/unit/session_bench.h"

#include "agent/trial.h"
#include "tests/support/modal_server.h"

#define ANSWER(calls) "{\"calls\":[" calls "]}\n"
#define WELL "{\"text\":\"Well.\"}"

static struct modal_server *server;

static int setup_server(void **state)
{
    (void)state;
    server = modal_server_start(NULL);
    return 0;
}

static int teardown_server(void **state)
{
    (void)state;
    modal_server_stop(server);
    return 0;
}

/* They come with the folder: what a script does that a call writes itself is seen beforehand, and denied. */
static void put_scripts(struct bench *bench)
{
    static const char *const scripts[][2] = { { "put", "cp /usr/bin/true /usr/local/bin/$1\n" },
                                              { "drop", "rm /usr/local/bin/ls\n" },
                                              { "preload", "echo /evil.so >/etc/ld.so.preload\n" } };
    bench->folder = path_join(bench->home, "project");
    assert_true(path_make_folders(bench->folder, NULL));
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
        char *file = path_join(bench->folder, scripts[i][0]);
        assert_true(path_write_file(file, scripts[i][1], strlen(scripts[i][1]), 0600, NULL));
        free(file);
    }
}

static int setup_modal(void **state)
{
    modal_server_use(server);
    bench_setup(state);
    bench_set(*state, "terminal.backend", "modal");
    put_scripts(*state);
    return 0;
}

static int teardown_modal(void **state)
{
    free(modal_server_control(server, "POST", "/kill", "{}"));
    return bench_teardown(state);
}

/* --- steps --- */

static void begin(struct bench *bench, const char *script)
{
    bench_replay(bench, script);
    bench_open(bench, NULL);
    UNTIL(bench, is_idle(bench));
}

/* The body of the verdict on the newest call. */
static const char *verdict(const struct bench *bench)
{
    return last_event(bench, EVENT_VERDICT);
}

/* A turn whose call the policy allows. */
static void expect_allowed(struct bench *bench)
{
    say(bench, "Go");
    wait_idle(bench);
    assert_contains(verdict(bench), "\"verdict\":\"allow\"");
}

/* A turn whose call asks, with REASON; the person lets it run. */
static void expect_asked(struct bench *bench, const char *reason)
{
    say(bench, "Go");
    wait_asked(bench);
    assert_contains(verdict(bench), reason);
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
}

static void approve(struct bench *bench)
{
    expect_asked(bench, "\"verdict\":\"ask\"");
}

#define STEP(script) ANSWER(COMMAND(script)) WELL "\n"
#define REPOSITORY "git init -q . && echo one >a && git add a"

/* --- git, wherever it runs --- */

static void test_git_is_plain(void **state)
{
    begin(*state, STEP(REPOSITORY) STEP("git status") STEP("ls; git log --oneline") STEP("git -C . diff"));
    approve(*state);
    expect_allowed(*state);
    expect_allowed(*state);
    expect_allowed(*state);
}

static void test_git_names_a_program(void **state)
{
    begin(*state, STEP(REPOSITORY) STEP("git config core.fsmonitor ./monitor") STEP("git status") STEP("ls")
                      STEP("git config --unset core.fsmonitor") STEP("git status"));
    approve(*state);
    approve(*state);
    expect_asked(*state, "core.fsmonitor is set in .git/config");
    expect_allowed(*state);
    approve(*state);
    expect_allowed(*state);
}

static void test_git_filter(void **state)
{
    begin(*state, STEP(REPOSITORY) STEP("echo '* filter=evil' >.gitattributes") STEP("git status")
                      STEP("git config filter.evil.clean ./evil") STEP("git status"));
    approve(*state);
    approve(*state);
    expect_allowed(*state); /* attributes alone run nothing */
    approve(*state);
    expect_asked(*state, "filter.evil.clean is set in .git/config");
}

static void test_git_included(void **state)
{
    begin(*state, STEP(REPOSITORY) STEP("git config include.path ../more") STEP("git status")
                      STEP("printf '[diff]\\\\nexternal=./evil\\\\n' >more") STEP("git diff"));
    approve(*state);
    approve(*state);
    expect_allowed(*state);
    approve(*state);
    expect_asked(*state, "diff.external is set in ");
}

static void test_git_hook(void **state)
{
    begin(*state, STEP(REPOSITORY) STEP("cp /bin/true .git/hooks/pre-commit") STEP("git status")
                      STEP("cp /bin/true .git/hooks/post-index-change") STEP("git status"));
    approve(*state);
    approve(*state);
    expect_allowed(*state);
    approve(*state);
    expect_asked(*state, "there is a hook, post-index-change");
}

/* Tests and other code run by the profile; git is looked at again, and does not ask while nothing surprises. */
static void test_sandboxed(void **state)
{
    struct bench *bench = *state;

    bench_set(bench, "policy.profile", "sandboxed");
    begin(bench,
          STEP(REPOSITORY) STEP("git status") STEP("python3 -c 'print(1)'") STEP("git status; git diff")
              STEP("git add -A && git commit -q -m x; true") STEP("git config core.pager x") STEP("git log"));
    assert_true(session_set_mode(bench->session, POLICY_SANDBOXED, NULL, NULL));
    expect_allowed(bench);
    expect_allowed(bench);
    expect_allowed(bench);
    expect_allowed(bench);
    expect_allowed(bench);
    expect_allowed(bench);
    expect_asked(bench, "core.pager is set in .git/config");
}

/* A repository within the repository, with a configuration of its own. */
static void test_git_elsewhere(void **state)
{
    begin(*state, STEP(REPOSITORY) STEP("git init -q sub") STEP("git -C sub status")
                      STEP("git -C sub config core.fsmonitor ./monitor") STEP("git -C sub status")
                          STEP("cd sub && git status") STEP("git status") STEP("ln -s sub/.git x")
                              STEP("git -C x/.. status") STEP("cd -P x/.. && git status"));
    approve(*state);
    approve(*state);
    expect_allowed(*state);
    approve(*state);
    expect_asked(*state, "core.fsmonitor is set in .git/config");
    expect_asked(*state, "git in /workspace/sub may run programs");
    expect_allowed(*state);
    approve(*state);
    expect_asked(*state, "it is not known whether git's configuration names programs");
    expect_asked(*state, "it is not known whether git's configuration names programs");
}

static void test_git_submodules(void **state)
{
    begin(*state,
          STEP(REPOSITORY) STEP("git init -q sub; cd sub; git -c user.name=a -c user.email=b commit -q "
                                "--allow-empty -m x; cd ..; git add sub") STEP("git status"));
    approve(*state);
    approve(*state);
    expect_asked(*state, "it has submodules");
}

/* The file tools write as well. */
static void test_git_written(void **state)
{
    begin(*state, STEP(REPOSITORY) STEP("git status")
                      ANSWER("{\"tool\":\"write_file\",\"arguments\":{\"path\":\".git/hooks/../config\","
                             "\"content\":\"[core]\\n\\tpager = evil\\n\"}}") WELL "\n" STEP("git status"));
    approve(*state);
    expect_allowed(*state);
    approve(*state);
    expect_asked(*state, "core.pager is set in .git/config");
}

/* Both calls of one answer are judged before the first has run. */
static void test_judged_again(void **state)
{
    struct bench *bench = *state;

    begin(bench, STEP(REPOSITORY)
                     ANSWER(COMMAND("git config core.fsmonitor ./monitor") "," COMMAND("git status")) WELL);
    approve(bench);
    say(bench, "Go");
    UNTIL(bench, session_ask_count(bench->session) > 0 && count_of_call(bench, EVENT_VERDICT, 3) > 0);
    assert_contains(verdict(bench), "\"verdict\":\"allow\"");
    decide(bench, DECISION_RUN, NULL, NULL);
    UNTIL(bench, session_ask_count(bench->session) > 0);
    assert_int_equal(call_of(bench, 2)->state, CALL_DONE);
    assert_contains(verdict(bench), "core.fsmonitor is set in .git/config");
    assert_int_equal(count_of_call(bench, EVENT_STARTED, 3), 0);
    decide(bench, DECISION_REJECT, NULL, NULL);
    wait_idle(bench);
}

/* What still runs may change it at any time: each judgement has a look of its own. */
static void test_left_running(void **state)
{
    begin(*state,
          STEP(REPOSITORY) STEP("(until [ -e go ]; do sleep 0.05; done; git config core.fsmonitor ./monitor; "
                                "touch gone) >/dev/null 2>&1 & true") STEP("git status")
              STEP("touch go; until [ -e gone ]; do sleep 0.05; done") STEP("ls") STEP("git status"));
    approve(*state);
    approve(*state);
    expect_allowed(*state);
    approve(*state);
    expect_allowed(*state);
    expect_asked(*state, "core.fsmonitor");
}

/* --- programs, where commands are root --- */

#define EVIL(name) "sh put " name

static void test_fresh_image(void **state)
{
    begin(*state, STEP("ls") STEP("cat /etc/passwd | head -n 1") STEP("git status"));
    assert_contains(last_event(*state, EVENT_SANDBOX), "\"state\":\"programs\"");
    expect_allowed(*state);
    expect_allowed(*state);
    expect_allowed(*state);
}

static void test_program_before_another(void **state)
{
    begin(*state, STEP("ls") STEP(EVIL("ls")) STEP("ls") STEP("cat a") STEP("sh drop") STEP("ls"));
    expect_allowed(*state);
    approve(*state);
    expect_asked(*state, "/usr/local/bin/ls came later and has the name of another");
    expect_asked(*state, "/usr/local/bin/ls came later");
    approve(*state);
    expect_allowed(*state);
}

static void test_new_program(void **state)
{
    begin(*state, STEP(EVIL("rg")) STEP("ls") STEP("rg x"));
    approve(*state);
    expect_allowed(*state);
    expect_asked(*state, "rg is not of the image, it came later");
}

static void test_loader(void **state)
{
    begin(*state, STEP("ls") STEP("sh preload") STEP("ls"));
    expect_allowed(*state);
    approve(*state);
    expect_asked(*state, "/etc/ld.so.preload came later");
}

/* From the moment that the sandbox is there no program can be started in it. */
static void break_execs(struct bench *bench, const struct event *event)
{
    bench->on_event = NULL;
    if (event->type == EVENT_SANDBOX && strcmp(json_get_text(event->body, "state"), "ready") == 0)
        free(modal_server_control(server, "POST", "/faults",
                                  "{\"method\":\"TaskExecStart\",\"do\":\"status\","
                                  "\"code\":\"FAILED_PRECONDITION\",\"message\":\"no\",\"count\":0}"));
    else
        bench->on_event = break_execs;
}

/* A first look that fails twice: nothing is known for good, and programs ask. */
static void test_look_fails(void **state)
{
    struct bench *bench = *state;

    bench->on_event = break_execs;
    begin(bench, STEP("ls") STEP("echo x"));
    free(modal_server_control(server, "DELETE", "/faults", NULL));
    expect_asked(bench, "they could not be looked at when the sandbox started");
    expect_allowed(bench);
}

/* --- sandboxes of an earlier process --- */

static void left(void *data, const char *words)
{
    (void)words;
    *(bool *)data = true;
}

static void leave(struct bench *bench, enum session_quit how)
{
    bool over = false;

    session_leave(bench->session, how, left, &over);
    UNTIL(bench, over);
    bench_resume(bench);
    UNTIL(bench, is_idle(bench));
}

static void test_kept(void **state)
{
    begin(*state, STEP(EVIL("tool")) STEP("ls") STEP(EVIL("ls")) STEP("ls"));
    approve(*state);
    leave(*state, QUIT_KEEP);
    expect_allowed(*state);
    approve(*state);
    leave(*state, QUIT_KEEP);
    expect_asked(*state, "/usr/local/bin/ls came later");
}

static void test_kept_without_list(void **state)
{
    struct bench *bench = *state;

    begin(bench, STEP("ls") STEP("ls"));
    expect_allowed(bench);
    char *folder = path_data(), *name = xasprintf("%s/sessions/%s/programs", folder, bench->id);
    assert_true(path_write_file(name, "p 1 /usr/bin/ls\n", 16, 0600, NULL));
    leave(bench, QUIT_KEEP);
    expect_asked(bench, "the agent worked in this sandbox before they were looked at");
    free(name);
    free(folder);
}

static void test_snapshot_of_the_image(void **state)
{
    begin(*state, STEP("ls") STEP("ls"));
    expect_allowed(*state);
    leave(*state, QUIT_SNAPSHOT);
    expect_allowed(*state);
}

/* What changed files alone, and was not known to, is looked at before the snapshot. */
static void test_snapshot_after_work(void **state)
{
    begin(*state, STEP("echo one >a") STEP("ls"));
    approve(*state);
    leave(*state, QUIT_SNAPSHOT);
    expect_allowed(*state);
}

static void test_snapshot_of_changes(void **state)
{
    begin(*state, STEP(EVIL("ls")) STEP("ls"));
    approve(*state);
    leave(*state, QUIT_SNAPSHOT);
    expect_asked(*state, "the agent worked in this sandbox before they were looked at");
}

enum { EMBEDDED = 11 }; /* tests of the embedded sandbox */

/* --- forks --- */

static void trial_changed(void *data)
{
    (void)data;
}

/* A turn whose call asks, is tried in a fork, and kept. */
static void keep_fork(struct bench *bench)
{
    struct error error = ERROR_INIT;

    say(bench, "Go");
    wait_asked(bench);
    if (!trial_start(bench->session, session_ask(bench->session, 0)->id, trial_changed, NULL, &error))
        fail_msg("%s", error_message(&error));
    UNTIL(bench, trial_state(session_trial(bench->session)) >= TRIAL_OVER);
    if (!trial_keep(bench->session, &error))
        fail_msg("%s", error_message(&error));
    wait_idle(bench);
}

static void test_fork_of_the_image(void **state)
{
    begin(*state, STEP("echo one >a") STEP("echo two >a") STEP("ls") STEP(EVIL("ls")) STEP("ls"));
    approve(*state);
    keep_fork(*state);
    expect_allowed(*state);
    approve(*state);
    expect_asked(*state, "/usr/local/bin/ls came later");
}

static void test_fork_with_changes(void **state)
{
    begin(*state, STEP(EVIL("ls")) STEP("cat a"));
    keep_fork(*state);
    expect_asked(*state, "/usr/local/bin/ls came later");
}

static void test_fork_of_changes(void **state)
{
    begin(*state, STEP(EVIL("ls")) STEP("echo two >a") STEP("cat a"));
    approve(*state);
    keep_fork(*state);
    expect_asked(*state, "the agent worked in this sandbox before they were looked at");
}

/* Given up while the sandbox is looked at, before there is a fork. */
static void test_fork_given_up(void **state)
{
    struct bench *bench = *state;

    begin(bench, STEP("echo one >a") STEP("echo two >a") STEP("ls"));
    approve(bench);
    say(bench, "Go");
    wait_asked(bench);
    assert_true(trial_start(bench->session, session_ask(bench->session, 0)->id, trial_changed, NULL, NULL));
    trial_discard(bench->session);
    assert_null(session_trial(bench->session));
    decide(bench, DECISION_RUN, NULL, NULL);
    wait_idle(bench);
    expect_allowed(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_git_is_plain, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_git_names_a_program, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_git_filter, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_git_included, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_git_hook, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_git_elsewhere, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_sandboxed, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_git_submodules, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_git_written, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_judged_again, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_left_running, bench_setup, bench_teardown),
        /* from here on at the stand-in of Modal */
        cmocka_unit_test_setup_teardown(test_git_is_plain, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_git_names_a_program, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_git_filter, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_judged_again, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_fresh_image, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_program_before_another, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_new_program, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_loader, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_fork_of_the_image, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_fork_with_changes, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_fork_of_changes, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_fork_given_up, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_kept, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_kept_without_list, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_snapshot_of_the_image, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_snapshot_after_work, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_look_fails, setup_modal, teardown_modal),
        cmocka_unit_test_setup_teardown(test_snapshot_of_changes, setup_modal, teardown_modal),
    };
    bool modal = modal_server_available();
    size_t count = modal ? ARRAY_SIZE(tests) : EMBEDDED;

    alarm(600);
    return _cmocka_run_group_tests("agent/facts", tests, count, modal ? setup_server : NULL,
                                   modal ? teardown_server : NULL);
}
