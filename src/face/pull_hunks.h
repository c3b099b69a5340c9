/* pull_hunks.h - `sandgate pull` hunk by hunk: the person is asked about each on the terminal. */
#ifndef SANDGATE_FACE_PULL_HUNKS_H
#define SANDGATE_FACE_PULL_HUNKS_H

#include <stdbool.h>
#include <stdio.h>

struct sync_change;

/* The first letter of the next line; 'q' when there is none. */
char pull_answer(FILE *terminal);
/* More than one hunk can be chosen from. */
bool pull_has_hunks(const struct sync_change *change);
/* Asks about each hunk of CHANGE.  True when some are taken: PART is what is to be applied then, and the caller frees
 * PART->after. */
bool pull_choose_hunks(FILE *terminal, const struct sync_change *change, bool colour,
                       struct sync_change *part);

#endif
