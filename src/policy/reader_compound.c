/* reader_compound.c - reserved words and the commands they begin. */
#include "policy/reader_private.h"

#include <string.h>

static const struct {
    const char *text;
    uint8_t length;
    enum reader_reserved reserved;
} reserved_words[] = {
    { "if", 2, READER_R_IF },         { "then", 4, READER_R_THEN },    { "elif", 4, READER_R_ELIF },
    { "else", 4, READER_R_ELSE },     { "fi", 2, READER_R_FI },        { "while", 5, READER_R_WHILE },
    { "until", 5, READER_R_UNTIL },   { "for", 3, READER_R_FOR },      { "select", 6, READER_R_SELECT },
    { "do", 2, READER_R_DO },         { "done", 4, READER_R_DONE },    { "case", 4, READER_R_CASE },
    { "esac", 4, READER_R_ESAC },     { "in", 2, READER_R_IN },        { "function", 8, READER_R_FUNCTION },
    { "time", 4, READER_R_TIME },     { "!", 1, READER_R_BANG },       { "{", 1, READER_R_OPEN },
    { "}", 1, READER_R_CLOSE },       { "[[", 2, READER_R_CONDITION }, { "]]", 2, READER_R_CONDITION_END },
    { "coproc", 6, READER_R_COPROC },
};

enum reader_reserved reader_find_reserved(const struct reader_parser *parser, uint32_t *length)
{
    uint32_t end = parser->at;
    int first = reader_peek(parser);
    while (end - parser->at < 9 && !reader_breaks(reader_byte(parser, end)))
        end++;
    int byte = reader_byte(parser, end);
    *length = end - parser->at;
    if (!reader_breaks(byte) || ((byte == '<' || byte == '>') && reader_byte(parser, end + 1) == '('))
        return READER_NOT_RESERVED;
    for (size_t i = 0; i < sizeof reserved_words / sizeof reserved_words[0]; i++)
        if (reserved_words[i].text[0] == first && reserved_words[i].length == *length &&
            memcmp(reserved_words[i].text, parser->text + parser->at, *length) == 0)
            return reserved_words[i].reserved;
    return READER_NOT_RESERVED;
}

bool reader_starts_command(const struct reader_parser *parser)
{
    uint32_t length;
    if (reader_peek(parser) == '(' || reader_starts_redirection(parser))
        return true;
    return reader_starts_word(parser) && reader_reserved_here(parser, &length) < READER_R_THEN;
}

bool reader_starts_compound(const struct reader_parser *parser)
{
    uint32_t length;
    enum reader_reserved reserved = reader_reserved_here(parser, &length);
    if (reader_peek(parser) == '(')
        return true;
    return reserved != READER_NOT_RESERVED && reserved < READER_R_THEN && reserved != READER_R_FUNCTION &&
           reserved != READER_R_TIME && reserved != READER_R_BANG && reserved != READER_R_COPROC;
}

static bool reserved_is(const struct reader_parser *parser, enum reader_reserved reserved)
{
    uint32_t length;
    return !parser->failed && parser->words_reserved && reader_reserved_here(parser, &length) == reserved;
}

static void expect(struct reader_parser *parser, enum reader_reserved reserved)
{
    uint32_t length;
    if (parser->failed)
        return;
    if (!parser->words_reserved || reader_reserved_here(parser, &length) != reserved) {
        reader_unexpected(parser);
        return;
    }
    reader_take(parser, length);
    parser->words_reserved = true;
}

/* A LIST that must not be empty. */
static void read_body(struct reader_parser *parser)
{
    reader_read_list(parser);
    if (!parser->failed && !parser->open->last->first)
        reader_unexpected(parser);
}

static void read_if(struct reader_parser *parser)
{
    expect(parser, READER_R_IF);
    read_body(parser);
    expect(parser, READER_R_THEN);
    read_body(parser);
    while (reserved_is(parser, READER_R_ELIF)) {
        expect(parser, READER_R_ELIF);
        read_body(parser);
        expect(parser, READER_R_THEN);
        read_body(parser);
    }
    if (reserved_is(parser, READER_R_ELSE)) {
        expect(parser, READER_R_ELSE);
        read_body(parser);
    }
    expect(parser, READER_R_FI);
}

static void read_loop(struct reader_parser *parser, enum reader_reserved reserved)
{
    expect(parser, reserved);
    read_body(parser);
    expect(parser, READER_R_DO);
    read_body(parser);
    expect(parser, READER_R_DONE);
}

