/* setup.h - what every face with a session needs, made in order and taken down in order: configuration, loop,
 * store, HTTP, key, session. */
#ifndef SANDGATE_FACE_SETUP_H
#define SANDGATE_FACE_SETUP_H

#include "agent/session.h"
#include "face/arguments.h"

#include <stdbool.h>

/* Exit codes of all faces (sandgate(1)). */
enum exit_code {
    EXIT_FINE = 0,
    EXIT_INTERNAL = 1,
    EXIT_USAGE = 2,
    EXIT_REFUSED = 10,
    EXIT_LIMIT = 11,
    EXIT_MODEL = 12,
    EXIT_SANDBOX = 13,
    EXIT_INTERRUPTED = 130,
};

struct setup {
    struct conf *conf;
    struct loop *loop;
    struct http *http;
    struct store *store;
    struct session *session;
    char *folder;      /* absolute path of DIR; NULL: the resumed session's own */
    char *resume;      /* id of the session to go on with; NULL: a new one */
    char *store_failed; /* the sentence when the log could not be written */
    struct loop_signal *signals[2];
};

/* Reads the configuration for DIR (NULL: the current directory). The error of a bad file is a line each. */
bool setup_conf(struct setup *setup, const char *folder, const struct arguments *arguments, struct error *error);
/* Loop and store. */
bool setup_store(struct setup *setup, struct error *error);
/* Hears of SIGNAL until it is released; at most two. */
void setup_signal(struct setup *setup, int signal, void (*arrived)(void *data, int signal), void *data);
/* Finds the session for --continue (RESUME "") or --resume ID; false: there is none. */
bool setup_resume(struct setup *setup, const char *resume, struct error *error);
/* The session itself. Without a model configured the sentence names the three ways to set one. */
bool setup_session(struct setup *setup, bool pin_mode, listener_function *hear, void *data, struct error *error);
/* Ends, keeps or snapshots the session's sandbox as the configuration says, and runs the loop until that is done.
 * Returns the sentence for the person; caller frees. NULL: there is no session. */
char *setup_leave(struct setup *setup);
void setup_release(struct setup *setup);

#endif
