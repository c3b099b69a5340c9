/* test_policy_reader.c - the reader against its corpus and against bash itself.
 *
 * The comparisons run bash in a jail: what the reader takes as exact, `bash -n` must take; and what a command
 * that it calls literal comes to, must be what bash executes.  SANDGATE_SOAK=1 makes them long, SANDGATE_SEED
 * repeats one. */
#include "policy/reader.h"

#include "base/memory.h"
#include "tests/policy/generate.h"
#include "tests/policy/jail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BATCH = 250 };

static bool soak(void)
{
    return getenv("SANDGATE_SOAK") != NULL;
}

static uint64_t seed(void)
{
    const char *text = getenv("SANDGATE_SEED");
    return text ? strtoull(text, NULL, 10) * 2 + 1 : 0x9e3779b97f4a7c15;
}

/* --- the corpus --- */

static const char corpus_path[] = SANDGATE_SOURCE_FOLDER "/tests/policy/reader.corpus";
static const char everyday_path[] = SANDGATE_SOURCE_FOLDER "/tests/policy/everyday.scripts";
static const char lines_path[] = SANDGATE_SOURCE_FOLDER "/tests/policy/reader.lines";

/* The corpus: a line "=== name", the script, a line "---", its outline. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    struct buffer text = BUFFER_INIT;
    for (size_t got = 1; got;) {
        got = fread(buffer_reserve(&text, 65536), 1, 65536, file);
        buffer_added(&text, got);
    }
    fclose(file);
    return buffer_detach(&text);
}

struct corpus_row {
    char *name, *script, *outline;
};

/* Takes the next row off *TEXT, which is cut up; false: there is none. */
static bool next_row(char **text, struct corpus_row *row)
{
    if (strncmp(*text, "=== ", 4))
        return false;
    row->name = *text + 4;
    row->script = strchr(row->name, '\n') + 1;
    row->script[-1] = '\0';
    row->outline = strstr(row->script, "\n---\n");
    assert_non_null(row->outline);
    *row->outline = '\0';
    row->outline += 5;
    char *next = strstr(row->outline, "\n=== ");
    *text = next ? next + 1 : row->outline + strlen(row->outline);
    if (next)
        next[1] = '\0';
    if (next)
        **text = '=';
    return true;
}

static void check_spans(const struct reader *reader)
{
    size_t length, count = 0;
    reader_text(reader, &length);
    const struct reader_node *root = reader_root(reader);
    for (const struct reader_node *node = root; node; node = reader_walk(root, node)) {
        count++;
        bool inside = node == root || (node->from >= node->parent->from && node->to <= node->parent->to);
        bool ordered = node->from <= node->to && (!node->next || node->next->from >= node->to);
        if (!inside || !ordered || node->to > length) {
            struct buffer outline = BUFFER_INIT;
            reader_outline(reader, &outline);
            fail_msg("%u-%u is out of place in\n%s", node->from, node->to, outline.data);
        }
    }
    assert_true(count <= reader_nodes(reader) && reader_nodes(reader) <= 8 * length + 1000);
}

static void test_corpus(void **state)
{
    (void)state;
    char *text = read_file(corpus_path), *rest = text;
    struct corpus_row row;
    unsigned rows = 0, inexact = 0;
    while (next_row(&rest, &row)) {
        struct reader *reader = reader_new(row.script, strlen(row.script));
        struct buffer outline = BUFFER_INIT;
        reader_outline(reader, &outline);
        size_t shown = outline.length;
        char *end = rest[0] ? rest : row.outline + strlen(row.outline);
        size_t expected = (size_t)(end - row.outline);
        if (shown != expected || memcmp(outline.data, row.outline, shown))
            fail_msg("%s:\n%s\nis read as\n%s", row.name, row.script, outline.data);
        check_spans(reader);
        inexact += !reader_exact(reader, NULL, NULL, NULL);
        rows++;
        buffer_release(&outline);
        reader_free(reader);
    }
    assert_true(rows > 0);
    print_message("# corpus: %u scripts, %u not exact\n", rows, inexact);
    free(text);
}

