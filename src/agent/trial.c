/* trial.c - see trial.h.  The fork's events come here for its whole life; when it has become the session's sandbox they
 * are passed on. */
#include "agent/trial_private.h"

#include "agent/pending.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/random.h"
#include "matter/output.h"
#include "sandbox/sandbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_MAX = 16 * 1024 * 1024, WINDOW = 128 * 1024 };

static void tell(struct trial *trial, enum trial_state state, char *words)
{
    trial->state = state;
    free(trial->words);
    trial->words = words;
    if (trial->changed)
        trial->changed(trial->data);
}

/* --- it runs --- */

static void compared(struct trial *trial, const char *failed)
{
    if (failed)
        tell(trial, TRIAL_FAILED, xasprintf("What it changed could not be found out: %s", failed));
    else
        tell(trial, TRIAL_OVER,
             trial->end == SANDBOX_EXITED      ? xasprintf("exit code %d", trial->code)
             : trial->end == SANDBOX_SIGNALLED ? xasprintf("killed by signal %d", trial->signal)
                                               : xstrdup("timed out"));
}

static void took_output(void *data, bool is_error, const char *bytes, size_t length)
{
    struct trial *trial = data;

    output_append(trial->output, is_error ? OUTPUT_STDERR : OUTPUT_STDOUT, bytes, length);
    buffer_append(&trial->bytes, bytes, length);
    trial->pieces =
        array_reserve(trial->pieces, &trial->piece_capacity, trial->piece_count + 1, sizeof *trial->pieces);
    trial->pieces[trial->piece_count++] = (struct piece){ is_error, length };
    trial->changed(trial->data);
}

static void has_ended(void *data, const struct sandbox_exec_result *result)
{
    struct trial *trial = data;

    trial->exec = NULL;
    if (trial->facts)
        facts_call_over(trial->facts, result->survivors && result->survivors[0]);
    trial->end = result->end;
    trial->code = result->code;
    trial->signal = result->signal;
    trial->milliseconds = result->milliseconds;
    if (result->end == SANDBOX_LOST || result->end == SANDBOX_FAILED) {
        tell(trial, TRIAL_FAILED,
             xasprintf("It did not run to an end: %s", result->sentence ? result->sentence : ""));
        return;
    }
    trial->comparison = comparison_start(trial, compared);
    tell(trial, TRIAL_COMPARING, xstrdup("comparing the two sandboxes"));
}

static const struct ask *its_ask(const struct trial *trial)
{
    const struct gate *gate = trial->session->gate;

    for (size_t i = 0; i < gate_count(gate); i++)
        if (gate_at(gate, i)->id == trial->ask)
            return gate_at(gate, i);
    return NULL;
}

/* The ask, when what waits is still, in every field and in this sandbox, what was asked for. */
static const struct ask *judged_ask(const struct trial *trial)
{
    const struct ask *ask = its_ask(trial);
    char digest[HASH_TEXT];

    if (!ask || strcmp(ask->digest, trial->digest) != 0)
        return NULL;
    pending_digest(calls_pending(trial->session, trial->call), digest);
    return strcmp(digest, trial->digest) == 0 ? ask : NULL;
}

static void run(void *data)
{
    static const struct sandbox_exec_events events = { .output = took_output, .done = has_ended };
    struct trial *trial = data;
    const struct ask *ask = judged_ask(trial);

    if (!ask) {
        tell(trial, TRIAL_FAILED, xstrdup("The call does not wait any more, or is another one now."));
        return;
    }
    struct sandbox_exec_spec spec;
    runner_spec(ask->action, trial->exec_id, &spec);
    if (trial->facts)
        facts_call_runs(trial->facts);
    trial->exec = sandbox_exec(trial->fork, &spec, &events, trial);
    tell(trial, TRIAL_RUNNING, xstrdup("running in the fork"));
}

/* Should it be kept, its programs must have been looked at before the call ran. */
static void forked(void *data)
{
    struct trial *trial = data;
    struct session *session = trial->session;

    if (trial->unchanged_at != facts_age(session->facts) || facts_are_fixed(trial->fork)) {
        run(trial);
        return;
    }
    trial->facts = facts_new(session);
    facts_begin(trial->facts, trial->fork, FACTS_FRESH, run, trial);
}

