/* listing.h - named things of an account, asked for page by page until all are there. */
#ifndef SANDGATE_MODAL_LISTING_H
#define SANDGATE_MODAL_LISTING_H

#include "modal/job.h"

#include <stddef.h>

struct listing;

/* What tells secrets from volumes.  Requests are all {environment name, pagination}: SecretListRequest. */
struct listing_kind {
    struct modal_method method;
    const char *what;
    void (*add)(struct listing *listing,
                const void *answer); /* takes the page's items; sets count and last */
    void (*tell)(struct listing *listing, const struct modal_failure *failure); /* the end */
    void (*release)(struct job *job);
};

/* The first member of the struct that holds the items. */
struct listing {
    struct job job;
    const struct listing_kind *kind;
    size_t count;
    double last; /* when the last item was created: the next page is of what is older */
};

void *listing_new(size_t size, struct modal_client *client, const struct listing_kind *kind);
/* TEXT, "" for NULL, for as long as the listing lives. */
const char *listing_text(struct listing *listing, const char *text);

/* When a thing was created: what its metadata says, where it has one; else the item's own, older field. */
double listing_created(const Modal__CreationInfo *info, double otherwise);

#endif
