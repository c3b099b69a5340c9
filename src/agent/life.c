/* life.c - see life.h.
 *
 * A sandbox that is gone is said once, with what can be done; nothing ever falls back to the host, and nothing
 * is started anew without the person's word but what the configuration promised (a restore). */
#include "agent/session_private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "sandbox/sandbox.h"
#include "sandbox/sync.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WARNING = 10 * 60 * 1000, /* milliseconds before the end: it is said */
    LAST = 2 * 60 * 1000,     /* the snapshot is taken; a third of the life when that is shorter */
    MANIFEST_MAX = 256 * 1024 * 1024,
};

bool life_outlives(const struct session *session)
{
    const struct sandbox_backend *backend =
        sandbox_backend(conf_text(session->setup.conf, "terminal.backend"));

    return backend && backend->outlives;
}

bool life_is_persistent(const struct session *session)
{
    return conf_boolean(session->setup.conf, "terminal.container_persistent");
}

/* "14:05", of the person's clock. */
void life_time_text(int64_t wall, char text[LIFE_TIME_TEXT])
{
    time_t seconds = (time_t)(wall / 1000);
    struct tm local;

    localtime_r(&seconds, &local);
    strftime(text, LIFE_TIME_TEXT, "%H:%M", &local);
}

/* --- which sandbox --- */

void life_take_event(struct session *session, const struct event *event)
{
    if (life_outlives(session))
        sandbox_record_take(&session->life.was, conf_text(session->setup.conf, "terminal.backend"), event);
}

struct finding {
    struct session *session;
    const char *from; /* id of the session that is looked through */
};

static bool find_event(void *data, const struct event *event)
{
    struct finding *finding = data;

    life_take_event(finding->session, event);
    return !finding->session->life.was.snapshot;
}

/* The manifest goes along: what is pulled is compared with what went up then. */
static void take_manifest(struct session *session, const char *from)
{
    char *folder = store_session_folder(session->setup.store, from);
    char *old = path_join(folder, "manifest.json"), *new = path_join(session->folder, "manifest.json");
    struct buffer content;
    struct error error = ERROR_INIT;

    buffer_init(&content, MANIFEST_MAX);
    session->synced = path_read_file(old, &content, &error) &&
                      path_write_file(new, content.data, content.length, 0600, &error);
    error_clear(&error);
    buffer_release(&content);
    free(folder);
    free(old);
    free(new);
}

static bool find_session(void *data, const struct store_session *row)
{
    struct finding *finding = data;
    struct session *session = finding->session;
    struct error error = ERROR_INIT;

    if (strcmp(row->id, session->id) == 0)
        return true;
    store_newest(session->setup.store, row->id, EVENT_SANDBOX, find_event, finding, &error);
    error_clear(&error);
    free(session->life.was.id); /* another session's sandbox is not ours */
    session->life.was.id = NULL;
    if (session->life.was.snapshot)
        take_manifest(session, row->id);
    return !session->life.was.snapshot;
}

void life_find_snapshot(struct session *session)
{
    struct finding finding = { .session = session };
    struct error error = ERROR_INIT;

    if (!session->setup.folder || !life_outlives(session) || !life_is_persistent(session))
        return;
    store_sessions(session->setup.store, session->setup.folder, find_session, &finding, &error);
    error_clear(&error);
}

void life_choose(struct session *session, struct sandbox_options *options)
{
    struct life *life = &session->life;

    life->opening = LIFE_NEW;
    if (!life_outlives(session))
        return;
    if (life->was.id) {
        life->opening = LIFE_ATTACH;
        options->id = life->was.id;
    } else if (life->was.snapshot) {
        life->opening = LIFE_RESTORE;
        options->restore = life->was.snapshot;
    }
}

/* --- the start --- */

static void clear_steps(struct life *life)
{
    for (size_t i = 0; i < life->step_count; i++) {
        free(life->steps[i].name);
        free(life->steps[i].detail);
    }
    life->step_count = 0;
}

void life_step(struct session *session, const char *step, const char *detail)
{
    struct life *life = &session->life;
    struct session_step *last = life->step_count ? &life->steps[life->step_count - 1] : NULL;
    int64_t now = clock_wall();

    if (!last || strcmp(last->name, step) != 0) {
        if (last)
            last->ended = now;
        life->steps =
            array_reserve(life->steps, &life->step_capacity, life->step_count + 1, sizeof *life->steps);
        last = &life->steps[life->step_count++];
        *last = (struct session_step){ .name = xstrdup(step), .began = now };
    }
    if (detail) {
        free(last->detail);
        last->detail = xstrdup(detail);
    }
    session_set_waiting(session, step);
    session_tell(session, NEWS_STATE); /* the same step, another detail */
}

size_t session_step_count(const struct session *session)
{
    return session->state == SESSION_STARTING ? session->life.step_count : 0;
}

const struct session_step *session_step_at(const struct session *session, size_t index)
{
    return &session->life.steps[index];
}

/* --- before its provider ends it --- */

static void snapshot_answered(void *data, const struct sandbox_answer *answer);

