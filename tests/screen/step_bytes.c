/* step_bytes.c - steps that look at every byte that reached the terminal. */
#include "step_call.h"

#include "glass.h"
#include "play.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

bool step_expect_no_bytes(struct call *call)
{
    play_settle(call->play);
    const struct buffer *output = glass_output(call->play->glass);
    char *text = step_text(call->argument);
    bool there = memmem(output->data, output->length, text, strlen(text)) != NULL;
    free(text);
    return !there || error_set(call->error, "the program wrote these bytes");
}

static bool bytes_are_there(struct play *play, const void *what)
{
    const struct buffer *output = glass_output(play->glass);
    return memmem(output->data, output->length, what, strlen(what)) != NULL;
}

bool step_wait_bytes(struct call *call)
{
    char *text = step_text(call->argument);
    bool came = play_until(call->play, call->play->patience, bytes_are_there, text);
    free(text);
    return came || error_set(call->error, "the program did not write these bytes");
}

bool step_expect_bells(struct call *call)
{
    play_settle(call->play);
    unsigned wanted = (unsigned)atoi(call->argument), rang = glass_bells(call->play->glass);
    return rang == wanted || error_set(call->error, "the bell rang %u times", rang);
}

/* Characters that must not reach a terminal as themselves. */
static bool is_hostile(uint32_t code)
{
    if (code < ' ')
        return !strchr("\a\b\t\n\r\016\017", (int)code);
    return code == UTF8_BAD || (code >= 0x7f && code < 0xa0) || code == 0xad ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xe0000 && code <= 0xe0fff);
}

/* The length of the escape sequence that BYTES begin with, 0: not one that a screen program uses. */
static size_t known_sequence(const char *bytes, size_t length)
{
    if (length < 2)
        return 0;
    size_t at = 2;
    switch (bytes[1]) {
    case '[':
        while (at < length && bytes[at] >= 0x20 && bytes[at] < 0x40)
            at++;
        return at < length && bytes[at] >= 0x40 && bytes[at] < 0x7f ? at + 1 : 0;
    case ']': /* titles and the clipboard */
        if (length < 4 || !(strchr("012", bytes[2]) || strncmp(bytes + 2, "52", 2) == 0))
            return 0;
        while (at < length && bytes[at] != '\a' && bytes[at] != '\033')
            at++;
        return at == length ? 0 : bytes[at] == '\a' ? at + 1 : at + 2;
    case '(':
    case ')':
        return length > 2 ? 3 : 0;
    default:
        return strchr("=>78M", bytes[1]) ? 2 : 0;
    }
}

bool step_expect_bytes_clean(struct call *call)
{
    play_settle(call->play);
    const struct buffer *output = glass_output(call->play->glass);
    for (size_t at = 0; at < output->length;) {
        const char *bytes = output->data + at;
        size_t left = output->length - at, taken;
        uint32_t code = 033;
        if (*bytes == '\033')
            taken = known_sequence(bytes, left);
        else if ((taken = utf8_decode(bytes, left, &code)), is_hostile(code))
            taken = 0;
        if (taken == 0)
            return error_set(call->error,
                             "byte %zu of the output begins what should not reach a terminal: %02x", at,
                             (unsigned char)*bytes);
        at += taken;
    }
    return true;
}
