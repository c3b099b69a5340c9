/* reader_condition.c - [[ ]]: its words, read by bash's little grammar so that nothing is taken that bash
 * refuses. */
#include "policy/reader_private.h"

#include <string.h>

static const char unary[] = "abcdefghknoprstuvwxzGLNORS";
static const char *const binary[] = { "=",   "==",  "!=",  "=~",  "-eq", "-ne", "-lt",
                                      "-le", "-gt", "-ge", "-nt", "-ot", "-ef" };

static bool at_end(const struct reader_parser *parser)
{
    return reader_is(parser, "]]") && reader_breaks(reader_byte(parser, parser->at + 2));
}

static bool at_join(const struct reader_parser *parser)
{
    return reader_is(parser, "&&") || reader_is(parser, "||");
}

/* A word of the condition; it must end in a blank or where a join or bracket stands, and begin as none. */
static struct reader_node *read_operand(struct reader_parser *parser, enum reader_word_mode mode)
{
    reader_skip_blanks(parser);
    bool pattern = mode == READER_WORD_PATTERN && reader_peek(parser) == '(';
    if (parser->failed || at_end(parser) || (!reader_starts_word(parser) && !pattern)) {
        reader_unexpected(parser);
        return NULL;
    }
    struct reader_node *word = reader_read_word(parser, mode);
    int byte = reader_peek(parser);
    if (!parser->failed && (byte == '<' || byte == '>' || byte == '('))
        reader_unexpected(parser); /* a descriptor, or a pattern where none may stand */
    if (!parser->failed && (word->flags & READER_JOINED))
        reader_mark(word, "a line continuation within a word that may mean more");
    return parser->failed ? NULL : word;
}

static bool is_unary(const struct reader_parser *parser, const struct reader_node *word)
{
    return word->to - word->from == 2 && parser->text[word->from] == '-' && parser->text[word->from + 1] &&
           strchr(unary, parser->text[word->from + 1]);
}

static void read_comparison(struct reader_parser *parser)
{
    reader_skip_blanks(parser);
    int byte = reader_peek(parser);
    if (at_end(parser) || at_join(parser) || byte == ')')
        return;
    if ((byte == '<' || byte == '>') && reader_breaks(reader_byte(parser, parser->at + 1)) &&
        !strchr("<>&|(", reader_byte(parser, parser->at + 1))) {
        reader_take(parser, 1);
        read_operand(parser, READER_WORD_PLAIN);
        return;
    }
    struct reader_node *operator= read_operand(parser, READER_WORD_PLAIN);
    if (!operator)
        return;
    for (size_t i = 0; i < sizeof binary / sizeof binary[0]; i++)
        if (reader_word_is(parser, operator, binary[i])) {
            bool pattern = strcmp(binary[i], "=~") == 0;
            bool matches = binary[i][0] == '=' || binary[i][0] == '!';
            read_operand(parser, pattern   ? READER_WORD_PATTERN
                                 : matches ? READER_WORD_MATCH
                                           : READER_WORD_PLAIN);
            return;
        }
    reader_fail(parser, operator->to, operator->to, "an operator that [[ ]] does not have");
}

/* One term; opening brackets and ! before it are taken by the caller. */
static void read_term(struct reader_parser *parser)
{
    struct reader_node *word = read_operand(parser, READER_WORD_PLAIN);
    if (!word)
        return;
    if (is_unary(parser, word))
        read_operand(parser, READER_WORD_PLAIN);
    else
        read_comparison(parser);
}

static bool at_bang(const struct reader_parser *parser)
{
    return reader_peek(parser) == '!' && reader_breaks(reader_byte(parser, parser->at + 1));
}

/* ! and ( before a term; newlines may stand anywhere among them. */
static void read_openings(struct reader_parser *parser, unsigned *deep)
{
    for (reader_skip_newlines(parser); !parser->failed; reader_skip_newlines(parser)) {
        if (at_bang(parser)) {
            reader_take(parser, 1);
        } else if (reader_peek(parser) == '(') {
            reader_take(parser, 1);
            if (reader_peek(parser) == '(' || reader_joins(parser, parser->at))
                reader_unexpected(parser);
            ++*deep;
        } else {
            return;
        }
    }
}

void reader_read_condition(struct reader_parser *parser)
{
    unsigned deep = 0;
    reader_take(parser, 2);
    for (;;) {
        read_openings(parser, &deep);
        if (!parser->failed)
            read_term(parser);
        if (!parser->failed)
            reader_skip_newlines(parser);
        while (!parser->failed && deep && reader_peek(parser) == ')') {
            reader_take(parser, 1);
            deep--;
            reader_skip_newlines(parser);
        }
        if (parser->failed || !at_join(parser))
            break;
        reader_take(parser, 2);
        reader_operator_ends(parser, "&|");
    }
    if (parser->failed)
        return;
    if (deep || !at_end(parser)) {
        reader_unexpected(parser);
        return;
    }
    reader_take(parser, 2);
    parser->words_reserved = false;
}
