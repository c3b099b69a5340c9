/* escape.c - the state machine of ECMA-48 sequences, as terminals read them.
 *
 * Each byte is looked at once, in the state that the bytes before it left; that is why the split of the input
 * does not matter.  What is left open must not hide what follows: a string (title, DCS) ends at a newline or
 * after STRING_CEILING bytes, and CAN, SUB and ESC end everything. */
#include "wire/escape.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "wire/escape_private.h"

#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 32, PARAMETER_CEILING = 65535, STRING_CEILING = 64 * 1024, TAB_STOP = 8 };
enum { BELL = 7, BACKSPACE = 8, CANCEL = 0x18, SUBSTITUTE = 0x1a, ESCAPE = 0x1b, DELETE = 0x7f };

enum state {
    TEXT,
    AFTER_ESCAPE,
    AFTER_INTERMEDIATE, /* ESC, then bytes like "(": one more to come */
    CONTROL,            /* CSI */
    STRING,             /* OSC, DCS, SOS, PM, APC */
    STRING_ESCAPE,      /* an ESC in it: a backslash ends the string, else another sequence begins */
};

struct escape {
    void (*line)(void *data, const struct escape_line *line);
    void *data;
    enum state state;
    struct escape_row row;
    struct escape_style style;
    struct escape_row_text rendered;

    char partial[4]; /* a code point whose last bytes have not come */
    size_t partial_length;

    struct escape_parameter parameters[PARAMETERS];
    size_t parameter_count;
    bool is_foreign; /* CSI with a mark like "?" or an intermediate: nothing of ours */
    size_t string_length;
};

struct escape *escape_new(void (*line)(void *data, const struct escape_line *line), void *data)
{
    struct escape *escape = xcalloc(1, sizeof(*escape));
    escape->line = line;
    escape->data = data;
    escape->style = (struct escape_style)ESCAPE_STYLE_PLAIN;
    buffer_init(&escape->rendered.text, 0);
    return escape;
}

void escape_free(struct escape *escape)
{
    if (escape == NULL)
        return;
    buffer_release(&escape->rendered.text);
    free(escape->rendered.spans);
    free(escape->row.cells);
    free(escape);
}

/* --- text --- */

static void tell_line(struct escape *escape, bool cut)
{
    escape_row_render(&escape->row, &escape->rendered);
    escape->rendered.line.cut = cut;
    escape_row_clear(&escape->row);
    escape->line(escape->data, &escape->rendered.line);
}

static void put(struct escape *escape, uint32_t code)
{
    if (escape_row_put(&escape->row, code, &escape->style))
        return;
    tell_line(escape, true);
    escape_row_put(&escape->row, code, &escape->style);
}

/* Takes what is whole out of the partial bytes; a byte that begins nothing good is put as it is. */
static void take_partial(struct escape *escape, bool is_end)
{
    while (escape->partial_length > 0) {
        size_t length = escape->partial_length;
        if (!is_end && utf8_partial_tail(escape->partial, length) == length)
            return;
        uint32_t code;
        size_t taken = utf8_decode(escape->partial, length, &code);
        if (code == UTF8_BAD)
            code = ESCAPE_BAD_BYTE | (unsigned char)escape->partial[0];
        put(escape, code);
        escape->partial_length -= taken;
        memmove(escape->partial, escape->partial + taken, escape->partial_length);
    }
}

static void take_text(struct escape *escape, unsigned char byte)
{
    if (byte < 0x80) {
        take_partial(escape, true);
        put(escape, byte);
    } else {
        escape->partial[escape->partial_length++] = (char)byte;
        take_partial(escape, false);
    }
}

/* Control bytes that act, in any state but a string.  False: BYTE is none of them. */
static bool take_control(struct escape_row *row, unsigned char byte)
{
    switch (byte) {
    case '\r':
        escape_row_move_to(row, 0);
        return true;
    case BACKSPACE:
        escape_row_left(row, 1);
        return true;
    case '\t':
        escape_row_move_to(row, (row->column / TAB_STOP + 1) * TAB_STOP);
        return true;
    case BELL:
        return true;
    default:
        return false;
    }
}

/* --- sequences --- */

static unsigned parameter(const struct escape *escape, size_t index, unsigned fallback)
{
    return index < escape->parameter_count && escape->parameters[index].value > 0
               ? escape->parameters[index].value
               : fallback;
}

