/* reader_expansions.c - what begins with $, and process substitution. */
#include "policy/reader_private.h"

#include <string.h>

void reader_close_expansion(struct reader_parser *parser, struct reader_node *node)
{
    if (!parser->failed)
        parser->consumed = parser->at;
    reader_close_node(parser, node);
}

/* A LIST up to the ) that ends it.  Here-documents that wait outside must not be due inside.  Bash writes the list
 * down anew before it runs it, and loses a semicolon behind a here-document. */
static void read_substitution(struct reader_parser *parser, enum reader_kind kind)
{
    if (!reader_may_end(parser, kind, 2, "a substitution that does not end") || !reader_enter(parser))
        return;
    const struct reader_parser before = *parser;
    struct reader_node *node = reader_open_node(parser, kind);
    parser->waiting_base = parser->waiting_count;
    parser->has_document = parser->behind_document = false;
    parser->words_reserved = true;
    reader_take(parser, 2);
    reader_operator_ends(parser, "(");
    reader_read_list(parser);
    reader_leave(parser);
    if (parser->behind_document)
        reader_mark(node, "a command behind a here-document in a substitution");
    parser->has_document = before.has_document;
    parser->behind_document = before.behind_document;
    if (!parser->failed && reader_peek(parser) < 0) {
        reader_drop_node(parser, node, 2, "a substitution that does not end");
        return;
    }
    if (!parser->failed && reader_peek(parser) != ')')
        reader_unexpected(parser);
    else if (!parser->failed && parser->waiting_count > parser->waiting_base)
        reader_fail(parser, parser->at, parser->at + 1,
                    "a here-document whose body is not in its substitution");
    if (!parser->failed)
        parser->at++;
    parser->waiting_base = before.waiting_base;
    parser->words_reserved = before.words_reserved;
    reader_close_expansion(parser, node);
}

void reader_read_process(struct reader_parser *parser)
{
    if (reader_byte(parser, parser->at + 2) == '(')
        reader_fail(parser, parser->at, parser->at + 2, "a double parenthesis in a process substitution");
    else
        read_substitution(parser, READER_PROCESS);
}

enum { PLAIN_LENGTH = 1000 };

/* The bracket that closes the one at AT, over plain bytes only; 0: none. */
static uint32_t plain_close(const struct reader_parser *parser, uint32_t at)
{
    unsigned deep = 0;
    uint32_t most = at + PLAIN_LENGTH;
    for (int byte; at < most && (byte = reader_byte(parser, at)) > 0 && !strchr("'\"`$\\#\n{}", byte); at++) {
        int next = reader_byte(parser, at + 1);
        if ((next == '(' && strchr("<>=?*+@!", byte)) || (byte == 'c' && next == 'a'))
            return 0; /* a process, an array, a pattern; case has brackets of its own */
        deep += byte == '(';
        deep -= byte == ')';
        if (!deep)
            return at;
    }
    return 0;
}

bool reader_is_subshell(struct reader_parser *parser, uint32_t at)
{
    if (parser->work > parser->budget)
        return false;
    uint32_t inner = plain_close(parser, at + 1), outer = inner ? plain_close(parser, at) : 0;
    parser->work += (inner ? inner : at + PLAIN_LENGTH) - at + (outer ? outer - at : 0);
    return outer && reader_byte(parser, inner + 1) != ')';
}

/* Text that was taken as arithmetic and cannot be read as such may be commands: nothing of it is passed over. */
void reader_drop_arithmetic(struct reader_parser *parser, struct reader_node *node,
                            const struct reader_parser *before, uint32_t length)
{
    uint32_t at = parser->failed && parser->failed_to > parser->at ? parser->failed_to : parser->at;
    parser->failed = false;
    parser->open = node;
    parser->at = at;
    parser->depth = before->depth;
    parser->waiting_base = before->waiting_base;
    parser->waiting_count = before->waiting_count;
    reader_drop_node(parser, node, length, "arithmetic that does not end with its brackets");
}

bool reader_read_arithmetic(struct reader_parser *parser, char open, char close, unsigned *parts)
{
    unsigned deep = 0;
    while (!parser->failed) {
        int byte = reader_peek(parser);
        if (byte < 0)
            return false;
        if (byte == close && !deep)
            return true;
        if (byte == '$')
            reader_read_dollar(parser, READER_IN_DOUBLE);
        else if (byte == '`')
            reader_read_backquote(parser, READER_IN_DOUBLE);
        else if (byte == '"')
            reader_read_double(parser, READER_DOUBLE);
        else if (byte == '\'' && reader_plain_quotes(parser))
            parser->at += reader_plain_quotes(parser);
        else if (byte == '\'' || byte == '\\' || byte == '{' || byte == '}')
            return false;
        else {
            deep += byte == open;
            deep -= byte == close;
            *parts += byte == ';' && !deep;
            parser->at++;
        }
    }
    return false;
}

