/* life.h - the life of a session's sandbox across processes; private to the session's files.
 *
 * Which sandbox a session opens (the one that an earlier process left, one restored from its last snapshot, or a
 * new one), what happens before its provider ends it, and what becomes of it when the person quits.  All that is
 * known is in the log, as events of the type sandbox. */
#ifndef SANDGATE_AGENT_LIFE_H
#define SANDGATE_AGENT_LIFE_H

#include "agent/facts.h"
#include "agent/sandbox_record.h"
#include "agent/session.h"

struct event;
struct sandbox_options;
struct sandbox_request;

enum life_opening { LIFE_NEW, LIFE_ATTACH, LIFE_RESTORE };

struct life {
    enum life_opening opening; /* what the open under way, or the open sandbox, began with */
    struct sandbox_record was; /* what earlier processes left; its snapshot is the newest, of this one too */
    int64_t ends;              /* clock_wall; 0: it does not */
    bool looking;              /* a snapshot waits for a look at what it will hold */
    int64_t snapshot_age;      /* of the facts when it began, and the programs were the image's own; -1: not so */
    bool offered;              /* on_timeout is ask, and its end is near */
    struct loop_timer *warning, *last;
    struct sandbox_request *request; /* a snapshot is under way */
    bool leaving;                    /* no call starts any more */
    enum session_quit how;
    struct loop_task *task;
    void (*left)(void *data, const char *words);
    void *left_data;
    struct session_step *steps; /* of the start */
    size_t step_count, step_capacity;
};

/* An event of the type sandbox, of an earlier process. */
void life_take_event(struct session *session, const struct event *event);
/* A new session: the snapshot that the folder's last session left, when the configuration says so. */
void life_find_snapshot(struct session *session);
/* Says which sandbox is to be opened. */
void life_choose(struct session *session, struct sandbox_options *options);
void life_step(struct session *session, const char *step, const char *detail);
void life_ready(struct session *session);
/* What the sandbox that is open was made from, for its facts. */
enum facts_origin life_facts_origin(const struct session *session);
/* The fork of a trial took the sandbox's place. */
void life_adopted(struct session *session);
/* True: another way is being tried, and said.  Else *SENTENCE (owned, to be freed) may be replaced by one that
 * says what can be done. */
bool life_open_failed(struct session *session, char **sentence);
/* It is gone for whatever reason: nothing is planned for it any more. */
void life_lost(struct session *session, char **sentence);
void life_release(struct session *session);

/* --- between life.c and leaving.c --- */

enum { LIFE_TIME_TEXT = 16 };
void life_time_text(int64_t wall, char text[LIFE_TIME_TEXT]); /* "14:05", of the person's clock */
bool life_outlives(const struct session *session); /* the backend's sandboxes can live without us */
bool life_is_persistent(const struct session *session);
void life_begin_snapshot(struct session *session);
void life_cancel_snapshot(struct session *session);
void life_end_sandbox(struct session *session, bool keep);

#endif
