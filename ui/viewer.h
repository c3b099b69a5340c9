/* viewer.h - a text in place of a pane until it is closed: a file, the keys, a long message. */
#ifndef SANDGATE_UI_VIEWER_H
#define SANDGATE_UI_VIEWER_H

#include <stdbool.h>
#include <stddef.h>

struct canvas;
struct key;
struct viewer;

/* LANGUAGE: of its highlighting (a fence's name or a file's); NULL: plain prose. TEXT is copied. */
struct viewer *viewer_new(const char *title, const char *language, const char *text, size_t length);
/* Characters that are odd (base/odd.h) are drawn as marks: for a text that a person judges by. */
void viewer_mark_odd(struct viewer *viewer);
void viewer_free(struct viewer *viewer);
void viewer_draw(struct viewer *viewer, const struct canvas *canvas);
/* False: not a key of it. *CLOSE: it is done with (Esc, q). */
bool viewer_key(struct viewer *viewer, const struct key *key, bool *close);

#endif
