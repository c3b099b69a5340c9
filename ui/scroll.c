/* scroll.c - see scroll.h. */
#include "ui/scroll.h"

#include "base/memory.h"
#include "ui/key.h"

static size_t last_first(const struct scroll *scroll)
{
    return scroll->total > scroll->rows ? scroll->total - scroll->rows : 0;
}

size_t scroll_fit(struct scroll *scroll, size_t total, size_t rows)
{
    scroll->total = total;
    scroll->rows = rows;
    if (!scroll->loose || scroll->first > last_first(scroll))
        scroll->first = last_first(scroll);
    return scroll->first;
}

void scroll_by(struct scroll *scroll, long rows)
{
    size_t last = last_first(scroll);

    if (rows < 0)
        scroll->first = scroll->first > (size_t)-rows ? scroll->first - (size_t)-rows : 0;
    else
        scroll->first = scroll->first + (size_t)rows < last ? scroll->first + (size_t)rows : last;
    scroll->loose = scroll->first < last;
}

void scroll_shift(struct scroll *scroll, long rows)
{
    if (rows < 0 && scroll->first < (size_t)-rows)
        scroll->first = 0;
    else
        scroll->first += (size_t)rows;
}

void scroll_to_end(struct scroll *scroll)
{
    scroll->loose = false;
    scroll->first = last_first(scroll);
}

void scroll_show(struct scroll *scroll, size_t row)
{
    if (row < scroll->first)
        scroll_by(scroll, -(long)(scroll->first - row));
    else if (scroll->rows > 0 && row >= scroll->first + scroll->rows)
        scroll_by(scroll, (long)(row - scroll->first - scroll->rows + 1));
}

bool scroll_key(struct scroll *scroll, const struct key *key)
{
    long page = scroll->rows > 2 ? (long)scroll->rows - 1 : 1, all = (long)scroll->total;
    const struct {
        bool pressed;
        long rows;
    } rows[] = {
        { key_is(key, NAMED_PAGE_UP, 0), -page },
        { key_is(key, NAMED_PAGE_DOWN, 0) || key_is_character(key, ' ', 0), page },
        { key_is(key, NAMED_HOME, 0) || key_is_character(key, 'g', 0), -all },
        { key_is(key, NAMED_END, 0) || key_is_character(key, 'G', 0), all },
        { key_is(key, NAMED_UP, 0) || key_is_character(key, 'k', 0), -1 },
        { key_is(key, NAMED_DOWN, 0) || key_is_character(key, 'j', 0), 1 },
        { key->kind == INPUT_MOUSE && key->mouse == MOUSE_WHEEL_UP, -3 },
        { key->kind == INPUT_MOUSE && key->mouse == MOUSE_WHEEL_DOWN, 3 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].pressed) {
            scroll_by(scroll, rows[i].rows);
            return true;
        }
    return false;
}
