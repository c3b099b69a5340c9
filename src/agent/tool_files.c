/* tool_files.c - list_directory, read_file, write_file, edit_file: the tools that touch files themselves. */
#include "agent/reading.h"
#include "agent/tools.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/visible.h"
#include "sandbox/sandbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { READ_LINES = 2000, CONTENT_MAX = 16 * 1024 * 1024 };

static struct action *plan_path(enum action_kind kind, const char *tool, const struct tool_context *context,
                                const struct json *arguments)
{
    struct action *action = action_new(kind, tool);
    const char *path = json_get_text(arguments, "path");

    action->cwd = xstrdup(context->workspace);
    action->path = path_normalize(context->workspace, path && *path ? path : ".");
    action->arguments = json_copy(arguments);
    return action;
}

static char *summary_path(const struct json *arguments)
{
    const char *path = json_get_text(arguments, "path");

    return xstrdup(path && *path ? path : ".");
}

/* --- list_directory --- */

static struct action *plan_list(const struct tool_context *context, const struct json *arguments,
                                struct error *error)
{
    (void)error;
    return plan_path(ACTION_LIST, "list_directory", context, arguments);
}

static void describe_entry(const struct sandbox_entry *entry, struct buffer *out)
{
    visible_line(out, entry->name, strlen(entry->name));
    if (entry->type == SANDBOX_FOLDER)
        buffer_append_text(out, "/");
    else if (entry->type == SANDBOX_LINK) {
        buffer_append_text(out, " -> ");
        visible_line(out, entry->target ? entry->target : "?", strlen(entry->target ? entry->target : "?"));
    } else if (entry->type == SANDBOX_FILE)
        buffer_append_format(out, "  %" PRId64 " bytes", entry->size);
    buffer_append_byte(out, '\n');
}

static void describe_list(const struct action *action, const struct sandbox_answer *answer, size_t limit,
                          struct buffer *out)
{
    size_t shown = 0;

    (void)action;
    if (answer->failed) {
        buffer_append_text(out, answer->failed);
        return;
    }
    for (; shown < answer->entry_count && out->length < limit; shown++)
        describe_entry(&answer->entries[shown], out);
    if (answer->entry_count == 0)
        buffer_append_text(out, "(empty)");
    if (answer->entry_total > (int64_t)shown)
        buffer_append_format(out, "(%" PRId64 " more entries are left out)",
                             answer->entry_total - (int64_t)shown);
}

/* --- read_file --- */

static bool is_output(const char *path)
{
    const char *number = path + strlen(READING_OUTPUT);

    return strncmp(path, READING_OUTPUT, strlen(READING_OUTPUT)) == 0 && *number &&
           strlen(number) == strspn(number, "0123456789") && strlen(number) <= 9;
}

static struct action *plan_read(const struct tool_context *context, const struct json *arguments,
                                struct error *error)
{
    struct action *action = plan_path(ACTION_READ, "read_file", context, arguments);
    const char *path = json_get_text(arguments, "path");

    (void)error;
    if (is_output(path)) {
        free(action->path);
        action->path = xstrdup(path);
    }
    action->offset = json_get_integer(arguments, "offset", 1);
    action->limit = json_get_integer(arguments, "limit", READ_LINES);
    return action;
}

/* --- write_file --- */

static struct action *plan_write(const struct tool_context *context, const struct json *arguments,
                                 struct error *error)
{
    (void)error;
    return plan_path(ACTION_WRITE, "write_file", context, arguments);
}

static bool complete_write(struct action *action, const char *before, size_t length, struct error *error)
{
    const char *content = json_get_text(action->arguments, "content");

    (void)before, (void)length, (void)error;
    action->content_length = strlen(content);
    action->content = xmemdup(content, action->content_length);
    return true;
}

static void describe_write(const struct action *action, const struct sandbox_answer *answer, size_t limit,
                           struct buffer *out)
{
    (void)limit;
    if (answer->failed)
        buffer_append_text(out, answer->failed);
    else
        buffer_append_format(out, "%s was %s (%zu bytes)", action->path,
                             *action->base ? "replaced" : "created", action->content_length);
}

/* --- edit_file --- */

static struct action *plan_edit(const struct tool_context *context, const struct json *arguments,
                                struct error *error)
{
    (void)error;
    return plan_path(ACTION_WRITE, "edit_file", context, arguments);
}

static size_t count_matches(const char *text, size_t length, const char *needle)
{
    size_t count = 0, needle_length = strlen(needle);

    for (const char *at = text;
         (at = memmem(at, length - (size_t)(at - text), needle, needle_length)) != NULL; at += needle_length)
        count++;
    return count;
}

