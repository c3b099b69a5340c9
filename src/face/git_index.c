/* git_index.c - see git_index.h. */
#include "face/git_index.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAD_BYTES = 12, PATH_BYTES = 64 * 1024 };
/* In an entry: the mode's place; what stands before the hash; a flag of version 3. */
enum { MODE_AT = 24, BEFORE_HASH = 40, EXTENDED = 0x4000, REGULAR = 0100000, KIND = 0170000 };

struct reading {
    const unsigned char *bytes;
    size_t length, at;
    size_t hash_bytes;
    uint32_t version;
    struct buffer path; /* of the last entry: version 4 tells only what differs */
};

static uint32_t number_at(const struct reading *reading, size_t at)
{
    const unsigned char *bytes = reading->bytes + at;

    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Version 4: how many bytes of the last path are dropped, 7 bits a byte, each but the last plus one. */
static bool read_dropped(struct reading *reading, size_t *dropped)
{
    size_t value = 0;

    for (int i = 0; i < 4 && reading->at < reading->length; i++) {
        unsigned char byte = reading->bytes[reading->at++];
        value = (value << 7) + (byte & 0x7f);
        if (!(byte & 0x80)) {
            *dropped = value;
            return true;
        }
        value++;
    }
    return false;
}

/* The path of the entry at hand, up to its NUL. */
static bool read_path(struct reading *reading)
{
    size_t keep = 0, dropped = 0;

    if (reading->version == 4) {
        if (!read_dropped(reading, &dropped) || dropped > reading->path.length)
            return false;
        keep = reading->path.length - dropped;
    }
    const unsigned char *start = reading->bytes + reading->at;
    const unsigned char *nul = memchr(start, '\0', reading->length - reading->at);
    if (!nul)
        return false;
    buffer_truncate(&reading->path, keep);
    reading->at += (size_t)(nul - start) + 1;
    return buffer_append(&reading->path, start, (size_t)(nul - start));
}

/* Reads an entry; *MODE is that of the file. */
static bool read_entry(struct reading *reading, uint32_t *mode)
{
    size_t start = reading->at, fixed = BEFORE_HASH + reading->hash_bytes + 2;

    if (reading->length - start < fixed + 2)
        return false;
    *mode = number_at(reading, start + MODE_AT);
    unsigned flags = (unsigned)reading->bytes[start + fixed - 2] << 8 | reading->bytes[start + fixed - 1];
    reading->at = start + fixed + (reading->version >= 3 && flags & EXTENDED ? 2 : 0);
    if (!read_path(reading))
        return false;
    if (reading->version < 4) { /* one to eight NULs, so that the entry's length divides by eight */
        size_t unpadded = reading->at - 1 - start, padded = (unpadded + 8) & ~(size_t)7;
        reading->at = start + padded;
    }
    return reading->at <= reading->length;
}

static bool is_good_path(const char *path)
{
    if (!*path || *path == '/')
        return false;
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t length = strcspn(part, "/");
        if (!length || (length == 1 && *part == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
            return false;
    }
    return true;
}

bool git_index_read(const void *bytes, size_t length, size_t hash_bytes,
                    bool (*tracked)(void *data, const char *path), void *data, struct error *error)
{
    struct reading reading = { .bytes = bytes, .length = length, .at = HEAD_BYTES, .hash_bytes = hash_bytes };
    bool fine = true, more = true;

    if (length < HEAD_BYTES || memcmp(bytes, "DIRC", 4) != 0)
        return error_set(error, "it does not begin as an index of git");
    reading.version = number_at(&reading, 4);
    if (reading.version < 2 || reading.version > 4)
        return error_set(error, "it is of version %u, which is not known here", reading.version);
    buffer_init(&reading.path, PATH_BYTES);
    for (uint32_t left = number_at(&reading, 8); left && fine && more; left--) {
        uint32_t mode;
        fine = read_entry(&reading, &mode);
        if (fine && (mode & KIND) == REGULAR && is_good_path(reading.path.data))
            more = tracked(data, reading.path.data);
    }
    buffer_release(&reading.path);
    return fine || error_set(error, "it is cut off or damaged");
}

/* --- where it is --- */

/* ".git" of a linked working tree or a submodule is a file: "gitdir: PATH". */
static char *follow_file(const char *folder, const char *file)
{
    static const char word[] = "gitdir: ";
    struct buffer text;
    char *repository = NULL;

    buffer_init(&text, 8192);
    if (path_read_file(file, &text, NULL) && strncmp(text.data, word, sizeof word - 1) == 0) {
        text.data[strcspn(text.data, "\r\n")] = '\0';
        repository = path_join(folder, text.data + sizeof word - 1);
    }
    buffer_release(&text);
    return repository;
}

void git_index_find(const char *folder, char **top, char **repository)
{
    char *here = path_normalize("/", folder);
    struct stat status;

    *top = *repository = NULL;
    while (!*top) {
        char *entry = path_join(here, ".git");
        if (stat(entry, &status) == 0) {
            *top = xstrdup(here);
            *repository = S_ISDIR(status.st_mode) ? xstrdup(entry) : follow_file(here, entry);
        }
        free(entry);
        if (*top || strcmp(here, "/") == 0)
            break;
        char *above = path_folder(here);
        free(here);
        here = above;
    }
    free(here);
}
