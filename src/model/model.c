/* model.c - the table of providers, and the way from model.h to each of them. */
#include "model/model.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "model/provider.h"

#include <string.h>

static const struct provider {
    const char *name;
    struct model *(*open)(struct loop *loop, struct http *http, const struct model_options *options,
                          struct error *error);
} providers[] = {
    { "openai", openai_open }, /* any server that speaks OpenAI chat completions */
    { "replay", replay_open }, /* a recorded model, played from a script file */
};

struct model *model_open(struct loop *loop, struct http *http, const struct model_options *options,
                         struct error *error)
{
    for (size_t i = 0; i < ARRAY_SIZE(providers); i++)
        if (options->provider && strcmp(options->provider, providers[i].name) == 0)
            return providers[i].open(loop, http, options, error);
    struct buffer names = BUFFER_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(providers); i++)
        buffer_append_format(&names, "%s%s", i ? ", " : "", providers[i].name);
    error_set(error, "there is no model provider \"%s\"; there are: %s",
              options->provider ? options->provider : "", names.data);
    buffer_release(&names);
    return NULL;
}

void model_close(struct model *model)
{
    if (!model)
        return;
    while (model->runs)
        model_run_end(model->runs);
    model->operations->close(model);
}

const char *model_name(const struct model *model)
{
    return model->operations->name(model);
}

int64_t model_context_length(const struct model *model)
{
    return model->operations->context_length(model);
}

struct model_run *model_start(struct model *model, const struct messages *messages,
                              const struct model_tool *tools, size_t tool_count,
                              const struct model_events *events, void *data)
{
    return model->operations->start(model, messages, tools, tool_count, events, data);
}

void model_cancel(struct model_run *run)
{
    if (run)
        model_run_end(run);
}

void model_list(struct model *model,
                void (*listed)(void *data, const char *const *names, size_t count, const char *failed),
                void *data)
{
    model->operations->list(model, listed, data);
}

/* --- for providers --- */

void model_run_link(struct model *model, struct model_run *run)
{
    run->operations = model->operations;
    run->model = model;
    run->next = model->runs;
    model->runs = run;
}

static void unlink_run(struct model_run *run)
{
    struct model_run **link = &run->model->runs;
    while (*link != run)
        link = &(*link)->next;
    *link = run->next;
    run->model = NULL;
}

void model_run_enter(struct model_run *run)
{
    run->depth++;
}

bool model_run_leave(struct model_run *run)
{
    bool wanted = !run->ended;
    if (--run->depth == 0 && run->ended)
        run->operations->free_run(run);
    return wanted;
}

void model_run_end(struct model_run *run)
{
    if (run->ended)
        return;
    run->ended = true;
    unlink_run(run);
    if (run->depth == 0)
        run->operations->free_run(run);
}
