/* test_policy_rules.c - rules of every kind against calls, what a profile needs, facts, proposals, examples, and what
 * the card is told. */
#include "policy/policy.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct policy_request bash(const char *script, enum policy_mode mode)
{
    return (struct policy_request){ .tool = "run_command",
                                    .interpreter = "bash",
                                    .script = script,
                                    .script_length = strlen(script),
                                    .cwd = "/workspace",
                                    .home = "/root",
                                    .workspace = "/workspace",
                                    .programs_of_image = FACT_YES,
                                    .git_is_plain = FACT_YES,
                                    .mode = mode };
}

static enum verdict judge(const struct policy_request *request)
{
    struct policy_verdict verdict;
    policy_judge(request, &verdict);
    enum verdict kind = verdict.verdict;
    policy_verdict_release(&verdict);
    return kind;
}

static enum verdict judge_with(const struct rule_set *set, const char *script)
{
    const struct rule_set *const sets[] = { set };
    struct policy_request request = bash(script, POLICY_RULES);
    request.rules = sets;
    request.rule_set_count = 1;
    return judge(&request);
}

static struct rule *add(struct rule_set *set, enum verdict verdict, enum rule_kind kind, const char *words)
{
    struct rule *rule = rule_set_add(set, verdict, kind, SCOPE_USER, "policy.yaml", (unsigned)set->count + 1);
    if (words)
        assert_true(rule_set_words(rule, words, NULL));
    return rule;
}

static void expect(const struct rule_set *set, const char *script, enum verdict verdict)
{
    enum verdict got = judge_with(set, script);
    if (got != verdict)
        fail_msg("%s: %s, not %s", script, verdict_name(got), verdict_name(verdict));
}

static void commands(void **state)
{
    struct rule_set set = RULE_SET_INIT;
    (void)state;
    add(&set, VERDICT_ALLOW, RULE_COMMAND, "ls");
    add(&set, VERDICT_ALLOW, RULE_COMMAND, "git *");
    rule_texts_add(&add(&set, VERDICT_DENY, RULE_COMMAND, "git push")->with, "--force");
    rule_texts_add(&set.rules[2]->with, "-f");
    add(&set, VERDICT_ASK, RULE_COMMAND, "ls /etc*");
    add(&set, VERDICT_ALLOW, RULE_COMMAND, "mytool lint $");
    add(&set, VERDICT_ALLOW, RULE_COMMAND, "cp")->permits = EFFECT_WRITE;
    struct rule *only = add(&set, VERDICT_ALLOW, RULE_COMMAND, "wc");
    rule_texts_add(&only->only, "-l");
    expect(&set, "ls", VERDICT_ALLOW);
    expect(&set, "ls /etc", VERDICT_ASK);
    expect(&set, "git status", VERDICT_ALLOW);
    expect(&set, "git commit -m x", VERDICT_ASK);
    expect(&set, "git push", VERDICT_ASK);
    expect(&set, "git push --force", VERDICT_DENY);
    expect(&set, "git push origin main -f", VERDICT_DENY);
    expect(&set, "ls; sudo git -C x push --force", VERDICT_DENY);
    expect(&set, "sh -c 'git push -f'", VERDICT_DENY);
    expect(&set, "echo 'git push -f'", VERDICT_ASK);
    expect(&set, "mytool lint", VERDICT_ALLOW);
    expect(&set, "mytool lint x", VERDICT_ASK);
    expect(&set, "mytool lint --fix", VERDICT_ASK);
    expect(&set, "mytool", VERDICT_ASK);
    expect(&set, "cp a b", VERDICT_ALLOW);
    expect(&set, "cp a /tmp/b", VERDICT_ASK);
    expect(&set, "cp a /etc/b", VERDICT_DENY);
    expect(&set, "wc -l x", VERDICT_ALLOW);
    expect(&set, "wc -c x", VERDICT_ASK);
    set.tightens_only = true;
    expect(&set, "ls", VERDICT_ASK);
    expect(&set, "git push -f", VERDICT_DENY);
    rule_set_release(&set);
}

