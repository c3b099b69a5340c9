/* sandbox_spec.c - the checks, one function a matter, in a table. */
#include "modal/sandbox_spec.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "modal/exec.h"
#include "modal/gpu.h"
#include "modal/names.h"

#include <stdlib.h>
#include <string.h>

typedef struct modal_sandbox_spec spec_type;

enum { PORT_MAX = 65535 };

bool sandbox_spec_is_v2(const spec_type *spec, bool prefer_v2)
{
    if (spec->backend != 0)
        return spec->backend == 2;
    return prefer_v2 && !spec->gpu;
}

static bool fits(int64_t number)
{
    return number >= 0 && number <= UINT32_MAX;
}

/* --- lists --- */

static bool check_texts(const char *what, const char *const *list, struct error *error)
{
    for (; list && *list; list++)
        if (!utf8_valid(*list, strlen(*list)))
            return error_set(error, "%s is not UTF-8 text; Modal takes nothing else", what);
    return true;
}

bool sandbox_pairs_check(const char *what, const char *const *list, bool variables, struct error *error)
{
    if (!check_texts(what, list, error))
        return false;
    for (; list && *list; list++) {
        const char *equals = strchr(*list, '=');
        if (!equals || equals == *list)
            return error_set(error, "%s is NAME=value, which \"%s\" is not", what, *list);
        if (variables && !modal_variable_valid(*list, (int)(equals - *list)))
            return error_set(error, "\"%.*s\" cannot be the name of an environment variable",
                             (int)(equals - *list), *list);
    }
    return true;
}

static bool is_absolute(const char *path)
{
    return path && path[0] == '/';
}

/* --- matters --- */

static bool check_where(const spec_type *spec, bool v2, struct error *error)
{
    (void)v2;
    if (!spec->app_id || !*spec->app_id)
        return error_set(error, "A sandbox needs an app");
    if (!spec->image_id)
        return error_set(error, "A sandbox needs an image");
    if (spec->workdir && !is_absolute(spec->workdir))
        return error_set(error, "The working directory \"%s\" is not an absolute path", spec->workdir);
    if (spec->name && !modal_name_valid(spec->name))
        return error_set(error, "\"%s\" cannot be a name: 1 to 64 letters, digits, dots, dashes, underscores",
                         spec->name);
    return true;
}

static bool check_arguments(const spec_type *spec, bool v2, struct error *error)
{
    size_t bytes = 0;

    (void)v2;
    for (const char *const *word = spec->argv; word && *word; word++)
        bytes += strlen(*word);
    if (bytes > MODAL_ARGUMENTS_MAX)
        return error_set(error, "The command has %zu bytes; Modal takes at most %d", bytes,
                         MODAL_ARGUMENTS_MAX);
    return check_texts("An argument of the command", spec->argv, error);
}

static bool check_times(const spec_type *spec, bool v2, struct error *error)
{
    (void)v2;
    if (!fits(spec->timeout))
        return error_set(error, "The time-out of a sandbox is a number of seconds above 0");
    if (!fits(spec->idle_timeout))
        return error_set(error, "The idle time-out of a sandbox is a number of seconds above 0");
    return true;
}

static bool check_resources(const spec_type *spec, bool v2, struct error *error)
{
    static const double cpu_max = 4096;

    (void)v2;
    if (!(spec->cpu >= 0 && spec->cpu <= cpu_max) || !(spec->cpu_limit >= 0 && spec->cpu_limit <= cpu_max))
        return error_set(error, "CPU is a number of cores above 0");
    if (spec->cpu_limit > 0 && (spec->cpu <= 0 || spec->cpu_limit < spec->cpu))
        return error_set(error, "A limit of CPU needs a request that is not above it");
    if (!fits(spec->memory) || !fits(spec->memory_limit) || !fits(spec->disk))
        return error_set(error, "Memory and disk are numbers of MiB above 0");
    if (spec->memory_limit > 0 && (spec->memory <= 0 || spec->memory_limit < spec->memory))
        return error_set(error, "A limit of memory needs a request that is not above it");
    return true;
}

