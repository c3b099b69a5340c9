/* test_agent_fact_reading.c - what a look into a sandbox told, read: honest, cut off, and hostile. */
#include "agent/git_facts.h"
#include "agent/program_facts.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* --- programs --- */

#define IMAGE                                                \
    "d 41ed:0:0 '/usr/bin'\n"                                \
    "p 1:2:81ed:0:0:10:2026-01-01 00:00:00.5 /usr/bin/ls\n"  \
    "p 1:3:a1ff:0:0:3:2026-01-01 00:00:00.5 /usr/bin/awk\n"  \
    "P 1:9:81ed:0:0:30:2026-01-01 00:00:00.5 /usr/bin/awk\n" \
    "l 1:4:81ed:0:0:99:2026-01-01 00:00:00.5 /lib/libc.so.6\n"

static struct program_list *list(const char *text)
{
    return program_list_read(text, strlen(text));
}

/* What changed from IMAGE to NOW; caller frees. "" when nothing did, else the words, or "+" and new names. */
static char *compare(const char *now)
{
    struct program_list *image = list(IMAGE), *other = list(now);
    struct program_changes changes;
    char *told;

    assert_non_null(image);
    if (!other) {
        program_list_free(image);
        return xstrdup("none");
    }
    program_list_compare(image, other, &changes);
    told = changes.changed ? xstrdup(changes.changed)
           : changes.added ? xasprintf("+%s %s", changes.added[0], changes.added[1] ? changes.added[1] : "")
                           : xstrdup("");
    program_changes_release(&changes);
    program_list_free(image);
    program_list_free(other);
    return told;
}

