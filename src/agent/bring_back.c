/* bring_back.c - see bring_back.h.  The changes are copied: the comparison lends them only while it tells. */
#include "agent/bring_back.h"

#include "agent/session_private.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "matter/diff.h"
#include "sandbox/sync.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct change {
    struct bring_back_change told;
    struct sync_change sync; /* owned */
    bool *hunks;             /* those that are chosen, NULL: all */
    char *failed;
};

struct bring_back {
    struct session *session;
    void (*changed)(void *data);
    void *data;
    struct sync *sync;
    char *manifest;
    struct change *changes;
    size_t count;
    bool ready;
    char *failed;
};

static char *copy_bytes(const char *bytes, size_t length)
{
    if (!bytes)
        return NULL;
    char *copy = xmalloc(length + 1);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void count_lines(struct bring_back_change *told, const struct sync_change *sync)
{
    struct diff *diff = sync_change_diff(sync, 0);

    if (!diff)
        return;
    told->added = diff_added(diff);
    told->removed = diff_removed(diff);
    diff_free(diff);
}

static void take(struct change *change, const struct sync_change *from)
{
    struct sync_change *sync = &change->sync;
    struct bring_back_change *told = &change->told;

    *sync = *from;
    sync->path = xstrdup(from->path);
    sync->before = copy_bytes(from->before, from->before_length);
    sync->after = copy_bytes(from->after, from->after_length);
    sync->why = xstrdup_or_null(from->why);
    *told = (struct bring_back_change){ .path = sync->path,
                                        .kind = sync_change_name(sync),
                                        .why = sync->why,
                                        .is_text = sync_change_is_text(sync),
                                        .before = sync->before,
                                        .after = sync->after,
                                        .before_length = sync->before_length,
                                        .after_length = sync->after_length,
                                        .chosen = !sync->why };
    count_lines(told, sync);
}

static void compared(void *data, const struct sync_change *changes, size_t count, const char *failed)
{
    struct bring_back *back = data;

    back->sync = NULL;
    back->ready = true;
    back->failed = xstrdup_or_null(failed);
    back->changes = xcalloc(count + 1, sizeof *back->changes);
    back->count = failed ? 0 : count;
    for (size_t i = 0; i < back->count; i++)
        take(&back->changes[i], &changes[i]);
    back->changed(back->data);
}

struct bring_back *bring_back_start(struct session *session, void (*changed)(void *data), void *data,
                                    struct error *error)
{
    char *manifest = path_join(session->folder, "manifest.json");
    const char *folder = session->setup.folder;

    if (!folder || access(manifest, F_OK) != 0)
        error_set(error, "No folder was copied into this sandbox, so nothing can be brought back");
    else if (path_is_demo(folder))
        error_set(error, "The demo's folder is part of the program; nothing is brought back to it");
    else if (!session->sandbox_ready)
        error_set(error, "The sandbox is not ready");
    if (error->message) {
        free(manifest);
        return NULL;
    }
    struct bring_back *back = xcalloc(1, sizeof *back);
    back->session = session;
    back->changed = changed;
    back->data = data;
    back->manifest = manifest;
    back->sync = sync_compare(session->setup.loop, session->sandbox, folder, session->workspace, manifest,
                              compared, back);
    return back;
}

void bring_back_free(struct bring_back *back)
{
    if (!back)
        return;
    sync_cancel(back->sync);
    for (size_t i = 0; i < back->count; i++) {
        struct sync_change *sync = &back->changes[i].sync;
        free(sync->path);
        free(sync->before);
        free(sync->after);
        free(sync->why);
        free(back->changes[i].hunks);
        free(back->changes[i].failed);
    }
    free(back->changes);
    free(back->manifest);
    free(back->failed);
    free(back);
}

bool bring_back_is_ready(const struct bring_back *back)
{
    return back->ready;
}

const char *bring_back_failed(const struct bring_back *back)
{
    return back->failed;
}

size_t bring_back_count(const struct bring_back *back)
{
    return back->count;
}

const struct bring_back_change *bring_back_at(const struct bring_back *back, size_t index)
{
    return &back->changes[index].told;
}

void bring_back_choose(struct bring_back *back, size_t index, bool chosen)
{
    struct bring_back_change *told = &back->changes[index].told;

    told->chosen = chosen && !told->why && !told->applied;
}

void bring_back_choose_hunks(struct bring_back *back, size_t index, const bool *hunks, size_t count)
{
    struct change *change = &back->changes[index];

    free(change->hunks);
    change->hunks = hunks ? xmemdup(hunks, count * sizeof *hunks) : NULL;
    change->told.in_part = hunks != NULL;
}

static bool take_part(const struct sync_change *whole, const bool *hunks, struct sync_change *part)
{
    struct diff *diff = whole->before && whole->after
                            ? diff_new_apart(whole->before, whole->before_length, whole->after,
                                             whole->after_length, DIFF_CONTEXT)
                            : NULL;
    bool taken = diff && sync_change_part(whole, diff, hunks, part);

    diff_free(diff);
    return taken;
}

static bool apply(const struct bring_back *back, struct change *change)
{
    struct error error = ERROR_INIT;
    struct sync_change whole = change->sync, part;
    bool in_part = change->hunks && take_part(&whole, change->hunks, &part);
    const struct sync_change *made = in_part ? &part : &whole;
    bool applied = change->hunks && !in_part ? error_set(&error, "%s has no hunks to choose from", whole.path)
                                             : sync_apply(back->session->setup.folder, made, &error);

    change->told.applied = applied;
    change->told.chosen = false;
    change->told.in_part = in_part;
    if (!applied || !sync_record(back->manifest, made, &error)) {
        free(change->failed);
        change->failed = xstrdup(error_message(&error));
        change->told.failed = change->failed;
    }
    if (in_part)
        free(part.after);
    error_clear(&error);
    return applied;
}

size_t bring_back_apply(struct bring_back *back)
{
    size_t applied = 0;

    for (size_t i = 0; i < back->count; i++)
        if (back->changes[i].told.chosen)
            applied += apply(back, &back->changes[i]);
    if (applied > 0) {
        char *text = xasprintf("%zu change%s of the sandbox brought back to %s.", applied,
                               applied == 1 ? "" : "s", back->session->setup.folder);
        session_notice(back->session, "pull", text);
        free(text);
    }
    return applied;
}
