/* deed_private.h - what the files of one examination tell each other. */
#ifndef SANDGATE_POLICY_DEED_PRIVATE_H
#define SANDGATE_POLICY_DEED_PRIVATE_H

#include "policy/knowledge.h"

/* --- deed.c --- */
/* Does what is written to PATH go nowhere, or where the output goes anyway? */
bool deed_is_stream(const char *path);

/* --- deed_options.c --- */
/* The words from `first` on, into options and operands. */
void deed_read_words(struct examination *examination);
void deed_add_operand(struct examination *examination, const struct value *value);

/* --- deed_operands.c --- */
/* The operands from FIRST on, as the row says what they are. */
void deed_use_operands(struct examination *examination, size_t first);

/* --- deed_redirects.c --- */
void deed_redirect(struct examination *examination, const struct redirect *redirect);
void deed_assignments(struct examination *examination);

#endif
