/* step_input.c - steps that are the person's hands: letters, keys, pastes, the mouse. */
#include "step_call.h"

#include "glass.h"
#include "play.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/utf8.h"
#include "ui/composer_keys.h"
#include "ui/key.h"
#include "ui/wide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool send_input(struct call *call, const void *bytes, size_t length)
{
    return glass_send(call->play->glass, bytes, length) ||
           error_set(call->error, "the program does not read its input");
}

bool step_type(struct call *call)
{
    char *text = step_text(call->argument);
    bool sent = send_input(call, text, strlen(text));
    free(text);
    return sent;
}

/* One character after the other, at a pace; what happens meanwhile is taken in.  The pace is a hand's: that the machine
 * keeps it is no condition of anything. */
bool step_typist(struct call *call)
{
    char *rest;
    long rate = strtol(call->argument, &rest, 10);
    if (rate < 1 || rate > 1000 || *rest != ' ')
        return error_set(call->error, "a typist is KEYS-PER-SECOND TEXT");
    char *text = step_text(rest + 1);
    bool sent = true;
    for (const char *at = text; sent && *at;) {
        uint32_t code;
        size_t length = utf8_decode(at, strlen(at), &code);
        int64_t next = clock_steady() + 1000 / rate;
        sent = send_input(call, at, length);
        at += length;
        for (int64_t left; sent && *at && (left = next - clock_steady()) > 0;)
            glass_turn(call->play->glass, (int)left);
    }
    free(text);
    return sent;
}

/* Appends what a terminal sends for the key NAME; false when there is no such key. */
static bool append_key(struct buffer *out, const char *name)
{
    struct key key;
    wchar_t sequence[KEY_SEQUENCE];
    if (!key_parse(name, &key))
        return false;
    if (key_is(&key, NAMED_ESCAPE, 0))
        return buffer_append_byte(out, '\033');
    if (key_is(&key, NAMED_TAB, MOD_SHIFT))
        return buffer_append_text(out, "\033[Z");
    size_t count = composer_key_sequence(&key, sequence);
    if (count == 1 && sequence[0] == L'\0')
        return buffer_append_byte(out, '\0');
    wide_to_utf8(out, sequence, count);
    return count > 0;
}

/* Keys one by one: two in one read could be taken for another key (ESC and a letter for Alt), also when the
 * letter comes from the step behind. */
bool step_key(struct call *call)
{
    char *names = xstrdup(call->argument), *rest = names;
    bool good = true;
    for (char *name; good && (name = strsep(&rest, " "));) {
        struct buffer bytes = BUFFER_INIT;
        if (*name && !append_key(&bytes, name))
            good = error_set(call->error, "no key has the name \"%s\"", name);
        else if (*name)
            good = send_input(call, bytes.data, bytes.length);
        buffer_release(&bytes);
        if (good && (rest || strcmp(name, "Escape") == 0))
            play_settle(call->play);
    }
    free(names);
    return good;
}

static void append_repeated(struct buffer *out, const char *argument)
{
    char *line;
    long count = strtol(argument, &line, 10);
    line += *line == ' ';
    const char *number = strstr(line, "%d");
    for (long i = 1; i <= count; i++) {
        buffer_append_text(out, i > 1 ? "\n" : "");
        if (number)
            buffer_append_format(out, "%.*s%ld%s", (int)(number - line), line, i, number + 2);
        else
            buffer_append_text(out, line);
    }
}

static bool append_paste(struct call *call, struct buffer *out)
{
    if (strncmp(call->argument, "repeat ", 7) == 0) {
        append_repeated(out, call->argument + 7);
    } else if (strncmp(call->argument, "file ", 5) == 0) {
        char *path = path_join(call->play->work, call->argument + 5);
        bool good = path_read_file(path, out, call->error);
        free(path);
        return good;
    } else {
        char *text = step_text(call->argument);
        buffer_append_text(out, *call->block ? call->block : text);
        free(text);
    }
    return true;
}

/* As terminals do it: newlines are sent as carriage returns. */
bool step_paste(struct call *call)
{
    struct buffer bytes = BUFFER_INIT;
    buffer_append_text(&bytes, "\033[200~");
    bool good = append_paste(call, &bytes);
    for (size_t i = 0; i < bytes.length; i++)
        if (bytes.data[i] == '\n')
            bytes.data[i] = '\r';
    buffer_append_text(&bytes, "\033[201~");
    good = good && send_input(call, bytes.data, bytes.length);
    buffer_release(&bytes);
    return good;
}

static bool send_mouse(struct call *call, int button, int row, int column, char end)
{
    char bytes[64];
    int length = snprintf(bytes, sizeof bytes, "\033[<%d;%d;%d%c", button, column + 1, row + 1, end);
    return send_input(call, bytes, (size_t)length);
}

bool step_click(struct call *call)
{
    int row, column;
    if (sscanf(call->argument, "%d %d", &row, &column) != 2) {
        char *text = step_text(call->argument);
        bool found = glass_find(call->play->glass, text, &row, &column);
        free(text);
        if (!found)
            return error_set(call->error, "this is not on the screen");
    }
    return send_mouse(call, 0, row, column, 'M') && send_mouse(call, 0, row, column, 'm');
}

/* With a click on TEXT both come in one piece, as when a click gives the window the focus. */
bool step_window(struct call *call)
{
    bool enters = strncmp(call->argument, "enters", 6) == 0;
    const char *text = enters ? call->argument + 6 : "";
    struct buffer bytes = BUFFER_INIT;
    int row, column;
    bool good = enters || strcmp(call->argument, "leaves") == 0;
    buffer_append_text(&bytes, enters ? "\033[I" : "\033[O");
    if (good && *text) {
        char *what = step_text(text + strspn(text, " "));
        good = glass_find(call->play->glass, what, &row, &column);
        free(what);
        if (good)
            buffer_append_format(&bytes, "\033[<0;%d;%dM\033[<0;%d;%dm", column + 1, row + 1, column + 1,
                                 row + 1);
    }
    good = good ? send_input(call, bytes.data, bytes.length)
                : error_set(call->error, "a window \"enters [TEXT]\" or \"leaves\"; TEXT is on the screen");
    buffer_release(&bytes);
    return good;
}

bool step_wheel(struct call *call)
{
    char direction[8];
    int row, column;
    if (sscanf(call->argument, "%7s %d %d", direction, &row, &column) != 3)
        return error_set(call->error, "a wheel is \"up ROW COLUMN\" or \"down ROW COLUMN\"");
    return send_mouse(call, strcmp(direction, "up") == 0 ? 64 : 65, row, column, 'M');
}
