/* start_steps.c - see start_steps.h.  A start that is over in a moment is not worth a line. */
#include "ui/start_steps.h"

#include "agent/session.h"
#include "base/clock.h"
#include "base/memory.h"
#include "ui/draw.h"

#include <string.h>

enum { SHOWN_FROM = 400 /* milliseconds */, NAME = 28, STEPS = 8 };

static const char *const hints[] = {
    "Write your first message now; it is sent when the sandbox is ready. Esc cancels.",
    "Write your first message now, it is sent when all is ready; Esc cancels.",
    "Write now, it is sent later; Esc cancels.", "Write now; Esc cancels."
};

static bool has_detail(const struct session *session)
{
    return session_step_at(session, session_step_count(session) - 1)->detail != NULL;
}

int start_steps_rows(const struct session *session)
{
    size_t count = session_step_count(session);

    if (count == 0 || clock_wall() - session_step_at(session, 0)->began < SHOWN_FROM)
        return 0;
    return (int)(count < STEPS ? count : STEPS) + has_detail(session) + 2;
}

static void draw_step(const struct canvas *canvas, int y, const struct session_step *step)
{
    char span[CLOCK_TEXT];
    enum style style = step->ended ? STYLE_DIM : STYLE_CALL_RUNNING;
    int64_t taken = (step->ended ? step->ended : clock_wall()) - step->began;

    clock_format_span(step->ended ? taken : taken / 1000 * 1000, span);
    draw_string(canvas, y, 0, style, step->ended ? "✓ " : "› ");
    draw_fit(canvas, y, 2, NAME, style, step->name, strlen(step->name));
    draw_string(canvas, y, 3 + NAME, STYLE_DIM, span);
}

/* The longest of them that fits. */
static void draw_hint(const struct canvas *canvas, int y)
{
    size_t i = 0;

    while (i + 1 < ARRAY_SIZE(hints) && strlen(hints[i]) > (size_t)canvas->rect.columns)
        i++;
    draw_fit(canvas, y, 0, canvas->rect.columns, STYLE_PLACEHOLDER, hints[i], strlen(hints[i]));
}

void start_steps_draw(const struct session *session, const struct canvas *canvas)
{
    size_t count = session_step_count(session), shown = count < STEPS ? count : STEPS;
    int rows = canvas->rect.rows, y = 0;
    int others = 2 + has_detail(session);

    if (rows < 1 || count == 0)
        return;
    if ((int)shown > rows - others)
        shown = rows > others ? (size_t)(rows - others) : 1;
    for (size_t i = count - shown; i < count; i++)
        draw_step(canvas, y++, session_step_at(session, i));
    const char *detail = session_step_at(session, count - 1)->detail;
    if (detail && y < rows)
        draw_fit(canvas, y++, 4, canvas->rect.columns - 4, STYLE_DIM, detail, strlen(detail));
    if (y + 1 < rows)
        draw_hint(canvas, y + 1);
}
