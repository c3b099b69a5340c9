/* image_join.h - the log of a running build to its result, resumed by entry when the stream breaks. */
#ifndef SANDGATE_MODAL_IMAGE_JOIN_H
#define SANDGATE_MODAL_IMAGE_JOIN_H

#include "modal/call.h"

struct image_join_events {
    void (*line)(void *data, const char *line); /* untrusted; without its newline */
    void (*progress)(void *data, uint64_t done, uint64_t total);
    /* Once, last: RESULT has a status other than 0; WORKDIR NULL: not told. */
    void (*ended)(void *data, const struct modal_failure *failure, const Modal__GenericResult *result,
                  const char *workdir);
};

struct modal_call *image_join(struct modal_client *client, const char *image_id,
                              const struct image_join_events *events, void *data);

#endif
