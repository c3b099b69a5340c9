/* sandbox_make.c - `sandgate sandbox create` and `fork`.
 *
 * What a new sandbox is made of is what the configuration says, with the options of the command line on top; the
 * same plan that a session's sandbox is made by. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/texts.h"
#include "conf/conf.h"
#include "face/sandbox_errand.h"
#include "face/setup.h"
#include "modal/image.h"
#include "sandbox/modal_plan.h"
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <string.h>

struct making {
    struct box_plan *plan;
    struct modal_sandbox_spec spec; /* the plan's, with app, image, command and tags */
    const char **tags;
    char *app_id, *image_id;
    char *layer; /* its sentence, until its first line of log; NULL: said */
};

static void release(struct errand *errand)
{
    struct making *making = errand->work;

    box_plan_free(making->plan);
    free(making->tags);
    free(making->app_id);
    free(making->image_id);
    free(making->layer);
    free(making);
}

/* --- the plan --- */

/* Options that are options of the configuration. */
static const struct {
    enum errand_option option;
    const char *path;
} settings[] = {
    { OPTION_IMAGE, "terminal.modal_image" },
    { OPTION_CPU, "terminal.container_cpu" },
    { OPTION_MEMORY, "terminal.container_memory" },
    { OPTION_GPU, "modal.gpu" },
    { OPTION_TIMEOUT, "modal.timeout" },
    { OPTION_NAME, "modal.name" },
    { OPTION_APP, "modal.app" },
};

static bool apply_set(struct errand *errand, const char *text, struct error *error)
{
    const char *equals = strchr(text, '=');

    if (!equals)
        return error_set(error, "--set takes PATH=VALUE, such as modal.region=[eu]; \"%s\" has no \"=\"",
                         text);
    char *path = xstrndup(text, (size_t)(equals - text));
    bool fine = conf_set_flag(errand->conf, path, equals + 1, error);
    free(path);
    return fine;
}

static bool apply_network(struct errand *errand, struct error *error)
{
    const char *network = errand->values[OPTION_NETWORK];

    if (!network)
        return true;
    if (strcmp(network, "on") != 0 && strcmp(network, "off") != 0)
        return error_set(error, "--network is on or off, not \"%s\"", network);
    return conf_set_flag(errand->conf, "terminal.network", strcmp(network, "on") == 0 ? "true" : "false",
                         error);
}

static bool apply_options(struct errand *errand, struct error *error)
{
    for (const char *const *set = errand->lists[OPTION_SET]; *set; set++)
        if (!apply_set(errand, *set, error))
            return false;
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        const char *value = errand->values[settings[i].option];
        if (value && !conf_set_flag(errand->conf, settings[i].path, value, error))
            return false;
    }
    return apply_network(errand, error);
}

/* Those of the configuration, then those of the command line. */
static const char **join_tags(const char *const *first, const char *const *second)
{
    size_t count = texts_count(first), more = texts_count(second);
    const char **tags = xcalloc(count + more + 1, sizeof *tags);
    if (count > 0)
        memcpy(tags, first, count * sizeof *tags);
    memcpy(tags + count, second, more * sizeof *tags);
    return tags;
}

static bool make_plan(struct errand *errand)
{
    struct making *making = xcalloc(1, sizeof *making);
    struct error error = ERROR_INIT;

    errand->work = making;
    errand->release = release;
    if (apply_options(errand, &error)) {
        struct sandbox_options options = { .conf = errand->conf,
                                           .network = conf_boolean(errand->conf, "terminal.network") };
        making->plan = box_plan_new(&options, &error);
    }
    if (!making->plan) {
        errand_fail_with(errand, EXIT_USAGE, "%s", error_message(&error));
        error_clear(&error);
        return false;
    }
    making->spec = making->plan->spec;
    making->tags = join_tags(making->spec.tags, errand->lists[OPTION_TAG]);
    making->spec.tags = making->tags;
    return true;
}

/* --- create --- */

static void print_id(struct errand *errand, const char *id)
{
    const struct making *making = errand->work;

    if (!errand_has(errand, OPTION_JSON)) {
        errand_print(id);
        return;
    }
    struct json *object = json_new_object();
    json_set_text(object, "id", id);
    json_set_text(object, "app", making->app_id);
    json_set_text(object, "image", making->image_id);
    errand_print_json(object);
}

