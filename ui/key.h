/* key.h - one thing that the person did at the terminal, and its name.
 *
 * One form for each: a letter with Control is the lower-case letter and MOD_CONTROL; Shift is kept only where
 * the character itself does not show it ("A" has none, "S-Tab" and "C-S-a" have).  Carriage return is Enter,
 * line feed is C-j, byte 127 is Backspace, byte 8 is C-h, NUL is C-Space, Control with [ is Escape.
 * (The prefixes are MOD_, NAMED_, INPUT_, because <curses.h> takes KEY_ for its own.) */
#ifndef SANDGATE_UI_KEY_H
#define SANDGATE_UI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum input_kind {
    INPUT_CHARACTER, /* code: a Unicode code point that can be typed into a text (see key_is_text) */
    INPUT_NAMED,     /* code: enum named_key */
    INPUT_PASTE,     /* text, length */
    INPUT_MOUSE,     /* mouse, y, x */
    INPUT_FOCUS,     /* the terminal's window got (code 1) or lost (code 0) the focus */
};

enum named_key {
    NAMED_ENTER = 1,
    NAMED_TAB,
    NAMED_BACKSPACE,
    NAMED_ESCAPE,
    NAMED_UP,
    NAMED_DOWN,
    NAMED_LEFT,
    NAMED_RIGHT,
    NAMED_HOME,
    NAMED_END,
    NAMED_PAGE_UP,
    NAMED_PAGE_DOWN,
    NAMED_INSERT,
    NAMED_DELETE,
    NAMED_F1, /* NAMED_F1 + 11 is F12 */
    NAMED_F12 = NAMED_F1 + 11,
    NAMED_KEYS
};

enum key_modifier { MOD_SHIFT = 1, MOD_META = 2, MOD_CONTROL = 4 };

enum mouse_action { MOUSE_LEFT = 1, MOUSE_MIDDLE, MOUSE_RIGHT, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct key {
    enum input_kind kind;
    unsigned modifiers; /* key_modifier flags; character, named, mouse */
    uint32_t code;
    enum mouse_action mouse; /* presses and wheel only */
    int y, x;                /* mouse: cell, 0 is the top left */
    const char *text;        /* paste: well-formed UTF-8, lines end in "\n", no NUL; borrowed for the call */
    size_t length;
    bool truncated; /* paste: it was larger than KEY_PASTE_CEILING and its rest was dropped */
};

enum { KEY_PASTE_CEILING = 16 * 1024 * 1024, KEY_NAME = 32 };

/* Writes the key's name: "a", "C-c", "M-Enter", "S-Tab", "PageUp", "F1", "Space", "C-Space"; for other
 * kinds "Paste", "WheelUp", "LeftClick", "FocusIn".  Modifiers stand in the order C- M- S-. */
void key_format(const struct key *key, char name[KEY_NAME]);
/* Reads a name as key_format writes it (modifiers in any order).  False when it names no key. */
bool key_parse(const char *name, struct key *key);
/* True when both are the same key (characters and named keys only). */
bool key_equal(const struct key *one, const struct key *other);
/* True for a character without Control or Meta: what an editor would insert. */
bool key_is_text(const struct key *key);
/* True for the named key CODE with exactly MODIFIERS. */
bool key_is(const struct key *key, enum named_key code, unsigned modifiers);
/* True for the character CODE with exactly MODIFIERS: key_is_character(key, 'c', MOD_CONTROL). */
bool key_is_character(const struct key *key, uint32_t code, unsigned modifiers);

#endif
