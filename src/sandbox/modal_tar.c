/* modal_tar.c - one entry of an upload as tar reads it.
 *
 * The format is ustar, which every tar reads; a name that does not fit into it goes before it as GNU's long name,
 * which GNU's, busybox's and the BSDs' understand.  Owner and time are left to who unpacks it. */
#include "base/memory.h"
#include "sandbox/modal_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, NAME = 100, PREFIX = 155 };

struct header { /* POSIX.1-1988 */
    char name[NAME], mode[8], owner[8], group[8], size[12], modified[12], checksum[8], type, target[NAME];
    char magic[6], version[2], owner_name[32], group_name[32], major[8], minor[8], prefix[PREFIX], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static void append_header(struct buffer *out, struct header *header, char type, unsigned mode, size_t size)
{
    unsigned sum = 0;
    header->type = type;
    snprintf(header->mode, sizeof(header->mode), "%07o", mode & 0777);
    snprintf(header->owner, sizeof(header->owner), "%07o", 0);
    snprintf(header->group, sizeof(header->group), "%07o", 0);
    snprintf(header->size, sizeof(header->size), "%011zo", size);
    snprintf(header->modified, sizeof(header->modified), "%011o", 0);
    memcpy(header->magic, "ustar", 6);
    memcpy(header->version, "00", 2);
    memset(header->checksum, ' ', sizeof(header->checksum));
    for (size_t i = 0; i < sizeof(*header); i++)
        sum += ((const unsigned char *)header)[i];
    snprintf(header->checksum, 7, "%06o", sum);
    buffer_append(out, header, sizeof(*header));
}

static void append_content(struct buffer *out, const void *bytes, size_t length)
{
    static const char zeros[BLOCK];
    buffer_append(out, bytes, length);
    if (length % BLOCK)
        buffer_append(out, zeros, BLOCK - length % BLOCK);
}

/* TYPE L: the name of the entry that follows; K: its target. */
static void append_long(struct buffer *out, char type, const char *text)
{
    struct header header = { .name = "././@LongLink" };
    append_header(out, &header, type, 0644, strlen(text) + 1);
    append_content(out, text, strlen(text) + 1);
}

/* Cuts PATH at a slash so that both parts fit; false when there is none. */
static bool split_name(struct header *header, const char *path, size_t length)
{
    for (const char *slash = strchr(path, '/'); slash && slash - path <= PREFIX;
         slash = strchr(slash + 1, '/')) {
        size_t rest = length - (size_t)(slash - path) - 1;
        if (rest > NAME || rest == 0)
            continue;
        memcpy(header->prefix, path, (size_t)(slash - path));
        memcpy(header->name, slash + 1, rest);
        return true;
    }
    return false;
}

static void set_name(struct buffer *out, struct header *header, const char *path)
{
    size_t length = strlen(path);
    if (length <= NAME) {
        memcpy(header->name, path, length);
    } else if (!split_name(header, path, length)) {
        append_long(out, 'L', path);
        memcpy(header->name, path, NAME);
    }
}

void box_tar_append(struct buffer *out, const struct box_request *put)
{
    static const char types[] = {
        [SANDBOX_FILE] = '0', [SANDBOX_FOLDER] = '5', [SANDBOX_LINK] = '2', [SANDBOX_OTHER] = '0'
    };
    struct header header = { 0 };
    bool file = put->type == SANDBOX_FILE, link = put->type == SANDBOX_LINK;
    const char *target = link && put->other ? put->other : "";
    if (strlen(target) > NAME)
        append_long(out, 'K', target);
    memcpy(header.target, target, strlen(target) < NAME ? strlen(target) : NAME);
    set_name(out, &header, put->path[1] ? put->path + 1 : ".");
    append_header(out, &header, types[put->type], link ? 0777 : put->mode, file ? put->length : 0);
    if (file)
        append_content(out, put->bytes, put->length);
}

void box_tar_end(struct buffer *out)
{
    static const char zeros[2 * BLOCK];
    buffer_append(out, zeros, sizeof(zeros));
}
