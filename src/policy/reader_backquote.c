/* reader_backquote.c - `...`: its text is read where it stands, or, when backslashes in it stand for less than
 * themselves, without them and by a reader of its own. */
#include "policy/reader_private.h"

#include "base/buffer.h"

#include <string.h>

enum { WITHIN_WORK = 400 }; /* what a reader of its own costs, in bytes read */

/* The end of `...` that begins at FROM; 0: none. *ESCAPES: a backslash in it stands for less than itself. */
static uint32_t find_end(const struct reader_parser *parser, uint32_t from, enum reader_context context,
                         bool *escapes)
{
    for (uint32_t at = from + 1; at < parser->end; at++) {
        if (parser->text[at] == '`')
            return at;
        if (parser->text[at] != '\\')
            continue;
        int next = reader_byte(parser, ++at);
        if (next < 0 || strchr("$`\\\n", next) || (next == '"' && context != READER_BARE))
            *escapes = true;
    }
    return 0;
}

/* Backslashes are taken away once for an expansion right in a word or in its double quotes; within others, how
 * often is not clear, and a continuation goes away even in single quotes. */
static bool escapes_are_clear(const struct reader_parser *parser, const struct reader_node *node,
                              uint32_t close)
{
    const struct reader_node *around = node->parent;
    bool quoted = around->kind == READER_DOUBLE;
    if (quoted)
        around = around->parent;
    return (around->kind == READER_WORD || around->kind == READER_ASSIGNMENT) &&
           !memmem(parser->text + node->from, close - node->from, "\\\n", 2);
}

static void read_without_escapes(struct reader_parser *parser, struct reader_node *node, uint32_t close)
{
    const char *special = node->parent->kind == READER_DOUBLE ? "$`\\\"" : "$`\\";
    struct buffer text = BUFFER_INIT;
    for (uint32_t at = node->from + 1; at < close; at++) {
        bool escapes = parser->text[at] == '\\' && at + 1 < close && parser->text[at + 1];
        if (escapes && !strchr(special, parser->text[at + 1]))
            buffer_append_byte(&text, parser->text[at]);
        at += escapes;
        buffer_append_byte(&text, parser->text[at]);
    }
    const struct reader *within = reader_add_within(parser->reader, node, text.data, text.length);
    const char *reason;
    if (!reader_exact(within, &reason, NULL, NULL))
        reader_mark(node, reason);
    buffer_release(&text);
}

static void read_in_place(struct reader_parser *parser, uint32_t close)
{
    const struct reader_parser before = *parser;
    reader_take(parser, 1);
    parser->end = close;
    parser->lost = 0;
    parser->waiting_base = parser->waiting_count;
    reader_read_region(parser);
    parser->end = before.end;
    parser->lost = before.lost;
    parser->waiting_base = before.waiting_base;
    parser->words_reserved = before.words_reserved;
}

void reader_read_backquote(struct reader_parser *parser, enum reader_context context)
{
    if (!reader_may_end(parser, READER_BACKQUOTE, 1, "a backquote that does not end") ||
        !reader_enter(parser))
        return;
    struct reader_node *node = reader_open_node(parser, READER_BACKQUOTE);
    bool escapes = false;
    uint32_t close = find_end(parser, parser->at, context, &escapes);
    if (!close) {
        reader_leave(parser);
        reader_drop_node(parser, node, 1, "a backquote that does not end");
        return;
    }
    parser->work += escapes ? WITHIN_WORK + close - node->from : 0;
    if (escapes && parser->work <= parser->budget && escapes_are_clear(parser, node, close)) {
        read_without_escapes(parser, node, close);
    } else {
        read_in_place(parser, close);
        if (escapes)
            reader_mark(node, "backslashes within backquotes");
    }
    parser->at = close + 1;
    parser->quotes_within |=
        context == READER_IN_DOUBLE && memchr(parser->text + node->from, '"', close - node->from);
    reader_leave(parser);
    reader_close_expansion(parser, node);
}
