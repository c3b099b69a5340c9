/* sandbox_definition.c - field by field (protocol: sandbox control plane, create).
 *
 * What the official clients always send is sent too: time-out, network access, ports, a GPU message. */
#include "modal/sandbox_definition.h"

#include "base/texts.h"
#include "modal/gpu.h"
#include "modal/sandbox_spec.h"

#include <string.h>

typedef struct modal_sandbox_spec spec_type;

/* --- names to be resolved --- */

struct resolve_item *sandbox_names(struct arena *arena, const spec_type *spec, bool v2, size_t *count)
{
    size_t secrets = texts_count(spec->secrets), at = 0;
    size_t most = secrets + spec->volume_count + spec->bucket_count + 2;
    struct resolve_item *items = arena_take(arena, most * sizeof *items);

    for (size_t i = 0; i < secrets; i++)
        items[at++] = (struct resolve_item){ RESOLVE_SECRET, .name = spec->secrets[i] };
    if (!v2 && spec->environment && spec->environment[0])
        items[at++] = (struct resolve_item){ RESOLVE_VARIABLES, .pairs = spec->environment };
    for (size_t i = 0; i < spec->volume_count; i++)
        items[at++] = (struct resolve_item){ RESOLVE_VOLUME, .name = spec->volumes[i].volume };
    for (size_t i = 0; i < spec->bucket_count; i++)
        if (spec->buckets[i].secret)
            items[at++] = (struct resolve_item){ RESOLVE_SECRET, .name = spec->buckets[i].secret };
    if (spec->proxy)
        items[at++] = (struct resolve_item){ RESOLVE_PROXY, .name = spec->proxy };
    *count = at;
    return items;
}

/* --- parts --- */

static char **texts(struct arena *arena, const char *const *list, size_t *count)
{
    *count = texts_count(list);
    return list ? arena_copy(arena, list, (*count + 1) * sizeof *list) : NULL;
}

static Modal__Resources *make_resources(struct arena *arena, const spec_type *spec)
{
    Modal__Resources *resources = arena_message(arena, &modal__resources__descriptor);

    resources->has_memory_mb = spec->memory > 0;
    resources->memory_mb = (uint32_t)spec->memory;
    resources->has_memory_mb_max = spec->memory_limit > 0;
    resources->memory_mb_max = (uint32_t)spec->memory_limit;
    resources->has_milli_cpu = spec->cpu > 0;
    resources->milli_cpu = (uint32_t)(spec->cpu * 1000);
    resources->has_milli_cpu_max = spec->cpu_limit > 0;
    resources->milli_cpu_max = (uint32_t)(spec->cpu_limit * 1000);
    resources->has_ephemeral_disk_mb = spec->disk > 0;
    resources->ephemeral_disk_mb = (uint32_t)spec->disk;
    resources->gpu_config = gpu_config(arena, spec->gpu, NULL);
    return resources;
}

static Modal__NetworkAccess *make_network(struct arena *arena, const spec_type *spec)
{
    static const int types[] = {
        [MODAL_NETWORK_OPEN] = 1, [MODAL_NETWORK_BLOCKED] = 2, [MODAL_NETWORK_LIST] = 3
    };
    Modal__NetworkAccess *access = arena_message(arena, &modal__network_access__descriptor);

    access->has_network_access_type = true;
    access->network_access_type = types[spec->network];
    access->allowed_cidrs = texts(arena, spec->cidrs, &access->n_allowed_cidrs);
    access->allowed_domains = texts(arena, spec->domains, &access->n_allowed_domains);
    return access;
}

static void add_port(struct arena *arena, Modal__PortSpecs *ports, const struct modal_port *port)
{
    Modal__PortSpec *made = arena_message(arena, &modal__port_spec__descriptor);

    made->has_port = made->has_unencrypted = true;
    made->port = (uint32_t)port->port;
    made->unencrypted = port->unencrypted;
    made->has_tunnel_type = port->http2;
    made->tunnel_type = 1;
    ports->ports[ports->n_ports++] = made;
}

/* Encrypted ones first. */
static Modal__PortSpecs *make_ports(struct arena *arena, const spec_type *spec)
{
    Modal__PortSpecs *ports = arena_message(arena, &modal__port_specs__descriptor);

    ports->ports = arena_take(arena, (spec->port_count + 1) * sizeof *ports->ports);
    for (int plain = 0; plain < 2; plain++)
        for (size_t i = 0; i < spec->port_count; i++)
            if (spec->ports[i].unencrypted == (plain == 1))
                add_port(arena, ports, &spec->ports[i]);
    return ports;
}