static void read_arithmetic(struct reader_parser *parser, uint32_t opening, char open, char close)
{
    if (!reader_may_end(parser, READER_ARITHMETIC, opening,
                        "arithmetic that does not end with its brackets") ||
        !reader_enter(parser))
        return;
    struct reader_node *node = reader_open_node(parser, READER_ARITHMETIC);
    unsigned parts = 0;
    const struct reader_parser before = *parser;
    parser->at += opening;
    bool ended = reader_read_arithmetic(parser, open, close, &parts) && !parser->failed;
    if (!ended || (close == ')' && reader_byte(parser, parser->at + 1) != ')'))
        reader_drop_arithmetic(parser, node, &before, opening);
    reader_leave(parser);
    if (parser->failed)
        return;
    parser->at += opening - 1;
    reader_close_expansion(parser, node);
}

/* --- ${...} --- */

/* $'...' of plain bytes and \n \t \r: whatever bash makes of it within double quotes, it is only text. */
static bool plain_ansi(const struct reader_parser *parser)
{
    uint32_t at = parser->at + 2;
    for (int byte; (byte = reader_byte(parser, at)) != '\''; at++) {
        bool escapes = byte == '\\' && reader_byte(parser, at + 1) > 0 && strchr("ntr", parser->text[at + 1]);
        at += escapes;
        if (!escapes && !reader_name_byte(byte) && (byte <= 0 || !strchr(" .,:-", byte)))
            return false;
    }
    return true;
}

/* "..." in a here-document, where bash looks at it twice: only what is the same each time. */
static void read_double_in_document(struct reader_parser *parser)
{
    uint32_t from = parser->at;
    reader_read_double(parser, READER_DOUBLE);
    for (uint32_t at = from + 1; !parser->failed && at + 1 < parser->at; at++)
        if (strchr("\\'\"`", parser->text[at]))
            reader_fail(parser, from, from + 1, "quotes within quotes");
}

/* A quote in the operand of an expansion; PATTERN: behind # % / the single quote quotes in double quotes too. */
static void read_operand_quote(struct reader_parser *parser, enum reader_context context, bool pattern)
{
    uint32_t at = parser->at, plain;
    bool single = reader_peek(parser) == '\'';
    if (single && (context == READER_BARE || (pattern && context == READER_IN_DOUBLE))) {
        reader_read_single(parser);
    } else if (!single && context == READER_IN_DOCUMENT && !pattern) {
        read_double_in_document(parser);
    } else if (!single && context != READER_IN_DOCUMENT) {
        reader_read_double(parser, READER_DOUBLE);
        parser->quotes_within |= context == READER_IN_DOUBLE;
    } else if (single && !pattern && (plain = reader_plain_quotes(parser)) > 0) {
        parser->at += plain; /* they quote nothing, but bash looks for the brace behind them */
    } else {
        reader_fail(parser, at, at + 1, "quotes within quotes");
    }
}

/* Word text up to the closing brace. */
static void read_operand(struct reader_parser *parser, enum reader_context context, bool pattern)
{
    int byte;
    while (!parser->failed && (byte = reader_peek(parser)) != '}' && byte >= 0) {
        uint32_t at = parser->at;
        int next = reader_byte(parser, at + 1);
        if (byte == '$' && context != READER_BARE && next == '\'') {
            if (pattern && context == READER_IN_DOUBLE && plain_ansi(parser))
                reader_read_ansi(parser);
            else
                reader_fail(parser, at, at + 1, "quotes within quotes");
        } else if (byte == '$')
            reader_read_dollar(parser, context);
        else if (byte == '`')
            reader_read_backquote(parser, context);
        else if (byte == '"' || byte == '\'')
            read_operand_quote(parser, context, pattern);
        else if ((byte == '<' || byte == '>') && next == '(')
            reader_fail(parser, at, at + 1, "a process substitution within an expansion");
        else
            parser->at += byte == '\\' && next >= 0 ? 2 : 1;
    }
}

static bool special_parameter(int byte)
{
    return byte > 0 && strchr("@*#?-$!", byte);
}

/* name, digits or one special character; false: none of them. */
static bool read_parameter_name(struct reader_parser *parser)
{
    int byte = reader_peek(parser);
    if (reader_name_start(byte)) {
        while (reader_name_byte(reader_peek(parser)))
            parser->at++;
    } else if (byte >= '0' && byte <= '9') {
        while (reader_peek(parser) >= '0' && reader_peek(parser) <= '9')
            parser->at++;
    } else if (special_parameter(byte)) {
        parser->at++;
    } else {
        return false;
    }
    return true;
}

