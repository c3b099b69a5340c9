/* policy_test.c - `sandgate policy test`: does the policy still say what it must?  The examples of the rules are tried
 * when they are read; the corpus is judged row by row, each with its own profile. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/visible.h"
#include "face/policy_corpus.h"
#include "face/policy_verbs.h"

#include <stdio.h>
#include <string.h>

/* By the verdict that is expected. */
struct score {
    size_t rows[VERDICT_DENY + 1], right[VERDICT_DENY + 1], wrong_allows;
};

static size_t count_examples(const struct judge *judge)
{
    size_t count = 0;

    for (size_t i = 0; i < judge->rule_set_count; i++)
        for (size_t j = 0; j < judge->rules[i]->count; j++) {
            const struct rule *rule = judge->rules[i]->rules[j];
            for (size_t at = 0; rule->match && rule->match[at]; at++)
                count++;
            for (size_t at = 0; rule->not_match && rule->not_match[at]; at++)
                count++;
        }
    return count;
}

static void print_miss(const struct corpus_row *row, const struct policy_verdict *verdict)
{
    struct buffer out = BUFFER_INIT;

    visible_line(&out, row->command, row->length);
    buffer_append_text(&out, "\n    ");
    visible_line(&out, verdict->reason, strlen(verdict->reason));
    printf("row %u: %s, not %s: %s\n", row->line, verdict_name(verdict->verdict), verdict_name(row->expected),
           out.data);
    buffer_release(&out);
}

static void judge_row(const struct corpus *corpus, const struct corpus_row *row, struct score *score)
{
    static const char *const environment[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root",
                                               "LANG=C.UTF-8", "TERM=dumb", NULL };
    const struct rule_set *rules = &corpus->rules;
    struct policy_request request = { .tool = "run_command",
                                      .interpreter = "bash",
                                      .script = row->command,
                                      .script_length = row->length,
                                      .cwd = row->cwd ? row->cwd : "/workspace",
                                      .home = "/root",
                                      .workspace = "/workspace",
                                      .environment = environment,
                                      .programs_of_image = FACT_YES,
                                      .git_is_plain = FACT_YES,
                                      .mode = row->mode,
                                      .rules = &rules,
                                      .rule_set_count = row->mode == POLICY_RULES };
    struct policy_verdict verdict;

    policy_judge(&request, &verdict);
    bool right = verdict.verdict == row->expected;
    score->rows[row->expected]++;
    score->right[row->expected] += right;
    score->wrong_allows += !right && verdict.verdict == VERDICT_ALLOW;
    if (!right)
        print_miss(row, &verdict);
    policy_verdict_release(&verdict);
}

static int judge_corpus(const struct corpus *corpus)
{
    struct score score = { 0 };
    bool right = true;

    for (size_t i = 0; i < corpus->count; i++)
        judge_row(corpus, &corpus->rows[i], &score);
    printf("corpus: %zu commands", corpus->count);
    for (unsigned i = VERDICT_ALLOW; i <= VERDICT_DENY; i++) {
        printf(", %zu of %zu %s", score.right[i], score.rows[i], verdict_name((enum verdict)i));
        right = right && score.right[i] == score.rows[i];
    }
    printf(", %zu wrongly allowed\n", score.wrong_allows);
    return fflush(stdout) != 0 ? POLICY_FAILED : right ? POLICY_FINE : POLICY_ASKS;
}

int policy_test(const struct policy_options *options, char **words, int count)
{
    struct judge judge;
    struct corpus corpus = { .rules = RULE_SET_INIT };
    struct error error = ERROR_INIT;
    int code;

    (void)words;
    (void)count;
    if (!judge_open(&judge, options, &error)) {
        code = policy_fail(&error, POLICY_USAGE);
    } else if (!corpus_read(&corpus, &error)) {
        code = policy_fail(&error, POLICY_FAILED);
    } else {
        size_t examples = count_examples(&judge);
        printf("examples: %zu, all as they say\n", examples);
        code = judge_corpus(&corpus);
    }
    corpus_release(&corpus);
    judge_release(&judge);
    return code;
}