/* --- bounds --- */

static void read_repeated(const char *piece, size_t times)
{
    struct buffer text = BUFFER_INIT;
    while (times--)
        buffer_append_text(&text, piece);
    struct reader *reader = reader_new(text.data, text.length);
    check_spans(reader);
    reader_free(reader);
    buffer_release(&text);
}

/* Depth and unended constructs, each in a long row. */
static void test_bounds(void **state)
{
    (void)state;
    static const char *const pieces[] = { "$(",         "\"$(",  "(",      "{ ", "if ", "${x:-", "$((",
                                          "\"`",        "<<E\n", "`<<E\n", "((", "x=(", "a|",    "a&&",
                                          "case x in ", "[[ (",  "f()",    "'",  "\\",  "<(",    "a[$(" };
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
        read_repeated(pieces[i], 20000);
    struct buffer text = BUFFER_INIT;
    for (int i = 0; i < 2 * READER_DEPTH; i++)
        buffer_append_text(&text, "$(");
    struct reader *reader = reader_new(text.data, text.length);
    assert_false(reader_exact(reader, NULL, NULL, NULL));
    reader_free(reader);
    buffer_release(&text);
}

/* Bytes that bash cannot be given or treats in its own way. */
static void test_odd_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        size_t length;
        bool exact;
    } rows[] = { { "ls\0x", 4, false },      { "ls \x01", 4, false },
                 { "ls \x7f", 4, false },    { "ls \xff", 4, false },
                 { "ls \xc3\xa9", 5, true }, { "ls \r", 4, true },
                 { "ls \x1b", 4, true },     { "", 0, true },
                 { "+x", 2, false },         { " -x", 3, true } };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct reader *reader = reader_new(rows[i].script, rows[i].length);
        if (reader_exact(reader, NULL, NULL, NULL) != rows[i].exact)
            fail_msg("row %zu is %sexact", i, rows[i].exact ? "not " : "");
        reader_free(reader);
    }
}

/* --- against bash -n --- */

static void expect_syntax(const struct scripts *scripts, unsigned *taken, unsigned *exact)
{
    char *verdicts = xcalloc(scripts->count + 1, 1);
    assert_true(jail_syntax(scripts, verdicts));
    for (size_t i = 0; i < scripts->count; i++) {
        struct reader *reader = reader_new(scripts->items[i], strlen(scripts->items[i]));
        bool good = reader_exact(reader, NULL, NULL, NULL);
        if (good && !verdicts[i])
            fail_msg("bash refuses what is read as exact:\n%s", scripts->items[i]);
        *taken += verdicts[i] != 0;
        *exact += good;
        reader_free(reader);
    }
    free(verdicts);
}

static void need_jail(void)
{
    if (!jail_works())
        skip();
}

static void test_syntax_of_corpus(void **state)
{
    (void)state;
    need_jail();
    char *text = read_file(corpus_path), *rest = text;
    struct corpus_row row;
    struct scripts scripts = { 0 };
    unsigned taken = 0, exact = 0;
    while (next_row(&rest, &row))
        scripts_add(&scripts, row.script, strlen(row.script));
    expect_syntax(&scripts, &taken, &exact);
    print_message("# corpus: bash takes %u, %u of them are exact\n", taken, exact);
    scripts_release(&scripts);
    free(text);
}

/* reader.lines: each line, and each with the line or two behind it, most of them not meant to be together. */
static void test_syntax_of_lines(void **state)
{
    (void)state;
    need_jail();
    struct scripts scripts = { 0 };
    unsigned taken = 0, exact = 0;
    char *text = read_file(lines_path);
    for (char *line = text; *line; line = strchr(line, '\n') + 1) {
        char *end = line;
        for (int lines = 0; lines < 3 && *end; lines++, end++) {
            end = strchr(end, '\n');
            scripts_add(&scripts, line, (size_t)(end - line));
        }
    }
    expect_syntax(&scripts, &taken, &exact);
    print_message("# lines: %zu scripts, bash takes %u, %u are exact\n", scripts.count, taken, exact);
    scripts_release(&scripts);
    free(text);
}

