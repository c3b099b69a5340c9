/* store.h - sessions as rows of events in SQLite; the only door to it.
 *
 * One writer thread owns the connection and is fed by a queue; the loop's thread waits for it only
 * when a store is closed, a lease is given back or a session is deleted.  Appends are grouped into transactions (at most 64 events or 50 ms); an append that asks to be
 * durable is committed at once with synchronous=FULL and its callback comes on the loop's thread after the
 * commit.  Bodies that stream are draft pieces: appended, committed within 100 ms, in no chain, and removed by
 * the event that closes the block; kill -9 at any byte loses at most 100 ms of a draft.
 *
 * A failure to write (a full disk) is told once through `failed`; from then on every durable append is
 * answered false: no new call may start. */
#ifndef SANDGATE_STORE_STORE_H
#define SANDGATE_STORE_STORE_H

#include "matter/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct loop;
struct store;

/* FOLDER (made when missing, mode 0700) holds sandgate.db and a folder per session. FAILED: see above. */
struct store *store_open(struct loop *loop, const char *folder,
                         void (*failed)(void *data, const char *sentence), void *data, struct error *error);
/* Writes all that is queued.  Answers that have not come by then never come.  NULL is fine. */
void store_close(struct store *store);

/* What one turn of the loop appends is handed to the writer together at its end and is committed together, or
 * not at all. */

/* Takes over EVENT's copy; the caller keeps EVENT.  Its seq must follow that of the session's last event: else
 * two processes write to one session, and writing fails.  COMMITTED (may be NULL: not durable, grouped) comes once. */
void store_append(struct store *store, const struct event *event,
                  void (*committed)(void *data, bool written), void *data);

/* Pieces of a block that streams.  DRAFT is a number of the session's choice, used once in its life. */
void store_draft(struct store *store, const char *session, int64_t draft, enum event_type type, int64_t turn,
                 int64_t call, const char *bytes, size_t length);
/* In the same turn of the loop as the closing event's append: the draft's pieces go in the same transaction. */
void store_draft_end(struct store *store, const char *session, int64_t draft);

/* --- reading, on the loop's thread, through a connection of its own: it sees what is committed --- */

struct store_session {
    char id[SESSION_ID_TEXT];
    int64_t created, changed; /* clock_wall */
    int64_t events;
    char *folder; /* the host's DIR that went up, "" for none */
    char *model;
    char *title;  /* first words of the first prompt */
    bool held;    /* a process holds its lease */
};
/* Newest first; told one by one until EACH returns false. FOLDER: only sessions of it, NULL: all. */
bool store_sessions(struct store *store, const char *folder,
                    bool (*each)(void *data, const struct store_session *session), void *data,
                    struct error *error);
/* The session whose id is or begins with ID; false when there is none or more than one. */
bool store_find(struct store *store, const char *id, char found[SESSION_ID_TEXT], struct error *error);
/* All events of a session in order; EVENT is borrowed. False: unreadable, with the sentence. */
bool store_events(struct store *store, const char *session,
                  bool (*each)(void *data, const struct event *event), void *data, struct error *error);
/* The same for those of TYPES alone (COUNT of them), and without the member `text` of bodies that are long: for those
 * who read a whole store and want no result's output. */
bool store_events_of(struct store *store, const char *session, const enum event_type *types, size_t count,
                     bool (*each)(void *data, const struct event *event), void *data, struct error *error);
/* The events of TYPE, newest first, until EACH returns false. */
bool store_newest(struct store *store, const char *session, enum event_type type,
                  bool (*each)(void *data, const struct event *event), void *data, struct error *error);
/* Drafts that no event closed (a crash), whole. */
bool store_drafts(struct store *store, const char *session,
                  bool (*each)(void *data, int64_t draft, enum event_type type, int64_t turn, int64_t call,
                               const char *bytes, size_t length),
                  void *data, struct error *error);
/* The session's folder too.  Refused while any process holds its lease, this one included.  Waits for the
 * writer. */
bool store_delete(struct store *store, const char *session, struct error *error);
/* Names the first event whose hash does not fit or that is missing; true when all fit.  HEAD: hash of the last. */
bool store_verify(struct store *store, const char *session, char head[HASH_TEXT], struct error *error);

/* The right to append to a session: one process at a time, freed by the kernel when it dies. */
struct store_lease;
struct store_lease *store_lease_take(struct store *store, const char *session, struct error *error);
/* Before store_close.  Waits until all that was appended is written: the next holder goes on from there. */
void store_lease_free(struct store_lease *lease);

/* The session's folder on the host (made when missing); caller frees. */
char *store_session_folder(struct store *store, const char *session);
/* A new id: sortable by time, short enough to type, unique in this store. */
void store_new_id(struct store *store, char id[SESSION_ID_TEXT]);

/* What the person typed into the composer, over all sessions. Newest last. */
void store_history_add(struct store *store, const char *text);
bool store_history(struct store *store, size_t limit, bool (*each)(void *data, const char *text), void *data,
                   struct error *error);

#endif
