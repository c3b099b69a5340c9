/* patience.h - when the agent gets nowhere it is paused, and the reason said: three rejections in a row, the same
 * call three times in a row, or a burst of denials.  What runs without being asked for breaks neither row: an agent
 * that reads between its attempts gets nowhere either.  Private to the session's files. */
#ifndef SANDGATE_AGENT_PATIENCE_H
#define SANDGATE_AGENT_PATIENCE_H

#include "base/hash.h"

#include <stdbool.h>

struct session;

/* Counts of one turn. */
struct patience {
    int rejections;         /* in a row: nothing was approved between */
    unsigned denials;       /* a bit for each of the last calls that were judged: it was denied */
    char digest[HASH_TEXT]; /* of the last call that was judged */
    int same;               /* how often in a row it was */
};

void patience_begin(struct session *session); /* a turn, or the person's word */
/* A call of this digest was judged.  False: it is one too many, and must not run: give it its result, then call
 * patience_repeated. */
bool patience_allows(struct session *session, const char *digest);
/* These pause the agent when it is time; the call that they are about has its result already. */
void patience_repeated(struct session *session);
void patience_rejected(struct session *session);
void patience_denied(struct session *session);
void patience_approved(struct session *session); /* what was asked for may run */

#endif
