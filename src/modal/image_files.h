/* image_files.h - local files and folders as the context of a COPY: hashed, uploaded where Modal lacks them,
 * bound together as a mount (protocol: local files into an image). */
#ifndef SANDGATE_MODAL_IMAGE_FILES_H
#define SANDGATE_MODAL_IMAGE_FILES_H

#include "modal/client.h"

struct image_files_events {
    void (*line)(void *data, const char *line); /* what is going on, what was left out */
    void (*progress)(void *data, uint64_t done, uint64_t total);
    void (*done)(void *data, const struct modal_failure *failure, const char *mount_id);
};

/* PAIRS: local path, absolute path in the image, and so on. A folder is taken with all below it; links are
 * followed to files that do not leave it. All is copied. */
struct modal_call *image_files_upload(struct modal_client *client, const char *app_id,
                                      const char *const *pairs, const struct image_files_events *events,
                                      void *data);

#endif