static bool check_gpu(const spec_type *spec, bool v2, struct error *error)
{
    struct arena arena = ARENA_INIT;
    bool fine = gpu_config(&arena, spec->gpu, error);

    arena_release(&arena);
    if (fine && spec->gpu && v2)
        return error_set(error,
                         "Modal has no GPUs on its V2 backend; leave the backend to us, or ask for V1");
    return fine;
}

static bool check_pairs(const spec_type *spec, bool v2, struct error *error)
{
    (void)v2;
    return sandbox_pairs_check("A variable", spec->environment, true, error) &&
           sandbox_pairs_check("A tag", spec->tags, false, error) &&
           sandbox_pairs_check("An experimental option", spec->experimental, false, error);
}

bool sandbox_network_check(enum modal_network network, const char *const *cidrs, const char *const *domains,
                           struct error *error)
{
    if (network != MODAL_NETWORK_LIST && (cidrs || domains))
        return error_set(error, "Lists of addresses or domains need a network that is open to a list");
    for (const char *const *cidr = cidrs; cidr && *cidr; cidr++)
        if (!**cidr || (*cidr)[strspn(*cidr, "0123456789abcdefABCDEF.:/")])
            return error_set(error, "\"%s\" is not a range of addresses such as 10.0.0.0/8", *cidr);
    for (const char *const *domain = domains; domain && *domain; domain++)
        if (!**domain || strpbrk(*domain, " /:\t\n"))
            return error_set(error, "\"%s\" is not a domain such as example.com or *.example.com", *domain);
    return true;
}

static bool check_network(const spec_type *spec, bool v2, struct error *error)
{
    (void)v2;
    if (spec->network == MODAL_NETWORK_BLOCKED && (spec->port_count > 0 || spec->inbound_cidrs))
        return error_set(error,
                         "A sandbox whose network is blocked can have neither ports nor an inbound list");
    return sandbox_network_check(spec->network, spec->cidrs, spec->domains, error) &&
           sandbox_network_check(MODAL_NETWORK_LIST, spec->inbound_cidrs, NULL, error);
}

static bool check_ports(const spec_type *spec, bool v2, struct error *error)
{
    (void)v2;
    for (size_t i = 0; i < spec->port_count; i++) {
        const struct modal_port *port = &spec->ports[i];
        if (port->port < 1 || port->port > PORT_MAX)
            return error_set(error, "%d is not a port; 1 to %d are", port->port, PORT_MAX);
        if (port->unencrypted && port->http2)
            return error_set(error, "Port %d cannot be both unencrypted and HTTP/2", port->port);
        for (size_t k = 0; k < i; k++)
            if (spec->ports[k].port == port->port)
                return error_set(error, "Port %d is named twice", port->port);
    }
    return true;
}

static bool check_volumes(const spec_type *spec, bool v2, struct error *error)
{
    (void)v2;
    for (size_t i = 0; i < spec->volume_count; i++) {
        const struct modal_volume_mount *mount = &spec->volumes[i];
        if (!mount->volume || !*mount->volume || !is_absolute(mount->path))
            return error_set(error, "A volume has a name and an absolute path, unlike \"%s\" at \"%s\"",
                             mount->volume ? mount->volume : "", mount->path ? mount->path : "");
        for (size_t k = 0; k < i; k++)
            if (strcmp(spec->volumes[k].volume, mount->volume) == 0)
                return error_set(error, "The volume %s is mounted twice; Modal allows one place",
                                 mount->volume);
            else if (strcmp(spec->volumes[k].path, mount->path) == 0)
                return error_set(error, "Two volumes are mounted at %s", mount->path);
    }
    return true;
}

static bool check_bucket(const struct modal_bucket_mount *mount, struct error *error)
{
    size_t prefix = mount->prefix ? strlen(mount->prefix) : 0;

    if (!mount->bucket || !*mount->bucket || !is_absolute(mount->path))
        return error_set(error, "A bucket has a name and an absolute path, unlike \"%s\" at \"%s\"",
                         mount->bucket ? mount->bucket : "", mount->path ? mount->path : "");
    if (mount->prefix && (prefix == 0 || mount->prefix[prefix - 1] != '/'))
        return error_set(error, "The prefix \"%s\" of a bucket must end in a slash", mount->prefix);
    if (mount->requester_pays && !mount->secret)
        return error_set(error, "The bucket %s is paid by who reads it: name a secret with credentials",
                         mount->bucket);
    if (mount->secret && mount->role)
        return error_set(error, "The bucket %s has both a secret and a role; name one of them",
                         mount->bucket);
    return true;
}

