/* conversation_pane.c - draws the blocks of the conversation.
 *
 * Each block has a view: its wrapped lines for the present width.  A view is built again only when its block
 * changed or the width did; Markdown keeps what lies before the last closed block by itself.  A large block has
 * lines only while it is in sight; before that the number of its rows is guessed, and the window keeps its place
 * when it turns out another.  So a long conversation takes its text and no more, and what flies by in a fast
 * stream is not wrapped at all.  A row of the
 * pane is found through the sums of the views' heights, so drawing costs what is seen, not what there is. */
#include "ui/conversation_pane.h"

#include "agent/session.h"
#include "base/memory.h"
#include "matter/call.h"
#include "ui/call_line.h"
#include "ui/draw.h"
#include "ui/key.h"
#include "ui/markdown.h"
#include "ui/scroll.h"
#include "ui/start_steps.h"
#include "ui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EDGE = 2,              /* columns kept free at the right for the scrollbar */
    LARGE_VIEW = 8 * 1024, /* bytes of text that has lines only in sight */
};

/* A block as it is drawn. */
struct view {
    struct rendering *markdown; /* TEXT */
    struct lines *lines;        /* other kinds but CALL */
    size_t seen;                /* bytes of the block's text that are in it */
    bool open, broken, superseded;
    int width;
    size_t top, rows; /* its place in the pane, the blank row before it counted */
};

struct conversation_pane {
    struct session *session;
    struct view *views;
    size_t count, capacity;
    size_t total;
    struct scroll scroll;
    int64_t selected;
    bool whole_reasoning;
};

struct conversation_pane *conversation_pane_new(struct session *session)
{
    struct conversation_pane *pane = xcalloc(1, sizeof *pane);

    pane->session = session;
    return pane;
}

void conversation_pane_free(struct conversation_pane *pane)
{
    if (!pane)
        return;
    for (size_t i = 0; i < pane->count; i++) {
        rendering_free(pane->views[i].markdown);
        lines_free(pane->views[i].lines);
    }
    free(pane->views);
    free(pane);
}

/* --- views --- */

static void put_prefixed(struct lines *lines, enum style style, const char *mark, const struct block *block)
{
    struct span first = { style, mark, strlen(mark) }, rest = { style, "  ", 2 };
    struct line_form form = {
        .mode = WRAP_WORDS, .first = &first, .first_count = 1, .rest = &rest, .rest_count = 1
    };

    lines_begin(lines, &form);
    lines_add(lines, style, block->text.data, block->text.length);
    lines_end(lines);
}

static void put_reasoning(struct lines *lines, const struct block *block, bool whole)
{
    char head[96];

    if (whole || block->open) {
        put_prefixed(lines, STYLE_REASONING, "∴ ", block);
        return;
    }
    snprintf(head, sizeof head, "∴ thought (%zu characters; M-r shows it)", block->text.length);
    lines_put(lines, STYLE_REASONING, head);
}

static void build_lines(struct conversation_pane *pane, struct view *view, const struct block *block,
                        int width)
{
    static const struct {
        const char *mark;
        enum style style;
    } forms[] = { [BLOCK_PROMPT] = { "› ", STYLE_USER },
                  [BLOCK_NOTICE] = { "· ", STYLE_NOTICE },
                  [BLOCK_ERROR] = { "! ", STYLE_ERROR } };

    if (!view->lines)
        view->lines = lines_new(width);
    lines_clear(view->lines, width);
    if (block->kind == BLOCK_REASONING)
        put_reasoning(view->lines, block, pane->whole_reasoning);
    else
        put_prefixed(view->lines, forms[block->kind].style, forms[block->kind].mark, block);
}

static void build_markdown(struct view *view, const struct block *block, int width)
{
    if (!view->markdown)
        view->markdown = rendering_new();
    rendering_update(view->markdown, block->text.data, block->text.length, width, !block->open);
}

/* True when the view is true of the block. */
static bool is_fresh(const struct view *view, const struct block *block, int width)
{
    return view->width == width && view->seen == block->text.length && view->open == block->open &&
           view->broken == block->broken && view->superseded == block->superseded;
}

static const struct lines *view_lines(const struct view *view)
{
    return view->markdown ? rendering_lines(view->markdown) : view->lines;
}

static size_t view_rows(const struct view *view, const struct block *block)
{
    size_t note = block->kind == BLOCK_TEXT && block->broken ? 1 : 0;

    return block->kind == BLOCK_CALL ? 1 : lines_count(view_lines(view)) + note;
}

