/* key_reader.c - bytes in, keys out.
 *
 * Input waits in `pending` until a whole thing can be cut off its front: `cut` says how many bytes that took,
 * 0 when the rest has not come.  Then a timer runs, and when it fires the front is cut by force: a lone ESC is
 * Escape, ESC with a character is Alt, half of anything longer is thrown away.  Inside a paste nothing is
 * decoded; only its end mark is looked for. */
#include "ui/key_reader.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "loop/loop.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

enum {
    ESCAPE = 27,
    WAIT_ESCAPE = 25,        /* milliseconds until a lone ESC is the Escape key */
    WAIT_REST = 500,         /* until half of a longer sequence is given up */
    WAIT_PASTE = 2000,       /* silence that ends a paste without its end mark */
    SEQUENCE_LONGEST = 4096, /* a control string longer than this is thrown away */
    PARAMETERS = 4,
};

static const char paste_end[] = "\033[201~";

struct taught {
    char sequence[32];
    size_t length;
    enum named_key code;
    unsigned modifiers;
};

struct key_reader {
    struct loop *loop;
    struct loop_timer *timer;
    void (*pressed)(void *data, const struct key *key);
    void *data;
    struct buffer pending;
    size_t used; /* bytes of pending that are done with */
    bool pasting;
    bool truncated; /* the paste is over its ceiling */
    struct buffer paste;
    struct taught *taught;
    size_t taught_count, taught_capacity;
};

/* A control sequence taken apart: ESC [ PREFIX p;p;p FINAL */
struct sequence {
    char prefix; /* '<', '?', '>' or 0 */
    char final;
    int parameter[PARAMETERS]; /* -1: not given */
    int event;                 /* what follows a colon in the second one: 3 is a release */
};

struct key_reader *key_reader_new(struct loop *loop, void (*pressed)(void *data, const struct key *key),
                                  void *data)
{
    struct key_reader *reader = xcalloc(1, sizeof(*reader));
    reader->loop = loop;
    reader->pressed = pressed;
    reader->data = data;
    buffer_init(&reader->pending, 0);
    buffer_init(&reader->paste, KEY_PASTE_CEILING);
    return reader;
}

void key_reader_reset(struct key_reader *reader)
{
    loop_timer_cancel(reader->timer);
    reader->timer = NULL;
    buffer_release(&reader->pending);
    buffer_release(&reader->paste);
    reader->used = 0;
    reader->pasting = false;
}

void key_reader_free(struct key_reader *reader)
{
    if (!reader)
        return;
    key_reader_reset(reader);
    free(reader->taught);
    free(reader);
}

void key_reader_add(struct key_reader *reader, const char *sequence, enum named_key code, unsigned modifiers)
{
    size_t length = strlen(sequence);
    struct taught taught = { .length = length, .code = code, .modifiers = modifiers };
    if (length < 2 || length >= sizeof(taught.sequence) || sequence[0] != ESCAPE)
        return;
    memcpy(taught.sequence, sequence, length);
    reader->taught =
        array_reserve(reader->taught, &reader->taught_capacity, reader->taught_count + 1, sizeof(taught));
    reader->taught[reader->taught_count++] = taught;
}

/* --- telling --- */

static void tell_named(struct key_reader *reader, enum named_key code, unsigned modifiers)
{
    struct key key = { .kind = INPUT_NAMED, .code = code, .modifiers = modifiers };
    reader->pressed(reader->data, &key);
}

/* A character as the table in key.h wants it: Shift folded into it where the character shows it. */
static void tell_character(struct key_reader *reader, uint32_t code, unsigned modifiers)
{
    struct key key = { .kind = INPUT_CHARACTER, .code = code, .modifiers = modifiers };
    if (modifiers & MOD_CONTROL) {
        if (iswupper((wint_t)code))
            key.modifiers |= MOD_SHIFT;
        key.code = (uint32_t)towlower((wint_t)code);
    } else {
        if (modifiers & MOD_SHIFT)
            key.code = (uint32_t)towupper((wint_t)code);
        key.modifiers &= ~(unsigned)MOD_SHIFT;
    }
    reader->pressed(reader->data, &key);
}

