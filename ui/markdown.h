/* markdown.h - an answer in Markdown as display lines; made for streams.
 *
 * The owner keeps the text and hands it over whole each time it grew (best once a frame, before drawing); only
 * what lies behind the last closed top-level block is parsed and wrapped again, and an open fence is taken
 * line by line, so that 2 MB in 20-byte pieces cost little.  While the text grows a last line that could
 * still turn into something else (a table's delimiter row, a setext underline) is held back as text. */
#ifndef SANDGATE_UI_MARKDOWN_H
#define SANDGATE_UI_MARKDOWN_H

#include <stdbool.h>
#include <stddef.h>

struct lines;
struct rendering;

struct rendering *rendering_new(void);
void rendering_free(struct rendering *rendering);

/* Brings the lines up to TEXT (not kept), which begins with all that was given before; when it does not
 * (shorter than before), or WIDTH changed, everything is built again.  WHOLE: no more text comes. */
void rendering_update(struct rendering *rendering, const char *text, size_t length, int width, bool whole);
/* Borrowed until the next update; never NULL. */
const struct lines *rendering_lines(const struct rendering *rendering);

/* Code or a file's text, highlighted, one logical line a line: LANGUAGE as in a fence ("python", "c++") or a
 * file name ("setup.py"); NULL or unknown: plain. Appends to LINES. */
void markdown_add_code(struct lines *lines, const char *language, const char *text, size_t length);

#endif