static void fork_progress(void *data, const char *step, const char *detail)
{
    struct trial *trial = data;

    (void)detail;
    if (!trial->adopted)
        tell(trial, TRIAL_FORKING, xasprintf("forking the sandbox: %s", step));
}

static void fork_failed(void *data, const char *sentence)
{
    tell(data, TRIAL_FAILED, xasprintf("The sandbox could not be forked: %s", sentence));
}

static void fork_lost(void *data, const char *sentence)
{
    struct trial *trial = data;

    if (trial->adopted)
        session_sandbox_lost(trial->session, sentence);
    else if (trial->state != TRIAL_FAILED)
        tell(trial, TRIAL_FAILED, xasprintf("The fork was lost: %s", sentence));
}

/* --- life --- */

static void free_changes(struct trial *trial)
{
    for (size_t i = 0; i < trial->change_count; i++) {
        free(trial->changes[i].path);
        free(trial->changes[i].before);
        free(trial->changes[i].after);
    }
    free(trial->changes);
    trial->changes = NULL;
    trial->change_count = trial->change_capacity = 0;
}

static void drop_content(struct trial *trial)
{
    comparison_free(trial->comparison);
    trial->comparison = NULL;
    if (trial->exec)
        sandbox_exec_forget(trial->exec);
    trial->exec = NULL;
    facts_free(trial->facts);
    trial->facts = NULL;
    free_changes(trial);
    output_free(trial->output);
    trial->output = NULL;
    buffer_release(&trial->bytes);
    free(trial->pieces);
    trial->pieces = NULL;
}

static void free_trial(struct trial *trial)
{
    drop_content(trial);
    if (!trial->adopted)
        path_remove_tree(trial->folder, NULL);
    free(trial->folder);
    free(trial->words);
    free(trial);
}

static void fork_left(void *data, const char *failed)
{
    struct trial *trial = data;

    if (failed)
        session_error(trial->session, "sandbox", failed);
    sandbox_free(trial->fork);
    if (trial->session->leaving_trial == trial)
        trial->session->leaving_trial = NULL;
    free_trial(trial);
}

void trial_discard(struct session *session)
{
    struct trial *trial = session->trial;

    if (!trial)
        return;
    session->trial = NULL;
    if (!trial->fork) {
        trial_release(trial);
        return;
    }
    trial_release(session->leaving_trial);
    session->leaving_trial = trial;
    drop_content(trial);
    trial->changed = NULL;
    sandbox_leave(trial->fork, SANDBOX_TERMINATE, fork_left, trial);
}

void trial_release(struct trial *trial)
{
    if (!trial)
        return;
    drop_content(trial); /* what runs in the fork, before the fork */
    trial_release(trial->previous);
    sandbox_free(trial->old);
    if (!trial->adopted) {
        facts_settle_cancel(trial->session->facts, trial);
        sandbox_free(trial->fork);
    }
    free_trial(trial);
}

static void begin_fork(void *data)
{
    static const struct sandbox_open_events events = { fork_progress, forked, fork_failed, fork_lost };
    struct trial *trial = data;
    struct session *session = trial->session;

    trial->unchanged_at = facts_unchanged(session->facts) ? facts_age(session->facts) : -1;
    trial->fork = sandbox_fork(session->sandbox, trial->folder, &events, trial);
}

bool trial_start(struct session *session, int64_t ask, void (*changed)(void *data), void *data,
                 struct error *error)
{
    struct trial probe = { .session = session, .ask = ask };
    const struct ask *its = its_ask(&probe);

