/* volumes.h - named volumes at Modal: find or make, list, delete, and their files from outside a sandbox. */
#ifndef SANDGATE_MODAL_VOLUMES_H
#define SANDGATE_MODAL_VOLUMES_H

#include "modal/client.h"

struct modal_volume {
    const char *name, *id;
    double created; /* seconds since 1970 */
    int version;    /* 1 or 2 */
};
typedef void modal_volumes_listed(void *data, const struct modal_failure *failure,
                                  const struct modal_volume *list, size_t count);
/* VERSION: when it is made; 0: the server's default. */
struct modal_call *modal_volume_find(struct modal_client *client, const char *name, bool make, int version,
                                     modal_named *named, void *data);
struct modal_call *modal_volume_list(struct modal_client *client, modal_volumes_listed *listed, void *data);
struct modal_call *modal_volume_delete(struct modal_client *client, const char *id, modal_named *done,
                                       void *data);

struct modal_volume_entry {
    const char *path;
    int type; /* 1 file, 2 directory, 3 link, 4 fifo, 5 socket */
    uint64_t modified, size;
};
typedef void modal_volume_browsed(void *data, const struct modal_failure *failure,
                                  const struct modal_volume_entry *entries, size_t count);
struct modal_call *modal_volume_browse(struct modal_client *client, const char *id, const char *path,
                                       bool recursive, modal_volume_browsed *browsed, void *data);
/* Pieces of the file as they come. */
struct modal_call *modal_volume_get(struct modal_client *client, const char *id, const char *path,
                                    void (*bytes)(void *data, const char *bytes, size_t length),
                                    modal_named *done, void *data);
/* FILE: descriptor of a regular file, which must stay open and unchanged to the end. Its permission bits go with
 * it. FORCE replaces what is there. */
struct modal_call *modal_volume_put(struct modal_client *client, const char *id, const char *path, int file,
                                    bool force, modal_named *done, void *data);
struct modal_call *modal_volume_remove(struct modal_client *client, const char *id, const char *path,
                                       bool recursive, modal_named *done, void *data);

#endif
