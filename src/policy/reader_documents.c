/* reader_documents.c - the bodies of here-documents, read at the end of the line that names them. */
#include "policy/reader_private.h"

#include "base/buffer.h"

#include <string.h>

/* The delimiter with quotes removed; false: not plain. */
static bool delimiter_value(const struct reader_parser *parser, const struct reader_node *word,
                            struct buffer *value, bool *quoted)
{
    for (const struct reader_node *part = word->first; part; part = part->next)
        if (part->kind != READER_ESCAPE && part->kind != READER_SINGLE && part->kind != READER_DOUBLE)
            return false;
        else
            *quoted = true;
    struct reader_node plain = *word;
    plain.flags = 0;
    if (memchr(parser->text + word->from, '$', word->to - word->from) ||
        !reader_literal(parser->reader, &plain, value) || word->flags & READER_JOINED)
        return false;
    return !memchr(value->data, '\n', value->length) && value->length > 0;
}

/* The newline that ends the line at AT, or the end; where continuations are removed, behind all of them. */
static uint32_t line_end(const struct reader_parser *parser, uint32_t at, bool quoted, bool *joined)
{
    for (;;) {
        const char *newline = memchr(parser->text + at, '\n', parser->end - at);
        if (!newline)
            return parser->end;
        uint32_t end = (uint32_t)(newline - parser->text), back = end;
        while (!quoted && back > at && parser->text[back - 1] == '\\')
            back--;
        if ((end - back) % 2 == 0)
            return end;
        *joined = true;
        at = end + 1;
    }
}

struct document {
    struct reader_node *redirection;
    struct buffer delimiter;
    bool quoted, strips, joined, tabs;
    uint32_t from, last, to; /* body, last line, its end */
};

/* Sets where the body and its last line are; false: it has no last line, or bash might see it elsewhere. */
static bool find_end(struct reader_parser *parser, struct document *document)
{
    const struct buffer *delimiter = &document->delimiter;
    uint32_t at = document->from;
    while (at < parser->end) {
        bool joined = false;
        uint32_t end = line_end(parser, at, document->quoted, &joined), text = at;
        while (document->strips && text < end && parser->text[text] == '\t')
            text++;
        document->tabs |= text > at;
        bool begins = end - text >= delimiter->length &&
                      memcmp(parser->text + text, delimiter->data, delimiter->length) == 0;
        if (begins && end - text == delimiter->length) {
            document->last = at;
            document->to = end;
            return true;
        }
        if (begins && parser->depth && memchr(parser->text + text, ')', end - text))
            return false;
        if (joined && memchr(parser->text + text, '\\',
                             delimiter->length < end - text ? delimiter->length + 1 : end - text))
            return false; /* a delimiter written over two lines */
        document->joined |= joined;
        at = end + 1;
    }
    return false;
}

/* The expansions of an unquoted body; an error in it is marked and gone over. */
static void read_body(struct reader_parser *parser, struct reader_node *body)
{
    unsigned depth = parser->depth;
    while (parser->at < parser->end) {
        int byte = reader_peek(parser);
        if (byte == '$')
            reader_read_dollar(parser, READER_IN_DOCUMENT);
        else if (byte == '`')
            reader_read_backquote(parser, READER_IN_DOCUMENT);
        else
            parser->at += byte == '\\' && parser->at + 1 < parser->end ? 2 : 1;
        if (!parser->failed)
            continue;
        parser->failed = false;
        parser->depth = depth;
        parser->waiting_base = parser->waiting_count = 0;
        parser->open = body;
        reader_mark(body, parser->failed_reason);
        uint32_t to = body->last && body->last->to > parser->failed_to ? body->last->to : parser->failed_to;
        parser->at = to;
    }
}

/* Bash takes tabs and continuations out of the lines before it looks for expansions: that makes no difference to
 * those that stand within one line and do not touch a continuation. */
static bool lines_are_apart(const struct reader_parser *parser, const struct reader_node *body, bool joined)
{
    for (const struct reader_node *node = body->first; node; node = node->next) {
        if (memchr(parser->text + node->from, '\n', node->to - node->from))
            return false;
        if (joined && (reader_joins(parser, node->to) ||
                       (node->from >= body->from + 2 && reader_joins(parser, node->from - 2))))
            return false;
    }
    return true;
}

static void read_document(struct reader_parser *parser, struct document *document)
{
    struct reader_node *body = reader_open_node(parser, READER_DOCUMENT);
    body->partner = document->redirection;
    document->redirection->partner = body;
    body->inner = document->last;
    if (document->quoted)
        body->flags |= READER_QUOTED;
    uint32_t end = parser->end;
    uint64_t lost = parser->lost;
    parser->end = document->last;
    parser->lost = 0;
    if (!document->quoted && reader_enter(parser)) {
        read_body(parser, body);
        reader_leave(parser);
    }
    parser->failed = false;
    parser->end = end;
    parser->lost = lost;
    parser->waiting_base = parser->waiting_count = 0;
    if ((document->joined || document->tabs) && !lines_are_apart(parser, body, document->joined))
        reader_mark(body, "expansions in a here-document with changed lines");
    parser->at = document->from;
    reader_take(parser, document->to - document->from);
    reader_close_node(parser, body);
    if (reader_peek(parser) == '\n')
        parser->at++;
}

static bool begin_document(struct reader_parser *parser, struct document *document)
{
    struct reader_node *redirection = document->redirection;
    document->strips = redirection->redirection == READER_HERE_STRIPPED;
    document->from = parser->at;
    if (parser->documents_lost)
        return false;
    if (!delimiter_value(parser, redirection->last, &document->delimiter, &document->quoted))
        return false;
    return find_end(parser, document);
}

void reader_read_documents(struct reader_parser *parser)
{
    if (parser->waiting_base || !parser->waiting_count)
        return;
    struct reader_node *waiting[READER_DOCUMENTS];
    unsigned count = parser->waiting_count;
    memcpy(waiting, parser->waiting, sizeof waiting);
    parser->waiting_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct document document = { .redirection = waiting[i], .delimiter = BUFFER_INIT };
        if (begin_document(parser, &document)) {
            read_document(parser, &document);
        } else {
            parser->documents_lost = true;
            reader_mark(document.redirection, "a here-document whose end is not clear");
        }
        buffer_release(&document.delimiter);
    }
}
