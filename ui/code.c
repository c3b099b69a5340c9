/* code.c - see code.h. */
#include "ui/code.h"

#include "matter/lexer.h"

#include <string.h>

static const enum style token_styles[] = {
    [TOKEN_TEXT] = STYLE_CODE,           [TOKEN_KEYWORD] = STYLE_CODE_KEYWORD,
    [TOKEN_STRING] = STYLE_CODE_STRING,  [TOKEN_COMMENT] = STYLE_CODE_COMMENT,
    [TOKEN_NUMBER] = STYLE_CODE_NUMBER,  [TOKEN_ADDED] = STYLE_DIFF_ADD,
    [TOKEN_REMOVED] = STYLE_DIFF_REMOVE, [TOKEN_HUNK] = STYLE_DIFF_HUNK,
};

struct target {
    struct lines *lines;
    const char *line;
};

static void add_token(void *data, enum token_kind kind, size_t offset, size_t length)
{
    const struct target *target = data;
    lines_add(target->lines, token_styles[kind], target->line + offset, length);
}

unsigned code_add_line(struct lines *lines, const struct line_form *form,
                       const struct lexer_language *language, unsigned state, const char *line, size_t length)
{
    struct target target = { lines, line };
    lines_begin(lines, form);
    state = lexer_line(language, state, line, length, add_token, &target);
    lines_end(lines);
    return state;
}

void code_add(struct lines *lines, const struct line_form *form, const struct lexer_language *language,
              const char *text, size_t length)
{
    unsigned state = LEXER_START;
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline ? (size_t)(newline - text) : length;
        size_t line = end > at && text[end - 1] == '\r' ? end - 1 : end;
        state = code_add_line(lines, form, language, state, text + at, line - at);
        at = end + 1;
    }
}
