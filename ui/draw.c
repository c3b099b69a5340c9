/* draw.c - cells into curses's screen, always through visible_next and always clipped.
 *
 * A pen walks along one row of the screen, collects what is drawn in one style, and hands it to curses as one
 * wide string; what lies left or right of the canvas is counted and not drawn. */
#include "ui/draw.h"

#include "base/utf8.h"
#include "base/visible.h"
#include "ui/wrap.h"

#include <curses.h>
#include <limits.h>
#include <string.h>
#include <wchar.h>

enum { TAB_STOP = 8, RUN = 128 };

struct pen {
    const struct canvas *canvas;
    int y;         /* on the screen */
    int x;         /* where the next glyph goes, on the screen */
    int right;     /* first column that may not be drawn */
    int tabs;      /* the column from which tab stops count */
    bool measures; /* goes on to the end of the text behind the right edge */
    enum style style;
    wchar_t run[RUN + 8];
    int run_length, run_x;
};

static int smaller(int one, int other)
{
    return one < other ? one : other;
}

static int larger(int one, int other)
{
    return one > other ? one : other;
}

struct canvas canvas_part(const struct canvas *canvas, struct rect part)
{
    struct canvas result = *canvas;
    int top = larger(part.y, 0), left = larger(part.x, 0);
    int bottom = smaller(part.y + part.rows, canvas->rect.rows);
    int right = smaller(part.x + part.columns, canvas->rect.columns);
    result.rect = (struct rect){ canvas->rect.y + top, canvas->rect.x + left, larger(bottom - top, 0),
                                 larger(right - left, 0) };
    return result;
}

struct canvas canvas_inside_box(const struct canvas *canvas)
{
    return canvas_part(canvas, (struct rect){ 1, 1, canvas->rect.rows - 2, canvas->rect.columns - 2 });
}

static bool row_is_inside(const struct canvas *canvas, int y)
{
    return y >= 0 && y < canvas->rect.rows && canvas->rect.columns > 0;
}

/* --- the pen --- */

static struct pen pen_at(const struct canvas *canvas, int y, int x, int columns, enum style style)
{
    int width = columns < 0 ? 0 : smaller(columns, INT_MAX / 4);
    return (struct pen){
        .canvas = canvas,
        .y = canvas->rect.y + y,
        .x = canvas->rect.x + x,
        .right = canvas->rect.x + smaller(x + width, canvas->rect.columns),
        .tabs = canvas->rect.x + x,
        .style = style,
    };
}

static void use_style(const struct canvas *canvas, enum style style)
{
    int pair = styles_pair(canvas->styles, style);
    attr_set(styles_attributes(canvas->styles, style), 0, &pair);
}

static void flush(struct pen *pen)
{
    if (!pen->run_length)
        return;
    use_style(pen->canvas, pen->style);
    mvaddnwstr(pen->y, pen->run_x, pen->run, pen->run_length);
    pen->run_length = 0;
}

static void change_style(struct pen *pen, enum style style)
{
    if (style == pen->style)
        return;
    flush(pen);
    pen->style = style;
}

static void add_character(struct pen *pen, wchar_t character)
{
    if (!pen->run_length)
        pen->run_x = pen->x;
    pen->run[pen->run_length++] = character;
}

static void add_blanks(struct pen *pen, int columns)
{
    int left = pen->canvas->rect.x;
    for (; columns > 0; columns--, pen->x++) {
        if (pen->x < left || pen->x >= pen->right)
            continue;
        add_character(pen, L' ');
        if (pen->run_length >= RUN)
            flush(pen);
    }
}

static void add_glyph(struct pen *pen, const struct glyph *glyph)
{
    int left = pen->canvas->rect.x;
    if (pen->x < left || pen->x + glyph->columns > pen->right) {
        add_blanks(pen, glyph->columns);
        return;
    }
    size_t length = strlen(glyph->text);
    uint32_t code;
    int x = pen->x;
    for (size_t at = 0; at < length;) {
        at += utf8_decode(glyph->text + at, length - at, &code);
        add_character(pen, (wchar_t)code);
    }
    pen->x = x + glyph->columns;
    if (pen->run_length >= RUN - (int)sizeof(glyph->text))
        flush(pen);
}

