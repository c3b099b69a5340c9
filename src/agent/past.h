/* past.h - the commands of the log, to try rules on: what would have been allowed, asked, denied. */
#ifndef SANDGATE_AGENT_PAST_H
#define SANDGATE_AGENT_PAST_H

#include "matter/event.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct store;

/* A command that was proposed, once for each text and working directory. */
struct past_command {
    char *command;
    char *cwd;                     /* as the model gave it; NULL: the workspace */
    char session[SESSION_ID_TEXT]; /* the last that proposed it */
    int64_t time;                  /* clock_wall, of the last time */
    size_t times;
};

struct past {
    struct past_command *commands; /* the newest session's first */
    size_t count, capacity;
    struct map *places; /* of each text, while it is filled */
};

#define PAST_INIT \
    {             \
        0         \
    }

/* The commands of every session of STORE. */
bool past_read(struct past *past, struct store *store, struct error *error);
/* Those of one. */
bool past_read_session(struct past *past, struct store *store, const char *session, struct error *error);
/* COMMAND was proposed (once more); a list of another origin than the log has no SESSION and time 0. */
void past_add(struct past *past, const char *command, const char *cwd, const char *session, int64_t time);
/* The same of a call of TOOL, when it is a command; ARGUMENTS is JSON text. Both may be NULL. */
void past_add_call(struct past *past, const char *tool, const char *arguments, const char *session,
                   int64_t time);
void past_release(struct past *past);

/* Judges the commands from FIRST on, at most MOST of them, twice; BEFORE and AFTER have everything but the command. EACH is told where the verdict differs,
 * until it returns false.  Returns how many it was told. */
size_t past_compare(const struct past *past, size_t first, size_t most, const struct policy_request *before,
                    const struct policy_request *after,
                    bool (*each)(void *data, const struct past_command *command,
                                 const struct policy_verdict *before, const struct policy_verdict *after),
                    void *data);

#endif
