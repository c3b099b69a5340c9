/* sandbox_show.c - the short verbs of `sandgate sandbox`: tags, tunnels, network, stop. */
#include "base/json.h"
#include "base/memory.h"
#include "conf/numbers.h"
#include "face/columns.h"
#include "face/sandbox_errand.h"
#include "face/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- tags --- */

static void tagged(void *data, const struct modal_failure *failure, const char *const *tags)
{
    struct errand *errand = data;

    if (!errand_answered(errand, failure))
        return;
    if (errand_has(errand, OPTION_JSON))
        errand_print_json(errand_tags(tags));
    else
        for (; *tags; tags++)
            errand_print(*tags);
    errand_end(errand, EXIT_FINE);
}

void verb_tags(struct errand *errand)
{
    const char *id = modal_sandbox_id(errand->sandbox);

    if (errand->count > 1)
        errand->call = modal_sandbox_set_tags(errand->client, id, errand->words + 1, errand_done, errand);
    else
        errand->call = modal_sandbox_tags(errand->client, id, tagged, errand);
}

/* --- tunnels --- */

static void print_tunnels_json(const struct modal_tunnel *tunnels, size_t count)
{
    struct json *array = json_new_array();

    for (size_t i = 0; i < count; i++) {
        struct json *object = json_new_object();
        json_set_integer(object, "port", tunnels[i].container_port);
        json_set_text(object, "url", tunnels[i].url);
        json_set_text(object, "host", tunnels[i].host);
        json_set_integer(object, "host_port", tunnels[i].port);
        json_set_text(object, "plain_host", tunnels[i].plain_host);
        if (tunnels[i].plain_host)
            json_set_integer(object, "plain_port", tunnels[i].plain_port);
        json_add(array, object);
    }
    errand_print_json(array);
}

static void print_tunnels(const struct modal_tunnel *tunnels, size_t count)
{
    struct columns columns = COLUMNS_INIT("rl");

    for (size_t i = 0; i < count; i++) {
        char *port = xasprintf("%d", tunnels[i].container_port);
        char *plain = xasprintf("%s:%d", tunnels[i].plain_host, tunnels[i].plain_port);
        columns_add(&columns, (const char *const[]){ port, tunnels[i].plain_host ? plain : tunnels[i].url });
        free(port);
        free(plain);
    }
    columns_print(&columns);
}

static void tunnelled(void *data, const struct modal_failure *failure, const struct modal_tunnel *tunnels,
                      size_t count)
{
    struct errand *errand = data;

    if (!errand_answered(errand, failure))
        return;
    (errand_has(errand, OPTION_JSON) ? print_tunnels_json : print_tunnels)(tunnels, count);
    errand_end(errand, EXIT_FINE);
}

static void connectable(void *data, const struct modal_failure *failure, const char *url, const char *token)
{
    struct errand *errand = data;

    if (!errand_answered(errand, failure))
        return;
    if (errand_has(errand, OPTION_JSON)) {
        struct json *object = json_new_object();
        json_set_text(object, "url", url);
        json_set_text(object, "token", token);
        errand_print_json(object);
    } else {
        errand_print(url);
        errand_print(token);
    }
    errand_end(errand, EXIT_FINE);
}

void verb_tunnels(struct errand *errand)
{
    const char *id = modal_sandbox_id(errand->sandbox), *text = errand->values[OPTION_PORT];
    int64_t port;

    if (!text)
        errand->call = modal_sandbox_tunnels(errand->client, id, tunnelled, errand);
    else if (number_integer(text, &port) && port > 0 && port < 65536)
        errand->call = modal_sandbox_connect_token(errand->client, id, NULL, (int)port, connectable, errand);
    else
        errand_fail_with(errand, EXIT_USAGE, "\"%s\" is not a port; 1 to 65535 are", text);
}

/* --- network --- */

/* Letters of a number of either kind, and a sign that only ranges and addresses have. */
static bool is_range(const char *word)
{
    bool digits = word[strspn(word, "0123456789abcdefABCDEF.:/")] == '\0';

    return digits && (strpbrk(word, "/:") || word[strspn(word, "0123456789.")] == '\0');
}

void verb_network(struct errand *errand)
{
    const char *domains[ARRAY_SIZE(errand->words)] = { NULL }, *ranges[ARRAY_SIZE(errand->words)] = { NULL };
    size_t domain_count = 0, range_count = 0;
    const char *first = errand->words[1];
    bool all = strcmp(first, "on") == 0, none = strcmp(first, "off") == 0;

    if ((all || none) && errand->count > 2) {
        errand_fail_with(errand, EXIT_USAGE, "\"%s\" stands alone", first);
        return;
    }
    for (size_t i = 1; !all && !none && i < errand->count; i++)
        if (is_range(errand->words[i]))
            ranges[range_count++] = errand->words[i];
        else
            domains[domain_count++] = errand->words[i];
    enum modal_network network = all ? MODAL_NETWORK_OPEN : none ? MODAL_NETWORK_BLOCKED : MODAL_NETWORK_LIST;
    errand->call = modal_sandbox_set_network(errand->sandbox, network, range_count > 0 ? ranges : NULL,
                                             domain_count > 0 ? domains : NULL, errand_done, errand);
}

/* --- stop --- */

static void stop_next(struct errand *errand);

static void stopped(void *data, const struct modal_failure *failure, const struct modal_sandbox_end *end)
{
    struct errand *errand = data;
    size_t *at = errand->work;

    if (!errand_answered(errand, failure))
        return;
    if (errand_has(errand, OPTION_JSON)) {
        struct json *object = json_new_object();
        json_set_text(object, "sandbox", errand->words[*at]);
        json_set_integer(object, "code", end->code);
        json_set_text(object, "reason", end->sentence);
        errand_print_json(object);
    }
    ++*at;
    stop_next(errand);
}

static void stop_attached(struct errand *errand)
{
    char *id = xstrdup(modal_sandbox_id(errand->sandbox));

    modal_sandbox_free(errand->sandbox);
    errand->sandbox = NULL;
    errand->call = modal_sandbox_terminate(errand->client, id, true, stopped, errand);
    free(id);
}

/* An id needs no look before: one that has ended already is fine. */
static void stop_next(struct errand *errand)
{
    size_t at = *(size_t *)errand->work;

    if (at == errand->count)
        errand_end(errand, EXIT_FINE);
    else if (strncmp(errand->words[at], "sb-", 3) == 0)
        errand->call = modal_sandbox_terminate(errand->client, errand->words[at], true, stopped, errand);
    else
        errand_attach(errand, errand->words[at], false, stop_attached);
}

static void release_stop(struct errand *errand)
{
    free(errand->work);
}

void verb_stop(struct errand *errand)
{
    errand->work = xcalloc(1, sizeof(size_t));
    errand->release = release_stop;
    stop_next(errand);
}
