/* reading.c - what can be asked of the store, on the loop's thread, through a read-only connection. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "store/database.h"
#include "store/inside.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

static void copy_text(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

/* The connection and a statement on it; false with the sentence. */
static bool prepare(struct store *store, const char *sql, struct database **database,
                    sqlite3_stmt **statement, struct error *error)
{
    *database = store_reading(store, error);
    *statement = *database ? database_prepare(*database, sql, error) : NULL;
    return *statement != NULL;
}

/* --- sessions --- */

static void read_session(const struct store *store, sqlite3_stmt *row, struct store_session *session)
{
    *session = (struct store_session){ 0 };
    copy_text(session->id, sizeof(session->id), database_text(row, 0));
    session->created = sqlite3_column_int64(row, 1);
    session->changed = sqlite3_column_int64(row, 2);
    session->events = sqlite3_column_int64(row, 3);
    session->folder = xstrdup(database_text(row, 4));
    session->model = xstrdup(database_text(row, 5));
    session->title = xstrdup(database_text(row, 6));
    session->held = lease_is_held(store, session->id);
}

static void session_release(struct store_session *session)
{
    free(session->folder);
    free(session->model);
    free(session->title);
}

bool store_sessions(struct store *store, const char *folder,
                    bool (*each)(void *data, const struct store_session *session), void *data,
                    struct error *error)
{
    static const char sql[] = "SELECT id, created, changed, events, folder, model, title FROM session "
                              "WHERE events > 0 AND (?1 IS NULL OR folder = ?1) "
                              "ORDER BY changed DESC, id DESC";
    struct database *database;
    sqlite3_stmt *statement;
    if (!prepare(store, sql, &database, &statement, error)) {
        return false;
    }
    database_bind(statement, "t", folder);
    int step;
    bool more = true;
    while (more && (step = database_step(database, statement, error)) == 1) {
        struct store_session session;
        read_session(store, statement, &session);
        more = each(data, &session);
        session_release(&session);
    }
    sqlite3_finalize(statement);
    return !more || step == 0;
}

bool store_find(struct store *store, const char *id, char found[SESSION_ID_TEXT], struct error *error)
{
    static const char sql[] = "SELECT id FROM session WHERE substr(id, 1, length(?1)) = ?1 "
                              "ORDER BY id <> ?1, changed DESC, id LIMIT 2";
    struct database *database;
    sqlite3_stmt *statement;
    if (!prepare(store, sql, &database, &statement, error)) {
        return false;
    }
    database_bind(statement, "t", id);
    bool ok = false;
    int step = *id ? database_step(database, statement, error) : 0;
    if (step == 0) {
        error_set(error, "there is no session whose id is or begins with \"%s\"", id);
    } else if (step == 1) {
        copy_text(found, SESSION_ID_TEXT, database_text(statement, 0));
        step = strcmp(found, id) == 0 ? 0 : database_step(database, statement, error);
        ok = step == 0 ||
             (step == 1 &&
              error_set(error, "more than one session begins with \"%s\" (%s, %s); type more of its id", id,
                        found, database_text(statement, 0)));
    }
    sqlite3_finalize(statement);
    return ok;
}

/* --- events --- */

#define EVENT_HEAD "seq, version, parent, turn, call, type, actor, sandbox, generation, time, "
#define OF_SESSION ", hash FROM event WHERE session = (SELECT number FROM session WHERE id = ?) "
#define EVENT_COLUMNS EVENT_HEAD "body" OF_SESSION
#define SHORT_COLUMNS                                                                                     \
    EVENT_HEAD "CASE WHEN length(body) > 512 AND json_valid(body) THEN json_remove(body, '$.text') ELSE " \
               "body END" OF_SESSION
#define IN_ORDER "ORDER BY seq"

static bool read_body(sqlite3_stmt *row, struct event *event, struct error *error)
{
    const char *body = database_text(row, 10);
    json_free(event->body);
    event->body = json_parse(body, (size_t)sqlite3_column_bytes(row, 10), error);
    if (event->body && !json_is(event->body, JSON_OBJECT)) {
        return error_set(error, "its body is not an object");
    }
    return event->body != NULL;
}

/* Whoever folds the log keeps its calls by number.  Numbers are given in order, so none is far beyond the
 * events; one that is was not written by us. */
static bool has_good_call(const struct event *event)
{
    enum { UNFINISHED = 100000 }; /* calls that were begun and never became an event */
    return event->call >= (event->type == EVENT_CALL) && event->call <= event->seq + UNFINISHED;
}

