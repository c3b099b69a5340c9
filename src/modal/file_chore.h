/* file_chore.h - what is still to be done about a helper when nobody waits for it any more; for src/modal alone. */
#ifndef SANDGATE_MODAL_FILE_CHORE_H
#define SANDGATE_MODAL_FILE_CHORE_H

#include "modal/task.h"

/* The variable that marks a helper which may have to be killed; its value is the exec's id. */
#define FILE_MARK "SANDGATE_FILE"

/* A watcher ends when its input does. */
void file_chore_end_input(struct modal_task *task, const char *exec_id);
/* A writer whose input ends keeps the cut-off file, so it is killed: found by its mark, from a second exec, since
 * there is no call for it. */
void file_chore_kill(struct modal_task *task, const char *exec_id);

#endif
