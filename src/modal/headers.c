/* headers.c - who we are, as metadata of every request to the control plane (protocol: request metadata).
 *
 * No one set of values satisfies every server, so all of it is a table, and MODAL_OVERRIDE_HEADERS can replace
 * each row or add more. */
#include "config.h"

#include "modal/client_private.h"

#include "base/map.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *client_type(const struct modal_settings *settings)
{
    (void)settings;
    return "8"; /* as the official client for JavaScript, whose protocol we speak */
}

static const char *client_version(const struct modal_settings *settings)
{
    (void)settings;
    return "1.0.0";
}

static const char *our_version(const struct modal_settings *settings)
{
    (void)settings;
    return "sandgate/" PACKAGE_VERSION;
}

/* The server's URL without its scheme; the row cuts at the end of the host. */
static const char *server_host(const struct modal_settings *settings)
{
    const char *host = strstr(settings->server_url, "://");
    return host != NULL ? host + 3 : settings->server_url;
}

static const char *token_id(const struct modal_settings *settings)
{
    return settings->token_id;
}

static const char *token_secret(const struct modal_settings *settings)
{
    return settings->token_secret;
}

static const struct row {
    const char *name;
    const char *(*value)(const struct modal_settings *settings); /* NULL: the row is left out */
    const char *end;                                             /* characters at which the value ends */
    bool is_credential;                                          /* these last */
} rows[] = {
    { "x-modal-client-type", client_type, "", false },
    { "x-modal-client-version", client_version, "", false },
    { "x-modal-libmodal-version", our_version, "", false },
    { "x-modal-host", server_host, "/?#", false },
    { "User-Agent", our_version, "", false },
    { "x-modal-token-id", token_id, "", true },
    { "x-modal-token-secret", token_secret, "", true },
};

static char *lower_name(const char *name, size_t length)
{
    char *lower = xstrndup(name, length);
    for (char *letter = lower; *letter != '\0'; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    return lower;
}

static bool is_overridden(const struct modal_client *client, const char *header)
{
    char *name = lower_name(header, strcspn(header, ":"));
    bool is = map_has(client->overridden, name);
    free(name);
    return is;
}

/* "Name:value" of LENGTH bytes as a header of ours; others are left out. */
static char *take_override(struct modal_client *client, const char *text, size_t length)
{
    while (length > 0 && *text == ' ') {
        text++;
        length--;
    }
    const char *colon = memchr(text, ':', length);
    if (colon == NULL || colon == text)
        return NULL;
    char *name = lower_name(text, (size_t)(colon - text));
    map_set(client->overridden, name, client);
    char *value = xstrndup(colon + 1, length - (size_t)(colon + 1 - text));
    char *header = xasprintf("%s: %s", name, value + strspn(value, " "));
    free(name);
    free(value);
    return header;
}

static size_t take_overrides(struct modal_client *client, char **headers)
{
    const char *text = client->settings.override_headers;
    size_t count = 0;
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, ",");
        char *header = take_override(client, text, length);
        if (header != NULL)
            headers[count++] = header;
        text += length;
        text += *text == ',';
    }
    return count;
}

static size_t overrides_at_most(const char *text)
{
    size_t count = 1;
    for (; text != NULL && *text != '\0'; text++)
        count += *text == ',';
    return count;
}

static char *header_of(const struct modal_client *client, const struct row *row)
{
    const char *value = row->value(&client->settings);
    if (value == NULL)
        return NULL;
    size_t length = *row->end != '\0' ? strcspn(value, row->end) : strlen(value);
    char *header = xasprintf("%s: %.*s", row->name, (int)length, value);
    if (is_overridden(client, header)) {
        free(header);
        return NULL;
    }
    return header;
}

void modal_identity_make(struct modal_client *client)
{
    size_t most = ARRAY_SIZE(rows) + overrides_at_most(client->settings.override_headers);
    client->identity = xcalloc(most + 1, sizeof(*client->identity));
    client->overridden = map_new(NULL);
    size_t count = take_overrides(client, client->identity);
    client->credentials_from = count;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *header = header_of(client, &rows[i]);
        if (header == NULL)
            continue;
        client->identity[count++] = header;
        if (!rows[i].is_credential)
            client->credentials_from = count;
    }
}

void modal_identity_release(struct modal_client *client)
{
    for (size_t i = 0; client->identity[i] != NULL; i++)
        free(client->identity[i]);
    free(client->identity);
    map_free(client->overridden);
}

static size_t count_of(const char *const *headers)
{
    size_t count = 0;
    while (headers != NULL && headers[count] != NULL)
        count++;
    return count;
}

/* The first is the auth token's, the only one that is the array's own. */
const char **modal_headers_make(const struct modal_client *client, bool with_credentials,
                                const char *auth_token, const char *const *extra)
{
    size_t own = count_of((const char *const *)client->identity), count = 0;
    const char **headers = xcalloc(own + count_of(extra) + 2, sizeof(*headers));
    headers[count++] = auth_token != NULL && !map_has(client->overridden, "x-modal-auth-token")
                           ? xasprintf("x-modal-auth-token: %s", auth_token)
                           : xstrdup("x-modal-auth-token:");
    for (size_t i = 0; i < (with_credentials ? own : client->credentials_from); i++)
        headers[count++] = client->identity[i];
    for (size_t i = 0; extra != NULL && extra[i] != NULL; i++)
        if (!is_overridden(client, extra[i]))
            headers[count++] = extra[i];
    return headers;
}

void modal_headers_free(const char **headers)
{
    free((char *)headers[0]);
    free(headers);
}
