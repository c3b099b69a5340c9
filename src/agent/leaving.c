/* leaving.c - what becomes of the sandbox when the person quits: ended, kept, or kept as a snapshot. */
#include "agent/session_private.h"
#include "agent/trial.h"

#include "base/memory.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <string.h>

static void tell_left(struct session *session, const char *words)
{
    void (*left)(void *, const char *) = session->life.left;

    session->life.left = NULL;
    if (left)
        left(session->life.left_data, words);
}

static char *kept_words(const struct session *session)
{
    const struct sandbox_facts *facts = sandbox_facts(session->sandbox);
    char ends[LIFE_TIME_TEXT];

    life_time_text(facts->ends, ends);
    return xasprintf("The sandbox %s is kept%s%s; `sandgate --continue` comes back to it.", facts->id,
                     facts->ends ? " until " : "", facts->ends ? ends : "");
}

static void sandbox_left(void *data, const char *failed)
{
    struct session *session = data;
    struct life *life = &session->life;
    bool kept = life->how == QUIT_KEEP;
    char *words =
        failed ? xstrdup(failed)
        : kept ? kept_words(session)
        : life->how == QUIT_SNAPSHOT && life->was.snapshot
            ? xasprintf("The sandbox was ended; its files are kept as snapshot %s.", life->was.snapshot)
            : xstrdup(life_outlives(session) ? "The sandbox was ended; the session is kept."
                                             : "The sandbox is closed; the session is kept.");

    if (life_outlives(session))
        session_record_sandbox(session, kept || failed ? "kept" : "ended", failed);
    tell_left(session, words);
    free(words);
}

void life_end_sandbox(struct session *session, bool keep)
{
    if (keep)
        session->life.how = QUIT_KEEP;
    facts_forget(session->facts);
    sandbox_leave(session->sandbox, keep ? SANDBOX_KEEP : SANDBOX_TERMINATE, sandbox_left, session);
}

static void nothing_to_leave(void *data)
{
    struct session *session = data;

    session->life.task = NULL;
    tell_left(session, "There is no sandbox any more; the session is kept.");
}

static enum session_quit quit_of(const struct session *session, enum session_quit how)
{
    const char *configured = conf_text(session->setup.conf, "terminal.on_quit");
    unsigned can = session->sandbox_ready ? sandbox_can(session->sandbox) : 0;

    if (how == QUIT_AS_CONFIGURED)
        how = strcmp(configured, "keep") == 0                                      ? QUIT_KEEP
              : strcmp(configured, "snapshot") == 0 || life_is_persistent(session) ? QUIT_SNAPSHOT
                                                                                   : QUIT_TERMINATE;
    if ((how == QUIT_KEEP && !(can & SANDBOX_CAN_DETACH)) ||
        (how == QUIT_SNAPSHOT && !(can & SANDBOX_CAN_SNAPSHOT)))
        return QUIT_TERMINATE;
    return how;
}

void session_leave(struct session *session, enum session_quit how,
                   void (*left)(void *data, const char *words), void *data)
{
    struct life *life = &session->life;

    life->left = left;
    life->left_data = data;
    if (life->leaving)
        return;
    life->how = quit_of(session, how);
    life->leaving = true;
    trial_discard(session);
    loop_timer_cancel(life->warning);
    loop_timer_cancel(life->last);
    life->warning = life->last = NULL;
    if (!session->sandbox || session->sandbox_failed) {
        life->task = loop_defer(session->setup.loop, nothing_to_leave, session);
    } else if (life->how == QUIT_SNAPSHOT) {
        life_begin_snapshot(session);
    } else {
        life_cancel_snapshot(session);
        life_end_sandbox(session, life->how == QUIT_KEEP);
    }
    session_tell(session, NEWS_STATE);
}
