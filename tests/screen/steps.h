/* steps.h - the table of what a script can say. */
#ifndef SANDGATE_TESTS_STEPS_H
#define SANDGATE_TESTS_STEPS_H

#include <stdbool.h>

struct buffer;
struct error;
struct play;
struct step;

/* Plays one step. False with the sentence; MORE gets lines to show beside it, "# " before each. */
bool steps_play(struct play *play, const struct step *step, struct buffer *more, struct error *error);
/* Appends the table for people. */
void steps_help(struct buffer *out);

#endif
