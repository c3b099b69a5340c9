/* sessions_verbs.h - the verbs of `sandgate sessions` that are too long for sessions.c. */
#ifndef SANDGATE_FACE_SESSIONS_VERBS_H
#define SANDGATE_FACE_SESSIONS_VERBS_H

#include <stdbool.h>

struct error;
struct store;

/* Prints the table of all sessions, newest first; JSON: as one array of objects. */
bool sessions_list(struct store *store, bool json, struct error *error);
/* Checks the chain of SESSION and every spooled output that it names; prints a line when all fits. */
bool sessions_verify(struct store *store, const char *session, struct error *error);

#endif
