/* openai_models.c - see openai_models.h. */
#include "model/openai_models.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "model/refusal.h"
#include "model/server.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 8 * 1024 * 1024 }; /* bytes of the answer */

/* What servers call the context's length, in a model's entry or in its "meta". */
static const char *const length_keys[] = {
    "max_model_len",      /* vLLM, SGLang */
    "context_length",     /* OpenRouter, Together */
    "n_ctx",              /* llama.cpp */
    "context_window",     /* Groq */
    "max_context_length", /* LM Studio, Mistral */
};

static int64_t length_in(const struct json *object)
{
    for (size_t i = 0; i < ARRAY_SIZE(length_keys); i++) {
        int64_t length = json_get_integer(object, length_keys[i], 0);
        if (length > 0)
            return length;
    }
    return 0;
}

static void read_entry(struct openai_models *models, const struct json *entry)
{
    const char *name = json_get_text(entry, "id");
    if (!name)
        name = json_get_text(entry, "name");
    if (!name || !*name)
        return;
    int64_t length = length_in(entry);
    models->names[models->count] = xstrdup(name);
    models->context_lengths[models->count++] = length ? length : length_in(json_get(entry, "meta"));
}

struct openai_models openai_models_read(const char *text, size_t length)
{
    struct openai_models models = { .count = 0 };
    struct json *json = json_parse(text, length, NULL);
    const struct json *list = json_get(json, "data");
    if (!list)
        list = json_is(json, JSON_ARRAY) ? json : json_get(json, "models");
    size_t count = json_is(list, JSON_ARRAY) ? json_count(list) : 0;
    models.names = xcalloc(count + 1, sizeof *models.names);
    models.context_lengths = xcalloc(count + 1, sizeof *models.context_lengths);
    for (size_t i = 0; i < count; i++)
        read_entry(&models, json_at(list, i));
    json_free(json);
    return models;
}

void openai_models_release(struct openai_models *models)
{
    for (size_t i = 0; i < models->count; i++)
        free(models->names[i]);
    free(models->names);
    free(models->context_lengths);
    *models = (struct openai_models){ .count = 0 };
}

int64_t openai_models_context_length(const struct openai_models *models, const char *name)
{
    for (size_t i = 0; i < models->count; i++)
        if (strcmp(models->names[i], name) == 0)
            return models->context_lengths[i];
    return 0;
}

/* --- asking --- */

struct openai_question {
    struct exchange *exchange;
    struct buffer answer;
    void (*answered)(void *data, const struct openai_models *models, const struct refusal *refusal);
    void *data;
};

static void hear_body(void *data, const char *bytes, size_t length)
{
    struct openai_question *question = data;
    buffer_append(&question->answer, bytes, length);
}

static void hear_done(void *data)
{
    struct openai_question *question = data;
    struct openai_models models = openai_models_read(question->answer.data, question->answer.length);
    question->answered(question->data, &models, NULL);
    openai_models_release(&models);
}

static void hear_refused(void *data, const struct refusal *refusal)
{
    struct openai_question *question = data;
    question->answered(question->data, NULL, refusal);
}

static const struct exchange_events hearing = {
    .body = hear_body,
    .done = hear_done,
    .refused = hear_refused,
};

struct openai_question *openai_question_ask(struct server *server,
                                            void (*answered)(void *data, const struct openai_models *models,
                                                             const struct refusal *refusal),
                                            void *data)
{
    struct openai_question *question = xcalloc(1, sizeof *question);
    question->answered = answered;
    question->data = data;
    buffer_init(&question->answer, LIST_MAX);
    question->exchange = exchange_start(server, "/models", NULL, &hearing, question);
    return question;
}

void openai_question_free(struct openai_question *question)
{
    if (!question)
        return;
    exchange_cancel(question->exchange);
    buffer_release(&question->answer);
    free(question);
}