static void read_do_or_group(struct reader_parser *parser)
{
    bool group = reserved_is(parser, READER_R_OPEN);
    expect(parser, group ? READER_R_OPEN : READER_R_DO);
    read_body(parser);
    expect(parser, group ? READER_R_CLOSE : READER_R_DONE);
}

/* A literal word in a place where bash takes any; one with quotes or a continuation is not read exactly. */
static void read_plain_word(struct reader_parser *parser)
{
    reader_skip_blanks(parser);
    if (parser->failed || !reader_starts_word(parser)) {
        reader_unexpected(parser);
        return;
    }
    struct reader_node *word = reader_read_word(parser, READER_WORD_PLAIN);
    bool name = !word->first && reader_name_start((unsigned char)parser->text[word->from]);
    for (uint32_t i = word->from; i < word->to && name; i++)
        name = reader_name_byte((unsigned char)parser->text[i]);
    if (!name)
        reader_mark(word, "not a plain name");
}

static void read_count_header(struct reader_parser *parser)
{
    unsigned parts = 0;
    uint32_t from = parser->at;
    reader_take(parser, 2);
    if (!reader_read_arithmetic(parser, '(', ')', &parts) || reader_byte(parser, parser->at + 1) != ')' ||
        parts != 2) {
        reader_fail(parser, parser->at > from ? parser->at : from, parser->at + 1,
                    "a count that is not three expressions");
        return;
    }
    reader_take(parser, 2);
    reader_skip_blanks(parser);
    if (reader_peek(parser) == ';' && reader_byte(parser, parser->at + 1) != ';')
        reader_take(parser, 1);
    parser->words_reserved = true;
    reader_skip_newlines(parser);
}

/* "in" words, perhaps nothing; up to where do stands. */
static void read_values(struct reader_parser *parser, struct reader_node *node)
{
    uint32_t length;
    parser->words_reserved = true;
    reader_skip_blanks(parser);
    if (reader_peek(parser) == ';') {
        reader_take(parser, 1);
        reader_skip_newlines(parser);
        return;
    }
    bool breaks = reader_peek(parser) == '\n';
    reader_skip_newlines(parser);
    if (parser->failed || reader_reserved_here(parser, &length) != READER_R_IN)
        return;
    if (breaks)
        reader_mark(node, "a line break before in"); /* within a case, bash takes what follows for patterns */
    reader_take(parser, length);
    node->flags |= READER_IN;
    for (reader_skip_blanks(parser); !parser->failed && reader_starts_word(parser);
         reader_skip_blanks(parser)) {
        struct reader_node *word = reader_read_word(parser, READER_WORD_PLAIN);
        if (word->flags & READER_JOINED)
            reader_mark(word, "a line continuation within a word that may mean more");
    }
    if (!parser->failed && reader_peek(parser) == ';')
        reader_take(parser, 1);
    else if (!parser->failed && reader_peek(parser) != '\n')
        reader_unexpected(parser);
    parser->words_reserved = true;
    reader_skip_newlines(parser);
}

static void read_for(struct reader_parser *parser, struct reader_node *node, enum reader_reserved reserved)
{
    expect(parser, reserved);
    reader_skip_blanks(parser);
    if (reserved == READER_R_FOR && reader_is(parser, "((")) {
        node->kind = READER_FOR_COUNT;
        read_count_header(parser);
    } else {
        read_plain_word(parser);
        if (!parser->failed)
            read_values(parser, node);
    }
    read_do_or_group(parser);
}

/* --- case --- */

static void read_patterns(struct reader_parser *parser)
{
    if (reader_peek(parser) == '(') {
        reader_take(parser, 1);
        reader_skip_blanks(parser);
    }
    for (;;) {
        if (parser->failed || !reader_starts_word(parser)) {
            reader_unexpected(parser);
            return;
        }
        struct reader_node *word = reader_read_word(parser, READER_WORD_PLAIN);
        if (parser->failed)
            return;
        if (reader_word_is(parser, word, "esac") || (word->flags & READER_JOINED))
            reader_mark(word, "a pattern that may be a reserved word");
        reader_skip_blanks(parser);
        if (reader_peek(parser) != '|')
            break;
        reader_take(parser, 1);
        reader_operator_ends(parser, "|&");
        reader_skip_blanks(parser);
    }
    if (reader_peek(parser) == ')')
        reader_take(parser, 1);
    else
        reader_unexpected(parser);
}

