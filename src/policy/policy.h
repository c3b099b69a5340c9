/* policy.h - is this tool call allowed?  Pure: text and facts in, verdict and reason out; it asks nobody.
 *
 * The session gathers the facts.  The strictest part of a call decides.  What cannot be read exactly is
 * unknown, and unknown is never allowed. */
#ifndef SANDGATE_POLICY_POLICY_H
#define SANDGATE_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

struct json;

enum verdict { VERDICT_ALLOW, VERDICT_ASK, VERDICT_DENY }; /* in order of strictness */

enum policy_mode {
    POLICY_CAREFUL, /* all but plain reading asks */
    POLICY_AUTO,    /* runs all but what is denied; switched on by a person only */
};

enum policy_access { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_DELETE = 4 };

struct policy_path {
    const char *path; /* absolute, normalized */
    unsigned access;  /* policy_access flags */
};

/* A symbolic link that is known to exist in the sandbox. */
struct policy_link {
    const char *path, *target;
};

enum policy_origin { ORIGIN_AGENT, ORIGIN_PERSON, ORIGIN_MCP_CLIENT, ORIGIN_SUBAGENT };

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
    const char *const *environment; /* NULL-terminated, may be NULL */
    const char *input;              /* stdin, NULL for none */
    size_t input_length;
    /* facts of the sandbox */
    const char *backend;
    bool network, secrets;
    const char *mounts;
    long long generation;
    const struct policy_link *links;
    size_t link_count;
    /* what is in force */
    enum policy_mode mode;
    const char *const *session_allows; /* digests allowed for this session by the person; NULL-terminated or NULL */
    const char *digest;                /* of this very call */
};

enum policy_risk { RISK_NONE, RISK_LOW, RISK_MEDIUM, RISK_HIGH };

struct policy_verdict {
    enum verdict verdict;
    char *reason;         /* a sentence */
    char *rule;           /* "file:line", "floor:NAME", "builtin:NAME", "session"; NULL: no rule */
    char *part;           /* the text that decided; "" when it is all of it */
    size_t from, to;      /* its span in bytes of the script, [from, to) */
    enum policy_risk risk;
    char **programs;      /* effects as far as the reader knows, each NULL-terminated, may be NULL */
    char **written;
    char **hosts;
    char *nearest;        /* the nearest rule that would have allowed it, NULL: none */
};

/* The caller releases the verdict. */
void policy_judge(const struct policy_request *request, struct policy_verdict *verdict);
void policy_verdict_release(struct policy_verdict *verdict);
const char *verdict_name(enum verdict verdict); /* "allow", "ask", "deny" */
const char *policy_mode_name(enum policy_mode mode);
bool policy_mode_from_name(const char *name, enum policy_mode *mode);

#endif