static void files_and_hosts(void **state)
{
    struct rule_set set = RULE_SET_INIT;
    (void)state;
    add(&set, VERDICT_ALLOW, RULE_COMMAND, "cat|echo|curl");
    struct rule *rule = add(&set, VERDICT_DENY, RULE_FILE, NULL);
    rule->access = ACCESS_READ;
    rule_texts_add(&rule->paths, "secret/**");
    rule = add(&set, VERDICT_ALLOW, RULE_FILE, NULL);
    rule->access = ACCESS_WRITE;
    rule_texts_add(&rule->paths, "./out/**");
    rule = add(&set, VERDICT_DENY, RULE_FILE, NULL);
    rule->access = ACCESS_WRITE;
    rule_texts_add(&rule->paths, "!.");
    rule_texts_add(&add(&set, VERDICT_DENY, RULE_HOST, NULL)->hosts, "*.evil.example");
    rule_texts_add(&add(&set, VERDICT_ALLOW, RULE_HOST, NULL)->hosts, "good.example");
    expect(&set, "cat x", VERDICT_ALLOW);
    expect(&set, "cat secret/x", VERDICT_DENY);
    expect(&set, "cd secret && cat x", VERDICT_DENY);
    expect(&set, "echo x > out/y", VERDICT_ALLOW);
    expect(&set, "echo x > y", VERDICT_ASK);
    expect(&set, "echo x > out/../y", VERDICT_ASK);
    expect(&set, "echo x > /tmp/y", VERDICT_DENY);
    expect(&set, "curl https://good.example/x", VERDICT_ALLOW);
    expect(&set, "curl https://other.example/x", VERDICT_ASK);
    expect(&set, "curl https://a.evil.example/x", VERDICT_DENY);
    expect(&set, "curl https://good.example/x https://other.example", VERDICT_ASK);
    expect(&set, "curl -o y https://good.example/x", VERDICT_ASK);
    rule_set_release(&set);
}

static void tools(void **state)
{
    struct rule_set set = RULE_SET_INIT;
    const struct rule_set *const sets[] = { &set };
    static const char text[] = "{\"branch\":\"main\",\"path\":\"src/x\"}";
    struct json *arguments = json_parse(text, strlen(text), NULL);
    struct policy_request request = bash("", POLICY_RULES);
    (void)state;
    assert_non_null(arguments);
    request.interpreter = request.script = NULL;
    request.arguments = arguments;
    request.tool = "mcp:hub:merge";
    request.rules = sets;
    request.rule_set_count = 1;
    assert_int_equal(judge(&request), VERDICT_ASK);
    struct rule *rule = add(&set, VERDICT_ALLOW, RULE_TOOL, NULL);
    rule_texts_add(&rule->tools, "mcp:hub:*");
    rule_add_argument(rule, "path", "./src");
    assert_int_equal(judge(&request), VERDICT_ALLOW);
    rule = add(&set, VERDICT_DENY, RULE_TOOL, NULL);
    rule_texts_add(&rule->tools, "mcp:*");
    rule_add_argument(rule, "branch", "main|release*");
    assert_int_equal(judge(&request), VERDICT_DENY);
    assert_true(policy_rule_matches(rule, "mcp:x {\"branch\":\"release-1\"}", &request));
    assert_false(policy_rule_matches(rule, "mcp:x {\"branch\":\"work\"}", &request));
    json_free(arguments);
    rule_set_release(&set);
}

static void tool_files(void **state)
{
    struct policy_path path = { "/workspace/x", ACCESS_WRITE };
    struct policy_request request = bash("", POLICY_SANDBOXED);
    (void)state;
    request.interpreter = request.script = NULL;
    request.tool = "write_file";
    request.paths = &path;
    request.path_count = 1;
    assert_int_equal(judge(&request), VERDICT_ALLOW);
    path.path = "/tmp/x";
    assert_int_equal(judge(&request), VERDICT_ASK);
    path.path = "/etc/x";
    assert_int_equal(judge(&request), VERDICT_DENY);
    request.tool = "read_file";
    path = (struct policy_path){ "/workspace/.env", ACCESS_READ };
    assert_int_equal(judge(&request), VERDICT_DENY);
    path.path = "/workspace/.env.example";
    assert_int_equal(judge(&request), VERDICT_ALLOW);
    struct policy_link link = { "/workspace/notes", "/root/.ssh" };
    path.path = "/workspace/notes/id_rsa";
    request.links = &link;
    request.link_count = 1;
    assert_int_equal(judge(&request), VERDICT_DENY);
}

