/* verdicts.c - how fast the policy judges: the corpus again and again, the longest scripts at their worst, and the
 * reader alone on a megabyte. CPU time of this process, so that what else the machine does counts little. */
#include "policy/policy.h"
#include "policy/reader.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "tests/policy/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 20, LONGEST = 60000, MEGABYTE = 1000000 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void print_row(const char *name, double value, const char *unit, double aim, bool least)
{
    bool met = least ? value >= aim : value < aim;
    printf("%-36s %12.*f %s  %s %.0f: %s\n", name, value < 100 ? 1 : 0, value, unit, least ? ">=" : "<", aim,
           met ? "met" : "NOT MET");
}

static void measure_corpus(void)
{
    struct corpus corpus;
    corpus_load(&corpus, SANDGATE_SOURCE_FOLDER "/tests/policy/verdicts.corpus");
    double start = now();
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < corpus.count; i++) {
            const struct rule_set *rules;
            struct policy_request request;
            struct policy_verdict verdict;
            corpus_request(&corpus, &corpus.rows[i], &request, &rules);
            policy_judge(&request, &verdict);
            policy_verdict_release(&verdict);
        }
    print_row("verdicts on the corpus", ROUNDS * (double)corpus.count / (now() - start), "a second", 10000,
              true);
    corpus_release(&corpus);
}

/* Pieces that cost most, repeated. */
static const char *const pieces[] = {
    "a;",
    "x=$x;",
    "{a,b}",
    "$(a ",
    "sh -c \"a\";",
    "\"$x\" ",
    "f(){ a; };",
    "xargs ",
    "eval ",
    "find . -exec ",
    "a|",
    "cat /etc/a;",
    "<<a ",
    "((",
    "[[ a ]];",
    "`a`;",
    "for i in a;do ",
    "case a in a) ",
    "${x:-",
    "'a' ",
    "if a;then ",
    "\"`",
    "((a) ;b);",
    "$((a) b);",
    "`\\`a\\``;",
    ")",
};

static char *repeated(const char *piece, size_t length)
{
    struct buffer text = BUFFER_INIT;
    while (text.length + strlen(piece) <= length)
        buffer_append_text(&text, piece);
    return buffer_detach(&text);
}

static double judge_time(const char *script)
{
    struct policy_request request = { .tool = "run_command",
                                      .interpreter = "bash",
                                      .script = script,
                                      .script_length = strlen(script),
                                      .cwd = "/workspace",
                                      .home = "/root",
                                      .workspace = "/workspace" };
    struct policy_verdict verdict;
    double start = now();
    policy_judge(&request, &verdict);
    policy_verdict_release(&verdict);
    return (now() - start) * 1000;
}

static double read_time(const char *script)
{
    double start = now();
    reader_free(reader_new(script, strlen(script)));
    return (now() - start) * 1000;
}

static void measure_worst(const char *name, size_t length, double (*measure)(const char *script), double aim)
{
    double worst = 0;
    const char *which = "";
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
        char *text = repeated(pieces[i], length);
        double took = measure(text);
        if (took > worst) {
            worst = took;
            which = pieces[i];
        }
        free(text);
    }
    print_row(name, worst, "ms", aim, false);
    printf("%-36s %s...\n", "", which);
}

int main(void)
{
    measure_corpus();
    measure_worst("longest script at its worst", LONGEST, judge_time, 500);
    measure_worst("reader, 1 MB at its worst", MEGABYTE, read_time, 100);
    return 0;
}
