/* call_pane.c - head (what was asked for) and foot (how it ended) are wrapped lines, rebuilt when the call's
 * state changed; the output between them is drawn straight from its window, so that a flood costs no more than
 * the rows that are seen.  Left and Right move over long lines. */
#include "ui/call_pane.h"

#include "agent/session.h"
#include "agent/tools.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "matter/call.h"
#include "matter/output.h"
#include "ui/call_line.h"
#include "ui/difference.h"
#include "ui/draw.h"
#include "ui/key.h"
#include "ui/markdown.h"
#include "ui/scroll.h"
#include "ui/wrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHIFT_STEP = 16, RESULT_MAX = 64 * 1024, MOMENT = 100 /* milliseconds */ };

struct call_pane {
    struct session *session;
    int64_t wanted; /* number of the call, 0: the newest */
    int64_t shown;  /* the call that head and foot are of */
    enum call_state state;
    bool edited;
    int width;
    struct lines *head, *foot;
    struct scroll scroll;
    int shift; /* columns that the output is moved to the left */
};

struct call_pane *call_pane_new(struct session *session)
{
    struct call_pane *pane = xcalloc(1, sizeof *pane);

    pane->session = session;
    pane->head = lines_new(1);
    pane->foot = lines_new(1);
    return pane;
}

void call_pane_free(struct call_pane *pane)
{
    if (!pane)
        return;
    lines_free(pane->head);
    lines_free(pane->foot);
    free(pane);
}

void call_pane_show(struct call_pane *pane, int64_t number)
{
    pane->wanted = number;
}

static const struct call *current(const struct call_pane *pane)
{
    const struct conversation *conversation = session_conversation(pane->session);
    int64_t number = pane->wanted ? pane->wanted : (int64_t)conversation_call_count(conversation);
    const struct ask *ask = session_ask(pane->session, 0);

    if (!pane->wanted && ask)
        number = ask->call;
    session_load_output(pane->session, number);
    return conversation_call(conversation, number);
}

/* --- head and foot --- */

static void add_member(struct lines *lines, const char *name, const struct json *value)
{
    char *text = json_text(value) ? xstrdup(json_text(value)) : json_print(value);

    lines_begin(lines, NULL);
    lines_add(lines, STYLE_DIM, name, strlen(name));
    lines_add(lines, STYLE_DIM, ": ", 2);
    lines_add(lines, STYLE_TEXT, text, strlen(text));
    lines_end(lines);
    free(text);
}

/* An edit as the difference that it makes. */
static void add_edit(struct lines *lines, const struct json *arguments)
{
    const char *before = json_get_text(arguments, "old"), *after = json_get_text(arguments, "new");

    lines_put(lines, STYLE_TEXT, json_get_text(arguments, "path"));
    difference_add_part(lines, before, after);
}

/* The code highlighted, the rest as name and value. */
static void add_members(struct lines *lines, const struct tool *tool, const struct json *arguments)
{
    const char *member = tool ? tool->code_member : NULL, *path = json_get_text(arguments, "path");

    for (size_t i = 0; i < json_count(arguments); i++) {
        const char *name = json_key_at(arguments, i);
        const char *text = json_text(json_value_at(arguments, i));
        if (member && strcmp(name, member) == 0 && text)
            markdown_add_code(lines, tool->code_language ? tool->code_language : path, text, strlen(text));
        else
            add_member(lines, name, json_value_at(arguments, i));
    }
}

/* The arguments as a person reads them. */
static void build_head(struct call_pane *pane, const struct call *call)
{
    const struct tool *tool = tool_find(call->tool);
    struct json *arguments = json_parse(call->arguments, strlen(call->arguments), NULL);

    lines_clear(pane->head, pane->width);
    if (!arguments && call->state != CALL_WRITING)
        lines_put(pane->head, STYLE_TEXT, call->summary);
    if (tool == &tool_edit_file && json_get_text(arguments, "path") && json_get_text(arguments, "old") &&
        json_get_text(arguments, "new"))
        add_edit(pane->head, arguments);
    else
        add_members(pane->head, tool, arguments);
    if (call->edited)
        lines_put(pane->head, STYLE_NOTICE, "(edited by you)");
    if (call->in_part)
        lines_put(pane->head, STYLE_NOTICE, "(only some of its hunks were taken)");
    json_free(arguments);
}

/* "exit code 0 after 1.2s, 62 bytes"; a moment is not worth a word. */
static void put_end(struct lines *lines, const struct call *call)
{
    char end[48], span[CLOCK_TEXT], text[160];
    int64_t ran = call_span(call, clock_wall());

    if (call->signal)
        snprintf(end, sizeof end, "killed by signal %d", call->signal);
    else if (call->state == CALL_DONE || call->state == CALL_FAILED)
        snprintf(end, sizeof end, "exit code %d", call->code);
    else
        snprintf(end, sizeof end, "%s", call_state_name(call->state));
    clock_format_span(ran, span);
    snprintf(text, sizeof text, "%s%s%s, %" PRId64 " bytes", end, ran < MOMENT ? "" : " after ",
             ran < MOMENT ? "" : span, call->output_bytes);
    lines_put(lines, call_style(call), text);
}