static void sandboxed(void **state)
{
    struct policy_request request = bash("python3 x.py", POLICY_SANDBOXED);
    const char *why = NULL;
    (void)state;
    assert_true(policy_sandboxed_in_force(&request, &why));
    assert_null(why);
    assert_int_equal(judge(&request), VERDICT_ALLOW);
    request.network = true;
    assert_false(policy_sandboxed_in_force(&request, &why));
    assert_string_equal(why, "The sandbox has a network.");
    assert_int_equal(judge(&request), VERDICT_ASK);
    request.network = false;
    request.secrets = true;
    assert_false(policy_sandboxed_in_force(&request, NULL));
    request.secrets = false;
    request.mounts = "/data";
    assert_false(policy_sandboxed_in_force(&request, NULL));
    assert_int_equal(judge(&request), VERDICT_ASK);
    request.mounts = "";
    assert_true(policy_sandboxed_in_force(&request, NULL));
}

static void facts(void **state)
{
    struct policy_request request = bash("ls", POLICY_CAREFUL);
    static const enum policy_fact doubtful[] = { FACT_UNKNOWN, FACT_NO };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(doubtful); i++) {
        request = bash("ls", POLICY_CAREFUL);
        request.programs_of_image = doubtful[i];
        assert_int_equal(judge(&request), VERDICT_ASK);
        request.script = "pwd"; /* the shell does that itself */
        request.script_length = 3;
        assert_int_equal(judge(&request), VERDICT_ALLOW);
        request = bash("git status", POLICY_CAREFUL);
        request.git_is_plain = doubtful[i];
        assert_int_equal(judge(&request), VERDICT_ASK);
    }
}

/* Git's facts belong to the folder where it runs. */
static void facts_of_folders(void **state)
{
    static const struct policy_git_fact known[] = { { "/workspace", FACT_YES, NULL },
                                                    { "/workspace/sub", FACT_NO, "core.pager is set" } };
    static const struct {
        const char *script;
        enum verdict verdict;
        const char *reason;
    } rows[] = {
        { "git status", VERDICT_ALLOW, "" },
        { "cd . && git log", VERDICT_ALLOW, "" },
        { "git -C sub status", VERDICT_ASK, "git in /workspace/sub may run programs: core.pager is set" },
        { "cd sub; git status", VERDICT_ASK, "git in /workspace/sub" },
        { "git -C other status", VERDICT_ASK, "it is not known whether git's configuration" },
        { "git -C a/.. status", VERDICT_ASK, "it is not known whether git's configuration" },
        { "cd -P a/.. && git status", VERDICT_ASK, "it is not known whether git's configuration" },
        { "cd \"$X\" && git status", VERDICT_ASK, "" },
        { "jq . a", VERDICT_ASK, "jq is not of the image, it came later" },
        { "/usr/bin/jq . a", VERDICT_ASK, "jq is not of the image, it came later" },
        { "ls | jq .", VERDICT_ASK, "jq is not of the image, it came later" },
    };
    static const char *const added[] = { "jq", NULL };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct policy_request request = bash(rows[i].script, POLICY_CAREFUL);
        struct policy_verdict verdict;
        request.git_is_plain = FACT_UNKNOWN;
        request.git_facts = known;
        request.git_fact_count = ARRAY_SIZE(known);
        request.programs_added = added;
        policy_judge(&request, &verdict);
        assert_int_equal(verdict.verdict, rows[i].verdict);
        if (!strstr(verdict.reason, rows[i].reason))
            fail_msg("%s: %s", rows[i].script, verdict.reason);
        policy_verdict_release(&verdict);
    }
}