/* everyday.scripts: a line %%, a script as they are written every day, which is read exactly; or %% and why not. */
static void test_everyday(void **state)
{
    (void)state;
    need_jail();
    struct scripts scripts = { 0 };
    unsigned taken = 0, exact = 0;
    char *text = read_file(everyday_path), *end;
    for (char *header = text; *header; header = end) {
        char *script = strchr(header, '\n') + 1;
        end = strstr(script, "\n%%");
        end = end ? end + 1 : script + strlen(script);
        script[-1] = '\0';
        size_t length = (size_t)(end - script) - 1;
        const char *reason = "", *expected = header[2] ? header + 3 : NULL;
        struct reader *reader = reader_new(script, length);
        reader_exact(reader, &reason, NULL, NULL);
        if (!reason != !expected || (reason && strcmp(reason, expected)))
            fail_msg("%s: %.*s", reason ? reason : "exact", (int)length, script);
        reader_free(reader);
        scripts_add(&scripts, script, length);
    }
    expect_syntax(&scripts, &taken, &exact);
    print_message("# every day: %zu scripts, bash takes %u, %u are exact\n", scripts.count, taken, exact);
    assert_int_equal(taken, scripts.count);
    scripts_release(&scripts);
    free(text);
}

/* The scripts of the corpus; they and *TEXT, which they point into, are the caller's. */
static size_t corpus_scripts(char **text, const char **list, size_t most)
{
    char *rest = *text = read_file(corpus_path);
    struct corpus_row row;
    size_t count = 0;
    while (count < most && next_row(&rest, &row))
        list[count++] = row.script;
    return count;
}

static void test_syntax_of_changes(void **state)
{
    (void)state;
    need_jail();
    struct generator generator = { .state = seed() };
    unsigned taken = 0, exact = 0, all = soak() ? 20000 : 500;
    const char *corpus[200];
    char *text;
    size_t rows = corpus_scripts(&text, corpus, ARRAY_SIZE(corpus));
    for (unsigned done = 0; done < all; done += BATCH) {
        struct scripts scripts = { 0 };
        while (scripts.count < BATCH) {
            struct buffer script = BUFFER_INIT;
            if (scripts.count % 2)
                generate_script(&generator, &script);
            else
                buffer_append_text(&script, corpus[generator_pick(&generator, (unsigned)rows)]);
            generate_change(&generator, &script);
            scripts_add(&scripts, script.data, script.length);
            buffer_release(&script);
        }
        expect_syntax(&scripts, &taken, &exact);
        scripts_release(&scripts);
    }
    free(text);
    print_message("# %u changed scripts: bash takes %u, %u are exact\n", all, taken, exact);
}

/* --- against execution --- */

struct tally {
    unsigned scripts, exact, literal, executed, compared;
    unsigned due, done; /* literal commands of scripts all of which runs, and how many did run */
};

/* The simple command whose arguments are RECORD (LENGTH bytes), or, when BY_NUMBER, whose number is that of
 * RECORD but whose arguments are not known. */
static bool explains(const struct reader *reader, const char *record, size_t length, bool by_number,
                     bool *compared)
{
    const struct reader_node *simple = NULL;
    struct buffer values = BUFFER_INIT;
    const char *number = record + strlen(record) + 1;
    bool found = false;
    while (!found && (simple = reader_next_simple(reader, simple))) {
        buffer_clear(&values);
        size_t count = reader_arguments(reader, simple, &values);
        if (count) {
            found = *compared = values.length == length && memcmp(values.data, record, length) == 0;
            continue;
        }
        const struct reader_node *word = reader_child(simple, NULL, READER_WORD);
        if (!word || !by_number)
            continue;
        const struct reader_node *second = reader_child(simple, word, READER_WORD);
        if (second && reader_literal(reader, second, &values))
            found = number < record + length && strcmp(values.data, number) == 0;
        else if (second) /* no command of the generator's: quotes made one of what stood in a document */
            found = reader_literal(reader, word, &values) && strcmp(values.data, record) == 0;
        else
            found = !reader_literal(reader, word, &values); /* a lone $x: anything */
    }
    buffer_release(&values);
    return found;
}

