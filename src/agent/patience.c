/* patience.c - see patience.h. */
#include "agent/session_private.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

enum { REJECTIONS = 3, SAME = 3, DENIALS = 5, WINDOW = 10 /* calls in which so many denials are a burst */ };

static void pause_agent(struct session *session, const char *why)
{
    char *words = xasprintf("The agent was paused: %s. Write to it to go on.", why);

    patience_begin(session);
    turn_pause(session, words);
}

void patience_begin(struct session *session)
{
    session->patience = (struct patience){ 0 };
}

bool patience_allows(struct session *session, const char *digest)
{
    struct patience *patience = &session->patience;

    if (strcmp(patience->digest, digest) != 0)
        patience->same = 0;
    snprintf(patience->digest, sizeof patience->digest, "%s", digest);
    patience->denials = patience->denials << 1 & ((1U << WINDOW) - 1);
    return ++patience->same < SAME;
}

void patience_repeated(struct session *session)
{
    pause_agent(session, "it asked for exactly the same call three times in a row");
}

void patience_rejected(struct session *session)
{
    if (++session->patience.rejections >= REJECTIONS)
        pause_agent(session, "what it asked for was rejected three times in a row");
}

void patience_denied(struct session *session)
{
    session->patience.denials |= 1;
    if (__builtin_popcount(session->patience.denials) >= DENIALS)
        pause_agent(session, "the policy denied five of its last calls");
}

void patience_approved(struct session *session)
{
    session->patience.rejections = 0;
}
