/* reader_words.c - a word: quotes, escapes, expansions, and what its bare bytes may turn into (globs, braces,
 * tilde, an assignment).  Bare text makes no nodes; a word of bare text is a node without children. */
#include "policy/reader_private.h"

#include <string.h>

struct word_state {
    enum reader_word_mode mode;
    struct reader_node *word;
    bool bracket;           /* an unquoted [ was seen */
    unsigned brace;         /* 0 none, 1 after {, 2 after a comma or .. behind it */
    uint32_t subscript_end; /* behind the ] of name[...]; 0: none */
};

bool reader_word_is(const struct reader_parser *parser, const struct reader_node *word, const char *text)
{
    size_t length = strlen(text);
    return word->to - word->from == length && memcmp(parser->text + word->from, text, length) == 0;
}

bool reader_starts_word(const struct reader_parser *parser)
{
    int byte = reader_peek(parser);
    if (byte == '<' || byte == '>')
        return reader_byte(parser, parser->at + 1) == '(';
    return !reader_breaks(byte);
}

static void close_part(struct reader_parser *parser, struct reader_node *part)
{
    if (!parser->failed)
        parser->consumed = parser->at;
    reader_close_node(parser, part);
}

void reader_read_single(struct reader_parser *parser)
{
    if (!reader_may_end(parser, READER_SINGLE, 1, "a quote that does not end"))
        return;
    struct reader_node *part = reader_open_node(parser, READER_SINGLE);
    const char *from = parser->text + parser->at + 1;
    const char *close =
        parser->at + 1 < parser->end ? memchr(from, '\'', parser->end - parser->at - 1) : NULL;
    if (!close) {
        reader_drop_node(parser, part, 1, "a quote that does not end");
        return;
    }
    parser->at = (uint32_t)(close - parser->text) + 1;
    close_part(parser, part);
}

uint32_t reader_plain_quotes(const struct reader_parser *parser)
{
    uint32_t at = parser->at + 1;
    for (; reader_byte(parser, at) != '\''; at++) {
        int byte = reader_byte(parser, at);
        if (!reader_name_byte(byte) && (byte <= 0 || !strchr(" .,:/-+=@%_", byte)))
            return 0;
    }
    return reader_peek(parser) == '\'' ? at + 1 - parser->at : 0;
}

void reader_read_ansi(struct reader_parser *parser)
{
    if (!reader_may_end(parser, READER_ANSI, 2, "a quote that does not end"))
        return;
    struct reader_node *part = reader_open_node(parser, READER_ANSI);
    uint32_t at = parser->at + 2;
    while (at < parser->end && parser->text[at] != '\'')
        at += parser->text[at] == '\\' ? 2 : 1;
    if (at >= parser->end) {
        reader_drop_node(parser, part, 2, "a quote that does not end");
        return;
    }
    parser->at = at + 1;
    close_part(parser, part);
}

void reader_read_double(struct reader_parser *parser, enum reader_kind kind)
{
    uint32_t opening = kind == READER_LOCALE ? 2 : 1;
    if (!reader_may_end(parser, kind, opening, "a quote that does not end") || !reader_enter(parser))
        return;
    struct reader_node *part = reader_open_node(parser, kind);
    parser->at += opening;
    int byte = 0;
    while (!parser->failed && (byte = reader_peek(parser)) != '"' && byte >= 0) {
        if (byte == '$')
            reader_read_dollar(parser, READER_IN_DOUBLE);
        else if (byte == '`')
            reader_read_backquote(parser, READER_IN_DOUBLE);
        else
            parser->at += byte == '\\' && parser->at + 1 < parser->end ? 2 : 1;
    }
    reader_leave(parser);
    if (!parser->failed && byte < 0) {
        reader_drop_node(parser, part, opening, "a quote that does not end");
        return;
    }
    if (!parser->failed)
        parser->at++;
    close_part(parser, part);
}

static void read_escape(struct reader_parser *parser, struct reader_node *word)
{
    if (parser->at + 1 >= parser->end) {
        reader_fail(parser, parser->at, parser->at + 1, "a backslash at the end");
        return;
    }
    struct reader_node *part = reader_open_node(parser, READER_ESCAPE);
    if (reader_joins(parser, parser->at))
        word->flags |= READER_JOINED;
    parser->at += 2;
    while (parser->at < parser->end && ((unsigned char)parser->text[parser->at] & 0xc0) == 0x80)
        parser->at++;
    close_part(parser, part);
}

/* Is [FROM, TO) a name? */
static bool name_span(const struct reader_parser *parser, uint32_t from, uint32_t to)
{
    if (from >= to || !reader_name_start(reader_byte(parser, from)))
        return false;
    for (uint32_t i = from; i < to; i++)
        if (!reader_name_byte(reader_byte(parser, i)))
            return false;
    return true;
}

