/* action.h - what exactly would run: the thing that is judged, approved and executed.
 *
 * A tool turns a call's arguments into an action; the policy judges the action; an approval carries the
 * action's digest; the runner recomputes it over what it is about to send and refuses any difference. */
#ifndef SANDGATE_MATTER_ACTION_H
#define SANDGATE_MATTER_ACTION_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

enum action_kind {
    ACTION_EXEC,  /* argv with a script */
    ACTION_LIST,  /* a folder */
    ACTION_READ,  /* a part of a file */
    ACTION_WRITE, /* a whole file, new bytes in place of those with hash `base` */
};

/* All owned by the action; NULL or 0 where the kind has no use for it. */
struct action {
    enum action_kind kind;
    char *tool;
    char *origin;       /* "agent", "person" */
    char *interpreter;  /* "bash", "python3" */
    char **argv;        /* NULL-terminated, argv[0] absolute */
    char *script;       /* the text that the interpreter gets: what the policy reads */
    char *cwd;          /* absolute */
    char **environment; /* the whole of it, NULL-terminated */
    char *input;        /* stdin */
    size_t input_length;
    bool pty;
    int64_t timeout;       /* milliseconds */
    int64_t output_limit;  /* bytes of output that are kept at most */
    char *path;            /* LIST, READ, WRITE: absolute, normalized */
    int64_t offset, limit; /* READ: lines */
    char *base;            /* WRITE: hash of the file that the person saw; "": it does not exist */
    char *before;          /* WRITE: that file's bytes, for the difference; not part of the digest */
    size_t before_length;
    char *content; /* WRITE: its new bytes */
    size_t content_length;
    struct json *arguments; /* canonical: defaults filled in */
};

/* Where it would run: part of the digest. Borrowed. */
struct action_place {
    const char *backend, *sandbox;
    int64_t generation;
    bool network, secrets;
    const char *mounts;
};

struct action *action_new(enum action_kind kind, const char *tool);
void action_free(struct action *action);

/* SHA-256 over a versioned, length-prefixed encoding of every field above but `before`, and of the place. */
void action_digest(const struct action *action, const struct action_place *place, char digest[HASH_TEXT]);

#endif
