/* reader_list.c - what stands between commands: blanks, comments, newlines; lists, && and ||, pipelines; and
 * the region, which goes on behind an error. */
#include "policy/reader_private.h"

#include <string.h>

/* --- bytes and blanks --- */

const uint8_t reader_byte_classes[256] = {
    [' '] = READER_BREAK,
    ['\t'] = READER_BREAK,
    ['\n'] = READER_BREAK,
    [';'] = READER_BREAK,
    ['&'] = READER_BREAK,
    ['|'] = READER_BREAK,
    ['('] = READER_BREAK,
    [')'] = READER_BREAK,
    ['<'] = READER_BREAK,
    ['>'] = READER_BREAK,
    ['\\'] = READER_SPECIAL,
    ['\''] = READER_SPECIAL,
    ['"'] = READER_SPECIAL,
    ['`'] = READER_SPECIAL,
    ['$'] = READER_SPECIAL,
    ['*'] = READER_SPECIAL,
    ['?'] = READER_SPECIAL,
    ['['] = READER_SPECIAL | READER_RESERVED,
    [']'] = READER_SPECIAL | READER_RESERVED,
    ['{'] = READER_SPECIAL | READER_RESERVED,
    ['}'] = READER_SPECIAL | READER_RESERVED,
    [','] = READER_SPECIAL,
    ['.'] = READER_SPECIAL,
    ['~'] = READER_SPECIAL,
    ['='] = READER_SPECIAL,
    ['+'] = READER_SPECIAL,
    ['!'] = READER_RESERVED,
    ['c'] = READER_RESERVED,
    ['d'] = READER_RESERVED,
    ['e'] = READER_RESERVED,
    ['f'] = READER_RESERVED,
    ['i'] = READER_RESERVED,
    ['s'] = READER_RESERVED,
    ['t'] = READER_RESERVED,
    ['u'] = READER_RESERVED,
    ['w'] = READER_RESERVED,
};

bool reader_is(const struct reader_parser *parser, const char *text)
{
    uint32_t at = parser->at;
    while (*text && reader_byte(parser, at) == *text) {
        at++;
        text++;
    }
    return !*text;
}

bool reader_joins(const struct reader_parser *parser, uint32_t at)
{
    return reader_byte(parser, at) == '\\' && reader_byte(parser, at + 1) == '\n';
}

void reader_take(struct reader_parser *parser, uint32_t length)
{
    parser->at += length;
    parser->consumed = parser->at;
}

void reader_operator_ends(struct reader_parser *parser, const char *next)
{
    uint32_t at = parser->at;
    while (reader_joins(parser, at))
        at += 2;
    int byte = reader_byte(parser, at);
    if (at > parser->at && byte > 0 && strchr(next, byte))
        reader_fail(parser, at, at + 1, "an operator over a line continuation");
}

void reader_skip_some(struct reader_parser *parser)
{
    for (;;) {
        int byte = reader_peek(parser);
        if (byte == ' ' || byte == '\t')
            parser->at++;
        else if (reader_joins(parser, parser->at))
            parser->at += 2;
        else
            break;
    }
    if (reader_peek(parser) != '#')
        return;
    const char *from = parser->text + parser->at;
    const char *newline = memchr(from, '\n', parser->end - parser->at);
    parser->at = newline ? (uint32_t)(newline - parser->text) : parser->end;
}

void reader_skip_newlines(struct reader_parser *parser)
{
    reader_skip_blanks(parser);
    while (!parser->failed && reader_peek(parser) == '\n') {
        if (parser->waiting_base && parser->waiting_count) {
            reader_fail(parser, parser->at, parser->at + 1, "a here-document around a substitution");
            return;
        }
        parser->at++;
        parser->words_reserved = true;
        reader_read_documents(parser);
        reader_skip_blanks(parser);
    }
}

