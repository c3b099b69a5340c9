/* lexer.h - what to highlight in code: a table-driven lexer that goes line by line.
 *
 * A language is a row: comments, strings, keywords, and a few flags.  The state between two lines is one
 * number, so a stream lexes each line once and nothing before it.  It colours; it does not understand: a
 * wrong guess costs a colour and nothing else. */
#ifndef SANDGATE_MATTER_LEXER_H
#define SANDGATE_MATTER_LEXER_H

#include <stddef.h>

enum token_kind {
    TOKEN_TEXT,
    TOKEN_KEYWORD, /* keywords, types, keys of data, commands of diff hunks */
    TOKEN_STRING,
    TOKEN_COMMENT,
    TOKEN_NUMBER,
    TOKEN_ADDED, /* diff */
    TOKEN_REMOVED,
    TOKEN_HUNK,
};

struct lexer_language;

/* By a fence's word ("py", "python", "c++", "console"), by a file name or its ending ("setup.py",
 * "Makefile"); case of ASCII ignored. NULL: unknown. */
const struct lexer_language *lexer_find(const char *name, size_t length);
const char *lexer_name(const struct lexer_language *language);
/* The languages of the table, for help and tests; NULL past the end. */
const struct lexer_language *lexer_at(size_t index);

enum { LEXER_START = 0 }; /* the state before the first line */

/* Cuts one line (no newline in it) into tokens and tells them left to right; together they cover all of it.
 * STATE is that at the line's start; returns the one at its end. LANGUAGE NULL: one
 * TOKEN_TEXT. */
unsigned lexer_line(const struct lexer_language *language, unsigned state, const char *line, size_t length,
                    void (*token)(void *data, enum token_kind kind, size_t offset, size_t length),
                    void *data);

#endif