/* The row's event; NULL with the sentence. Caller frees. */
static struct event *read_event(const char *session, sqlite3_stmt *row, struct error *error)
{
    enum event_type type;
    long long seq = sqlite3_column_int64(row, 0);
    if (!event_type_from_name(database_text(row, 5), &type)) {
        error_set(error, "event %lld of session %s is of a type that this program does not know", seq,
                  session);
        return NULL;
    }
    struct event *event = event_new(type);
    event->seq = seq;
    event->version = sqlite3_column_int(row, 1);
    event->parent = sqlite3_column_int64(row, 2);
    event->turn = sqlite3_column_int64(row, 3);
    event->call = sqlite3_column_int64(row, 4);
    event->generation = sqlite3_column_int64(row, 8);
    event->time = sqlite3_column_int64(row, 9);
    copy_text(event->session, sizeof(event->session), session);
    copy_text(event->actor, sizeof(event->actor), database_text(row, 6));
    copy_text(event->sandbox, sizeof(event->sandbox), database_text(row, 7));
    copy_text(event->hash, sizeof(event->hash), database_text(row, 11));
    if (!read_body(row, event, error) ||
        (!has_good_call(event) && !error_set(error, "it is about an impossible call"))) {
        error_prefix(error, "event %lld of session %s cannot be read", seq, session);
        event_free(event);
        return NULL;
    }
    return event;
}

/* Tells the events of the rows one by one; ends STATEMENT. */
static bool tell_events(struct database *database, sqlite3_stmt *statement, const char *session,
                        bool (*each)(void *data, const struct event *event), void *data, struct error *error)
{
    int step = 0;
    bool more = true, readable = true;
    while (more && readable && (step = database_step(database, statement, error)) == 1) {
        struct event *event = read_event(session, statement, error);
        readable = event != NULL;
        more = readable && each(data, event);
        event_free(event);
    }
    sqlite3_finalize(statement);
    return readable && (!more || step == 0);
}

bool store_events(struct store *store, const char *session,
                  bool (*each)(void *data, const struct event *event), void *data, struct error *error)
{
    struct database *database;
    sqlite3_stmt *statement;
    if (!prepare(store, "SELECT " EVENT_COLUMNS IN_ORDER, &database, &statement, error)) {
        return false;
    }
    database_bind(statement, "t", session);
    return tell_events(database, statement, session, each, data, error);
}

bool store_events_of(struct store *store, const char *session, const enum event_type *types, size_t count,
                     bool (*each)(void *data, const struct event *event), void *data, struct error *error)
{
    struct database *database;
    sqlite3_stmt *statement;
    struct buffer sql = BUFFER_INIT;
    buffer_append_text(&sql, "SELECT " SHORT_COLUMNS "AND type IN (");
    for (size_t i = 0; i < count; i++) {
        buffer_append_format(&sql, "%s'%s'", i > 0 ? ", " : "", event_type_name(types[i]));
    }
    buffer_append_text(&sql, ") " IN_ORDER);
    bool prepared = prepare(store, sql.data, &database, &statement, error);
    buffer_release(&sql);
    if (!prepared) {
        return false;
    }
    database_bind(statement, "t", session);
    return tell_events(database, statement, session, each, data, error);
}

bool store_newest(struct store *store, const char *session, enum event_type type,
                  bool (*each)(void *data, const struct event *event), void *data, struct error *error)
{
    struct database *database;
    sqlite3_stmt *statement;
    if (!prepare(store, "SELECT " EVENT_COLUMNS "AND type = ? " IN_ORDER " DESC", &database, &statement,
                 error)) {
        return false;
    }
    database_bind(statement, "tt", session, event_type_name(type));
    return tell_events(database, statement, session, each, data, error);
}

/* --- the chain --- */

struct chain {
    int64_t seq; /* of the last event that fitted */
    char head[HASH_TEXT];
};

/* The bytes of the body as they are stored are what was hashed. */
static bool fits(struct chain *chain, const char *session, sqlite3_stmt *row, struct error *error)
{
    struct event *event = read_event(session, row, error);
    if (!event) {
        return false;
    }
    char hash[HASH_TEXT];
    bool fine = event->seq == chain->seq + 1 ||
                error_set(error, "event %lld of session %s is missing", (long long)chain->seq + 1, session);
    if (fine) {
        event_chain_body(event, database_text(row, 10), chain->head, hash);
        fine = strcmp(hash, event->hash) == 0 ||
               error_set(error, "event %lld of session %s was changed: its hash does not fit",
                         (long long)event->seq, session);
        chain->seq = event->seq;
        memcpy(chain->head, event->hash, sizeof(chain->head));
    }
    event_free(event);
    return fine;
}

