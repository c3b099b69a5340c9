/* pull_show.c - changes of a workspace printed: as a diff, as a line, as JSON. */
#include "face/pull_show.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/visible.h"
#include "matter/diff.h"
#include "sandbox/sync.h"

#include <stdlib.h>
#include <string.h>

enum { LINES = 2000 }; /* of one diff */

static const char reset[] = "\033[0m";

static const char *colour_of(char first)
{
    switch (first) {
    case '+':
        return "\033[32m";
    case '-':
        return "\033[31m";
    case '@':
        return "\033[36m";
    default:
        return NULL;
    }
}

/* --- text --- */

static void append_name(struct buffer *out, const char *name)
{
    visible_line(out, name, strlen(name));
}

/* What there is to say besides the lines of a text; nothing for most. */
static void append_facts(struct buffer *out, const struct sync_change *change)
{
    bool both = change->before && change->after;
    if (change->is_folder)
        buffer_append_text(out, " (folder)");
    if (change->is_link && change->after) {
        buffer_append_text(out, " -> ");
        append_name(out, change->after);
    }
    if (change->is_link && change->before) {
        buffer_append_text(out, " (was a link to ");
        append_name(out, change->before);
        buffer_append_text(out, ")");
    }
    if (change->kind == SYNC_MODE || (both && !change->is_link && change->mode != change->before_mode))
        buffer_append_format(out, " mode %o -> %o", change->before_mode,
                             change->mode ? change->mode : change->sandbox_mode);
    if (change->kind == SYNC_ADDED && change->mode & 0111 && !change->is_folder)
        buffer_append_text(out, " (executable)");
    if (sync_change_is_content(change) && !sync_change_is_text(change))
        buffer_append_format(out, " (binary, %zu -> %zu bytes)", change->before_length, change->after_length);
}

static void append_counts(struct buffer *out, const struct sync_change *change)
{
    struct diff *diff = sync_change_diff(change, DIFF_CONTEXT);
    if (!diff)
        return;
    if (diff_added(diff))
        buffer_append_format(out, " +%zu", diff_added(diff));
    if (diff_removed(diff))
        buffer_append_format(out, " -%zu", diff_removed(diff));
    diff_free(diff);
}

static void append_reason(struct buffer *out, const struct sync_change *change)
{
    if (!change->why)
        return;
    buffer_append_text(out, change->conflict ? " [conflict: " : " [stays: ");
    append_name(out, change->why);
    buffer_append_text(out, "]");
}

static void append_head(struct buffer *out, const struct sync_change *change)
{
    buffer_append_format(out, "%-6s ", sync_change_name(change));
    append_name(out, change->path);
    append_facts(out, change);
    append_counts(out, change);
    append_reason(out, change);
}

/* --- the diff --- */

static void print_line(FILE *out, const char *line, size_t length, bool colour)
{
    const char *sequence = colour && length > 0 ? colour_of(line[0]) : NULL;
    struct buffer shown = BUFFER_INIT;
    visible_text(&shown, line, length);
    fprintf(out, "%s%s%s\n", sequence ? sequence : "", shown.data, sequence ? reset : "");
    buffer_release(&shown);
}

static void print_lines(FILE *out, const struct buffer *text, bool colour)
{
    const char *at = text->data, *end = text->data + text->length;
    for (int line = 0; at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        if (line == LINES) {
            fprintf(out, "... the rest of this diff is not shown\n");
            return;
        }
        print_line(out, at, (size_t)(stop - at), colour);
        at = newline ? newline + 1 : end;
    }
}

static void print_diff(FILE *out, const struct sync_change *change, bool colour)
{
    struct diff *diff = sync_change_diff(change, DIFF_CONTEXT);
    struct buffer text = BUFFER_INIT;
    if (!diff)
        return;
    char *before = change->before ? xasprintf("a/%s", change->path) : xstrdup("/dev/null");
    char *after = change->after ? xasprintf("b/%s", change->path) : xstrdup("/dev/null");
    diff_print(diff, before, after, &text);
    print_lines(out, &text, colour);
    if (text.full)
        fprintf(out, "... this diff is too large to be shown\n");
    free(before);
    free(after);
    buffer_release(&text);
    diff_free(diff);
}

/* --- */

void pull_show(FILE *out, const struct sync_change *change, bool colour)
{
    struct buffer head = BUFFER_INIT;
    append_head(&head, change);
    fprintf(out, "%s%s%s\n", colour ? "\033[1m" : "", head.data, colour ? reset : "");
    buffer_release(&head);
    print_diff(out, change, colour);
}

void pull_show_hunk(FILE *out, const struct diff_hunk *hunk, bool colour)
{
    struct buffer text = BUFFER_INIT;
    diff_print_hunk(hunk, &text);
    print_lines(out, &text, colour);
    buffer_release(&text);
}

void pull_show_line(FILE *out, const struct sync_change *change)
{
    struct buffer head = BUFFER_INIT;
    append_head(&head, change);
    fprintf(out, "%s\n", head.data);
    buffer_release(&head);
}

/* As chmod reads it. */
static void set_mode(struct json *object, unsigned mode)
{
    char text[8];
    snprintf(text, sizeof(text), "%03o", mode & 0777);
    json_set_text(object, "mode", text);
}

struct json *pull_show_json(const struct sync_change *change, bool applied)
{
    struct json *object = json_new_object();
    const char *type = change->is_folder ? "folder" : change->is_link ? "link" : "file";
    json_set_text(object, "kind", sync_change_name(change));
    json_set_text(object, "type", type);
    json_set_text(object, "path", change->path);
    if (change->kind != SYNC_DELETED && !change->is_link && !change->why)
        set_mode(object, change->mode);
    json_set_boolean(object, "conflict", change->conflict);
    json_set_text(object, "why", change->why);
    json_set_boolean(object, "applied", applied);
    return object;
}
