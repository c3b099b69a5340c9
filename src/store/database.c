/* database.c - one connection to the store's SQLite file.
 *
 * The log is written ahead (WAL), so that readers and the one writer never wait for one another.  The form of
 * the tables is numbered by user_version; each step from one number to the next is a row of `steps`.  The
 * write-ahead log is moved into the file by the writer when it has nothing better to do, not by SQLite in the
 * middle of a commit that somebody waits for. */
#include "store/database.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct database {
    sqlite3 *handle;
    char *path;
    int log_pages;
    int code; /* of the last failure */
};

enum { BUSY_TIMEOUT = 5000 /* milliseconds */, FORM_TEXT = 64 };

/* event_words is what a search can find: what was said, written, proposed and returned.  The index keeps no copy
 * of the text, and of a very long one only the beginning is indexed. */
static const char form_1[] =
    "CREATE TABLE session("
    " number INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " created INTEGER NOT NULL,"
    " changed INTEGER NOT NULL,"
    " events INTEGER NOT NULL DEFAULT 0,"
    " head TEXT NOT NULL DEFAULT ''," /* hash of the last event */
    " folder TEXT NOT NULL DEFAULT '',"
    " model TEXT NOT NULL DEFAULT '',"
    " title TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX session_changed ON session(changed);"
    "CREATE TABLE event("
    " number INTEGER PRIMARY KEY,"
    " session INTEGER NOT NULL,"
    " seq INTEGER NOT NULL,"
    " version INTEGER NOT NULL,"
    " parent INTEGER NOT NULL,"
    " turn INTEGER NOT NULL,"
    " call INTEGER NOT NULL,"
    " type TEXT NOT NULL,"
    " actor TEXT NOT NULL,"
    " sandbox TEXT NOT NULL,"
    " generation INTEGER NOT NULL,"
    " time INTEGER NOT NULL,"
    " body TEXT NOT NULL,"
    " hash TEXT NOT NULL,"
    " UNIQUE(session, seq));"
    "CREATE TABLE draft("
    " number INTEGER PRIMARY KEY,"
    " session INTEGER NOT NULL,"
    " draft INTEGER NOT NULL,"
    " type TEXT NOT NULL,"
    " turn INTEGER NOT NULL,"
    " call INTEGER NOT NULL,"
    " bytes BLOB NOT NULL);"
    "CREATE INDEX draft_of ON draft(session, draft);"
    "CREATE TABLE history(number INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE VIEW event_words AS SELECT number,"
    " substr(coalesce(json_extract(body, '$.text'), json_extract(body, '$.arguments')), 1, 65536) AS words"
    " FROM event WHERE type IN ('prompt', 'text', 'call', 'result');"
    "CREATE VIRTUAL TABLE search USING fts5(words, content='event_words', content_rowid='number');"
    "CREATE TRIGGER event_added AFTER INSERT ON event BEGIN"
    " INSERT INTO search(rowid, words) SELECT number, words FROM event_words WHERE number = new.number;"
    " END;"
    "CREATE TRIGGER event_removed BEFORE DELETE ON event BEGIN"
    " INSERT INTO search(search, rowid, words) SELECT 'delete', number, words FROM event_words"
    " WHERE number = old.number; END;";

static const char *const steps[] = { form_1 }; /* from form N to N + 1 */
enum { FORM = ARRAY_SIZE(steps) };

static bool failed(struct database *database, struct error *error)
{
    sqlite3 *handle = database->handle;
    database->code = sqlite3_extended_errcode(handle);
    int primary = database->code & 0xff;
    int cause = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ? sqlite3_system_errno(handle) : 0;
    if (primary == SQLITE_FULL) {
        return error_set(error, "%s: the disk is full; make room, then resume the session", database->path);
    }
    if (cause != 0) {
        return error_set_errno(error, cause, "%s: %s", database->path, sqlite3_errmsg(handle));
    }
    return error_set(error, "%s: %s", database->path, sqlite3_errmsg(handle));
}

static int count_log(void *data, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((struct database *)data)->log_pages = pages;
    return SQLITE_OK;
}

/* SQLite would make the file with the umask's mode; the log beside it takes the file's mode over. */
static bool make_file(const char *path, struct error *error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return error_set_errno(error, errno, "cannot open the store %s", path);
    }
    close(fd);
    return true;
}

