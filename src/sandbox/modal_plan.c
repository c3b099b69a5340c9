/* modal_plan.c - from the configuration to what Modal is asked for.
 *
 * The recipe of the image has a fixed order: packages of the system first, then those of languages, then
 * commands, so that a change late in it leaves the layers before it in Modal's cache.  The network is closed
 * unless the configuration opens it, and a list of domains or ranges closes all but those. */
#include "sandbox/modal_plan.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/texts.h"
#include "conf/conf.h"
#include "sandbox/modal_box.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *box_plan_own(struct box_plan *plan, void *text)
{
    plan->texts =
        array_reserve(plan->texts, &plan->text_capacity, plan->text_count + 1, sizeof(*plan->texts));
    plan->texts[plan->text_count++] = text;
    return text;
}

/* NULL when it is unset or empty. */
static const char *text(const struct box_plan *plan, const char *path)
{
    const char *value = conf_text(plan->conf, path);
    return value && value[0] ? value : NULL;
}

static const char *const *list(const struct box_plan *plan, const char *path)
{
    const char *const *items = conf_list(plan->conf, path);
    return items[0] ? items : NULL;
}

/* "name: value" as "name=value". */
static const char *const *pairs(struct box_plan *plan, const char *path, const char *first)
{
    const char *const *items = conf_list(plan->conf, path);
    size_t count = texts_count(items), at = 0;
    if (count == 0 && !first)
        return NULL;
    const char **words = box_plan_own(plan, xcalloc(count + 2, sizeof(*words)));
    if (first)
        words[at++] = first;
    for (size_t i = 0; i < count; i++) {
        const char *colon = strstr(items[i], ": ");
        size_t name = colon ? (size_t)(colon - items[i]) : strlen(items[i]);
        words[at++] = box_plan_own(plan, xasprintf("%.*s=%s", (int)name, items[i], colon ? colon + 2 : ""));
    }
    return words;
}

/* --- the image --- */

static void add_step(struct box_plan *plan, enum modal_step_kind kind, const char *const *words)
{
    if (words)
        plan->steps[plan->recipe.step_count++] = (struct modal_step){ kind, words };
}

/* Paths of this machine and of the image, by turns. */
static const char *const *files(struct box_plan *plan)
{
    const char *const *items = conf_list(plan->conf, "modal.files");
    size_t count = texts_count(items), at = 0;
    if (count == 0)
        return NULL;
    const char **words = box_plan_own(plan, xcalloc(2 * count + 1, sizeof(*words)));
    for (size_t i = 0; i < count; i++) {
        const char *colon = strstr(items[i], ": ");
        char *local = xstrndup(items[i], colon ? (size_t)(colon - items[i]) : strlen(items[i]));
        char *home = path_home();
        words[at++] =
            box_plan_own(plan, strncmp(local, "~/", 2) == 0 ? path_join(home, local + 2) : xstrdup(local));
        words[at++] = colon ? colon + 2 : "";
        free(local);
        free(home);
    }
    return words;
}

static void read_recipe(struct box_plan *plan)
{
    struct modal_recipe *recipe = &plan->recipe;
    recipe->base = text(plan, "terminal.modal_image");
    if (!recipe->base)
        recipe->base = "debian_slim";
    recipe->steps = plan->steps;
    const char *workdir = text(plan, "modal.image_workdir");
    const char **one = box_plan_own(plan, xcalloc(2, sizeof(*one)));
    one[0] = workdir;
    add_step(plan, MODAL_STEP_ENV, pairs(plan, "modal.image_env", NULL));
    add_step(plan, MODAL_STEP_APT, list(plan, "modal.apt"));
    add_step(plan, MODAL_STEP_PIP, list(plan, "modal.pip"));
    add_step(plan, MODAL_STEP_UV, list(plan, "modal.uv"));
    add_step(plan, MODAL_STEP_NPM, list(plan, "modal.npm"));
    add_step(plan, MODAL_STEP_WORKDIR, workdir ? one : NULL);
    add_step(plan, MODAL_STEP_DOCKERFILE, list(plan, "modal.dockerfile"));
    add_step(plan, MODAL_STEP_RUN, list(plan, "modal.run"));
    add_step(plan, MODAL_STEP_FILES, files(plan));
    recipe->registry_secret = text(plan, "modal.registry_secret");
    recipe->registry_kind = text(plan, "modal.registry_kind");
    recipe->secrets = list(plan, "modal.build_secrets");
    recipe->force_build = plan->settings.force_build || conf_boolean(plan->conf, "modal.force_build");
    recipe->ignore_cache = plan->settings.ignore_cache;
}

/* --- the sandbox --- */

