/* draw.h - everything that puts cells on the screen; the one door: nothing else calls curses to write.
 *
 * A canvas is a rectangle of the screen and the styles to draw with.  Whoever draws gets one by pointer,
 * speaks in its own coordinates (0,0 is its upper left cell), and cannot reach outside it.  Text goes through
 * visible_next, so whatever it holds cannot move the layout or the terminal; stand-ins of what must not be
 * shown are drawn in STYLE_MARK.  A wide character that would cross the edge is left out (a blank is drawn).
 *
 * The hardware cursor is where the focus is: the pane that has it calls draw_cursor, the last call of a frame
 * wins; when nobody does it is hidden. */
#ifndef SANDGATE_UI_DRAW_H
#define SANDGATE_UI_DRAW_H

#include "ui/rect.h"
#include "ui/style.h"

#include <stdbool.h>
#include <stddef.h>

struct lines;

struct draw_cursor {
    int y, x; /* on the screen */
    bool shown;
};

struct canvas {
    struct rect rect; /* on the screen */
    const struct styles *styles;
    struct draw_cursor *cursor; /* of the frame; NULL: cursors are ignored */
};

/* A part of CANVAS, clipped to it. PART is in CANVAS's coordinates. */
struct canvas canvas_part(const struct canvas *canvas, struct rect part);

/* Draws TEXT in row Y from column X (may be negative: its left part is cut off) to the edge at most; a
 * newline is drawn as a mark, a tab as spaces to the next multiple of 8 from X.  Returns the columns that the
 * text takes, drawn or not. */
int draw_text(const struct canvas *canvas, int y, int x, enum style style, const char *text, size_t length);
/* The same for a string of our own. */
int draw_string(const struct canvas *canvas, int y, int x, enum style style, const char *text);
/* At most COLUMNS columns; text that is longer ends in "…". Returns the columns drawn. */
int draw_fit(const struct canvas *canvas, int y, int x, int columns, enum style style, const char *text,
             size_t length);
/* Ends at the right edge less RIGHT columns. Returns the column where it begins. */
int draw_right(const struct canvas *canvas, int y, int right, enum style style, const char *text);

/* Display line INDEX of LINES in row Y from column X, and its fill style to the edge. */
void draw_line(const struct canvas *canvas, int y, int x, const struct lines *lines, size_t index);
/* Lines FIRST... of LINES from row 0 down to the canvas's edge; rows below the last line are left alone. */
void draw_lines(const struct canvas *canvas, const struct lines *lines, size_t first);

void draw_fill(const struct canvas *canvas, enum style style); /* all of it, blank */
void draw_blank(const struct canvas *canvas, int y, int x, int columns, enum style style);
void draw_horizontal(const struct canvas *canvas, int y, int x, int columns, enum style style);
void draw_vertical(const struct canvas *canvas, int y, int x, int rows, enum style style);
/* A box along the edge with TITLE (NULL: none) in its top line; the inside is not cleared. */
void draw_box(const struct canvas *canvas, enum style border, enum style title_style, const char *title);
struct canvas canvas_inside_box(const struct canvas *canvas);
/* Row 0 as a line with TITLE in it: the head of a pane. FOCUSED: in the focus styles, with a mark before it. */
void draw_head(const struct canvas *canvas, const char *title, bool focused);
/* The same, and at its right the first of HINTS (ends with NULL) that leaves the title whole, else the last. */
void draw_head_with(const struct canvas *canvas, const char *title, bool focused, const char *const *hints);
/* A scrollbar in column X over ROWS rows from Y, for TOTAL lines of which ROWS are seen from FIRST. Nothing
 * when all is seen. */
void draw_scrollbar(const struct canvas *canvas, int y, int x, int rows, size_t total, size_t first);
/* Gives cells that are drawn already another style; the text stays. */
void draw_restyle(const struct canvas *canvas, int y, int x, int columns, enum style style);

/* Puts the hardware cursor here. */
void draw_cursor(const struct canvas *canvas, int y, int x);

#endif
