/* style.h - how things look, asked for by role: code says STYLE_CALL_FAILED, never red.
 *
 * The table of roles (style.c) gives each a name, a sentence of help and the attributes it has without
 * colour.  A theme (themes/NAME.yaml) gives each role a foreground, a background and attributes; they are
 * mapped once to what the terminal can: exact colours, the nearest of 256, the nearest of 8, or the table's
 * attributes alone (a monochrome terminal, NO_COLOR).  What a state means never rests on colour alone: the
 * panes pair each with a word or a mark. */
#ifndef SANDGATE_UI_STYLE_H
#define SANDGATE_UI_STYLE_H

#include "conf/theme.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct styles;

enum style {
    STYLE_TEXT,
    STYLE_DIM,
    STYLE_BORDER,
    STYLE_BORDER_FOCUS,
    STYLE_TITLE,
    STYLE_TITLE_FOCUS,
    STYLE_USER,
    STYLE_ASSISTANT,
    STYLE_REASONING,
    STYLE_CALL_RUNNING,
    STYLE_CALL_WAITING,
    STYLE_CALL_DONE,
    STYLE_CALL_FAILED,
    STYLE_CALL_DENIED,
    STYLE_NOTICE,
    STYLE_ERROR,
    STYLE_MARK, /* what stands for a character that must not reach the terminal */
    STYLE_CODE,
    STYLE_CODE_KEYWORD,
    STYLE_CODE_STRING,
    STYLE_CODE_COMMENT,
    STYLE_CODE_NUMBER,
    STYLE_HEADING,
    STYLE_EMPHASIS,
    STYLE_STRONG,
    STYLE_LINK,
    STYLE_QUOTE,
    STYLE_TABLE,
    STYLE_LIST_MARKER,
    STYLE_SELECTION,
    STYLE_CURSOR_LINE,
    STYLE_BAR,
    STYLE_BAR_STATE,
    STYLE_BAR_WARNING,
    STYLE_BAR_AUTO,
    STYLE_CARD,
    STYLE_CARD_BORDER,
    STYLE_CARD_KEY,
    STYLE_CARD_DANGER,
    STYLE_DIFF_ADD,
    STYLE_DIFF_REMOVE,
    STYLE_DIFF_ADD_WORD,
    STYLE_DIFF_REMOVE_WORD,
    STYLE_DIFF_CONTEXT,
    STYLE_DIFF_HUNK,
    STYLE_OUTPUT,
    STYLE_OUTPUT_ERROR,
    STYLE_TREE_FOLDER,
    STYLE_TREE_LINK,
    STYLE_TREE_EXEC,
    STYLE_PLACEHOLDER,
    STYLE_SCROLLBAR,
    STYLE_SEARCH_MATCH,
    STYLE_COUNT
};

/* What the screen can show. */
enum style_depth { DEPTH_MONO, DEPTH_8, DEPTH_256, DEPTH_TRUE };

const char *style_name(enum style style); /* "call_failed" */
bool style_from_name(const char *name, enum style *style);
const char *style_help(enum style style); /* a sentence */
unsigned style_mono(enum style style);    /* theme_attribute flags: how it looks without colour */

/* Colours as conf/theme.h has them. The RGB of a colour (a palette's number in xterm's values), 0xRRGGBB; -1
 * for the terminal's own. */
int style_rgb(int colour);
/* The WCAG contrast of two 0xRRGGBB values, 1.0 to 21.0. */
double style_contrast(int one, int other);
/* The nearest of the 256 (16 to 255) or of the 8 basic colours to 0xRRGGBB. */
int style_nearest_256(int rgb);
int style_nearest_8(int rgb);

/* Looks without a screen: all roles plain until loaded or set.  A colour that is "default" is that of
 * STYLE_TEXT. */
struct styles *styles_new(void);
void styles_free(struct styles *styles);
void styles_set(struct styles *styles, enum style style, const struct theme_style *look);
/* What the theme says, defaults filled in from STYLE_TEXT. */
struct theme_style styles_look(const struct styles *styles, enum style style);
/* Reads the theme NAME (a file of themes/ in the program's data, or a path when it has a slash).  On failure
 * the former looks stay. */
bool styles_load(struct styles *styles, const char *name, struct error *error);
/* Maps the looks to colour pairs of the screen that is open; again after each load.  Before it is called, and
 * with DEPTH_MONO, the attributes of style_mono are drawn. */
void styles_map(struct styles *styles, enum style_depth depth);

/* For ui/draw.c and ui/paint.c: the attributes (attr_t) and the colour pair that curses is given. */
unsigned styles_attributes(const struct styles *styles, enum style style);
int styles_pair(const struct styles *styles, enum style style);

#endif