    if (!its || its->action->kind != ACTION_EXEC)
        return error_set(error,
                         its ? "A change of a file is shown as it is; only programs are tried in a fork"
                             : "Nothing waits for a decision");
    if (!session->sandbox_ready || !(sandbox_can(session->sandbox) & SANDBOX_CAN_FORK))
        return error_set(error, "This sandbox cannot be forked");
    if (session->trial)
        return error_set(error, "A trial is under way already");
    struct trial *trial = xcalloc(1, sizeof *trial);
    *trial = probe;
    trial->call = its->call;
    trial->changed = changed;
    trial->data = data;
    snprintf(trial->digest, sizeof trial->digest, "%s", its->digest);
    random_uuid(trial->exec_id);
    trial->output = output_new(WINDOW, WINDOW);
    buffer_init(&trial->bytes, OUTPUT_MAX);
    trial->words = xstrdup("forking the sandbox");
    char *name = xasprintf("trial-%" PRId64, ++session->trial_number);
    trial->folder = path_join(session->folder, name);
    free(name);
    session->trial = trial;
    facts_settle(session->facts, begin_fork, trial);
    return true;
}

/* --- kept --- */

static void old_left(void *data, const char *failed)
{
    struct trial *trial = data;
    char *place = path_join(trial->session->folder, "sandbox");

    if (failed)
        session_error(trial->session, "sandbox", failed);
    sandbox_free(trial->old);
    trial->old = NULL;
    trial_release(trial->previous);
    trial->previous = NULL;
    /* The next process finds the sandbox where it always is. */
    if (path_remove_tree(place, NULL) && rename(trial->folder, place) == 0) {
        free(trial->folder);
        trial->folder = place;
    } else {
        free(place);
    }
}

static void adopt_facts(struct session *session, struct trial *trial)
{
    if (!trial->facts) {
        facts_begin(session->facts, session->sandbox, FACTS_UNSURE, NULL, NULL);
        return;
    }
    facts_free(session->facts);
    session->facts = trial->facts;
    trial->facts = NULL;
    facts_adopted(session->facts);
}

static void adopt(struct session *session, struct trial *trial)
{
    trial->old = session->sandbox;
    trial->adopted = true;
    trial->changed = NULL;
    trial->previous = session->adopted_trial; /* its fork is what is left now */
    session->adopted_trial = trial;
    facts_forget(session->facts);
    session->sandbox = trial->fork;
    session->trial = NULL;
    life_adopted(session);
    adopt_facts(session, trial);
    calls_judge_again(session);
    sandbox_leave(trial->old, SANDBOX_TERMINATE, old_left, trial);
}

bool trial_keep(struct session *session, struct error *error)
{
    struct trial *trial = session->trial;

    if (!trial || trial->state != TRIAL_OVER)
        return error_set(error, "The trial is not over");
    if (trial->bytes.full)
        return error_set(
            error, "Its output is more than 16 MiB, so it cannot be kept; run it in the sandbox itself");
    const struct ask *ask = judged_ask(trial);
    if (!ask)
        return error_set(error, "The call does not wait any more, or is another one now");
    struct sandbox_exec_result result = { .end = (enum sandbox_end)trial->end,
                                          .code = trial->code,
                                          .signal = trial->signal,
                                          .milliseconds = trial->milliseconds };
    struct pending *pending = calls_take_kept(session, ask);
    runner_adopt_begin(pending, trial->exec_id);
    const char *at = trial->bytes.data;
    for (size_t i = 0; i < trial->piece_count; at += trial->pieces[i++].length)
        runner_adopt_output(pending, trial->pieces[i].is_error, at, trial->pieces[i].length);
    adopt(session, trial);
    runner_adopt_end(pending, &result);
    drop_content(trial);
    session_notice(session, "trial", "What the fork did was kept: it is the session's sandbox now.");
    return true;
}

/* --- what faces ask --- */

struct trial *session_trial(const struct session *session)
{
    return session->trial;
}

int64_t trial_ask(const struct trial *trial)
{
    return trial->ask;
}

enum trial_state trial_state(const struct trial *trial)
{
    return trial->state;
}

const char *trial_words(const struct trial *trial)
{
    return trial->words;
}

const struct output *trial_output(const struct trial *trial)
{
    return trial->output;
}

size_t trial_change_count(const struct trial *trial)
{
    return trial->state == TRIAL_OVER ? trial->change_count : 0;
}

const struct trial_change *trial_change_at(const struct trial *trial, size_t index)
{
    return &trial->changes[index];
}
