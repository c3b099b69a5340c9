/* store.c - the store as a whole: its folder, its writer, its reading connection; appending; ids.
 *
 * An event is printed here, on the loop's thread, because the writer must not touch its body: the caller keeps
 * it.  What the session's row learns from an event (folder, model, title) is picked out here for the same
 * reason. */
#include "store/store.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/random.h"
#include "base/utf8.h"
#include "store/database.h"
#include "store/inside.h"
#include "store/work.h"
#include "store/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TITLE_LENGTH = 120 /* bytes */, TAIL_LENGTH = 4 /* of an id */ };

struct store {
    char *sessions; /* the folder of the sessions' folders */
    char *path;     /* the database */
    struct writer *writer;
    struct database *reading; /* NULL until it is first needed */
};

struct store *store_open(struct loop *loop, const char *folder,
                         void (*failed)(void *data, const char *sentence), void *data, struct error *error)
{
    char *sessions = path_join(folder, "sessions");
    if (!path_make_folders(sessions, error)) {
        free(sessions);
        return NULL;
    }
    struct store *store = xcalloc(1, sizeof(*store));
    store->sessions = sessions;
    store->path = path_join(folder, "sandgate.db");
    store->writer = writer_new(loop, store->path, failed, data, error);
    if (!store->writer) {
        store_close(store);
        return NULL;
    }
    return store;
}

/* The writing connection is closed last: it empties the write-ahead log into the file. */
void store_close(struct store *store)
{
    if (store) {
        database_close(store->reading);
        writer_free(store->writer);
        free(store->path);
        free(store->sessions);
        free(store);
    }
}

struct database *store_reading(struct store *store, struct error *error)
{
    if (!store->reading && writer_wait_open(store->writer, error)) {
        store->reading = database_open(store->path, DATABASE_READING, error);
    }
    return store->reading;
}

void store_settle(struct store *store)
{
    writer_wait_written(store->writer, NULL);
}

/* --- appending --- */

/* The first words of a text as one line: runs of white space become one space. */
static char *first_words(const char *text)
{
    struct buffer words = BUFFER_INIT;
    while (*text && words.length < TITLE_LENGTH) {
        size_t gap = strspn(text, " \t\r\n");
        text += gap;
        if (gap > 0 && words.length > 0 && *text) {
            buffer_append_byte(&words, ' ');
        }
        size_t word = strcspn(text, " \t\r\n");
        buffer_append(&words, text, word);
        text += word;
    }
    if (words.length > TITLE_LENGTH) {
        buffer_truncate(&words, TITLE_LENGTH);
        buffer_truncate(&words, TITLE_LENGTH - utf8_partial_tail(words.data, TITLE_LENGTH));
    }
    return buffer_detach(&words);
}

void store_append(struct store *store, const struct event *event, void (*committed)(void *data, bool written),
                  void *data)
{
    struct work *work = work_new(WORK_EVENT, event->session);
    work->head = *event;
    work->head.body = NULL;
    work->text = json_print(event->body);
    work->length = strlen(work->text);
    work->committed = committed;
    work->data = data;
    if (event->type == EVENT_SESSION) {
        work->folder = xstrdup_or_null(json_get_text(event->body, "folder"));
        work->model = xstrdup_or_null(json_get_text(event->body, "model"));
    } else if (event->type == EVENT_REQUEST) {
        work->model = xstrdup_or_null(json_get_text(event->body, "model"));
    } else if (event->type == EVENT_PROMPT && json_get_text(event->body, "text")) {
        work->title = first_words(json_get_text(event->body, "text"));
    }
    writer_add(store->writer, work);
}

void store_draft(struct store *store, const char *session, int64_t draft, enum event_type type, int64_t turn,
                 int64_t call, const char *bytes, size_t length)
{
    if (length == 0) {
        return;
    }
    struct work *work = work_new(WORK_DRAFT, session);
    work->head.type = type;
    work->head.turn = turn;
    work->head.call = call;
    work->head.time = clock_wall();
    work->draft = draft;
    work->text = xmemdup(bytes, length);
    work->length = work->capacity = length;
    writer_add(store->writer, work);
}

void store_draft_end(struct store *store, const char *session, int64_t draft)
{
    struct work *work = work_new(WORK_DRAFT_END, session);
    work->draft = draft;
    writer_add(store->writer, work);
}

void store_history_add(struct store *store, const char *text)
{
    struct work *work = work_new(WORK_HISTORY, "");
    work->text = xstrdup(text);
    writer_add(store->writer, work);
}

/* The lease keeps others out while it goes; a session whose folder is already gone needs none. */
bool store_delete(struct store *store, const char *session, struct error *error)
{
    char found[SESSION_ID_TEXT];
    if (!store_find(store, session, found, error)) {
        return false;
    }
    struct error refused = ERROR_INIT;
    struct store_lease *lease = lease_take_existing(store, found, &refused);
    if (refused.message) {
        error_set(error, "session %s cannot be deleted: %s", found, error_message(&refused));
        error_clear(&refused);
        return false;
    }
    writer_add(store->writer, work_new(WORK_DELETE, found));
    bool deleted = writer_wait_written(store->writer, error);
    if (deleted && lease) {
        char *folder = store_folder_of(store, found);
        deleted = path_remove_tree(folder, error);
        free(folder);
    }
    store_lease_free(lease);
    return deleted;
}

/* --- ids and folders --- */

static bool is_id(const char *text)
{
    size_t length = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz-");
    return length > 0 && length < SESSION_ID_TEXT && text[length] == '\0';
}

char *store_folder_of(const struct store *store, const char *session)
{
    return is_id(session) ? path_join(store->sessions, session) : NULL;
}

char *store_session_folder(struct store *store, const char *session)
{
    char *folder = store_folder_of(store, session);
    if (!folder) {
        bug("\"%s\" is not the id of a session", session);
    }
    path_make_folders(folder, NULL); /* who writes into it says what is wrong */
    return folder;
}

static void random_tail(char tail[TAIL_LENGTH + 1])
{
    static const char letters[] = "23456789abcdefghjkmnpqrstuvwxyz"; /* none that look alike */
    unsigned char bytes[TAIL_LENGTH];
    random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < TAIL_LENGTH; i++) {
        tail[i] = letters[bytes[i] % (sizeof(letters) - 1)];
    }
    tail[TAIL_LENGTH] = '\0';
}

/* Day and time (UTC, so that ids sort by it), then letters.  A session that was ever opened has a folder. */
void store_new_id(struct store *store, char id[SESSION_ID_TEXT])
{
    time_t now = (time_t)(clock_wall() / 1000);
    struct tm utc;
    gmtime_r(&now, &utc);
    bool taken = true;
    while (taken) {
        char tail[TAIL_LENGTH + 1];
        random_tail(tail);
        size_t length = strftime(id, SESSION_ID_TEXT, "%Y%m%d-%H%M%S-", &utc);
        snprintf(id + length, SESSION_ID_TEXT - length, "%s", tail);
        char *folder = store_folder_of(store, id);
        taken = access(folder, F_OK) == 0;
        free(folder);
    }
}
