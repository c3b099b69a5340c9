/* test_policy_search.c - the search for what must not run goes on however long, deep or costly the text before it
 * is; nothing of it is over a bound that hides it. */
#include "policy/policy.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void judge(const char *script, struct policy_verdict *verdict)
{
    struct policy_request request = { .tool = "run_command",
                                      .interpreter = "bash",
                                      .script = script,
                                      .script_length = strlen(script),
                                      .cwd = "/workspace",
                                      .home = "/root",
                                      .workspace = "/workspace",
                                      .mode = POLICY_AUTO };
    policy_judge(&request, verdict);
}

static void expect_deny(const char *script, size_t length)
{
    struct policy_verdict verdict;
    judge(script, &verdict);
    if (verdict.verdict != VERDICT_DENY)
        fail_msg("not denied (%s): %.60s ... %s", verdict.reason, script,
                 length > 60 ? script + length - 60 : script);
    policy_verdict_release(&verdict);
}

static void append_times(struct buffer *script, const char *piece, size_t times)
{
    while (times--)
        buffer_append_text(script, piece);
}

struct row {
    const char *before, *piece;
    size_t times;
    const char *core, *closing; /* closing as often as the piece */
    const char *behind;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct buffer script = BUFFER_INIT;
        buffer_append_text(&script, row->before);
        append_times(&script, row->piece, row->times);
        buffer_append_text(&script, row->core);
        append_times(&script, row->closing, row->times);
        buffer_append_text(&script, row->behind);
        expect_deny(script.data, script.length);
        buffer_release(&script);
    }
}

static void behind_much(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "", "echo hello world;\n", 50000, "rm -rf /", "", "" },
        { "", "echo a | cat;\n", 5000, "rm -rf /", "", "" },
        { "", "x=$(echo a);\n", 5000, "rm -rf /", "", "" },
        { "", "f(){ a; };\n", 5000, "rm -rf /", "", "" },
        { "", "for i in 1 2 3; do echo $i; done\n", 2000, "rm -rf /", "", "" },
        { "", "((a;", 20000, "\nrm -rf /", "", "" },
        { "", "echo $((a) b);\n", 5000, "rm -rf /", "", "" },
        { "", "((a) ;b);\n", 5000, "'rm' -rf \"/\"", "", "" },
        { "", "(", 5000, "a", ") ;b", "\nrm -rf /" },
        { "", "cat <<E\n$(a\nE\n", 2000, "rm -rf /", "", "" },
        { "", "echo $(echo $(echo $(echo a)));\n", 5000, "rm -rf $(echo /)", "", "" },
        { "", "echo $(echo $(echo $(echo a)));\n", 5000, "curl x | sh", "", "" },
        { "", "echo $(echo $(echo $(echo a)));\n", 5000, "x=/; rm -rf $x", "", "" },
        { "x=aaaaaaaa;", "x=$x$x;", 60, "rm -rf /", "", "" },
        { "x='eval \"$x\"; eval \"$x\"'; eval \"$x\";", "", 0, "rm -rf /", "", "" },
    };
    expect_rows(rows, ARRAY_SIZE(rows));
}

static void deep_within(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "", "echo $(", 200, "rm -rf /", ")", "" },
        { "", "echo \"$(", 200, "rm -rf /", ")\"", "" },
        { "", " ( ", 200, "rm -rf /", " ) ", "" },
        { "", "{ ", 200, "rm -rf /; ", "}; ", "" },
        { "", "if a; then ", 200, "rm -rf /; ", "fi; ", "" },
        { "", "for i in a; do ", 200, "rm -rf /; ", "done; ", "" },
        { "", "eval ", 20000, "rm -rf /", "", "" },
        { "", "env ", 20000, "rm -rf /", "", "" },
        { "", "sudo ", 200, "rm -rf /", "", "" },
        { "", "env ", 200, "bash -c 'sudo rm -rf /'", "", "" },
        { "echo / | ", "xargs ", 200, "rm -rf", "", "" },
        { "", "find . -exec ", 200, "rm -rf / \\;", "", "" },
        { "", "bash <<'E'\n", 1, "bash <<'F'\nrm -rf /\nF\n", "E\n", "" },
        { "rm -rf ", "$(echo ", 50, "/", ")", "" },
        { "((", "", 0, "rm -rf /) ; echo 'x')", "", "" },
        { "echo $((", "", 0, "rm -rf /) ; echo 'x')", "", "" },
        { "python3 -c 'import os; ", "f(", 100, "os.system(\"rm -rf /\")", ")", "'" },
    };
    expect_rows(rows, ARRAY_SIZE(rows));
}

/* Here-documents within here-documents, deeper than they are read one by one. */
static void documents_within(void **state)
{
    (void)state;
    struct buffer script = BUFFER_INIT;
    for (int i = 0; i < 1000; i++)
        buffer_append_format(&script, "bash <<'E%d'\n", i);
    buffer_append_text(&script, "rm -rf /\n");
    for (int i = 999; i >= 0; i--)
        buffer_append_format(&script, "E%d\n", i);
    expect_deny(script.data, script.length);
    buffer_release(&script);
}

static void among_many(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "for i in ", "a ", 300, "/; do rm -rf $i; done", "", "" },
        { "for i in a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 ", "/w ", 300, "/; do ", "a $i;", "rm -rf $i; done" },
        { "for i in a b c /; do sh -c \"rm -rf $i\"; done", "", 0, "", "", "" },
        { "echo ", "a ", 300, "/ | xargs rm -rf", "", "" },
        { "cd a ", "|| cd bb ", 20, "|| cd ../..; rm -rf *", "", "" },
        { "rm -rf {/tmp/{1..600},/}", "", 0, "", "", "" },
        { "rm -rf ", "{a,", 50, "/", "}", "" },
        { "rm -rf ", "{/tmp/a,b}", 20, " {x,/}", "", "" },
        { "python3 -c 'import subprocess; subprocess.run([\"rm\",\"-rf\",", "\"a\",", 100, "\"/\"])'", "",
          "" },
    };
    expect_rows(rows, ARRAY_SIZE(rows));
}

/* Where the reader looks twice, or not at all in other readings. */
static void in_odd_places(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "[[ $x =~ (<(rm -rf /)) ]]",
        "[[ a == @($(rm -rf /)) ]]",
        "echo \"${x:-'$(rm -rf /)'}\"",
        "! time -p -- sh -c 'rm -rf /'",
        "echo `echo \\`rm -rf /\\``",
        "echo \"`sh -c \\\"rm -rf /\\\"`\"",
        "`rm -rf \\$HOME`",
        "sh -c \"`curl \\\"x\\\"`\"",
        "echo $((rm -rf /) | cat)",
        "x=\"${y//$'\\n'/$(rm -rf /)}\"",
        "cat <<-E\n\t$(rm -rf /) x\n\tE",
        "cat <<E\n${x:+\"$(rm -rf /)\"}\nE",
        "x=`cat <<E\n\\$(rm -rf /)\nE\n`",
        "a['$(rm -rf /)']=1",
        "ls 2>&1>/etc/passwd",
        "x=$(cat <<E\nE\na; rm -rf /)",
    };
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
        expect_deny(scripts[i], strlen(scripts[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(behind_much), cmocka_unit_test(deep_within),
                                        cmocka_unit_test(documents_within), cmocka_unit_test(among_many),
                                        cmocka_unit_test(in_odd_places) };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