/* A blank row stands between blocks, but not between calls that follow one another. */
static size_t rows_before(const struct conversation *conversation, size_t index)
{
    const struct block *block = conversation_block(conversation, index);
    const struct block *before = index > 0 ? conversation_block(conversation, index - 1) : NULL;

    if (!before || (block->kind == BLOCK_CALL && before->kind == BLOCK_CALL))
        return 0;
    return 1;
}

static void build_view(struct conversation_pane *pane, struct view *view, const struct block *block,
                       int width)
{
    if (block->kind == BLOCK_TEXT)
        build_markdown(view, block, width);
    else
        build_lines(pane, view, block, width);
}

static void drop_lines(struct view *view)
{
    rendering_free(view->markdown);
    lines_free(view->lines);
    view->markdown = NULL;
    view->lines = NULL;
}

static bool is_large(const struct block *block)
{
    return block->kind == BLOCK_TEXT && !block->open && block->text.length >= LARGE_VIEW;
}

/* About how many rows a text has. */
static size_t guess_rows(const struct block *block, int width)
{
    const char *text = block->text.data, *end = text + block->text.length;
    size_t rows = 0;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *next = newline ? newline + 1 : end;
        rows += 1 + (size_t)(next - text) / (size_t)width;
        text = next;
    }
    return rows;
}

static void refresh_view(struct conversation_pane *pane, struct view *view, const struct block *block,
                         int width)
{
    if (block->kind == BLOCK_CALL || is_fresh(view, block, width))
        return;
    if (is_large(block) && (!view->markdown || view->width != width || view->seen != block->text.length)) {
        drop_lines(view);
        view->rows = guess_rows(block, width);
    } else {
        build_view(pane, view, block, width);
        view->rows = view_rows(view, block);
    }
    view->width = width;
    view->seen = block->text.length;
    view->open = block->open;
    view->broken = block->broken;
    view->superseded = block->superseded;
}

/* Gives each view its place below the one before. */
static void place_views(struct conversation_pane *pane)
{
    const struct conversation *conversation = session_conversation(pane->session);

    pane->total = 0;
    for (size_t i = 0; i < pane->count; i++) {
        pane->views[i].top = pane->total + rows_before(conversation, i);
        pane->total = pane->views[i].top + pane->views[i].rows;
    }
}

static void refresh(struct conversation_pane *pane, int width)
{
    const struct conversation *conversation = session_conversation(pane->session);
    size_t count = conversation_count(conversation);

    pane->views = array_reserve(pane->views, &pane->capacity, count, sizeof *pane->views);
    for (; pane->count < count; pane->count++)
        pane->views[pane->count] = (struct view){ .rows = 1 };
    for (size_t i = 0; i < count; i++)
        refresh_view(pane, &pane->views[i], conversation_block(conversation, i), width);
    place_views(pane);
}

/* --- drawing --- */