static void created(void *data, const struct modal_failure *failure, struct modal_sandbox *sandbox)
{
    struct errand *errand = data;

    if (!errand_answered(errand, failure))
        return;
    print_id(errand, modal_sandbox_id(sandbox));
    modal_sandbox_free(sandbox);
    errand_end(errand, EXIT_FINE);
}

/* Nobody knows whether it was made when the answer is not waited for. */
static void interrupted(struct errand *errand, int signal)
{
    (void)signal;
    errand_fail_with(errand, EXIT_INTERRUPTED,
                     "The sandbox may have been made; sandgate sandbox list shows it");
}

static void create(struct errand *errand, const char *image_id)
{
    struct making *making = errand->work;

    errand->interrupted = interrupted;
    making->image_id = xstrdup(image_id);
    making->spec.image_id = making->image_id;
    making->spec.app_id = making->app_id;
    errand->call = modal_sandbox_create(errand->client, &making->spec, created, errand);
}

/* Layers that Modal has already say nothing. */
static void layer_begins(void *data, size_t at, size_t count, const char *command)
{
    struct making *making = ((struct errand *)data)->work;

    free(making->layer);
    making->layer = xasprintf("Building layer %zu of %zu of the image: %s", at, count, command);
}

static void layer_log(void *data, const char *line)
{
    struct making *making = ((struct errand *)data)->work;

    if (making->layer)
        errand_note("%s", making->layer);
    free(making->layer);
    making->layer = NULL;
    errand_note("  %s", line);
}

static void image_built(void *data, const struct modal_failure *failure, const char *image_id,
                        const char *workdir)
{
    struct errand *errand = data;

    (void)workdir;
    if (errand_answered(errand, failure))
        create(errand, image_id);
}

static bool app_answered(struct errand *errand, const struct modal_failure *failure, const char *id)
{
    struct making *making = errand->work;

    if (errand_answered(errand, failure))
        making->app_id = xstrdup(id);
    return !failure;
}

static void app_known(void *data, const struct modal_failure *failure, const char *id)
{
    static const struct modal_image_events events = { layer_begins, layer_log, NULL, image_built };
    struct errand *errand = data;
    struct making *making = errand->work;

    if (app_answered(errand, failure, id))
        errand->call = modal_image_build(errand->client, id, &making->plan->recipe, &events, errand);
}

void verb_create(struct errand *errand)
{
    struct making *making;

    if (errand->command > 0 && errand->count > 0) {
        errand_fail_with(errand, EXIT_USAGE, "A command comes after \"--\"; \"%s\" does not",
                         errand->words[0]);
        return;
    }
    if (!make_plan(errand))
        return;
    making = errand->work;
    if (errand->count > 0)
        making->spec.argv = errand->words;
    errand->call = modal_app(errand->client, making->plan->app, true, app_known, errand);
}

/* --- fork --- */

static void snapshot_for_fork(void *data, const struct modal_failure *failure, const char *image_id)
{
    struct errand *errand = data;

    if (errand_answered(errand, failure))
        create(errand, image_id);
}

static void fork_in_app(struct errand *errand)
{
    int64_t ttl = errand_ttl(errand);

    if (ttl != 0)
        errand->call = modal_sandbox_snapshot(errand->sandbox, NULL, ttl, ERRAND_SNAPSHOT_TIMEOUT,
                                              snapshot_for_fork, errand);
}

static void fork_app_known(void *data, const struct modal_failure *failure, const char *id)
{
    if (app_answered(data, failure, id))
        fork_in_app(data);
}

/* In the app of the first one, unless another is named. */
void verb_fork(struct errand *errand)
{
    const char *app_id = modal_sandbox_app_id(errand->sandbox);

    if (!make_plan(errand))
        return;
    struct making *making = errand->work;
    if (errand_has(errand, OPTION_APP) || !app_id) {
        errand->call = modal_app(errand->client, making->plan->app, true, fork_app_known, errand);
        return;
    }
    making->app_id = xstrdup(app_id);
    fork_in_app(errand);
}
