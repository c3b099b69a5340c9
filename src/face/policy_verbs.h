/* policy_verbs.h - the verbs of `sandgate policy`, and what they share: the rules and the place to judge for. */
#ifndef SANDGATE_FACE_POLICY_VERBS_H
#define SANDGATE_FACE_POLICY_VERBS_H

#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct error;
struct json;

enum policy_exit {
    POLICY_FINE = 0,
    POLICY_FAILED = 1,
    POLICY_USAGE = 2,
    POLICY_ASKS = 10,
    POLICY_DENIES = 20
};

/* What is said on the command line; NULL or false: not given. */
struct policy_options {
    const char *rules, *profile, *project;
    const char *cwd, *home, *workspace;
    bool json, batch;
    const char *commands; /* diff: a file with commands */
};

/* The rules and the place that commands are judged for. */
struct judge {
    struct conf *conf;      /* NULL: --rules FILE alone */
    struct rule_set loaded; /* of FILE */
    const struct rule_set *own;
    const struct rule_set *const *rules;
    size_t rule_set_count;
    enum policy_mode mode;
    char *cwd, *home, *workspace;
    char *home_variable;
    const char *environment[5];
};

/* False: a rule or the configuration is wrong, told in ERROR. */
bool judge_open(struct judge *judge, const struct policy_options *options, struct error *error);
void judge_release(struct judge *judge);
/* What COMMAND in CWD (NULL: the judge's) asks of the policy.  The facts are those of a sandbox without network and
 * secrets, with an unchanged image. */
void judge_request(const struct judge *judge, const char *command, size_t length, const char *cwd,
                   struct policy_request *request);

/* {"verdict", "reason", "rule", "span", "part"}; caller frees. */
struct json *verdict_json(const struct policy_verdict *verdict);
int verdict_exit(enum verdict verdict);

/* Each returns the exit code. */
int policy_check(const struct policy_options *options, char **words, int count);
int policy_list(const struct policy_options *options, char **words, int count);
int policy_test(const struct policy_options *options, char **words, int count);
int policy_diff(const struct policy_options *options, char **words, int count);

/* "sandgate policy: SENTENCE" on standard error, made visible; clears ERROR and returns CODE. */
int policy_fail(struct error *error, int code);

#endif
