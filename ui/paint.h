/* paint.h - when to paint: at the end of a turn of the loop in which something became stale.
 *
 * The first change is painted at once; after that frames keep their distance (1/rate second, more when they
 * send much) and a timer paints the last state, so a flood of changes costs a bounded number of frames and of
 * bytes.  What a key changed, and a new ask, do not keep that distance.  When the terminal cannot take output, the frame waits until it can and then shows the newest state.
 * With nothing stale there is no timer and no work. */
#ifndef SANDGATE_UI_PAINT_H
#define SANDGATE_UI_PAINT_H

#include <stdbool.h>
#include <stdint.h>

struct canvas;
struct loop;
struct paint;
struct styles;
struct term;

/* DRAW gets a canvas of the whole screen, erased in STYLE_TEXT, and draws everything. RATE: frames a second. */
struct paint *paint_new(struct loop *loop, struct term *term, const struct styles *styles, int rate,
                        void (*draw)(void *data, const struct canvas *canvas), void *data);
void paint_free(struct paint *paint);

/* Something on the screen is no longer true. Cheap; call it as often as you like. */
void paint_stale(struct paint *paint);
/* Stale by what a person waits for (a key, an ask): seen at once, however many frames there were. */
void paint_soon(struct paint *paint);
/* Stale, and what is on the glass is unknown: every cell is sent again. */
void paint_all(struct paint *paint);

/* True while something stale has not been painted yet: tests ask. */
bool paint_is_due(const struct paint *paint);
uint64_t paint_frames(const struct paint *paint);  /* painted since the start: tests and the bench ask */
uint64_t paint_skipped(const struct paint *paint); /* put off because the terminal was not ready */

#endif
