/* layout.h - who gets which rectangle; pure, knows no screen.
 *
 * A layout is a tree: leaves are places, branches put their children beside or above one another.  Sharing out
 * a length takes three steps: a child whose minimum does not fit is collapsed (the highest `collapse` first,
 * the later of equals first); each gets its minimum; the rest is shared by weight, up to the maximum.  The tree
 * is an array of nodes in which children name their parent, so a whole layout is a table. */
#ifndef SANDGATE_UI_LAYOUT_H
#define SANDGATE_UI_LAYOUT_H

#include "ui/rect.h"

#include <stdbool.h>
#include <stddef.h>

enum layout_direction { LAYOUT_LEAF, LAYOUT_BESIDE, LAYOUT_ABOVE };

struct layout_node {
    int parent;                      /* index of an earlier node; -1: the root, which is node 0 */
    enum layout_direction direction; /* of its children */
    int minimum;                     /* cells along the parent's direction */
    int maximum;                     /* 0: none */
    int share;                       /* weight of what is left over; 0: stays at its minimum */
    int collapse;                    /* 0: never hidden (cut instead), else the order in which it goes */
    int gap;                         /* cells between its children, for a separator line */
    struct rect rect;                /* out: rows or columns 0 when hidden */
};

/* Fills in the rect of each node. */
void layout_place(struct layout_node *nodes, size_t count, struct rect whole);

/* --- the workbench --- */

enum place {
    PLACE_CONVERSATION,
    PLACE_CALL,
    PLACE_FILES,
    PLACE_CARD, /* the approval card, under the panes */
    PLACE_COMPOSER,
    PLACE_BAR,
    PLACE_COUNT
};

enum screen_size {
    SCREEN_TINY,   /* under 40 columns or 10 rows: nothing but a sentence */
    SCREEN_NARROW, /* one pane at a time */
    SCREEN_WIDE,   /* 120 columns or more: conversation | call over files */
};

/* What the workbench would like. */
struct layout_wish {
    enum place shown;           /* narrow: the pane to show, CONVERSATION, CALL or FILES */
    int card_rows;              /* wanted, 0: there is no card; gets at most half of the screen */
    int composer_rows;          /* wanted, at least 1; gets at most a third of the screen */
    bool hide_call, hide_files; /* wide: switched off by the person */
};

struct layout_places {
    enum screen_size size;
    struct rect rect[PLACE_COUNT]; /* rows 0 when it is not shown; panes include their head row */
    struct rect separator;         /* the vertical line between left and right; columns 0: none */
};

enum screen_size layout_size(int rows, int columns);
void layout_workbench(struct layout_places *places, int rows, int columns, const struct layout_wish *wish);

#endif
