/* headless.h - curses without a terminal, for tests that draw and read the cells back.  Included once by
 * each. */
#ifndef SANDGATE_TESTS_HEADLESS_H
#define SANDGATE_TESTS_HEADLESS_H

#include "base/utf8.h"
#include "ui/draw.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { HEADLESS_ROWS = 12, HEADLESS_COLUMNS = 40 };

struct headless {
    FILE *out;
    SCREEN *screen;
    struct styles *styles;
    struct draw_cursor cursor;
    struct canvas canvas; /* the whole screen */
};

static inline void headless_open(struct headless *headless, const char *type)
{
    utf8_set_locale();
    setenv("LINES", "12", 1);
    setenv("COLUMNS", "40", 1);
    *headless = (struct headless){ .out = fopen("/dev/null", "w") };
    headless->screen = newterm(type, headless->out, stdin);
    headless->styles = styles_new();
    bool colour = has_colors();
    if (colour) {
        start_color();
        use_default_colors();
        styles_load(headless->styles, "dark", NULL);
    }
    styles_map(headless->styles, colour ? DEPTH_256 : DEPTH_MONO);
    headless->canvas =
        (struct canvas){ { 0, 0, HEADLESS_ROWS, HEADLESS_COLUMNS }, headless->styles, &headless->cursor };
}

static inline void headless_close(struct headless *headless)
{
    styles_free(headless->styles);
    endwin();
    delscreen(headless->screen);
    fclose(headless->out);
}

/* Row Y as UTF-8, spaces at its end cut; good until the next call with the same SPACE. */
static inline const char *headless_row(int y, char space[512])
{
    cchar_t cells[HEADLESS_COLUMNS + 1] = { 0 }; /* a wide character takes one of them */
    size_t length = 0;
    mvin_wchnstr(y, 0, cells, HEADLESS_COLUMNS);
    for (int x = 0; x < HEADLESS_COLUMNS; x++) {
        wchar_t text[CCHARW_MAX + 1] = L"";
        attr_t attributes;
        short pair;
        getcchar(&cells[x], text, &attributes, &pair, NULL);
        for (int i = 0; text[i]; i++)
            length += utf8_encode((uint32_t)text[i], space + length);
    }
    while (length && space[length - 1] == ' ')
        length--;
    space[length] = '\0';
    return space;
}

/* True when the cell looks as STYLE does. */
static inline bool headless_is(const struct headless *headless, int y, int x, enum style style)
{
    cchar_t cell;
    wchar_t text[CCHARW_MAX + 1];
    attr_t attributes;
    short ignored;
    int pair = 0;
    mvin_wch(y, x, &cell);
    getcchar(&cell, text, &attributes, &ignored, &pair);
    return pair == styles_pair(headless->styles, style) &&
           (attributes & ~(attr_t)A_COLOR) == styles_attributes(headless->styles, style);
}

/* --- for cmocka: one for the whole group --- */

static struct headless headless;

static inline int headless_setup(void **state)
{
    (void)state;
    headless_open(&headless, "xterm-256color");
    return headless.screen ? 0 : -1;
}

static inline int headless_teardown(void **state)
{
    (void)state;
    headless_close(&headless);
    return 0;
}

#endif
