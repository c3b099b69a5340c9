/* rows.c - work carried out on the writing connection.
 *
 * The chain is computed here and not when an event is made, because only here the order of what is really
 * committed is known.  The session's row holds the head of its chain and is read again for each event: another
 * process may have written to the session since this one did. */
#include "store/rows.h"

#include "base/error.h"
#include "base/memory.h"
#include "store/database.h"
#include "store/work.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    FIND_SESSION,
    MAKE_SESSION,
    ADD_EVENT,
    TOUCH_SESSION,
    ADD_DRAFT,
    END_DRAFT,
    ADD_HISTORY,
    TRIM_HISTORY,
    DELETE_EVENTS,
    DELETE_DRAFTS,
    DELETE_SESSION,
    STATEMENTS
};

/* History is for the arrow keys, not an archive. */
static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [FIND_SESSION] = "SELECT number, events, head FROM session WHERE id = ?",
    [MAKE_SESSION] = "INSERT INTO session(id, created, changed) VALUES(?, ?2, ?2)",
    [ADD_EVENT] = "INSERT INTO event(session, seq, version, parent, turn, call, type, actor, sandbox, "
                  "generation, time, body, hash) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [TOUCH_SESSION] = "UPDATE session SET events = events + 1, changed = ?2, head = ?3, "
                      "folder = coalesce(nullif(?4, ''), folder), model = coalesce(nullif(?5, ''), model), "
                      "title = coalesce(nullif(title, ''), ?6, '') WHERE number = ?1",
    [ADD_DRAFT] = "INSERT INTO draft(session, draft, type, turn, call, bytes) VALUES(?, ?, ?, ?, ?, ?)",
    [END_DRAFT] = "DELETE FROM draft WHERE session = ? AND draft = ?",
    [ADD_HISTORY] = "INSERT INTO history(text) SELECT ?1 WHERE ?1 IS NOT "
                    "(SELECT text FROM history ORDER BY number DESC LIMIT 1)",
    [TRIM_HISTORY] = "DELETE FROM history WHERE number <= (SELECT max(number) FROM history) - 5000",
    [DELETE_EVENTS] = "DELETE FROM event WHERE session = ?",
    [DELETE_DRAFTS] = "DELETE FROM draft WHERE session = ?",
    [DELETE_SESSION] = "DELETE FROM session WHERE number = ?",
};

struct rows {
    struct database *database; /* borrowed */
    sqlite3_stmt *statements[STATEMENTS];
    bool full; /* synchronous is FULL now */
};

/* A session's row. */
struct row {
    int64_t number; /* 0: there is none */
    int64_t events;
    char head[HASH_TEXT];
};

struct rows *rows_new(struct database *database)
{
    struct rows *rows = xcalloc(1, sizeof(*rows));
    rows->database = database;
    return rows;
}

void rows_free(struct rows *rows)
{
    if (rows) {
        for (size_t i = 0; i < STATEMENTS; i++) {
            sqlite3_finalize(rows->statements[i]);
        }
        free(rows);
    }
}

static sqlite3_stmt *prepared(struct rows *rows, enum statement which, struct error *error)
{
    if (!rows->statements[which]) {
        rows->statements[which] = database_prepare(rows->database, sql[which], error);
    }
    return rows->statements[which];
}

/* Runs a statement that gives no rows, with parameters as database_bind takes them. */
static bool run(struct rows *rows, enum statement which, struct error *error, const char *letters, ...)
{
    sqlite3_stmt *statement = prepared(rows, which, error);
    if (!statement) {
        return false;
    }
    va_list values;
    va_start(values, letters);
    database_bind_list(statement, letters, values);
    va_end(values);
    return database_finish(rows->database, statement, error);
}

