/* ignore.h - which files of a folder stay behind: the patterns of gitignore(5), for .gitignore and
 * .sandgateignore.
 *
 * Pure: the texts of the files come in, answers go out.  git is never run inside a person's folder, so this
 * must agree with it; tests/unit/test_matter_ignore.c asks git about every case.  Matching takes time linear
 * in pattern times path, whatever the pattern is: it may be a stranger's. */
#ifndef SANDGATE_MATTER_IGNORE_H
#define SANDGATE_MATTER_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

struct ignore;

struct ignore *ignore_new(void);
void ignore_free(struct ignore *ignore);

/* Adds the patterns in TEXT, the content of an ignore file that lies in FOLDER ("" is the root, else a path as
 * below).  Files in deeper folders win over those above; in one folder what is added later wins. */
void ignore_add(struct ignore *ignore, const char *folder, const char *text, size_t length);

/* Is PATH, relative to the root and without "." or a slash at either end, ignored?  Also when a folder above
 * it is: nothing in there can be taken back. */
bool ignore_matches(const struct ignore *ignore, const char *path, bool is_folder);

/* The same for a walk that does not enter ignored folders: the folders above are not asked about again. */
bool ignore_matches_entry(const struct ignore *ignore, const char *path, bool is_folder);

#endif