/* name[...] where an assignment may stand: bash reads up to the ] whatever is in it; here, nothing that would
 * end a word or is quoted. */
static void read_subscript(struct reader_parser *parser, struct word_state *state)
{
    unsigned deep = 0;
    do {
        int byte = reader_peek(parser);
        if (byte == '$')
            reader_read_dollar(parser, READER_BARE);
        else if (byte == '"')
            reader_read_double(parser, READER_DOUBLE);
        else if (byte == '\'' && reader_plain_quotes(parser))
            parser->at += reader_plain_quotes(parser);
        else if (byte < 0 || reader_breaks(byte) || strchr("'`\\", byte))
            reader_fail(parser, parser->at, parser->at + 1, "a subscript that is not plain");
        else {
            deep += byte == '[';
            deep -= byte == ']';
            parser->at++;
        }
    } while (deep && !parser->failed);
    if (!parser->failed)
        state->subscript_end = parser->at;
    if (reader_joins(parser, parser->at))
        reader_fail(parser, parser->at, parser->at + 2, "a line continuation behind a subscript");
}

static void read_array(struct reader_parser *parser)
{
    if (!reader_may_end(parser, READER_ARRAY, 1, "an array that does not end"))
        return;
    struct reader_node *array = reader_open_node(parser, READER_ARRAY);
    parser->at++;
    while (!parser->failed) {
        reader_skip_blanks(parser);
        if (reader_peek(parser) == '\n' && parser->waiting_count == parser->waiting_base)
            reader_take(parser, 1);
        else if (reader_starts_word(parser))
            reader_read_word(parser, READER_WORD_ELEMENT);
        else
            break;
    }
    if (!parser->failed && reader_peek(parser) < 0) {
        reader_drop_node(parser, array, 1, "an array that does not end");
        return;
    }
    if (!parser->failed && reader_peek(parser) != ')')
        reader_unexpected(parser);
    if (!parser->failed)
        parser->at++;
    close_part(parser, array);
    if (!parser->failed && (reader_starts_word(parser) || reader_joins(parser, parser->at)))
        reader_unexpected(parser);
}

/* At the = of a word that may be an assignment. */
static void read_equals(struct reader_parser *parser, struct word_state *state)
{
    struct reader_node *word = state->word;
    uint32_t at = parser->at, name_end = at;
    bool appends = at > word->from && parser->text[at - 1] == '+';
    name_end -= appends;
    bool named = state->subscript_end ? name_end == state->subscript_end
                                      : !word->first && name_span(parser, word->from, name_end);
    parser->at++;
    if (word->kind == READER_ASSIGNMENT || !named ||
        (state->mode != READER_WORD_ASSIGNS && state->mode != READER_WORD_DECLARES))
        return;
    bool array = reader_peek(parser) == '(';
    if (state->mode == READER_WORD_DECLARES && !array)
        return;
    word->kind = READER_ASSIGNMENT;
    word->inner = parser->at;
    word->flags |= appends ? READER_APPENDS : 0;
    if (array)
        read_array(parser);
}

static void note_brace(struct word_state *state, int byte, int next)
{
    if (byte == '{' && !state->brace)
        state->brace = 1;
    else if (state->brace == 1 && (byte == ',' || (byte == '.' && next == '.')))
        state->brace = 2;
    else if (state->brace == 2 && byte == '}')
        state->word->flags |= READER_BRACES;
}

/* ~ stands for a folder at a word's start and behind = and : ; text before it that is not bare could be
 * anything. */
static void note_tilde(struct reader_parser *parser, struct reader_node *word)
{
    uint32_t at = parser->at, bare = word->last ? word->last->to : word->from;
    if (at == bare || strchr("=:", parser->text[at - 1]))
        word->flags |= READER_TILDE;
}

static void read_bare(struct reader_parser *parser, struct word_state *state, int byte)
{
    struct reader_node *word = state->word;
    uint32_t at = parser->at;
    switch (byte) {
    case '*':
    case '?':
        word->flags |= READER_GLOBS;
        break;
    case '[':
        state->bracket = true;
        if ((state->mode == READER_WORD_ASSIGNS && !word->first && !state->subscript_end &&
             name_span(parser, word->from, at)) ||
            (state->mode == READER_WORD_ELEMENT && at == word->from)) {
            read_subscript(parser, state);
            word->flags |= READER_GLOBS;
            return;
        }
        break;
    case ']':
        word->flags |= state->bracket ? READER_GLOBS : 0;
        break;
    case '~':
        note_tilde(parser, word);
        break;
    case '=':
        read_equals(parser, state);
        return;
    default:
        note_brace(state, byte, reader_byte(parser, at + 1));
    }
    parser->at++;
}

