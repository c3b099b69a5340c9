/* difference.c - see difference.h.  A line is told by its mark, the words that changed within it by their own
 * style; colour only underlines both. */
#include "ui/difference.h"

#include "matter/diff.h"
#include "ui/wrap.h"

#include <stdio.h>
#include <string.h>

static const struct {
    enum style style, word;
    const char *mark;
} forms[] = { [DIFF_SAME] = { STYLE_DIFF_CONTEXT, STYLE_DIFF_CONTEXT, "  " },
              [DIFF_OLD] = { STYLE_DIFF_REMOVE, STYLE_DIFF_REMOVE_WORD, "- " },
              [DIFF_NEW] = { STYLE_DIFF_ADD, STYLE_DIFF_ADD_WORD, "+ " } };

/* The spans of LINE that differ from the line that stands for it on the other side. */
static void compare(const struct diff_hunk *hunk, const struct diff_line *line, struct diff_spans *spans)
{
    struct diff_spans other = DIFF_SPANS_INIT;

    if (line->pair != DIFF_NO_PAIR && line->kind == DIFF_OLD)
        diff_words(line, &hunk->lines[line->pair], spans, &other);
    else if (line->pair != DIFF_NO_PAIR)
        diff_words(&hunk->lines[line->pair], line, &other, spans);
    diff_spans_release(&other);
}

static void put_words(struct lines *lines, const struct diff_line *line, const struct diff_spans *spans,
                      enum style style)
{
    size_t at = 0;

    for (size_t i = 0; i < spans->count; i++) {
        const struct diff_span *span = &spans->items[i];
        lines_add(lines, style, line->text + at, span->start - at);
        lines_add(lines, forms[line->kind].word, line->text + span->start, span->length);
        at = span->start + span->length;
    }
    lines_add(lines, style, line->text + at, line->length - at);
}

static void put_line(struct lines *lines, const struct diff_hunk *hunk, const struct diff_line *line,
                     bool faint)
{
    struct diff_spans spans = DIFF_SPANS_INIT;
    enum style style = faint ? STYLE_DIM : forms[line->kind].style;
    struct span mark = { style, forms[line->kind].mark, 2 }, goes_on = { style, "↳ ", strlen("↳ ") };
    struct line_form form = { .mode = WRAP_COLUMNS,
                              .first = &mark,
                              .first_count = 1,
                              .rest = &goes_on,
                              .rest_count = 1,
                              .fill = style };

    if (!faint)
        compare(hunk, line, &spans);
    lines_begin(lines, &form);
    put_words(lines, line, &spans, style);
    lines_end(lines);
    diff_spans_release(&spans);
}

void difference_add_hunk(struct lines *lines, const struct diff_hunk *hunk, bool faint)
{
    for (size_t i = 0; i < hunk->line_count; i++) {
        put_line(lines, hunk, &hunk->lines[i], faint);
        if (!hunk->lines[i].newline)
            lines_put(lines, STYLE_NOTICE, "\\ no newline at the end");
    }
}

void difference_add(struct lines *lines, const char *before, size_t before_length, const char *after,
                    size_t after_length)
{
    struct diff *diff = diff_new(before, before_length, after, after_length, DIFF_CONTEXT);
    char head[96];

    for (size_t i = 0; i < diff_hunks(diff); i++) {
        snprintf(head, sizeof head, "@@ line %zu @@", diff_hunk(diff, i)->new_start);
        lines_put(lines, STYLE_DIFF_HUNK, head);
        difference_add_hunk(lines, diff_hunk(diff, i), false);
    }
    if (diff_hunks(diff) == 0)
        lines_put(lines, STYLE_NOTICE, "(nothing changes)");
    diff_free(diff);
}

void difference_add_part(struct lines *lines, const char *before, const char *after)
{
    struct diff *diff = diff_new(before, strlen(before), after, strlen(after), DIFF_CONTEXT);

    for (size_t i = 0; i < diff_hunks(diff); i++)
        for (size_t k = 0; k < diff_hunk(diff, i)->line_count; k++)
            put_line(lines, diff_hunk(diff, i), &diff_hunk(diff, i)->lines[k], false);
    diff_free(diff);
}
