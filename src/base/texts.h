/* texts.h - a list of texts that a NULL ends, such as an argv or an environment.  NULL is an empty one. */
#ifndef SANDGATE_BASE_TEXTS_H
#define SANDGATE_BASE_TEXTS_H

#include <stddef.h>

size_t texts_count(const char *const *texts);
char **texts_copy(const char *const *texts); /* never NULL; free with texts_free */
/* Appends a copy of TEXT to *TEXTS, which moves. */
void texts_add(char ***texts, const char *text);
void texts_free(char **texts); /* the list and each text */

#endif
