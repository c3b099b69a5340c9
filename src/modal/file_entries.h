/* file_entries.h - the helper's description of files; pure, for src/modal alone. */
#ifndef SANDGATE_MODAL_FILE_ENTRIES_H
#define SANDGATE_MODAL_FILE_ENTRIES_H

#include "modal/files.h"

struct file_entries {
    struct modal_entry *entries;
    size_t count, capacity;
};

/* A JSON array of entries (ONE: a single entry), exactly.  In an array a name is one step of a path, never "."
 * or "..": it is used to make paths.  False: it is something else.  Sorted by name, in byte order. */
bool file_entries_parse(struct file_entries *entries, const char *text, size_t length, bool one);
void file_entries_release(struct file_entries *entries);

#endif