/* The same for READER and the texts of backquotes that were read by themselves. */
static bool explains_at_any_depth(const struct reader *reader, const char *record, size_t length,
                                  bool by_number, bool *compared)
{
    const struct reader_node *root = reader_root(reader), *node = root;
    bool found = explains(reader, record, length, by_number, compared);
    for (; node && !found; node = reader_walk(root, node))
        if (reader_within(reader, node))
            found = explains_at_any_depth(reader_within(reader, node), record, length, by_number, compared);
    return found;
}

/* Each word of each command is literal: then whatever runs must be one of them. */
static bool all_literal(const struct reader *reader)
{
    struct buffer values = BUFFER_INIT;
    const struct reader_node *simple = NULL;
    bool all = true;
    while (all && (simple = reader_next_simple(reader, simple)))
        all = !reader_child(simple, NULL, READER_WORD) || reader_arguments(reader, simple, &values);
    for (const struct reader_node *root = reader_root(reader), *node = root; node && all;
         node = reader_walk(root, node))
        all = !reader_within(reader, node) || all_literal(reader_within(reader, node));
    buffer_release(&values);
    return all;
}

static unsigned literal_commands(const struct reader *reader)
{
    struct buffer values = BUFFER_INIT;
    const struct reader_node *simple = NULL;
    unsigned count = 0;
    while ((simple = reader_next_simple(reader, simple)))
        count += reader_arguments(reader, simple, &values) > 0;
    buffer_release(&values);
    return count;
}

static void show_record(struct buffer *out, const char *record, size_t length)
{
    for (size_t i = 0; i < length; i += strlen(record + i) + 1)
        buffer_append_format(out, " <%s>", record + i);
}

static const char *next_value(const char *value)
{
    return value + strlen(value) + 1;
}

struct judged {
    struct reader *reader;
    bool counts; /* it is read as exact, and all that runs must be explained */
};

static struct judged *judge(const struct scripts *scripts, bool changed, struct tally *tally)
{
    struct judged *judged = xcalloc(scripts->count, sizeof *judged);
    for (size_t i = 0; i < scripts->count; i++) {
        struct reader *reader = reader_new(scripts->items[i], strlen(scripts->items[i]));
        bool counts = reader_exact(reader, NULL, NULL, NULL) && (!changed || all_literal(reader));
        judged[i] = (struct judged){ reader, counts };
        check_spans(reader);
        tally->exact += counts;
        tally->literal += counts ? literal_commands(reader) : 0;
    }
    tally->scripts += (unsigned)scripts->count;
    return judged;
}

/* Goes over what was executed. */
static void compare(const struct scripts *scripts, struct buffer *out, bool changed, struct tally *tally)
{
    const char *at = out->data, *end = out->data + out->length;
    struct judged *judged = judge(scripts, changed, tally);
    for (size_t i = 0; i < out->length; i++)
        if (out->data[i] == 1)
            out->data[i] = '\n';
    while (at < end) {
        size_t script = strtoul(at, NULL, 10);
        size_t count = strtoul(at = next_value(at), NULL, 10);
        const char *record = at = next_value(at);
        while (count--)
            at = next_value(at);
        bool compared = false;
        size_t length = (size_t)(at - record);
        assert_true(script < scripts->count && at <= end);
        tally->executed++;
        if (judged[script].counts &&
            !explains_at_any_depth(judged[script].reader, record, length, !changed, &compared)) {
            struct buffer shown = BUFFER_INIT;
            show_record(&shown, record, length);
            fail_msg("bash executes%s\nand the reader has no such command in\n%s", shown.data,
                     scripts->items[script]);
        }
        tally->compared += compared;
    }
    for (size_t i = 0; i < scripts->count; i++)
        reader_free(judged[i].reader);
    free(judged);
}

