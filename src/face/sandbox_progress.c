/* sandbox_progress.c - a bar of twenty steps, as wide as the terminal allows. */
#include "face/sandbox_progress.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/visible.h"
#include "face/sandbox_terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 20, PAUSE = 100 /* milliseconds */ };

void progress_begin(struct progress *progress)
{
    *progress = (struct progress){ .shown = isatty(STDERR_FILENO), .begun = clock_steady() };
}

/* "1.2 MB" */
static void append_size(struct buffer *out, double bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
    size_t unit = 0;

    for (; bytes >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1000;
    buffer_append_format(out, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

/* As much of NAME, made visible, as fits into COLUMNS. */
static void append_name(struct buffer *out, const char *name, size_t columns)
{
    size_t length = strlen(name);
    struct glyph glyph;

    while (length > 0) {
        visible_next(name, length, &glyph);
        if ((size_t)glyph.columns > columns || glyph.kind == GLYPH_NEWLINE)
            return;
        buffer_append_text(out, glyph.kind == GLYPH_TAB ? " " : glyph.text);
        columns -= (size_t)glyph.columns;
        name += glyph.bytes;
        length -= glyph.bytes;
    }
}

static void draw(const struct progress *progress, const char *name)
{
    struct buffer line = BUFFER_INIT;
    double part = progress->total > 0 ? (double)progress->done / (double)progress->total : 0;
    int64_t time = clock_steady() - progress->begun;
    int columns, rows;

    terminal_size(&columns, &rows);
    buffer_append_text(&line, "\r\033[K[");
    for (int i = 0; i < STEPS; i++)
        buffer_append_byte(&line, i < (int)(part * STEPS) ? '#' : '-');
    buffer_append_format(&line, "] %3d%% ", (int)(part * 100));
    append_size(&line, (double)progress->done);
    buffer_append_text(&line, " of ");
    append_size(&line, (double)progress->total);
    buffer_append_text(&line, ", ");
    append_size(&line, time > 0 ? (double)progress->done * 1000 / (double)time : 0);
    buffer_append_text(&line, "/s  ");
    size_t used = line.length - 4; /* what moves the cursor is no column */
    if ((size_t)columns > used + 1)
        append_name(&line, name, (size_t)columns - used - 1);
    fwrite(line.data, 1, line.length, stderr);
    buffer_release(&line);
}

void progress_add(struct progress *progress, uint64_t bytes, const char *name)
{
    int64_t now = clock_steady();

    progress->done += bytes;
    if (progress->total < progress->done)
        progress->total = progress->done;
    if (!progress->shown || now - progress->drawn < PAUSE)
        return;
    progress->drawn = now;
    draw(progress, name);
}

void progress_hide(const struct progress *progress)
{
    if (progress->shown && progress->drawn > 0)
        fputs("\r\033[K", stderr);
}

void progress_end(struct progress *progress, const char *verb)
{
    struct buffer line = BUFFER_INIT;
    char span[CLOCK_TEXT];

    progress_hide(progress);
    if (progress->shown) {
        clock_format_span(clock_steady() - progress->begun, span);
        append_size(&line, (double)progress->done);
        fprintf(stderr, "%s %zu file%s, %s in %s\n", verb, progress->files, progress->files == 1 ? "" : "s",
                line.data, span);
    }
    buffer_release(&line);
}
