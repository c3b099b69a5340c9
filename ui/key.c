/* key.c - names of keys, both ways, from one table. */
#include "ui/key.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    enum named_key code;
    const char *name;
} named_keys[] = {
    { NAMED_ENTER, "Enter" },   { NAMED_TAB, "Tab" },        { NAMED_BACKSPACE, "Backspace" },
    { NAMED_ESCAPE, "Escape" }, { NAMED_UP, "Up" },          { NAMED_DOWN, "Down" },
    { NAMED_LEFT, "Left" },     { NAMED_RIGHT, "Right" },    { NAMED_HOME, "Home" },
    { NAMED_END, "End" },       { NAMED_PAGE_UP, "PageUp" }, { NAMED_PAGE_DOWN, "PageDown" },
    { NAMED_INSERT, "Insert" }, { NAMED_DELETE, "Delete" },  { NAMED_F1, "F1" },
    { NAMED_F1 + 1, "F2" },     { NAMED_F1 + 2, "F3" },      { NAMED_F1 + 3, "F4" },
    { NAMED_F1 + 4, "F5" },     { NAMED_F1 + 5, "F6" },      { NAMED_F1 + 6, "F7" },
    { NAMED_F1 + 7, "F8" },     { NAMED_F1 + 8, "F9" },      { NAMED_F1 + 9, "F10" },
    { NAMED_F1 + 10, "F11" },   { NAMED_F12, "F12" },
};

static const struct {
    unsigned modifier;
    char letter;
} modifiers[] = { { MOD_CONTROL, 'C' }, { MOD_META, 'M' }, { MOD_SHIFT, 'S' } };

static const char *const mouse_names[] = {
    [MOUSE_LEFT] = "LeftClick",   [MOUSE_MIDDLE] = "MiddleClick",   [MOUSE_RIGHT] = "RightClick",
    [MOUSE_WHEEL_UP] = "WheelUp", [MOUSE_WHEEL_DOWN] = "WheelDown",
};

static const char *named_key_name(uint32_t code)
{
    for (size_t i = 0; i < sizeof(named_keys) / sizeof(named_keys[0]); i++)
        if (named_keys[i].code == code)
            return named_keys[i].name;
    return "?";
}

/* The name without its modifiers; SPACE is room for a character's bytes. */
static const char *plain_name(const struct key *key, char space[8])
{
    switch (key->kind) {
    case INPUT_NAMED:
        return named_key_name(key->code);
    case INPUT_PASTE:
        return "Paste";
    case INPUT_FOCUS:
        return key->code ? "FocusIn" : "FocusOut";
    case INPUT_MOUSE:
        return key->mouse >= MOUSE_LEFT && key->mouse <= MOUSE_WHEEL_DOWN ? mouse_names[key->mouse] : "Mouse";
    case INPUT_CHARACTER:
        break;
    }
    if (key->code == ' ')
        return "Space";
    space[utf8_encode(key->code, space)] = '\0';
    return space;
}

void key_format(const struct key *key, char name[KEY_NAME])
{
    char space[8];
    size_t length = 0;
    for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
        if (!(key->modifiers & modifiers[i].modifier))
            continue;
        name[length++] = modifiers[i].letter;
        name[length++] = '-';
    }
    snprintf(name + length, KEY_NAME - length, "%s", plain_name(key, space));
}

static unsigned modifier_of(char letter)
{
    for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++)
        if (modifiers[i].letter == letter)
            return modifiers[i].modifier;
    return 0;
}

static bool parse_plain(const char *name, struct key *key)
{
    for (size_t i = 0; i < sizeof(named_keys) / sizeof(named_keys[0]); i++) {
        if (strcasecmp(name, named_keys[i].name) != 0)
            continue;
        key->kind = INPUT_NAMED;
        key->code = named_keys[i].code;
        return true;
    }
    key->kind = INPUT_CHARACTER;
    if (strcasecmp(name, "Space") == 0) {
        key->code = ' ';
        return true;
    }
    size_t length = strlen(name);
    return length > 0 && utf8_decode(name, length, &key->code) == length && key->code != UTF8_BAD &&
           key->code > ' ' && key->code != 0x7f;
}

bool key_parse(const char *name, struct key *key)
{
    *key = (struct key){ 0 };
    while (name[0] && name[1] == '-' && name[2]) {
        unsigned modifier = modifier_of(name[0]);
        if (!modifier || (key->modifiers & modifier))
            return false;
        key->modifiers |= modifier;
        name += 2;
    }
    return parse_plain(name, key);
}

bool key_equal(const struct key *one, const struct key *other)
{
    return one->kind == other->kind && one->kind <= INPUT_NAMED && one->code == other->code &&
           one->modifiers == other->modifiers;
}

bool key_is_text(const struct key *key)
{
    return key->kind == INPUT_CHARACTER && !(key->modifiers & (MOD_CONTROL | MOD_META));
}

bool key_is(const struct key *key, enum named_key code, unsigned wanted)
{
    return key->kind == INPUT_NAMED && key->code == code && key->modifiers == wanted;
}

bool key_is_character(const struct key *key, uint32_t code, unsigned wanted)
{
    return key->kind == INPUT_CHARACTER && key->code == code && key->modifiers == wanted;
}
