/* The built-in tools, each call a real one in a real sandbox: what the model is told. */
#include "tests/unit/session_bench.h"

#include "agent/tools.h"

static int setup(void **state)
{
    struct bench *bench = xmalloc(sizeof *bench);

    bench_make(bench);
    bench_set(bench, "approval.mode", "auto");
    *state = bench;
    return 0;
}

struct row {
    const char *tool;
    const char *arguments; /* JSON with ' for " */
    const char *result;    /* the whole of it; with a * at the end: how it begins, before it: how it ends */
};

static char *with_quotes(const char *text)
{
    char *copy = xstrdup(text);

    for (char *at = copy; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return copy;
}

static void expect_result(const char *result, const char *expected)
{
    size_t length = strlen(expected);

    if (*expected == '*') {
        size_t tail = length - 1;
        if (strlen(result) < tail || strcmp(result + strlen(result) - tail, expected + 1) != 0)
            fail_msg("\"%s\" does not end with \"%s\"", result, expected + 1);
    } else if (expected[length - 1] == '*') {
        if (strncmp(result, expected, length - 1) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", result, expected);
    } else {
        assert_string_equal(result, expected);
    }
}

/* Opens a session whose model makes all these calls in one answer, and compares what came back. */
static void play(struct bench *bench, const struct row *rows, size_t count)
{
    struct buffer script = BUFFER_INIT;

    buffer_append_text(&script, "{\"calls\":[");
    for (size_t i = 0; i < count; i++) {
        char *arguments = with_quotes(rows[i].arguments);
        buffer_append_format(&script, "%s{\"tool\":\"%s\",\"arguments\":%s}", i ? "," : "", rows[i].tool,
                             arguments);
        free(arguments);
    }
    buffer_append_text(&script, "]}\n{\"text\":\"Well.\"}");
    bench_replay(bench, script.data);
    bench_open(bench, NULL);
    say(bench, "Go");
    wait_idle(bench);
    for (size_t i = 0; i < count; i++)
        expect_result(call_of(bench, (int64_t)i + 1)->result, rows[i].result);
    buffer_release(&script);
}

#define PLAY(bench, rows) play(bench, rows, ARRAY_SIZE(rows))

static void test_run_command(void **state)
{
    static const struct row rows[] = {
        { "run_command", "{'command':'echo out; echo err >&2; exit 3'}", "out\nerr\nexit code 3" },
        { "run_command", "{'command':'cat; echo end'}", "end\nexit code 0" },
        { "run_command", "{'command':'read x; echo \\u0027got\\u0027 $?'}", "got 1\nexit code 0" },
        { "run_command", "{'command':'printf no-newline'}", "no-newline\nexit code 0" },
        { "run_command", "{'command':':'}", "(no output)\nexit code 0" },
        { "run_command", "{'command':'kill -9 $$'}", "(no output)\nKilled by signal 9" },
        { "run_command", "{'command':'echo a; sleep 1000','timeout':0.2}",
          "a\nTimed out: it and everything that it had started was killed." },
        { "run_command", "{'command':'sleep 77 >/dev/null 2>&1 & echo x'}",
          "x\nexit code 0\nLeft running:\n*" },
        { "run_command", "{'command':'pwd','cwd':'/tmp'}", "/tmp\nexit code 0" },
        { "run_command", "{'command':'pwd; mkdir d'}", "/workspace\nexit code 0" },
        { "run_command", "{'command':'pwd','cwd':'d'}", "/workspace/d\nexit code 0" },
        { "run_command", "{'command':'pwd','cwd':'nowhere'}", "(no output)\nIt did not run to an end: *" },
        { "run_command", "{'command':'printf \\u0027a\\\\377\\\\000b\\u0027'}",
          "a\xef\xbf\xbd\xe2\x90\x80"
          "b\nexit code 0" },
        { "run_command", "{'command':'exit 256'}", "(no output)\nexit code 0" },
        { "run_command", "{'command':'if'}", "*exit code 2" },
        { "run_command", "{'command':'ls','timeout':100000}",
          "A time-out of 100000 s is over the limit of *" },
    };

    PLAY(*state, rows);
}

static void test_run_python(void **state)
{
    static const struct row rows[] = {
        { "run_python", "{'code':'1 + 1'}", "=> 2\nexit code 0" },
        { "run_python", "{'code':'x = 3\\nprint(\\u0027a\\u0027)\\nx'}", "a\n=> 3\nexit code 0" },
        { "run_python", "{'code':'None'}", "(no output)\nexit code 0" },
        { "run_python", "{'code':''}", "(no output)\nexit code 0" },
        { "run_python", "{'code':'import sys\\nsys.exit(4)'}", "(no output)\nexit code 4" },
        { "run_python", "{'code':'import sys\\nsys.exit()'}", "(no output)\nexit code 0" },
        { "run_python", "{'code':'raise SystemExit(\\u0027bye\\u0027)'}", "bye\nexit code 1" },
        { "run_python", "{'code':'def f():\\n    return 1 // 0\\nf()'}",
          "Traceback (most recent call last):\n  File \"<code>\", line 3, in <module>\n    f()\n"
          "  File \"<code>\", line 2, in f\n    return 1 // 0\n           ~~^^~~\n"
          "ZeroDivisionError: integer division or modulo by zero\nexit code 1" },
        { "run_python", "{'code':'x = ('}", "  File \"<code>\", line 1\n*" },
        { "run_python", "{'code':'import sys\\nsys.stdout.buffer.write(b\\u0027\\\\xff\\\\n\\u0027)'}",
          "\xef\xbf\xbd\n=> 2\nexit code 0" },
        { "run_python", "{'code':'import sys\\nprint(sys.argv, __name__)'}",
          "['<code>'] __main__\nexit code 0" },
        { "run_python", "{'code':'import sys\\nprint(\\u0027e\\u0027, file=sys.stderr)\\n5'}",
          "*exit code 0" },
        { "run_python", "{'code':'class A:\\n    def __repr__(self):\\n        raise ValueError(1)\\nA()'}",
          "*ValueError: 1\nexit code 1" },
        { "run_python", "{'code':'\\u0027\\u2603\\u0027'}", "=> '\xe2\x98\x83'\nexit code 0" },
        { "run_python", "{'code':'raise KeyboardInterrupt'}", "*KeyboardInterrupt\nexit code 1" },
        { "run_python", "{'code':'import time\\ntime.sleep(1000)','timeout':0.5}", "*was killed." },
    };

    PLAY(*state, rows);
}

#define RUN(script)                                               \
    {                                                             \
        "run_command", "{'command':'" script "'}", "*exit code 0" \
    }

static void test_read_file(void **state)
{
    static const struct row rows[] = {
        RUN("seq 5 >five; : >empty; printf \\u0027a\\\\0b\\u0027 >binary; printf \\u0027x\\\\ny\\u0027 "
            ">open"),
        RUN("head -c 3000 /dev/zero | tr \\u0027\\\\0\\u0027 a >long; echo >>long; echo end >>long; mkdir "
            "folder; seq 5000 >many"),
        RUN("for i in $(seq 2500); do echo \\u0027a line of some length, to fill the answer: "
            "0123456789\\u0027; done >wide"),
        RUN("seq 1000000 >huge; printf \\u0027\\\\xff\\\\xfe ok\\\\n\\u0027 >bad; ln -s five link; ln -s "
            "nowhere gone"),
        { "read_file", "{'path':'five'}", "1\n2\n3\n4\n5\n" },
        { "read_file", "{'path':'/workspace/./x/../five','offset':4}", "4\n5\n" },
        { "read_file", "{'path':'five','offset':2,'limit':2}",
          "2\n3\n(shown: lines 2 to 3 of 5; read on with offset 4)" },
        { "read_file", "{'path':'five','offset':6}", "(the file has 5 lines; there is none from 6 on)" },
        { "read_file", "{'path':'five','limit':5}", "1\n2\n3\n4\n5\n" },
        { "read_file", "{'path':'five','offset':9223372036854775807,'limit':9223372036854775807}",
          "(the file has 5 lines; there is none from 9223372036854775807 on)" },
        { "read_file", "{'path':'open'}", "x\ny\n" },
        { "read_file", "{'path':'empty'}", "(the file is empty)" },
        { "read_file", "{'path':'empty','offset':3}", "(the file is empty)" },
        { "read_file", "{'path':'binary'}",
          "/workspace/binary is a binary file of 3 bytes; look at it with a command (file, xxd)" },
        { "read_file", "{'path':'long','offset':2}", "end\n" },
        { "read_file", "{'path':'long'}", "* ... (1000 more bytes in this line)\nend\n" },
        { "read_file", "{'path':'many'}",
          "*2000\n(shown: lines 1 to 2000 of 5000; read on with offset 2001)" },
        { "read_file", "{'path':'wide'}", "*of 2500; read on with offset 608)" },
        { "read_file", "{'path':'huge','offset':999998}", "999998\n999999\n1000000\n" },
        { "read_file", "{'path':'huge','offset':500000,'limit':1}",
          "500000\n(shown: lines 500000 to 500000; the file goes on, it has 6888896 bytes; read on with "
          "offset "
          "500001)" },
        { "read_file", "{'path':'bad'}", "\xef\xbf\xbd\xef\xbf\xbd ok\n" },
        { "read_file", "{'path':'link','limit':1,'offset':5}", "5\n" },
        { "read_file", "{'path':'missing'}",
          "/workspace/missing could not be read: No such file or directory" },
        { "read_file", "{'path':'gone'}", "/workspace/gone could not be read: No such file or directory" },
        { "read_file", "{'path':'folder'}", "/workspace/folder could not be read: it is a folder" },
        { "read_file", "{'path':'five/x'}", "/workspace/five/x could not be read: Not a directory" },
        { "read_file", "{'path':'/dev/zero'}", "/dev/zero could not be read: *" },
        { "read_file", "{'path':'../etc/shadow'}", "Denied by the policy: It reads files that hold credentials." },
    };

    PLAY(*state, rows);
}

/* What was left out of an output can be read by the name that the result gives. */
static void test_read_output(void **state)
{
    static const struct row rows[] = {
        { "run_command", "{'command':'seq 200000'}", "*199999\n200000\nexit code 0" },
        { "read_file", "{'path':'output:1','offset':100000,'limit':2}",
          "100000\n100001\n(shown: lines 100000 to 100001; the file goes on, it has 1288895 bytes; read on "
          "with "
          "offset 100002)" },
        { "read_file", "{'path':'output:1','offset':200000}", "200000\n" },
        { "read_file", "{'path':'output:9'}", "There is no output:9" },
        { "read_file", "{'path':'output:1/../../x'}", "/x could not be read: No such file or directory" },
    };
    struct bench *bench = *state;

    PLAY(bench, rows);
    assert_contains(call_of(bench, 1)->result, "the whole output can be read as output:1]");
    assert_true(strlen(call_of(bench, 1)->result) < 33 * 1024);
}

static void test_list_directory(void **state)
{
    static const struct row rows[] = {
        { "list_directory", "{}", "(empty)" },
        RUN("mkdir -p d/e; echo 12 >d/f; ln -s f d/l; ln -s /nowhere d/m; mkfifo d/p; echo >d/.h"),
        { "list_directory", "{'path':'d'}", ".h  1 bytes\ne/\nf  3 bytes\nl -> f\nm -> /nowhere\np\n" },
        { "list_directory", "{'path':'d/f'}", "/workspace/d/f could not be listed: Not a directory" },
        { "list_directory", "{'path':'missing'}",
          "/workspace/missing could not be listed: No such file or directory" },
        RUN("mkdir h; cd h; touch $\\u0027a\\\\nb\\u0027 $\\u0027\\\\e[2J\\u0027 $\\u0027\\\\xff\\u0027 "
            "$\\u0027\\\\xe2\\\\x80\\\\xaerev\\u0027; ln -s $\\u0027\\\\e]0;x\\\\a\\u0027 z"),
        { "list_directory", "{'path':'h'}", "*" },
        RUN("mkdir many; cd many; seq 5000 | xargs touch"),
        { "list_directory", "{'path':'many'}", "* more entries are left out)" },
    };
    struct bench *bench = *state;

    PLAY(bench, rows);
    const char *hostile = call_of(bench, 7)->result;
    for (const char *at = hostile; *at; at++)
        assert_true((unsigned char)*at >= ' ' || *at == '\n');
    assert_null(strstr(hostile, "\xe2\x80\xae"));
    size_t lines = 0;
    for (const char *at = hostile; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 5);
    assert_true(strlen(call_of(bench, 9)->result) < 34 * 1024);
}

static void test_write_file(void **state)
{
    static const struct row rows[] = {
        { "write_file", "{'path':'a/b/c','content':'one\\n'}", "/workspace/a/b/c was created (4 bytes)" },
        { "write_file", "{'path':'a/b/c','content':''}", "/workspace/a/b/c was replaced (0 bytes)" },
        { "write_file", "{'path':'a/b/c','content':'two'}", "/workspace/a/b/c was replaced (3 bytes)" },
        { "write_file", "{'path':'a','content':'x'}",
          "It cannot be changed: /workspace/a could not be read: it is a folder" },
        { "write_file", "{'path':'/usr/x','content':'x'}", "Denied by the policy: It writes outside the workspace." },
        { "write_file", "{'path':'a/b/c/d','content':'x'}", "*Not a directory" },
        RUN("cat a/b/c; chmod 750 a/b/c"),
        { "write_file", "{'path':'a/b/c','content':'#!/bin/sh\\n'}",
          "/workspace/a/b/c was replaced (10 bytes)" },
        { "run_command", "{'command':'stat -c %a a/b/c'}", "750\nexit code 0" },
    };
    struct bench *bench = *state;

    PLAY(bench, rows);
    assert_int_equal(count_events(bench, EVENT_FILE), 4);
}

static void test_edit_file(void **state)
{
    static const struct row rows[] = {
        RUN("printf \\u0027one two one\\\\n\\u0027 >f; : >empty; printf \\u0027a\\\\0b a\\u0027 >binary"),
        { "edit_file", "{'path':'f','old':'two','new':'2'}", "/workspace/f was replaced (10 bytes)" },
        { "edit_file", "{'path':'f','old':'one','new':'1'}",
          "\"old\" occurs 2 times in /workspace/f; give more of the text around it, or set \"all\"" },
        { "edit_file", "{'path':'f','old':'one','new':'1','all':true}",
          "/workspace/f was replaced (6 bytes)" },
        { "edit_file", "{'path':'f','old':'three','new':'3'}",
          "\"old\" does not occur in /workspace/f; read the file again and give the text exactly as it "
          "stands "
          "there, white space included" },
        { "edit_file", "{'path':'f','old':'1','new':'1','all':true}",
          "\"old\" and \"new\" are the same: nothing would change" },
        { "edit_file", "{'path':'f','old':'','new':'1'}",
          "\"old\" is empty; give the exact text that is to be replaced" },
        { "edit_file", "{'path':'missing','old':'a','new':'b'}",
          "/workspace/missing does not exist; write_file can create it" },
        { "edit_file", "{'path':'empty','old':'a','new':'b'}",
          "\"old\" does not occur in /workspace/empty*" },
        { "edit_file", "{'path':'binary','old':'b a','new':'c'}",
          "/workspace/binary was replaced (3 bytes)" },
        { "run_command", "{'command':'cat f; od -An -c binary'}", "1 2 1\n   a  \\0   c\nexit code 0" },
        { "edit_file", "{'path':'f','old':'1 2 1\\n','new':''}", "/workspace/f was replaced (0 bytes)" },
    };

    PLAY(*state, rows);
}

/* An edit that would blow a file up is refused, not cut. */
static void test_edit_grows(void **state)
{
    struct bench *bench = *state;
    char *filler = xmalloc(20001);

    memset(filler, 'b', 20000);
    filler[20000] = '\0';
    char *arguments = xasprintf("{'path':'f','old':'a','new':'%s','all':true}", filler);
    const struct row rows[] = {
        RUN("head -c 1000 /dev/zero | tr \\u0027\\\\0\\u0027 a >f"),
        { "edit_file", arguments,
          "/workspace/f would become larger than 16 MiB, which this tool cannot write" },
        { "run_command", "{'command':'wc -c <f'}", "1000\nexit code 0" },
    };
    PLAY(bench, rows);
    free(arguments);
    free(filler);
}

/* --- the table --- */

static void test_table(void **state)
{
    const struct tool *tool;

    (void)state;
    for (size_t i = 0; (tool = tools_at(i)) != NULL; i++) {
        struct json *schema = json_parse(tool->schema, strlen(tool->schema), NULL);
        assert_non_null(schema);
        assert_string_equal(json_get_text(schema, "type"), "object");
        assert_false(json_get_boolean(schema, "additionalProperties", true));
        for (size_t k = 0; k < json_count(json_get(schema, "required")); k++)
            assert_non_null(json_get(json_get(schema, "properties"),
                                     json_text(json_at(json_get(schema, "required"), k))));
        assert_true(!tool->code_member || json_get(json_get(schema, "properties"), tool->code_member));
        assert_ptr_equal(tool_find(tool->name), tool);
        assert_true(*tool->description && tool->plan && tool->summary && tool->touches);
        json_free(schema);
    }
    assert_null(tool_find("nothing"));
    assert_null(tool_find(""));
}

static void test_summaries(void **state)
{
    static const struct {
        const char *tool, *arguments, *summary;
    } rows[] = {
        { "run_command", "{'command':'ls -l'}", "ls -l" }, { "list_directory", "{}", "." },
        { "list_directory", "{'path':''}", "." },          { "read_file", "{'path':'a/b'}", "a/b" },
        { "run_command", "{'comman", "{\"comman" },        { "nothing", "{'a':1}", "{\"a\":1}" },
        { "read_file", "{'path':1}", "{\"path\":1}" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *arguments = with_quotes(rows[i].arguments), *summary = tool_summary(rows[i].tool, arguments);
        assert_string_equal(summary, rows[i].summary);
        free(summary);
        free(arguments);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run_command, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_run_python, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_read_file, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_read_output, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_list_directory, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_write_file, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_edit_file, setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_edit_grows, setup, bench_teardown),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_summaries),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/tools", tests, NULL, NULL);
}