/* The session's row knows how many there were and how the last one ended. */
static bool is_whole(const struct chain *chain, const char *session, struct database *database,
                     struct error *error)
{
    sqlite3_stmt *statement =
        database_prepare(database, "SELECT events, head FROM session WHERE id = ?", error);
    if (!statement) {
        return false;
    }
    database_bind(statement, "t", session);
    int step = database_step(database, statement, error);
    bool whole = step == 1;
    if (step == 0) {
        error_set(error, "there is no session %s", session);
    } else if (whole && sqlite3_column_int64(statement, 0) < chain->seq) {
        whole = error_set(error, "event %lld of session %s was added: it had %lld",
                          (long long)sqlite3_column_int64(statement, 0) + 1, session,
                          (long long)sqlite3_column_int64(statement, 0));
    } else if (whole && sqlite3_column_int64(statement, 0) != chain->seq) {
        whole = error_set(error, "event %lld of session %s is missing", (long long)chain->seq + 1, session);
    } else if (whole && strcmp(database_text(statement, 1), chain->head) != 0) {
        whole =
            error_set(error, "the last event of session %s is not the one that was written last", session);
    }
    sqlite3_finalize(statement);
    return whole;
}

static bool verify(const char *session, struct database *database, struct chain *chain, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(database, "SELECT " EVENT_COLUMNS IN_ORDER, error);
    if (!statement) {
        return false;
    }
    database_bind(statement, "t", session);
    int step;
    bool fine = true;
    while (fine && (step = database_step(database, statement, error)) == 1) {
        fine = fits(chain, session, statement, error);
    }
    sqlite3_finalize(statement);
    return fine && step == 0 && is_whole(chain, session, database, error);
}

/* In one transaction: the session may be written to meanwhile. */
bool store_verify(struct store *store, const char *session, char head[HASH_TEXT], struct error *error)
{
    struct chain chain = { 0 };
    struct database *database = store_reading(store, error);
    if (!database || !database_run(database, "BEGIN", error)) {
        return false;
    }
    bool fine = verify(session, database, &chain, error);
    database_run(database, "COMMIT", NULL);
    memcpy(head, chain.head, sizeof(chain.head));
    return fine;
}

/* --- drafts --- */

/* One draft while its pieces are put together. */
struct unfinished {
    int64_t number;
    enum event_type type;
    int64_t turn, call;
    struct buffer bytes;
};

static void begin_draft(struct unfinished *draft, int64_t number, sqlite3_stmt *row)
{
    draft->number = number;
    draft->turn = sqlite3_column_int64(row, 2);
    draft->call = sqlite3_column_int64(row, 3);
    buffer_clear(&draft->bytes);
}

bool store_drafts(struct store *store, const char *session,
                  bool (*each)(void *data, int64_t draft, enum event_type type, int64_t turn, int64_t call,
                               const char *bytes, size_t length),
                  void *data, struct error *error)
{
    static const char sql[] = "SELECT draft, type, turn, call, bytes FROM draft "
                              "WHERE session = (SELECT number FROM session WHERE id = ?) "
                              "ORDER BY draft, number";
    struct database *database;
    sqlite3_stmt *statement;
    if (!prepare(store, sql, &database, &statement, error)) {
        return false;
    }
    database_bind(statement, "t", session);
    struct unfinished draft = { .bytes = BUFFER_INIT };
    int step;
    bool more = true, any = false;
    while (more && (step = database_step(database, statement, error)) == 1) {
        int64_t number = sqlite3_column_int64(statement, 0);
        if (!any || number != draft.number) {
            more = !any || each(data, draft.number, draft.type, draft.turn, draft.call, draft.bytes.data,
                                draft.bytes.length);
            begin_draft(&draft, number, statement);
            any = event_type_from_name(database_text(statement, 1), &draft.type);
        }
        buffer_append(&draft.bytes, sqlite3_column_blob(statement, 4),
                      (size_t)sqlite3_column_bytes(statement, 4));
    }
    if (more && any && step == 0) {
        each(data, draft.number, draft.type, draft.turn, draft.call, draft.bytes.data, draft.bytes.length);
    }
    buffer_release(&draft.bytes);
    sqlite3_finalize(statement);
    return !more || step == 0;
}

/* --- history --- */

bool store_history(struct store *store, size_t limit, bool (*each)(void *data, const char *text), void *data,
                   struct error *error)
{
    static const char sql[] =
        "SELECT text FROM (SELECT number, text FROM history ORDER BY number DESC LIMIT ?) "
        "ORDER BY number";
    struct database *database;
    sqlite3_stmt *statement;
    if (!prepare(store, sql, &database, &statement, error)) {
        return false;
    }
    database_bind(statement, "i", (int64_t)limit);
    int step;
    bool more = true;
    while (more && (step = database_step(database, statement, error)) == 1) {
        more = each(data, database_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return !more || step == 0;
}
