/* commands.h - everything that a key or a colon command can do: one row each.
 *
 * The row's keys are text as a person would write them; the table of keys, the help (?), completion and the
 * manual read the same rows.  Keys of the approval card, of panes and of the whole screen are rows of
 * different places; the place that has the focus is looked up first, the screen last. */
#ifndef SANDGATE_UI_COMMANDS_H
#define SANDGATE_UI_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct key;
struct workbench;

enum command_place { PLACE_OF_SCREEN, PLACE_OF_CARD, PLACE_OF_PANES, COMMAND_PLACES };

struct command {
    const char *name; /* ":name" runs it */
    enum command_place place;
    const char *keys;     /* names with blanks between them; "": none */
    const char *argument; /* what the colon command takes, for the help; NULL: nothing */
    const char *help;     /* one line */
    void (*run)(struct workbench *workbench, const char *argument); /* "" without an argument */
};

const struct command *command_at(size_t index); /* NULL past the last */
/* The command of PLACE that KEY is bound to, NULL: none. */
const struct command *command_for_key(enum command_place place, const struct key *key);
/* The command whose name is NAME, or the only one that begins with it. */
const struct command *command_find(const char *name, size_t length);
/* What NAME can be completed to: the bytes that all commands beginning with it have in common behind it, written
 * to ADDED; the names themselves, with blanks between them, to MATCHES. Returns how many there are. */
size_t command_complete(const char *name, struct buffer *added, struct buffer *matches);
/* All rows as text for people. */
void commands_help(struct buffer *out);

#endif
