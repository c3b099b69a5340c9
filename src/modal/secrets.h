/* secrets.h - named secrets at Modal: look up, list, create from pairs, delete. Values cannot be read back. */
#ifndef SANDGATE_MODAL_SECRETS_H
#define SANDGATE_MODAL_SECRETS_H

#include "modal/client.h"

struct modal_secret {
    const char *name, *id;
    double created, last_used; /* seconds since 1970; 0: never */
};
typedef void modal_secrets_listed(void *data, const struct modal_failure *failure,
                                  const struct modal_secret *list, size_t count);

/* Failure when it is not there, or a REQUIRED key is not in it. */
struct modal_call *modal_secret_find(struct modal_client *client, const char *name,
                                     const char *const *required, modal_named *named, void *data);
/* PAIRS: NAME=value. NAME NULL: an ephemeral one (V1 sandboxes get their variables so). OVERWRITE else
 * ALREADY_EXISTS. The caller wipes its pairs. */
struct modal_call *modal_secret_create(struct modal_client *client, const char *name,
                                       const char *const *pairs, bool overwrite, modal_named *named,
                                       void *data);
struct modal_call *modal_secret_list(struct modal_client *client, modal_secrets_listed *listed, void *data);
struct modal_call *modal_secret_delete(struct modal_client *client, const char *id, modal_named *done,
                                       void *data);

#endif
