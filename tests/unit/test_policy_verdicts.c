/* test_policy_verdicts.c - the engine against its corpus, and what must hold of every verdict.
 *
 * SANDGATE_CORPUS names another corpus; each row that differs is printed. */
#include "policy/policy.h"

#include "base/memory.h"
#include "tests/policy/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *corpus_path(void)
{
    const char *path = getenv("SANDGATE_CORPUS");
    return path ? path : SANDGATE_SOURCE_FOLDER "/tests/policy/verdicts.corpus";
}

struct score {
    size_t rows[3], right[3]; /* by the verdict that is expected */
    size_t wrong_allows;
};

static void check_row(const struct corpus *corpus, const struct corpus_row *row, struct score *score)
{
    const struct rule_set *rules;
    struct policy_request request;
    struct policy_verdict verdict;
    corpus_request(corpus, row, &request, &rules);
    policy_judge(&request, &verdict);
    bool right = verdict.verdict == row->expected;
    score->rows[row->expected]++;
    score->right[row->expected] += right;
    score->wrong_allows += !right && verdict.verdict == VERDICT_ALLOW;
    if (!right)
        printf("verdicts.corpus:%u: %s, not %s: %s\n    %s [%s] %s\n", row->line,
               verdict_name(verdict.verdict), verdict_name(row->expected), row->command, verdict.reason,
               verdict.part, verdict.rule ? verdict.rule : "");
    assert_true(verdict.from <= verdict.to && verdict.to <= row->length);
    assert_non_null(verdict.reason);
    assert_int_equal(strlen(verdict.part) <= verdict.to - verdict.from, 1);
    policy_verdict_release(&verdict);
}

static void corpus(void **state)
{
    struct corpus rows;
    struct score score = { 0 };
    (void)state;
    corpus_load(&rows, corpus_path());
    for (size_t i = 0; i < rows.count; i++)
        check_row(&rows, &rows.rows[i], &score);
    size_t allows = score.rows[VERDICT_ALLOW], denies = score.rows[VERDICT_DENY];
    printf("corpus: %zu rows, %zu wrong allows, %zu of %zu allowed, %zu of %zu asked, %zu of %zu denied\n",
           rows.count, score.wrong_allows, score.right[VERDICT_ALLOW], allows, score.right[VERDICT_ASK],
           score.rows[VERDICT_ASK], score.right[VERDICT_DENY], denies);
    assert_int_equal(score.wrong_allows, 0);
    assert_true((allows - score.right[VERDICT_ALLOW]) * 20 <= allows);
    assert_true(score.right[VERDICT_DENY] * 20 >= denies * 19);
    corpus_release(&rows);
}

/* The part that decided, judged alone, gets the same verdict. */
static void parts_decide(void **state)
{
    struct corpus rows;
    size_t told = 0, same = 0;
    (void)state;
    corpus_load(&rows, corpus_path());
    for (size_t i = 0; i < rows.count; i++) {
        struct corpus_row row = rows.rows[i];
        const struct rule_set *rules;
        struct policy_request request;
        struct policy_verdict verdict, again;
        corpus_request(&rows, &row, &request, &rules);
        policy_judge(&request, &verdict);
        if (verdict.verdict != VERDICT_ALLOW && verdict.to > verdict.from) {
            request.script = verdict.part;
            request.script_length = strlen(verdict.part);
            policy_judge(&request, &again);
            told++;
            same += again.verdict == verdict.verdict;
            if (again.verdict != verdict.verdict)
                printf("verdicts.corpus:%u: the part alone is %s, not %s: %s [%s]\n", row.line,
                       verdict_name(again.verdict), verdict_name(verdict.verdict), row.command, verdict.part);
            policy_verdict_release(&again);
        }
        policy_verdict_release(&verdict);
    }
    printf("parts: %zu of %zu decide alone\n", same, told);
    assert_true(same * 20 >= told * 19);
    corpus_release(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(corpus), cmocka_unit_test(parts_decide) };
    alarm(600);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
