/* fuzz_terminal_input.c - what a terminal sends: any bytes in any pieces give the same keys, each of them well
 * formed, and a paste that is clean.  The first byte says how the rest is cut. */
#include "ui/key_reader.h"

#include "base/buffer.h"
#include "base/utf8.h"
#include "loop/loop.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    utf8_set_locale();
    return 0;
}

static void check(bool good)
{
    if (!good)
        abort();
}

static void hear(void *data, const struct key *key)
{
    char name[KEY_NAME];
    struct key again;
    key_format(key, name);
    check(strlen(name) > 0);
    if (key->kind == INPUT_NAMED)
        check(key_parse(name, &again) && key_equal(key, &again));
    if (key->kind == INPUT_CHARACTER)
        check(key->code >= ' ' && key->code <= 0x10ffff && !(key->code >= 0x7f && key->code < 0xa0));
    if (key->kind == INPUT_PASTE)
        check(utf8_valid(key->text, key->length) && !memchr(key->text, '\r', key->length) &&
              !memchr(key->text, '\0', key->length));
    if (key->kind == INPUT_MOUSE)
        check(key->y >= 0 && key->x >= 0 && key->mouse >= MOUSE_LEFT && key->mouse <= MOUSE_WHEEL_DOWN);
    buffer_append_format(data, "%s@%d,%d:%zu ", name, key->y, key->x, key->length);
}

static void feed(struct buffer *names, const char *bytes, size_t length, size_t piece)
{
    struct loop *loop = loop_new();
    struct key_reader *reader = key_reader_new(loop, hear, names);
    key_reader_add(reader, "\033[25^", NAMED_F12, 0);
    for (size_t at = 0; at < length; at += piece)
        key_reader_feed(reader, bytes + at, piece > length - at ? length - at : piece);
    key_reader_free(reader);
    loop_free(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer whole = BUFFER_INIT, pieces = BUFFER_INIT;
    if (size < 2)
        return 0;
    feed(&whole, (const char *)data + 1, size - 1, size);
    feed(&pieces, (const char *)data + 1, size - 1, (size_t)data[0] % 7 + 1);
    check(whole.length == pieces.length && memcmp(whole.data, pieces.data, whole.length) == 0);
    buffer_release(&whole);
    buffer_release(&pieces);
    return 0;
}
