/* database.h - one connection to the store's SQLite file: opening, schema, statements, sentences.
 *
 * Inside this room only.  A connection belongs to one thread at a time. */
#ifndef SANDGATE_STORE_DATABASE_H
#define SANDGATE_STORE_DATABASE_H

#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>

struct database;
struct error;

enum database_use { DATABASE_READING, DATABASE_WRITING };

/* WRITING makes the file (mode 0600) and its tables when they are missing.  A file of a newer form is refused. */
struct database *database_open(const char *path, enum database_use use, struct error *error);
void database_close(struct database *database); /* all statements finalized before; NULL is fine */

bool database_run(struct database *database, const char *sql, struct error *error);
/* NULL with the sentence. The caller finalizes it. */
sqlite3_stmt *database_prepare(struct database *database, const char *sql, struct error *error);
/* Binds the parameters in order, one letter each: i int64_t, t const char * (NULL: null), b const char * and
 * size_t.  Text and bytes are borrowed until the statement is reset. */
void database_bind(sqlite3_stmt *statement, const char *letters, ...);
void database_bind_list(sqlite3_stmt *statement, const char *letters, va_list values);
/* Runs a statement that gives no rows, and resets it. */
bool database_finish(struct database *database, sqlite3_stmt *statement, struct error *error);
/* Steps to the next row: 1 a row, 0 no more, -1 failed with the sentence. */
int database_step(struct database *database, sqlite3_stmt *statement, struct error *error);
/* The text of a column, "" for null. Borrowed until the next step. */
const char *database_text(sqlite3_stmt *statement, int column);

/* True when what failed last failed because another connection was writing for too long. */
bool database_is_busy(const struct database *database);
/* Pages in the write-ahead log after the last commit; 0 when it was just emptied. */
int database_log_pages(const struct database *database);
/* Moves the write-ahead log into the file as far as readers allow. */
void database_checkpoint(struct database *database);

/* Gives back what the cache holds. */
void database_release_memory(struct database *database);

#endif
