/* conf.h - every option of the program: one table, five sources, each value with where it came from.
 *
 * Sources, weaker first: default, the person's ~/.config/sandgate/sandgate.yaml, the project's .sandgate.yaml,
 * environment, command line.  The row of an option (options.c) says its type, range, default, help, and what a
 * project's file may do with it before the person trusts that file's digest. */
#ifndef SANDGATE_CONF_CONF_H
#define SANDGATE_CONF_CONF_H

#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct conf;
struct error;
struct json;

enum option_type {
    OPTION_TEXT, /* one line */
    OPTION_URL,  /* http:// or https://, without a user name or a password in it */
    OPTION_PATH, /* of the host; "~/" is the home, one with a slash in a file is relative to that file's folder;
                     * one without a slash is a name, one of choices where there are any */
    OPTION_FOLDER,  /* an absolute path inside the sandbox */
    OPTION_CHOICE,  /* one of choices, the strictest first */
    OPTION_BOOLEAN, /* true or false, nothing else */
    OPTION_INTEGER,
    OPTION_NUMBER,
    OPTION_SIZE,   /* bytes: 512, 64K, 100M, 2G */
    OPTION_SPAN,   /* milliseconds: 250ms, 30s, 5m, 2h */
    OPTION_LIST,   /* of texts */
    OPTION_MAP,    /* names to texts */
    OPTION_OBJECT, /* anything, passed on as JSON */
    OPTION_RULES,  /* of the policy: sandgate-policy(7) */
};

enum option_project {
    PROJECT_NEVER,   /* a project's file may not name it, trusted or not */
    PROJECT_NOTHING, /* an untrusted project's file may not name it */
    PROJECT_TIGHTEN, /* it may only make it stricter: lower a limit, switch off */
    PROJECT_SET,
};

struct option {
    const char *path; /* "model.url", "terminal.network" */
    enum option_type type;
    const char *fallback;    /* the default as a person would write it; NULL: unset */
    const char *environment; /* variable that sets it; NULL: none */
    const char *flag;        /* "--max-turns"; NULL: none */
    const char *choices;     /* "dark light mono", CHOICE and PATH only */
    double minimum, maximum; /* INTEGER, NUMBER, SIZE, SPAN; both 0: any */
    enum option_project project;
    bool secret;       /* its value is never printed, and never taken from the command line */
    bool zero_is_none; /* 0 stands for "no limit" */
    bool variables;    /* LIST, MAP: names variables of the sandbox; those that change what a judged command
                              * does (PATH, BASH_ENV, LD_*, ...) are refused */
    bool file_only;    /* is not taken from the command line */
    bool bound;        /* goes only to the model.url that its own source names: a file that sets it must set
                              * model.url too, and it is unset while another URL is in force */
    const char *help;  /* a sentence or two */
};

enum conf_source { SOURCE_DEFAULT, SOURCE_USER, SOURCE_PROJECT, SOURCE_ENVIRONMENT, SOURCE_FLAG };

const struct option *conf_options(size_t *count);
const struct option *conf_option(const char *path);

/* Reads defaults, the person's file, PROJECT_FOLDER/.sandgate.yaml (NULL: none) and the environment.  All
 * errors of all files are collected, one "file:line:column: sentence" a line. */
struct conf *conf_load(const char *project_folder, struct error *error);
void conf_free(struct conf *conf);
/* A value from the command line; PATH is that of an option ("terminal.network") or its flag ("--max-turns").
 * A LIST, MAP or OBJECT is written as in the file, on one line: "[A, B]". */
bool conf_set_flag(struct conf *conf, const char *path, const char *value, struct error *error);

const char *conf_text(const struct conf *conf, const char *path); /* NULL: unset; the text as written */
bool conf_boolean(const struct conf *conf, const char *path);
int64_t conf_integer(const struct conf *conf,
                     const char *path); /* INTEGER, SIZE (bytes), SPAN (milliseconds) */
double conf_number(const struct conf *conf, const char *path);
/* LIST: "item"; MAP: "name: value". NULL-terminated, borrowed; never NULL. */
const char *const *conf_list(const struct conf *conf, const char *path);
const struct json *conf_object(const struct conf *conf, const char *path); /* NULL: unset */
bool conf_is_set(const struct conf *conf, const char *path); /* it has a value; a default is one */
enum conf_source conf_source(const struct conf *conf, const char *path);
/* "default", "~/.config/sandgate/sandgate.yaml:3", "SANDGATE_MODEL", "--model" */
const char *conf_where(const struct conf *conf, const char *path);

/* --- trust of the project's file --- */

/* What the project's file asks for and may not do untrusted: one line each ("model.url = ... (line 3)");
 * NULL-terminated, empty when nothing waits. Those values are not in force. */
const char *const *conf_waiting(const struct conf *conf);
const char *conf_project_digest(const struct conf *conf); /* of the file's bytes; NULL: there is no file */
/* Remembers the digest as trusted (in the data folder) and puts the waiting values in force. */
bool conf_trust(struct conf *conf, struct error *error);

/* --- the policy --- */

/* The rules of the system (/etc/sandgate/policy.yaml), of the person (the configuration, policy.files, and
 * policy.yaml beside the configuration) and of the project, whose set only tightens until it is trusted. Borrowed
 * until CONF is freed; *COUNT of them. */
const struct rule_set *const *conf_rules(const struct conf *conf, size_t *count);
/* What stands behind the rules: approval.mode or policy.profile, whichever the stronger source sets. */
enum policy_mode conf_mode(const struct conf *conf);
/* The person's file that rules are saved to; NULL: without a configuration there is none. Borrowed. */
const char *conf_rule_file(const struct conf *conf);

/* The API key that belongs to URL.  A key belongs to the URL that its own source names (a key of the person's
 * file to that file's model.url, SANDGATE_API_KEY to the URL in force when it is not a project's) and is given
 * for no other.  Async, because api_key_command (never from a project's file) is run through loop/child.
 * FOUND comes once, later, unless the request is cancelled: KEY NULL without FAILED: none is configured. KEY
 * and FAILED are borrowed during the call; the request is freed after it.  CONF need not outlive the request. */
struct loop;
struct conf_key;
struct conf_key *conf_api_key(const struct conf *conf, struct loop *loop, const char *url,
                              void (*found)(void *data, const char *key, const char *failed), void *data);
void conf_key_cancel(struct conf_key *request); /* NULL is fine; not after FOUND */

/* Every option with its value and source, as YAML-like lines. */
void conf_print(const struct conf *conf, struct buffer *out);

#endif
