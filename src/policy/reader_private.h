/* reader_private.h - what the files of the reader share: the parser's state and who reads what.
 *
 * A recursive descent over the bytes, bounded by `depth`.  An error unwinds all of it (`failed`); the region
 * that was being read then marks the token and goes on behind it.  A construct without its end is dropped from
 * the tree before that, so that its inside is read anew without overlap. */
#ifndef SANDGATE_POLICY_READER_PRIVATE_H
#define SANDGATE_POLICY_READER_PRIVATE_H

#include "policy/reader.h"

enum { READER_DOCUMENTS = 16 }; /* here-documents that may wait for their line's end; bash takes no more */

struct reader_parser {
    struct reader *reader;
    const char *text;
    uint32_t at, end;
    uint32_t consumed;                             /* the end of the last token */
    struct reader_node *open;                      /* new nodes go into it */
    struct reader_node *waiting[READER_DOCUMENTS]; /* redirections whose body follows the line */
    unsigned waiting_count, waiting_base;          /* those below the base belong outside a substitution */
    unsigned depth;
    bool quotes_within; /* the word at hand has double quotes in an expansion in double quotes */
    bool has_document, behind_document; /* a here-document in the substitution at hand, a command behind it */
    bool words_reserved;                /* the last token lets a reserved word follow */
    bool documents_lost;                /* a here-document had no end: none is looked for any more */
    uint64_t lost; /* kinds, as bits, one of which had no end in this region: none is looked for any more */
    bool failed;
    uint32_t failed_from, failed_to;
    const char *failed_reason;
    size_t work, budget; /* bytes that are looked at again: as arithmetic before, within backquotes */
};

/* --- the tree (reader_tree.c) --- */
struct reader_node *reader_open_node(struct reader_parser *parser, enum reader_kind kind);
void reader_close_node(struct reader_parser *parser, struct reader_node *node);
/* Puts a new node of KIND in the place of CHILD, the last one of the open node, and CHILD into it. */
struct reader_node *reader_wrap_node(struct reader_parser *parser, struct reader_node *child,
                                     enum reader_kind kind);
/* May a construct of KIND, whose first LENGTH bytes are at hand, have an end? Else fails with REASON: so that
 * the rest of the text is looked at once for each kind, not once for each that has no end. */
bool reader_may_end(struct reader_parser *parser, enum reader_kind kind, uint32_t length, const char *reason);
/* NODE, the open one, was not ended: it leaves the tree, and its first LENGTH bytes are the error. */
void reader_drop_node(struct reader_parser *parser, struct reader_node *node, uint32_t length,
                      const char *reason);
void reader_mark(struct reader_node *node, const char *reason);
void reader_fail(struct reader_parser *parser, uint32_t from, uint32_t to, const char *reason);
/* One level deeper; false: too deep, failed. Each true one is followed by reader_leave. */
bool reader_enter(struct reader_parser *parser);
void reader_leave(struct reader_parser *parser);

/* Reads TEXT, that of the backquotes NODE without backslashes. */
const struct reader *reader_add_within(struct reader *reader, struct reader_node *node, const char *text,
                                       size_t length);

/* --- bytes and blanks (reader_list.c) --- */
static inline int reader_byte(const struct reader_parser *parser, uint32_t at)
{
    return at < parser->end ? (unsigned char)parser->text[at] : -1;
}
static inline int reader_peek(const struct reader_parser *parser)
{
    return reader_byte(parser, parser->at);
}
static inline bool reader_name_start(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}
static inline bool reader_name_byte(int byte)
{
    return reader_name_start(byte) || (byte >= '0' && byte <= '9');
}
enum { READER_BREAK = 1, READER_SPECIAL = 2, READER_RESERVED = 4 /* begins a reserved word */ };
extern const uint8_t reader_byte_classes[256];
/* Space, tab, newline ; & | ( ) < > and the end: what no word goes over. */
static inline bool reader_breaks(int byte)
{
    return byte < 0 || (reader_byte_classes[byte] & READER_BREAK);
}
/* A byte that is nothing but itself wherever it stands in a bare word. */
static inline bool reader_ordinary(int byte)
{
    return byte >= 0 && !(reader_byte_classes[byte] & (READER_BREAK | READER_SPECIAL));
}
bool reader_is(const struct reader_parser *parser, const char *text);
/* A backslash and a newline at AT? */
bool reader_joins(const struct reader_parser *parser, uint32_t at);
void reader_take(struct reader_parser *parser, uint32_t length);
/* Fails when the operator just taken goes on behind a line continuation with one of NEXT. */
void reader_operator_ends(struct reader_parser *parser, const char *next);
void reader_skip_some(struct reader_parser *parser);
/* Blanks, line continuations and a comment; mostly there are none. */
static inline void reader_skip_blanks(struct reader_parser *parser)
{
    int byte = reader_peek(parser);
    if (byte == ' ' || byte == '\t' || byte == '\\' || byte == '#')
        reader_skip_some(parser);
}
void reader_skip_newlines(struct reader_parser *parser); /* and blanks; reads the here-documents due */
void reader_unexpected(struct reader_parser *parser);