static bool find_session(struct rows *rows, const char *id, struct row *row, struct error *error)
{
    *row = (struct row){ 0 };
    sqlite3_stmt *statement = prepared(rows, FIND_SESSION, error);
    if (!statement) {
        return false;
    }
    database_bind(statement, "t", id);
    int found = database_step(rows->database, statement, error);
    if (found == 1) {
        row->number = sqlite3_column_int64(statement, 0);
        row->events = sqlite3_column_int64(statement, 1);
        strncpy(row->head, database_text(statement, 2), sizeof(row->head) - 1);
    }
    sqlite3_reset(statement);
    return found >= 0;
}

static bool make_session(struct rows *rows, const struct event *head, struct row *row, struct error *error)
{
    if (!find_session(rows, head->session, row, error)) {
        return false;
    }
    return row->number != 0 || (run(rows, MAKE_SESSION, error, "ti", head->session, head->time) &&
                                find_session(rows, head->session, row, error));
}

static bool add_event(struct rows *rows, const struct work *work, struct error *error)
{
    const struct event *head = &work->head;
    struct row row;
    if (!make_session(rows, head, &row, error)) {
        return false;
    }
    if (head->seq != row.events + 1) {
        return error_set(error,
                         "event %lld of session %s does not follow event %lld, the last in the store; "
                         "another process may have written to the session",
                         (long long)head->seq, head->session, (long long)row.events);
    }
    char hash[HASH_TEXT];
    event_chain_body(head, work->text, row.head, hash);
    return run(rows, ADD_EVENT, error, "iiiiiitttiitt", row.number, head->seq, (int64_t)head->version,
               head->parent, head->turn, head->call, event_type_name(head->type), head->actor, head->sandbox,
               head->generation, head->time, work->text, hash) &&
           run(rows, TOUCH_SESSION, error, "iitttt", row.number, head->time, hash, work->folder, work->model,
               work->title);
}

static bool add_draft(struct rows *rows, const struct work *work, struct error *error)
{
    const struct event *head = &work->head;
    struct row row;
    return make_session(rows, head, &row, error) &&
           run(rows, ADD_DRAFT, error, "iitiib", row.number, work->draft, event_type_name(head->type),
               head->turn, head->call, work->text, work->length);
}

static bool end_draft(struct rows *rows, const struct work *work, struct error *error)
{
    struct row row;
    return find_session(rows, work->head.session, &row, error) &&
           run(rows, END_DRAFT, error, "ii", row.number, work->draft);
}

static bool add_history(struct rows *rows, const struct work *work, struct error *error)
{
    return run(rows, ADD_HISTORY, error, "t", work->text) && run(rows, TRIM_HISTORY, error, "");
}

static bool delete_session(struct rows *rows, const struct work *work, struct error *error)
{
    struct row row;
    return find_session(rows, work->head.session, &row, error) &&
           run(rows, DELETE_EVENTS, error, "i", row.number) &&
           run(rows, DELETE_DRAFTS, error, "i", row.number) &&
           run(rows, DELETE_SESSION, error, "i", row.number);
}

static bool carry_out(struct rows *rows, const struct work *work, struct error *error)
{
    static bool (*const actions[])(struct rows *, const struct work *, struct error *) = {
        [WORK_EVENT] = add_event,     [WORK_DRAFT] = add_draft,       [WORK_DRAFT_END] = end_draft,
        [WORK_HISTORY] = add_history, [WORK_DELETE] = delete_session,
    };
    return actions[work->kind](rows, work, error);
}

/* SQLite takes no change of synchronous inside a transaction. */
static bool set_synchronous(struct rows *rows, bool full, struct error *error)
{
    if (full != rows->full) {
        rows->full = full;
        return database_run(rows->database,
                            full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", error);
    }
    return true;
}

bool rows_commit(struct rows *rows, const struct work_list *list, struct error *error)
{
    if (!set_synchronous(rows, work_list_is_urgent(list), error) || !run(rows, BEGIN, error, "")) {
        return false;
    }
    bool done = true;
    for (const struct work *work = list->first; work && done; work = work->next) {
        done = carry_out(rows, work, error);
    }
    done = done && run(rows, COMMIT, error, "");
    if (!done) {
        run(rows, ROLLBACK, NULL, "");
    }
    return done;
}