static void examples(void **state)
{
    static const struct {
        enum verdict verdict;
        const char *rule, *example;
        bool matches;
    } rows[] = {
        { VERDICT_DENY, "git push", "git -C x push origin", true },
        { VERDICT_DENY, "git push", "ls; (git push)", true },
        { VERDICT_DENY, "git push", "git pull", false },
        { VERDICT_ALLOW, "pytest", "pytest -x tests", true },
        { VERDICT_ALLOW, "pytest", "pytest -p plugin", false },
        { VERDICT_ALLOW, "pytest", "pytest; ls", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct rule_set set = RULE_SET_INIT;
        struct policy_request request = bash("", POLICY_CAREFUL);
        struct rule *rule = add(&set, rows[i].verdict, RULE_COMMAND, rows[i].rule);
        if (policy_rule_matches(rule, rows[i].example, &request) != rows[i].matches)
            fail_msg("%s: %s", rows[i].rule, rows[i].example);
        rule_set_release(&set);
    }
}

/* What is proposed for a call allows it, and nothing that is less harmless. */
static void proposals(void **state)
{
    static const struct {
        const char *script, *rule, *also, *not ;
    } rows[] = {
        { "pytest -x tests", "allow pytest tests with only -x", "pytest -x tests", "pytest -x other" },
        { "make test", "allow make test", "make test", "make install" },
        { "cp a b", "allow cp permitting write", "cp c d", "cp -r c d" },
        { "ls && touch x", "allow touch permitting write", "touch y", "touch /tmp/y" },
        { "git push", "allow git push permitting network", "git push origin", "git push --force" },
        { "curl -s https://example.com/a", "allow curl with only -s to example.com permitting network",
          "curl -s https://example.com/b", "curl -s https://example.org/a" },
        { "mytool -v x", "allow mytool x with only -v", "mytool -v x", "mytool -v y" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct rule_set set = RULE_SET_INIT;
        struct policy_request request = bash(rows[i].script, POLICY_CAREFUL);
        policy_propose(&request, &set);
        assert_int_equal(set.count, 1);
        char *text = rule_text(set.rules[0]);
        if (strcmp(text, rows[i].rule) != 0)
            fail_msg("%s: %s", rows[i].script, text);
        free(text);
        expect(&set, rows[i].also, VERDICT_ALLOW);
        expect(&set, rows[i].not, VERDICT_ASK);
        rule_set_release(&set);
    }
    struct rule_set none = RULE_SET_INIT;
    struct policy_request request = bash("cat $x; rm -rf /; ls", POLICY_CAREFUL);
    policy_propose(&request, &none);
    assert_int_equal(none.count, 0);
    rule_set_release(&none);
}

static void explained(void **state)
{
    struct policy_request request =
        bash("cd src && sudo rm -rf *.o > log; curl https://a.example/x", POLICY_CAREFUL);
    struct buffer out = BUFFER_INIT;
    (void)state;
    policy_explain(&request, &out);
    assert_non_null(strstr(out.data, "rm: deletes"));
    assert_non_null(strstr(out.data, "(run by sudo)"));
    assert_non_null(strstr(out.data, "/workspace/src/*.o and all below it"));
    assert_non_null(strstr(out.data, "writes /workspace/src/log"));
    assert_non_null(strstr(out.data, "reaches a.example"));
    buffer_release(&out);
}

static void coloured(void **state)
{
    static const char script[] = "if ls -l 'a b'; then x=$y; fi > out # end";
    static const struct {
        const char *text;
        enum policy_span_kind kind;
    } rows[] = { { "if", SPAN_KEYWORD },   { "ls", SPAN_PROGRAM },   { "-l", SPAN_OPTION },
                 { "'a b'", SPAN_QUOTED }, { "then", SPAN_KEYWORD }, { "x=", SPAN_ASSIGNMENT },
                 { "$y", SPAN_EXPANSION } };
    struct policy_span *spans;
    size_t count = policy_spans(script, strlen(script), &spans);
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool found = false;
        for (size_t j = 0; j < count; j++)
            found |= spans[j].kind == rows[i].kind && spans[j].to - spans[j].from == strlen(rows[i].text) &&
                     memcmp(script + spans[j].from, rows[i].text, strlen(rows[i].text)) == 0;
        if (!found)
            fail_msg("%s", rows[i].text);
    }
    free(spans);
}

static void effects(void **state)
{
    struct policy_request request = bash("cat a > b; curl https://h.example", POLICY_CAREFUL);
    struct policy_verdict verdict;
    (void)state;
    policy_judge(&request, &verdict);
    assert_string_equal(verdict.programs[0], "cat");
    assert_string_equal(verdict.read[0], "/workspace/a");
    assert_string_equal(verdict.written[0], "/workspace/b");
    assert_string_equal(verdict.hosts[0], "h.example");
    assert_true(verdict.effects & EFFECT_NETWORK);
    policy_verdict_release(&verdict);
    request = bash("cat a > b", POLICY_CAREFUL);
    policy_judge(&request, &verdict);
    assert_string_equal(verdict.nearest, "careful:reading, but it writes files (b)");
    policy_verdict_release(&verdict);
}

/* What cannot be read to its end is not run, in no mode. */
/* Names and operations right at the end of the text. */
static void cut_off(void **state)
{
    static const char *const scripts[] = { "for i in $vacuum",
                                           "for i in {1..10t -s a:$vacuum",
                                           "echo ${x:1 $(",
                                           "echo ${x[1",
                                           "echo $x",
                                           "x=",
                                           "a[1" };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
        struct policy_request request = bash(scripts[i], POLICY_CAREFUL);
        assert_int_not_equal(judge(&request), VERDICT_DENY);
    }
}

