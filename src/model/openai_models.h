/* openai_models.h - the list of models that a server offers: asked, and read. */
#ifndef SANDGATE_MODEL_OPENAI_MODELS_H
#define SANDGATE_MODEL_OPENAI_MODELS_H

#include <stddef.h>
#include <stdint.h>

struct refusal;
struct server;

struct openai_models {
    char **names;
    int64_t *context_lengths; /* tokens; 0: not told */
    size_t count;
};

/* The answer to /models, in the forms of the usual servers; none at all when it cannot be read. */
struct openai_models openai_models_read(const char *text, size_t length);
void openai_models_release(struct openai_models *models);
/* Of the model NAME, 0: not known. */
int64_t openai_models_context_length(const struct openai_models *models, const char *name);

struct openai_question;

/* Asks once.  One callback: MODELS or REFUSAL, both borrowed; the other is NULL.  The question is the caller's
 * until openai_question_free, also after the callback, and from it. */
struct openai_question *openai_question_ask(struct server *server,
                                            void (*answered)(void *data, const struct openai_models *models,
                                                             const struct refusal *refusal),
                                            void *data);
void openai_question_free(struct openai_question *question); /* NULL is fine */

#endif
