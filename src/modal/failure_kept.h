/* failure_kept.h - a failure that outlives its callback; for src/modal alone. */
#ifndef SANDGATE_MODAL_FAILURE_KEPT_H
#define SANDGATE_MODAL_FAILURE_KEPT_H

#include "modal/client.h"

struct failure_kept {
    struct modal_failure failure; /* its texts are the two below */
    char *sentence, *message;     /* sentence NULL: none is kept */
};

/* Keeps the first one; NULL FAILURE changes nothing. */
void failure_keep(struct failure_kept *kept, const struct modal_failure *failure);
void failure_kept_release(struct failure_kept *kept);

#endif
