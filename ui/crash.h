/* crash.h - gives the terminal back when the program dies without asking.
 *
 * Handlers of fatal signals and of exit() need a place that they can reach without an argument, so this is
 * the one file with mutable state of its own.  In a handler nothing is called but poll, write, tcsetattr, dup2,
 * sigaction and raise. */
#ifndef SANDGATE_UI_CRASH_H
#define SANDGATE_UI_CRASH_H

#include <stddef.h>
#include <termios.h>

enum { CRASH_SEQUENCE = 512 };

struct crash_terminal {
    int fd;                        /* of the terminal */
    struct termios modes;          /* to put back */
    char sequence[CRASH_SEQUENCE]; /* what makes it sane again, LENGTH bytes */
    size_t length;
    int standard_error; /* the real one, to be 2 again; -1: 2 is real */
};

/* From now on the terminal is given back when the program dies; TERMINAL is copied. */
void crash_arm(const struct crash_terminal *terminal);
/* The terminal was given back in the ordinary way. */
void crash_disarm(void);

#endif