static bool check_buckets(const spec_type *spec, bool v2, struct error *error)
{
    (void)v2;
    for (size_t i = 0; i < spec->bucket_count; i++)
        if (!check_bucket(&spec->buckets[i], error))
            return false;
    return true;
}

static bool check_probe(const spec_type *spec, bool v2, struct error *error)
{
    const struct modal_probe *probe = spec->probe;

    (void)v2;
    if (!probe)
        return true;
    if ((probe->tcp_port != 0) == (probe->argv && probe->argv[0]))
        return error_set(error, "A readiness probe is either a port or a command");
    if (probe->tcp_port < 0 || probe->tcp_port > PORT_MAX)
        return error_set(error, "%d is not a port; 1 to %d are", probe->tcp_port, PORT_MAX);
    if (!fits(probe->interval))
        return error_set(error, "The interval of a readiness probe is above 0 milliseconds");
    return check_texts("An argument of the readiness probe", probe->argv, error);
}

bool sandbox_spec_check(const spec_type *spec, bool v2, struct error *error)
{
    static bool (*const checks[])(const spec_type *, bool, struct error *) = {
        check_where,   check_arguments, check_times,   check_resources, check_gpu,   check_pairs,
        check_network, check_ports,     check_volumes, check_buckets,   check_probe,
    };

    for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
        if (!checks[i](spec, v2, error))
            return false;
    return true;
}

/* --- a copy --- */

static void copy_mounts(struct arena *arena, spec_type *copy)
{
    struct modal_volume_mount *volumes =
        arena_copy(arena, copy->volumes, copy->volume_count * sizeof *volumes);
    struct modal_bucket_mount *buckets =
        arena_copy(arena, copy->buckets, copy->bucket_count * sizeof *buckets);

    for (size_t i = 0; i < copy->volume_count; i++) {
        volumes[i].volume = arena_text(arena, volumes[i].volume);
        volumes[i].path = arena_text(arena, volumes[i].path);
        volumes[i].sub_path = arena_text(arena, volumes[i].sub_path);
    }
    for (size_t i = 0; i < copy->bucket_count; i++) {
        buckets[i].bucket = arena_text(arena, buckets[i].bucket);
        buckets[i].path = arena_text(arena, buckets[i].path);
        buckets[i].secret = arena_text(arena, buckets[i].secret);
        buckets[i].endpoint = arena_text(arena, buckets[i].endpoint);
        buckets[i].prefix = arena_text(arena, buckets[i].prefix);
        buckets[i].role = arena_text(arena, buckets[i].role);
    }
    copy->volumes = volumes;
    copy->buckets = buckets;
}

static const struct modal_probe *copy_probe(struct arena *arena, const struct modal_probe *probe)
{
    if (!probe)
        return NULL;
    struct modal_probe *copy = arena_copy(arena, probe, sizeof *probe);
    copy->argv = arena_texts(arena, probe->argv);
    return copy;
}

spec_type *sandbox_spec_copy(struct arena *arena, const spec_type *spec)
{
    spec_type *copy = arena_copy(arena, spec, sizeof *spec);
    const char **const texts[] = { &copy->app_id, &copy->image_id, &copy->gpu, &copy->workdir,
                                   &copy->cloud,  &copy->proxy,    &copy->name };
    const char *const **const lists[] = { &copy->argv,    &copy->environment, &copy->secrets,
                                          &copy->cidrs,   &copy->domains,     &copy->inbound_cidrs,
                                          &copy->regions, &copy->tags,        &copy->experimental };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = arena_text(arena, *texts[i]);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        *lists[i] = arena_texts(arena, *lists[i]);
    copy_mounts(arena, copy);
    copy->ports = arena_copy(arena, spec->ports, spec->port_count * sizeof *spec->ports);
    copy->probe = copy_probe(arena, spec->probe);
    return copy;
}
