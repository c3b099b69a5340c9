/* reader_simple.c - simple commands and redirections. */
#include "policy/reader_private.h"

#include <string.h>

/* --- redirections --- */

static const struct {
    const char *text;
    enum reader_redirection redirection;
    const char *next; /* what would make it another operator */
} operators[] = {
    { "&>>", READER_BOTH_TO_END, "" },   { "&>", READER_BOTH_TO, ">" },     { "<<<", READER_HERE_STRING, "" },
    { "<<-", READER_HERE_STRIPPED, "" }, { "<<", READER_HERE, "<-" },       { "<&", READER_COPY_INPUT, "-" },
    { "<>", READER_FROM_TO, "" },        { "<", READER_FROM, "<>&(" },      { ">>", READER_TO_END, "" },
    { ">|", READER_TO_FORCED, "" },      { ">&", READER_COPY_OUTPUT, "-" }, { ">", READER_TO, ">&|(" },
};

/* The length of digits, or of {name}, that stand right before < or >; else 0. *NAMED says which. */
static uint32_t prefix_length(const struct reader_parser *parser, bool *named)
{
    uint32_t at = parser->at;
    *named = reader_byte(parser, at) == '{';
    if (*named) {
        if (!reader_name_start(reader_byte(parser, ++at)))
            return 0;
        while (reader_name_byte(reader_byte(parser, at)))
            at++;
        if (reader_byte(parser, at++) != '}')
            return 0;
    } else {
        while (reader_byte(parser, at) >= '0' && reader_byte(parser, at) <= '9')
            at++;
    }
    int byte = reader_byte(parser, at);
    bool operator=(byte == '<' || byte == '>') && reader_byte(parser, at + 1) != '(';
    return operator? at - parser->at : 0;
}

bool reader_starts_redirection(const struct reader_parser *parser)
{
    bool named;
    int byte = reader_peek(parser), next = reader_byte(parser, parser->at + 1);
    if (byte == '<' || byte == '>')
        return next != '(';
    if (byte == '&')
        return next == '>';
    return prefix_length(parser, &named) > 0;
}

static void read_prefix(struct reader_parser *parser, struct reader_node *node)
{
    bool named;
    uint32_t length = prefix_length(parser, &named);
    node->inner = READER_DEFAULT_DESCRIPTOR;
    if (!length)
        return;
    if (named)
        node->flags |= READER_NAMED;
    else if (length > 6)
        reader_fail(parser, parser->at, parser->at + length, "a descriptor out of range");
    else
        for (uint32_t i = node->inner = 0; i < length; i++)
            node->inner = node->inner * 10 + (uint32_t)(parser->text[parser->at + i] - '0');
    reader_take(parser, length);
}

static void read_operator(struct reader_parser *parser, struct reader_node *node)
{
    size_t i = 0;
    while (!reader_is(parser, operators[i].text))
        i++;
    node->redirection = (uint8_t)operators[i].redirection;
    reader_take(parser, (uint32_t)strlen(operators[i].text));
    reader_operator_ends(parser, operators[i].next);
}

/* >&- and <&- end behind the minus, whatever follows. */
static void check_copy(struct reader_parser *parser, struct reader_node *node, struct reader_node *target)
{
    if (node->redirection != READER_COPY_INPUT && node->redirection != READER_COPY_OUTPUT)
        return;
    if (parser->text[target->from] == '-' && target->to > target->from + 1)
        reader_mark(node, "a word right behind the minus that closes a descriptor");
}

static void wait_for_document(struct reader_parser *parser, struct reader_node *node)
{
    parser->has_document = true;
    if (parser->waiting_count == READER_DOCUMENTS)
        reader_fail(parser, node->from, parser->at, "too many here-documents on one line");
    else
        parser->waiting[parser->waiting_count++] = node;
}

