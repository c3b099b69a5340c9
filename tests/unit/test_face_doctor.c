/* test_face_doctor.c - `sandgate doctor` as a person runs it: a deployment where all passes, and each thing that
 * can be wrong with one, with its remedy. */
#include "tests/unit/run_bench.h"

#include "tests/support/modal_server.h"
#include "tests/support/model_server.h"

#include <signal.h>

#define DOCTOR(program, ...)                                                \
    do {                                                                    \
        const char *const doctor_words[] = { "doctor", __VA_ARGS__, NULL }; \
        program_start(program, doctor_words, NULL, 0);                      \
        program_finish(program);                                            \
    } while (0)

/* The finding of CHECK in the JSON that was printed must have STATE, and WORDS somewhere. */
static void expect_finding(const struct program *program, const char *check, const char *state,
                           const char *words)
{
    struct json *json = json_parse(program->out_text.data, strcspn(program->out_text.data, "\n"), NULL);
    const struct json *list = json_get(json, "checks");
    bool found = false;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *finding = json_at(list, i);
        char *text = json_print(finding);
        if (strcmp(json_get_text(finding, "check"), check) == 0) {
            found = true;
            if (strcmp(json_get_text(finding, "state"), state) != 0 || !strstr(text, words))
                fail_msg("%s with \"%s\" was expected: %s", state, words, text);
            bool needs_remedy = strcmp(state, "failed") == 0 || strcmp(state, "warning") == 0;
            assert_int_equal(json_get_text(finding, "remedy") != NULL, needs_remedy);
        }
        free(text);
    }
    if (!found)
        fail_msg("no finding \"%s\": %s%s", check, program->out_text.data, program->error_text.data);
    json_free(json);
}

static void test_all_passes(void **state)
{
    const struct home *home = *state;
    struct program program;
    char *sandboxes = path_join(home->root, ".local/state/sandgate");

    home_replay(home, "{\"answer\":[{\"text\":\"x\"}]}");
    DOCTOR(&program, "--json");
    expect_code(&program, 0);
    assert_contains(program.out_text.data, "{\"ok\":true,");
    expect_finding(&program, "configuration", "ok", "2 of ");
    expect_finding(&program, "configuration", "ok", "sandgate.yaml:2");
    expect_finding(&program, "passthrough", "ok", "are empty");
    expect_finding(&program, "tracked-files", "skipped", "no repository");
    expect_finding(&program, "token", "skipped", "bubblewrap");
    expect_finding(&program, "sandbox", "ok", "bubblewrap");
    expect_finding(&program, "command", "ok", "exit code");
    expect_finding(&program, "files", "ok", "100000 bytes");
    expect_finding(&program, "workdir", "ok", "/workspace");
    expect_finding(&program, "environment", "ok", "exactly these");
    expect_finding(&program, "network", "ok", "closed");
    expect_finding(&program, "host", "ok", "neither");
    expect_finding(&program, "end", "ok", "nothing is left");
    assert_int_equal(rmdir(sandboxes), 0); /* nothing stays behind */
    program_release(&program);
    DOCTOR(&program, ".");
    expect_code(&program, 0);
    assert_contains(program.out_text.data, "ok       commands cannot reach this machine\n");
    assert_contains(program.out_text.data, "0 warnings, 0 failed");
    program_release(&program);
    free(sandboxes);
}

static void test_wrong_configuration(void **state)
{
    const struct home *home = *state;
    struct program program;

    home_write(home, ".config/sandgate/sandgate.yaml", "terminal:\n  memmory: 2G\n");
    DOCTOR(&program, "--json");
    expect_code(&program, 10);
    expect_finding(&program, "configuration", "failed", "sandgate.yaml:2:3");
    expect_finding(&program, "sandbox", "skipped", "\\\"configuration\\\" failed");
    expect_finding(&program, "modes", "ok", "");
    program_release(&program);
    DOCTOR(&program, "one", "two");
    expect_code(&program, 2);
    program_release(&program);
}

static void test_project_waits_for_trust(void **state)
{
    const struct home *home = *state;
    struct program program;

    home_replay(home, "{\"answer\":[{\"text\":\"x\"}]}");
    home_write(home, "project/.sandgate.yaml", "terminal:\n  network: true\n");
    DOCTOR(&program, "--json");
    expect_code(&program, 10);
    expect_finding(&program, "trust", "warning", "terminal.network");
    program_release(&program);
}