static bool is_program(const struct call *call)
{
    const struct tool *tool = tool_find(call->tool);

    return tool && (tool->touches & TOUCH_RUNS);
}

static void build_foot(struct call_pane *pane, const struct call *call)
{
    struct lines *lines = pane->foot;

    lines_clear(lines, pane->width);
    if (!call_is_over(call))
        return;
    if (is_program(call) && call->started) {
        put_end(lines, call);
        if (call->sentence)
            lines_put(lines, STYLE_ERROR, call->sentence);
        if (call->survivors) {
            lines_put(lines, STYLE_NOTICE, "left running:");
            lines_put(lines, STYLE_TEXT, call->survivors);
        }
    } else if (call->result) {
        size_t length = strlen(call->result);
        lines_begin(lines, &(struct line_form){ .mode = WRAP_COLUMNS });
        lines_add(lines, STYLE_OUTPUT, call->result, length < RESULT_MAX ? length : RESULT_MAX);
        lines_end(lines);
    }
    if (call->reason && call->state == CALL_DENIED)
        lines_put(lines, STYLE_NOTICE, call->reason);
}

static void refresh(struct call_pane *pane, const struct call *call, int width)
{
    if (pane->shown == call->number && pane->state == call->state && pane->width == width &&
        pane->edited == call->edited)
        return;
    if (pane->shown != call->number) {
        pane->scroll = (struct scroll){ 0 };
        pane->shift = 0;
    }
    pane->shown = call->number;
    pane->state = call->state;
    pane->edited = call->edited;
    pane->width = width;
    build_head(pane, call);
    build_foot(pane, call);
}

/* --- drawing --- */

static void draw_output(const struct call_pane *pane, const struct canvas *canvas, int y,
                        const struct call *call, size_t index)
{
    struct output_line line;
    char gap[96];

    if (!output_line(call->output, index, &line))
        return;
    if (line.is_gap) {
        snprintf(gap, sizeof gap, "--- %" PRId64 " bytes left out (kept on disk) ---",
                 output_left_out(call->output));
        draw_string(canvas, y, 0, STYLE_NOTICE, gap);
        return;
    }
    draw_text(canvas, y, -pane->shift, line.stream == OUTPUT_STDERR ? STYLE_OUTPUT_ERROR : STYLE_OUTPUT,
              line.text, line.length);
}

static void draw_body(struct call_pane *pane, const struct canvas *canvas, const struct call *call,
                      size_t first)
{
    size_t head = lines_count(pane->head), output = call->output ? output_lines(call->output) : 0;

    for (int y = 0; y < canvas->rect.rows; y++) {
        size_t row = first + (size_t)y;
        if (row < head)
            draw_line(canvas, y, 0, pane->head, row);
        else if (row == head)
            draw_horizontal(canvas, y, 0, canvas->rect.columns, STYLE_BORDER);
        else if (row <= head + output)
            draw_output(pane, canvas, y, call, row - head - 1);
        else if (row - head - 1 - output < lines_count(pane->foot))
            draw_line(canvas, y, 0, pane->foot, row - head - 1 - output);
    }
}

void call_pane_draw(struct call_pane *pane, const struct canvas *canvas, bool focused)
{
    const struct call *call = current(pane);
    int rows = canvas->rect.rows - 1, columns = canvas->rect.columns;
    char title[96] = "call";

    if (call)
        snprintf(title, sizeof title, "%s %.40s: %s", call_state_mark(call->state),
                 call->by_person ? "you ran" : call->tool, call_state_name(call->state));
    draw_head(canvas, title, focused);
    if (focused)
        draw_cursor(canvas, 0, 0);
    if (rows < 1 || columns < 4)
        return;
    struct canvas body = canvas_part(canvas, (struct rect){ 1, 1, rows, columns - 2 });
    if (!call) {
        draw_string(&body, 0, 0, STYLE_PLACEHOLDER, "Calls are shown here.");
        return;
    }
    refresh(pane, call, body.rect.columns);
    size_t output = call->output ? output_lines(call->output) : 0;
    size_t total = lines_count(pane->head) + 1 + output + lines_count(pane->foot);
    size_t first = scroll_fit(&pane->scroll, total, (size_t)rows);
    draw_body(pane, &body, call, first);
    draw_scrollbar(canvas, 1, columns - 1, rows, total, first);
}

bool call_pane_key(struct call_pane *pane, const struct key *key)
{
    if (key_is(key, NAMED_RIGHT, 0))
        pane->shift += SHIFT_STEP;
    else if (key_is(key, NAMED_LEFT, 0))
        pane->shift = pane->shift > SHIFT_STEP ? pane->shift - SHIFT_STEP : 0;
    else
        return scroll_key(&pane->scroll, key);
    return true;
}