/* Index of the view that ROW belongs to, or the next below it. */
static size_t view_at(const struct conversation_pane *pane, size_t row)
{
    size_t low = 0, high = pane->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pane->views[middle].top + pane->views[middle].rows <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void draw_row(const struct conversation_pane *pane, const struct canvas *canvas, int y, size_t index,
                     size_t row, bool focused)
{
    const struct block *block = conversation_block(session_conversation(pane->session), index);
    const struct view *view = &pane->views[index];

    if (block->kind == BLOCK_CALL) {
        bool selected = focused && pane->selected == block->call->number;
        call_line_draw(canvas, y, 0, block->call, selected);
        if (selected)
            draw_cursor(canvas, y, 0);
    } else if (row < lines_count(view_lines(view))) {
        draw_line(canvas, y, 0, view_lines(view), row);
        if (block->superseded)
            draw_restyle(canvas, y, 0, canvas->rect.columns, STYLE_DIM);
    } else if (block->broken) {
        draw_string(canvas, y, 0, STYLE_NOTICE, "— broken off here —");
    }
}

/* Builds the first view in sight from row FIRST on that has no lines; false: all have.  What the person looks at
 * stays where it is, although the rows above it may become others. */
static bool build_in_sight(struct conversation_pane *pane, size_t first, size_t rows)
{
    for (size_t i = view_at(pane, first); i < pane->count && pane->views[i].top < first + rows; i++) {
        const struct block *block = conversation_block(session_conversation(pane->session), i);
        struct view *view = &pane->views[i];
        if (block->kind == BLOCK_CALL || view_lines(view))
            continue;
        size_t guessed = view->rows;
        build_view(pane, view, block, view->width);
        view->rows = view_rows(view, block);
        place_views(pane);
        if (view->top < first)
            scroll_shift(&pane->scroll, (long)view->rows - (long)guessed);
        return true;
    }
    return false;
}

/* Makes all that is in sight true, and lets go of the lines of large blocks that are not. Returns the first row. */
static size_t settle_sight(struct conversation_pane *pane, size_t rows)
{
    size_t first = scroll_fit(&pane->scroll, pane->total, rows);

    while (build_in_sight(pane, first, rows))
        first = scroll_fit(&pane->scroll, pane->total, rows);
    for (size_t i = 0; i < pane->count; i++) {
        struct view *view = &pane->views[i];
        bool in_sight = view->top < first + rows && view->top + view->rows > first;
        if (!in_sight && is_large(conversation_block(session_conversation(pane->session), i)))
            drop_lines(view);
    }
    return first;
}

static void draw_rows(const struct conversation_pane *pane, const struct canvas *canvas, size_t first,
                      bool focused)
{
    size_t index = view_at(pane, first);

    for (int y = 0; y < canvas->rect.rows && index < pane->count; y++) {
        size_t row = first + (size_t)y;
        while (index < pane->count && row >= pane->views[index].top + pane->views[index].rows)
            index++;
        if (index < pane->count && row >= pane->views[index].top)
            draw_row(pane, canvas, y, index, row - pane->views[index].top, focused);
    }
}

static void draw_welcome(const struct canvas *canvas)
{
    enum { WIDE = 44 };
    static const struct {
        const char *words, *brief;
    } rows[] = { { "Ask for something below; Enter sends it.", "Ask below; Enter sends it." },
                 { "? shows the keys.", "? shows the keys." },
                 { "Commands wait for you before they run.", "Commands wait for you first." } };

    for (int i = 0; i < (int)ARRAY_SIZE(rows); i++)
        draw_string(canvas, 1 + i, 2, STYLE_PLACEHOLDER,
                    canvas->rect.columns < WIDE ? rows[i].brief : rows[i].words);
}

/* While the sandbox starts the last of ROWS are its steps; returns how many. */
static int draw_start(const struct session *session, const struct canvas *canvas, int rows)
{
    int wanted = start_steps_rows(session);

    if (wanted > rows - 2)
        wanted = rows - 2;
    if (wanted <= 0)
        return 0;
    struct canvas part =
        canvas_part(canvas, (struct rect){ 1 + rows - wanted, 1, wanted, canvas->rect.columns - 1 - EDGE });
    start_steps_draw(session, &part);
    return wanted;
}

void conversation_pane_draw(struct conversation_pane *pane, const struct canvas *canvas, bool focused)
{
    int rows = canvas->rect.rows - 1, columns = canvas->rect.columns;
    const char *title = conversation_title(session_conversation(pane->session));

    draw_head(canvas, *title ? title : "conversation", focused);
    if (rows < 1 || columns < 4)
        return;
    rows -= draw_start(pane->session, canvas, rows);
    struct canvas body = canvas_part(canvas, (struct rect){ 1, 1, rows, columns - 1 - EDGE });
    refresh(pane, body.rect.columns);
    size_t first = settle_sight(pane, (size_t)rows);
    if (pane->count == 0)
        draw_welcome(&body);
    if (focused)
        draw_cursor(canvas, 0, 0);
    draw_rows(pane, &body, first, focused);
    draw_scrollbar(canvas, 1, columns - 1, rows, pane->total, first);
}

/* --- keys --- */

static void select_step(struct conversation_pane *pane, int step)
{
    int64_t last = (int64_t)conversation_call_count(session_conversation(pane->session));
    int64_t at = pane->selected ? pane->selected + step : last;

    if (last == 0)
        return;
    conversation_pane_select(pane, at < 1 ? 1 : at > last ? last : at);
}

bool conversation_pane_key(struct conversation_pane *pane, const struct key *key)
{
    if (key_is_character(key, 'n', 0))
        select_step(pane, 1);
    else if (key_is_character(key, 'p', 0))
        select_step(pane, -1);
    else
        return scroll_key(&pane->scroll, key);
    return true;
}

void conversation_pane_to_end(struct conversation_pane *pane)
{
    scroll_to_end(&pane->scroll);
}

int64_t conversation_pane_selected(const struct conversation_pane *pane)
{
    return pane->selected;
}

void conversation_pane_select(struct conversation_pane *pane, int64_t call)
{
    pane->selected = call;
    for (size_t i = 0; call && i < pane->count; i++) {
        const struct block *block = conversation_block(session_conversation(pane->session), i);
        if (block->kind == BLOCK_CALL && block->call->number == call)
            scroll_show(&pane->scroll, pane->views[i].top);
    }
}

void conversation_pane_toggle_reasoning(struct conversation_pane *pane)
{
    pane->whole_reasoning = !pane->whole_reasoning;
    for (size_t i = 0; i < pane->count; i++)
        pane->views[i].width = 0;
}
