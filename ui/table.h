/* table.h - a table of an answer as display lines. */
#ifndef SANDGATE_UI_TABLE_H
#define SANDGATE_UI_TABLE_H

#include "ui/wrap.h"

struct markdown;
struct markdown_block;

/* Adds the table BLOCK of DOCUMENT behind FORM's prefixes, in BASE.  Columns are as wide as their widest cell;
 * when that is too wide for LINES they are shrunk and cells wrapped; when not even that fits, each row is
 * written as text. */
void table_add(struct lines *lines, const struct markdown *document, const struct markdown_block *block,
               const struct line_form *form, enum style base);

#endif
