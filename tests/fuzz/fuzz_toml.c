/* fuzz_toml.c - the TOML reader: what it takes has its spans right, and changing one value changes nothing else. */
#include "modal/toml.h"

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

/* Every entry of OLD but KEY of NAME is in NEW with the same value. */
static void check_kept(const struct toml *old, const struct toml *new, const char *name, const char *key)
{
    for (size_t i = 0; i < old->count; i++) {
        const struct toml_table *table = &old->tables[i], *kept = toml_table(new, table->name);
        check(kept != NULL);
        for (size_t j = 0; j < table->count; j++) {
            const struct toml_entry *was = &table->entries[j], *is = toml_entry(kept, was->key);
            if (strcmp(table->name, name) == 0 && strcmp(was->key, key) == 0)
                continue;
            check(is && is->kind == was->kind && is->integer == was->integer);
            check(strcmp(is->text, was->text) == 0);
        }
    }
}

static void check_set(const struct toml *toml, const uint8_t *data, size_t size, const char *name,
                      const char *key)
{
    struct buffer text = BUFFER_INIT;

    buffer_append(&text, data, size);
    check(toml_set(&text, name, key, "\"new\"", NULL));
    struct toml *changed = toml_parse(text.data, text.length, NULL);
    check(changed != NULL);
    const struct toml_entry *entry = toml_entry(toml_table(changed, name), key);
    check(entry && strcmp(entry->text, "new") == 0);
    check_kept(toml, changed, name, key);
    toml_free(changed);
    buffer_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = ERROR_INIT;
    struct toml *toml = toml_parse((const char *)data, size, &error);

    check(!toml == !!error.message);
    error_clear(&error);
    if (!toml)
        return 0;
    for (size_t i = 0; i < toml->count; i++)
        for (size_t j = 0; j < toml->tables[i].count; j++) {
            const struct toml_entry *entry = &toml->tables[i].entries[j];
            check(entry->start < entry->end && entry->end <= toml->tables[i].end);
        }
    check_set(toml, data, size, "default", "token_id");
    check_set(toml, data, size, "new \"table\"", "token_id");
    check_set(toml, data, size, toml->tables[toml->count - 1].name, "x");
    toml_free(toml);
    return 0;
}