static void read_parameter_subscript(struct reader_parser *parser)
{
    unsigned parts = 0;
    if (reader_peek(parser) != '[')
        return;
    parser->at++;
    if (reader_read_arithmetic(parser, '[', ']', &parts))
        parser->at++;
    else if (!parser->failed)
        reader_fail(parser, parser->at, parser->at, "a subscript that does not end");
}

/* The # of ${#x} or the ! of ${!x}, unless it is the parameter itself. */
static void read_parameter_prefix(struct reader_parser *parser, struct reader_node *node)
{
    int byte = reader_peek(parser), next = reader_byte(parser, parser->at + 1);
    if (byte == '#' && (reader_name_byte(next) || next == '@' || next == '*'))
        parser->at++;
    else if (byte == '!' && reader_name_byte(next)) {
        node->flags |= READER_INDIRECT;
        parser->at++;
    }
}

/* The operator behind the parameter; returns whether its operand is a pattern. Fails when it is none. */
static bool read_parameter_operator(struct reader_parser *parser)
{
    int byte = reader_peek(parser), next = reader_byte(parser, parser->at + 1);
    if (byte == '}')
        return false;
    if (byte == ':' && next > 0 && strchr("-=+?", next)) {
        parser->at += 2;
        return false;
    }
    if (byte > 0 && strchr("-=+?:@", byte)) {
        parser->at++;
        return false;
    }
    if (byte > 0 && strchr("#%/^,", byte)) {
        parser->at += next == byte ? 2 : 1;
        return true;
    }
    if (byte >= 0)
        reader_fail(parser, parser->at, parser->at + 1, "an expansion of no known form");
    return false;
}

static void read_braced_inside(struct reader_parser *parser, struct reader_node *node,
                               enum reader_context context)
{
    read_parameter_prefix(parser, node);
    if (!read_parameter_name(parser)) {
        reader_fail(parser, parser->at, parser->at + 1, "an expansion of no known form");
        return;
    }
    read_parameter_subscript(parser);
    int byte = reader_peek(parser), next = reader_byte(parser, parser->at + 1);
    if ((node->flags & READER_INDIRECT) && (byte == '*' || byte == '@') && next == '}') {
        parser->at++; /* ${!prefix*} */
        return;
    }
    bool pattern = read_parameter_operator(parser);
    read_operand(parser, context, pattern);
}

static void read_braced(struct reader_parser *parser, enum reader_context context)
{
    if (!reader_may_end(parser, READER_PARAMETER, 2, "an expansion that does not end") ||
        !reader_enter(parser))
        return;
    struct reader_node *node = reader_open_node(parser, READER_PARAMETER);
    parser->at += 2;
    read_braced_inside(parser, node, context);
    reader_leave(parser);
    if (!parser->failed && reader_peek(parser) != '}') {
        reader_drop_node(parser, node, 2, "an expansion that does not end");
        return;
    }
    if (!parser->failed)
        parser->at++;
    reader_close_expansion(parser, node);
}

/* $x, $1, $?: a name goes on behind a line continuation. */
static void read_short(struct reader_parser *parser)
{
    struct reader_node *node = reader_open_node(parser, READER_PARAMETER);
    int first = reader_byte(parser, parser->at + 1);
    parser->at += 2;
    if (reader_name_start(first)) {
        while (reader_name_byte(reader_peek(parser)))
            parser->at++;
        uint32_t behind = parser->at;
        while (reader_joins(parser, behind))
            behind += 2;
        if (behind > parser->at && reader_name_byte(reader_byte(parser, behind)))
            reader_mark(node, "a name over a line continuation");
    }
    reader_close_expansion(parser, node);
}

void reader_read_dollar(struct reader_parser *parser, enum reader_context context)
{
    uint32_t at = parser->at;
    int next = reader_byte(parser, at + 1);
    if (next == '(' && reader_byte(parser, at + 2) == '(' && !reader_is_subshell(parser, at + 1))
        read_arithmetic(parser, 3, '(', ')');
    else if (next == '(')
        read_substitution(parser, READER_COMMAND);
    else if (next == '{')
        read_braced(parser, context);
    else if (next == '[')
        read_arithmetic(parser, 2, '[', ']');
    else if (next == '\'' && context == READER_BARE)
        reader_read_ansi(parser);
    else if (next == '"' && context == READER_BARE)
        reader_read_double(parser, READER_LOCALE);
    else if (reader_joins(parser, at + 1))
        reader_fail(parser, at, at + 1, "a line continuation behind $");
    else if (reader_name_byte(next) || special_parameter(next))
        read_short(parser);
    else
        parser->at++;
}
