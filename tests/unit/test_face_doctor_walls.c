/* test_face_doctor_walls.c - the security review against a sandbox that keeps nothing out: its "sandbox" runs the
 * scripts right here, so every check must fail; and against one that answers as told. */
#include "face/doctor.h"

#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "modal/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

/* --- the stand-in for doctor_sandbox.c --- */

/* What the told sandbox prints: for scripts that hold WHEN. */
static const struct told {
    const char *when, *print;
} * answers; /* NULL: scripts run here */

struct ending {
    bool done;
    int code;
};

static void ended(void *data, int code, int signal)
{
    struct ending *ending = data;

    (void)signal;
    *ending = (struct ending){ true, code };
}

/* Really runs it, in /tmp, with an environment of its own and a variable too many. */
static bool run_here(struct doctor *doctor, const char *script, struct buffer *out, int *code)
{
    static const char *const environment[] = { "PATH=/usr/bin:/bin", "HOME=/root", "LEAKED=1", NULL };
    const char *const argv[] = { "/bin/bash", "--noprofile", "--norc", "-c", script, NULL };
    struct ending ending = { 0 };
    int pipe[2];
    char piece[4096];
    ssize_t count;

    assert_int_equal(pipe2(pipe, 0), 0);
    const int descriptors[][2] = { { pipe[1], 1 }, { -1, -1 } };
    struct child_spec spec = { argv, environment, "/tmp", descriptors, false };
    struct child *child = child_start(doctor->setup.loop, &spec, ended, &ending, NULL);
    close(pipe[1]);
    while (!ending.done)
        loop_turn(doctor->setup.loop, -1);
    while ((count = read(pipe[0], piece, sizeof piece)) > 0)
        buffer_append(out, piece, (size_t)count);
    close(pipe[0]);
    child_free(child);
    *code = ending.code;
    return true;
}

bool doctor_run(struct doctor *doctor, const char *script, int64_t timeout, struct buffer *out, int *code,
                char **failed)
{
    (void)timeout;
    *failed = NULL;
    *code = 0;
    if (!answers && !strstr(script, "/dev/tcp/1.1.1.1") && !strstr(script, "/dev/tcp/8.8.8.8") &&
        !strstr(script, "/dev/tcp/example.com"))
        return run_here(doctor, script, out, code);
    for (const struct told *told = answers; told && told->when; told++)
        if (strstr(script, told->when)) {
            *failed = told->print ? NULL : xstrdup("the sandbox is gone");
            buffer_append_text(out, told->print ? told->print : "");
            return told->print != NULL;
        }
    return true;
}

/* --- the tests --- */

static void begin(struct doctor *doctor, const char *network, const char *cwd)
{
    static char *environment[] = { (char *)"PATH=/usr/bin:/bin", (char *)"HOME=/root", NULL };

    *doctor = (struct doctor){ .environment = environment, .state = (char *)"/tmp" };
    doctor->setup.loop = loop_new();
    doctor->setup.conf = conf_load(NULL, NULL);
    assert_non_null(doctor->setup.conf);
    assert_true(conf_set_flag(doctor->setup.conf, "terminal.network", network, NULL));
    assert_true(conf_set_flag(doctor->setup.conf, "terminal.cwd", cwd, NULL));
}

static void end(struct doctor *doctor)
{
    conf_free(doctor->setup.conf);
    loop_free(doctor->setup.loop);
    answers = NULL;
}

/* Runs CHECK; it must find STATE, with WORDS among its words and details. */
static void expect(struct doctor *doctor, void (*check)(struct doctor *, struct finding *),
                   enum finding_state state, const char *words)
{
    struct finding finding = { .state = FINDING_SKIPPED, .details = BUFFER_INIT };

    check(doctor, &finding);
    char *all = xasprintf("%s\n%s", finding.words ? finding.words : "", finding.details.data);
    if (finding.state != state || !strstr(all, words))
        fail_msg("state %d: %s", finding.state, all);
    free(all);
    free(finding.words);
    free(finding.remedy);
    buffer_release(&finding.details);
}

static void a_sandbox_without_walls_is_found_out(void **state)
{
    struct doctor doctor;

    (void)state;
    begin(&doctor, "false", "/workspace");
    prctl(PR_SET_NAME, "sandgate");
    expect(&doctor, doctor_check_host, FINDING_FAILED, "file /tmp/.sandgate-doctor-");
    expect(&doctor, doctor_check_host, FINDING_FAILED, "process ");
    expect(&doctor, doctor_check_environment, FINDING_FAILED, "LEAKED");
    expect(&doctor, doctor_check_workdir, FINDING_FAILED, "a command finds: /tmp");
    end(&doctor);
}