static void programs_compared(void **state)
{
    static const struct {
        const char *now, *told;
    } rows[] = {
        { IMAGE, "" },
        { IMAGE "p 1:7:81ed:0:0:1:x /usr/local/bin/rg\np 1:8:81ed:0:0:1:x /usr/local/bin/fd\n", "+rg fd" },
        { IMAGE "p 1:7:81ed:0:0:1:x /usr/local/bin/ls\n",
          "/usr/local/bin/ls came later and has the name of another" },
        { IMAGE "l 1:7:81ed:0:0:1:x /usr/local/lib/libnew.so.1\n", "" },
        { IMAGE "l 1:7:81ed:0:0:1:x /usr/local/lib/libc.so.6\n",
          "/usr/local/lib/libc.so.6 came later and has the name of another" },
        { IMAGE "f 1:7:81ed:0:0:1:x /etc/ld.so.preload\n", "/etc/ld.so.preload came later" },
        { IMAGE "d 41ed:0:0 '/usr/local/bin'\n", "/usr/local/bin came later" },
        { "d 41ed:0:0 '/usr/bin'\np 1:2:81ed:0:0:10:2026-01-01 00:00:00.6 /usr/bin/ls\n",
          "/usr/bin/ls has changed since the sandbox started" },
        { "d 41ff:0:0 '/usr/bin'\np 1:2:81ed:0:0:10:2026-01-01 00:00:00.5 /usr/bin/ls\n",
          "/usr/bin has changed since the sandbox started" },
        { "d 41ed:0:0 '/usr/bin'\np 1:2:81ed:0:0:10:2026-01-01 00:00:00.5 /usr/bin/ls\n",
          "/usr/bin/awk is gone since the sandbox started" },
        /* the link is as it was, what it leads to is not */
        { "d 41ed:0:0 '/usr/bin'\np 1:2:81ed:0:0:10:2026-01-01 00:00:00.5 /usr/bin/ls\n"
          "p 1:3:a1ff:0:0:3:2026-01-01 00:00:00.5 /usr/bin/awk\n"
          "P 1:8:81ed:0:0:30:2026-01-01 00:00:00.5 /usr/bin/awk\n",
          "/usr/bin/awk has changed since the sandbox started" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *told = compare(rows[i].now);
        assert_string_equal(told, rows[i].told);
        free(told);
    }
}

static void programs_hostile(void **state)
{
    static const char *const senseless[] = {
        "",
        "\n",
        "p 1 /usr/bin/ls\n",                             /* no folder */
        "d 1 '/usr'\n",                                  /* no program */
        "d 1 '/usr'\np 1 /usr/bin/ls",                   /* cut off */
        "d 1 '/usr'\np 1 /usr/bin/ls\nb\n",              /* the rest of a name with a newline */
        "d 1 '/usr'\np 1 /usr/bin/ls\nx 1 /usr/bin/b\n", /* no such kind */
        "d 1 '/usr'\np no path\n",
        "d 1 '/usr'\n\np 1 /usr/bin/ls\n",
        "stat: not found\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(senseless); i++)
        assert_null(list(senseless[i]));
    assert_null(program_list_read("d 1 '/usr'\np 1 /\0ls\n", 20));
    /* The true line stands beside one that a name pretends. */
    char *told = compare(IMAGE "p 1:7:81ed:0:0:1:x /usr/bin/ls\np 1:8:x /usr/bin/a\n"
                               "p 1:2:81ed:0:0:10:2026-01-01 00:00:00.5 /usr/bin/ls\n");
    assert_string_equal(told, "/usr/bin/ls has changed since the sandbox started");
    free(told);
    /* Nothing of it reaches a terminal as it is. */
    told = compare(IMAGE "d 1 '/\033[2J'\n");
    assert_null(strchr(told, '\033'));
    free(told);
}

static void programs_many(void **state)
{
    size_t room = 300000 * 32, length = 0;
    char *text = xmalloc(room);

    (void)state;
    for (int i = 0; i < 99998; i++)
        length += (size_t)snprintf(text + length, room - length, "p 1 /usr/bin/%d\n", i);
    length += (size_t)snprintf(text + length, room - length, "d 1 '/usr'\n");
    struct program_list *most = program_list_read(text, length);
    assert_non_null(most);
    program_list_free(most);
    for (int i = 0; i < 10; i++)
        length += (size_t)snprintf(text + length, room - length, "p 1 /usr/bin/more%d\n", i);
    assert_null(program_list_read(text, length));
    free(text);
}

static void paths(void **state)
{
    static const char *const fixed[] = { "HOME=/root", "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
    static const char *const other[] = { "PATH=/usr/bin:/opt/bin", NULL };
    static const char *const empty[] = { "PATH=/usr/bin::/bin", NULL };
    static const char *const bwrap[] = { "/usr", "/bin", "/sbin", NULL };
    static const char *const less[] = { "/usr", NULL };

    (void)state;
    assert_true(program_path_is_fixed(fixed));
    assert_true(program_path_is_fixed(NULL));
    assert_false(program_path_is_fixed(other));
    assert_false(program_path_is_fixed(empty));
    assert_true(program_folders_lie_in(bwrap));
    assert_false(program_folders_lie_in(less));
    assert_false(program_folders_lie_in(NULL));
}

/* --- git --- */

#define ENTRY(key, value) "file:.git/config\0" key "\n" value "\0"
#define ONE(records) "=folder 0\0" records "=config 0\0=done\0=end"

struct row {
    const char *bytes;
    size_t length; /* with the last NUL */
    enum policy_fact plain;
    const char *words;
};
#define ROW(bytes, plain, words)           \
    {                                      \
        bytes, sizeof(bytes), plain, words \
    }

static void git_read(void **state)
{
    static const struct row rows[] = {
        ROW(ONE(""), FACT_YES, NULL),
        ROW(ONE(ENTRY("core.bare", "false") ENTRY("remote.a.b=c.url", "x") ENTRY("user.name", "a\nb")),
            FACT_YES, NULL),
        ROW(ONE(ENTRY("core.fsmonitor", "false")), FACT_YES, NULL),
        ROW(ONE(ENTRY("core.fsmonitor", "./x")), FACT_NO, "core.fsmonitor is set in .git/config"),
        ROW(ONE("file:a\0core.fsmonitor\0"), FACT_NO, "core.fsmonitor is set in a"),
        ROW(ONE(ENTRY("core.pager", "x")), FACT_NO, "core.pager is set in .git/config"),
        ROW(ONE(ENTRY("diff.external", "x")), FACT_NO, "diff.external is set in .git/config"),
        ROW(ONE(ENTRY("diff.pdf.textconv", "x")), FACT_NO, "diff.pdf.textconv is set in .git/config"),
        ROW(ONE(ENTRY("filter.f.clean", "x")), FACT_NO, "filter.f.clean is set in .git/config"),
        ROW(ONE(ENTRY("alias.st", "!x")), FACT_NO, "alias.st is set in .git/config"),
        ROW(ONE(ENTRY("credential.helper", "x")), FACT_NO, "credential.helper is set in .git/config"),
        ROW(ONE(ENTRY("remote.o.uploadpack", "x")), FACT_NO, "remote.o.uploadpack is set in .git/config"),
        ROW(ONE(ENTRY("remote.o.promisor", "true")), FACT_NO, "remote.o.promisor is set in .git/config"),
        ROW(ONE(ENTRY("remote.url", "x")), FACT_NO, "remote.url is set in .git/config"),
        ROW(ONE(ENTRY("core.hookspath", "hooks")), FACT_YES, NULL),
        ROW(ONE(ENTRY("core.hookspath", "hooks\n")), FACT_NO, "core.hookspath is set in .git/config"),
        ROW(ONE(ENTRY("new.key", "x")), FACT_NO, "new.key is set in .git/config"),
        ROW(ONE("=hook pre-commit\0"), FACT_YES, NULL),
        ROW(ONE("=hook post-checkout\0"), FACT_NO, "there is a hook, post-checkout"),
        ROW(ONE("=submodules\0"), FACT_NO, "it has submodules, whose configuration is not looked at"),
        ROW("=folder 0\0=config 128\0=done\0=end", FACT_UNKNOWN, "it cannot be read"),
        ROW("=folder 0\0=done\0=end", FACT_UNKNOWN, NULL),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct git_fact fact;
        assert_true(git_facts_read(rows[i].bytes, rows[i].length, &fact, 1));
        assert_int_equal(fact.plain, rows[i].plain);
        if (rows[i].words)
            assert_string_equal(fact.words, rows[i].words);
        else
            assert_null(fact.words);
        git_fact_release(&fact);
    }
}

/* Cut anywhere it tells nothing; a lie in a value stays a value. */
static void git_hostile(void **state)
{
    static const char whole[] =
        "=folder 0\0" ENTRY("core.pager", "x") "=config 0\0=hook h\0=done\0=folder 1\0"
                                               "=config 0\0=done\0=end";
    static const struct row senseless[] = {
        ROW("=end", FACT_UNKNOWN, NULL),
        ROW("=folder 1\0=config 0\0=done\0=end", FACT_UNKNOWN, NULL),
        ROW("=folder 0\0=what\0=done\0=end", FACT_UNKNOWN, NULL),
    };
    struct git_fact facts[2];

    (void)state;
    assert_true(git_facts_read(whole, sizeof whole, facts, 2));
    assert_int_equal(facts[0].plain, FACT_NO);
    assert_int_equal(facts[1].plain, FACT_YES);
    git_fact_release(&facts[0]);
    git_fact_release(&facts[1]);
    for (size_t length = 0; length < sizeof whole; length++) {
        assert_false(git_facts_read(whole, length, facts, 2));
        assert_int_equal(facts[0].plain, FACT_UNKNOWN);
        assert_null(facts[0].words);
    }
    assert_false(git_facts_read(whole, sizeof whole, facts, 1));
    for (size_t i = 0; i < ARRAY_SIZE(senseless); i++)
        assert_false(git_facts_read(senseless[i].bytes, senseless[i].length, facts, 1));
    static const char after[] = "=folder 0\0=config 0\0=done\0=end\0more";
    assert_false(git_facts_read(after, sizeof after, facts, 1));
    static const char lie[] = ONE(ENTRY("user.name", "=done\n=end"));
    assert_true(git_facts_read(lie, sizeof lie, facts, 1));
    assert_int_equal(facts[0].plain, FACT_YES);
}

static void git_environment(void **state)
{
    static const char *const plain[] = { "PATH=/bin", "GIT_AUTHOR_NAME=a", "GIT_TERMINAL_PROMPT=0", NULL };
    static const char *const tells[] = { "PATH=/bin", "GIT_EXTERNAL_DIFF=x", NULL };

    (void)state;
    assert_false(git_facts_of_environment(plain));
    assert_false(git_facts_of_environment(NULL));
    assert_true(git_facts_of_environment(tells));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_compared), cmocka_unit_test(programs_hostile),
        cmocka_unit_test(programs_many),     cmocka_unit_test(paths),
        cmocka_unit_test(git_read),          cmocka_unit_test(git_hostile),
        cmocka_unit_test(git_environment),
    };
    alarm(600);
    return cmocka_run_group_tests_name("agent/fact reading", tests, NULL, NULL);
}