/* ;; ;& ;;& behind an item; false: none, and esac must follow. */
static bool read_item_end(struct reader_parser *parser)
{
    if (parser->failed || reader_peek(parser) != ';')
        return false;
    if (!reader_is(parser, ";;") && !reader_is(parser, ";&"))
        return false;
    reader_take(parser, reader_is(parser, ";;&") ? 3 : 2);
    reader_operator_ends(parser, "&;");
    parser->words_reserved = true;
    return true;
}

static void read_case_items(struct reader_parser *parser)
{
    bool more = true;
    while (more && !parser->failed) {
        reader_skip_newlines(parser);
        if (parser->failed || reserved_is(parser, READER_R_ESAC))
            return;
        struct reader_node *item = reader_open_node(parser, READER_CASE_ITEM);
        read_patterns(parser);
        parser->words_reserved = true;
        if (!parser->failed)
            reader_read_list(parser);
        more = read_item_end(parser);
        reader_close_node(parser, item);
    }
}

static void read_case(struct reader_parser *parser)
{
    uint32_t length;
    expect(parser, READER_R_CASE);
    reader_skip_blanks(parser);
    if (parser->failed || !reader_starts_word(parser)) {
        reader_unexpected(parser);
        return;
    }
    reader_read_word(parser, READER_WORD_PLAIN);
    reader_skip_newlines(parser);
    if (!parser->failed && reader_reserved_here(parser, &length) != READER_R_IN)
        reader_unexpected(parser);
    if (parser->failed)
        return;
    reader_take(parser, length);
    parser->words_reserved = true;
    read_case_items(parser);
    expect(parser, READER_R_ESAC);
}

/* --- brackets --- */

static void read_group(struct reader_parser *parser)
{
    expect(parser, READER_R_OPEN);
    read_body(parser);
    expect(parser, READER_R_CLOSE);
}

static void read_subshell(struct reader_parser *parser)
{
    reader_take(parser, 1);
    reader_operator_ends(parser, "(");
    parser->words_reserved = true;
    read_body(parser);
    if (!parser->failed && reader_peek(parser) != ')')
        reader_unexpected(parser);
    if (!parser->failed)
        reader_take(parser, 1);
    parser->words_reserved = true;
}

static void read_calculation(struct reader_parser *parser, struct reader_node *node)
{
    unsigned parts = 0;
    const struct reader_parser before = *parser;
    reader_take(parser, 2);
    bool ended = reader_read_arithmetic(parser, '(', ')', &parts) && !parser->failed;
    if (!ended || reader_byte(parser, parser->at + 1) != ')') {
        reader_drop_arithmetic(parser, node, &before, 2);
        return;
    }
    reader_take(parser, 2);
    parser->words_reserved = false;
}

static void read_redirections(struct reader_parser *parser)
{
    bool any = false;
    reader_skip_blanks(parser);
    while (!parser->failed && reader_starts_redirection(parser)) {
        reader_read_redirection(parser);
        reader_skip_blanks(parser);
        any = true;
    }
    if (any)
        parser->words_reserved = false;
}

static const struct {
    enum reader_reserved reserved;
    enum reader_kind kind;
} compounds[] = {
    { READER_R_IF, READER_IF },         { READER_R_WHILE, READER_WHILE },
    { READER_R_UNTIL, READER_UNTIL },   { READER_R_FOR, READER_FOR },
    { READER_R_SELECT, READER_SELECT }, { READER_R_CASE, READER_CASE },
    { READER_R_OPEN, READER_GROUP },    { READER_R_CONDITION, READER_CONDITION },
};

static enum reader_kind compound_kind(struct reader_parser *parser, enum reader_reserved *reserved)
{
    uint32_t length;
    *reserved = reader_reserved_here(parser, &length);
    for (size_t i = 0; i < sizeof compounds / sizeof compounds[0]; i++)
        if (compounds[i].reserved == *reserved)
            return compounds[i].kind;
    bool calculates = reader_is(parser, "((") && !reader_is_subshell(parser, parser->at);
    return calculates ? READER_CALCULATION : READER_SUBSHELL;
}

