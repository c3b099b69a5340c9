/* inside.h - what the files of this room know of one another. */
#ifndef SANDGATE_STORE_INSIDE_H
#define SANDGATE_STORE_INSIDE_H

#include <stdbool.h>

struct database;
struct error;
struct store;
struct store_lease;

/* The reading connection, opened when it is first asked for; NULL with the sentence. */
struct database *store_reading(struct store *store, struct error *error);
/* Waits until all that was appended is written, or cannot be. */
void store_settle(struct store *store);
/* The session's folder, which need not be there; NULL when SESSION is no id. Caller frees. */
char *store_folder_of(const struct store *store, const char *session);
/* Asks without taking it. */
bool lease_is_held(const struct store *store, const char *session);
/* As store_lease_take, but an unknown session gets no folder for it: NULL without a sentence. */
struct store_lease *lease_take_existing(struct store *store, const char *session, struct error *error);

#endif
