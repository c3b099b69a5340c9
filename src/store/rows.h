/* rows.h - work carried out on the writing connection, a transaction at a time.  Inside this room only. */
#ifndef SANDGATE_STORE_ROWS_H
#define SANDGATE_STORE_ROWS_H

#include <stdbool.h>

struct database;
struct error;
struct rows;
struct work_list;

struct rows *rows_new(struct database *database); /* borrows the connection */
void rows_free(struct rows *rows);
/* All of the list or nothing of it is written; with synchronous=FULL when somebody waits for any of it. */
bool rows_commit(struct rows *rows, const struct work_list *list, struct error *error);

#endif
