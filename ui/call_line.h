/* call_line.h - a tool call in one line: mark, tool, what it does, state, time. */
#ifndef SANDGATE_UI_CALL_LINE_H
#define SANDGATE_UI_CALL_LINE_H

#include "ui/style.h"

#include <stdbool.h>

struct call;
struct canvas;

enum style call_style(const struct call *call);
/* In row Y from column X. */
void call_line_draw(const struct canvas *canvas, int y, int x, const struct call *call, bool selected);

#endif
