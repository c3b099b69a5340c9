/* tty_writer.h - bytes to the terminal, without ever waiting for it.
 *
 * What the terminal does not take at once stays in a queue that the loop empties.  While anything is queued
 * nobody should draw: a slow terminal then gets the newest frame instead of a heap of old ones. */
#ifndef SANDGATE_UI_TTY_WRITER_H
#define SANDGATE_UI_TTY_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct tty_writer;

/* FD (not taken over) is set to non-blocking; it should be an open file of our own, not one that a shell
 * shares. */
struct tty_writer *tty_writer_new(struct loop *loop, int fd);
void tty_writer_free(struct tty_writer *writer); /* NULL is fine; what is queued is lost */

void tty_writer_send(struct tty_writer *writer, const char *bytes, size_t length);
bool tty_writer_is_empty(const struct tty_writer *writer);
/* Waits until the queue is empty, for MILLISECONDS at most; then it is thrown away. For the end only. */
void tty_writer_finish(struct tty_writer *writer, int milliseconds);
uint64_t
tty_writer_total(const struct tty_writer *writer); /* bytes that were sent or queued since the start */

#endif