/* The keys that have bytes of their own; 0 for none. */
static enum named_key named_byte(uint32_t code)
{
    switch (code) {
    case '\r':
        return NAMED_ENTER;
    case '\t':
        return NAMED_TAB;
    case 0x7f:
        return NAMED_BACKSPACE;
    case ESCAPE:
        return NAMED_ESCAPE;
    }
    return 0;
}

static void tell_code(struct key_reader *reader, uint32_t code, unsigned modifiers)
{
    enum named_key named = named_byte(code);
    if (code == '[' && modifiers == MOD_CONTROL)
        tell_named(reader, NAMED_ESCAPE, 0);
    else if (named)
        tell_named(reader, named, modifiers);
    else if (code == 0)
        tell_character(reader, ' ', modifiers | MOD_CONTROL);
    else if (code < 27)
        tell_character(reader, code + 'a' - 1, modifiers | MOD_CONTROL);
    else if (code < ' ')
        tell_character(reader, code + '@', modifiers | MOD_CONTROL);
    else if (!(code >= 0x80 && code < 0xa0)) /* C1 controls are nothing a person types */
        tell_character(reader, code, modifiers);
}

static void tell_paste(struct key_reader *reader)
{
    struct buffer lines = BUFFER_INIT, text = BUFFER_INIT;
    const char *bytes = reader->paste.data;
    for (size_t i = 0; i < reader->paste.length; i++) {
        if (bytes[i] == '\r') {
            buffer_append_byte(&lines, '\n');
            if (i + 1 < reader->paste.length && bytes[i + 1] == '\n')
                i++;
        } else if (bytes[i]) {
            buffer_append_byte(&lines, bytes[i]);
        }
    }
    utf8_repair(&text, lines.data, lines.length);
    struct key key = { .kind = INPUT_PASTE, .text = text.data, .length = text.length };
    key.truncated = reader->truncated;
    reader->pasting = false;
    buffer_release(&reader->paste);
    reader->pressed(reader->data, &key);
    buffer_release(&lines);
    buffer_release(&text);
}

/* --- control sequences --- */

static const struct {
    char final;
    enum named_key code;
} final_keys[] = {
    { 'A', NAMED_UP },     { 'B', NAMED_DOWN },   { 'C', NAMED_RIGHT }, { 'D', NAMED_LEFT },
    { 'H', NAMED_HOME },   { 'F', NAMED_END },    { 'P', NAMED_F1 },    { 'Q', NAMED_F1 + 1 },
    { 'R', NAMED_F1 + 2 }, { 'S', NAMED_F1 + 3 }, { 'M', NAMED_ENTER },
};

static const struct {
    int number;
    enum named_key code;
} tilde_keys[] = {
    { 1, NAMED_HOME },    { 2, NAMED_INSERT },    { 3, NAMED_DELETE },   { 4, NAMED_END },
    { 5, NAMED_PAGE_UP }, { 6, NAMED_PAGE_DOWN }, { 7, NAMED_HOME },     { 8, NAMED_END },
    { 11, NAMED_F1 },     { 12, NAMED_F1 + 1 },   { 13, NAMED_F1 + 2 },  { 14, NAMED_F1 + 3 },
    { 15, NAMED_F1 + 4 }, { 17, NAMED_F1 + 5 },   { 18, NAMED_F1 + 6 },  { 19, NAMED_F1 + 7 },
    { 20, NAMED_F1 + 8 }, { 21, NAMED_F1 + 9 },   { 23, NAMED_F1 + 10 }, { 24, NAMED_F12 },
};

/* The keypad of a terminal in application mode: ESC O and one of these. */
static const char keypad_letters[] = "jklmnopqrstuvwxy";
static const char keypad_characters[] = "*+,-./0123456789";

static enum named_key key_of_final(char final)
{
    for (size_t i = 0; i < ARRAY_SIZE(final_keys); i++)
        if (final_keys[i].final == final)
            return final_keys[i].code;
    return 0;
}

static enum named_key key_of_number(int number)
{
    for (size_t i = 0; i < ARRAY_SIZE(tilde_keys); i++)
        if (tilde_keys[i].number == number)
            return tilde_keys[i].code;
    return 0;
}

