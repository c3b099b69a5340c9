/* difference.c - see difference.h.  A line is told by its mark; colour only underlines it. */
#include "ui/difference.h"

#include "matter/diff.h"
#include "ui/wrap.h"

#include <stdio.h>
#include <string.h>

static void put_line(struct lines *lines, const struct diff_line *line)
{
    static const struct {
        enum style style;
        const char *mark;
    } forms[] = { [DIFF_SAME] = { STYLE_DIFF_CONTEXT, "  " },
                  [DIFF_OLD] = { STYLE_DIFF_REMOVE, "- " },
                  [DIFF_NEW] = { STYLE_DIFF_ADD, "+ " } };
    enum style style = forms[line->kind].style;
    struct span mark = { style, forms[line->kind].mark, 2 }, goes_on = { style, "↳ ", strlen("↳ ") };
    struct line_form form = { .mode = WRAP_COLUMNS,
                              .first = &mark,
                              .first_count = 1,
                              .rest = &goes_on,
                              .rest_count = 1,
                              .fill = style };

    lines_begin(lines, &form);
    lines_add(lines, style, line->text, line->length);
    lines_end(lines);
}

static void put_hunk(struct lines *lines, const struct diff_hunk *hunk, bool numbered)
{
    char head[96];

    snprintf(head, sizeof head, "@@ line %zu @@", hunk->new_start);
    if (numbered)
        lines_put(lines, STYLE_DIFF_HUNK, head);
    for (size_t i = 0; i < hunk->line_count; i++)
        put_line(lines, &hunk->lines[i]);
}

void difference_add(struct lines *lines, const char *before, size_t before_length, const char *after,
                    size_t after_length, bool numbered)
{
    struct diff *diff = diff_new(before, before_length, after, after_length, DIFF_CONTEXT);

    for (size_t i = 0; i < diff_hunks(diff); i++)
        put_hunk(lines, diff_hunk(diff, i), numbered);
    if (diff_hunks(diff) == 0)
        lines_put(lines, STYLE_NOTICE, "(nothing changes)");
    diff_free(diff);
}
