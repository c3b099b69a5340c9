/* manifest.h - what went up into a sandbox: one entry for each file, folder and link.
 *
 * A file of JSON lines in the session's folder on the host, out of the sandbox's reach, so what it says is
 * ours.  A path that comes again replaces what stood before, so a change that was brought back is recorded by
 * one more line.  Names are any bytes; those that are not UTF-8 are written in hexadecimal. */
#ifndef SANDGATE_SANDBOX_MANIFEST_H
#define SANDGATE_SANDBOX_MANIFEST_H

#include "base/hash.h"
#include "sandbox/sandbox.h"

struct error;
struct manifest;
struct manifest_writer;

struct manifest_entry {
    const char *path;            /* relative to the workspace */
    enum sandbox_file_type type; /* SANDBOX_OTHER: it is there no more */
    unsigned mode;               /* permission bits; 0 for a link */
    int64_t size;                /* bytes of a file */
    char hash[HASH_TEXT];        /* of a file's content */
    const char *target;          /* of a link, else NULL */
};

/* Writes a new manifest beside PATH; only manifest_finish puts it there. NULL and a sentence on failure. */
struct manifest_writer *manifest_begin(const char *path, struct error *error);
void manifest_write(struct manifest_writer *writer, const struct manifest_entry *entry);
/* Frees the writer; false when any of it could not be written. */
bool manifest_finish(struct manifest_writer *writer, struct error *error);
void manifest_abandon(struct manifest_writer *writer); /* NULL is fine */

/* Adds one line to the manifest at PATH. */
bool manifest_add(const char *path, const struct manifest_entry *entry, struct error *error);

struct manifest *manifest_load(const char *path, struct error *error);
void manifest_free(struct manifest *manifest); /* NULL is fine */
/* NULL: nothing of this path went up. Borrowed. */
const struct manifest_entry *manifest_find(const struct manifest *manifest, const char *path);
/* All that ever had an entry, those of type SANDBOX_OTHER among them. */
size_t manifest_count(const struct manifest *manifest);
const struct manifest_entry *manifest_at(const struct manifest *manifest, size_t index);

#endif