static void run_control(struct escape *escape, unsigned char final)
{
    struct escape_row *row = &escape->row;
    if (escape->is_foreign)
        return;
    switch (final) {
    case 'm':
        escape_style_apply(&escape->style, escape->parameters, escape->parameter_count);
        break;
    case 'K':
        escape_row_erase(row, parameter(escape, 0, 0));
        break;
    case 'G':
    case '`':
        escape_row_move_to(row, parameter(escape, 0, 1) - 1);
        break;
    case 'C':
        escape_row_move_to(row, row->column + parameter(escape, 0, 1));
        break;
    case 'D':
        escape_row_left(row, parameter(escape, 0, 1));
        break;
    }
}

static void add_parameter(struct escape *escape, bool sub)
{
    if (escape->parameter_count == PARAMETERS)
        escape->is_foreign = true;
    else
        escape->parameters[escape->parameter_count++] = (struct escape_parameter){ 0, sub };
}

static void add_digit(struct escape *escape, unsigned digit)
{
    struct escape_parameter *last = &escape->parameters[escape->parameter_count - 1];
    last->value = last->value * 10 + digit;
    if (last->value > PARAMETER_CEILING)
        last->value = PARAMETER_CEILING;
}

static void take_in_control(struct escape *escape, unsigned char byte)
{
    if (byte >= '0' && byte <= '9') {
        add_digit(escape, (unsigned)(byte - '0'));
    } else if (byte == ';' || byte == ':') {
        add_parameter(escape, byte == ':');
    } else if (byte >= ' ' && byte <= '?') {
        escape->is_foreign = true;
    } else if (byte >= '@' && byte < DELETE) {
        escape->state = TEXT;
        run_control(escape, byte);
    } else if (byte >= 0x80) {
        escape->state = TEXT; /* no byte of a sequence: it was none */
        take_text(escape, byte);
    }
}

static void begin_control(struct escape *escape)
{
    escape->state = CONTROL;
    escape->is_foreign = false;
    escape->parameter_count = 0;
    add_parameter(escape, false);
}

static void take_after_escape(struct escape *escape, unsigned char byte)
{
    if (byte == '[') {
        begin_control(escape);
    } else if (memchr("]PX^_", byte, 5) != NULL) {
        escape->state = STRING;
        escape->string_length = 0;
    } else if (byte >= ' ' && byte <= '/') {
        escape->state = AFTER_INTERMEDIATE;
    } else {
        escape->state = TEXT;
        if (byte == 'c') /* full reset */
            escape->style = (struct escape_style)ESCAPE_STYLE_PLAIN;
        if (byte >= 0x80)
            take_text(escape, byte);
    }
}

static void take_after_intermediate(struct escape *escape, unsigned char byte)
{
    if (byte >= ' ' && byte <= '/')
        return;
    escape->state = TEXT;
    if (byte >= 0x80)
        take_text(escape, byte);
}

static void take_in_string(struct escape *escape, unsigned char byte)
{
    if (byte == BELL || ++escape->string_length > STRING_CEILING)
        escape->state = TEXT;
}

static void take_other(struct escape *escape, unsigned char byte)
{
    switch (escape->state) {
    case TEXT:
        take_text(escape, byte);
        break;
    case AFTER_ESCAPE:
        take_after_escape(escape, byte);
        break;
    case AFTER_INTERMEDIATE:
        take_after_intermediate(escape, byte);
        break;
    case CONTROL:
        take_in_control(escape, byte);
        break;
    case STRING:
        take_in_string(escape, byte);
        break;
    case STRING_ESCAPE:
        if (byte == '\\')
            escape->state = TEXT;
        else
            take_after_escape(escape, byte);
        break;
    }
}

static void take(struct escape *escape, unsigned char byte)
{
    bool in_string = escape->state == STRING;
    if (byte < ' ')
        take_partial(escape, true);
    if (byte == '\n') {
        escape->state = TEXT;
        tell_line(escape, false);
    } else if (byte == ESCAPE) {
        escape->state = in_string ? STRING_ESCAPE : AFTER_ESCAPE;
    } else if ((byte == CANCEL || byte == SUBSTITUTE) && escape->state != TEXT) {
        escape->state = TEXT;
    } else if (in_string || byte >= ' ' || !take_control(&escape->row, byte)) {
        take_other(escape, byte);
    }
}

void escape_feed(struct escape *escape, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        take(escape, (unsigned char)bytes[i]);
}

const struct escape_line *escape_current(struct escape *escape)
{
    escape_row_render(&escape->row, &escape->rendered);
    return &escape->rendered.line;
}

void escape_end(struct escape *escape)
{
    take_partial(escape, true);
    if (escape->row.count > 0)
        tell_line(escape, false);
}
