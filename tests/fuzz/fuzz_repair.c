/* fuzz_repair.c - repair of arguments and of messages.  The first byte says whether the answer was complete.
 * What is taken is one JSON object and is taken again unchanged; a complete answer loses nothing that a cut
 * one gives; a repaired message is good UTF-8 without escaped NULs and surrogates alone. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "model/repair.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_object(const char *text)
{
    struct json *json = json_parse(text, strlen(text), NULL);
    check(json_is(json, JSON_OBJECT));
    json_free(json);
}

static void try_arguments(const char *text, size_t length, bool complete)
{
    struct error error = ERROR_INIT;
    char *got = repair_arguments(text, length, complete, &error);
    check(!got == !!error.message);
    if (got) {
        check_object(got);
        char *again = repair_arguments(got, strlen(got), false, NULL);
        check(again && strcmp(got, again) == 0);
        free(again);
        free(got);
    } else if (complete) {
        check(repair_arguments(text, length, false, NULL) == NULL);
    }
    error_clear(&error);
}

/* A text of good JSON stays as it is. */
static void try_message(const char *text, size_t length)
{
    struct buffer once = BUFFER_INIT, twice = BUFFER_INIT;
    check(repair_message(text, length, &once));
    check(utf8_valid(once.data, once.length));
    check(repair_message(once.data, once.length, &twice));
    check(once.length == twice.length && memcmp(once.data, twice.data, once.length) == 0);
    struct json *json = json_parse(text, length, NULL);
    check(!json || (once.length == length && memcmp(once.data, text, length) == 0));
    json_free(json);
    buffer_release(&once);
    buffer_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    size_t length = size - 1;
    char *text = malloc(length ? length : 1); /* without a NUL behind it */
    check(text != NULL);
    memcpy(text, data + 1, length);
    try_arguments(text, length, data[0] & 1);
    try_message(text, length);
    free(text);
    return 0;
}
