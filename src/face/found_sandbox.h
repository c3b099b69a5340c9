/* found_sandbox.h - the sandbox of a session that no process holds, opened to look at its files.
 *
 * One on this machine is started on its old workspace; one that lives elsewhere is attached to and left as it was
 * found; when that is gone, one is started from the session's last snapshot and ended again at the close. */
#ifndef SANDGATE_FACE_FOUND_SANDBOX_H
#define SANDGATE_FACE_FOUND_SANDBOX_H

#include "agent/sandbox_record.h"

#include <stdbool.h>

struct error;
struct loop;
struct sandbox;
struct found_sandbox;

struct found_wish { /* borrowed until the close */
    struct loop *loop;
    const char *session, *folder; /* id; the host's folder, whose configuration counts; may be NULL */
    const char *backend, *workspace,
        *state; /* as the session's events say; its folder of state on the host */
    const struct sandbox_record *record;
};

struct found_events {
    void (*ready)(void *data, struct sandbox *sandbox);
    void (*gone)(void *data, const char *sentence); /* it cannot be opened, or was lost */
    void (*notice)(void *data, const char *sentence);
};

/* False when there is nothing that could be opened, with the sentence. */
bool found_sandbox_possible(const struct found_wish *wish, struct error *error);
struct found_sandbox *found_sandbox_open(const struct found_wish *wish, const struct found_events *events,
                                         void *data, struct error *error);
/* Runs the loop until the sandbox is left, then frees; not from a callback. False: it could not be left well.
 * NULL is fine. */
bool found_sandbox_close(struct found_sandbox *found, struct error *error);

#endif
