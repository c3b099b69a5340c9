/* tools.h - the table of built-in tools: what the model is told of each, and how a call becomes an action.
 *
 * A tool never runs anything itself: it turns arguments into an action (matter/action.h); the runner judges,
 * approves and executes actions.  It also says how a call is shown and how its outcome is put into words for
 * the model. */
#ifndef SANDGATE_AGENT_TOOLS_H
#define SANDGATE_AGENT_TOOLS_H

#include "matter/action.h"

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct call;
struct error;
struct json;
struct sandbox_answer;

/* What a tool needs to know of the session. Borrowed. */
struct tool_context {
    const char *workspace;          /* default cwd, absolute */
    const char *const *environment; /* the whole environment of an exec */
    int64_t timeout, max_timeout;   /* milliseconds */
    int64_t output_max;             /* bytes of output kept at most */
};

enum tool_touch { TOUCH_READS = 1, TOUCH_WRITES = 2, TOUCH_RUNS = 4 };

struct tool {
    const char *name;
    const char *description; /* for the model */
    const char *schema;      /* JSON schema of its arguments */
    unsigned touches;        /* tool_touch flags */
    /* The call in one line, from arguments that fit the schema. Caller frees. */
    char *(*summary)(const struct json *arguments);
    /* The action, or NULL and a sentence for the model. */
    struct action *(*plan)(const struct tool_context *context, const struct json *arguments,
                           struct error *error);
    /* WRITE actions: BEFORE (NULL: the file does not exist) is the file as it is now; sets content.  False
     * and a sentence for the model when the edit cannot be made. */
    bool (*complete)(struct action *action, const char *before, size_t length, struct error *error);
    /* Exec actions: the outcome in words, with the output. LIMIT: bytes of output at most. */
    void (*describe)(const struct action *action, const struct call *call, size_t limit, struct buffer *out);
    /* LIST and WRITE actions: the answer in words. */
    void (*describe_answer)(const struct action *action, const struct sandbox_answer *answer, size_t limit,
                            struct buffer *out);
    const char *code_member;   /* the argument that is code, for showing and editing; NULL: none */
    const char *code_language; /* for highlighting; NULL: by the path's name */
};

const struct tool *tools_at(size_t index); /* NULL past the last */
const struct tool *tool_find(const char *name);
/* Parses and checks arguments. NULL and a sentence for the model. Caller frees. */
struct json *tool_arguments(const struct tool *tool, const char *arguments, struct error *error);
/* The call in one line whatever the arguments are (for lists). Caller frees. */
char *tool_summary(const char *tool, const char *arguments);

/* Rows, in files of their own. */
extern const struct tool tool_run_command, tool_run_python; /* tool_exec.c */
extern const struct tool tool_list_directory, tool_read_file, tool_write_file,
    tool_edit_file; /* tool_files.c */

#endif
