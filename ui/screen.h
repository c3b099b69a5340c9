/* screen.h - curses on a file in memory: which kind of terminal, which colours, and the bytes of each frame.
 *
 * Curses never sees the terminal: it would block in one that does not read.  What it writes is collected here
 * and sent by term.c.  There is one screen at a time, because curses has one. */
#ifndef SANDGATE_UI_SCREEN_H
#define SANDGATE_UI_SCREEN_H

#include "ui/style.h"

#include <stdbool.h>

struct buffer;
struct error;
struct key_reader;
struct screen;

/* The kind is that of TERM: its `-direct` sibling when COLORTERM says truecolor and there is one, else itself,
 * else xterm-256color with a notice.  NO_COLOUR (or NO_COLOR in the environment): no colours. */
struct screen *screen_open(bool no_colour, struct error *error);
void screen_close(struct screen *screen); /* NULL is fine */

const char *screen_notice(const struct screen *screen); /* a sentence for the person, NULL: none */
enum style_depth screen_depth(const struct screen *screen);
bool screen_is_private(const struct screen *screen); /* its terminal knows xterm's private sequences */

/* Appends the terminfo string NAME without its padding; nothing when there is none. */
void screen_add_capability(const struct screen *screen, struct buffer *out, const char *name);
/* Teaches READER the keys that terminfo names. */
void screen_teach_keys(const struct screen *screen, struct key_reader *reader);
/* Appends what curses wrote since the last call. */
void screen_take_output(struct screen *screen, struct buffer *out);

#endif
