/* bar.c - parts in order of importance; what does not fit is left out from the end. */
#include "ui/bar.h"

#include "agent/session.h"
#include "agent/session_rules.h"
#include "base/clock.h"
#include "ui/draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    SHOW_SPAN_FROM = 1000 /* milliseconds */,
    MINUTE = 60 * 1000,
    WARNING_FROM = 10 * MINUTE,
    NARROW = 60
};

static int part(const struct canvas *canvas, int x, enum style style, const char *text)
{
    if (!*text || x >= canvas->rect.columns)
        return x;
    if (x > 0)
        x += draw_string(canvas, 0, x, STYLE_BAR, " · ");
    return x + draw_fit(canvas, 0, x, canvas->rect.columns - x, style, text, strlen(text));
}

static void state_text(const struct session *session, char *out, size_t size)
{
    enum session_state state = session_state(session);
    const char *waiting = session_waiting(session);
    int64_t since = clock_wall() - session_state_since(session);
    char span[CLOCK_TEXT] = "";

    if (session_is_busy(session) && state != SESSION_WAITING && since >= SHOW_SPAN_FROM)
        clock_format_span(since / 1000 * 1000, span);
    if (session_ask_count(session) > 1)
        snprintf(out, size, "%s (%zu)", session_state_name(state), session_ask_count(session));
    else
        snprintf(out, size, "%s%s%s%s%s", session_state_name(state), *waiting ? ": " : "", waiting,
                 *span ? " " : "", span);
}

static void usage_text(const struct session *session, char *out, size_t size)
{
    const struct session_usage *usage = session_usage(session);

    *out = '\0';
    if (usage->context > 0 && usage->context_length > 0)
        snprintf(out, size, "%" PRId64 "%% of %" PRId64 "k tokens",
                 usage->context * 100 / usage->context_length, usage->context_length / 1000);
    else if (usage->input + usage->output > 0)
        snprintf(out, size, "%" PRId64 " in, %" PRId64 " out", usage->input, usage->output);
}

/* How long the sandbox still lives; "" when nobody ends it. */
static enum style life_text(const struct session *session, char *out, size_t size)
{
    struct session_life life;
    char span[CLOCK_TEXT];

    session_life(session, &life);
    *out = '\0';
    if (!life.ends && !life.snapshotting)
        return STYLE_BAR;
    int64_t left = life.ends - clock_wall(), minutes = (left + MINUTE - 1) / MINUTE;
    clock_format_span(left > 0 ? left / 1000 * 1000 : 0, span);
    if (life.snapshotting)
        snprintf(out, size, "taking a snapshot");
    else if (minutes > 2)
        snprintf(out, size, "%" PRId64 " min left%s", minutes, life.offered ? ", :snapshot keeps it" : "");
    else
        snprintf(out, size, "%s left%s", span, life.offered ? ", :snapshot keeps it" : "");
    return life.ends && left < WARNING_FROM ? STYLE_BAR_WARNING : STYLE_BAR;
}

/* The mode that asks nobody is in the bar whatever else is: at the right, and what is left of CANVAS is
 * returned. */
static struct canvas draw_auto(const struct canvas *canvas)
{
    bool narrow = canvas->rect.columns < NARROW;
    int x = draw_right(canvas, 0, 0, STYLE_BAR_AUTO, narrow ? " AUTO " : " AUTO: runs without asking ");

    return canvas_part(canvas, (struct rect){ 0, 0, 1, x > 0 ? x - 1 : 0 });
}

/* "sandboxed"; when its promises do not hold, what it acts as and why. */
static void mode_text(const struct session *session, char *out, size_t size)
{
    const char *lapsed = session_profile_lapsed(session);

    if (session_mode(session) == POLICY_AUTO)
        *out = '\0'; /* told at the right */
    else if (lapsed)
        snprintf(out, size, "careful, not sandboxed: %s", lapsed);
    else
        snprintf(out, size, "%s", policy_mode_name(session_mode(session)));
}

static void draw_parts(const struct canvas *canvas, const struct session *session)
{
    enum session_state state = session_state(session);
    bool automatic = session_mode(session) == POLICY_AUTO;
    char text[512], usage[96], queue[64] = "", life[64], mode[128];
    enum style life_style = life_text(session, life, sizeof life);

    state_text(session, text, sizeof text);
    usage_text(session, usage, sizeof usage);
    mode_text(session, mode, sizeof mode);
    if (session_queue_count(session) > 0)
        snprintf(queue, sizeof queue, "%zu queued", session_queue_count(session));
    int x =
        part(canvas, 0,
             state == SESSION_WAITING || state == SESSION_BROKEN ? STYLE_BAR_WARNING : STYLE_BAR_STATE, text);
    x = part(canvas, x, STYLE_BAR, mode);
    x = part(canvas, x, STYLE_BAR, queue);
    x = part(canvas, x, life_style, life_style == STYLE_BAR_WARNING ? life : "");
    x = part(canvas, x, STYLE_BAR, session_model_name(session));
    x = part(canvas, x, STYLE_BAR, session_sandbox_words(session));
    x = part(canvas, x, life_style, life_style == STYLE_BAR_WARNING ? "" : life);
    x = part(canvas, x, STYLE_BAR, usage);
    if (!automatic && x + 10 < canvas->rect.columns)
        draw_right(canvas, 0, 0, STYLE_BAR, "? keys");
}

/* How many wait is in the bar also while a message is there: at its right. */
static struct canvas draw_waiting(const struct canvas *canvas, const struct session *session)
{
    char text[64];

    snprintf(text, sizeof text, " %zu %s for you ", session_ask_count(session),
             session_ask_count(session) > 1 ? "wait" : "waits");
    int x = draw_right(canvas, 0, 0, STYLE_BAR_WARNING, text);
    return canvas_part(canvas, (struct rect){ 0, 0, 1, x > 0 ? x - 1 : 0 });
}

void bar_draw(const struct canvas *canvas, const struct session *session, const char *message)
{
    struct canvas rest = *canvas;

    draw_fill(canvas, STYLE_BAR);
    if (session_mode(session) == POLICY_AUTO)
        rest = draw_auto(canvas);
    if (message && session_ask_count(session) > 0)
        rest = draw_waiting(&rest, session);
    if (message)
        draw_fit(&rest, 0, 0, rest.rect.columns, STYLE_BAR_WARNING, message, strlen(message));
    else
        draw_parts(&rest, session);
}
