/* openai.c - opens and closes the provider, and asks the server what models it has. */
#include "model/openai.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "model/openai_models.h"
#include "model/refusal.h"
#include "model/server.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 20 };

/* --- the models of the server --- */

bool openai_take_models(struct openai *openai, const struct openai_models *models, struct error *error)
{
    if (!openai->name && models->count == 1)
        openai->name = xstrdup(models->names[0]);
    if (openai->name) {
        if (!openai->context_length)
            openai->context_length = openai_models_context_length(models, openai->name);
        return true;
    }
    if (!models->count)
        return error_set(error,
                         "the server at %s names no model of its own; set SANDGATE_MODEL or model.name",
                         server_url(openai->server));
    struct buffer names = BUFFER_INIT;
    for (size_t i = 0; i < models->count && i < NAMES_SHOWN; i++)
        buffer_append_format(&names, "%s%s", i ? ", " : "", models->names[i]);
    if (models->count > NAMES_SHOWN)
        buffer_append_format(&names, " and %zu more", models->count - NAMES_SHOWN);
    error_set(error, "the server at %s has several models; set SANDGATE_MODEL or model.name to one of: %s",
              server_url(openai->server), names.data);
    buffer_release(&names);
    return false;
}

struct openai_asking {
    struct openai *openai;
    struct openai_asking *next;
    struct openai_question *question;
    /* NULL: asked for the context's length only */
    void (*listed)(void *data, const char *const *names, size_t count, const char *failed);
    void *data;
};

static void free_asking(struct openai_asking *asking)
{
    openai_question_free(asking->question);
    free(asking);
}

static void tell_list(const struct openai_asking *asking, const struct openai_models *models,
                      const struct refusal *refusal, const char *url)
{
    if (models) {
        asking->listed(asking->data, (const char *const *)models->names, models->count, NULL);
        return;
    }
    char *status = refusal->status ? xasprintf(" (%d)", refusal->status) : xstrdup("");
    char *sentence = xasprintf("the server at %s did not list its models%s%s%s", url, status,
                               *refusal->words ? ": " : "", refusal->words);
    asking->listed(asking->data, NULL, 0, sentence);
    free(sentence);
    free(status);
}

static void hear_models(void *data, const struct openai_models *models, const struct refusal *refusal)
{
    struct openai_asking *asking = data;
    struct openai_asking **link = &asking->openai->asking;
    while (*link != asking)
        link = &(*link)->next;
    *link = asking->next;
    if (models && asking->openai->name)
        openai_take_models(asking->openai, models, NULL);
    if (asking->listed)
        tell_list(asking, models, refusal, server_url(asking->openai->server));
    free_asking(asking);
}

static void ask(struct openai *openai,
                void (*listed)(void *data, const char *const *names, size_t count, const char *failed),
                void *data)
{
    struct openai_asking *asking = xcalloc(1, sizeof *asking);
    asking->openai = openai;
    asking->listed = listed;
    asking->data = data;
    asking->next = openai->asking;
    openai->asking = asking;
    asking->question = openai_question_ask(openai->server, hear_models, asking);
}

void openai_ask_context(struct openai *openai)
{
    if (openai->context_length || openai->context_asked)
        return;
    openai->context_asked = true;
    ask(openai, NULL, NULL);
}

static void openai_list(struct model *model,
                        void (*listed)(void *data, const char *const *names, size_t count,
                                       const char *failed),
                        void *data)
{
    ask((struct openai *)model, listed, data);
}

/* --- life --- */

static const char *openai_name(const struct model *model)
{
    const char *name = ((const struct openai *)model)->name;
    return name ? name : "";
}

static int64_t openai_context_length(const struct model *model)
{
    return ((const struct openai *)model)->context_length;
}

static void openai_close(struct model *model)
{
    struct openai *openai = (struct openai *)model;
    while (openai->asking) {
        struct openai_asking *asking = openai->asking;
        openai->asking = asking->next;
        free_asking(asking);
    }
    server_free(openai->server);
    json_free(openai->extra);
    free(openai->name);
    free(openai);
}

static const struct model_operations operations = {
    .close = openai_close,
    .name = openai_name,
    .context_length = openai_context_length,
    .start = openai_start,
    .free_run = openai_free_run,
    .list = openai_list,
};

struct model *openai_open(struct loop *loop, struct http *http, const struct model_options *options,
                          struct error *error)
{
    struct server *server = server_new(loop, http, options, error);
    if (!server)
        return NULL;
    struct openai *openai = xcalloc(1, sizeof *openai);
    const char *extra_model = json_get_text(options->extra, "model");
    const char *name = options->name && *options->name ? options->name : extra_model;
    openai->base.operations = &operations;
    openai->loop = loop;
    openai->server = server;
    openai->name = xstrdup_or_null(name);
    openai->context_length = options->context_length;
    openai->max_tokens = options->max_tokens;
    openai->temperature = options->temperature;
    openai->extra = json_copy(options->extra);
    openai->ask_usage = !json_get(options->extra, "stream_options");
    openai->policy = (struct retry_policy){ options->max_retries, options->start_timeout };
    return &openai->base;
}