static void take_snapshot(void *data)
{
    struct session *session = data;
    struct life *life = &session->life;

    life->looking = false;
    life->snapshot_age = facts_unchanged(session->facts) ? facts_age(session->facts) : -1;
    life->request = sandbox_snapshot(session->sandbox, snapshot_answered, session);
}

void life_begin_snapshot(struct session *session)
{
    struct life *life = &session->life;

    if (!life->request && !life->looking) {
        life->looking = true;
        facts_settle(session->facts, take_snapshot, session);
    }
    session_tell(session, NEWS_STATE);
}

void life_cancel_snapshot(struct session *session)
{
    struct life *life = &session->life;

    facts_settle_cancel(session->facts, session);
    life->looking = false;
    sandbox_request_cancel(life->request);
    life->request = NULL;
}

static void last_moment(void *data)
{
    struct session *session = data;

    session->life.last = NULL;
    life_begin_snapshot(session);
}

static bool wants_snapshot(const struct session *session)
{
    return life_is_persistent(session) ||
           strcmp(conf_text(session->setup.conf, "terminal.on_timeout"), "snapshot") == 0;
}

static void warn(void *data)
{
    struct session *session = data;
    struct life *life = &session->life;
    bool can = sandbox_can(session->sandbox) & SANDBOX_CAN_SNAPSHOT;
    bool asks = can && strcmp(conf_text(session->setup.conf, "terminal.on_timeout"), "ask") == 0;
    char ends[LIFE_TIME_TEXT], span[CLOCK_TEXT];

    life->warning = NULL;
    life->offered = asks && !wants_snapshot(session);
    life_time_text(life->ends, ends);
    clock_format_span((life->ends - clock_wall() + 500) / 1000 * 1000, span);
    const char *then = life->offered ? "`:snapshot` keeps its files"
                       : can && wants_snapshot(session)
                           ? "a snapshot of its files is taken before; `:snapshot` "
                             "takes one now"
                           : "its files go with it";
    char *text = xasprintf("The sandbox ends at %s, in %s: %s.", ends, span, then);
    session_notice(session, "life", text);
    session_tell(session, NEWS_STATE);
    free(text);
}

static void plan_end(struct session *session)
{
    struct life *life = &session->life;
    int64_t left, before;

    life->ends = sandbox_facts(session->sandbox)->ends;
    if (!life->ends)
        return;
    left = life->ends - clock_wall();
    before = left / 3 < LAST ? left / 3 : LAST;
    life->warning = loop_timer_add(session->setup.loop, left > WARNING ? left - WARNING : 0, warn, session);
    if (wants_snapshot(session) && (sandbox_can(session->sandbox) & SANDBOX_CAN_SNAPSHOT))
        life->last =
            loop_timer_add(session->setup.loop, left > before ? left - before : 0, last_moment, session);
}

static void unplan(struct session *session)
{
    struct life *life = &session->life;

    loop_timer_cancel(life->warning);
    loop_timer_cancel(life->last);
    life->warning = life->last = NULL;
    life_cancel_snapshot(session);
    life->ends = 0;
    life->offered = false;
}

/* --- it is open, or cannot be --- */

void life_ready(struct session *session)
{
    static const char *const states[] = {
        [LIFE_NEW] = "ready", [LIFE_ATTACH] = "attached", [LIFE_RESTORE] = "restored"
    };
    struct life *life = &session->life;
    char *sentence = NULL, time[LIFE_TIME_TEXT];

    if (life->opening == LIFE_ATTACH) {
        sentence = xstrdup("The session goes on in the sandbox that it had.");
    } else if (life->opening == LIFE_RESTORE) {
        life_time_text(life->was.snapshot_time, time);
        sentence = xasprintf(
            "A new sandbox was started from the snapshot of %s; what changed after it is gone.", time);
    }
    session_record_sandbox(session, states[life->opening], NULL);
    if (sentence)
        session_notice(session, "life", sentence);
    free(sentence);
    free(life->was.id);
    life->was.id = NULL;
    if (life->opening != LIFE_NEW)
        session->synced = true; /* the folder is in it, with what was done since */
    plan_end(session);
}

enum facts_origin life_facts_origin(const struct session *session)
{
    const struct life *life = &session->life;

    if (life->opening == LIFE_ATTACH)
        return FACTS_KEPT;
    return life->opening == LIFE_NEW || life->was.unchanged ? FACTS_FRESH : FACTS_UNSURE;
}

void life_adopted(struct session *session)
{
    unplan(session);
    session->life.opening = LIFE_NEW;
    free(session->life.was.programs); /* those of the sandbox before */
    session->life.was.programs = NULL;
    session_sandbox_words_anew(session);
    session_record_sandbox(session, "ready", NULL);
    plan_end(session);
    session_tell(session, NEWS_FILES);
}

static void replace(char **sentence, const char *more)
{
    char *old = *sentence;

    *sentence = xasprintf("%s%s %s", old, *old && strchr(".!?", old[strlen(old) - 1]) ? "" : ".", more);
    free(old);
}

