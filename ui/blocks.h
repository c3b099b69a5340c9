/* blocks.h - Markdown's blocks as display lines: prefixes of lists and quotes, spacing, spans' styles. */
#ifndef SANDGATE_UI_BLOCKS_H
#define SANDGATE_UI_BLOCKS_H

#include "ui/wrap.h"

struct markdown;
struct markdown_span;

enum { BLOCK_PREFIXES = 24 }; /* deeper nesting is drawn no further in */

/* Adds all blocks of DOCUMENT, a blank line between those that want one.  FOLLOWS: something stands above;
 * a blank line comes first. */
void blocks_add(struct lines *lines, const struct markdown *document, bool follows);

/* The style of a span in text that is otherwise BASE. */
enum style blocks_span_style(unsigned flags, enum style base);

#endif
