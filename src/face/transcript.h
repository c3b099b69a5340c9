/* transcript.h - a session as something to read: plain text for a terminal, or a Markdown document. */
#ifndef SANDGATE_FACE_TRANSCRIPT_H
#define SANDGATE_FACE_TRANSCRIPT_H

#include <stdbool.h>
#include <stdio.h>

struct error;
struct store;

enum transcript_form { TRANSCRIPT_TEXT, TRANSCRIPT_MARKDOWN };

/* Writes SESSION to OUT. False with the sentence when it cannot be read. */
bool transcript_write(struct store *store, const char *session, enum transcript_form form, FILE *out,
                      struct error *error);

#endif
