/* diff_print.c - a diff in the unified form, as git and patch read it. */
#include "matter/diff.h"

#include "base/buffer.h"

#include <string.h>

static bool needs_quotes(const char *name)
{
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f || *at == '"' || *at == '\\')
            return true;
    return false;
}

static void print_name(struct buffer *out, const char *mark, const char *name)
{
    buffer_append_text(out, mark);
    if (!needs_quotes(name)) {
        buffer_append_text(out, name);
        /* patch takes a blank for the end of the name unless a tab comes later. */
        buffer_append_text(out, strchr(name, ' ') ? "\t\n" : "\n");
        return;
    }
    buffer_append_byte(out, '"');
    for (; *name; name++) {
        unsigned char byte = (unsigned char)*name;
        if (byte == '"' || byte == '\\')
            buffer_append_format(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            buffer_append_format(out, "\\%03o", byte);
        else
            buffer_append_byte(out, *name);
    }
    buffer_append_text(out, "\"\n");
}

/* A count of one is not written. */
static void print_range(struct buffer *out, char sign, size_t start, size_t count)
{
    buffer_append_format(out, "%c%zu", sign, start);
    if (count != 1)
        buffer_append_format(out, ",%zu", count);
}

static void print_line(struct buffer *out, const struct diff_line *line)
{
    static const char signs[] = { [DIFF_SAME] = ' ', [DIFF_OLD] = '-', [DIFF_NEW] = '+' };
    buffer_append_byte(out, signs[line->kind]);
    buffer_append(out, line->text, line->length);
    buffer_append_text(out, line->newline ? "\n" : "\n\\ No newline at end of file\n");
}

void diff_print_hunk(const struct diff_hunk *hunk, struct buffer *out)
{
    buffer_append_text(out, "@@ ");
    print_range(out, '-', hunk->old_start, hunk->old_count);
    buffer_append_byte(out, ' ');
    print_range(out, '+', hunk->new_start, hunk->new_count);
    buffer_append_text(out, " @@\n");
    for (size_t i = 0; i < hunk->line_count; i++)
        print_line(out, &hunk->lines[i]);
}

void diff_print(const struct diff *diff, const char *old_name, const char *new_name, struct buffer *out)
{
    const struct diff_hunk *hunk;
    for (size_t i = 0; (hunk = diff_hunk(diff, i)); i++) {
        if (!i) {
            print_name(out, "--- ", old_name);
            print_name(out, "+++ ", new_name);
        }
        diff_print_hunk(hunk, out);
    }
}
