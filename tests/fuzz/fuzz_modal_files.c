/* fuzz_modal_files.c - what a helper may say: a list, an entry, an error, a change.  The first byte says which.
 *
 * Of a list that is taken every name must be one step of a path, every path absolute, and the order kept. */
#include "base/memory.h"
#include "modal/file_changes.h"
#include "modal/file_entries.h"
#include "modal/file_helper.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check(const struct modal_entry *entry)
{
    if (entry->name[0] == '\0' || strchr(entry->name, '/') || strcmp(entry->name, "..") == 0)
        abort();
    if (entry->path[0] != '/' || entry->size < 0 || entry->mode > 07777)
        abort();
    if ((entry->type == MODAL_LINK) != (entry->target != NULL))
        abort();
}

static void parse(const char *text, size_t length, bool one)
{
    struct file_entries list = { 0 };
    if (file_entries_parse(&list, text, length, one)) {
        for (size_t i = 0; i < list.count && !one; i++)
            check(&list.entries[i]);
        for (size_t i = 1; i < list.count; i++)
            if (strcmp(list.entries[i - 1].name, list.entries[i].name) > 0)
                abort();
    }
    file_entries_release(&list);
}

static void fail(const char *text, size_t length)
{
    char *sentence = NULL;
    if (file_error("/p", text, length, 1, 0, &sentence) == MODAL_FILE_FINE || sentence[0] == '\0')
        abort();
    free(sentence);
}

static void changed(void *data, const struct modal_file_change *change)
{
    (void)data;
    if (change->path[0] != '/' || (change->new_path && change->new_path[0] != '/') || change->what[0] == '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *text = xmemdup(data + 1, size - 1); /* exactly so large: a byte too many is seen */
    switch (data[0] % 4) {
    case 0:
        parse(text, size - 1, false);
        break;
    case 1:
        parse(text, size - 1, true);
        break;
    case 2:
        fail(text, size - 1);
        break;
    default:
        file_change_parse(text, size - 1, changed, NULL);
    }
    free(text);
    return 0;
}
