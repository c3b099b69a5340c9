/* failure_kept.c - copies of a failure's texts. */
#include "modal/failure_kept.h"

#include "base/memory.h"

#include <stdlib.h>

void failure_keep(struct failure_kept *kept, const struct modal_failure *failure)
{
    if (failure == NULL || kept->sentence)
        return;
    kept->sentence = xstrdup(failure->sentence);
    kept->message = xstrdup(failure->message ? failure->message : "");
    kept->failure = *failure;
    kept->failure.sentence = kept->sentence;
    kept->failure.message = kept->message;
}

void failure_kept_release(struct failure_kept *kept)
{
    free(kept->sentence);
    free(kept->message);
    *kept = (struct failure_kept){ 0 };
}
