/* reading.h - carries out read_file: a file of the sandbox, or the output of an earlier call, read in pieces
 * until the wanted lines have come, however large it is. */
#ifndef SANDGATE_AGENT_READING_H
#define SANDGATE_AGENT_READING_H

#include <stdbool.h>
#include <stddef.h>

struct action;
struct loop;
struct reading;
struct sandbox;

/* What reads the output of call N instead of a file: "output:N". */
#define READING_OUTPUT "output:"

/* Reads what ACTION (borrowed until the end) says.  FOLDER: the session's own on the host, where outputs are
 * spooled; LIMIT: bytes for the model at most.  DONE comes once, later; TEXT is for the model. */
struct reading *reading_start(struct loop *loop, struct sandbox *sandbox, const char *folder,
                              const struct action *action, size_t limit,
                              void (*done)(void *data, bool ok, const char *text), void *data);
/* DONE does not come any more. NULL is fine. */
void reading_cancel(struct reading *reading);

#endif