/* The token at hand has no place here. */
void reader_unexpected(struct reader_parser *parser)
{
    uint32_t at = parser->at, to = at + 1;
    if (!reader_breaks(reader_byte(parser, at)))
        while (reader_name_byte(reader_byte(parser, to)))
            to++;
    reader_fail(parser, at, to, at < parser->end ? "a token that has no place here" : "an end too early");
}

/* --- pipelines --- */

/* TEXT and a blank, newline, semicolon or the end behind it? */
static bool at_option(const struct reader_parser *parser, const char *text)
{
    int byte = reader_byte(parser, parser->at + (uint32_t)strlen(text));
    return reader_is(parser, text) && (byte < 0 || strchr(" \t\n;", byte));
}

/* time -p, time --; what else begins with a minus is the command. */
static void read_time_options(struct reader_parser *parser)
{
    if (at_option(parser, "-p")) {
        reader_take(parser, 2);
        reader_skip_blanks(parser);
    }
    if (at_option(parser, "--")) {
        reader_take(parser, 2);
        reader_skip_blanks(parser);
    }
    if (reader_peek(parser) == '-')
        reader_unexpected(parser); /* rare, and not exactly read */
}

/* time with nothing behind it. */
static bool times_nothing(const struct reader_parser *parser, const struct reader_node *pipeline)
{
    int byte = reader_peek(parser), next = reader_byte(parser, parser->at + 1);
    if (pipeline->flags != READER_TIMED)
        return false;
    return byte == '\n' || (byte == ';' && next != ';' && next != '&') || (byte < 0 && !parser->depth);
}

/* ! and time before a pipeline; returns the flags, READER_IN when there was any. */
static unsigned read_prefixes(struct reader_parser *parser)
{
    unsigned flags = 0;
    uint32_t length;
    for (;;) {
        enum reader_reserved reserved = reader_reserved_here(parser, &length);
        if (reserved != READER_R_BANG && reserved != READER_R_TIME)
            return flags;
        reader_take(parser, length);
        flags |= READER_IN;
        flags ^= reserved == READER_R_BANG ? READER_NEGATED : 0;
        flags |= reserved == READER_R_TIME ? READER_TIMED : 0;
        reader_skip_blanks(parser);
        if (reserved == READER_R_TIME)
            read_time_options(parser);
    }
}

static bool at_pipe(const struct reader_parser *parser)
{
    return reader_peek(parser) == '|' && reader_byte(parser, parser->at + 1) != '|';
}

/* Behind | or && a command must follow, perhaps on a later line. */
static void expect_command(struct reader_parser *parser)
{
    parser->words_reserved = true;
    reader_skip_newlines(parser);
    if (!parser->failed && !reader_starts_command(parser))
        reader_unexpected(parser);
}

static void read_pipe_rest(struct reader_parser *parser, struct reader_node *pipeline)
{
    while (!parser->failed && at_pipe(parser)) {
        bool errors = reader_byte(parser, parser->at + 1) == '&';
        if (errors)
            pipeline->last->flags |= READER_ERRORS;
        reader_take(parser, errors ? 2 : 1);
        reader_operator_ends(parser, "|&");
        expect_command(parser);
        if (!parser->failed)
            reader_read_command(parser);
        reader_skip_blanks(parser);
    }
}

static void read_pipeline(struct reader_parser *parser)
{
    struct reader_node *pipeline = NULL;
    uint32_t length;
    enum reader_reserved reserved = reader_reserved_here(parser, &length);
    if (reserved == READER_R_BANG || reserved == READER_R_TIME) {
        pipeline = reader_open_node(parser, READER_PIPELINE);
        pipeline->flags = (uint16_t)(read_prefixes(parser) & ~(unsigned)READER_IN);
        if (!parser->failed && times_nothing(parser, pipeline)) {
            reader_close_node(parser, pipeline);
            return;
        }
        if (!parser->failed && !reader_starts_command(parser))
            reader_unexpected(parser);
    }
    if (!parser->failed)
        reader_read_command(parser);
    reader_skip_blanks(parser);
    if (!pipeline && !parser->failed && at_pipe(parser))
        pipeline = reader_wrap_node(parser, parser->open->last, READER_PIPELINE);
    if (!pipeline)
        return;
    read_pipe_rest(parser, pipeline);
    reader_close_node(parser, pipeline);
}

