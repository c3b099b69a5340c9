/* test_ui_card.c - what the approval card says besides the command, and the row of its keys at every width. */
#include "headless.h"

#include "agent/gate.h"
#include "agent/written_files.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/odd.h"
#include "ui/card_choices.h"
#include "ui/card_facts.h"
#include "ui/commands.h"
#include "ui/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#define TEXT(text) ((char[]){ text })

static int wipe(void **state)
{
    (void)state;
    erase();
    return 0;
}

/* All rows joined with "|"; LINES is freed. */
static void expect_rows(struct lines *lines, const char *expected)
{
    struct buffer text = BUFFER_INIT;

    for (size_t i = 0; i < lines_count(lines); i++) {
        buffer_append_text(&text, i ? "|" : "");
        lines_text(lines, i, &text);
    }
    assert_string_equal(text.data ? text.data : "", expected);
    buffer_release(&text);
    lines_free(lines);
}

static void expect_age(int64_t milliseconds, const char *expected)
{
    char text[CARD_AGE];

    card_facts_age(milliseconds, text);
    assert_string_equal(text, expected);
}

static void test_age(void **state)
{
    enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

    (void)state;
    expect_age(-5 * SECOND, "just now"); /* the clock was set back */
    expect_age(59 * SECOND, "just now");
    expect_age(MINUTE, "for 1 min");
    expect_age(HOUR - 1, "for 59 min");
    expect_age(HOUR + 5 * MINUTE, "for 1 h 05 min");
    expect_age(48LL * HOUR - 1, "for 47 h 59 min");
    expect_age(72LL * HOUR, "for 3 days");
}

static void test_length(void **state)
{
    struct action action = { .kind = ACTION_EXEC, .script = TEXT("a") };
    struct ask ask = { .action = &action };
    char text[CARD_LENGTH];

    (void)state;
    card_facts_length(&ask, text);
    assert_string_equal(text, "1 byte, 1 line");
    action.script = TEXT("a\nb\n");
    card_facts_length(&ask, text);
    assert_string_equal(text, "4 bytes, 2 lines");
    action = (struct action){ .kind = ACTION_WRITE, .content = TEXT("a\n\0b"), .content_length = 4 };
    card_facts_length(&ask, text);
    assert_string_equal(text, "4 bytes, 2 lines");
    action = (struct action){ .kind = ACTION_READ };
    card_facts_length(&ask, text);
    assert_string_equal(text, "");
}

static void test_touched(void **state)
{
    char *written[] = { TEXT("/w/a"), TEXT("/w"), TEXT("/etc/b"), TEXT("/wide"), TEXT("/w/c"),
                        TEXT("/w/e"), NULL };
    char *hosts[] = { TEXT("example.com"), NULL }, *programs[] = { TEXT("cp"), TEXT("curl"), NULL };
    struct action action = { .kind = ACTION_EXEC, .cwd = TEXT("/w") };
    struct ask ask = { .action = &action,
                       .verdict = { .written = written, .hosts = hosts, .programs = programs } };
    struct lines *lines = lines_new(100);

    (void)state;
    card_facts_touched(lines, &ask);
    expect_rows(lines, "Writes a, ., /etc/b, /wide and 2 more · Reaches example.com · Runs cp, curl");
    lines = lines_new(44);
    card_facts_touched(lines, &ask);
    expect_rows(lines, "Writes a, . and 4 more · Reaches example.com|Runs cp, curl");
    ask.verdict = (struct policy_verdict){ .written = written, .effects = EFFECT_DELETE | EFFECT_READ };
    lines = lines_new(44);
    card_facts_touched(lines, &ask);
    expect_rows(lines, "Deletes a, . and 4 more");
    ask.verdict.effects |= EFFECT_WRITE;
    lines = lines_new(44);
    card_facts_touched(lines, &ask);
    expect_rows(lines, "Writes or deletes a, . and 4 more");
    action.kind = ACTION_WRITE;
    lines = lines_new(44);
    card_facts_touched(lines, &ask);
    expect_rows(lines, "");
}

static void test_written(void **state)
{
    struct written_file items[] = { { TEXT("/w/run.sh"), 1, true }, { TEXT("/w/a"), 2, false },
                                    { TEXT("/w/b"), 2, false },     { TEXT("/w/c"), 2, false },
                                    { TEXT("/w/d"), 2, false },     { TEXT("/w/e"), 2, false } };
    struct written_files files = { .items = items, .count = ARRAY_SIZE(items), .codes = 2 };
    struct action action = { .kind = ACTION_EXEC, .cwd = TEXT("/w") };
    struct ask ask = { .action = &action };
    struct lines *lines = lines_new(400);

    (void)state;
    card_facts_written(lines, &ask, &files);
    expect_rows(lines,
                "Written since you last approved code: it loads run.sh; it may load a, b, c, d and 1 more; "
                "2 calls ran code unasked and may have written more (f shows)");
    lines = lines_new(400);
    files = (struct written_files){ .codes = 1 };
    card_facts_written(lines, &ask, &files);
    expect_rows(lines,
                "Written since you last approved code: 1 call ran code unasked and may have written more");
    lines = lines_new(400);
    files = (struct written_files)WRITTEN_FILES_INIT;
    card_facts_written(lines, &ask, &files);
    expect_rows(lines, "");
}

