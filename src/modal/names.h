/* names.h - the shapes of Modal's names and ids (protocol: ids and common values, two sandbox backends). */
#ifndef SANDGATE_MODAL_NAMES_H
#define SANDGATE_MODAL_NAMES_H

#include <stdbool.h>

/* "sb-" and exactly 22 letters and digits: the older backend. Anything else belongs to the newer one. */
bool modal_id_is_v1(const char *sandbox_id);
/* Whether TEXT begins with PREFIX ("im-"). */
bool modal_id_has(const char *text, const char *prefix);
/* 1 to 64 of letters, digits, ".", "_", "-", and not the shape of an app's id. */
bool modal_name_valid(const char *name);
/* A letter or "_", then letters, digits, "_"; LENGTH bytes of NAME. */
bool modal_variable_valid(const char *name, int length);

#endif
