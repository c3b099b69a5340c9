/* start_steps.h - how the start of a sandbox gets on: each step with its time, and the last line that it told. */
#ifndef SANDGATE_UI_START_STEPS_H
#define SANDGATE_UI_START_STEPS_H

struct canvas;
struct session;

/* Rows wanted at the end of the conversation; 0: nothing starts, or it has only just begun. */
int start_steps_rows(const struct session *session);
/* The newest that fit CANVAS. */
void start_steps_draw(const struct session *session, const struct canvas *canvas);

#endif
