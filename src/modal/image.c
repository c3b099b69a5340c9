/* image.c - a recipe becomes an image: names to ids, then layer after layer, each joined until it is built. */
#include "modal/image.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/texts.h"
#include "modal/gpu.h"
#include "modal/image_files.h"
#include "modal/image_join.h"
#include "modal/image_recipe.h"
#include "modal/job.h"
#include "modal/names.h"
#include "modal/resolve.h"
#include "modal/settings.h"
#include "wire/grpc.h"

#include <stdlib.h>
#include <string.h>

enum { LAST_LINES = 12, LAST_LINE_BYTES = 400 };

struct build {
    struct job job;
    struct modal_image_events events;
    void *data;
    char *app_id;
    struct modal_recipe *recipe;
    char *builder; /* NULL: not needed */
    struct image_plan plan;
    struct resolve_item *items; /* registry secret, if any, then the recipe's secrets */
    size_t item_count;
    size_t at;      /* the layer that is built */
    char *mount_id; /* the context of this layer; NULL: none */
    char *image_id; /* of the layer before, then of this one */
    char *workdir;
    char *last[LAST_LINES]; /* the ends of the log, a ring */
    size_t lines;           /* of this layer's log */
};

static const struct modal_method build_method =
    METHOD(ImageGetOrCreate, image_get_or_create_request, image_get_or_create_response);
static const struct modal_method known_method =
    METHOD(ImageFromId, image_from_id_request, image_from_id_response);
static const struct modal_method tag_method =
    METHOD(ImageGetByTag, image_get_by_tag_request, image_get_by_tag_response);

static void forget_lines(struct build *build)
{
    for (size_t i = 0; i < LAST_LINES; i++) {
        free(build->last[i]);
        build->last[i] = NULL;
    }
    build->lines = 0;
}

static void release(struct job *job)
{
    forget_lines((struct build *)job);
}

static void end(struct build *build, const struct modal_failure *failure)
{
    job_over(&build->job);
    build->events.done(build->data, failure, failure ? NULL : build->image_id,
                       failure ? NULL : build->workdir);
    job_free(&build->job);
}

static void fail(struct job *job, const struct modal_failure *failure)
{
    end((struct build *)job, failure);
}

static void tell_log(void *data, const char *line)
{
    struct build *build = data;
    char **slot = &build->last[build->lines++ % LAST_LINES];

    free(*slot);
    *slot = xstrndup(line, strnlen(line, LAST_LINE_BYTES));
    if (!build->events.log)
        return;
    job_tell(&build->job);
    build->events.log(build->data, line);
    job_told(&build->job);
}

static void tell_progress(void *data, uint64_t done, uint64_t total)
{
    struct build *build = data;

    if (!build->events.progress)
        return;
    job_tell(&build->job);
    build->events.progress(build->data, done, total);
    job_told(&build->job);
}

/* --- results --- */

static const char *result_words(int status)
{
    switch (status) {
    case 3:
        return "was stopped at Modal by an external shut-down; try again";
    case 4:
        return "took too long and was stopped by Modal";
    default:
        return "failed";
    }
}

static const char *own_line(const struct image_layer *layer)
{
    return layer->lines[1] && strcmp(layer->lines[0], "FROM base") == 0 ? layer->lines[1] : layer->lines[0];
}

static void fail_result(struct build *build, const Modal__GenericResult *result)
{
    struct buffer sentence = BUFFER_INIT;
    const char *exception = result->exception ? result->exception : "";
    size_t first = build->lines > LAST_LINES ? build->lines - LAST_LINES : 0;

    buffer_append_format(&sentence, "The build of %s (layer %zu of %zu, %s) %s", build->image_id,
                         build->at + 1, build->plan.count, own_line(&build->plan.layers[build->at]),
                         result_words(result->status));
    if (*exception)
        buffer_append_format(&sentence, ": %s", exception);
    if (build->lines > 0)
        buffer_append_text(&sentence, "\nIts last lines:");
    for (size_t i = first; i < build->lines; i++)
        buffer_append_format(&sentence, "\n  %s", build->last[i % LAST_LINES]);
    struct modal_failure failure = {
        .status = GRPC_FAILED_PRECONDITION,
        .sentence = sentence.data,
        .message = exception,
    };
    end(build, &failure);
    buffer_release(&sentence);
}

static void build_layer(struct build *build);

static void keep_workdir(struct build *build, const char *workdir)
{
    if (workdir && *workdir)
        build->workdir = arena_text(&build->job.arena, workdir);
}

/* The layer's last word: the next one, or the end. */
static void take_result(struct build *build, const Modal__GenericResult *result, const char *workdir)
{
    enum { SUCCESS = 1 };

    if (result->status != SUCCESS) {
        fail_result(build, result);
        return;
    }
    keep_workdir(build, workdir);
    build->at++;
    build_layer(build);
}