/* What does not fit into a row begins the next; it is not torn apart. */
static void test_place(void **state)
{
    struct action action = { .kind = ACTION_EXEC, .cwd = TEXT("/w"), .origin = TEXT("agent") };
    struct ask ask = { .action = &action, .since = 1000 };
    struct lines *lines = lines_new(100);

    (void)state;
    card_facts_place(lines, &ask, "bubblewrap, network off", 1000 + 120 * 1000, "");
    expect_rows(lines, "in /w · bubblewrap, network off · agent asks, for 2 min");
    action.origin = TEXT("mcp:editor");
    lines = lines_new(44);
    card_facts_place(lines, &ask, "bubblewrap, network off", 1000, "3 bytes, 1 line");
    expect_rows(lines, "in /w · bubblewrap, network off|MCP client editor asks, just now|3 bytes, 1 line");
    action.origin = TEXT("person");
    lines = lines_new(44);
    card_facts_place(lines, &ask, "modal", 1000, "");
    expect_rows(lines, "in /w · modal · your own, just now");
}

/* One of each kind is named before a second of any. */
static void test_odd(void **state)
{
    static const char text[] = "\u202e\u202c\u200b\033c\u0430t\u00a0\u00a0";
    struct odd_list list = ODD_LIST_INIT;
    struct lines *lines = lines_new(400);

    (void)state;
    odd_find(&list, text, strlen(text));
    card_facts_odd(lines, &list, true);
    expect_rows(lines, "Odd: U+202E right-to-left override, byte 0 · U+001B escape, byte 9 · "
                       "U+0430 Cyrillic small letter a looks like a, byte 11 · "
                       "U+00A0 no-break space, 2 times from byte 14 · 2 more: x names them");
    odd_list_release(&list);
}

/* --- the keys --- */

static void expect_choices(const struct card_offer *offer, int width, int most, const char *expected)
{
    char space[512];
    struct buffer text = BUFFER_INIT;
    int rows = card_choices_rows(offer, width, most);

    erase();
    card_choices_draw(offer, &headless.canvas, 0, width, most, true);
    for (int y = 0; y < rows; y++)
        buffer_append_format(&text, "%s%s", y ? "|" : "", headless_row(y, space));
    assert_string_equal(headless_row(rows, space), "");
    assert_string_equal(text.data, expected);
    buffer_release(&text);
}

static void test_choices(void **state)
{
    struct card_offer all = { .fork = true, .profile = true, .files = true }, plain = { 0 };

    (void)state;
    expect_choices(&plain, 40, 9, "y run  e edit  n reject  r say why|s stop  x explain  w rule  a allow");
    expect_choices(&all, 40, 9,
                   "y run  e edit  n reject  r say why|s stop  x explain  t try  w rule|"
                   "a allow  f files  p sandboxed");
    expect_choices(&all, 39, 2, "y run e edit n no r why s stop|x explain t try w rule a allow f files");
    assert_int_equal(card_choices_rows(&plain, 120, 9), 1);
    assert_int_equal(card_choices_rows(&all, 5, 3), 3);
}

/* At the least size that is served (40x10: two rows of 38) every decision that each card has is in sight. */
static void test_every_decision_is_in_sight(void **state)
{
    static const char *const always[] = { "approve", "edit",    "reject", "explain",
                                          "end",     "account", "rule",   "allow" };
    struct card_offer all = { .fork = true, .profile = true, .files = true };
    char space[512];

    (void)state;
    card_choices_draw(&all, &headless.canvas, 0, 38, 2, true);
    for (size_t i = 0; i < ARRAY_SIZE(always); i++) {
        char *mark = xasprintf(" %s ", command_find(always[i], strlen(always[i]))->keys);
        bool seen = false;
        for (int y = 0; y < 2; y++) {
            char *row = xasprintf(" %s ", headless_row(y, space));
            seen |= strstr(row, mark) != NULL;
            free(row);
        }
        if (!seen)
            fail_msg("%s is not in sight", always[i]);
        free(mark);
    }
}

/* While the guard is up no key stands out; one that waits to be alone does. */
static void test_looks(void **state)
{
    struct card_offer plain = { 0 }, pressed = { .letter = 'e' };

    (void)state;
    card_choices_draw(&plain, &headless.canvas, 0, 39, 2, true);
    assert_true(headless_is(&headless, 0, 0, STYLE_CARD_KEY));
    card_choices_draw(&plain, &headless.canvas, 0, 39, 2, false);
    assert_true(headless_is(&headless, 0, 0, STYLE_CARD));
    card_choices_draw(&pressed, &headless.canvas, 0, 39, 2, true);
    assert_true(headless_is(&headless, 0, 7, STYLE_SELECTION));
    assert_true(headless_is(&headless, 0, 0, STYLE_CARD_KEY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_touched),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_odd),
        cmocka_unit_test_setup(test_choices, wipe),
        cmocka_unit_test_setup(test_every_decision_is_in_sight, wipe),
        cmocka_unit_test_setup(test_looks, wipe),
    };

    alarm(600);
    return cmocka_run_group_tests_name("ui/card", tests, headless_setup, headless_teardown);
}