static void test_credentials_passed_through(void **state)
{
    const struct home *home = *state;
    struct program program;

    home_replay(home, "{\"answer\":[{\"text\":\"x\"}]}");
    setenv("DEMO_TOKEN", "hidden-value", 1);
    DOCTOR(&program, "--json", "--set", "terminal.env_passthrough=[EDITOR, DEMO_TOKEN]");
    expect_code(&program, 10);
    expect_finding(&program, "passthrough", "warning", "DEMO_TOKEN (terminal.env_passthrough): looks like");
    expect_finding(&program, "passthrough", "warning", "\"EDITOR (terminal.env_passthrough)\"");
    expect_finding(&program, "environment", "ok", "");
    assert_null(strstr(program.out_text.data, "hidden"));
    program_release(&program);
    DOCTOR(&program, "--json", "--set", "terminal.env_passthrough=[EDITOR]");
    expect_finding(&program, "passthrough", "ok", "EDITOR");
    program_release(&program);
    unsetenv("DEMO_TOKEN");
}

static void test_modes_of_files(void **state)
{
    const struct home *home = *state;
    struct program program;
    char *toml = path_join(home->root, ".modal.toml"),
         *own = path_join(home->root, ".config/sandgate/sandgate.yaml");

    home_replay(home, "{\"answer\":[{\"text\":\"x\"}]}");
    home_write(home, ".modal.toml", "[x]\n");
    chmod(toml, 0644);
    DOCTOR(&program, "--json");
    expect_finding(&program, "modes", "failed", "chmod 600");
    program_release(&program);
    chmod(toml, 0600);
    chmod(own, 0644); /* no secret in it */
    DOCTOR(&program, "--json");
    expect_finding(&program, "modes", "ok", "");
    program_release(&program);
    home_write(home, ".config/sandgate/sandgate.yaml",
               "model:\n  provider: openai\n  url: http://127.0.0.1:1/v1\n  api_key: hidden\n");
    chmod(own, 0640);
    DOCTOR(&program, "--json");
    expect_finding(&program, "modes", "failed", "0640");
    assert_null(strstr(program.out_text.data, "hidden"));
    program_release(&program);
    free(toml);
    free(own);
}

static void test_tokens_in_tracked_files(void **state)
{
    const struct home *home = *state;
    struct program program;
    static const char token[] = "x\nkey = sk"
                                "-Ab3dEfGhIjKlMnOpQrStUv\n";

    home_replay(home, "{\"answer\":[{\"text\":\"x\"}]}");
    home_write(home, "project/clean", "nothing\n");
    home_write(home, "project/src.py", token);
    home_write(home, "outside", token);
    assert_int_equal(symlink("../outside", "link"), 0);
    if (system("git init -q . 2>/dev/null && git add clean link") != 0)
        skip();
    DOCTOR(&program, "--json");
    expect_code(&program, 0);
    expect_finding(&program, "tracked-files", "ok", "none in 1 files");
    program_release(&program);
    assert_int_equal(system("git add src.py"), 0);
    DOCTOR(&program, "--json");
    expect_code(&program, 10);
    expect_finding(&program, "tracked-files", "failed", "src.py:2: an API key");
    assert_null(strstr(program.out_text.data, "Ab3d"));
    program_release(&program);
    setenv("SANDGATE_API_KEY", "nothing\n", 1); /* which the file has */
    DOCTOR(&program, "--json");
    expect_finding(&program, "tracked-files", "failed", "clean:1: the value of SANDGATE_API_KEY");
    program_release(&program);
    unsetenv("SANDGATE_API_KEY");
    home_write(home, "project/.git/index", "DIRC broken");
    DOCTOR(&program, "--json");
    expect_finding(&program, "tracked-files", "warning", "does not begin");
    program_release(&program);
}

static void test_the_model(void **state)
{
    const struct home *home = *state;
    struct program program;
    struct model_server *server =
        model_server_start("{\"/v1/models\": [{\"json\": {\"data\": [{\"id\": \"m\"}]}}]}", NULL);

    DOCTOR(&program, "--json");
    expect_finding(&program, "model", "failed", "SANDGATE_MODEL_URL");
    program_release(&program);
    DOCTOR(&program, "--json", "--model-url", "http://127.0.0.1:1/v1");
    expect_finding(&program, "model", "failed", "127.0.0.1:1");
    program_release(&program);
    DOCTOR(&program, "--json", "--model-url", model_server_url(server), "--model", "no-such-model");
    expect_finding(&program, "model", "warning", "no-such-model");
    program_release(&program);
    DOCTOR(&program, "--json", "--model-url", model_server_url(server));
    expect_finding(&program, "model", "ok", "answers");
    program_release(&program);
    model_server_stop(server);
    (void)home;
}

