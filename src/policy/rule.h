/* rule.h - one statement about what may run, and sets of them.
 *
 * A rule is a plain struct: whoever reads a rule file (src/conf) or has a table of rules (the profiles) fills it
 * with the functions below; nothing here reads a file.  The strictest rule that matches wins (deny, ask, allow);
 * order does not matter.
 *
 * Patterns of words, programs, options, hosts and tools: `*` any bytes, `?` one character, `a|b` either; all
 * else stands for itself.  Patterns of paths: `*` and `?` do not cross a slash, `**` does; `~` is the home
 * folder, `.` at the start the workspace, a leading `!` turns the pattern round (all paths but these; with several
 * of them, all paths but any of these); a pattern without a slash is a file's name in any folder (".env"). A
 * pattern of a folder (".ssh/", "/etc/ssl") covers what is below it too. */
#ifndef SANDGATE_POLICY_RULE_H
#define SANDGATE_POLICY_RULE_H

#include <stdbool.h>
#include <stddef.h>

struct error;

enum verdict { VERDICT_ALLOW, VERDICT_ASK, VERDICT_DENY }; /* in order of strictness */

enum rule_scope { SCOPE_FLOOR, SCOPE_SYSTEM, SCOPE_USER, SCOPE_PROJECT, SCOPE_SESSION, SCOPE_PROFILE };

enum rule_kind {
    RULE_COMMAND, /* a command within a script */
    RULE_FILE,    /* reading, writing, deleting files, by a tool or by a command as far as it is known */
    RULE_HOST,    /* reaching a host */
    RULE_TOOL,    /* a tool or MCP tool by its name and arguments */
};

enum policy_access { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_DELETE = 4 };

/* What a command does, as far as knowledge says.  A rule that allows names what else than reading it permits. */
enum policy_effect {
    EFFECT_READ = 1 << 0,      /* reads files, prints */
    EFFECT_INPUT = 1 << 1,     /* its standard input comes from a file by < (else a rule or profile must say so) */
    EFFECT_WRITE = 1 << 2,     /* writes files */
    EFFECT_DELETE = 1 << 3,    /* deletes files or throws changes away */
    EFFECT_CODE = 1 << 4,      /* runs code of the workspace, as it does by its nature: tests, make, ./x */
    EFFECT_LOAD = 1 << 5,      /* loads code or configuration that an argument names */
    EFFECT_RUN = 1 << 6,       /* runs a program that an argument names and that is not known */
    EFFECT_NETWORK = 1 << 7,   /* reaches the network */
    EFFECT_INSTALL = 1 << 8,   /* installs packages */
    EFFECT_PROCESS = 1 << 9,   /* signals or changes other processes */
    EFFECT_DAEMON = 1 << 10,   /* leaves something running in the background */
    EFFECT_PRIVILEGE = 1 << 11, /* becomes another user */
    EFFECT_SYSTEM = 1 << 12,   /* changes the system: mounts, services, devices, power */
    EFFECT_SHELL = 1 << 13,    /* changes the shell that reads what follows */
    EFFECT_SECRET = 1 << 14,   /* prints what may be secret: the environment */
    EFFECT_UNKNOWN = 1 << 15,  /* a program, option or form that is not known */
};
#define EFFECT_COUNT 16
/* "read", "input", "write" ... : the names that rule files use. */
const char *effect_name(enum policy_effect effect);
bool effect_from_name(const char *name, unsigned *effect);

/* A NULL-terminated list of texts; NULL: none was given, which is not the same as an empty list. */
typedef char **rule_texts; /* free with texts_free */
/* Appends a copy of TEXT; NULL: makes an empty list where none was given. */
void rule_texts_add(rule_texts *texts, const char *text);

struct rule_argument {
    char *name;    /* of the tool's argument; its value as text, canonical JSON when it is none */
    char *pattern; /* of words; of paths when the pattern begins with / ~ . or ! */
};

