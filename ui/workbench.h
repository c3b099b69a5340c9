/* workbench.h - the split-pane screen: the face of a session for a person. */
#ifndef SANDGATE_UI_WORKBENCH_H
#define SANDGATE_UI_WORKBENCH_H

#include "agent/session.h"

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct error;
struct loop;
struct session;
struct workbench;

struct workbench_setup {
    struct loop *loop;
    const struct conf *conf;
    const char *draft; /* what stands in the composer at first; NULL: nothing */
    /* Remembers what was sent; told of each. May be NULL. */
    void (*sent)(void *data, const char *text);
    /* The person leaves, and says what is to become of the sandbox; asked again, nothing is waited for. */
    void (*ended)(void *data, enum session_quit how);
    void *data;
};

/* Takes the terminal. NULL and a sentence when there is none. The session comes later: what is typed before
 * is kept. */
struct workbench *workbench_new(const struct workbench_setup *setup, struct error *error);
void workbench_attach(struct workbench *workbench, struct session *session);
void workbench_add_history(struct workbench *workbench, const char *text);
/* A sentence in the bar, until the next key. */
void workbench_tell(struct workbench *workbench, const char *sentence);
/* Gives the terminal back. Before the session is freed. */
void workbench_free(struct workbench *workbench);

#endif