/* Was a command of SCRIPT with these arguments executed? */
static bool was_run(const struct buffer *out, size_t script, const struct buffer *values)
{
    for (const char *at = out->data; at < out->data + out->length;) {
        size_t number = strtoul(at, NULL, 10), count = strtoul(at = next_value(at), NULL, 10);
        const char *record = at = next_value(at);
        while (count--)
            at = next_value(at);
        if (number == script && (size_t)(at - record) == values->length &&
            memcmp(record, values->data, values->length) == 0)
            return true;
    }
    return false;
}

/* In a script all of which runs, each command that is called literal did run (but for the few that an error
 * in an expansion kept from it). */
static void count_due(const char *script, size_t index, const struct buffer *out, struct tally *tally)
{
    struct reader *reader = reader_new(script, strlen(script));
    struct buffer values = BUFFER_INIT;
    const struct reader_node *simple = NULL;
    while (reader_exact(reader, NULL, NULL, NULL) && (simple = reader_next_simple(reader, simple))) {
        buffer_clear(&values);
        if (!reader_arguments(reader, simple, &values) || !strcmp(values.data, "declare"))
            continue;
        bool done = was_run(out, index, &values);
        if (!done && getenv("SANDGATE_SHOW"))
            print_message("# not run: %s in\n%s\n", values.data, script);
        tally->due++;
        tally->done += done;
    }
    buffer_release(&values);
    reader_free(reader);
}

static void run_generated(bool changed, unsigned all)
{
    struct generator generator = { .state = seed() };
    struct tally tally = { 0 };
    while (changed ? tally.scripts < all : tally.literal < all) {
        struct scripts scripts = { 0 };
        struct buffer out = BUFFER_INIT;
        bool all_run[BATCH];
        out.ceiling = 256 * 1024 * 1024;
        while (scripts.count < BATCH) {
            struct buffer script = BUFFER_INIT;
            generate_script(&generator, &script);
            if (changed)
                generate_change(&generator, &script);
            all_run[scripts.count] = generator.all_run && !changed;
            if (!changed || !strstr(script.data, "while"))
                scripts_add(&scripts, script.data, script.length);
            buffer_release(&script);
        }
        assert_true(jail_run(&scripts, &out));
        compare(&scripts, &out, changed, &tally);
        for (size_t i = 0; i < scripts.count; i++)
            if (all_run[i])
                count_due(scripts.items[i], i, &out, &tally);
        scripts_release(&scripts);
        buffer_release(&out);
    }
    print_message(
        "# %u %sscripts, %u judged; %u literal commands; %u executions, %u equal to a literal one\n",
        tally.scripts, changed ? "changed " : "", tally.exact, tally.literal, tally.executed, tally.compared);
    assert_true(tally.compared > all / 3);
    print_message("# of %u literal commands that had to run, %u did\n", tally.due, tally.done);
    assert_true(tally.done >= tally.due - tally.due / 50);
}

static void test_execution(void **state)
{
    (void)state;
    need_jail();
    run_generated(false, soak() ? 100000 : 3000);
}

static void test_execution_of_changes(void **state)
{
    (void)state;
    need_jail();
    run_generated(true, soak() ? 20000 : 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_odd_bytes),
        cmocka_unit_test(test_syntax_of_corpus),
        cmocka_unit_test(test_syntax_of_lines),
        cmocka_unit_test(test_everyday),
        cmocka_unit_test(test_syntax_of_changes),
        cmocka_unit_test(test_execution),
        cmocka_unit_test(test_execution_of_changes),
    };
    alarm(soak() ? 3600 : 600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
