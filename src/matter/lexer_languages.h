/* lexer_languages.h - what a row of the lexer's table says; for lexer.c alone. */
#ifndef SANDGATE_MATTER_LEXER_LANGUAGES_H
#define SANDGATE_MATTER_LEXER_LANGUAGES_H

#include <stddef.h>

enum { STRINGS = 5 };

enum string_flag {
    LINES = 1,     /* goes on over the line's end */
    RAW = 2,       /* a backslash is only a backslash */
    CHARACTER = 4, /* a character: without its end nearby it is none (a lifetime, an apostrophe) */
};

enum language_flag {
    CASELESS = 1,       /* keywords in any case */
    SPACED_COMMENT = 2, /* a comment begins only behind a space */
    DIRECTIVES = 4,     /* #include */
    COLON_KEYS = 8,     /* "key": value */
    EQUAL_KEYS = 16,    /* key = value, [section] */
    TAGS = 32,          /* <tag attribute="string"> */
    DIFF = 64,          /* the first character says it all */
};

struct string_row {
    const char *open, *close;
    unsigned flags;
};

struct lexer_language {
    const char *name;
    const char *aliases; /* words of fences, endings and names of files; spaces around each */
    const char *line_comment, *other_line_comment;
    const char *comment_open, *comment_close;
    struct string_row strings[STRINGS]; /* longer openings first */
    const char *keywords;               /* spaces around each */
    unsigned flags;
};

extern const struct lexer_language lexer_languages[];
extern const size_t lexer_language_count;

#endif
