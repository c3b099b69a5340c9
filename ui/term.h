/* term.h - the real terminal: opening curses on it, its modes, its size, and giving it back in every case.
 *
 * Curses draws; keys are read by ourselves (key_reader.h), because curses waits for the rest of an escape
 * sequence and pastes would come character by character; frames are written by ourselves, because curses would
 * block in a terminal that does not read.  Private sequences (paste 2004, focus 1004, mouse 1000 and 1006,
 * synchronized output 2026, title) are sent only to terminals that know xterm's.
 *
 * The terminal is given back by term_close, by exit(), and by a handler of fatal signals that uses nothing but
 * what a handler may.  What libraries print to standard error meanwhile is kept and printed after. */
#ifndef SANDGATE_UI_TERM_H
#define SANDGATE_UI_TERM_H

#include "ui/key.h"
#include "ui/style.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct loop;
struct term;

struct term_options {
    bool mouse;        /* presses and wheel; off leaves selecting to the terminal */
    bool no_colour;    /* as NO_COLOR in the environment */
    int input, output; /* descriptors of a terminal; both 0: standard input and output, else /dev/tty */
};

/* Told on the loop's thread. Any may be NULL. */
struct term_events {
    void (*key)(void *data, const struct key *key);
    void (*resized)(void *data, int rows, int columns); /* the screen has the new size already */
    void (*resumed)(void *data); /* back from a stop or from term_leave: everything must be drawn again */
    void (*gone)(void *data);    /* the terminal hung up; nothing can be drawn any more */
};

/* EVENTS is copied.  NULL and a sentence when there is no terminal. */
struct term *term_open(struct loop *loop, const struct term_options *options,
                       const struct term_events *events, void *data, struct error *error);
void term_close(struct term *term); /* NULL is fine; never from an event */

/* Something to tell the person about this terminal (its kind is unknown, ...); NULL: nothing. */
const char *term_notice(const struct term *term);
enum style_depth term_depth(const struct term *term);
void term_size(const struct term *term, int *rows, int *columns);
uint64_t term_bytes_sent(const struct term *term); /* since it was opened: the bench asks */

/* Makes the screen what was drawn: one synchronized doupdate. */
void term_show(struct term *term, bool cursor, int y, int x);
/* False between term_leave and term_enter and after it hung up: nothing may be drawn. */
bool term_is_here(const struct term *term);
/* False while the terminal has not taken all of the last frame; the loop wakes when it has (see paint.h). */
bool term_is_ready(const struct term *term);
/* True while half a key waits for its rest: tests ask. */
bool term_is_reading(const struct term *term);
/* Bytes that came from the terminal so far, and a lot more for each return to it: what was typed meanwhile, others
 * may have read. Tests ask. */
uint32_t term_input(const struct term *term);
/* The next term_show sends every cell. */
void term_redraw(struct term *term);

/* TEXT is made safe and cut to 120 characters. */
void term_title(struct term *term, const char *text);
void term_bell(struct term *term);
/* Asks the terminal to show TEXT (made safe, cut to 120 characters) on the desktop: by OSC 777, else OSC 9. */
void term_notify(struct term *term, bool osc777, const char *text);
/* OSC 52: asks the terminal to put TEXT on the clipboard; more than 100 KB is refused with false. */
bool term_copy(struct term *term, const char *text, size_t length);

/* Ctrl-Z: gives the terminal back, stops the process group, and takes it again when continued. */
void term_suspend(struct term *term);
/* Gives the terminal to another program, and takes it again. */
void term_leave(struct term *term);
void term_enter(struct term *term);

#endif
