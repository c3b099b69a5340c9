/* deciding.c - what the person decides of a call that asks: it is recorded first, then carried out.
 *
 * An edit is only taken where its arguments can be planned, and goes on as the next step judges it. */
#include "agent/pending.h"

#include "agent/hunks.h"
#include "base/error.h"
#include "base/memory.h"
#include "matter/call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void record_decision(struct session *session, const struct ask *asked, const struct decision *decision,
                            const struct pending *pending)
{
    struct json *body = json_new_object();
    char *id = xasprintf("%" PRId64, asked->id);
    bool rejects = decision->kind == DECISION_REJECT || decision->kind == DECISION_STOP;

    json_set_text(body, "ask", id);
    json_set_text(body, "digest", asked->digest);
    json_set_text(body, "decision", decision_name(decision->kind));
    if (asked->verdict.rule)
        json_set_text(body, "rule", asked->verdict.rule);
    json_set_text(body, "profile", policy_mode_name(session->setup.mode));
    if (decision->kind == DECISION_ALLOW_SESSION)
        json_set_text(body, "allows", pending->lasting);
    if (rejects && decision->words && *decision->words)
        json_set_text(body, "words", decision->words);
    if (decision->kind == DECISION_EDIT && !decision->arguments)
        hunks_record(asked->action, decision, body);
    else if (decision->kind == DECISION_EDIT) { /* else they are not what runs, whoever sent them */
        char *summary = tool_summary(asked->action->tool, decision->arguments);
        json_set_text(body, "arguments", decision->arguments);
        json_set_text(body, "summary", summary);
        free(summary);
    }
    free(id);
    session_append(session, EVENT_DECISION, asked->call, decision->actor, body);
}

static void reject(struct pending *pending, const char *words)
{
    char *text =
        words && *words ? xasprintf("Rejected by the person: %s", words) : xstrdup("Rejected by the person.");

    struct session *session = pending->session;
    pending_result(pending, false, text);
    free(text);
    patience_rejected(session);
}

static void take_arguments(struct pending *pending, const char *arguments)
{
    hunks_forget(pending);
    free(pending->arguments);
    pending->arguments = xstrdup(arguments);
}

/* It is planned again by the next step, with the file as it is then. */
static bool take_edit(struct pending *pending, const struct decision *decision, struct error *error)
{
    const char *arguments = decision->arguments ? decision->arguments : pending->arguments;
    struct pending edited = { .session = pending->session };

    edited.action = pending_plan(pending->session, pending->tool, arguments, error);
    if (!edited.action || (!decision->arguments && !hunks_keep(pending, decision, error))) {
        action_free(edited.action);
        return false;
    }
    pending_digest(&edited, pending->edit);
    action_free(edited.action);
    if (decision->arguments)
        take_arguments(pending, decision->arguments);
    free(pending->seen_base);
    pending->seen_base = xstrdup_or_null(pending->action->base);
    pending->edited = true;
    pending->phase = PENDING_NEW;
    return true;
}

static void carry_out(struct pending *pending, const struct decision *decision)
{
    struct session *session = pending->session;

    switch (decision->kind) {
    case DECISION_ALLOW_SESSION:
        gate_allow(session->gate, pending->lasting);
        pending->phase = PENDING_APPROVED;
        break;
    case DECISION_RUN:
        pending->phase = PENDING_APPROVED;
        break;
    case DECISION_REJECT:
        reject(pending, decision->words);
        break;
    case DECISION_STOP:
        reject(pending, decision->words);
        session_stop(session);
        break;
    default: /* an edit is judged by the next step */
        break;
    }
}

bool calls_decide(struct session *session, const struct decision *decision, struct error *error)
{
    const struct ask *asked = gate_find(session->gate, decision, error);
    struct pending *pending = asked ? calls_pending(session, asked->call) : NULL;

    if (!pending)
        return false;
    if (decision->kind == DECISION_KEEP)
        return error_set(error, "Only what was tried in a fork can be kept");
    if (decision->kind == DECISION_EDIT && !decision->arguments && !decision->hunks)
        return error_set(error, "An edit needs the new arguments, or the hunks that are kept");
    if (decision->kind == DECISION_EDIT && !take_edit(pending, decision, error))
        return false;
    record_decision(session, asked, decision, pending);
    if (decision->kind != DECISION_REJECT && decision->kind != DECISION_STOP)
        patience_approved(session);
    gate_remove(session->gate, asked->id);
    session_tell(session, NEWS_ASKS);
    carry_out(pending, decision);
    session_update_state(session);
    calls_step_soon(session);
    return true;
}

struct pending *calls_take_kept(struct session *session, const struct ask *ask)
{
    struct decision decision = { .ask = ask->id, .kind = DECISION_KEEP, .actor = "person" };
    struct pending *pending = calls_pending(session, ask->call);

    record_decision(session, ask, &decision, pending);
    patience_approved(session);
    gate_remove(session->gate, ask->id);
    session_tell(session, NEWS_ASKS);
    return pending;
}