/* The main process on a terminal, as the official clients describe it. */
static Modal__PTYInfo *make_pty(struct arena *arena)
{
    enum { ROWS = 24, COLUMNS = 80, SHELL = 2 };
    Modal__PTYInfo *pty = arena_message(arena, &modal__ptyinfo__descriptor);

    pty->has_enabled = pty->has_winsz_rows = pty->has_winsz_cols = pty->has_pty_type = true;
    pty->enabled = true;
    pty->winsz_rows = ROWS;
    pty->winsz_cols = COLUMNS;
    pty->env_term = arena_text(arena, "xterm-256color");
    pty->env_colorterm = arena_text(arena, "truecolor");
    pty->pty_type = SHELL;
    pty->has_no_terminate_on_idle_stdin = true;
    pty->no_terminate_on_idle_stdin = true;
    return pty;
}

static Modal__Probe *make_probe(struct arena *arena, const struct modal_probe *probe)
{
    enum { INTERVAL = 100 };
    Modal__Probe *made = arena_message(arena, &modal__probe__descriptor);

    if (probe->tcp_port > 0) {
        made->probe_oneof_case = MODAL__PROBE__PROBE_ONEOF_TCP_PORT;
        made->tcp_port = (uint32_t)probe->tcp_port;
    } else {
        made->probe_oneof_case = MODAL__PROBE__PROBE_ONEOF_EXEC_COMMAND;
        made->exec_command = arena_message(arena, &modal__probe__exec_command__descriptor);
        made->exec_command->argv = texts(arena, probe->argv, &made->exec_command->n_argv);
    }
    made->has_interval_ms = true;
    made->interval_ms = probe->interval > 0 ? (uint32_t)probe->interval : INTERVAL;
    return made;
}

static Modal__VolumeMount *make_volume(struct arena *arena, const struct modal_volume_mount *mount,
                                       const char *id)
{
    Modal__VolumeMount *made = arena_message(arena, &modal__volume_mount__descriptor);

    made->volume_id = (char *)id;
    made->mount_path = (char *)mount->path;
    made->has_allow_background_commits = made->has_read_only = true;
    made->allow_background_commits = true;
    made->read_only = mount->read_only;
    made->sub_path = (char *)mount->sub_path;
    return made;
}

/* Which store an address belongs to. */
static int bucket_type(const char *endpoint)
{
    enum { S3 = 1, R2 = 2, GCP = 3 };

    if (endpoint && strstr(endpoint, "r2.cloudflarestorage.com"))
        return R2;
    return endpoint && strstr(endpoint, "storage.googleapis.com") ? GCP : S3;
}

static Modal__CloudBucketMount *make_bucket(struct arena *arena, const struct modal_bucket_mount *mount,
                                            const char *secret)
{
    Modal__CloudBucketMount *made = arena_message(arena, &modal__cloud_bucket_mount__descriptor);

    made->bucket_name = (char *)mount->bucket;
    made->mount_path = (char *)mount->path;
    made->credentials_secret_id = (char *)secret;
    made->has_read_only = made->has_bucket_type = made->has_requester_pays = made->has_force_path_style =
        true;
    made->read_only = mount->read_only;
    made->bucket_type = bucket_type(mount->endpoint);
    made->requester_pays = mount->requester_pays;
    made->force_path_style = mount->force_path_style;
    made->bucket_endpoint_url = (char *)mount->endpoint;
    made->key_prefix = (char *)mount->prefix;
    made->oidc_auth_role_arn = (char *)mount->role;
    return made;
}

/* --- pairs --- */

static char *name_of(struct arena *arena, const char *pair)
{
    char *name = arena_text(arena, pair);

    *strchr(name, '=') = '\0';
    return name;
}

static char *value_of(const char *pair)
{
    return (char *)strchr(pair, '=') + 1;
}

Modal__SandboxTag **sandbox_tags(struct arena *arena, const char *const *tags, size_t *count)
{
    *count = texts_count(tags);
    Modal__SandboxTag **made = arena_take(arena, (*count + 1) * sizeof *made);
    for (size_t i = 0; i < *count; i++) {
        made[i] = arena_message(arena, &modal__sandbox_tag__descriptor);
        made[i]->tag_name = name_of(arena, tags[i]);
        made[i]->tag_value = value_of(tags[i]);
    }
    return made;
}

Modal__StringMap *sandbox_variables(struct arena *arena, const char *const *pairs)
{
    Modal__StringMap *map = arena_message(arena, &modal__string_map__descriptor);

    map->n_contents = texts_count(pairs);
    map->contents = arena_take(arena, (map->n_contents + 1) * sizeof *map->contents);
    for (size_t i = 0; i < map->n_contents; i++) {
        map->contents[i] = arena_message(arena, &modal__string_map__contents_entry__descriptor);
        map->contents[i]->key = name_of(arena, pairs[i]);
        map->contents[i]->value = value_of(pairs[i]);
    }
    return map;
}

