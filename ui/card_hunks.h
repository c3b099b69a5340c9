/* card_hunks.h - the row of an approval card that says which hunks of a file's change are taken, and the keys that
 * choose among them. */
#ifndef SANDGATE_UI_CARD_HUNKS_H
#define SANDGATE_UI_CARD_HUNKS_H

#include <stdbool.h>

struct canvas;
struct hunk_view;

/* Draws it in row Y.  LIVE: the keys stand out, because they are the card's now. */
void card_hunks_draw(const struct hunk_view *view, const struct canvas *canvas, int y, bool live);

#endif
