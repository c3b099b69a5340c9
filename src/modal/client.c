/* client.c - the account's own state: a copy of its settings, who it says it is, its auth token, and what was told
 * to the person.
 *
 * What is to be told waits for the end of the turn: it comes up within calls, and who hears it may end them. */
#include "modal/client_private.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "modal/auth.h"
#include "wire/grpc_status.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING_INTERVAL = 30 * 1000, WARNINGS_MOST = 100 };

struct client_note {
    struct client_note *next;
    bool is_waiting;
    char *text;
};

static struct modal_settings copy_settings(const struct modal_settings *from)
{
    struct modal_settings copy = *from;
    copy.file = xstrdup_or_null(from->file);
    copy.profile = xstrdup_or_null(from->profile);
    copy.server_url = xstrdup_or_null(from->server_url);
    copy.token_id = xstrdup_or_null(from->token_id);
    copy.token_secret = xstrdup_or_null(from->token_secret);
    copy.token_source = xstrdup_or_null(from->token_source);
    copy.environment = xstrdup_or_null(from->environment);
    copy.image_builder_version = xstrdup_or_null(from->image_builder_version);
    copy.override_headers = xstrdup_or_null(from->override_headers);
    return copy;
}

struct modal_client *modal_client_new(struct loop *loop, struct http *http,
                                      const struct modal_settings *settings,
                                      const struct modal_client_events *events, void *data)
{
    struct modal_client *client = xcalloc(1, sizeof(*client));
    client->loop = loop;
    client->http = http;
    client->settings = copy_settings(settings);
    if (events != NULL)
        client->events = *events;
    client->data = data;
    client->warned = map_new(NULL);
    client->cache = map_new(free);
    client->auth = modal_auth_new(client);
    if (settings->token_secret != NULL)
        log_secret(settings->token_secret);
    modal_identity_make(client);
    return client;
}

static struct client_note *take_note(struct modal_client *client)
{
    struct client_note *note = client->notes;
    if (note != NULL)
        client->notes = note->next;
    return note;
}

static void free_note(struct client_note *note)
{
    free(note->text);
    free(note);
}

void modal_client_free(struct modal_client *client)
{
    struct client_note *note;
    if (client == NULL)
        return;
    modal_auth_free(client->auth);
    while ((note = take_note(client)) != NULL)
        free_note(note);
    loop_task_cancel(client->telling);
    modal_identity_release(client);
    map_free(client->warned);
    map_free(client->cache);
    modal_settings_release(&client->settings);
    free(client);
}

const struct modal_settings *modal_client_settings(const struct modal_client *client)
{
    return &client->settings;
}

struct loop *modal_client_loop(const struct modal_client *client)
{
    return client->loop;
}

struct http *modal_client_http(const struct modal_client *client)
{
    return client->http;
}

struct map *modal_client_cache(struct modal_client *client)
{
    return client->cache;
}

/* --- what the person is told --- */

static void tell(void *data);

static void tell_at_end(struct modal_client *client)
{
    if (client->notes != NULL && client->telling == NULL)
        client->telling = loop_defer(client->loop, tell, client);
}

/* One at a time: the client may be freed by who hears it. */
static void tell(void *data)
{
    struct modal_client *client = data;
    struct client_note *note = take_note(client);
    void (*event)(void *, const char *) = note->is_waiting ? client->events.waiting : client->events.warning;
    client->telling = NULL;
    tell_at_end(client);
    if (event != NULL)
        event(client->data, note->text);
    free_note(note);
}

static void add_note(struct modal_client *client, bool is_waiting, const char *text)
{
    struct client_note *note = xcalloc(1, sizeof(*note)), **end = &client->notes;
    note->is_waiting = is_waiting;
    note->text = xstrdup(text);
    while (*end != NULL)
        end = &(*end)->next;
    *end = note;
    tell_at_end(client);
}

void modal_client_warn(struct modal_client *client, const char *text)
{
    if (*text == '\0' || map_has(client->warned, text) || map_count(client->warned) >= WARNINGS_MOST)
        return;
    map_set(client->warned, text, client);
    add_note(client, false, text);
}

void modal_client_warn_list(struct modal_client *client, const char *list)
{
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",");
        char *part = xstrndup(list, length);
        struct buffer text = BUFFER_INIT;
        grpc_message_decode(&text, part + strspn(part, " "));
        modal_client_warn(client, text.data);
        buffer_release(&text);
        free(part);
        list += length;
        list += *list == ',';
    }
}

void modal_client_tell_waiting(struct modal_client *client, const char *sentence)
{
    int64_t now = clock_steady();
    if (client->waiting_told != 0 && now - client->waiting_told < WAITING_INTERVAL)
        return;
    client->waiting_told = now;
    add_note(client, true, sentence);
}