/* What begins with one of \\ ' " ` $ */
static void read_quoting(struct reader_parser *parser, struct reader_node *word, int byte)
{
    if (byte == '\\')
        read_escape(parser, word);
    else if (byte == '\'')
        reader_read_single(parser);
    else if (byte == '"')
        reader_read_double(parser, READER_DOUBLE);
    else if (byte == '`')
        reader_read_backquote(parser, READER_BARE);
    else
        reader_read_dollar(parser, READER_BARE);
}

/* Behind =~ parentheses and bars are the expression's, and so are those of @(a|b) where a pattern stands; up to
 * the ) of the same level. */
static void read_pattern_group(struct reader_parser *parser, struct reader_node *word)
{
    unsigned deep = 0;
    do {
        int byte = reader_peek(parser), next = reader_byte(parser, parser->at + 1);
        bool process = (byte == '<' || byte == '>') && next == '(';
        if (byte < 0 || byte == '\n' || process || (byte == '\\' && next < 0))
            reader_fail(parser, parser->at, parser->at + 1, "a pattern that is not plain");
        else if (strchr("'\"`$\\", byte))
            read_quoting(parser, word, byte);
        else {
            deep += byte == '(';
            deep -= byte == ')';
            parser->at++;
        }
    } while (deep && !parser->failed);
}

/* One part or run of bytes; false: the word ends here. */
static bool read_piece(struct reader_parser *parser, struct word_state *state)
{
    int byte = reader_peek(parser);
    bool extended = state->mode == READER_WORD_MATCH && byte > 0 && strchr("?*+@!", byte) &&
                    reader_byte(parser, parser->at + 1) == '(';
    parser->at += extended;
    if (extended || (state->mode == READER_WORD_PATTERN && byte == '(')) {
        state->word->flags |= READER_GLOBS;
        read_pattern_group(parser, state->word);
        return true;
    }
    if (state->mode == READER_WORD_PATTERN && byte == '|') {
        parser->at++;
        return true;
    }
    if (!reader_starts_word(parser))
        return false;
    switch (byte) {
    case '\\':
    case '\'':
    case '"':
    case '`':
    case '$':
        read_quoting(parser, state->word, byte);
        break;
    case '<':
    case '>':
        reader_read_process(parser);
        break;
    default:
        if (!reader_ordinary(byte)) {
            read_bare(parser, state, byte);
            break;
        }
        while (reader_ordinary(reader_peek(parser)))
            parser->at++;
    }
    return true;
}

/* Digits or {name} right before < or > are a descriptor; where one may stand, it was looked for before. */
static void check_descriptor(struct reader_parser *parser, const struct reader_node *word,
                             enum reader_word_mode mode)
{
    int byte = reader_peek(parser);
    bool digits = !word->first;
    if (byte != '<' && byte != '>')
        return;
    for (uint32_t i = word->from; i < parser->at && digits; i++)
        digits = parser->text[i] >= '0' && parser->text[i] <= '9';
    if ((digits && mode != READER_WORD_DESCRIPTOR) || (word->flags & READER_JOINED) ||
        parser->text[word->from] == '{')
        reader_unexpected(parser);
}

/* Bash expands braces before it looks into "`...`" and "${...}": double quotes within them end the outer ones
 * for it, and a brace between them is bare. */
static void check_braces(struct reader_parser *parser, struct reader_node *word)
{
    for (uint32_t i = word->from; i < word->to && !parser->failed; i++)
        if (parser->text[i] == '{' && (i == word->from || parser->text[i - 1] != '$')) {
            reader_mark(word, "braces and quotes within quotes");
            return;
        }
}

struct reader_node *reader_read_word(struct reader_parser *parser, enum reader_word_mode mode)
{
    bool quotes_within = parser->quotes_within;
    parser->quotes_within = false;
    struct word_state state = { .mode = mode, .word = reader_open_node(parser, READER_WORD) };
    while (!parser->failed && read_piece(parser, &state))
        ;
    if (mode == READER_WORD_PATTERN)
        state.word->flags |= READER_GLOBS;
    if (state.bracket && state.word->first)
        state.word->flags |= READER_GLOBS; /* a ] may be in a quoted part */
    if (!parser->failed)
        check_descriptor(parser, state.word, mode);
    if (!parser->failed)
        parser->consumed = parser->at;
    reader_close_node(parser, state.word);
    if (parser->quotes_within)
        check_braces(parser, state.word);
    parser->quotes_within = quotes_within;
    parser->words_reserved = false;
    return state.word;
}