static void add_experimental(struct arena *arena, Modal__Sandbox *sandbox, const char *const *pairs)
{
    size_t count = texts_count(pairs);

    sandbox->experimental_options_v2 =
        arena_take(arena, (count + 1) * sizeof *sandbox->experimental_options_v2);
    sandbox->n_experimental_options_v2 = count;
    for (size_t i = 0; i < count; i++) {
        Modal__Sandbox__ExperimentalOptionsV2Entry *entry =
            arena_message(arena, &modal__sandbox__experimental_options_v2_entry__descriptor);
        entry->key = name_of(arena, pairs[i]);
        entry->value = value_of(pairs[i]);
        sandbox->experimental_options_v2[i] = entry;
    }
}

/* --- the whole --- */

/* The ids of the secrets: those of SPEC, and the one of the variables on V1. Returns how many items it took. */
static size_t add_secrets(struct arena *arena, Modal__Sandbox *sandbox, const spec_type *spec,
                          const struct resolve_item *items, size_t count)
{
    size_t taken = texts_count(spec->secrets);

    if (taken < count && items[taken].kind == RESOLVE_VARIABLES)
        taken++;
    sandbox->secret_ids = arena_take(arena, (taken + 1) * sizeof *sandbox->secret_ids);
    sandbox->n_secret_ids = taken;
    for (size_t i = 0; i < taken; i++)
        sandbox->secret_ids[i] = (char *)items[i].id;
    return taken;
}

static void add_resolved(struct arena *arena, Modal__Sandbox *sandbox, const spec_type *spec,
                         const struct resolve_item *items, size_t count)
{
    size_t at = add_secrets(arena, sandbox, spec, items, count);

    sandbox->n_volume_mounts = spec->volume_count;
    sandbox->volume_mounts = arena_take(arena, (spec->volume_count + 1) * sizeof *sandbox->volume_mounts);
    for (size_t i = 0; i < spec->volume_count; i++)
        sandbox->volume_mounts[i] = make_volume(arena, &spec->volumes[i], items[at++].id);
    sandbox->n_cloud_bucket_mounts = spec->bucket_count;
    sandbox->cloud_bucket_mounts =
        arena_take(arena, (spec->bucket_count + 1) * sizeof *sandbox->cloud_bucket_mounts);
    for (size_t i = 0; i < spec->bucket_count; i++)
        sandbox->cloud_bucket_mounts[i] =
            make_bucket(arena, &spec->buckets[i], spec->buckets[i].secret ? items[at++].id : NULL);
    sandbox->proxy_id = spec->proxy ? (char *)items[at].id : NULL;
}

static void add_life(Modal__Sandbox *sandbox, const spec_type *spec)
{
    sandbox->has_timeout_secs = true;
    sandbox->timeout_secs = spec->timeout > 0 ? (uint32_t)spec->timeout : MODAL_TIMEOUT_DEFAULT;
    sandbox->has_idle_timeout_secs = spec->idle_timeout > 0;
    sandbox->idle_timeout_secs = (uint32_t)spec->idle_timeout;
    sandbox->workdir = (char *)spec->workdir;
    sandbox->name = (char *)spec->name;
    sandbox->cloud_provider_str = (char *)spec->cloud;
    sandbox->has_verbose = spec->verbose;
    sandbox->verbose = spec->verbose;
}

Modal__Sandbox *sandbox_definition(struct arena *arena, const spec_type *spec,
                                   const struct resolve_item *items, size_t count)
{
    Modal__Sandbox *sandbox = arena_message(arena, &modal__sandbox__descriptor);

    sandbox->image_id = (char *)spec->image_id;
    sandbox->entrypoint_args = texts(arena, spec->argv, &sandbox->n_entrypoint_args);
    add_life(sandbox, spec);
    add_resolved(arena, sandbox, spec, items, count);
    sandbox->resources = make_resources(arena, spec);
    sandbox->network_access = make_network(arena, spec);
    sandbox->open_ports_oneof_case = MODAL__SANDBOX__OPEN_PORTS_ONEOF_OPEN_PORTS;
    sandbox->open_ports = make_ports(arena, spec);
    sandbox->inbound_cidr_allowlist = texts(arena, spec->inbound_cidrs, &sandbox->n_inbound_cidr_allowlist);
    sandbox->pty_info = spec->pty ? make_pty(arena) : NULL;
    sandbox->readiness_probe = spec->probe ? make_probe(arena, spec->probe) : NULL;
    if (spec->regions && spec->regions[0]) {
        sandbox->scheduler_placement = arena_message(arena, &modal__scheduler_placement__descriptor);
        sandbox->scheduler_placement->regions =
            texts(arena, spec->regions, &sandbox->scheduler_placement->n_regions);
    }
    add_experimental(arena, sandbox, spec->experimental);
    return sandbox;
}
