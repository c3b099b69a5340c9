/* script_lines.c - see script_lines.h.  The colours are those of the tree that judges the script, so that the person
 * sees what the policy sees: what it takes for data is not drawn as a program. */
#include "ui/script_lines.h"

#include "base/utf8.h"
#include "policy/policy.h"
#include "ui/wrap.h"

#include <stdlib.h>
#include <string.h>

static const enum style styles[SPAN_KINDS] = {
    [SPAN_PROGRAM] = STYLE_CODE_KEYWORD,   [SPAN_OPTION] = STYLE_CODE,
    [SPAN_KEYWORD] = STYLE_CODE_KEYWORD,   [SPAN_QUOTED] = STYLE_CODE_STRING,
    [SPAN_EXPANSION] = STYLE_CODE_NUMBER,  [SPAN_REDIRECTION] = STYLE_CODE_NUMBER,
    [SPAN_ASSIGNMENT] = STYLE_CODE_NUMBER, [SPAN_DATA] = STYLE_CODE_COMMENT,
    [SPAN_UNKNOWN] = STYLE_CARD_DANGER,
};

struct painter {
    struct lines *lines;
    const char *script;
    size_t from, to; /* the part that decides */
};

static const struct span goes_on = { STYLE_DIM, "↳ ", sizeof "↳ " - 1 };
static const struct line_form form = { .mode = WRAP_COLUMNS, .rest = &goes_on, .rest_count = 1 };

/* Each line of the script is a logical line: only what is wrapped carries the mark. */
static void add_piece(struct lines *lines, enum style style, const char *text, size_t length)
{
    while (length > 0) {
        const char *newline = memchr(text, '\n', length);
        size_t line = newline ? (size_t)(newline - text) : length;
        lines_add(lines, style, text, line);
        if (newline) {
            lines_end(lines);
            lines_begin(lines, &form);
        }
        line += newline != NULL;
        text += line;
        length -= line;
    }
}

/* [AT, END) in STYLE, cut where the deciding part begins and ends. */
static void paint(const struct painter *painter, enum style style, size_t at, size_t end)
{
    size_t cuts[] = { painter->from, painter->to, end };

    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        size_t stop = cuts[i] < end ? cuts[i] : end;
        if (stop <= at)
            continue;
        bool decides = at >= painter->from && stop <= painter->to;
        add_piece(painter->lines, decides ? STYLE_SELECTION : style, painter->script + at, stop - at);
        at = stop;
    }
}

/* AT, or behind the character that it cuts: after what it cannot read the reader goes on byte by byte. */
static size_t whole(const char *script, size_t length, size_t at)
{
    uint32_t code;

    for (size_t back = 1; back < 4 && back <= at && at < length; back++) {
        size_t size = utf8_decode(script + at - back, length - at + back, &code);
        if (size > back)
            return at - back + size;
    }
    return at;
}

void script_lines_add(struct lines *lines, const char *script, size_t from, size_t to)
{
    size_t length = strlen(script), at = 0;
    struct policy_span *spans;
    size_t count = policy_spans(script, length, &spans);
    struct painter painter = { lines, script, whole(script, length, from), whole(script, length, to) };

    if (from == 0 && to >= length)
        painter.from = painter.to = 0; /* all of it decides: nothing stands out */
    lines_begin(lines, &form);
    for (size_t i = 0; i < count; i++) {
        size_t begin = whole(script, length, spans[i].from), end = whole(script, length, spans[i].to);
        if (begin < at || end > length)
            continue;
        paint(&painter, STYLE_CODE, at, begin);
        paint(&painter, styles[spans[i].kind], begin, end);
        at = end;
    }
    paint(&painter, STYLE_CODE, at, length);
    lines_end(lines);
    free(spans);
}
