/* composer_keys.h - a key as the characters that a terminal sends for it, which is what libedit reads. */
#ifndef SANDGATE_UI_COMPOSER_KEYS_H
#define SANDGATE_UI_COMPOSER_KEYS_H

#include <stddef.h>
#include <wchar.h>

struct key;

enum { KEY_SEQUENCE = 16 };

/* Writes the characters of KEY (no paste, mouse or focus) and a NUL; returns how many.  0: terminals have no
 * sequence for it.  Longer than 2: an escape sequence that libedit must know, or it takes the tail as text. */
size_t composer_key_sequence(const struct key *key, wchar_t sequence[KEY_SEQUENCE]);

#endif