static void say_what_can_be_done(struct session *session, char **sentence)
{
    bool outlives = life_outlives(session);

    if (outlives)
        session->synced = session->synced && session->life.was.snapshot;
    replace(sentence, !outlives
                          ? "Nothing can run until `:restart` (or `sandgate --continue`) begins it again."
                      : session->life.was.snapshot
                          ? "`:restart` (or `sandgate --continue`) starts a new one from its last snapshot."
                          : "`:restart` starts a new one with the folder as it is now.");
}

/* The sandbox of an earlier process is over for good. */
static void forget_sandbox(struct session *session, const char *sentence)
{
    session_record_sandbox(session, "gone", sentence);
    free(session->life.was.id);
    session->life.was.id = NULL;
}

bool life_open_failed(struct session *session, char **sentence)
{
    struct life *life = &session->life;

    unplan(session);
    if (life->opening == LIFE_ATTACH && !sandbox_facts(session->sandbox)->ended) {
        replace(sentence, "It may run still: `:restart` (or `sandgate --continue`) tries again to reach it.");
        return false;
    }
    if (life->opening == LIFE_ATTACH)
        forget_sandbox(session, *sentence);
    if (life->opening != LIFE_ATTACH || !life->was.snapshot) {
        say_what_can_be_done(session, sentence);
        return false;
    }
    session_notice(session, "life", *sentence);
    facts_forget(session->facts);
    sandbox_free(session->sandbox);
    session->sandbox = NULL;
    session_open_sandbox(session);
    return true;
}

void life_lost(struct session *session, char **sentence)
{
    unplan(session);
    say_what_can_be_done(session, sentence);
}

void session_cancel_start(struct session *session)
{
    if (session->state != SESSION_STARTING)
        return;
    unplan(session);
    sync_cancel(session->sync);
    session->sync = NULL;
    sandbox_request_cancel(session->instructions_request);
    session->instructions_request = NULL;
    session_sandbox_gone(session, "ended", "The start was cancelled. `:restart` begins it again.");
    facts_forget(session->facts);
    sandbox_free(session->sandbox);
    session->sandbox = NULL;
}

bool session_restart(struct session *session, struct error *error)
{
    if (session->life.leaving || !session->sandbox_failed)
        return error_set(error, "The sandbox is there; only one that is gone is started anew");
    facts_forget(session->facts);
    sandbox_free(session->sandbox);
    session->sandbox = NULL;
    free(session->sandbox_failed);
    session->sandbox_failed = NULL;
    session_open_sandbox(session);
    session_update_state(session);
    return true;
}

/* --- snapshots --- */

static void record_snapshot(struct session *session, const char *id)
{
    struct life *life = &session->life;
    char *text = xasprintf("A snapshot of the sandbox was taken: %s.", id);

    free(life->was.snapshot);
    life->was.snapshot = xstrdup(id);
    life->was.snapshot_time = clock_wall();
    life->was.unchanged = life->snapshot_age == facts_age(session->facts);
    life->offered = false;
    session_record_sandbox(session, "snapshot", NULL);
    session_notice(session, "life", text);
    free(text);
}

static void snapshot_answered(void *data, const struct sandbox_answer *answer)
{
    struct session *session = data;
    struct life *life = &session->life;

    life->request = NULL;
    if (answer->failed) {
        char *text = xasprintf("No snapshot of the sandbox could be taken: %s%s", answer->failed,
                               life->leaving ? " So it is left as it is." : "");
        session_error(session, "sandbox", text);
        free(text);
    } else {
        record_snapshot(session, answer->id);
    }
    if (life->leaving)
        life_end_sandbox(session, answer->failed != NULL);
    session_tell(session, NEWS_STATE);
}

bool session_snapshot(struct session *session, struct error *error)
{
    if (!session->sandbox_ready)
        return error_set(error, "There is no sandbox that a snapshot could be taken of");
    if (!(sandbox_can(session->sandbox) & SANDBOX_CAN_SNAPSHOT))
        return error_set(error, "A sandbox of %s cannot take snapshots; its workspace is on this machine",
                         sandbox_facts(session->sandbox)->backend);
    if (session->life.request || session->life.looking)
        return error_set(error, "A snapshot is being taken already");
    life_begin_snapshot(session);
    return true;
}

void session_life(const struct session *session, struct session_life *told)
{
    const struct life *life = &session->life;
    unsigned can = session->sandbox_ready ? sandbox_can(session->sandbox) : 0;

    *told = (struct session_life){
        .ends = session->sandbox_ready ? life->ends : 0,
        .can_keep = (can & SANDBOX_CAN_DETACH) != 0,
        .can_snapshot = (can & SANDBOX_CAN_SNAPSHOT) != 0,
        .can_fork = (can & SANDBOX_CAN_FORK) != 0,
        .snapshotting = life->request || life->looking,
        .offered = life->offered,
        .leaving = life->leaving,
        .snapshot = life->was.snapshot,
    };
}

void life_release(struct session *session)
{
    struct life *life = &session->life;

    unplan(session);
    loop_task_cancel(life->task);
    clear_steps(life);
    free(life->steps);
    sandbox_record_release(&life->was);
}
