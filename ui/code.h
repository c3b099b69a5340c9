/* code.h - code as display lines, highlighted line by line. */
#ifndef SANDGATE_UI_CODE_H
#define SANDGATE_UI_CODE_H

#include "ui/wrap.h"

struct lexer_language;

/* Adds one line of code (no newline in it) as a logical line of FORM. STATE as in lexer_line; returns the one
 * behind it. */
unsigned code_add_line(struct lines *lines, const struct line_form *form,
                       const struct lexer_language *language, unsigned state, const char *line,
                       size_t length);
/* Adds all lines of TEXT. */
void code_add(struct lines *lines, const struct line_form *form, const struct lexer_language *language,
              const char *text, size_t length);

#endif
