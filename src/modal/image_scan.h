/* image_scan.h - which local files a COPY takes: a list made by walking the disk. */
#ifndef SANDGATE_MODAL_IMAGE_SCAN_H
#define SANDGATE_MODAL_IMAGE_SCAN_H

#include "base/hash.h"
#include "modal/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct error;

struct image_file {
    const char *local, *remote;
    uint64_t size;          /* bytes */
    uint32_t mode;          /* permission bits */
    char sha256[HASH_TEXT]; /* once it was hashed */
    unsigned char md5[HASH_MD5_BYTES];
    bool missing; /* Modal does not have it */
    size_t order; /* of being added */
};

struct image_scan {
    struct arena *arena;
    struct image_file *files; /* sorted by remote path; a later pair wins over an earlier one */
    size_t count, capacity;
    uint64_t bytes;
    size_t skipped; /* links that leave their folder or lead nowhere, sockets and the like */
};

/* Adds LOCAL (a file or a folder) as REMOTE. False: a sentence. */
bool image_scan_add(struct image_scan *scan, const char *local, const char *remote, struct error *error);
void image_scan_sort(struct image_scan *scan);
void image_scan_release(struct image_scan *scan);

#endif
