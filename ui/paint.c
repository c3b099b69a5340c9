/* paint.c - the hook at the end of each turn, the timer between frames, and the wait for a slow terminal. */
#include "ui/paint.h"

#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "ui/draw.h"
#include "ui/term.h"

#include <curses.h>
#include <stdlib.h>

struct paint {
    struct loop *loop;
    struct term *term;
    const struct styles *styles;
    void (*draw)(void *data, const struct canvas *canvas);
    void *data;
    int64_t distance; /* microseconds between two frames */
    int64_t last;     /* when the last one was painted, clock_steady_micro; 0: never */
    bool stale;
    struct loop_hook *hook;
    struct loop_timer *timer; /* until the next frame may be painted; NULL: it may now */
    bool waiting;             /* for the terminal to take the last frame */
    uint64_t frames, skipped;
};

/* Erases the screen in STYLE_TEXT. */
static void erase_screen(const struct styles *styles)
{
    cchar_t cell;
    int pair = styles_pair(styles, STYLE_TEXT);
    setcchar(&cell, L" ", styles_attributes(styles, STYLE_TEXT), 0, &pair);
    bkgrndset(&cell);
    erase();
}

static void paint_now(struct paint *paint)
{
    struct draw_cursor cursor = { 0 };
    struct canvas canvas = { .styles = paint->styles, .cursor = &cursor };
    term_size(paint->term, &canvas.rect.rows, &canvas.rect.columns);
    paint->stale = paint->waiting = false;
    erase_screen(paint->styles);
    paint->draw(paint->data, &canvas);
    term_show(paint->term, cursor.shown, cursor.y, cursor.x);
    paint->last = clock_steady_micro();
    paint->frames++;
}

static void time_came(void *data)
{
    struct paint *paint = data;
    paint->timer = NULL; /* the hook paints at the end of this turn */
}

static void before_wait(void *data)
{
    struct paint *paint = data;
    if (!paint->stale || paint->timer || !term_is_here(paint->term))
        return;
    int64_t since = clock_steady_micro() - paint->last;
    if (paint->last && since < paint->distance) {
        int64_t wait = (paint->distance - since + 999) / 1000;
        paint->timer = loop_timer_add(paint->loop, wait, time_came, paint);
    } else if (!term_is_ready(paint->term)) { /* the loop wakes when it is */
        paint->skipped += !paint->waiting;
        paint->waiting = true;
    } else {
        paint_now(paint);
        if (paint->stale) /* what is drawn moves: the next frame comes by itself */
            paint->timer = loop_timer_add(paint->loop, paint->distance / 1000, time_came, paint);
    }
}

struct paint *paint_new(struct loop *loop, struct term *term, const struct styles *styles, int rate,
                        void (*draw)(void *data, const struct canvas *canvas), void *data)
{
    struct paint *paint = xcalloc(1, sizeof(*paint));
    paint->loop = loop;
    paint->term = term;
    paint->styles = styles;
    paint->draw = draw;
    paint->data = data;
    paint->distance = 1000000 / (rate < 1 ? 1 : rate);
    paint->hook = loop_hook_add(loop, before_wait, paint);
    return paint;
}

void paint_free(struct paint *paint)
{
    if (!paint)
        return;
    loop_hook_remove(paint->hook);
    loop_timer_cancel(paint->timer);
    free(paint);
}

void paint_stale(struct paint *paint)
{
    paint->stale = true;
}

void paint_all(struct paint *paint)
{
    term_redraw(paint->term);
    paint->stale = true;
}

bool paint_is_due(const struct paint *paint)
{
    return paint->stale;
}

uint64_t paint_frames(const struct paint *paint)
{
    return paint->frames;
}

uint64_t paint_skipped(const struct paint *paint)
{
    return paint->skipped;
}
