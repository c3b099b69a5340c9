/* composer_keys.c - the sequences of xterm, in one form each; ui/line_editor.c binds these. */
#include "ui/composer_keys.h"

#include "base/memory.h"
#include "ui/key.h"

#include <stdio.h>

enum { ESCAPE = 033, DELETE = 0177 };

/* CSI keys: "ESC [ 1 ; M X" for a letter X, "ESC [ N ; M ~" for a number N. */
static const struct {
    enum named_key name;
    int number;
    char letter;
} rows[] = {
    { NAMED_UP, 1, 'A' },        { NAMED_DOWN, 1, 'B' },    { NAMED_RIGHT, 1, 'C' },
    { NAMED_LEFT, 1, 'D' },      { NAMED_HOME, 1, 'H' },    { NAMED_END, 1, 'F' },
    { NAMED_INSERT, 2, '~' },    { NAMED_DELETE, 3, '~' },  { NAMED_PAGE_UP, 5, '~' },
    { NAMED_PAGE_DOWN, 6, '~' }, { NAMED_F1, 11, '~' },     { NAMED_F1 + 1, 12, '~' },
    { NAMED_F1 + 2, 13, '~' },   { NAMED_F1 + 3, 14, '~' }, { NAMED_F1 + 4, 15, '~' },
    { NAMED_F1 + 5, 17, '~' },   { NAMED_F1 + 6, 18, '~' }, { NAMED_F1 + 7, 19, '~' },
    { NAMED_F1 + 8, 20, '~' },   { NAMED_F1 + 9, 21, '~' }, { NAMED_F1 + 10, 23, '~' },
    { NAMED_F12, 24, '~' },
};

static size_t csi_sequence(const struct key *key, wchar_t sequence[KEY_SEQUENCE])
{
    unsigned modifiers = (key->modifiers & MOD_SHIFT ? 1 : 0) + (key->modifiers & MOD_META ? 2 : 0) +
                         (key->modifiers & MOD_CONTROL ? 4 : 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if ((uint32_t)rows[i].name != key->code)
            continue;
        if (modifiers)
            return (size_t)swprintf(sequence, KEY_SEQUENCE, L"\033[%d;%u%c", rows[i].number, modifiers + 1,
                                    rows[i].letter);
        if (rows[i].number > 1)
            return (size_t)swprintf(sequence, KEY_SEQUENCE, L"\033[%d%c", rows[i].number, rows[i].letter);
        return (size_t)swprintf(sequence, KEY_SEQUENCE, L"\033[%c", rows[i].letter);
    }
    return 0;
}

/* The one character of KEY without Meta, -1: there is none. */
static wint_t plain_character(const struct key *key)
{
    unsigned modifiers = key->modifiers & ~(unsigned)MOD_META;
    if (key->kind == INPUT_NAMED) {
        if (modifiers)
            return WEOF;
        return key->code == NAMED_ENTER       ? L'\r'
               : key->code == NAMED_TAB       ? L'\t'
               : key->code == NAMED_BACKSPACE ? DELETE
                                              : WEOF;
    }
    if (!(modifiers & MOD_CONTROL))
        return (wint_t)key->code;
    if (modifiers & MOD_SHIFT)
        return WEOF;
    if (key->code == ' ')
        return 0;
    if (key->code == '/')
        return '_' - '@';
    return key->code >= '@' && key->code < DELETE ? (wint_t)(key->code & 0x1f) : WEOF;
}

static size_t enter_sequence(const struct key *key, wchar_t sequence[KEY_SEQUENCE])
{
    return (size_t)swprintf(sequence, KEY_SEQUENCE, L"\033[13;%cu", key->modifiers & MOD_SHIFT ? '2' : '5');
}

size_t composer_key_sequence(const struct key *key, wchar_t sequence[KEY_SEQUENCE])
{
    size_t count = 0;
    if (key->kind == INPUT_NAMED && key->code == NAMED_ENTER && (key->modifiers & (MOD_SHIFT | MOD_CONTROL)))
        return enter_sequence(key, sequence);
    wint_t character = plain_character(key);
    if (character == WEOF)
        return key->kind == INPUT_NAMED ? csi_sequence(key, sequence) : 0;
    if (key->modifiers & MOD_META)
        sequence[count++] = ESCAPE;
    sequence[count++] = (wchar_t)character;
    sequence[count] = 0;
    return count;
}