/* --- words (reader_words.c) --- */
enum reader_word_mode {
    READER_WORD_PLAIN,
    READER_WORD_ASSIGNS,    /* where an assignment may stand */
    READER_WORD_DECLARES,   /* after declare and its like: name=(...) may stand */
    READER_WORD_ELEMENT,    /* in an array */
    READER_WORD_PATTERN,    /* behind =~ */
    READER_WORD_MATCH,      /* behind == and != in [[ ]], where @(a|b) is a pattern */
    READER_WORD_DESCRIPTOR, /* behind >& and <&: digits are a descriptor whatever follows */
};
/* At the first byte of a word. */
struct reader_node *reader_read_word(struct reader_parser *parser, enum reader_word_mode mode);
bool reader_starts_word(const struct reader_parser *parser);
bool reader_word_is(const struct reader_parser *parser, const struct reader_node *word, const char *text);
void reader_read_double(struct reader_parser *parser, enum reader_kind kind);
void reader_read_single(struct reader_parser *parser);
void reader_read_ansi(struct reader_parser *parser);

/* At '...' with nothing in it that means anything in any reading: how long it is; else 0. */
uint32_t reader_plain_quotes(const struct reader_parser *parser);

/* --- expansions (reader_expansions.c) --- */
enum reader_context { READER_BARE, READER_IN_DOUBLE, READER_IN_DOCUMENT };
void reader_close_expansion(struct reader_parser *parser, struct reader_node *node);
void reader_read_dollar(struct reader_parser *parser, enum reader_context context);
void reader_read_backquote(struct reader_parser *parser, enum reader_context context);
void reader_read_process(struct reader_parser *parser);
/* At the two ( of what may be arithmetic: is it surely a subshell that begins with another, as ((a) | b)? */
bool reader_is_subshell(struct reader_parser *parser, uint32_t at);
/* NODE, the open one, begun when the parser was as BEFORE, is no arithmetic: as reader_drop_node. */
void reader_drop_arithmetic(struct reader_parser *parser, struct reader_node *node,
                            const struct reader_parser *before, uint32_t length);
/* Bytes up to CLOSE at the same level of OPEN, expansions read; false: failed. At CLOSE afterwards; *PARTS
 * counts the semicolons at the outer level. */
bool reader_read_arithmetic(struct reader_parser *parser, char open, char close, unsigned *parts);

/* --- lists, simple commands, redirections (reader_list.c, reader_simple.c) --- */
void reader_read_list(struct reader_parser *parser);
/* From where the parser is to its end, errors marked and gone over. */
void reader_read_region(struct reader_parser *parser);
void reader_read_simple(struct reader_parser *parser);
bool reader_starts_redirection(const struct reader_parser *parser);
void reader_read_redirection(struct reader_parser *parser);
void reader_read_documents(struct reader_parser *parser);

/* --- compound commands (reader_compound.c, reader_condition.c) --- */
enum reader_reserved {
    READER_NOT_RESERVED,
    READER_R_IF,
    READER_R_WHILE,
    READER_R_UNTIL,
    READER_R_FOR,
    READER_R_SELECT,
    READER_R_CASE,
    READER_R_FUNCTION,
    READER_R_TIME,
    READER_R_BANG,
    READER_R_OPEN,
    READER_R_CONDITION,
    READER_R_COPROC,
    /* those from here on do not begin a command */
    READER_R_THEN,
    READER_R_ELIF,
    READER_R_ELSE,
    READER_R_FI,
    READER_R_DO,
    READER_R_DONE,
    READER_R_ESAC,
    READER_R_CLOSE,
    READER_R_IN,
    READER_R_CONDITION_END,
};
enum reader_reserved reader_find_reserved(const struct reader_parser *parser, uint32_t *length);
static inline enum reader_reserved reader_reserved_here(const struct reader_parser *parser, uint32_t *length)
{
    int first = reader_peek(parser);
    *length = 0;
    if (first < 0 || !(reader_byte_classes[first] & READER_RESERVED))
        return READER_NOT_RESERVED;
    return reader_find_reserved(parser, length);
}
bool reader_starts_command(const struct reader_parser *parser);
void reader_read_command(struct reader_parser *parser);
bool reader_starts_compound(const struct reader_parser *parser);
void reader_read_compound(struct reader_parser *parser);
void reader_read_condition(struct reader_parser *parser);

/* --- after the reading (reader_modes.c) --- */
/* Marks what changes how bash reads on: options, variables. Returns the first marked node; NULL: none. */
const struct reader_node *reader_find_marks(struct reader *reader);

#endif
