/* image_blob.h - one large file to Modal's blob store: an address is asked for, the bytes are PUT there. */
#ifndef SANDGATE_MODAL_IMAGE_BLOB_H
#define SANDGATE_MODAL_IMAGE_BLOB_H

#include "modal/client.h"
#include "modal/image_scan.h"

/* FILE is hashed; its content is read again, and refused when its size has changed. ID: the blob's. */
struct modal_call *image_blob_put(struct modal_client *client, const struct image_file *file,
                                  modal_named *named, void *data);

#endif
