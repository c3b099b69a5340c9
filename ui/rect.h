/* rect.h - a rectangle of character cells.  Coordinates are y before x, as in curses. */
#ifndef SANDGATE_UI_RECT_H
#define SANDGATE_UI_RECT_H

struct rect {
    int y, x;          /* of the upper left cell */
    int rows, columns; /* 0 or less: nothing of it is on the screen */
};

#endif
