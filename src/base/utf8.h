/* utf8.h - UTF-8, clusters and columns.
 *
 * Boundaries of what a person calls a character come from utf8proc; columns come from glibc's wcwidth of
 * exactly what is handed to ncurses, so that ncurses, tmux and the terminal agree (deps.md 7). */
#ifndef SANDGATE_BASE_UTF8_H
#define SANDGATE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one code point of TEXT (LENGTH > 0).  Returns the bytes taken; for a bad sequence 1, and
 * *CODE = UTF8_BAD.  A sequence cut by the end of TEXT is bad too; utf8_is_partial tells the two apart. */
#define UTF8_BAD UINT32_MAX
size_t utf8_decode(const char *text, size_t length, uint32_t *code);

/* Encodes CODE into OUT (4 bytes at most, no NUL). Returns the bytes written. */
size_t utf8_encode(uint32_t code, char *out);

/* True when all of TEXT is well-formed UTF-8 (no surrogates, no overlong forms). */
bool utf8_valid(const char *text, size_t length);

/* The bytes at the start of TEXT that are well-formed: LENGTH, or the offset of the first bad byte. */
size_t utf8_valid_length(const char *text, size_t length);

/* The bytes at the end of TEXT that begin a sequence whose rest has not come yet: 0 to 3. */
size_t utf8_partial_tail(const char *text, size_t length);

/* The length in bytes of the first grapheme cluster of TEXT (LENGTH > 0). */
size_t utf8_cluster(const char *text, size_t length);

/* Columns of one code point as the terminal draws it: 0, 1 or 2; -1 when not printable. */
int utf8_code_columns(uint32_t code);

/* Sets a UTF-8 locale for this process: the person's, else C.UTF-8. Call once at the start. */
void utf8_set_locale(void);

/* Appends TEXT to a buffer with each bad byte replaced by U+FFFD. */
struct buffer;
void utf8_repair(struct buffer *out, const char *text, size_t length);

#endif
