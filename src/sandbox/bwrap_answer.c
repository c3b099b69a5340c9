/* bwrap_answer.c - what file requests bring: untrusted bytes made into entries, numbers made into sentences. */
#include "base/memory.h"
#include "sandbox/bwrap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A name is one name: no path, no NUL, neither "." nor "..". */
static bool good_name(const char *name, size_t length)
{
    if (length == 0 || memchr(name, '\0', length))
        return false;
    if (memchr(name, '/', length))
        return length == 1; /* of the root folder */
    return !(name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')));
}

/* Reads one entry; returns its bytes, 0 when it makes no sense. */
static size_t read_entry(const char *packed, size_t length, struct sandbox_entry *entry)
{
    struct jail_entry raw;
    if (length < sizeof(raw))
        return 0;
    memcpy(&raw, packed, sizeof(raw));
    size_t whole = sizeof(raw) + raw.name_length + raw.target_length;
    const char *name = packed + sizeof(raw), *target = name + raw.name_length;
    if (whole > length || raw.kind > JAIL_IS_OTHER || !good_name(name, raw.name_length) ||
        memchr(target, '\0', raw.target_length))
        return 0;
    *entry = (struct sandbox_entry){
        .name = xstrndup(name, raw.name_length),
        .type = (enum sandbox_file_type)raw.kind,
        .size = raw.size,
        .modified = raw.modified,
        .mode = raw.mode & 07777,
        .target = raw.kind == JAIL_IS_LINK ? xstrndup(target, raw.target_length) : NULL,
        .target_is_folder = raw.kind == JAIL_IS_LINK && raw.target_is_folder,
    };
    return whole;
}

bool bwrap_answer_entries(const struct buffer *packed, size_t limit, struct sandbox_entry **entries,
                          size_t *count)
{
    size_t capacity = 0;
    *entries = NULL;
    *count = 0;
    for (size_t at = 0; at < packed->length;) {
        struct sandbox_entry entry;
        size_t length = *count < limit ? read_entry(packed->data + at, packed->length - at, &entry) : 0;
        if (length == 0)
            return false;
        *entries = array_reserve(*entries, &capacity, *count + 1, sizeof(**entries));
        (*entries)[(*count)++] = entry;
        at += length;
        if (*count > 1 && strcmp((*entries)[*count - 2].name, entry.name) >= 0)
            return false;
    }
    return true;
}

void bwrap_answer_free(struct sandbox_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((char *)entries[i].name);
        free((char *)entries[i].target);
    }
    free(entries);
}

static const char *reason(enum sandbox_verb verb, int number)
{
    switch (number) {
    case ESTALE:
        return "it is not the file that was seen before; read it again";
    case EINTR:
        return "what did it was killed inside the sandbox";
    case EISDIR:
        return "it is a folder";
    case EFBIG:
        return "it is too much to be handed over at once";
    case EROFS:
        return "it is read-only in this sandbox";
    case EINVAL:
        return verb == SANDBOX_READ || verb == SANDBOX_WRITE ? "it is no plain file" : strerror(number);
    default:
        return strerror(number);
    }
}

char *bwrap_answer_sentence(const struct bwrap *bwrap, enum sandbox_verb verb, const char *path, int number)
{
    static const char *const tried[] = {
        [SANDBOX_LIST] = "listed",    [SANDBOX_STAT] = "looked at",   [SANDBOX_READ] = "read",
        [SANDBOX_WRITE] = "written",  [SANDBOX_MAKE_FOLDER] = "made", [SANDBOX_REMOVE] = "removed",
        [SANDBOX_RENAME] = "renamed", [SANDBOX_PUT] = "put in place",
    };
    if (verb >= ARRAY_SIZE(tried))
        return xstrdup("a sandbox of bubblewrap cannot do that");
    if (bwrap->state == BWRAP_GONE)
        return xasprintf("%s could not be %s: %s", path, tried[verb],
                         bwrap->sentence ? bwrap->sentence : "the sandbox is gone");
    return xasprintf("%s could not be %s: %s", path, tried[verb], reason(verb, number));
}