/* The parameter that xterm and all after it put behind a key: 1 plus flags. */
static unsigned modifiers_of(int parameter)
{
    unsigned flags = parameter > 0 ? (unsigned)parameter - 1 : 0;
    return (flags & 1 ? MOD_SHIFT : 0) | (flags & (2 | 8) ? MOD_META : 0) | (flags & 4 ? MOD_CONTROL : 0);
}

static void tell_mouse(struct key_reader *reader, int button, int x, int y)
{
    static const enum mouse_action presses[] = { MOUSE_LEFT, MOUSE_MIDDLE, MOUSE_RIGHT };
    struct key key = { .kind = INPUT_MOUSE, .x = x - 1, .y = y - 1 };
    int which = button & ~(4 | 8 | 16);
    if (x < 1 || y < 1)
        return;
    if (which >= 0 && which < 3)
        key.mouse = presses[which];
    else if (which == 64 || which == 65)
        key.mouse = which == 64 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
    else
        return;
    key.modifiers =
        (button & 4 ? MOD_SHIFT : 0) | (button & 8 ? MOD_META : 0) | (button & 16 ? MOD_CONTROL : 0);
    reader->pressed(reader->data, &key);
}

static void tell_focus(struct key_reader *reader, bool in)
{
    struct key key = { .kind = INPUT_FOCUS, .code = in };
    reader->pressed(reader->data, &key);
}

/* ESC [ ... ~ : numbered keys, modifyOtherKeys, the start of a paste. */
static void tell_tilde(struct key_reader *reader, const struct sequence *sequence)
{
    int number = sequence->parameter[0];
    unsigned modifiers = modifiers_of(sequence->parameter[1]);
    enum named_key code = key_of_number(number);
    if (number == 200) {
        reader->pasting = true;
        reader->truncated = false;
    } else if (number == 27 && sequence->parameter[2] > 0) {
        tell_code(reader, (uint32_t)sequence->parameter[2], modifiers);
    } else if (code) {
        tell_named(reader, code, modifiers);
    }
}

/* ESC [ code ; modifiers u */
static void tell_unicode(struct key_reader *reader, const struct sequence *sequence)
{
    int code = sequence->parameter[0];
    bool private_use = code >= 0xe000 && code <= 0xf8ff; /* keys that have no character */
    if (code > 0 && code <= 0x10ffff && !private_use && sequence->event != 3)
        tell_code(reader, (uint32_t)code, modifiers_of(sequence->parameter[1]));
}

static void tell_sequence(struct key_reader *reader, const struct sequence *sequence)
{
    enum named_key code = key_of_final(sequence->final);
    if (sequence->prefix == '<') {
        if (sequence->final == 'M')
            tell_mouse(reader, sequence->parameter[0], sequence->parameter[1], sequence->parameter[2]);
    } else if (sequence->prefix) {
        return; /* an answer to a question that we never asked */
    } else if (sequence->final == '~') {
        tell_tilde(reader, sequence);
    } else if (sequence->final == 'u') {
        tell_unicode(reader, sequence);
    } else if (sequence->final == 'Z') {
        tell_named(reader, NAMED_TAB, MOD_SHIFT);
    } else if (sequence->final == 'I' || sequence->final == 'O') {
        tell_focus(reader, sequence->final == 'I');
    } else if (code && sequence->final != 'M' && sequence->event != 3) {
        tell_named(reader, code, modifiers_of(sequence->parameter[1]));
    }
}

/* Reads the parameters in TEXT (between the bracket and the final byte). */
static void read_parameters(struct sequence *sequence, const char *text, size_t length)
{
    size_t which = 0;
    bool colon = false;
    for (size_t i = 0; i < PARAMETERS; i++)
        sequence->parameter[i] = -1;
    for (size_t i = 0; i < length && which < PARAMETERS; i++) {
        int *into = colon ? &sequence->event : &sequence->parameter[which];
        if (text[i] == ';') {
            which++;
            colon = false;
        } else if (text[i] == ':') {
            colon = true;
            sequence->event = 0;
        } else if (isdigit((unsigned char)text[i]) && *into < 1000000) {
            *into = (*into < 0 ? 0 : *into) * 10 + (text[i] - '0');
        }
    }
}

