/* wide.h - text as wide characters, which is what libedit keeps: to and from UTF-8, glyphs, clusters.
 *
 * A wide character here is one Unicode code point (glibc).  Lengths and positions count them. */
#ifndef SANDGATE_UI_WIDE_H
#define SANDGATE_UI_WIDE_H

#include <stddef.h>
#include <wchar.h>

struct buffer;
struct glyph;

/* TEXT as a new string (caller frees), *COUNT characters and a NUL. Bad bytes and NULs become U+FFFD. */
wchar_t *wide_from_utf8(const char *text, size_t length, size_t *count);
/* Appends TEXT as UTF-8; what is no code point becomes U+FFFD. */
void wide_to_utf8(struct buffer *out, const wchar_t *text, size_t count);

/* As visible_next: what the first glyph of TEXT (COUNT > 0) looks like. Returns its characters. */
size_t wide_glyph(const wchar_t *text, size_t count, struct glyph *glyph);
/* Characters of the first cluster of TEXT (COUNT > 0): what a person takes for one character. */
size_t wide_cluster(const wchar_t *text, size_t count);
/* Where the cluster before POSITION begins (POSITION > 0). */
size_t wide_cluster_before(const wchar_t *text, size_t position);

/* The line of TEXT that POSITION is in: where it begins, and where it ends (its newline, or COUNT). */
size_t wide_line_begin(const wchar_t *text, size_t position);
size_t wide_line_end(const wchar_t *text, size_t count, size_t position);

#endif
