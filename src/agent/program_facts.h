/* program_facts.h - the programs that a sandbox's commands find: are they the image's own? Pure.
 *
 * A list has one line for each thing that decides which code runs under a name of the fixed PATH: "KIND FACTS
 * /PATH", made inside the sandbox (look.c).  Kinds: d a folder or one above it, p a program, P what a link among
 * them leads to, l a library, c a line of the loader's cache, f another file that the loader reads.  What is in a
 * list was told by the sandbox and is not trusted: lines are compared, and a list that makes no sense is none. */
#ifndef SANDGATE_AGENT_PROGRAM_FACTS_H
#define SANDGATE_AGENT_PROGRAM_FACTS_H

#include <stdbool.h>
#include <stddef.h>

struct program_list;

/* NULL: TEXT makes no sense. */
struct program_list *program_list_read(const char *text, size_t length);
void program_list_free(struct program_list *list);

struct program_changes {
    char *changed; /* what is not as it was, the end of a sentence; NULL: all that was there is unchanged */
    char **added;  /* names of programs that were not there under any folder; NULL-terminated, or NULL */
};
/* The caller releases CHANGES. */
void program_list_compare(const struct program_list *image, const struct program_list *now,
                          struct program_changes *changes);
void program_changes_release(struct program_changes *changes);

/* Are all folders of the PATH in ENVIRONMENT among those that a list tells of?  Without one: yes. */
bool program_path_is_fixed(const char *const *environment);
/* Do all of those lie below FOLDERS (NULL-terminated; NULL: none)? */
bool program_folders_lie_in(const char *const *folders);

#endif
