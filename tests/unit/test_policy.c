/* test_policy.c - verdicts on commands, the floor, the modes. */
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static enum verdict judge(const char *script, enum policy_mode mode, enum policy_origin origin)
{
    struct policy_verdict verdict;
    struct policy_request request = { .origin = origin,
                                      .tool = "run_command",
                                      .interpreter = "bash",
                                      .script = script,
                                      .script_length = strlen(script),
                                      .cwd = "/workspace",
                                      .home = "/root",
                                      .workspace = "/workspace",
                                      .programs_of_image = FACT_YES,
                                      .git_is_plain = FACT_YES,
                                      .mode = mode };
    policy_judge(&request, &verdict);
    enum verdict kind = verdict.verdict;
    assert_non_null(verdict.reason);
    assert_non_null(verdict.part);
    assert_true(verdict.from <= verdict.to && verdict.to <= strlen(script));
    policy_verdict_release(&verdict);
    return kind;
}

static void careful(void **state)
{
    static const struct {
        const char *script;
        enum verdict verdict;
    } rows[] = {
        { "ls", VERDICT_ALLOW },
        { "ls -la /repo", VERDICT_ALLOW },
        { "cat 'a b' && head -n 5 x | wc -l", VERDICT_ALLOW },
        { "cat \"a b\"; pwd\nls", VERDICT_ALLOW },
        { "", VERDICT_ASK },
        { "pytest", VERDICT_ASK },
        { "ls; pytest", VERDICT_ASK },
        { "ls & pytest", VERDICT_ASK },
        { "cat $(rm x)", VERDICT_ASK },
        { "cat `rm x`", VERDICT_ASK },
        { "cat \"$(rm x)\"", VERDICT_ASK },
        { "ls > x", VERDICT_ASK },
        { "ls < x", VERDICT_ALLOW },
        { "ls *", VERDICT_ALLOW },
        { "ls {a,b}", VERDICT_ALLOW },
        { "ls ~", VERDICT_ALLOW },
        { "PATH=. ls", VERDICT_ASK },
        { "ls; }", VERDICT_ASK },
        { "if ls; then pwd; fi", VERDICT_ALLOW },
        { "ls 'unclosed", VERDICT_ASK },
        { "ls \"unclosed", VERDICT_ASK },
        { "ls \\", VERDICT_ASK },
        { "./ls", VERDICT_ASK },
        { "/bin/ls", VERDICT_ALLOW },
        { "ls \xe2\x80\xae", VERDICT_ASK },
        { "ls \x1b", VERDICT_ASK },
        { "ls\rpytest", VERDICT_ASK },
        { "ls # x", VERDICT_ALLOW },
        { "!ls", VERDICT_ASK },
        { "l\\s", VERDICT_ALLOW },
        { "'l's", VERDICT_ALLOW },
        { "rm -rf /", VERDICT_DENY },
        { "rm -rf /*", VERDICT_DENY },
        { "rm -r -f //", VERDICT_DENY },
        { "rm --recursive /.", VERDICT_DENY },
        { "sudo rm -Rf ~", VERDICT_DENY },
        { "rm -rf ~/", VERDICT_DENY },
        { "rm -rf $HOME", VERDICT_DENY },
        { "rm -rf \"$HOME\"", VERDICT_DENY },
        { "rm -rf /root", VERDICT_DENY },
        { "rm -rf /workspace/../root/", VERDICT_DENY },
        { "bash -c 'rm -rf /'", VERDICT_DENY },
        { "eval \"rm -rf /\"", VERDICT_DENY },
        { "ls && /bin/rm -fr /", VERDICT_DENY },
        { "(rm -rf /)", VERDICT_DENY },
        { "echo $(rm -rf /)", VERDICT_DENY },
        { "dd if=/dev/zero of=/dev/sda", VERDICT_DENY },
        { "mkfs.ext4 /dev/vda1", VERDICT_DENY },
        { "echo x > /dev/sda", VERDICT_DENY },
        { "rm -rf build", VERDICT_ASK },
        { "rm /", VERDICT_DENY },
        { "git commit -m 'rm -rf /'", VERDICT_ASK },
        { "echo 'rm -rf /'", VERDICT_ALLOW },
        { "dd if=/dev/zero of=x", VERDICT_ASK },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum verdict verdict = judge(rows[i].script, POLICY_CAREFUL, ORIGIN_AGENT);
        if (verdict != rows[i].verdict)
            fail_msg("%s: %s, expected %s", rows[i].script, verdict_name(verdict),
                     verdict_name(rows[i].verdict));
    }
}

static void modes_and_origins(void **state)
{
    (void)state;
    assert_int_equal(judge("pytest", POLICY_AUTO, ORIGIN_AGENT), VERDICT_ALLOW);
    assert_int_equal(judge("rm -rf /", POLICY_AUTO, ORIGIN_AGENT), VERDICT_DENY);
    assert_int_equal(judge("pytest", POLICY_CAREFUL, ORIGIN_PERSON), VERDICT_ALLOW);
    assert_int_equal(judge("rm -rf /", POLICY_CAREFUL, ORIGIN_PERSON), VERDICT_ASK);
}

static void session_allows_one_digest(void **state)
{
    static const char *const allowed[] = { "abc", NULL };
    struct policy_verdict verdict;
    struct policy_request request = { .tool = "run_command",
                                      .interpreter = "bash",
                                      .script = "pytest",
                                      .script_length = 6,
                                      .session_allows = allowed,
                                      .digest = "abc" };
    (void)state;
    policy_judge(&request, &verdict);
    assert_int_equal(verdict.verdict, VERDICT_ALLOW);
    assert_string_equal(verdict.rule, "session");
    policy_verdict_release(&verdict);
    request.digest = "abd";
    policy_judge(&request, &verdict);
    assert_int_equal(verdict.verdict, VERDICT_ASK);
    policy_verdict_release(&verdict);
}

static void tools(void **state)
{
    struct policy_path path = { "/repo/x", ACCESS_READ };
    struct policy_verdict verdict;
    struct policy_request request = { .tool = "read_file", .paths = &path, .path_count = 1 };
    (void)state;
    policy_judge(&request, &verdict);
    assert_int_equal(verdict.verdict, VERDICT_ALLOW);
    policy_verdict_release(&verdict);
    path.access = ACCESS_WRITE;
    request.tool = "write_file";
    policy_judge(&request, &verdict);
    assert_int_equal(verdict.verdict, VERDICT_ASK);
    assert_string_equal(verdict.written[0], "/repo/x");
    policy_verdict_release(&verdict);
    request.tool = "run_python";
    request.interpreter = "python3";
    request.script = "print(1)";
    policy_judge(&request, &verdict);
    assert_int_equal(verdict.verdict, VERDICT_ASK);
    policy_verdict_release(&verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(careful), cmocka_unit_test(modes_and_origins),
                                        cmocka_unit_test(session_allows_one_digest),
                                        cmocka_unit_test(tools) };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
