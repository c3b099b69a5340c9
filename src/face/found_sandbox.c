/* found_sandbox.c - see found_sandbox.h. */
#include "face/found_sandbox.h"

#include "base/error.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "loop/loop.h"
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <unistd.h>

struct found_sandbox {
    struct found_wish wish;
    struct found_events events;
    void *data;
    struct conf *conf;
    struct sandbox *sandbox;
    bool restoring, was_ready, gone;
    bool left;
    char *failed; /* to be left well */
};

static bool outlives(const struct found_wish *wish)
{
    const struct sandbox_backend *backend = sandbox_backend(wish->backend);

    return backend && backend->outlives;
}

bool found_sandbox_possible(const struct found_wish *wish, struct error *error)
{
    if (outlives(wish) && !wish->record->id && !wish->record->snapshot)
        return error_set(
            error, "the sandbox of session %s was ended and left no snapshot: its files are gone with it",
            wish->session);
    if (!outlives(wish) && access(wish->state, F_OK) != 0)
        return error_set(error, "the sandbox of session %s is gone", wish->session);
    return true;
}

static void open_sandbox(struct found_sandbox *found);

static void ready(void *data)
{
    struct found_sandbox *found = data;

    found->was_ready = true;
    found->events.ready(found->data, found->sandbox);
}

static void failed(void *data, const char *sentence)
{
    struct found_sandbox *found = data;

    if (found->restoring || !outlives(&found->wish) || !found->wish.record->id ||
        !found->wish.record->snapshot) {
        found->gone = true;
        found->events.gone(found->data, sentence);
        return;
    }
    char *text = xasprintf("%s Its last snapshot is used.", sentence);
    found->events.notice(found->data, text);
    free(text);
    found->restoring = true;
    sandbox_free(found->sandbox);
    open_sandbox(found);
}

static void lost(void *data, const char *sentence)
{
    struct found_sandbox *found = data;

    found->gone = true;
    found->events.gone(found->data, sentence);
}

/* Nothing is run in it: no network, the backend's own limits. */
static void open_sandbox(struct found_sandbox *found)
{
    static const struct sandbox_open_events events = { .ready = ready, .failed = failed, .lost = lost };
    const struct found_wish *wish = &found->wish;
    struct sandbox_options options = { .backend = wish->backend,
                                       .state_folder = wish->state,
                                       .workspace = wish->workspace,
                                       .label = wish->session,
                                       .conf = found->conf };

    if (outlives(wish) && wish->record->id && !found->restoring) {
        options.id = wish->record->id;
    } else if (outlives(wish)) {
        options.restore = wish->record->snapshot;
        found->restoring = true;
    }
    found->sandbox = sandbox_open(wish->loop, &options, &events, found);
}

struct found_sandbox *found_sandbox_open(const struct found_wish *wish, const struct found_events *events,
                                         void *data, struct error *error)
{
    struct conf *conf = conf_load(wish->folder, error);

    if (!conf)
        return NULL;
    struct found_sandbox *found = xcalloc(1, sizeof *found);
    found->wish = *wish;
    found->events = *events;
    found->data = data;
    found->conf = conf;
    open_sandbox(found);
    return found;
}

static void was_left(void *data, const char *sentence)
{
    struct found_sandbox *found = data;

    found->left = true;
    found->failed = xstrdup_or_null(sentence);
}

bool found_sandbox_close(struct found_sandbox *found, struct error *error)
{
    if (!found)
        return true;
    bool kept = outlives(&found->wish) && !found->restoring;
    if (!found->gone) {
        sandbox_leave(found->sandbox, kept ? SANDBOX_KEEP : SANDBOX_TERMINATE, was_left, found);
        while (!found->left)
            loop_turn(found->wish.loop, -1);
    }
    sandbox_free(found->sandbox);
    conf_free(found->conf);
    bool fine = !found->failed || error_set(error, "%s", found->failed);
    free(found->failed);
    free(found);
    return fine;
}
