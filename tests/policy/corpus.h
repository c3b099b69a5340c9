/* corpus.h - the corpus of verdicts as rows: "EXPECTED PROFILE [@CWD] | COMMAND", with \n, \t and \xNN in the command. */
#ifndef SANDGATE_TESTS_POLICY_CORPUS_H
#define SANDGATE_TESTS_POLICY_CORPUS_H

#include "policy/policy.h"

#include <stdbool.h>

struct corpus_row {
    enum verdict expected;
    enum policy_mode mode; /* POLICY_RULES: with the rules of corpus_rules */
    char *command;
    char *cwd; /* NULL: the workspace */
    size_t length;
    unsigned line;
};

struct corpus {
    struct corpus_row *rows;
    size_t count, capacity;
    struct rule_set rules;
};

/* Dies with the line when a row cannot be read. */
void corpus_load(struct corpus *corpus, const char *path);
void corpus_release(struct corpus *corpus);
/* A request for ROW, in /workspace, home /root, programs and git of the image. */
void corpus_request(const struct corpus *corpus, const struct corpus_row *row, struct policy_request *request,
                    const struct rule_set **rules);

#endif