/* ESC [ M and three bytes: the mouse of old terminals. */
static size_t cut_old_mouse(struct key_reader *reader, const char *bytes, size_t length)
{
    if (length < 6)
        return 0;
    int button = (unsigned char)bytes[3] - 32;
    if ((button & 3) != 3 || button >= 64) /* 3 is a release */
        tell_mouse(reader, button, (unsigned char)bytes[4] - 32, (unsigned char)bytes[5] - 32);
    return 6;
}

static size_t cut_control_sequence(struct key_reader *reader, const char *bytes, size_t length)
{
    size_t at = 2;
    struct sequence sequence = { 0 };
    if (length >= 3 && bytes[2] == 'M')
        return cut_old_mouse(reader, bytes, length);
    if (length >= 3 && bytes[2] == '[') { /* the Linux console's F1 to F5 */
        if (length >= 4 && bytes[3] >= 'A' && bytes[3] <= 'E')
            tell_named(reader, NAMED_F1 + (enum named_key)(bytes[3] - 'A'), 0);
        return length >= 4 ? 4 : 0;
    }
    if (at < length && strchr("<=>?", bytes[at]) && bytes[at])
        sequence.prefix = bytes[at++];
    size_t start = at;
    while (at < length && bytes[at] >= 0x20 && bytes[at] < 0x40)
        at++;
    if (at == length)
        return length > SEQUENCE_LONGEST ? length : 0;
    if (bytes[at] < 0x40 || bytes[at] > 0x7e) /* broken off: what came goes, what breaks it stays */
        return at;
    sequence.final = bytes[at];
    read_parameters(&sequence, bytes + start, at - start);
    tell_sequence(reader, &sequence);
    return at + 1;
}

/* ESC O and a letter, perhaps with a modifier between. */
static size_t cut_single_shift(struct key_reader *reader, const char *bytes, size_t length)
{
    size_t at = 2;
    unsigned modifiers = 0;
    if (length > 2 && isdigit((unsigned char)bytes[2])) {
        modifiers = modifiers_of(bytes[2] - '0');
        at = 3;
    }
    if (at >= length)
        return 0;
    enum named_key code = key_of_final(bytes[at]);
    const char *keypad = bytes[at] ? strchr(keypad_letters, bytes[at]) : NULL;
    if (code) {
        tell_named(reader, code, modifiers);
    } else if (keypad) {
        tell_character(reader, (uint32_t)keypad_characters[keypad - keypad_letters], modifiers);
    } else {
        tell_character(reader, 'O', MOD_META);
        return 2;
    }
    return at + 1;
}

/* OSC, DCS and APC up to their end: never keys. */
static size_t cut_control_string(const char *bytes, size_t length)
{
    for (size_t i = 2; i < length; i++) {
        if (bytes[i] == '\a')
            return i + 1;
        if (bytes[i] == ESCAPE && i + 1 < length)
            return bytes[i + 1] == '\\' ? i + 2 : i;
    }
    return length > SEQUENCE_LONGEST ? length : 0;
}

/* --- cutting --- */

/* The taught sequence that BYTES begin with; *PARTIAL: they are the beginning of one. */
static const struct taught *find_taught(const struct key_reader *reader, const char *bytes, size_t length,
                                        bool *partial)
{
    const struct taught *best = NULL;
    for (size_t i = 0; i < reader->taught_count; i++) {
        const struct taught *taught = &reader->taught[i];
        size_t common = length < taught->length ? length : taught->length;
        if (memcmp(bytes, taught->sequence, common) != 0)
            continue;
        if (common < taught->length)
            *partial = true;
        else if (!best || best->length < taught->length)
            best = taught;
    }
    return best;
}

static size_t cut_character(struct key_reader *reader, const char *bytes, size_t length, unsigned modifiers)
{
    uint32_t code;
    size_t taken = utf8_decode(bytes, length, &code);
    if (code != UTF8_BAD)
        tell_code(reader, code, modifiers);
    else if (utf8_partial_tail(bytes, length) == length)
        return 0;
    return taken;
}