static void read_inside(struct reader_parser *parser, struct reader_node *node, enum reader_reserved reserved)
{
    switch (node->kind) {
    case READER_IF:
        read_if(parser);
        break;
    case READER_WHILE:
    case READER_UNTIL:
        read_loop(parser, reserved);
        break;
    case READER_FOR:
    case READER_SELECT:
        read_for(parser, node, reserved);
        break;
    case READER_CASE:
        read_case(parser);
        break;
    case READER_GROUP:
        read_group(parser);
        break;
    case READER_CONDITION:
        reader_read_condition(parser);
        break;
    case READER_CALCULATION:
        read_calculation(parser, node);
        break;
    default:
        read_subshell(parser);
    }
}

void reader_read_compound(struct reader_parser *parser)
{
    enum reader_reserved reserved;
    if (!reader_enter(parser))
        return;
    parser->words_reserved = true;
    enum reader_kind kind = compound_kind(parser, &reserved);
    if (!reader_may_end(parser, kind, 2, "arithmetic that does not end with its brackets")) {
        reader_leave(parser);
        return;
    }
    struct reader_node *node = reader_open_node(parser, kind);
    struct reader_node *parent = node->parent;
    read_inside(parser, node, reserved);
    reader_leave(parser);
    if (parser->open == parent)
        return; /* dropped */
    if (!parser->failed)
        read_redirections(parser);
    reader_close_node(parser, node);
}

/* --- function and coproc --- */

static void read_function(struct reader_parser *parser)
{
    struct reader_node *node = reader_open_node(parser, READER_FUNCTION);
    expect(parser, READER_R_FUNCTION);
    read_plain_word(parser);
    reader_skip_blanks(parser);
    if (!parser->failed && reader_peek(parser) == '(') {
        uint32_t at = parser->at;
        reader_take(parser, 1);
        reader_skip_blanks(parser);
        if (reader_peek(parser) == ')')
            reader_take(parser, 1);
        else
            parser->at = at;
    }
    parser->words_reserved = true;
    if (!parser->failed)
        reader_skip_newlines(parser);
    if (!parser->failed && !reader_starts_compound(parser))
        reader_unexpected(parser);
    if (!parser->failed)
        reader_read_compound(parser);
    reader_close_node(parser, node);
}

/* Behind coproc and any word, bash takes a reserved word as such. */
static bool second_is_reserved(struct reader_parser *parser, const struct reader_node *command)
{
    uint32_t at = parser->at, length;
    if (command->kind != READER_SIMPLE || !command->first->next)
        return false;
    parser->at = command->first->next->from;
    bool reserved = reader_reserved_here(parser, &length) != READER_NOT_RESERVED;
    parser->at = at;
    return reserved;
}

/* coproc COMPOUND, coproc NAME COMPOUND, coproc SIMPLE: the name is told by what follows it. */
static void read_coprocess(struct reader_parser *parser)
{
    struct reader_node *node = reader_open_node(parser, READER_COPROCESS);
    expect(parser, READER_R_COPROC);
    reader_skip_blanks(parser);
    uint32_t at = parser->at;
    while (reader_name_byte(reader_peek(parser)))
        parser->at++;
    reader_skip_blanks(parser);
    bool named = parser->at > at && reader_starts_compound(parser);
    parser->at = at;
    if (named)
        read_plain_word(parser);
    reader_skip_blanks(parser);
    if (!reader_starts_command(parser) || (!named && !reader_starts_compound(parser) &&
                                           reader_reserved_here(parser, &at) != READER_NOT_RESERVED))
        reader_unexpected(parser);
    else if (reader_starts_compound(parser))
        reader_read_compound(parser);
    else
        reader_read_simple(parser);
    if (!parser->failed && (node->last->kind == READER_FUNCTION || second_is_reserved(parser, node->last)))
        reader_mark(node, "a coprocess whose name is not clear");
    reader_close_node(parser, node);
}

void reader_read_command(struct reader_parser *parser)
{
    uint32_t length;
    if (!reader_starts_word(parser) && reader_peek(parser) != '(') {
        reader_read_simple(parser);
        return;
    }
    enum reader_reserved reserved = reader_reserved_here(parser, &length);
    if (reserved == READER_R_FUNCTION)
        read_function(parser);
    else if (reserved == READER_R_COPROC)
        read_coprocess(parser);
    else if (reserved == READER_R_BANG || reserved == READER_R_TIME || reserved >= READER_R_THEN)
        reader_unexpected(parser);
    else if (reader_starts_compound(parser))
        reader_read_compound(parser);
    else
        reader_read_simple(parser);
}