/* Owned by its set. All texts are optional where nothing else is said. */
struct rule {
    enum verdict verdict;
    enum rule_kind kind;

    /* RULE_COMMAND */
    rule_texts programs;  /* any of these patterns; "git". A pattern without slash is the name of the program as
                             the fixed PATH finds it (of any path, in deny and ask); with one, the word as written.
                             NULL: every command */
    rule_texts words;     /* the first words that are neither options nor their values, in order: the subcommand */
    rule_texts arguments; /* each further word matches one of these; empty: there are none; NULL: any */
    rule_texts with;      /* one of these options is given, in any spelling; NULL: whatever is given */
    rule_texts only;      /* no option but these is given; NULL: any (that `permits` and knowledge let pass) */

    /* RULE_FILE; in a RULE_COMMAND: and one of its paths matches (deny, ask), all of them match (allow) */
    rule_texts paths;
    unsigned access; /* policy_access; 0: any */

    rule_texts hosts; /* RULE_HOST; in a RULE_COMMAND: likewise */

    /* RULE_TOOL */
    rule_texts tools; /* "read_file", "mcp:server:tool" */
    struct rule_argument *tool_arguments; /* all of them match */
    size_t tool_argument_count;

    unsigned permits; /* allow: effects that may be there besides EFFECT_READ; EFFECT_CODE is permitted by a
                         rule that names its program without a star */
    bool outside;     /* allow with EFFECT_WRITE or EFFECT_DELETE: also outside the workspace, where the floor
                         lets it */

    char *reason;  /* a sentence for the person and the model */
    char *name;    /* of a rule of our own: "remove-root"; NULL in files */
    char *file;    /* where it stands; NULL: it is our own */
    unsigned line; /* 1 and up */
    enum rule_scope scope;
    rule_texts match, not_match; /* commands that it must match, and must not */
};

struct rule_set {
    struct rule **rules; /* never move */
    size_t count, capacity;
    bool tightens_only; /* its allow rules do not count: a project that the person has not trusted */
};

#define RULE_SET_INIT { 0 }

/* Adds a rule, empty but for what is given, and returns it to be filled. FILE is copied, NULL: none. */
struct rule *rule_set_add(struct rule_set *set, enum verdict verdict, enum rule_kind kind,
                          enum rule_scope scope, const char *file, unsigned line);
/* Takes the last rule away again. */
void rule_set_drop(struct rule_set *set);
void rule_set_release(struct rule_set *set);
/* Takes TEXT apart at blanks: first word programs, the others words: "git stash list". "**" at the end is left
 * out, for that is what is meant without it; "$" at the end says that nothing may follow. False and a sentence when
 * there is no word in it. */
bool rule_set_words(struct rule *rule, const char *text, struct error *error);
void rule_add_argument(struct rule *rule, const char *name, const char *pattern);
/* Whether what the rule holds makes sense together; false and a sentence (without file and line). */
bool rule_check(const struct rule *rule, struct error *error);

/* "FILE:LINE", "floor:NAME", "careful:NAME"; caller frees. */
char *rule_where(const struct rule *rule);
/* The rule as a short line for people: "allow git status", "deny reading ~/.ssh". Caller frees. */
char *rule_text(const struct rule *rule);

const char *verdict_name(enum verdict verdict); /* "allow", "ask", "deny" */
bool verdict_from_name(const char *name, enum verdict *verdict);
const char *rule_scope_name(enum rule_scope scope);

/* --- patterns --- */
bool pattern_matches_word(const char *pattern, const char *word);
/* PATH is absolute and normalized. HOME and WORKSPACE may be NULL. */
bool pattern_matches_path(const char *pattern, const char *path, const char *home, const char *workspace);
/* Any of them; for paths with `!` as the head of this file says. */
bool patterns_match_path(const char *const *patterns, const char *path, const char *home, const char *workspace);

#endif
