/* step_call.h - the functions of steps, each in the file of its kind, and what they share. */
#ifndef SANDGATE_TESTS_STEP_CALL_H
#define SANDGATE_TESTS_STEP_CALL_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct error;
struct play;

/* What a step function gets. */
struct call {
    struct play *play;
    const char *argument;
    const char *block; /* "" when there is none */
    struct buffer *more;
    struct error *error;
};

/* ARGUMENT as it is; in quotes, without them and with \e \a \n \xHH read; caller frees. */
char *step_text(const char *argument);
/* The number of the signal NAME ("KILL"), -1: there is none. */
int step_signal(const char *name);
/* Shows the screen beside the complaint. */
void step_show_screen(struct call *call);

/* step_input.c */
bool step_type(struct call *call);
bool step_typist(struct call *call);
bool step_key(struct call *call);
bool step_paste(struct call *call);
bool step_click(struct call *call);
bool step_wheel(struct call *call);
bool step_window(struct call *call);

/* step_expect.c */
bool step_wait(struct call *call);
bool step_wait_gone(struct call *call);
bool step_expect_not(struct call *call);
bool step_idle(struct call *call);
bool step_wait_run(struct call *call);
bool step_expect_screen(struct call *call);
bool step_expect_rows(struct call *call);
bool step_expect_row(struct call *call);
bool step_cursor(struct call *call);
bool step_expect_style(struct call *call);
bool step_expect_title(struct call *call);
bool step_expect_exit(struct call *call);

/* step_bytes.c */
bool step_expect_no_bytes(struct call *call);
bool step_expect_bytes_clean(struct call *call);
bool step_wait_bytes(struct call *call);
bool step_expect_bells(struct call *call);

#endif
