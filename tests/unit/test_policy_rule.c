/* test_policy_rule.c - patterns, and rules as data. */
#include "policy/rule.h"

#include "base/error.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void words(void **state)
{
    static const struct {
        const char *pattern, *word;
        bool matches;
    } rows[] = {
        { "git", "git", true },
        { "git", "gitk", false },
        { "git*", "gitk", true },
        { "g?t", "git", true },
        { "pip|pip3", "pip3", true },
        { "pip|pip3", "pip4", false },
        { "*", "", true },
        { "?", "", false },
        { "a*b*c", "axbxbc", true },
        { "a*b*c", "axbxb", false },
        { "", "", true },
        { "a|", "", true },
        { "*test*", "run-tests", true },
        { "*.py", "x.py.txt", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (pattern_matches_word(rows[i].pattern, rows[i].word) != rows[i].matches)
            fail_msg("%s against %s", rows[i].pattern, rows[i].word);
}

static void paths(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } rows[] = {
        { "~/.ssh", "/root/.ssh/id_rsa", true },
        { "~/.ssh/", "/root/.ssh", true },
        { "~/.ssh", "/root/.sshx", false },
        { "~", "/root/x", true },
        { "/etc/*", "/etc/passwd", true },
        { "/etc/*", "/etc/ssl/key", true }, /* a folder covers what is below it */
        { "/etc/*.conf", "/etc/a/b.conf", false },
        { "/etc/**/*.conf", "/etc/a/b/c.conf", true },
        { "/etc/**/*.conf", "/etc/c.conf", true },
        { "/proc/*/environ", "/proc/self/environ", true },
        { "/proc/*/environ", "/proc/1/task/2/environ", false },
        { "/proc/**/environ", "/proc/1/task/2/environ", true },
        { ".env", "/workspace/a/.env", true },
        { ".env", "/workspace/.env.example", false },
        { "**/.env.*", "/workspace/a/.env.local", true },
        { "**/a/b", "/x/y/a/b", true },
        { "**/a/b", "/x/y/za/b", false },
        { "src/**", "/workspace/src/x/y", true },
        { "./src", "/workspace/src/x", true },
        { "src/*.c", "/other/src/x.c", false },
        { ".", "/workspace/x", true },
        { "!.", "/workspace/x", false },
        { "!.", "/etc/x", true },
        { "/", "/etc", true },
        { "/**", "/etc", true },
        { "/a/**/b/*c", "/a/b/x/b/yc", true },
        { "/a/**/b/*c", "/a/b/x/b/yd", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (pattern_matches_path(rows[i].pattern, rows[i].path, "/root", "/workspace") != rows[i].matches)
            fail_msg("%s against %s", rows[i].pattern, rows[i].path);
    const char *const mixed[] = { "~/.config/**", "!~/.config/sandgate", "!**/public", NULL };
    assert_true(patterns_match_path(mixed, "/root/.config/x", "/root", NULL));
    assert_false(patterns_match_path(mixed, "/root/.config/sandgate/x", "/root", NULL));
    assert_false(patterns_match_path(mixed, "/root/.config/a/public", "/root", NULL));
    assert_false(patterns_match_path(mixed, "/root/x", "/root", NULL));
    const char *const outside[] = { "!.", "!/tmp", NULL };
    assert_true(patterns_match_path(outside, "/etc/x", "/root", "/workspace"));
    assert_false(patterns_match_path(outside, "/tmp/x", "/root", "/workspace"));
}

static void sets(void **state)
{
    struct rule_set set = RULE_SET_INIT;
    struct error error = ERROR_INIT;
    (void)state;
    struct rule *rule = rule_set_add(&set, VERDICT_ALLOW, RULE_COMMAND, SCOPE_USER, "policy.yaml", 7);
    assert_false(rule_check(rule, &error));
    error_clear(&error);
    assert_false(rule_set_words(rule, "  ", &error));
    error_clear(&error);
    assert_true(rule_set_words(rule, " git stash  list $", NULL));
    assert_true(rule_check(rule, NULL));
    assert_string_equal(rule->programs[0], "git");
    assert_string_equal(rule->words[1], "list");
    assert_non_null(rule->arguments);
    assert_null(rule->arguments[0]);
    char *where = rule_where(rule), *text = rule_text(rule);
    assert_string_equal(where, "policy.yaml:7");
    assert_string_equal(text, "allow git stash list");
    free(where);
    free(text);
    rule = rule_set_add(&set, VERDICT_DENY, RULE_FILE, SCOPE_FLOOR, NULL, 0);
    rule->name = xstrdup("credentials");
    rule->access = ACCESS_READ;
    rule_texts_add(&rule->paths, "~/.ssh");
    where = rule_where(rule);
    text = rule_text(rule);
    assert_string_equal(where, "floor:credentials");
    assert_string_equal(text, "deny reading ~/.ssh");
    free(where);
    free(text);
    rule_set_release(&set);
    assert_int_equal(set.count, 0);
}

static void names(void **state)
{
    enum verdict verdict;
    unsigned effect;
    (void)state;
    assert_true(verdict_from_name("deny", &verdict) && verdict == VERDICT_DENY);
    assert_false(verdict_from_name("Deny", &verdict));
    for (unsigned i = 0; i < EFFECT_COUNT; i++)
        assert_true(effect_from_name(effect_name((enum policy_effect)(1u << i)), &effect) &&
                    effect == 1u << i);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(words), cmocka_unit_test(paths),
                                        cmocka_unit_test(sets), cmocka_unit_test(names) };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
