/* server.c - see server.h. */
#include "model/server.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHORTEST_SECRET = 4 }; /* shorter ones stand in any sentence by chance */

struct server {
    struct loop *loop;
    struct http *http;
    char *bases[SERVER_BASES]; /* without a slash at the end */
    size_t base;               /* the one to try first */
    bool settled;              /* it answered with something else than 404 */
    bool worked;
    char *shown; /* the URL for sentences */
    bool has_key;
    char **headers; /* whole lines, NULL-terminated */
    size_t header_count, header_capacity;
    char **secrets;
    size_t secret_count, secret_capacity;
    int64_t connect_timeout, first_byte_timeout, silence_timeout;
    struct exchange *draining;
};

/* --- secrets --- */

static void add_secret(struct server *server, const char *value, size_t length)
{
    if (length < SHORTEST_SECRET)
        return;
    server->secrets = array_reserve(server->secrets, &server->secret_capacity, server->secret_count + 1,
                                    sizeof *server->secrets);
    char *secret = xstrndup(value, length);
    server->secrets[server->secret_count++] = secret;
    log_secret(secret);
}

static void blot_out(struct buffer *text, const char *secret)
{
    char *found;
    while ((found = strstr(text->data, secret))) {
        size_t offset = (size_t)(found - text->data);
        buffer_remove(text, offset, strlen(secret));
        buffer_insert(text, offset, "***", 3);
    }
}

char *server_redact(const struct server *server, const char *text)
{
    struct buffer out = BUFFER_INIT;
    buffer_append_text(&out, text);
    for (size_t i = 0; i < server->secret_count; i++)
        if (!strstr("***", server->secrets[i]))
            blot_out(&out, server->secrets[i]);
    return buffer_detach(&out);
}

/* --- the URL --- */

static bool ends_with(const char *text, size_t length, const char *end)
{
    return length >= strlen(end) && memcmp(text + length - strlen(end), end, strlen(end)) == 0;
}

static size_t without_slashes(const char *url, size_t length)
{
    while (length && url[length - 1] == '/')
        length--;
    return length;
}

/* "https://user:password@host/" is shown as "https://host/". */
static void set_shown(struct server *server, const char *base)
{
    const char *host = strstr(base, "://") + 3;
    size_t authority = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', authority);
    const char *colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
    if (colon)
        add_secret(server, colon + 1, (size_t)(at - colon - 1));
    server->shown = xasprintf("%.*s%s", (int)(host - base), base, at ? at + 1 : host);
}

static bool set_url(struct server *server, const char *url, struct error *error)
{
    if (!url || !*url)
        return error_set(error,
                         "no model server is set: set SANDGATE_MODEL_URL or model.url to its base URL, "
                         "for instance http://localhost:8000/v1");
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return error_set(error, "the model's URL must begin with http:// or https://");
    size_t length = without_slashes(url, strlen(url));
    if (ends_with(url, length, "/chat/completions"))
        length = without_slashes(url, length - strlen("/chat/completions"));
    bool versioned = ends_with(url, length, "/v1");
    server->bases[0] = xstrndup(url, length);
    server->bases[1] =
        versioned ? xstrndup(url, without_slashes(url, length - 3)) : xasprintf("%.*s/v1", (int)length, url);
    set_shown(server, server->bases[0]);
    return true;
}

/* --- headers --- */

static bool add_header(struct server *server, const char *line, struct error *error)
{
    for (const char *at = line; *at; at++)
        if (iscntrl((unsigned char)*at))
            return error_set(error, "a header for the model's server (or its API key) holds a line end or "
                                    "another control character");
    server->headers = array_reserve(server->headers, &server->header_capacity, server->header_count + 2,
                                    sizeof *server->headers);
    server->headers[server->header_count++] = xstrdup(line);
    server->headers[server->header_count] = NULL;
    return true;
}

static bool add_extra_header(struct server *server, const char *line, struct error *error)
{
    const char *colon = strchr(line, ':');
    if (!colon || colon == line)
        return error_set(error, "a header for the model's server is not of the form \"Name: value\"");
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    add_secret(server, value, strlen(value));
    return add_header(server, line, error);
}

static bool set_headers(struct server *server, const struct model_options *options, struct error *error)
{
    bool authorized = false;
    bool good = add_header(server, "Content-Type: application/json", error);
    for (const char *const *line = options->headers; good && line && *line; line++) {
        authorized = authorized || strncasecmp(*line, "Authorization:", 14) == 0;
        good = add_extra_header(server, *line, error);
    }
    if (!good || authorized || !options->api_key || !*options->api_key)
        return good;
    server->has_key = true;
    add_secret(server, options->api_key, strlen(options->api_key));
    char *line = xasprintf("Authorization: Bearer %s", options->api_key);
    good = add_header(server, line, error);
    free(line);
    return good;
}

/* --- life --- */

struct server *server_new(struct loop *loop, struct http *http, const struct model_options *options,
                          struct error *error)
{
    struct server *server = xcalloc(1, sizeof *server);
    server->loop = loop;
    server->http = http;
    server->connect_timeout = options->connect_timeout;
    server->first_byte_timeout = options->first_byte_timeout;
    server->silence_timeout = options->silence_timeout;
    if (set_url(server, options->url, error) && set_headers(server, options, error))
        return server;
    server_free(server);
    return NULL;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    exchange_drop_all(&server->draining);
    for (size_t i = 0; i < SERVER_BASES; i++)
        free(server->bases[i]);
    for (size_t i = 0; i < server->header_count; i++)
        free(server->headers[i]);
    for (size_t i = 0; i < server->secret_count; i++)
        free(server->secrets[i]);
    free(server->headers);
    free(server->secrets);
    free(server->shown);
    free(server);
}

const char *server_url(const struct server *server)
{
    return server->shown;
}

bool server_has_key(const struct server *server)
{
    return server->has_key;
}

bool server_has_worked(const struct server *server)
{
    return server->worked;
}

struct loop *server_loop(const struct server *server)
{
    return server->loop;
}

struct exchange **server_draining(struct server *server)
{
    return &server->draining;
}

/* Once a base has answered there is no other. */
bool server_may_try_other(const struct server *server)
{
    return !server->settled;
}

size_t server_first_base(const struct server *server)
{
    return server->base;
}

void server_answered(struct server *server, size_t which, bool well)
{
    if (!server->settled)
        server->base = which;
    server->settled = true;
    server->worked = server->worked || well;
}

struct http_call *server_send(struct server *server, size_t which, const char *path, const char *body,
                              const struct http_events *events, void *data)
{
    char *url = xasprintf("%s%s", server->bases[which], path);
    struct http_call *call = http_start(server->http,
                                        &(struct http_request){
                                            .method = body ? "POST" : "GET",
                                            .url = url,
                                            .headers = (const char *const *)server->headers,
                                            .body = body,
                                            .body_length = body ? strlen(body) : 0,
                                            .connect_timeout = server->connect_timeout,
                                            .first_byte_timeout = server->first_byte_timeout,
                                            .silence_timeout = server->silence_timeout,
                                        },
                                        events, data);
    free(url);
    return call;
}
