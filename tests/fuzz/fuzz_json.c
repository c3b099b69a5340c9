/* fuzz_json.c - the checked JSON reader: what it takes is printed as one clean line and comes back the same. */
#include "base/json.h"

#include "base/error.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

/* Asks each value for everything, so that the sanitizers see what the getters touch. */
static void walk(const struct json *json)
{
    int64_t integer;
    json_number(json, 0);
    json_boolean(json, false);
    if (json_integer(json, &integer))
        check(json_is(json, JSON_NUMBER));
    if (json_text(json))
        check(utf8_valid(json_text(json), strlen(json_text(json))));
    for (size_t i = 0; i < json_count(json); i++) {
        const char *key = json_key_at(json, i);
        const struct json *child = key ? json_value_at(json, i) : json_at(json, i);
        check(child != NULL);
        check(!key || json_get(json, key) == child);
        walk(child);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = ERROR_INIT;
    struct json *json = json_parse((const char *)data, size, &error);
    check(!json == !!error.message);
    error_clear(&error);
    if (!json)
        return 0;
    walk(json);
    char *text = json_print(json);
    for (const char *byte = text; *byte; byte++)
        check((unsigned char)*byte >= 0x20 && *byte != 0x7f);
    struct json *again = json_parse(text, strlen(text), NULL);
    check(again != NULL);
    struct json *copy = json_copy(again);
    char *same = json_print(copy);
    check(strcmp(text, same) == 0);
    free(same);
    free(text);
    json_free(copy);
    json_free(again);
    json_free(json);
    return 0;
}