void reader_read_redirection(struct reader_parser *parser)
{
    struct reader_node *node = reader_open_node(parser, READER_REDIRECTION);
    read_prefix(parser, node);
    if (!parser->failed)
        read_operator(parser, node);
    if (!parser->failed)
        reader_skip_blanks(parser);
    if (!parser->failed && !reader_starts_word(parser))
        reader_unexpected(parser);
    if (!parser->failed) {
        bool copies = node->redirection == READER_COPY_INPUT || node->redirection == READER_COPY_OUTPUT;
        struct reader_node *target =
            reader_read_word(parser, copies ? READER_WORD_DESCRIPTOR : READER_WORD_PLAIN);
        if (!parser->failed)
            check_copy(parser, node, target);
    }
    if (!parser->failed && (node->redirection == READER_HERE || node->redirection == READER_HERE_STRIPPED))
        wait_for_document(parser, node);
    reader_close_node(parser, node);
}

/* --- simple commands --- */

/* Their arguments may be name=(...). */
static const char *const declaring[] = { "declare", "export", "local", "readonly", "typeset" };

static bool declares(const struct reader_parser *parser, const struct reader_node *word)
{
    for (size_t i = 0; i < sizeof declaring / sizeof declaring[0]; i++)
        if (reader_word_is(parser, word, declaring[i]))
            return true;
    return false;
}

static bool plain_name(const struct reader_parser *parser, const struct reader_node *word)
{
    for (uint32_t i = word->from; i < word->to; i++)
        if (!reader_name_byte((unsigned char)parser->text[i]) && !strchr("-.:+@%", parser->text[i]))
            return false;
    return !word->first;
}

/* At the ( behind a command's first word. */
static void read_function_rest(struct reader_parser *parser, struct reader_node *simple)
{
    reader_take(parser, 1);
    reader_skip_blanks(parser);
    if (reader_peek(parser) != ')') {
        reader_unexpected(parser);
        return;
    }
    simple->kind = READER_FUNCTION;
    if (!plain_name(parser, simple->first))
        reader_mark(simple, "a function's name that is not plain");
    reader_take(parser, 1);
    parser->words_reserved = true;
    reader_skip_newlines(parser);
    if (!parser->failed && !reader_starts_compound(parser))
        reader_unexpected(parser);
    if (!parser->failed)
        reader_read_compound(parser);
}

static void read_simple_word(struct reader_parser *parser, struct reader_node *simple,
                             struct reader_node **command, bool redirected)
{
    enum reader_word_mode mode = READER_WORD_ASSIGNS;
    if (*command)
        mode = declares(parser, *command) ? READER_WORD_DECLARES : READER_WORD_PLAIN;
    struct reader_node *word = reader_read_word(parser, mode);
    if (parser->failed)
        return;
    if (redirected && word->last && word->last->kind == READER_ARRAY)
        reader_mark(word, "an array behind a redirection"); /* bash takes it at the beginning only */
    if (!*command && (word->flags & READER_JOINED))
        reader_mark(word, "a line continuation within a word that may mean more");
    if (*command || word->kind == READER_ASSIGNMENT)
        return;
    *command = word;
    if (simple->first != word)
        return;
    reader_skip_blanks(parser);
    if (reader_peek(parser) == '(')
        read_function_rest(parser, simple);
}

void reader_read_simple(struct reader_parser *parser)
{
    struct reader_node *simple = reader_open_node(parser, READER_SIMPLE), *command = NULL;
    bool redirected = false;
    while (!parser->failed && simple->kind == READER_SIMPLE) {
        reader_skip_blanks(parser);
        if (reader_starts_redirection(parser)) {
            reader_read_redirection(parser);
            redirected = true;
        } else if (reader_starts_word(parser))
            read_simple_word(parser, simple, &command, redirected);
        else
            break;
    }
    if (simple->kind == READER_SIMPLE)
        parser->words_reserved = false;
    if (!parser->failed && simple->kind == READER_SIMPLE && reader_peek(parser) == '(')
        reader_unexpected(parser);
    reader_close_node(parser, simple);
}
