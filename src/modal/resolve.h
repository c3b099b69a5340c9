/* resolve.h - names that people use as the ids that Modal wants: secrets, volumes, proxies, variables. */
#ifndef SANDGATE_MODAL_RESOLVE_H
#define SANDGATE_MODAL_RESOLVE_H

#include "modal/arena.h"
#include "modal/client.h"

enum resolve_kind {
    RESOLVE_SECRET,
    RESOLVE_VOLUME,
    RESOLVE_PROXY,
    RESOLVE_VARIABLES, /* pairs NAME=value, made into a secret without a name */
};

struct resolve_item {
    enum resolve_kind kind;
    const char *name;         /* a name, or an id already */
    const char *const *pairs; /* of RESOLVE_VARIABLES */
    const char *id;           /* the answer; ARENA's */
};

/* One after the other; ITEMS and ARENA must stay until DONE (its id is NULL) or cancel. */
struct modal_call *resolve_all(struct modal_client *client, struct arena *arena, struct resolve_item *items,
                               size_t count, modal_named *done, void *data);

#endif
