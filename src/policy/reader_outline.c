/* reader_outline.c - the tree as lines of text. */
#include "policy/reader_private.h"

#include "base/buffer.h"
#include "base/memory.h"

static const char *const kind_names[READER_KINDS] = {
    [READER_LIST] = "list",
    [READER_AND_OR] = "and-or",
    [READER_PIPELINE] = "pipeline",
    [READER_SIMPLE] = "command",
    [READER_SUBSHELL] = "subshell",
    [READER_GROUP] = "group",
    [READER_IF] = "if",
    [READER_WHILE] = "while",
    [READER_UNTIL] = "until",
    [READER_FOR] = "for",
    [READER_FOR_COUNT] = "for-count",
    [READER_SELECT] = "select",
    [READER_CASE] = "case",
    [READER_CASE_ITEM] = "item",
    [READER_FUNCTION] = "function",
    [READER_COPROCESS] = "coprocess",
    [READER_CONDITION] = "condition",
    [READER_CALCULATION] = "calculation",
    [READER_WORD] = "word",
    [READER_ASSIGNMENT] = "assignment",
    [READER_ARRAY] = "array",
    [READER_REDIRECTION] = "redirection",
    [READER_DOCUMENT] = "document",
    [READER_ESCAPE] = "escape",
    [READER_SINGLE] = "single",
    [READER_ANSI] = "ansi",
    [READER_DOUBLE] = "double",
    [READER_LOCALE] = "locale",
    [READER_PARAMETER] = "parameter",
    [READER_COMMAND] = "substitution",
    [READER_BACKQUOTE] = "backquote",
    [READER_ARITHMETIC] = "arithmetic",
    [READER_PROCESS] = "process",
    [READER_UNKNOWN] = "unknown",
};

static const struct {
    enum reader_flag flag;
    const char *name;
} flag_names[] = {
    { READER_BACKGROUND, "background" },
    { READER_OR, "or" },
    { READER_NEGATED, "negated" },
    { READER_TIMED, "timed" },
    { READER_IN, "in" },
    { READER_GLOBS, "globs" },
    { READER_BRACES, "braces" },
    { READER_TILDE, "tilde" },
    { READER_QUOTED, "quoted" },
    { READER_APPENDS, "appends" },
    { READER_NAMED, "named" },
    { READER_JOINED, "joined" },
    { READER_ERRORS, "errors" },
    { READER_INDIRECT, "indirect" },
};

static const char *const redirection_names[] = {
    [READER_FROM] = "<",
    [READER_TO] = ">",
    [READER_TO_END] = ">>",
    [READER_TO_FORCED] = ">|",
    [READER_FROM_TO] = "<>",
    [READER_COPY_INPUT] = "<&",
    [READER_COPY_OUTPUT] = ">&",
    [READER_BOTH_TO] = "&>",
    [READER_BOTH_TO_END] = "&>>",
    [READER_HERE] = "<<",
    [READER_HERE_STRIPPED] = "<<-",
    [READER_HERE_STRING] = "<<<",
};

/* In double quotes, control bytes as \xNN, so that a line stays a line. */
static void add_quoted(struct buffer *out, const char *text, size_t length)
{
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '\n')
            buffer_append_text(out, "\\n");
        else if (byte < 32 || byte == 127)
            buffer_append_format(out, "\\x%02x", byte);
        else {
            if (byte == '"' || byte == '\\')
                buffer_append_byte(out, '\\');
            buffer_append_byte(out, (char)byte);
        }
    }
    buffer_append_byte(out, '"');
}

static void add_value(const struct reader *reader, const struct reader_node *node, struct buffer *out)
{
    struct buffer value = BUFFER_INIT;
    if (node->kind == READER_ASSIGNMENT) {
        const char *name;
        size_t length;
        reader_assigned(reader, node, &name, &length);
        buffer_append_format(out, " %.*s", (int)length, name);
    }
    if (reader_literal(reader, node, &value)) {
        buffer_append_byte(out, ' ');
        add_quoted(out, value.data, value.length);
    }
    buffer_release(&value);
}

static void add_line(const struct reader *reader, const struct reader_node *node, struct buffer *out)
{
    buffer_append_format(out, "%s %u-%u", kind_names[node->kind], node->from, node->to);
    if (node->kind == READER_REDIRECTION) {
        buffer_append_format(out, " %s", redirection_names[node->redirection]);
        if (node->inner != READER_DEFAULT_DESCRIPTOR)
            buffer_append_format(out, " %u", node->inner);
    }
    for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
        if (node->flags & flag_names[i].flag)
            buffer_append_format(out, " %s", flag_names[i].name);
    add_value(reader, node, out);
    if (node->unknown)
        buffer_append_format(out, " unknown: %s", node->unknown);
    buffer_append_byte(out, '\n');
}

static void add_outline(const struct reader *reader, unsigned depth, struct buffer *out)
{
    const struct reader_node *root = reader_root(reader), *node = root;
    while (node) {
        for (unsigned i = 0; i < depth; i++)
            buffer_append_text(out, "  ");
        add_line(reader, node, out);
        if (reader_within(reader, node))
            add_outline(reader_within(reader, node), depth + 1,
                        out); /* its spans are of the text by itself */
        const struct reader_node *next = reader_walk(root, node);
        if (next && next->parent == node)
            depth++;
        else
            for (const struct reader_node *up = node; next && up->parent != next->parent; up = up->parent)
                depth--;
        node = next;
    }
}

void reader_outline(const struct reader *reader, struct buffer *out)
{
    add_outline(reader, 0, out);
}