static void read_limits(struct box_plan *plan)
{
    struct modal_sandbox_spec *spec = &plan->spec;
    const struct conf *conf = plan->conf;
    spec->cpu = conf_number(conf, "terminal.container_cpu");
    spec->cpu_limit = conf_number(conf, "modal.cpu_limit");
    spec->memory = conf_integer(conf, "terminal.container_memory");
    spec->memory_limit = conf_integer(conf, "modal.memory_limit");
    /* Modal's sandboxes have the disk that they have: only who wants another one is to hear of that. */
    int64_t disk = conf_integer(conf, "terminal.container_disk");
    const char *usual = conf_option("terminal.container_disk")->fallback;
    spec->disk = disk == strtoll(usual, NULL, 10) ? 0 : disk;
    spec->gpu = text(plan, "modal.gpu");
    spec->timeout = conf_integer(conf, "modal.timeout") / 1000;
    spec->idle_timeout = (conf_integer(conf, "modal.idle_timeout") + 999) / 1000;
    const char *version = text(plan, "modal.version");
    spec->backend = version && strcmp(version, "v1") == 0 ? 1 : version && strcmp(version, "v2") == 0 ? 2 : 0;
}

static void read_network(struct box_plan *plan, bool open)
{
    struct modal_sandbox_spec *spec = &plan->spec;
    spec->domains = list(plan, "modal.domains");
    spec->cidrs = list(plan, "modal.cidrs");
    spec->inbound_cidrs = list(plan, "modal.inbound_cidrs");
    spec->network = spec->domains || spec->cidrs ? MODAL_NETWORK_LIST
                    : open                       ? MODAL_NETWORK_OPEN
                                                 : MODAL_NETWORK_BLOCKED;
}

static void read_place(struct box_plan *plan, const char *label)
{
    struct modal_sandbox_spec *spec = &plan->spec;
    spec->secrets = list(plan, "modal.secrets");
    spec->regions = list(plan, "modal.region");
    spec->cloud = text(plan, "modal.cloud");
    spec->proxy = text(plan, "modal.proxy");
    spec->name = text(plan, "modal.name");
    const char *mark = label ? box_plan_own(plan, xasprintf("sandgate=%s", label)) : NULL;
    spec->tags = pairs(plan, "modal.tags", mark);
    spec->experimental = pairs(plan, "modal.experimental", NULL);
    spec->verbose = conf_boolean(plan->conf, "modal.verbose");
}

static void read_probe(struct box_plan *plan)
{
    plan->probe = (struct modal_probe){
        .tcp_port = (int)conf_integer(plan->conf, "modal.probe_port"),
        .argv = list(plan, "modal.probe_command"),
        .interval = conf_integer(plan->conf, "modal.probe_interval"),
    };
    if (plan->probe.tcp_port || plan->probe.argv)
        plan->spec.probe = &plan->probe;
}

/* The main process does nothing, for longer than any sandbox lives. */
static const char *const asleep[] = { "sleep", "172800", NULL };

static bool read_plan(struct box_plan *plan, const struct sandbox_options *options, struct error *error)
{
    plan->app = text(plan, "modal.app");
    if (!plan->app)
        plan->app = "sandgate";
    read_recipe(plan);
    read_limits(plan);
    plan->recipe.gpu = plan->spec.gpu;
    plan->snapshot_ttl = conf_integer(plan->conf, "modal.snapshot_ttl") / 1000;
    plan->spec.argv = asleep;
    plan->spec.workdir = options->workspace;
    read_network(plan, options->network);
    read_place(plan, options->label);
    read_probe(plan);
    if (!box_plan_volumes(plan, error) || !box_plan_buckets(plan, error) || !box_plan_ports(plan, error))
        return false;
    if (plan->spec.network == MODAL_NETWORK_BLOCKED && plan->spec.port_count > 0)
        return error_set(error, "modal.ports needs the network: terminal.network is false, and modal.domains "
                                "and modal.cidrs are empty");
    return true;
}

static bool read_sources(struct box_plan *plan, const struct sandbox_options *options, struct error *error)
{
    plan->conf = options->conf;
    if (!plan->conf)
        plan->conf = plan->own_conf = conf_load(NULL, error);
    if (!plan->conf || !modal_settings_read(&plan->settings, (const char *const *)environ, error))
        return false;
    char *missing = modal_settings_token_missing(&plan->settings);
    bool there = !missing;
    if (missing)
        error_set(error, "%s", missing);
    free(missing);
    return there;
}

struct box_plan *box_plan_new(const struct sandbox_options *options, struct error *error)
{
    struct box_plan *plan = xcalloc(1, sizeof(*plan));
    if (read_sources(plan, options, error) && read_plan(plan, options, error))
        return plan;
    box_plan_free(plan);
    return NULL;
}

void box_plan_free(struct box_plan *plan)
{
    if (!plan)
        return;
    modal_settings_release(&plan->settings);
    conf_free(plan->own_conf);
    for (size_t i = 0; i < plan->text_count; i++)
        free(plan->texts[i]);
    free(plan->texts);
    free(plan->volumes);
    free(plan->buckets);
    free(plan->ports);
    free(plan);
}
