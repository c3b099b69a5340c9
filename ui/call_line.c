/* call_line.c - the state is told by a mark and a word; colour only underlines it. */
#include "ui/call_line.h"

#include "base/clock.h"
#include "matter/call.h"
#include "ui/draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const enum style styles[CALL_STATES] = {
    [CALL_WRITING] = STYLE_DIM,           [CALL_PROPOSED] = STYLE_DIM,
    [CALL_ALLOWED] = STYLE_DIM,           [CALL_WAITING] = STYLE_CALL_WAITING,
    [CALL_RUNNING] = STYLE_CALL_RUNNING,  [CALL_DONE] = STYLE_CALL_DONE,
    [CALL_FAILED] = STYLE_CALL_FAILED,    [CALL_DENIED] = STYLE_CALL_DENIED,
    [CALL_REJECTED] = STYLE_CALL_DENIED,  [CALL_TIMED_OUT] = STYLE_CALL_FAILED,
    [CALL_CANCELLED] = STYLE_CALL_DENIED, [CALL_LOST] = STYLE_CALL_FAILED,
};

enum style call_style(const struct call *call)
{
    return styles[call->state];
}

static void tail_text(const struct call *call, char *out, size_t size)
{
    char span[CLOCK_TEXT] = "";
    int64_t ran = call_span(call, clock_wall());

    if (call->started && ran >= 100)
        clock_format_span(ran, span);
    if (call->state == CALL_WRITING && call->written_bytes > 0)
        snprintf(out, size, "writing, %" PRId64 " bytes", call->written_bytes);
    else if (call->state == CALL_FAILED && call->code)
        snprintf(out, size, "exit %d %s", call->code, span);
    else
        snprintf(out, size, "%s %s", call_state_name(call->state), span);
}

void call_line_draw(const struct canvas *canvas, int y, int x, const struct call *call, bool selected)
{
    char tail[64], mark[16];
    enum style style = call_style(call);
    int width = canvas->rect.columns;

    tail_text(call, tail, sizeof tail);
    snprintf(mark, sizeof mark, "%s ", call_state_mark(call->state));
    x += draw_string(canvas, y, x, style, mark);
    x += draw_fit(canvas, y, x, width - x, STYLE_STRONG, call->by_person ? "you ran" : call->tool,
                  strlen(call->by_person ? "you ran" : call->tool));
    x += draw_string(canvas, y, x, STYLE_TEXT, " ");
    int room = width - x - (int)strlen(tail) - 2;
    const char *newline = strchr(call->summary, '\n');
    size_t length = newline ? (size_t)(newline - call->summary) : strlen(call->summary);
    if (room > 0)
        x += draw_fit(canvas, y, x, room - (newline ? 2 : 0), STYLE_TEXT, call->summary, length);
    if (room > 2 && newline)
        draw_string(canvas, y, x, STYLE_DIM, " …");
    draw_right(canvas, y, 0, style, tail);
    if (selected)
        draw_restyle(canvas, y, 0, width, STYLE_CURSOR_LINE);
}
