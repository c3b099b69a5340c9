/* openai.h - the provider for servers that speak OpenAI chat completions: what its two files share.
 *
 * openai.c opens, closes and lists; openai_run.c is the life of one request. */
#ifndef SANDGATE_MODEL_OPENAI_H
#define SANDGATE_MODEL_OPENAI_H

#include "model/provider.h"
#include "model/retry.h"

#include <stdbool.h>
#include <stdint.h>

struct openai_asking;
struct openai_models;
struct server;

struct openai {
    struct model base;
    struct loop *loop;
    struct server *server;
    char *name;             /* NULL until the server told it */
    int64_t context_length; /* 0: not known */
    bool context_asked;
    int64_t max_tokens;
    double temperature;
    struct json *extra; /* may be NULL */
    bool ask_usage;     /* false once the server refused stream_options, or when extra has its own */
    struct retry_policy policy;
    struct openai_asking *asking; /* questions for the models that no run waits for */
};

/* Takes the name, when there is exactly one, and the context's length. False: the name is still not known; the
 * sentence says what there is to choose from. */
bool openai_take_models(struct openai *openai, const struct openai_models *models, struct error *error);
/* Asks in the background how long the context is, when that is of use and was not yet asked. */
void openai_ask_context(struct openai *openai);

struct model_run *openai_start(struct model *model, const struct messages *messages,
                               const struct model_tool *tools, size_t tool_count,
                               const struct model_events *events, void *data);
void openai_free_run(struct model_run *run);

#endif
