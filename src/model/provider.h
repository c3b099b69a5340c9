/* provider.h - what a provider gives: private to this room, included by model.c and the providers.
 *
 * A provider's own struct begins with a struct model, its run's with a struct model_run; model.c sends each
 * call of model.h to the functions named here.
 *
 * Whoever listens may cancel a run from inside any callback.  A provider therefore tells through
 * model_run_enter and model_run_leave: between the two a cancel only marks the run, and leave answers whether
 * the run is still wanted. */
#ifndef SANDGATE_MODEL_PROVIDER_H
#define SANDGATE_MODEL_PROVIDER_H

#include "model/model.h"

struct model_operations {
    void (*close)(struct model *model);
    const char *(*name)(const struct model *model);
    int64_t (*context_length)(const struct model *model);
    struct model_run *(*start)(struct model *model, const struct messages *messages,
                               const struct model_tool *tools, size_t tool_count,
                               const struct model_events *events, void *data);
    /* Stops the run and frees it.  Never called while the run is telling; its model may be gone. */
    void (*free_run)(struct model_run *run);
    void (*list)(struct model *model,
                 void (*listed)(void *data, const char *const *names, size_t count, const char *failed),
                 void *data);
};

struct model {
    const struct model_operations *operations;
    struct model_run *runs; /* those that run, newest first */
};

struct model_run {
    const struct model_operations
        *operations;     /* the model's own; the model may be closed before the last leave */
    struct model *model; /* NULL once the run has ended */
    struct model_run *next;
    int depth;  /* of enter: callbacks of this run are on the stack */
    bool ended; /* to be freed by the outermost leave; tells nothing more */
};

void model_run_link(struct model *model, struct model_run *run);
void model_run_enter(struct model_run *run);
/* False: the run was cancelled meanwhile and is now freed, if this was the outermost leave. */
bool model_run_leave(struct model_run *run);
/* Unlinks the run and frees it, at once or with the outermost leave: model_cancel, and after the last word. */
void model_run_end(struct model_run *run);

struct model *openai_open(struct loop *loop, struct http *http, const struct model_options *options,
                          struct error *error);
struct model *replay_open(struct loop *loop, struct http *http, const struct model_options *options,
                          struct error *error);

#endif
