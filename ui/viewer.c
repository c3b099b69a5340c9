/* viewer.c - wraps once per width. */
#include "ui/viewer.h"

#include "base/memory.h"
#include "base/odd.h"
#include "ui/draw.h"
#include "ui/key.h"
#include "ui/markdown.h"
#include "ui/scroll.h"
#include "ui/wrap.h"

#include <stdlib.h>
#include <string.h>

struct viewer {
    char *title, *language, *text;
    size_t length;
    struct odd_list odd; /* drawn as marks */
    struct lines *lines;
    int width;
    struct scroll scroll;
};

struct viewer *viewer_new(const char *title, const char *language, const char *text, size_t length)
{
    struct viewer *viewer = xcalloc(1, sizeof *viewer);

    viewer->title = xstrdup(title);
    viewer->language = xstrdup_or_null(language);
    viewer->text = xmalloc(length + 1);
    memcpy(viewer->text, text, length);
    viewer->text[length] = '\0';
    viewer->length = length;
    viewer->lines = lines_new(1);
    viewer->scroll.loose = true;
    return viewer;
}

void viewer_free(struct viewer *viewer)
{
    if (!viewer)
        return;
    free(viewer->title);
    free(viewer->language);
    free(viewer->text);
    lines_free(viewer->lines);
    odd_list_release(&viewer->odd);
    free(viewer);
}

void viewer_mark_odd(struct viewer *viewer)
{
    odd_find(&viewer->odd, viewer->text, viewer->length);
    lines_mark(viewer->lines, &viewer->odd);
    viewer->width = 0;
}

/* Prose, line by line; a line that is wrapped goes on two columns further in than it began. */
static void add_prose(struct viewer *viewer)
{
    static const char blanks[] = "                                                ";

    for (const char *at = viewer->text; *at;) {
        size_t length = strcspn(at, "\n"), indent = strspn(at, " ");
        const char *gap = indent > 0 ? strstr(at + indent, "   ") : NULL;
        struct span rest = { STYLE_TEXT, blanks, indent };
        if (gap && gap < at + length)
            rest.length = (size_t)(gap - at) + strspn(gap, " ");
        if (rest.length > sizeof blanks - 1 || (int)rest.length > viewer->width / 2)
            rest.length = 0;
        struct line_form form = { .mode = WRAP_WORDS, .rest = &rest, .rest_count = 1 };
        lines_begin(viewer->lines, &form);
        lines_add(viewer->lines, STYLE_TEXT, at, length);
        lines_end(viewer->lines);
        at += length + (at[length] == '\n');
    }
}

static void refresh(struct viewer *viewer, int width)
{
    if (viewer->width == width)
        return;
    viewer->width = width;
    lines_clear(viewer->lines, width);
    if (viewer->language)
        markdown_add_code(viewer->lines, viewer->language, viewer->text, viewer->length);
    else
        add_prose(viewer);
    lines_end(viewer->lines);
}

void viewer_draw(struct viewer *viewer, const struct canvas *canvas)
{
    static const char *const hints[] = { " Esc closes ", " Esc ", NULL };
    int rows = canvas->rect.rows - 1, columns = canvas->rect.columns;

    draw_head_with(canvas, viewer->title, true, hints);
    if (rows < 1 || columns < 4)
        return;
    refresh(viewer, columns - 2);
    struct canvas body = canvas_part(canvas, (struct rect){ 1, 1, rows, columns - 2 });
    size_t first = scroll_fit(&viewer->scroll, lines_count(viewer->lines), (size_t)rows);
    draw_lines(&body, viewer->lines, first);
    draw_scrollbar(canvas, 1, columns - 1, rows, lines_count(viewer->lines), first);
    draw_cursor(canvas, 1, 1);
}

bool viewer_key(struct viewer *viewer, const struct key *key, bool *close)
{
    *close = key_is(key, NAMED_ESCAPE, 0) || key_is_character(key, 'q', 0);
    return *close || scroll_key(&viewer->scroll, key);
}
