/* sandbox_terminal.h - our own terminal while a program of the sandbox has it: every key is passed on. */
#ifndef SANDGATE_FACE_SANDBOX_TERMINAL_H
#define SANDGATE_FACE_SANDBOX_TERMINAL_H

struct terminal;

/* Standard input must be a terminal; given back by terminal_free, and when the program dies. */
struct terminal *terminal_raw(void);
void terminal_free(struct terminal *terminal); /* NULL is fine */
/* Of standard output, else input; 80 and 24 when neither is a terminal. */
void terminal_size(int *columns, int *rows);
/* What $TERM says, NULL when it says nothing of use. */
const char *terminal_name(void);

#endif
