/* file_chore.h - what is still to be done about a helper when nobody waits for it any more; for src/modal alone. */
#ifndef SANDGATE_MODAL_FILE_CHORE_H
#define SANDGATE_MODAL_FILE_CHORE_H

#include "modal/exec.h"

/* The variable that marks a helper which may have to be killed; its value is the exec's id. */
#define FILE_MARK "SANDGATE_FILE"

/* Both take EXEC over; the task keeps it until it is over. */

/* A watcher ends when its input does. */
void file_chore_end_input(struct modal_task *task, struct modal_exec *exec);
/* A writer whose input ends keeps the cut-off file, so it is killed: found by its mark, from a second exec, since
 * there is no call for it.  One that is only being started is killed when it is. */
void file_chore_kill(struct modal_task *task, struct modal_exec *exec, const char *exec_id);

#endif
