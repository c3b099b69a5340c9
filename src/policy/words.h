/* words.h - a script as simple commands of plain words: the strict little grammar that a proof may rest on.
 *
 * It reads words with '...', "..." (no expansion inside) and backslashes, separated by blanks, and commands
 * separated by ; newline && || |.  Whatever else it meets (expansions, redirections, groups, substitutions,
 * assignments, globs, control characters) makes the script not plain: unknown, and unknown is never allowed.
 * Reading goes on all the same, as far as it can, so that the floor can search the words that are there. */
#ifndef SANDGATE_POLICY_WORDS_H
#define SANDGATE_POLICY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
    char *text;      /* unquoted */
    size_t from, to; /* its span in the script, bytes */
    bool quoted;     /* some of it was in quotes */
};

struct simple_command {
    struct word *words;
    size_t count, capacity;
};

struct script_words {
    struct simple_command *commands;
    size_t count, capacity;
    bool plain;               /* all of it was read exactly */
    size_t odd_from, odd_to;  /* when not plain: the first thing that was not */
};

void script_words_read(struct script_words *words, const char *script, size_t length);
void script_words_release(struct script_words *words);

#endif