/* --- lists --- */

static void read_and_or(struct reader_parser *parser)
{
    struct reader_node *whole = NULL;
    read_pipeline(parser);
    while (!parser->failed && (reader_is(parser, "&&") || reader_is(parser, "||"))) {
        bool or = reader_peek(parser) == '|';
        if (!whole)
            whole = reader_wrap_node(parser, parser->open->last, READER_AND_OR);
        reader_take(parser, 2);
        reader_operator_ends(parser, "&|");
        expect_command(parser);
        if (parser->failed)
            break;
        struct reader_node *left = whole->last;
        read_pipeline(parser);
        if (or &&left->next)
            left->next->flags |= READER_OR;
    }
    if (whole)
        reader_close_node(parser, whole);
}

/* ; or & behind an item; false: neither. */
static bool read_separator(struct reader_parser *parser, struct reader_node *list)
{
    int byte = reader_peek(parser), next = reader_byte(parser, parser->at + 1);
    if (byte == ';' && (next == ';' || next == '&'))
        return false;
    if (byte != ';' && byte != '&')
        return false;
    if (byte == '&' && list->last)
        list->last->flags |= READER_BACKGROUND;
    reader_take(parser, 1);
    reader_operator_ends(parser, byte == ';' ? ";&" : "&>");
    parser->words_reserved = true;
    return true;
}

static void read_items(struct reader_parser *parser, struct reader_node *list)
{
    while (!parser->failed) {
        reader_skip_newlines(parser);
        if (parser->failed || !reader_starts_command(parser))
            return;
        struct reader_node *before = list->last;
        parser->behind_document |= parser->has_document;
        read_and_or(parser);
        reader_skip_blanks(parser);
        if (parser->failed || list->last == before)
            return;
        if (!read_separator(parser, list) && reader_peek(parser) != '\n')
            return;
    }
}

void reader_read_list(struct reader_parser *parser)
{
    if (parser->failed)
        return;
    struct reader_node *list = reader_open_node(parser, READER_LIST);
    read_items(parser, list);
    if (list->first)
        list->from = list->first->from;
    reader_close_node(parser, list);
}

/* --- the region --- */

/* Marks what failed, in LIST, and stands behind it; there is always progress. */
static void recover(struct reader_parser *parser, struct reader_node *list, uint32_t begun)
{
    uint32_t from = parser->failed_from, to = parser->failed_to;
    parser->failed = false;
    parser->open = list;
    parser->waiting_count = parser->waiting_base;
    parser->words_reserved = true;
    if (list->last && list->last->to > from)
        from = list->last->to;
    if (from < begun)
        from = begun;
    if (to < from)
        to = from;
    if (to == begun && to < parser->end)
        to++;
    parser->at = from;
    struct reader_node *unknown = reader_open_node(parser, READER_UNKNOWN);
    reader_mark(unknown, parser->failed_reason);
    reader_take(parser, to - from);
    reader_close_node(parser, unknown);
}

void reader_read_region(struct reader_parser *parser)
{
    struct reader_node *list = parser->open;
    unsigned depth = parser->depth, base = parser->waiting_base;
    parser->words_reserved = true;
    for (;;) {
        uint32_t begun = parser->at;
        read_items(parser, list);
        if (!parser->failed && parser->at < parser->end)
            reader_unexpected(parser);
        if (!parser->failed && parser->waiting_count > base)
            reader_fail(parser, parser->end, parser->end, "a here-document without its body");
        if (!parser->failed)
            return;
        parser->depth = depth;
        parser->waiting_base = base;
        recover(parser, list, begun);
        if (parser->at >= parser->end)
            return;
    }
}
