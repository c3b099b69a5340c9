/* paint.c - the hook at the end of each turn, the timer between frames, and the wait for a slow terminal. */
#include "ui/paint.h"

#include "base/clock.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "ui/draw.h"
#include "ui/term.h"

#include <curses.h>
#include <stdlib.h>

enum {
    SOON_DISTANCE = 4000,      /* microseconds between frames that show keys: nobody types faster */
    STREAM_BYTES = 20 * 1000,  /* a second, that frames may send for long while nobody types */
    BURST_BYTES = 8 * 1000,    /* that they may send at once */
    LONGEST_DISTANCE = 100000, /* microseconds: however much they send */
};

struct paint {
    struct loop *loop;
    struct term *term;
    const struct styles *styles;
    void (*draw)(void *data, const struct canvas *canvas);
    void *data;
    int64_t distance; /* microseconds between two frames, at least */
    int64_t last;     /* when the last one was painted, clock_steady_micro; 0: never */
    int64_t next;     /* not before this one comes, unless it is wanted soon */
    int64_t debt;     /* bytes that frames sent, less what time has paid off at the last one */
    bool stale;
    bool soon; /* it is something that a person waits for */
    struct loop_hook *hook;
    struct loop_timer *timer; /* wakes the loop when the next frame may be painted */
    int64_t timer_at;         /* microseconds, steady */
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

/* Counts what a frame sent, and says when the next one may come.  What runs through the screen faster than it
 * can be read needs no more frames, and the line to a far terminal stays free for keys. */
static void count_bytes(struct paint *paint, int64_t now, uint64_t bytes)
{
    int64_t paid = (now - paint->last) * STREAM_BYTES / 1000000;
    paint->debt = (paint->last && paint->debt > paid ? paint->debt - paid : 0) + (int64_t)bytes;
    int64_t distance = (paint->debt - BURST_BYTES) * 1000000 / STREAM_BYTES;
    if (distance > LONGEST_DISTANCE)
        distance = LONGEST_DISTANCE;
    paint->last = now;
    paint->next = now + (distance > paint->distance ? distance : paint->distance);
}

static void paint_now(struct paint *paint)
{
    struct draw_cursor cursor = { 0 };
    struct canvas canvas = { .styles = paint->styles, .cursor = &cursor };
    term_size(paint->term, &canvas.rect.rows, &canvas.rect.columns);
    uint64_t bytes = term_bytes_sent(paint->term);
    paint->stale = paint->waiting = paint->soon = false;
    erase_screen(paint->styles);
    paint->draw(paint->data, &canvas);
    term_show(paint->term, cursor.shown, cursor.y, cursor.x);
    count_bytes(paint, clock_steady_micro(), term_bytes_sent(paint->term) - bytes);
    paint->frames++;
}

static void time_came(void *data)
{
    struct paint *paint = data;
    paint->timer = NULL; /* the hook paints at the end of this turn */
}

/* Wakes the loop after WAIT milliseconds, or when it would wake before. */
static void set_timer(struct paint *paint, int64_t wait)
{
    int64_t at = clock_steady_micro() + wait * 1000;
    if (paint->timer && paint->timer_at <= at)
        return;
    loop_timer_cancel(paint->timer);
    paint->timer = loop_timer_add(paint->loop, wait, time_came, paint);
    paint->timer_at = at;
}

static void before_wait(void *data)
{
    struct paint *paint = data;
    if (!paint->stale || !term_is_here(paint->term))
        return;
    int64_t due = paint->soon ? paint->last + SOON_DISTANCE : paint->next;
    int64_t wait = (due - clock_steady_micro() + 999) / 1000;
    if (paint->last && wait > 0) {
        set_timer(paint, wait);
    } else if (!term_is_ready(paint->term)) { /* the loop wakes when it is */
        paint->skipped += !paint->waiting;
        paint->waiting = true;
    } else {
        paint_now(paint);
        if (paint->stale) /* what is drawn moves: the next frame comes by itself */
            set_timer(paint, (paint->next - paint->last) / 1000);
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

void paint_soon(struct paint *paint)
{
    paint->stale = paint->soon = true;
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
