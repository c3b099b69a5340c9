/* modal_entries.c - records of find made into entries. */
#include "sandbox/modal_entries.h"

#include "base/memory.h"
#include "modal/files.h"

#include <stdlib.h>
#include <string.h>

/* A name is one name: no path, neither "." nor "..", except of the one that was asked for by its path. */
static bool good_name(const char *name)
{
    return name[0] && !strchr(name, '/') && strcmp(name, "..") != 0;
}

static enum sandbox_file_type type_of(char letter)
{
    return letter == 'f'   ? SANDBOX_FILE
           : letter == 'd' ? SANDBOX_FOLDER
           : letter == 'l' ? SANDBOX_LINK
                           : SANDBOX_OTHER;
}

static struct sandbox_entry *add(struct box_entries *entries)
{
    entries->list =
        array_reserve(entries->list, &entries->capacity, entries->count + 1, sizeof(*entries->list));
    return &entries->list[entries->count++];
}

/* A time in seconds with a fraction, in milliseconds; *END is what follows it. */
static int64_t read_time(const char *text, char **end)
{
    int64_t milliseconds = strtoll(text, end, 10) * 1000;
    if (**end != '.')
        return milliseconds;
    char *digits = *end + 1;
    int64_t fraction = 0;
    for (int i = 0; i < 3; i++)
        fraction = 10 * fraction + (digits[0] >= '0' && digits[0] <= '9' ? *digits++ - '0' : 0);
    *end = digits + strspn(digits, "0123456789");
    return milliseconds + fraction;
}

bool box_entries_add(struct box_entries *entries, const char *record, const char *target)
{
    char *at;
    if (strlen(record) < 10 || record[1] != ' ' || record[3] != ' ')
        return false;
    unsigned long mode = strtoul(record + 4, &at, 8);
    if (*at != ' ')
        return false;
    int64_t size = strtoll(at, &at, 10);
    int64_t modified = *at == ' ' ? read_time(at + 1, &at) : 0;
    if (*at != ' ' || size < 0 || !good_name(at + 1))
        return false;
    enum sandbox_file_type type = type_of(record[0]);
    *add(entries) = (struct sandbox_entry){
        .name = xstrdup(at + 1),
        .type = type,
        .size = size,
        .modified = modified,
        .mode = (unsigned)mode & 07777,
        .target = type == SANDBOX_LINK ? xstrdup(target) : NULL,
        .target_is_folder = type == SANDBOX_LINK && record[2] == 'd',
    };
    return true;
}

void box_entries_add_helped(struct box_entries *entries, const struct modal_entry *entry)
{
    static const enum sandbox_file_type types[] = { [MODAL_FILE] = SANDBOX_FILE,
                                                    [MODAL_FOLDER] = SANDBOX_FOLDER,
                                                    [MODAL_LINK] = SANDBOX_LINK,
                                                    [MODAL_OTHER] = SANDBOX_OTHER };
    if (!good_name(entry->name) || strcmp(entry->name, ".") == 0 || entry->type > MODAL_OTHER)
        return;
    bool link = entry->type == MODAL_LINK;
    *add(entries) = (struct sandbox_entry){
        .name = xstrdup(entry->name),
        .type = types[entry->type],
        .size = entry->size < 0 ? 0 : entry->size,
        .modified = (int64_t)(entry->modified * 1000),
        .mode = entry->mode & 07777,
        .target = link ? xstrdup(entry->target ? entry->target : "") : NULL,
    };
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct sandbox_entry *)a)->name, ((const struct sandbox_entry *)b)->name);
}

/* Of two that say they have the same name one is enough: the sandbox says what it likes. */
void box_entries_sort(struct box_entries *entries)
{
    size_t kept = 0;
    if (entries->count > 0)
        qsort(entries->list, entries->count, sizeof(*entries->list), compare);
    for (size_t i = 0; i < entries->count; i++) {
        if (kept > 0 && strcmp(entries->list[kept - 1].name, entries->list[i].name) == 0) {
            free((char *)entries->list[i].name);
            free((char *)entries->list[i].target);
        } else {
            entries->list[kept++] = entries->list[i];
        }
    }
    entries->count = kept;
}

void box_entries_release(struct box_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        free((char *)entries->list[i].name);
        free((char *)entries->list[i].target);
    }
    free(entries->list);
    *entries = (struct box_entries){ 0 };
}
