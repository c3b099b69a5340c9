/* list.c - selection and scrolling over rows that it does not own.
 *
 * Nothing of them is kept, so 100,000 rows cost nothing until they are drawn. */
#include "ui/list.h"

#include "base/memory.h"
#include "ui/draw.h"
#include "ui/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHEEL_ROWS = 3, INDENT = 2 };

struct list {
    struct list_source source;
    void *data;
    size_t selected;
    uint64_t selected_id;
    size_t top; /* first row on the screen */
    int rows;   /* of the screen when it was last drawn */
};

struct list *list_new(const struct list_source *source, void *data)
{
    struct list *list = xcalloc(1, sizeof(*list));
    list->source = *source;
    list->data = data;
    list->rows = 1;
    return list;
}

void list_free(struct list *list)
{
    free(list);
}

static struct list_row row_at(const struct list *list, size_t index)
{
    struct list_row row = { 0 };
    list->source.row(list->data, index, &row);
    return row;
}

static size_t count_of(const struct list *list)
{
    return list->source.count(list->data);
}

/* --- the selection --- */

void list_select(struct list *list, size_t index)
{
    size_t count = count_of(list);
    if (!count) {
        list->selected = list->top = 0;
        list->selected_id = 0;
        return;
    }
    list->selected = index < count ? index : count - 1;
    list->selected_id = row_at(list, list->selected).id;
}

/* Where the row with ID is; its former index when it is gone. */
static size_t index_of_id(const struct list *list, uint64_t id)
{
    size_t count = count_of(list);
    if (!id || (list->selected < count && row_at(list, list->selected).id == id))
        return list->selected;
    for (size_t i = 0; i < count; i++)
        if (row_at(list, i).id == id)
            return i;
    return list->selected;
}

void list_changed(struct list *list)
{
    list_select(list, index_of_id(list, list->selected_id));
}

long list_selected(const struct list *list)
{
    return list->selected < count_of(list) ? (long)list->selected : -1;
}

/* --- keys --- */

static enum list_answer move_by(struct list *list, long rows)
{
    long index = (long)list->selected + rows;
    list_select(list, index < 0 ? 0 : (size_t)index);
    return LIST_MOVED;
}

/* The row above that is one level higher. */
static enum list_answer move_to_parent(struct list *list)
{
    int depth = row_at(list, list->selected).depth;
    for (size_t index = list->selected; index > 0; index--) {
        if (row_at(list, index - 1).depth >= depth)
            continue;
        list_select(list, index - 1);
        break;
    }
    return LIST_MOVED;
}

static enum list_answer click(struct list *list, const struct key *key)
{
    size_t index = list->top + (size_t)(key->y > 0 ? key->y : 0);
    if (key->y < 0 || key->y >= list->rows || index >= count_of(list))
        return LIST_IGNORED;
    if (index == list->selected)
        return LIST_CHOSEN;
    list_select(list, index);
    return LIST_MOVED;
}

static enum list_answer mouse_key(struct list *list, const struct key *key)
{
    switch (key->mouse) {
    case MOUSE_WHEEL_UP:
        return move_by(list, -WHEEL_ROWS);
    case MOUSE_WHEEL_DOWN:
        return move_by(list, WHEEL_ROWS);
    case MOUSE_LEFT:
        return click(list, key);
    default:
        return LIST_IGNORED;
    }
}

static enum list_answer fold_key(struct list *list, bool open)
{
    enum list_fold fold = row_at(list, list->selected).fold;
    if (open && fold == LIST_CLOSED)
        return LIST_UNFOLD;
    if (!open && fold == LIST_OPEN)
        return LIST_FOLD;
    return open ? LIST_MOVED : move_to_parent(list);
}

enum list_answer list_key(struct list *list, const struct key *key)
{
    size_t count = count_of(list);
    if (!count)
        return LIST_IGNORED;
    if (key->kind == INPUT_MOUSE)
        return mouse_key(list, key);
    if (key->kind != INPUT_NAMED || key->modifiers)
        return LIST_IGNORED;
    long page = list->rows > 1 ? list->rows - 1 : 1;
    switch (key->code) {
    case NAMED_UP:
        return move_by(list, -1);
    case NAMED_DOWN:
        return move_by(list, 1);
    case NAMED_PAGE_UP:
        return move_by(list, -page);
    case NAMED_PAGE_DOWN:
        return move_by(list, page);
    case NAMED_HOME:
        return move_by(list, -(long)count);
    case NAMED_END:
        return move_by(list, (long)count);
    case NAMED_LEFT:
    case NAMED_RIGHT:
        return fold_key(list, key->code == NAMED_RIGHT);
    case NAMED_ENTER:
        return LIST_CHOSEN;
    }
    return LIST_IGNORED;
}

/* --- drawing --- */

static void keep_in_sight(struct list *list, int rows)
{
    size_t count = count_of(list), seen = (size_t)rows;
    list->rows = rows;
    if (list->selected < list->top)
        list->top = list->selected;
    if (list->selected >= list->top + seen)
        list->top = list->selected + 1 - seen;
    if (list->top + seen > count)
        list->top = count > seen ? count - seen : 0;
}

static void draw_row(const struct list_row *row, const struct canvas *canvas, int y, int columns)
{
    static const char *const folds[] = { "", "\u25b8 ", "\u25be ", "  " };
    int x = row->depth * INDENT, right = columns;
    if (row->detail && *row->detail) {
        struct canvas part = canvas_part(canvas, (struct rect){ 0, 0, canvas->rect.rows, columns });
        right = draw_right(&part, y, 0, row->detail_style, row->detail) - 1;
    }
    if (row->fold != LIST_LEAF)
        x += draw_string(canvas, y, x, row->style, folds[row->fold]);
    draw_fit(canvas, y, x, right - x, row->style, row->text, row->length);
}

void list_draw(struct list *list, const struct canvas *canvas, const char *empty, bool focused)
{
    int rows = canvas->rect.rows, columns = canvas->rect.columns;
    size_t count = count_of(list);
    if (rows < 1 || columns < 2)
        return;
    if (list->selected >= count)
        list_select(list, list->selected);
    keep_in_sight(list, rows);
    if (!count)
        draw_fit(canvas, 0, 0, columns, STYLE_PLACEHOLDER, empty, strlen(empty));
    if (!count && focused)
        draw_cursor(canvas, 0, 0);
    if (count > (size_t)rows)
        draw_scrollbar(canvas, 0, --columns, rows, count, list->top);
    for (int y = 0; y < rows && list->top + (size_t)y < count; y++) {
        struct list_row row = row_at(list, list->top + (size_t)y);
        draw_row(&row, canvas, y, columns);
    }
    if (!count)
        return;
    int y = (int)(list->selected - list->top);
    draw_restyle(canvas, y, 0, columns, focused ? STYLE_SELECTION : STYLE_CURSOR_LINE);
    if (focused)
        draw_cursor(canvas, y, 0);
}
