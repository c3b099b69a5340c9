/* preview.c - see preview.h.  The sessions are read one after the other, then the commands judged a few at a time; a piece
 * of that ends after some milliseconds.  What is in force is looked up anew for each piece: it may change between two. */
#include "agent/preview.h"

#include "agent/asking.h"
#include "agent/facts.h"
#include "agent/past.h"
#include "agent/pending.h"
#include "agent/session_rules.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "policy/policy.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINES = 200,
    PIECE = 8 /* milliseconds */,
    AT_ONCE = 16 /* commands between two looks at the clock */
};

typedef char session_id_text[SESSION_ID_TEXT];

struct preview {
    struct session *session;
    struct rule_set rules;
    session_id_text *ids; /* of the sessions */
    size_t id_count, id_capacity, id_at;
    struct past past;
    size_t at; /* of its commands: the next to be judged */
    struct buffer loosened, others;
    size_t told, allowed;
    struct loop_timer *timer;
    void (*done)(void *data, const struct preview_result *result);
    void *data;
};

void preview_cancel(struct preview *preview)
{
    if (!preview)
        return;
    loop_timer_cancel(preview->timer);
    past_release(&preview->past);
    rule_set_release(&preview->rules);
    buffer_release(&preview->loosened);
    buffer_release(&preview->others);
    free(preview->ids);
    free(preview);
}

static bool take_difference(void *data, const struct past_command *command,
                            const struct policy_verdict *before, const struct policy_verdict *after)
{
    struct preview *preview = data;
    bool loosens = after->verdict < before->verdict;

    preview->allowed += loosens && after->verdict == VERDICT_ALLOW;
    if (preview->told++ < LINES)
        buffer_append_format(loosens ? &preview->loosened : &preview->others, "%-5s instead of %-5s  %s\n",
                             verdict_name(after->verdict), verdict_name(before->verdict), command->command);
    return true;
}

static void judge_some(struct preview *preview)
{
    const struct session *session = preview->session;
    struct policy_request before = { .environment = (const char *const *)session->environment }, after;

    session_policy_facts(session, &before);
    facts_assume(&before);
    after = before;
    const struct rule_set **sets = xcalloc(before.rule_set_count + 1, sizeof *sets);
    memcpy(sets, before.rules, before.rule_set_count * sizeof *sets);
    sets[after.rule_set_count++] = &preview->rules;
    after.rules = sets;
    past_compare(&preview->past, preview->at, AT_ONCE, &before, &after, take_difference, preview);
    preview->at += AT_ONCE;
    free(sets);
}

/* A little more; false: all is done, or it failed. */
static bool advance(struct preview *preview, struct error *error)
{
    if (preview->id_at < preview->id_count)
        return past_read_session(&preview->past, preview->session->setup.store,
                                 preview->ids[preview->id_at++], error);
    if (preview->at >= preview->past.count)
        return false;
    judge_some(preview);
    return true;
}

static void tell(struct preview *preview, const char *failed)
{
    struct buffer text = BUFFER_INIT;

    if (preview->told == 0)
        buffer_append_text(&text, "No past command of the log would have had another answer.\n");
    buffer_append(&text, preview->loosened.data, preview->loosened.length);
    buffer_append(&text, preview->others.data, preview->others.length);
    if (preview->told > LINES)
        buffer_append_format(&text, "and %zu more\n", preview->told - LINES);
    struct preview_result result = {
        .text = text.data, .told = preview->told, .allowed = preview->allowed, .failed = failed
    };
    preview->done(preview->data, &result);
    buffer_release(&text);
    preview_cancel(preview);
}

static void go_on(void *data)
{
    struct preview *preview = data;
    struct error error = ERROR_INIT;
    int64_t end = clock_steady() + PIECE;
    bool more = true;

    preview->timer = NULL;
    while (more && clock_steady() < end)
        more = advance(preview, &error);
    if (more)
        preview->timer = loop_timer_add(preview->session->setup.loop, 0, go_on, preview);
    else
        tell(preview, error.message);
    error_clear(&error);
}

static bool take_session(void *data, const struct store_session *session)
{
    struct preview *preview = data;

    preview->ids =
        array_reserve(preview->ids, &preview->id_capacity, preview->id_count + 1, sizeof *preview->ids);
    memcpy(preview->ids[preview->id_count++], session->id, sizeof *preview->ids);
    return true;
}

/* What waits may not be on disk yet. */
static void add_waiting(struct past *past, const struct session *session)
{
    for (size_t i = 0; i < gate_count(session->gate); i++) {
        const struct pending *pending = calls_pending(session, gate_at(session->gate, i)->call);
        past_add_call(past, pending->tool->name, pending->arguments, session->id, clock_wall());
    }
}

struct preview *preview_start(struct session *session, const char *rules,
                              void (*done)(void *data, const struct preview_result *result), void *data,
                              struct error *error)
{
    struct preview *preview = xcalloc(1, sizeof *preview);

    preview->session = session;
    preview->past = (struct past)PAST_INIT;
    buffer_init(&preview->loosened, SIZE_MAX / 2);
    buffer_init(&preview->others, SIZE_MAX / 2);
    preview->done = done;
    preview->data = data;
    if (!asking_read_rules(&preview->rules, rules, error) ||
        !store_sessions(session->setup.store, NULL, take_session, preview, error)) {
        preview_cancel(preview);
        return NULL;
    }
    add_waiting(&preview->past, session);
    preview->timer = loop_timer_add(session->setup.loop, 0, go_on, preview);
    return preview;
}
