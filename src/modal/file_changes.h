/* file_changes.h - what the helper tells while it watches; pure, for src/modal alone. */
#ifndef SANDGATE_MODAL_FILE_CHANGES_H
#define SANDGATE_MODAL_FILE_CHANGES_H

#include "modal/files.h"

/* One line of JSON.  Calls CHANGED for what is of use; a line that is none, names no absolute path or has an
 * unknown type is left out. */
void file_change_parse(const char *line, size_t length,
                       void (*changed)(void *data, const struct modal_file_change *change), void *data);

#endif
