/* policy_corpus.h - the shipped corpus: commands with the verdict that they must have. */
#ifndef SANDGATE_FACE_POLICY_CORPUS_H
#define SANDGATE_FACE_POLICY_CORPUS_H

#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

struct corpus_row {
    enum verdict expected;
    enum policy_mode mode; /* POLICY_RULES: with the rules of the corpus */
    char *command;         /* may hold NULs */
    char *cwd;             /* NULL: the workspace */
    size_t length;
    unsigned line;
};

struct corpus {
    struct corpus_row *rows;
    size_t count, capacity;
    struct rule_set rules;
};

/* Reads "EXPECTED PROFILE [@CWD] | COMMAND" lines, with \n, \t and \xNN in the command; "#" begins a comment. */
bool corpus_read(struct corpus *corpus, struct error *error);
void corpus_release(struct corpus *corpus);

#endif
