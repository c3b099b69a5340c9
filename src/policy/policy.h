/* policy.h - is this tool call allowed?  Pure: text and facts in, verdict and reason out; it asks nobody.
 *
 * The session gathers the facts.  Allow needs a rule that names the command and a proof that its arguments are
 * harmless; deny searches every command that can be reached; everything else asks.  The strictest part of a call
 * decides.  What cannot be read exactly is unknown, and unknown is never allowed. */
#ifndef SANDGATE_POLICY_POLICY_H
#define SANDGATE_POLICY_POLICY_H

#include "policy/rule.h"

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct json;

/* What stands behind the rules. */
enum policy_mode {
    POLICY_CAREFUL,   /* all but plain reading asks */
    POLICY_AUTO,      /* runs all but what is denied; switched on by a person only */
    POLICY_SANDBOXED, /* reading, writing and code within the workspace; while nothing can leave the sandbox */
    POLICY_LOCKED,    /* everything asks, rules or not */
    POLICY_RULES,     /* nothing: the rules alone, the rest asks */
    POLICY_MODES
};

struct policy_path {
    const char *path; /* absolute, normalized */
    unsigned access;  /* policy_access flags */
};

/* A symbolic link that is known to exist in the sandbox. */
struct policy_link {
    const char *path, *target;
};

enum policy_fact { FACT_UNKNOWN, FACT_NO, FACT_YES };

/* What is known of git when it runs in FOLDER. */
struct policy_git_fact {
    const char *folder; /* absolute, normalized */
    enum policy_fact plain;
    const char *words; /* why it is not: "core.fsmonitor is set in .git/config"; NULL: nothing to be said */
};

enum policy_origin { ORIGIN_AGENT, ORIGIN_PERSON, ORIGIN_MCP_CLIENT, ORIGIN_SUBAGENT };

/* All borrowed; what is NULL or 0 is not known or not there. */
struct policy_request {
    enum policy_origin origin;
    const char *origin_name;        /* of the MCP client or subagent, else NULL */
    const char *tool;
    const struct json *arguments;   /* canonical */
    const char *interpreter;        /* "bash", "python3"; NULL when nothing is run */
    const char *script;             /* its text */
    size_t script_length;
    const struct policy_path *paths; /* for tools that touch files themselves */
    size_t path_count;
    const char *const *hosts;       /* for tools that reach the network themselves; NULL-terminated or NULL */
    const char *cwd, *home, *workspace;
    const char *const *environment; /* the whole of it; NULL-terminated; NULL: not known */
    const char *input;              /* stdin, NULL for none */
    size_t input_length;
    /* facts of the sandbox */
    const char *backend;
    bool network, secrets;          /* secrets: any secret or passed-through variable is inside */
    const char *mounts;             /* writable volumes and buckets; "" or NULL: none */
    long long generation;
    const struct policy_link *links;
    size_t link_count;
    enum policy_fact programs_of_image; /* what the fixed PATH finds is of the image, unchanged, and no command
                                           of the sandbox can replace it or put another before it */
    const char *programs_words;         /* why that is not so, the end of a sentence; NULL: nothing to be said */
    const char *const *programs_added;  /* names that the fixed PATH finds and the image did not have: they are not
                                           its own; NULL-terminated or NULL */
    enum policy_fact git_is_plain;      /* where git_facts say nothing: git's configuration names no program, and
                                           no hook waits */
    const struct policy_git_fact *git_facts;
    size_t git_fact_count;
    /* what is in force */
    enum policy_mode mode;
    const struct rule_set *const *rules;
    size_t rule_set_count;
    const char *const *session_allows; /* digests allowed for this session by the person; NULL-terminated or NULL */
    const char *digest;                /* of this very call, as session_allows has it */
};

enum policy_risk { RISK_NONE, RISK_LOW, RISK_MEDIUM, RISK_HIGH };

struct policy_verdict {
    enum verdict verdict;
    char *reason;         /* a sentence */
    char *rule;           /* "file:line", "floor:NAME", "careful:NAME", "session", "mode:auto"; NULL: no rule */
    char *part;           /* the text that decided; "" when it is all of it */
    size_t from, to;      /* its span in bytes of the script, [from, to) */
    enum policy_risk risk;
    unsigned effects;     /* of the whole */
    bool over_budget;     /* it was too much to be read: no mode allows it */
    char **programs;      /* effects as far as the reader knows, each NULL-terminated, may be NULL */
    char **read, **written; /* paths; deleted ones among the written */
    char **hosts;
    char *nearest;        /* the nearest rule that would have allowed it, and what it lacks; NULL: none */
    char **git_folders;   /* where git would run, for the facts; NULL-terminated, may be NULL */
};

/* The caller releases the verdict. */
void policy_judge(const struct policy_request *request, struct policy_verdict *verdict);
void policy_verdict_release(struct policy_verdict *verdict);

const char *policy_mode_name(enum policy_mode mode); /* "careful", "auto", "sandboxed", "locked", "rules" */
bool policy_mode_from_name(const char *name, enum policy_mode *mode);

/* Is the profile `sandboxed` as good as its word with this sandbox (network, secrets, mounts of REQUEST)? Else
 * *WHY (may be NULL) is a sentence, and it acts as `careful`. */
bool policy_sandboxed_in_force(const struct policy_request *request, const char **why);

/* Does RULE alone, with the floor, give its verdict to the command EXAMPLE ("NAME {json}" for a RULE_TOOL)? With
 * REQUEST's cwd, home and workspace. For the examples of a rule file. */
bool policy_rule_matches(const struct rule *rule, const char *example, const struct policy_request *request);

/* The rules of a profile, to be looked at; PROFILE is CAREFUL, SANDBOXED or LOCKED. The caller releases the set. */
void policy_profile_rules(enum policy_mode profile, struct rule_set *set);

/* For each part of REQUEST that asks, the narrowest useful rule that would allow it, without file and line, scope
 * SCOPE_SESSION; parts that no rule can allow are left out. The caller releases the set. */
void policy_propose(const struct policy_request *request, struct rule_set *set);

/* --- for the card --- */

/* Appends what the script does in plain words, one line for each command, as far as it can be read. */
void policy_explain(const struct policy_request *request, struct buffer *out);

enum policy_span_kind {
    SPAN_PROGRAM,
    SPAN_OPTION,
    SPAN_KEYWORD, /* if, &&, |, ; ... */
    SPAN_QUOTED,
    SPAN_EXPANSION,
    SPAN_REDIRECTION,
    SPAN_ASSIGNMENT,
    SPAN_DATA, /* a here-document's body */
    SPAN_UNKNOWN,
    SPAN_KINDS
};
struct policy_span {
    size_t from, to;
    enum policy_span_kind kind;
};
/* Spans of the script in order, not overlapping; *SPANS is the caller's to free; returns how many. */
size_t policy_spans(const char *script, size_t length, struct policy_span **spans);

#endif
