/* modal_entries.h - entries of a folder as a program in the sandbox printed them: untrusted, checked one by one. */
#ifndef SANDGATE_SANDBOX_MODAL_ENTRIES_H
#define SANDGATE_SANDBOX_MODAL_ENTRIES_H

#include "sandbox/sandbox.h"

struct modal_entry;

struct box_entries { /* {0} is empty */
    struct sandbox_entry *list;
    size_t count, capacity;
};

/* RECORD: "TYPE TARGET-TYPE MODE SIZE TIME NAME"; TARGET of a link.  False: it makes no sense. */
bool box_entries_add(struct box_entries *entries, const char *record, const char *target);
/* One that Modal's helper told of; what makes no sense is left out. */
void box_entries_add_helped(struct box_entries *entries, const struct modal_entry *entry);
void box_entries_sort(struct box_entries *entries); /* by name, in byte order */
void box_entries_release(struct box_entries *entries);

#endif
