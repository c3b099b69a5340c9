/* standard_error.h - keeps what is printed to standard error off the screen while curses runs.
 *
 * Libraries chatter there.  It goes to a file in memory and is printed, made safe, when the terminal is given
 * back.  When standard error is no terminal it is left as it is. */
#ifndef SANDGATE_UI_STANDARD_ERROR_H
#define SANDGATE_UI_STANDARD_ERROR_H

struct standard_error;

struct standard_error *standard_error_keep(void); /* NULL: nothing had to be done, or nothing could */
/* The descriptor of the real one; -1 for NULL. */
int standard_error_real(const struct standard_error *kept);
/* Puts the real one back, prints what came (its last 64 KB), frees. NULL is fine. */
void standard_error_restore(struct standard_error *kept);

#endif
