/* modal_plan_mounts.c - volumes, buckets and ports, as people write them. */
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/texts.h"
#include "conf/conf.h"
#include "sandbox/modal_plan.h"

#include <stdlib.h>
#include <string.h>

/* --- volumes: NAME[/FOLDER]:/path[:ro] --- */

static bool read_volume(struct box_plan *plan, const char *item, struct modal_volume_mount *mount,
                        struct error *error)
{
    char *word = box_plan_own(plan, xstrdup(item));
    size_t length = strlen(word);
    if (length > 3 && strcmp(word + length - 3, ":ro") == 0) {
        mount->read_only = true;
        word[length - 3] = '\0';
    }
    char *colon = strchr(word, ':');
    if (!colon || colon == word || colon[1] != '/')
        return error_set(error, "modal.volumes: \"%s\" is not of the form NAME:/path or NAME:/path:ro", item);
    *colon = '\0';
    char *slash = strchr(word, '/');
    if (slash)
        *slash = '\0';
    mount->volume = word;
    mount->path = colon + 1;
    mount->sub_path = slash && slash[1] ? slash + 1 : NULL;
    return true;
}

bool box_plan_volumes(struct box_plan *plan, struct error *error)
{
    const char *const *items = conf_list(plan->conf, "modal.volumes");
    size_t count = texts_count(items);
    plan->volumes = xcalloc(count + 1, sizeof(*plan->volumes));
    for (size_t i = 0; i < count; i++)
        if (!read_volume(plan, items[i], &plan->volumes[i], error))
            return false;
    plan->spec.volumes = plan->volumes;
    plan->spec.volume_count = count;
    return true;
}

/* --- buckets: path -> members --- */

static bool read_bucket(const char *path, const struct json *members, struct modal_bucket_mount *mount,
                        struct error *error)
{
    static const char *const known[] = { "bucket", "secret",    "endpoint",       "prefix",
                                         "role",   "read_only", "requester_pays", "force_path_style" };
    for (size_t i = 0; i < json_count(members); i++) {
        size_t at = 0;
        while (at < ARRAY_SIZE(known) && strcmp(known[at], json_key_at(members, i)) != 0)
            at++;
        if (at == ARRAY_SIZE(known))
            return error_set(error, "modal.buckets: %s has no member called %s", path,
                             json_key_at(members, i));
    }
    *mount = (struct modal_bucket_mount){
        .bucket = json_get_text(members, "bucket"),
        .path = path,
        .secret = json_get_text(members, "secret"),
        .endpoint = json_get_text(members, "endpoint"),
        .prefix = json_get_text(members, "prefix"),
        .role = json_get_text(members, "role"),
        .read_only = json_get_boolean(members, "read_only", false),
        .requester_pays = json_get_boolean(members, "requester_pays", false),
        .force_path_style = json_get_boolean(members, "force_path_style", false),
    };
    if (path[0] != '/' || !mount->bucket)
        return error_set(
            error, "modal.buckets: each is an absolute path with a member called bucket; %s is not", path);
    return true;
}

bool box_plan_buckets(struct box_plan *plan, struct error *error)
{
    const struct json *all = conf_object(plan->conf, "modal.buckets");
    size_t count = json_is(all, JSON_OBJECT) ? json_count(all) : 0;
    plan->buckets = xcalloc(count + 1, sizeof(*plan->buckets));
    for (size_t i = 0; i < count; i++)
        if (!read_bucket(json_key_at(all, i), json_value_at(all, i), &plan->buckets[i], error))
            return false;
    plan->spec.buckets = plan->buckets;
    plan->spec.bucket_count = count;
    return true;
}

/* --- ports: NUMBER[/http2|/tcp] --- */

static bool read_port(const char *item, struct modal_port *port, struct error *error)
{
    char *rest;
    long number = strtol(item, &rest, 10);
    *port = (struct modal_port){ .port = (int)number };
    port->http2 = strcmp(rest, "/http2") == 0;
    port->unencrypted = strcmp(rest, "/tcp") == 0;
    if (rest == item || number < 1 || number > 65535 || (*rest && !port->http2 && !port->unencrypted))
        return error_set(error, "modal.ports: \"%s\" is not of the form 8080, 8080/http2 or 8080/tcp", item);
    return true;
}

bool box_plan_ports(struct box_plan *plan, struct error *error)
{
    const char *const *items = conf_list(plan->conf, "modal.ports");
    size_t count = texts_count(items);
    plan->ports = xcalloc(count + 1, sizeof(*plan->ports));
    for (size_t i = 0; i < count; i++)
        if (!read_port(items[i], &plan->ports[i], error))
            return false;
    plan->spec.ports = plan->ports;
    plan->spec.port_count = count;
    return true;
}