/* Walks over TEXT; what cannot be seen any more is only measured. */
static void write_text(struct pen *pen, enum style style, const char *text, size_t length)
{
    struct glyph glyph;
    for (size_t at = 0; at < length && (pen->measures || pen->x < pen->right); at += glyph.bytes) {
        visible_next(text + at, length - at, &glyph);
        if (glyph.kind == GLYPH_NEWLINE) {
            glyph.kind = GLYPH_MARK;
            glyph.columns = 1;
            strcpy(glyph.text, "\u23ce");
        }
        change_style(pen, glyph.kind == GLYPH_MARK ? STYLE_MARK : style);
        if (glyph.kind == GLYPH_TAB)
            add_blanks(pen, TAB_STOP - (pen->x - pen->tabs) % TAB_STOP);
        else
            add_glyph(pen, &glyph);
    }
}

/* --- text --- */

int draw_text(const struct canvas *canvas, int y, int x, enum style style, const char *text, size_t length)
{
    if (!row_is_inside(canvas, y))
        return (int)visible_columns(text, length);
    struct pen pen = pen_at(canvas, y, x, INT_MAX, style);
    int start = pen.x;
    pen.measures = true;
    write_text(&pen, style, text, length);
    flush(&pen);
    return pen.x - start;
}

int draw_string(const struct canvas *canvas, int y, int x, enum style style, const char *text)
{
    return draw_text(canvas, y, x, style, text, strlen(text));
}

/* The bytes of TEXT that fit COLUMNS. */
static size_t fitting(const char *text, size_t length, int columns)
{
    struct glyph glyph;
    size_t at = 0;
    for (int used = 0; at < length; at += glyph.bytes) {
        visible_next(text + at, length - at, &glyph);
        used += glyph.kind == GLYPH_TAB ? TAB_STOP - used % TAB_STOP : glyph.columns ? glyph.columns : 1;
        if (used > columns)
            break;
    }
    return at;
}

int draw_fit(const struct canvas *canvas, int y, int x, int columns, enum style style, const char *text,
             size_t length)
{
    if (columns <= 0)
        return 0;
    size_t fits = fitting(text, length, columns);
    if (fits == length)
        return draw_text(canvas, y, x, style, text, length);
    int used = draw_text(canvas, y, x, style, text, fitting(text, length, columns - 1));
    return used + draw_string(canvas, y, x + used, style, "\u2026");
}

int draw_right(const struct canvas *canvas, int y, int right, enum style style, const char *text)
{
    int x = canvas->rect.columns - right - (int)visible_columns(text, strlen(text));
    draw_string(canvas, y, x, style, text);
    return x;
}

void draw_line(const struct canvas *canvas, int y, int x, const struct lines *lines, size_t index)
{
    struct span span;
    if (!row_is_inside(canvas, y) || index >= lines_count(lines))
        return;
    struct pen pen = pen_at(canvas, y, x, INT_MAX, STYLE_TEXT);
    pen.tabs += lines_prefix_columns(lines, index);
    for (size_t i = 0; pen.x < pen.right && lines_span(lines, index, i, &span); i++)
        write_text(&pen, span.style, span.text, span.length);
    enum style fill = lines_fill(lines, index);
    if (fill != STYLE_TEXT && pen.x < pen.right) {
        change_style(&pen, fill);
        add_blanks(&pen, pen.right - pen.x);
    }
    flush(&pen);
}

void draw_lines(const struct canvas *canvas, const struct lines *lines, size_t first)
{
    for (int y = 0; y < canvas->rect.rows && first + (size_t)y < lines_count(lines); y++)
        draw_line(canvas, y, 0, lines, first + (size_t)y);
}

/* --- shapes --- */

void draw_blank(const struct canvas *canvas, int y, int x, int columns, enum style style)
{
    if (!row_is_inside(canvas, y))
        return;
    struct pen pen = pen_at(canvas, y, x, columns, style);
    add_blanks(&pen, pen.right - pen.x);
    flush(&pen);
}

void draw_fill(const struct canvas *canvas, enum style style)
{
    for (int y = 0; y < canvas->rect.rows; y++)
        draw_blank(canvas, y, 0, canvas->rect.columns, style);
}

void draw_horizontal(const struct canvas *canvas, int y, int x, int columns, enum style style)
{
    static const struct glyph bar = { .kind = GLYPH_TEXT, .text = "\u2500", .columns = 1 };
    if (!row_is_inside(canvas, y))
        return;
    struct pen pen = pen_at(canvas, y, x, columns, style);
    while (pen.x < pen.right)
        add_glyph(&pen, &bar);
    flush(&pen);
}