static size_t cut_escape(struct key_reader *reader, const char *bytes, size_t length)
{
    bool partial = false;
    if (length < 2)
        return 0;
    const struct taught *taught = find_taught(reader, bytes, length, &partial);
    if (taught) {
        tell_named(reader, taught->code, taught->modifiers);
        return taught->length;
    }
    switch (bytes[1]) {
    case '[':
        return cut_control_sequence(reader, bytes, length);
    case 'O':
        return cut_single_shift(reader, bytes, length);
    case ']':
    case 'P':
    case '_':
        return cut_control_string(bytes, length);
    case ESCAPE:
        tell_named(reader, NAMED_ESCAPE, 0);
        return 1;
    }
    if (partial)
        return 0;
    size_t taken = cut_character(reader, bytes + 1, length - 1, MOD_META);
    return taken ? taken + 1 : 0;
}

static void add_to_paste(struct key_reader *reader, const char *bytes, size_t length)
{
    size_t room = KEY_PASTE_CEILING - reader->paste.length;
    if (length > room) {
        length = room;
        reader->truncated = true;
    }
    buffer_append(&reader->paste, bytes, length);
}

/* Takes pasted bytes; keeps back what may be the beginning of the end mark. */
static size_t cut_paste(struct key_reader *reader, const char *bytes, size_t length)
{
    size_t mark = sizeof(paste_end) - 1, kept = mark - 1;
    const char *end = memmem(bytes, length, paste_end, mark);
    if (end) {
        size_t before = (size_t)(end - bytes);
        add_to_paste(reader, bytes, before);
        tell_paste(reader);
        return before + mark;
    }
    if (kept > length)
        kept = length;
    while (kept && memcmp(bytes + length - kept, paste_end, kept) != 0)
        kept--;
    add_to_paste(reader, bytes, length - kept);
    return length - kept;
}

static size_t cut(struct key_reader *reader, const char *bytes, size_t length)
{
    if (reader->pasting)
        return cut_paste(reader, bytes, length);
    if (bytes[0] == ESCAPE)
        return cut_escape(reader, bytes, length);
    return cut_character(reader, bytes, length, 0);
}

/* The rest did not come in time. */
static size_t cut_by_force(struct key_reader *reader, const char *bytes, size_t length)
{
    if (reader->pasting) {
        add_to_paste(reader, bytes, length);
        tell_paste(reader);
        return length;
    }
    if (bytes[0] == ESCAPE && length == 1)
        tell_named(reader, NAMED_ESCAPE, 0);
    else if (bytes[0] == ESCAPE && length == 2)
        tell_character(reader, (unsigned char)bytes[1], MOD_META);
    return length;
}

static void run(struct key_reader *reader, bool force);

static void time_is_up(void *data)
{
    struct key_reader *reader = data;
    reader->timer = NULL;
    run(reader, true);
}

static void wait_for_rest(struct key_reader *reader)
{
    loop_timer_cancel(reader->timer);
    reader->timer = NULL;
    if (!reader->pasting && !reader->pending.length)
        return;
    bool escape = reader->pending.data[0] == ESCAPE && reader->pending.length <= 2;
    int64_t after = reader->pasting ? WAIT_PASTE : escape ? WAIT_ESCAPE : WAIT_REST;
    reader->timer = loop_timer_add(reader->loop, after, time_is_up, reader);
}

/* Cuts keys off the front until the rest is missing.  PRESSED may reset the reader: so nothing is kept in
 * local variables over a call. */
static void run(struct key_reader *reader, bool force)
{
    reader->used = 0;
    while (force || reader->used < reader->pending.length) {
        const char *bytes = reader->pending.data + reader->used;
        size_t length = reader->pending.length - reader->used;
        size_t taken = force ? cut_by_force(reader, bytes, length) : cut(reader, bytes, length);
        force = false;
        if (!taken)
            break;
        reader->used += taken;
    }
    if (reader->used > reader->pending.length) /* it was reset */
        reader->used = reader->pending.length;
    buffer_remove(&reader->pending, 0, reader->used);
    reader->used = 0;
    wait_for_rest(reader);
}

void key_reader_feed(struct key_reader *reader, const char *bytes, size_t length)
{
    buffer_append(&reader->pending, bytes, length);
    run(reader, false);
}

bool key_reader_is_waiting(const struct key_reader *reader)
{
    return reader->timer != NULL;
}
