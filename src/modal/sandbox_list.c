/* sandbox_list.c - all pages of the list of sandboxes, newest first (protocol: list, names, tags). */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "modal/job.h"
#include "modal/sandbox_definition.h"
#include "modal/sandbox_spec.h"
#include "modal/sandboxes_private.h"
#include "modal/settings.h"

#include <stdlib.h>

enum { SANDBOXES_MAX = 100000 };

struct listing {
    struct job job;
    modal_sandbox_listed *listed;
    void *data;
    char *app_id; /* NULL: all of the environment */
    const char *const *tags;
    bool finished, v2;
    double before; /* the cursor; 0: the first page */
    struct modal_sandbox_info *list;
    size_t count, capacity;
};

static const struct modal_method list_methods[2] =
    METHODS(SandboxList, sandbox_list_request, sandbox_list_response);

static void release(struct job *job)
{
    free(((struct listing *)job)->list);
}

static void end(struct listing *listing, const struct modal_failure *failure)
{
    job_over(&listing->job);
    listing->listed(listing->data, failure, listing->list, failure ? 0 : listing->count);
    job_free(&listing->job);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    end((struct listing *)job, failure);
}

const char *const *sandbox_tag_texts(struct arena *arena, Modal__SandboxTag *const *tags, size_t count)
{
    const char **texts = arena_take(arena, (count + 1) * sizeof *texts);

    for (size_t i = 0; i < count; i++)
        texts[i] = arena_format(arena, "%s=%s", tags[i]->tag_name ? tags[i]->tag_name : "",
                                tags[i]->tag_value ? tags[i]->tag_value : "");
    return texts;
}

static const char *text_or_null(struct arena *arena, const char *text)
{
    return text && *text ? arena_text(arena, text) : NULL;
}

static void add_task(struct modal_sandbox_info *info, struct arena *arena, const Modal__SandboxInfo *from)
{
    const Modal__TaskInfo *task = from->task_info;
    const Modal__GenericResult *result = task ? task->result : NULL;
    struct buffer sentence = BUFFER_INIT;

    if (!result && from->metadata)
        result = from->metadata->result;
    info->started = task ? task->started_at : 0;
    info->finished = task ? task->finished_at : 0;
    info->end = sandbox_end_of(result, info->timeout, &sentence);
    info->end.sentence = arena_text(arena, info->end.sentence);
    buffer_release(&sentence);
}

static void add_resources(struct modal_sandbox_info *info, struct arena *arena,
                          const Modal__ResourceInfo *from)
{
    if (!from)
        return;
    info->gpu = text_or_null(arena, from->gpu_type);
    if (from->milli_cpu && !from->milli_cpu->is_default)
        info->cpu = from->milli_cpu->value / 1000.0;
    if (from->memory_mb && !from->memory_mb->is_default)
        info->memory = from->memory_mb->value;
}

static void add(struct listing *listing, const Modal__SandboxInfo *from)
{
    struct arena *arena = &listing->job.arena;
    struct modal_sandbox_info info = {
        .id = arena_text(arena, from->id ? from->id : ""),
        .name = text_or_null(arena, from->name),
        .app_id = text_or_null(arena, from->app_id),
        .image_id = text_or_null(arena, from->image_id),
        .created = from->created_at,
        .timeout = from->timeout_secs,
        .idle_timeout = from->idle_timeout_secs,
        .tags = sandbox_tag_texts(arena, from->tags, from->n_tags),
    };

    add_resources(&info, arena, from->resource_info);
    add_task(&info, arena, from);
    listing->list =
        array_reserve(listing->list, &listing->capacity, listing->count + 1, sizeof *listing->list);
    listing->list[listing->count++] = info;
}

static void ask_page(struct listing *listing);

static void got_page(void *data, const struct modal_failure *failure, const void *answer)
{
    struct listing *listing = data;
    const Modal__SandboxListResponse *response = answer;

    listing->job.step = NULL;
    if (failure) {
        end(listing, failure);
        return;
    }
    for (size_t i = 0; i < response->n_sandboxes; i++)
        add(listing, response->sandboxes[i]);
    double last = response->n_sandboxes > 0 ? response->sandboxes[response->n_sandboxes - 1]->created_at : 0;
    bool moves = last > 0 && (listing->before == 0 || last < listing->before);
    if (!moves || listing->count >= SANDBOXES_MAX) {
        end(listing, NULL);
        return;
    }
    listing->before = last;
    ask_page(listing);
}

static void ask_page(struct listing *listing)
{
    struct arena arena = ARENA_INIT;
    Modal__SandboxListRequest request = MODAL__SANDBOX_LIST_REQUEST__INIT;

    request.app_id = listing->app_id;
    request.has_before_timestamp = listing->before > 0;
    request.before_timestamp = listing->before;
    if (!listing->v2 || !listing->app_id)
        request.environment_name = job_settings(&listing->job)->environment;
    request.has_include_finished = true;
    request.include_finished = listing->finished;
    request.tags = sandbox_tags(&arena, listing->tags, &request.n_tags);
    listing->job.step = modal_unary(listing->job.client, &list_methods[listing->v2], &request, 0,
                                    "Listing the sandboxes", got_page, listing);
    arena_release(&arena);
}

struct modal_call *modal_sandbox_list(struct modal_client *client, const char *app_id,
                                      const char *const *tags, bool finished, modal_sandbox_listed *listed,
                                      void *data)
{
    struct listing *listing = job_new(sizeof *listing, client, fail);
    struct error error = ERROR_INIT;

    listing->job.release = release;
    listing->listed = listed;
    listing->data = data;
    listing->app_id = arena_text(&listing->job.arena, app_id);
    listing->tags = arena_texts(&listing->job.arena, tags);
    listing->finished = finished;
    listing->v2 = modal_client_settings(client)->sandbox_v2;
    if (sandbox_pairs_check("A tag", tags, false, &error)) {
        ask_page(listing);
    } else {
        job_refuse(&listing->job, error_message(&error));
        error_clear(&error);
    }
    return &listing->job.call;
}