void draw_vertical(const struct canvas *canvas, int y, int x, int rows, enum style style)
{
    for (int i = 0; i < rows; i++)
        draw_string(canvas, y + i, x, style, "\u2502");
}

void draw_box(const struct canvas *canvas, enum style border, enum style title_style, const char *title)
{
    int bottom = canvas->rect.rows - 1, right = canvas->rect.columns - 1;
    draw_horizontal(canvas, 0, 1, right - 1, border);
    draw_horizontal(canvas, bottom, 1, right - 1, border);
    draw_vertical(canvas, 1, 0, bottom - 1, border);
    draw_vertical(canvas, 1, right, bottom - 1, border);
    draw_string(canvas, 0, 0, border, "\u250c");
    draw_string(canvas, 0, right, border, "\u2510");
    draw_string(canvas, bottom, 0, border, "\u2514");
    draw_string(canvas, bottom, right, border, "\u2518");
    if (!title || right < 6)
        return;
    draw_string(canvas, 0, 2, border, " ");
    int used = draw_fit(canvas, 0, 3, right - 5, title_style, title, strlen(title));
    draw_string(canvas, 0, 3 + used, border, " ");
}

void draw_head(const struct canvas *canvas, const char *title, bool focused)
{
    enum style border = focused ? STYLE_BORDER_FOCUS : STYLE_BORDER;
    enum style style = focused ? STYLE_TITLE_FOCUS : STYLE_TITLE;
    int columns = canvas->rect.columns;
    draw_horizontal(canvas, 0, 0, columns, border);
    if (columns < 6)
        return;
    int x = 1 + draw_string(canvas, 0, 1, style, focused ? "\u25cf " : " ");
    x += draw_fit(canvas, 0, x, columns - x - 1, style, title, strlen(title));
    draw_string(canvas, 0, x, border, " ");
}

void draw_head_with(const struct canvas *canvas, const char *title, bool focused, const char *const *hints)
{
    enum { AROUND = 6 }; /* line, mark and blanks about the title, and the edge */
    int columns = canvas->rect.columns, taken = (int)visible_columns(title, strlen(title)) + AROUND;

    while (hints[1] && taken + (int)visible_columns(*hints, strlen(*hints)) > columns)
        hints++;
    int left = columns - 1 - (int)visible_columns(*hints, strlen(*hints));
    struct canvas head = canvas_part(canvas, (struct rect){ 0, 0, 1, left });
    draw_horizontal(canvas, 0, 0, columns, focused ? STYLE_BORDER_FOCUS : STYLE_BORDER);
    draw_head(&head, title, focused);
    draw_right(canvas, 0, 1, STYLE_DIM, *hints);
}

void draw_scrollbar(const struct canvas *canvas, int y, int x, int rows, size_t total, size_t first)
{
    if (rows < 1 || total <= (size_t)rows)
        return;
    size_t height = (size_t)rows * (size_t)rows / total;
    height = height < 1 ? 1 : height;
    size_t most = total - (size_t)rows, free_rows = (size_t)rows - height;
    size_t top = first >= most ? free_rows : first * free_rows / most;
    for (int i = 0; i < rows; i++) {
        bool handle = (size_t)i >= top && (size_t)i < top + height;
        draw_string(canvas, y + i, x, handle ? STYLE_SCROLLBAR : STYLE_BORDER, handle ? "\u2588" : "\u2502");
    }
}

void draw_restyle(const struct canvas *canvas, int y, int x, int columns, enum style style)
{
    int left = larger(x, 0), right = smaller(x + columns, canvas->rect.columns);
    if (!row_is_inside(canvas, y) || right <= left)
        return;
    int pair = styles_pair(canvas->styles, style);
    mvchgat(canvas->rect.y + y, canvas->rect.x + left, right - left, styles_attributes(canvas->styles, style),
            0, &pair);
}

void draw_cursor(const struct canvas *canvas, int y, int x)
{
    if (!canvas->cursor || !row_is_inside(canvas, y) || x < 0)
        return;
    x = smaller(x, canvas->rect.columns - 1);
    *canvas->cursor = (struct draw_cursor){ canvas->rect.y + y, canvas->rect.x + x, true };
}
