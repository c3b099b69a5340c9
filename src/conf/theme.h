/* theme.h - a theme file: a style for each role of the screen.
 *
 * The file is YAML, one line a role: `role: "foreground background attributes"`.  A colour is "default", a
 * number from 0 to 255, one of the sixteen names ("red", "bright-red", ...) or "#rrggbb"; attributes are any of
 * bold, dim, italic, underline, reverse.  Which roles there are is the caller's knowledge. */
#ifndef SANDGATE_CONF_THEME_H
#define SANDGATE_CONF_THEME_H

#include <stdbool.h>
#include <stddef.h>

struct error;

enum theme_attribute {
    THEME_BOLD = 1,
    THEME_DIM = 2,
    THEME_ITALIC = 4,
    THEME_UNDERLINE = 8,
    THEME_REVERSE = 16,
};

enum {
    THEME_DEFAULT = -1,  /* the terminal's own colour */
    THEME_RGB = 1 << 24, /* set: the low 24 bits are 0xrrggbb; otherwise the colour is 0 to 255 */
};

struct theme_style {
    int foreground; /* THEME_DEFAULT, 0 to 255, or THEME_RGB | 0xrrggbb */
    int background;
    unsigned attributes; /* of enum theme_attribute */
    bool set;            /* the file names this role */
};

/* Reads the theme FILE and fills STYLES[i] for ROLES[i], COUNT of each.  A role that the file does not name
 * becomes {THEME_DEFAULT, THEME_DEFAULT, 0, false}.  A role that is not in ROLES, a colour or an attribute that
 * is none: false, all of them told, one "file:line:column: sentence" a line; STYLES is then not to be used. */
bool theme_read(const char *file, const char *const *roles, size_t count, struct theme_style *styles,
                struct error *error);

/* The path of the theme NAME: one with a slash is a path itself, any other is themes/NAME.yaml of the program's
 * data.  Caller frees. */
char *theme_path(const char *name);

/* The colour that TEXT names.  False: it names none. */
bool theme_colour(const char *text, int *colour);

#endif