static void test_the_workspace(void **state)
{
    const struct home *home = *state;
    struct program program;

    home_replay(home, "{\"answer\":[{\"text\":\"x\"}]}");
    DOCTOR(&program, "--json", "--set", "terminal.cwd=/root/work");
    expect_code(&program, 10);
    expect_finding(&program, "workdir", "failed", "terminal.cwd is /root/work");
    program_release(&program);
}

static void test_modal(void **state)
{
    const struct home *home = *state;
    struct program program;

    home_replay(home, "{\"answer\":[{\"text\":\"x\"}]}");
    DOCTOR(&program, "--json", "--backend", "modal");
    if (strstr(program.out_text.data, "\"configuration\\\" failed")) {
        print_message("# this build has no such backend\n");
        program_release(&program);
        skip();
    }
    expect_code(&program, 10);
    expect_finding(&program, "token", "failed", "sandgate modal login");
    expect_finding(&program, "sandbox", "skipped", "\\\"token\\\" failed");
    program_release(&program);
    if (!modal_server_available()) {
        print_message("# the stand-in's packages are not installed: npm ci in tests/standin/modal\n");
        skip();
    }
    struct modal_server *server = modal_server_start(NULL);
    setenv("MODAL_SERVER_URL", modal_server_url(server), 1);
    setenv("MODAL_TOKEN_ID", modal_server_token_id(server), 1);
    setenv("MODAL_TOKEN_SECRET", "as-hidden", 1);
    DOCTOR(&program, "--json", "--backend", "modal");
    expect_finding(&program, "token", "ok", "from MODAL_TOKEN_ID");
    expect_finding(&program, "account", "failed", "MODAL_TOKEN_ID");
    assert_null(strstr(program.out_text.data, "hidden"));
    program_release(&program);
    setenv("MODAL_TOKEN_SECRET", modal_server_token_secret(server), 1);
    DOCTOR(&program, "--json", "--backend", "modal");
    expect_finding(&program, "account", "ok", "workspace standin");
    expect_finding(&program, "sandbox", "ok", "modal");
    expect_finding(&program, "files", "ok", "100000 bytes");
    expect_finding(&program, "environment", "ok", "exactly these");
    expect_finding(&program, "network", "ok", "example.com:80 not reached");
    expect_finding(&program, "end", "ok", "nothing is left");
    program_release(&program);
    DOCTOR(&program, "--json", "--backend", "modal", "--set", "terminal.network=true");
    expect_finding(&program, "network", "ok", "example.com:80 reached");
    program_release(&program);
    modal_server_stop(server);
    unsetenv("MODAL_SERVER_URL");
    unsetenv("MODAL_TOKEN_ID");
    unsetenv("MODAL_TOKEN_SECRET");
}

/* Interrupted while its sandbox starts, it ends that sandbox. */
static void test_interrupted(void **state)
{
    static const char *const slow[] = { "startMs=600000", NULL };
    const char *const words[] = { "doctor", "--backend", "modal", NULL };
    const struct home *home = *state;
    struct program program;

    if (!modal_server_available())
        skip();
    struct modal_server *server = modal_server_start(slow);
    home_replay(home, "{\"answer\":[{\"text\":\"x\"}]}");
    setenv("MODAL_SERVER_URL", modal_server_url(server), 1);
    setenv("MODAL_TOKEN_ID", modal_server_token_id(server), 1);
    setenv("MODAL_TOKEN_SECRET", modal_server_token_secret(server), 1);
    program_start(&program, words, NULL, 0);
    for (bool made = false; !made;) {
        char *told = modal_server_control(server, "GET", "/state", NULL);
        made = strstr(told, "\"sandboxes\":[{") != NULL;
        free(told);
    }
    kill(program.process, SIGINT);
    program_finish(&program);
    expect_code(&program, 130);
    char *told = modal_server_control(server, "GET", "/state", NULL);
    assert_contains(told, "\"status\":3");
    free(told);
    program_release(&program);
    modal_server_stop(server);
    unsetenv("MODAL_SERVER_URL");
    unsetenv("MODAL_TOKEN_ID");
    unsetenv("MODAL_TOKEN_SECRET");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_passes, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_wrong_configuration, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_project_waits_for_trust, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_credentials_passed_through, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_modes_of_files, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_tokens_in_tracked_files, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_the_model, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_the_workspace, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_modal, home_make, home_remove),
        cmocka_unit_test_setup_teardown(test_interrupted, home_make, home_remove),
    };
    alarm(600);
    return cmocka_run_group_tests_name("face/doctor", tests, NULL, NULL);
}