static void joined(void *data, const struct modal_failure *failure, const Modal__GenericResult *result,
                   const char *workdir)
{
    struct build *build = data;

    build->job.step = NULL;
    if (failure)
        end(build, failure);
    else
        take_result(build, result, workdir);
}

static void got_layer(void *data, const struct modal_failure *failure, const void *answer)
{
    static const struct image_join_events join_events = { tell_log, tell_progress, joined };
    struct build *build = data;
    const Modal__ImageGetOrCreateResponse *response = answer;

    build->job.step = NULL;
    if (failure) {
        end(build, failure);
        return;
    }
    build->image_id = arena_text(&build->job.arena, response->image_id ? response->image_id : "");
    if (response->result && response->result->status != 0)
        take_result(build, response->result, response->metadata ? response->metadata->workdir : NULL);
    else
        build->job.step = image_join(build->job.client, build->image_id, &join_events, build);
}

/* --- a layer --- */

static int registry_kind(const char *kind)
{
    enum { AWS = 1, GCP = 2, STATIC = 4 };

    if (kind && strcmp(kind, "aws") == 0)
        return AWS;
    return kind && strcmp(kind, "gcp") == 0 ? GCP : STATIC;
}

/* The registry's login is for the first layer, secrets and GPU are for those that run something. */
static void add_access(struct build *build, struct arena *arena, const struct image_layer *layer,
                       Modal__Image *image)
{
    const struct modal_recipe *recipe = build->recipe;
    size_t first = recipe->registry_secret ? 1 : 0;

    image->gpu_config = gpu_config(arena, layer->runs ? recipe->gpu : NULL, NULL);
    if (first > 0 && !build->plan.known && build->at == 0) {
        image->image_registry_config = arena_message(arena, &modal__image_registry_config__descriptor);
        image->image_registry_config->has_registry_auth_type = true;
        image->image_registry_config->registry_auth_type = registry_kind(recipe->registry_kind);
        image->image_registry_config->secret_id = (char *)build->items[0].id;
    }
    if (!layer->runs)
        return;
    image->n_secret_ids = build->item_count - first;
    image->secret_ids = arena_take(arena, (image->n_secret_ids + 1) * sizeof *image->secret_ids);
    for (size_t i = 0; i < image->n_secret_ids; i++)
        image->secret_ids[i] = (char *)build->items[first + i].id;
}

static Modal__Image *make_image(struct build *build, struct arena *arena, const struct image_layer *layer)
{
    Modal__Image *image = arena_message(arena, &modal__image__descriptor);

    image->dockerfile_commands = (char **)layer->lines;
    image->n_dockerfile_commands = texts_count(layer->lines);
    if (build->image_id) {
        Modal__BaseImage *base = arena_message(arena, &modal__base_image__descriptor);
        base->docker_tag = arena_text(arena, "base");
        base->image_id = build->image_id;
        image->base_images = arena_copy(arena, &base, sizeof base);
        image->n_base_images = 1;
    }
    image->context_mount_id = build->mount_id;
    add_access(build, arena, layer, image);
    return image;
}

static void ask_layer(struct build *build)
{
    struct arena arena = ARENA_INIT;
    const struct image_layer *layer = &build->plan.layers[build->at];
    const struct modal_settings *settings = job_settings(&build->job);
    Modal__ImageGetOrCreateRequest request = MODAL__IMAGE_GET_OR_CREATE_REQUEST__INIT;

    request.image = make_image(build, &arena, layer);
    request.app_id = build->app_id;
    request.has_name_space = true;
    request.name_space = layer->name_space;
    request.builder_version = build->builder;
    request.has_force_build = request.has_ignore_cache = true;
    request.force_build = build->recipe->force_build || settings->force_build;
    request.ignore_cache = build->recipe->ignore_cache || settings->ignore_cache;
    build->job.step =
        modal_unary(build->job.client, &build_method, &request, 0, "Building the image", got_layer, build);
    arena_release(&arena);
}

static void uploaded(void *data, const struct modal_failure *failure, const char *mount_id)
{
    struct build *build = data;

    build->job.step = NULL;
    if (failure) {
        end(build, failure);
        return;
    }
    build->mount_id = arena_text(&build->job.arena, mount_id);
    ask_layer(build);
}

static void build_layer(struct build *build)
{
    static const struct image_files_events files_events = { tell_log, tell_progress, uploaded };

    if (build->at == build->plan.count) {
        end(build, NULL);
        return;
    }
    const struct image_layer *layer = &build->plan.layers[build->at];
    forget_lines(build);
    build->mount_id = NULL;
    job_tell(&build->job);
    if (build->events.layer)
        build->events.layer(build->data, build->at + 1, build->plan.count, own_line(layer));
    if (!job_told(&build->job))
        return;
    if (layer->files)
        build->job.step =
            image_files_upload(build->job.client, build->app_id, layer->files->words, &files_events, build);
    else
        ask_layer(build);
}