/* Says that it sees nothing, and connects all the same: the listener knows better. */
static void a_connection_is_seen_from_outside(void **state)
{
    static const struct told quiet[] = { { "sandgate-doctor", "" }, { NULL, NULL } };
    struct doctor doctor;

    (void)state;
    begin(&doctor, "false", "/workspace");
    answers = quiet;
    expect(&doctor, doctor_check_host, FINDING_OK, "neither its files");
    answers = NULL;
    setenv("HOME", "/proc", 1); /* no marker can be made there */
    doctor.state = (char *)"/proc";
    prctl(PR_SET_NAME, "another");
    expect(&doctor, doctor_check_host, FINDING_FAILED, "this machine");
    end(&doctor);
}

static void the_network_is_compared_with_the_configuration(void **state)
{
    static const struct told open[] = { { "/dev/tcp/8.8.8.8", "8.8.8.8:53 reached\n" }, { NULL, NULL } };
    static const struct told closed[] = { { NULL, NULL } };
    struct doctor doctor;

    (void)state;
    begin(&doctor, "false", "/workspace");
    answers = open;
    expect(&doctor, doctor_check_network, FINDING_FAILED, "8.8.8.8:53 reached");
    answers = closed;
    expect(&doctor, doctor_check_network, FINDING_OK, "closed");
    end(&doctor);
    begin(&doctor, "true", "/workspace");
    answers = open;
    expect(&doctor, doctor_check_network, FINDING_OK, "open");
    answers = closed;
    expect(&doctor, doctor_check_network, FINDING_WARNING, "reached nothing");
    end(&doctor);
}

static void a_list_of_domains_names_no_address(void **state)
{
    static const struct told address[] = { { "/dev/tcp/1.1.1.1", "1.1.1.1:80 reached\n" }, { NULL, NULL } };
    static const struct told name[] = { { "/dev/tcp/", "example.com:80 reached\n" }, { NULL, NULL } };
    struct modal_settings settings = { 0 };
    struct doctor doctor;

    (void)state;
    begin(&doctor, "false", "/workspace");
    doctor.modal = &settings;
    assert_true(conf_set_flag(doctor.setup.conf, "modal.domains", "[example.com]", NULL));
    answers = address;
    expect(&doctor, doctor_check_network, FINDING_FAILED, "another address");
    answers = name;
    expect(&doctor, doctor_check_network, FINDING_OK, "limited by modal.domains");
    assert_true(conf_set_flag(doctor.setup.conf, "modal.cidrs", "[1.0.0.0/8]", NULL));
    answers = address;
    expect(&doctor, doctor_check_network, FINDING_OK, "limited by modal.cidrs");
    end(&doctor);
}

static void the_home_of_root_is_no_workspace(void **state)
{
    static const struct told there[] = { { "pwd", "/root/work\nwritable\n" }, { NULL, NULL } };
    static const struct told read_only[] = { { "pwd", "/workspace\n" }, { NULL, NULL } };
    static const struct told gone[] = { { "", NULL }, { NULL, NULL } };
    struct doctor doctor;

    (void)state;
    begin(&doctor, "false", "/root/work");
    answers = there;
    expect(&doctor, doctor_check_workdir, FINDING_FAILED, "terminal.cwd is /root/work");
    end(&doctor);
    begin(&doctor, "false", "/workspace");
    answers = read_only;
    expect(&doctor, doctor_check_workdir, FINDING_FAILED, "a command finds");
    answers = gone;
    expect(&doctor, doctor_check_workdir, FINDING_FAILED, "the sandbox is gone");
    expect(&doctor, doctor_check_environment, FINDING_FAILED, "the sandbox is gone");
    expect(&doctor, doctor_check_host, FINDING_FAILED, "the sandbox is gone");
    end(&doctor);
}

int main(void)
{
    alarm(600);
    setenv("SANDGATE_CONFIG", "/dev/null", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sandbox_without_walls_is_found_out),
        cmocka_unit_test(a_connection_is_seen_from_outside),
        cmocka_unit_test(the_network_is_compared_with_the_configuration),
        cmocka_unit_test(a_list_of_domains_names_no_address),
        cmocka_unit_test(the_home_of_root_is_no_workspace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
