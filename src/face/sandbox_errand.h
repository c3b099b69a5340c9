/* sandbox_errand.h - one run of a verb of `sandgate sandbox`: its command line, its client, its end.
 *
 * A verb is a row of the table in sandbox.c.  Its start function begins requests on the loop and returns; the
 * errand goes on until errand_end was called.  Whatever foreign text is printed goes through the functions
 * here, which make it visible; the output of exec, shell and cat alone is passed on as it is. */
#ifndef SANDGATE_FACE_SANDBOX_ERRAND_H
#define SANDGATE_FACE_SANDBOX_ERRAND_H

#include "modal/client.h"
#include "modal/sandboxes.h"
#include "modal/settings.h"

struct buffer;
struct conf;
struct errand;
struct json;
struct loop_signal;

enum {
    EXIT_PIPE = 128 + 13
}; /* as if SIGPIPE had ended us: what a shell expects of a writer without reader */

enum errand_option {
    OPTION_JSON,
    OPTION_ALL,
    OPTION_APP,
    OPTION_TAG,
    OPTION_CWD,
    OPTION_ENV,
    OPTION_LIMIT,
    OPTION_TTY,
    OPTION_FOLLOW,
    OPTION_LINES,
    OPTION_PATH_IN,
    OPTION_TTL,
    OPTION_PORT,
    OPTION_IMAGE,
    OPTION_CPU,
    OPTION_MEMORY,
    OPTION_GPU,
    OPTION_TIMEOUT,
    OPTION_NAME,
    OPTION_NETWORK,
    OPTION_SET,
    ERRAND_OPTIONS,
};

struct verb {
    const char *name;
    const char *arguments; /* as the help shows them */
    const char *help;
    size_t least, most; /* words */
    uint64_t options;   /* bits of enum errand_option */
    bool attached;      /* the first word is a running sandbox, which is attached to first */
    void (*start)(struct errand *errand);
};

struct errand {
    const struct verb *verb;
    const char *words[64]; /* after the verb, NULL-terminated; with `attached` the sandbox is words[0] */
    size_t count;
    size_t command;                        /* the first word after "--"; count: there is none */
    const char *values[ERRAND_OPTIONS];    /* the last one given, "" for a bare option; NULL: absent */
    const char *lists[ERRAND_OPTIONS][32]; /* all that were given, NULL-terminated */
    struct conf *conf;
    struct loop *loop;
    struct http *http;
    struct modal_settings settings;
    struct modal_client *client;
    struct modal_sandbox *sandbox;        /* with `attached` */
    void (*found)(struct errand *errand); /* after errand_attach */
    struct modal_call *call;              /* the request under way, cancelled at the end */
    struct loop_signal *signals[3];
    void (*interrupted)(struct errand *errand, int signal); /* NULL: the errand ends with 130 */
    void *work;                                             /* the verb's own */
    void (*release)(struct errand *errand);                 /* frees it and stops what it started */
    int code;
    bool over;
};

/* The errand ends when the loop comes back; CODE is the exit code. The first one counts. */
void errand_end(struct errand *errand, int code);
/* The same, with a sentence on standard error. */
void errand_fail(struct errand *errand, const struct modal_failure *failure);
void errand_fail_with(struct errand *errand, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* modal_named callbacks that end it; errand_done with 0. DATA is the errand. */
void errand_done(void *data, const struct modal_failure *failure, const char *id);
/* The request under way has been answered; false: with FAILURE, and the errand ends. */
bool errand_answered(struct errand *errand, const struct modal_failure *failure);

/* A line on standard error, foreign text made visible. */
void errand_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* TEXT with a newline on standard output, made visible. */
void errand_print(const char *text);
/* VALUE on a line of standard output; it is freed. */
void errand_print_json(struct json *value);
/* NAME=value, as an object. */
struct json *errand_tags(const char *const *tags);
/* All of BYTES to FD as they are; false: it failed, and the errand ends. */
bool errand_write(struct errand *errand, int fd, const char *bytes, size_t length);

bool errand_has(const struct errand *errand, enum errand_option option);
/* The app of names and of new sandboxes. */
const char *errand_app(const struct errand *errand);
/* "30s", "5m" as whole seconds; -1 and the errand ends: it is not one. FALLBACK when the option is absent. */
int64_t errand_seconds(struct errand *errand, enum errand_option option, int64_t fallback);
/* How long a snapshot is kept: seconds, MODAL_TTL_FOR_EVER; 0: the errand has ended. */
int64_t errand_ttl(struct errand *errand);
enum { ERRAND_SNAPSHOT_TIMEOUT = 600 }; /* seconds: a large file system takes its time */
/* Finds the sandbox WORD by its name, and keeps it; FOUND is called when that went well.  An id is taken as it is:
 * what is asked of it next finds out whether it runs.  LOOK: it is looked at first (so its app is known). */
void errand_attach(struct errand *errand, const char *word, bool look, void (*found)(struct errand *errand));

/* --- the verbs, by file --- */
void verb_list(struct errand *errand); /* sandbox_list.c */
void verb_tags(struct errand *errand); /* sandbox_show.c */
void verb_tunnels(struct errand *errand);
void verb_network(struct errand *errand);
void verb_stop(struct errand *errand);
void verb_logs(struct errand *errand);   /* sandbox_logs.c */
void verb_create(struct errand *errand); /* sandbox_make.c */
void verb_fork(struct errand *errand);
void verb_snapshot(struct errand *errand); /* sandbox_snapshot.c */
void verb_exec(struct errand *errand);     /* sandbox_exec.c */
void verb_shell(struct errand *errand);
void verb_ls(struct errand *errand); /* sandbox_files.c */
void verb_cat(struct errand *errand);
void verb_put(struct errand *errand); /* sandbox_put.c */
void verb_get(struct errand *errand); /* sandbox_get.c */
void verb_cp(struct errand *errand);  /* sandbox_cp.c */

#endif