/* --- a base that is known --- */

static void fail_known(struct build *build, const struct modal_failure *failure)
{
    struct modal_failure missing = *failure;
    bool gone = failure->status == GRPC_NOT_FOUND || (failure->status == GRPC_FAILED_PRECONDITION &&
                                                      strstr(failure->message, "Could not find image"));

    if (gone) {
        missing.status = GRPC_NOT_FOUND;
        missing.sentence = arena_format(&build->job.arena,
                                        "Modal does not know the image %s; it was deleted or has expired, or "
                                        "belongs to another workspace",
                                        build->plan.known);
    }
    end(build, &missing);
}

static void known_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct build *build = data;
    const Modal__ImageFromIdResponse *response = answer;

    build->job.step = NULL;
    if (failure) {
        fail_known(build, failure);
        return;
    }
    keep_workdir(build, response->metadata ? response->metadata->workdir : NULL);
    build_layer(build);
}

static void ask_known(struct build *build)
{
    Modal__ImageFromIdRequest request = MODAL__IMAGE_FROM_ID_REQUEST__INIT;

    request.image_id = build->image_id;
    build->job.step = modal_unary(build->job.client, &known_method, &request, 0, "Looking up the image",
                                  known_answered, build);
}

static void tag_answered(void *data, const struct modal_failure *failure, const void *answer)
{
    struct build *build = data;
    const Modal__ImageGetByTagResponse *response = answer;

    build->job.step = NULL;
    if (failure) {
        fail_known(build, failure);
        return;
    }
    build->image_id = arena_text(&build->job.arena, response->image_id ? response->image_id : "");
    ask_known(build);
}

static void ask_tag(struct build *build, const char *name)
{
    Modal__ImageGetByTagRequest request = MODAL__IMAGE_GET_BY_TAG_REQUEST__INIT;

    request.tag = (char *)name;
    if (!strchr(name, '/'))
        request.environment_name = job_settings(&build->job)->environment;
    build->job.step =
        modal_unary(build->job.client, &tag_method, &request, 0, "Looking up the image", tag_answered, build);
}

/* --- the start --- */

static void resolved(void *data, const struct modal_failure *failure, const char *id)
{
    static const char named[] = "name:";
    struct build *build = data;
    const char *known = build->plan.known;

    (void)id;
    build->job.step = NULL;
    if (failure) {
        end(build, failure);
    } else if (!known) {
        build_layer(build);
    } else if (modal_id_has(known, named)) {
        ask_tag(build, known + strlen(named));
    } else {
        build->image_id = arena_text(&build->job.arena, known);
        ask_known(build);
    }
}

static void resolve_secrets(struct build *build)
{
    const struct modal_recipe *recipe = build->recipe;
    size_t first = recipe->registry_secret ? 1 : 0;

    build->item_count = first + texts_count(recipe->secrets);
    build->items = arena_take(&build->job.arena, (build->item_count + 1) * sizeof *build->items);
    for (size_t i = 0; i < build->item_count; i++)
        build->items[i].name = first && i == 0 ? recipe->registry_secret : recipe->secrets[i - first];
    build->job.step =
        resolve_all(build->job.client, &build->job.arena, build->items, build->item_count, resolved, build);
}

static bool make_plan(struct build *build, const char *builder)
{
    struct error error = ERROR_INIT;

    if (image_plan_make(&build->plan, &build->job.arena, build->recipe, builder, &error) &&
        gpu_config(&build->job.arena, build->recipe->gpu, &error))
        return true;
    job_refuse(&build->job, error_message(&error));
    error_clear(&error);
    return false;
}

static void builder_known(void *data, const struct modal_failure *failure, const char *builder)
{
    struct build *build = data;

    build->job.step = NULL;
    if (failure) {
        end(build, failure);
        return;
    }
    build->builder = arena_text(&build->job.arena, builder);
    if (make_plan(build, builder))
        resolve_secrets(build);
}

struct modal_call *modal_image_build(struct modal_client *client, const char *app_id,
                                     const struct modal_recipe *recipe,
                                     const struct modal_image_events *events, void *data)
{
    static const char likely_builder[] = "2025.06"; /* for the checks before anything is sent */
    struct build *build = job_new(sizeof *build, client, fail);

    build->job.release = release;
    build->events = *events;
    build->data = data;
    build->app_id = arena_text(&build->job.arena, app_id);
    build->recipe = image_recipe_copy(&build->job.arena, recipe);
    if (make_plan(build, likely_builder)) {
        if (build->plan.count == 0)
            resolve_secrets(build);
        else
            build->job.step = modal_builder_version(client, builder_known, build);
    }
    return &build->job.call;
}