/* False when the new text would be too long. */
static bool replace_all(const char *text, size_t length, const char *old, const char *new, struct buffer *out)
{
    size_t old_length = strlen(old);
    const char *at = text, *end = text + length, *match;

    while (!out->full && (match = memmem(at, (size_t)(end - at), old, old_length)) != NULL) {
        buffer_append(out, at, (size_t)(match - at));
        buffer_append_text(out, new);
        at = match + old_length;
    }
    buffer_append(out, at, (size_t)(end - at));
    return !out->full;
}

static bool check_edit(const struct action *action, const char *before, size_t length, struct error *error)
{
    const char *old = json_get_text(action->arguments, "old"), *new = json_get_text(action->arguments, "new");

    if (!before)
        return error_set(error, "%s does not exist; write_file can create it", action->path);
    if (!*old)
        return error_set(error, "\"old\" is empty; give the exact text that is to be replaced");
    if (strcmp(old, new) == 0)
        return error_set(error, "\"old\" and \"new\" are the same: nothing would change");
    size_t matches = count_matches(before, length, old);
    if (matches == 0)
        return error_set(
            error,
            "\"old\" does not occur in %s; read the file again and give the text exactly as it stands "
            "there, white space included",
            action->path);
    if (matches > 1 && !json_get_boolean(action->arguments, "all", false))
        return error_set(error,
                         "\"old\" occurs %zu times in %s; give more of the text around it, or set \"all\"",
                         matches, action->path);
    return true;
}

static bool complete_edit(struct action *action, const char *before, size_t length, struct error *error)
{
    struct buffer content;

    if (!check_edit(action, before, length, error))
        return false;
    buffer_init(&content, CONTENT_MAX);
    if (!replace_all(before, length, json_get_text(action->arguments, "old"),
                     json_get_text(action->arguments, "new"), &content)) {
        buffer_release(&content);
        return error_set(error, "%s would become larger than %d MiB, which this tool cannot write",
                         action->path, CONTENT_MAX / 1024 / 1024);
    }
    action->content_length = content.length;
    action->content = buffer_detach(&content);
    return true;
}

const struct tool tool_list_directory = {
    .name = "list_directory",
    .description = "Lists a folder of the sandbox: names, sizes, what is a folder (/) and where links point.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"path\":{\"type\":\"string\",\"description\":\"the folder; default: the workspace\"}},"
              "\"required\":[],\"additionalProperties\":false}",
    .touches = TOUCH_READS,
    .summary = summary_path,
    .plan = plan_list,
    .describe_answer = describe_list,
};

const struct tool tool_read_file = {
    .name = "read_file",
    .description = "Reads a text file of the sandbox by lines. A binary file is only named as such. The "
                   "whole output of an "
                   "earlier command, where its result names it so, is read as output:NUMBER.",
    .schema =
        "{\"type\":\"object\",\"properties\":{"
        "\"path\":{\"type\":\"string\",\"description\":\"the file\"},"
        "\"offset\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"first line, from 1\"},"
        "\"limit\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"how many lines; default 2000\"}},"
        "\"required\":[\"path\"],\"additionalProperties\":false}",
    .touches = TOUCH_READS,
    .summary = summary_path,
    .plan = plan_read,
};

const struct tool tool_write_file = {
    .name = "write_file",
    .description =
        "Writes a whole file of the sandbox; folders that are missing are made. An existing file is "
        "replaced.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"path\":{\"type\":\"string\",\"description\":\"the file\"},"
              "\"content\":{\"type\":\"string\",\"description\":\"all of its new text\"}},"
              "\"required\":[\"path\",\"content\"],\"additionalProperties\":false}",
    .touches = TOUCH_WRITES,
    .summary = summary_path,
    .plan = plan_write,
    .complete = complete_write,
    .describe_answer = describe_write,
    .code_member = "content",
};

const struct tool tool_edit_file = {
    .name = "edit_file",
    .description =
        "Replaces text in a file of the sandbox. `old` must be exactly what stands there and must occur "
        "once, unless `all` is true.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"path\":{\"type\":\"string\",\"description\":\"the file\"},"
              "\"old\":{\"type\":\"string\",\"description\":\"the exact text to replace\"},"
              "\"new\":{\"type\":\"string\",\"description\":\"what stands there afterwards\"},"
              "\"all\":{\"type\":\"boolean\",\"description\":\"replace every occurrence\"}},"
              "\"required\":[\"path\",\"old\",\"new\"],\"additionalProperties\":false}",
    .touches = TOUCH_READS | TOUCH_WRITES,
    .summary = summary_path,
    .plan = plan_edit,
    .complete = complete_edit,
    .describe_answer = describe_write,
    .code_member = "new",
};
