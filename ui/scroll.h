/* scroll.h - the place of a window over rows that grow at the end: it follows the end until the person scrolls
 * up, and follows again when they come back to it. */
#ifndef SANDGATE_UI_SCROLL_H
#define SANDGATE_UI_SCROLL_H

#include <stdbool.h>
#include <stddef.h>

struct key;

struct scroll {
    bool loose;   /* the person scrolled up: the window stays where it is */
    size_t first; /* row at the top */
    size_t rows;  /* of the window, at the last scroll_fit */
    size_t total; /* of the content, at the last scroll_fit */
};

/* Called before each drawing. Returns the row at the top. */
size_t scroll_fit(struct scroll *scroll, size_t total, size_t rows);
void scroll_by(struct scroll *scroll, long rows);
/* ROWS (more or fewer, when negative) came in above the window: it shows the same as before. */
void scroll_shift(struct scroll *scroll, long rows);
void scroll_to_end(struct scroll *scroll);
/* Brings ROW into sight. */
void scroll_show(struct scroll *scroll, size_t row);
/* PageUp, PageDown, Home, End, Up, Down, k, j, g, G, Space, the wheel. False: not a key of it. */
bool scroll_key(struct scroll *scroll, const struct key *key);

#endif