/* What is denied, or asked for by a rule, has no rule that would have allowed it. */
static void nearest(void **state)
{
    static const struct {
        const char *script;
        enum verdict verdict;
        bool near;
    } rows[] = { { "make -f other", VERDICT_ASK, true },
                 { "make test; rm -rf /", VERDICT_DENY, false },
                 { "make -f /etc/shadow", VERDICT_DENY, false },
                 { "make push -f x", VERDICT_DENY, false } };
    struct rule_set set = RULE_SET_INIT;
    (void)state;
    add(&set, VERDICT_ALLOW, RULE_COMMAND, "make");
    add(&set, VERDICT_DENY, RULE_COMMAND, "make push");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct rule_set *const sets[] = { &set };
        struct policy_request request = bash(rows[i].script, POLICY_RULES);
        struct policy_verdict verdict;
        request.rules = sets;
        request.rule_set_count = 1;
        policy_judge(&request, &verdict);
        if (verdict.verdict != rows[i].verdict || (verdict.nearest != NULL) != rows[i].near)
            fail_msg("%s: %s", rows[i].script, verdict.nearest ? verdict.nearest : verdict.reason);
        policy_verdict_release(&verdict);
    }
    rule_set_release(&set);
}

/* What doubles itself is not followed to its end, in no mode; what stands behind it is looked at all the same. */
static void too_much(void **state)
{
    static const struct {
        const char *behind;
        enum verdict verdict;
    } rows[] = { { "ls", VERDICT_ASK },
                 { "rm -rf /", VERDICT_DENY },
                 { "y=/; rm -rf \"$y\"", VERDICT_DENY },
                 { "rm -rf $(echo /)", VERDICT_DENY },
                 { "bash -c 'rm -rf \"/\"'", VERDICT_DENY } };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer script = BUFFER_INIT;
        buffer_append_text(&script, "x=aaaaaaaaaaaaaaaa;");
        for (int twice = 0; twice < 60; twice++)
            buffer_append_text(&script, "x=$x$x;");
        buffer_append_text(&script, rows[i].behind);
        struct policy_request request = bash(script.data, POLICY_AUTO);
        struct policy_verdict verdict;
        policy_judge(&request, &verdict);
        assert_true(verdict.over_budget);
        assert_int_equal(verdict.verdict, rows[i].verdict);
        policy_verdict_release(&verdict);
        buffer_release(&script);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),         cmocka_unit_test(files_and_hosts), cmocka_unit_test(tools),
        cmocka_unit_test(tool_files),       cmocka_unit_test(sandboxed),       cmocka_unit_test(facts),
        cmocka_unit_test(facts_of_folders), cmocka_unit_test(examples),        cmocka_unit_test(proposals),
        cmocka_unit_test(explained),        cmocka_unit_test(coloured),        cmocka_unit_test(effects),
        cmocka_unit_test(too_much),         cmocka_unit_test(nearest),         cmocka_unit_test(cut_off),
    };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