static int read_form(struct database *database, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(database, "PRAGMA user_version", error);
    int form = -1;
    if (statement && database_step(database, statement, error) == 1) {
        form = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    return form;
}

/* Another process may be making the tables at the same moment: the form is read again once we may write. */
static bool make_tables(struct database *database, struct error *error)
{
    if (!database_run(database, "BEGIN IMMEDIATE", error)) {
        return false;
    }
    int form = read_form(database, error);
    bool made = form >= 0;
    for (; made && form < FORM; form++) {
        made = database_run(database, steps[form], error);
    }
    char version[FORM_TEXT];
    sqlite3_snprintf(sizeof(version), version, "PRAGMA user_version = %d", (int)FORM);
    made = made && database_run(database, version, error) && database_run(database, "COMMIT", error);
    if (!made) {
        database_run(database, "ROLLBACK", NULL);
    }
    return made;
}

static bool prepare_form(struct database *database, enum database_use use, struct error *error)
{
    int form = read_form(database, error);
    if (form < 0) {
        return false;
    }
    if (form > FORM) {
        return error_set(error,
                         "%s was written by a newer sandgate (its form is %d, this program knows %d); "
                         "start the newer program, or move the file away",
                         database->path, form, (int)FORM);
    }
    return form == FORM || use == DATABASE_READING || make_tables(database, error);
}

static bool prepare(struct database *database, enum database_use use, struct error *error)
{
    sqlite3_extended_result_codes(database->handle, 1);
    sqlite3_busy_timeout(database->handle, BUSY_TIMEOUT);
    if (use == DATABASE_WRITING) {
        sqlite3_wal_hook(database->handle, count_log, database);
        if (!database_run(database,
                          "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                          "PRAGMA cache_size = -512",
                          error)) {
            return false;
        }
    }
    return prepare_form(database, use, error);
}

struct database *database_open(const char *path, enum database_use use, struct error *error)
{
    if (use == DATABASE_WRITING && !make_file(path, error)) {
        return NULL;
    }
    struct database *database = xcalloc(1, sizeof(*database));
    database->path = xstrdup(path);
    int flags =
        SQLITE_OPEN_NOMUTEX | (use == DATABASE_WRITING ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    bool opened =
        sqlite3_open_v2(path, &database->handle, flags, NULL) == SQLITE_OK || failed(database, error);
    if (!opened || !prepare(database, use, error)) {
        database_close(database);
        error_prefix(error, "cannot open the store");
        return NULL;
    }
    return database;
}

void database_close(struct database *database)
{
    if (database) {
        sqlite3_close(database->handle);
        free(database->path);
        free(database);
    }
}

bool database_run(struct database *database, const char *sql, struct error *error)
{
    return sqlite3_exec(database->handle, sql, NULL, NULL, NULL) == SQLITE_OK || failed(database, error);
}

sqlite3_stmt *database_prepare(struct database *database, const char *sql, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK) {
        failed(database, error);
    }
    return statement;
}

void database_bind_list(sqlite3_stmt *statement, const char *letters, va_list values)
{
    for (int i = 0; letters[i]; i++) {
        if (letters[i] == 'i') {
            sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t));
        } else if (letters[i] == 't') {
            sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1, SQLITE_STATIC);
        } else {
            const char *bytes = va_arg(values, const char *);
            sqlite3_bind_blob64(statement, i + 1, bytes, va_arg(values, size_t), SQLITE_STATIC);
        }
    }
}

void database_bind(sqlite3_stmt *statement, const char *letters, ...)
{
    va_list values;
    va_start(values, letters);
    database_bind_list(statement, letters, values);
    va_end(values);
}

bool database_finish(struct database *database, sqlite3_stmt *statement, struct error *error)
{
    bool done = database_step(database, statement, error) >= 0;
    sqlite3_reset(statement);
    return done;
}

int database_step(struct database *database, sqlite3_stmt *statement, struct error *error)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        failed(database, error);
        return -1;
    }
}

const char *database_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

bool database_is_busy(const struct database *database)
{
    return (database->code & 0xff) == SQLITE_BUSY;
}

int database_log_pages(const struct database *database)
{
    return database->log_pages;
}

void database_checkpoint(struct database *database)
{
    sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    database->log_pages = 0;
}

void database_release_memory(struct database *database)
{
    sqlite3_db_release_memory(database->handle);
}
