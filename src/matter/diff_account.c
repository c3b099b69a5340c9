/* diff_account.c - in words which hunks of a change were applied and which were left out.
 *
 * Lines are counted in the text as it is afterwards: whoever proposed the change can look there.  The context of
 * a hunk is not of it: a range names changed lines alone. */
#include "matter/diff.h"

#include "base/buffer.h"

/* Lines of context before the first change, or behind the last. */
static size_t count_edge(const struct diff_hunk *hunk, bool from_end)
{
    size_t count = 0;

    while (count < hunk->line_count &&
           hunk->lines[from_end ? hunk->line_count - 1 - count : count].kind == DIFF_SAME)
        count++;
    return count;
}

void diff_changed_lines(const struct diff_hunk *hunk, struct diff_range *range)
{
    size_t before = count_edge(hunk, false), behind = count_edge(hunk, true);

    *range = (struct diff_range){
        .old_first = hunk->old_start + (hunk->old_count == 0) + before,
        .old_count = hunk->old_count - before - behind,
        .new_first = hunk->new_start + (hunk->new_count == 0) + before,
        .new_count = hunk->new_count - before - behind,
    };
}

static void tell_lines(struct buffer *out, size_t first, size_t count, const char *none)
{
    if (count == 0)
        buffer_append_format(out, "%s before line %zu", none, first);
    else if (count == 1)
        buffer_append_format(out, "line %zu", first);
    else
        buffer_append_format(out, "lines %zu-%zu", first, first + count - 1);
}

/* The hunks that are chosen, or those that are not. */
static void tell_hunks(const struct diff *diff, const bool *chosen, bool which, struct buffer *out)
{
    const char *separator = "";
    size_t added = 0, removed = 0; /* by the chosen hunks so far */

    for (size_t i = 0; i < diff_hunks(diff); i++) {
        struct diff_range range;
        diff_changed_lines(diff_hunk(diff, i), &range);
        if (chosen[i] == which) {
            buffer_append_format(out, "%shunk %zu (", separator, i + 1);
            tell_lines(out, range.old_first + added - removed, which ? range.new_count : range.old_count,
                       which ? "lines removed" : "nothing added");
            buffer_append_byte(out, ')');
            separator = ", ";
        }
        added += chosen[i] ? range.new_count : 0;
        removed += chosen[i] ? range.old_count : 0;
    }
    buffer_append_text(out, *separator ? "" : "none");
}

void diff_account(const struct diff *diff, const bool *chosen, struct buffer *out)
{
    buffer_append_text(out, "Applied: ");
    tell_hunks(diff, chosen, true, out);
    buffer_append_text(out, ".\nLeft out, as it was before: ");
    tell_hunks(diff, chosen, false, out);
    buffer_append_byte(out, '.');
}
