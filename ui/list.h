/* list.h - the one list and tree widget: rows by callback, a selection, scrolling.
 *
 * It knows nothing of what it lists.  The owner describes any row when asked and says when rows changed; the
 * list keeps which row is selected (by the row's id across changes), keeps it in sight, and draws.  The
 * hardware cursor is left on the selected row, so that screen readers follow. */
#ifndef SANDGATE_UI_LIST_H
#define SANDGATE_UI_LIST_H

#include "ui/style.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct canvas;
struct key;
struct list;

enum list_fold {
    LIST_LEAF, /* of a plain list */
    LIST_CLOSED,
    LIST_OPEN,
    LIST_INDENT, /* a leaf of a tree: its label stands under those of its siblings */
};

/* Text is foreign and drawn safely; borrowed until the next call. Zeroed before row() is called. */
struct list_row {
    uint64_t id;      /* the same row keeps it; 0: rows are known by their number */
    const char *text; /* the label */
    size_t length;
    const char *detail; /* at the right, NUL-terminated, NULL: none */
    enum style style, detail_style;
    int depth;           /* of a tree, 0: top */
    enum list_fold fold; /* draws "▸" or "▾" before the label */
};

struct list_source {
    size_t (*count)(void *data);
    void (*row)(void *data, size_t index, struct list_row *row); /* INDEX < count */
};

/* What a key did. */
enum list_answer {
    LIST_IGNORED, /* not a key of the list */
    LIST_MOVED,   /* selection or scroll changed, or was at its end */
    LIST_CHOSEN,  /* Enter: the selected row is chosen */
    LIST_UNFOLD,  /* Right on a closed row: the owner opens it */
    LIST_FOLD,    /* Left on an open row: the owner closes it. (Left on others moves to the parent.) */
};

struct list *list_new(const struct list_source *source, void *data);
void list_free(struct list *list);

/* Rows came, went or changed. */
void list_changed(struct list *list);
/* Up, Down, PageUp, PageDown, Home, End, Left, Right, Enter, wheel and click (mouse in canvas coordinates). */
enum list_answer list_key(struct list *list, const struct key *key);

/* Index of the selected row in the source, -1 when the list is empty. */
long list_selected(const struct list *list);
void list_select(struct list *list, size_t index);

/* EMPTY is written when there is nothing to show.  FOCUSED: the selection is drawn strong and the cursor put. */
void list_draw(struct list *list, const struct canvas *canvas, const char *empty, bool focused);

#endif
