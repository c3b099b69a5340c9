/* writer.h - the thread that owns the writing connection, and the way to and from it.  Inside this room only.
 *
 * All of these are called on the loop's thread. */
#ifndef SANDGATE_STORE_WRITER_H
#define SANDGATE_STORE_WRITER_H

#include <stdbool.h>

struct error;
struct loop;
struct work;
struct writer;

/* Starts the thread, which opens PATH.  FAILED: told once, when it cannot be opened or written. */
struct writer *writer_new(struct loop *loop, const char *path,
                          void (*failed)(void *data, const char *sentence), void *data, struct error *error);
/* Writes what is queued, ends the thread.  Answers that have not come by then never come. */
void writer_free(struct writer *writer);

/* Takes WORK over.  Work of one turn of the loop is handed to the thread together, at the turn's end, and goes
 * into one transaction. */
void writer_add(struct writer *writer, struct work *work);
/* Waits until the file is open and has its tables; false with the sentence when that failed. */
bool writer_wait_open(struct writer *writer, struct error *error);
/* Waits until all that was added is written. */
bool writer_wait_written(struct writer *writer, struct error *error);

#endif
