/* test_face_policy_manual.c - doc/sandgate-policy.7 against the tables: every word of the rule language, every effect,
 * every name that a verdict can have, every program that is known; and the examples of the page. */
#include "conf/rules.h"
#include "face/policy_corpus.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "policy/knowledge.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char *read_manual(void)
{
    const char *source = getenv("SANDGATE_SOURCE");
    char *file = path_join(source ? source : SANDGATE_SOURCE_FOLDER, "doc/sandgate-policy.7");
    struct buffer text = BUFFER_INIT;
    struct error error = ERROR_INIT;
    if (!path_read_file(file, &text, &error))
        fail_msg("%s", error_message(&error));
    free(file);
    return buffer_detach(&text);
}

static void expect(const char *manual, const char *text)
{
    if (!strstr(manual, text))
        fail_msg("doc/sandgate-policy.7 lacks:\n%s", text);
}

/* Each sentence on a line of its own, as mdoc wants them. */
static void append_sentences(const char *text, struct buffer *out)
{
    for (; *text; text++) {
        bool end = text[0] == '.' && text[1] == ' ';
        buffer_append_byte(out, *text);
        if (end)
            buffer_append_byte(out, '\n');
        text += end;
    }
    buffer_append_byte(out, '\n');
}

static void every_word_is_in_the_manual(void **state)
{
    (void)state;
    char *manual = read_manual();
    struct rule_word word;
    size_t count = 0, entries = 0;
    for (; rules_word(count, &word); count++) {
        struct buffer entry = BUFFER_INIT;
        bool once = strncmp(word.where, "once", 4) == 0;
        buffer_append_format(&entry, ".It Ic %s\n%s%s.\n", word.name, once ? "" : "With ",
                             once ? "Once in each rule" : word.where);
        append_sentences(word.help, &entry);
        expect(manual, entry.data);
        buffer_release(&entry);
    }
    for (const char *at = manual; (at = strstr(at, "\n.It Ic ")); at++)
        entries++;
    assert_int_equal(entries, count);
    free(manual);
}

static void every_effect_is_in_the_manual(void **state)
{
    (void)state;
    char *manual = read_manual();
    for (unsigned i = 1; i < EFFECT_COUNT; i++) {
        char *entry = xasprintf("\n.It Cm %s\n", effect_name((enum policy_effect)(1u << i)));
        expect(manual, entry);
        free(entry);
    }
    free(manual);
}

static void every_mode_is_in_the_manual(void **state)
{
    (void)state;
    char *manual = read_manual();
    for (int mode = 0; mode < POLICY_MODES; mode++) {
        struct rule_set set = RULE_SET_INIT;
        char *entry = xasprintf("\n.It Cm %s\n", policy_mode_name((enum policy_mode)mode));
        if (mode != POLICY_RULES)
            expect(manual, entry);
        policy_profile_rules((enum policy_mode)mode, &set);
        for (size_t i = 0; i < set.count; i++) {
            char *name = rule_where(set.rules[i]);
            expect(manual, name);
            free(name);
        }
        rule_set_release(&set);
        free(entry);
    }
    free(manual);
}

static void judge(const struct corpus_row *row, struct policy_verdict *verdict)
{
    struct policy_request request = { .tool = "run_command",
                                      .interpreter = "bash",
                                      .script = row->command,
                                      .script_length = row->length,
                                      .cwd = "/workspace",
                                      .home = "/root",
                                      .workspace = "/workspace",
                                      .programs_of_image = FACT_YES,
                                      .git_is_plain = FACT_YES,
                                      .mode = row->mode };
    policy_judge(&request, verdict);
}

/* Those that the corpus meets: it has rows for all. */
static void every_name_of_the_floor_is_in_the_manual(void **state)
{
    (void)state;
    char *manual = read_manual();
    struct corpus corpus;
    struct error error = ERROR_INIT;
    size_t met = 0;
    if (!corpus_read(&corpus, &error))
        fail_msg("%s", error_message(&error));
    for (size_t i = 0; i < corpus.count; i++) {
        struct policy_verdict verdict;
        judge(&corpus.rows[i], &verdict);
        if (verdict.rule && strncmp(verdict.rule, "floor:", 6) == 0) {
            char *entry = xasprintf("\n.It Li %s\n", verdict.rule);
            expect(manual, entry);
            free(entry);
            met++;
        }
        policy_verdict_release(&verdict);
    }
    assert_true(met > 100);
    corpus_release(&corpus);
    free(manual);
}

/* True when NAME stands in TEXT as a word. */
static bool has_word(const char *text, const char *name, size_t length)
{
    for (const char *at = text; (at = strchr(at, *name)); at++)
        if (strncmp(at, name, length) == 0 && isspace((unsigned char)at[-1]) && strchr(" ,.\n", at[length]))
            return true;
    return false;
}

static void every_program_is_in_the_manual(void **state)
{
    (void)state;
    char *manual = read_manual();
    char *begin = strstr(manual, ".\\\" BEGIN PROGRAMS"), *end = strstr(manual, ".\\\" END PROGRAMS");
    const struct knowledge *row;
    assert_true(begin && end && begin < end);
    *end = '\0';
    for (size_t i = 0; (row = knowledge_at(i)); i++)
        for (const char *name = row->program; *name;) {
            size_t length = strcspn(name, "|");
            bool shown = length == 1 && ispunct((unsigned char)*name);
            if (!shown && !has_word(begin, name, length))
                fail_msg("doc/sandgate-policy.7 lacks the program %.*s", (int)length, name);
            name += length + (name[length] == '|');
        }
    free(manual);
}

/* Each literal block that begins with "rules:" is a rule file without errors. */
static void the_examples_are_rules(void **state)
{
    (void)state;
    char *manual = read_manual();
    size_t count = 0;
    for (char *at = manual; (at = strstr(at, "\n.Bd -literal -offset indent\nrules:")); count++) {
        struct rule_set set = RULE_SET_INIT;
        char *text = strchr(at + 1, '\n') + 1, *end = strstr(text, "\n.Ed");
        assert_non_null(end);
        char *file = xstrdup("/tmp/sandgate-policy-XXXXXX");
        int descriptor = mkstemp(file);
        assert_true(write(descriptor, text, (size_t)(end - text)) == end - text);
        close(descriptor);
        struct error error = ERROR_INIT;
        if (!rules_load(&set, file, SCOPE_USER, &error))
            fail_msg("%s", error_message(&error));
        assert_true(set.count > 1);
        unlink(file);
        free(file);
        rule_set_release(&set);
        at = end;
    }
    assert_int_equal(count, 3);
    free(manual);
}

int main(void)
{
    alarm(600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_in_the_manual),
        cmocka_unit_test(every_effect_is_in_the_manual),
        cmocka_unit_test(every_mode_is_in_the_manual),
        cmocka_unit_test(every_name_of_the_floor_is_in_the_manual),
        cmocka_unit_test(every_program_is_in_the_manual),
        cmocka_unit_test(the_examples_are_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
