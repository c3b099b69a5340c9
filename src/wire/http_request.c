/* http_request.c - what curl is told to send, and how: method, headers, body, certificates, connection.
 *
 * Header lines and methods are checked: a line break within one would be a header of somebody else's.  Requests
 * that need HTTP/2 get large buffers and connections that are kept warm, for they come in flocks. */
#include "config.h"

#include "wire/http_private.h"

#include "base/memory.h"

#include <ctype.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* curl takes 0 for five minutes: this is for ever. */
#define NO_CONNECT_TIMEOUT ((long)INT_MAX)

enum {
    IDLE_BEFORE_PROBE = 30,         /* seconds of silence before TCP asks whether the peer is there */
    PROBE_INTERVAL = 10,            /* seconds */
    SILENCE_BEFORE_END = 60 * 1000, /* milliseconds that sent bytes may stay without a sign of the peer */
    CONNECTION_IDLE = 240,          /* seconds that an unused connection is good for */
    CONNECTION_LIFETIME = 300,      /* seconds: some servers end a connection after so many requests */
    WHOLE_SET = 100 * 1000,         /* bytes that the certificates of all usual authorities take at least */
    RECEIVE_BUFFER = 32 * 1024,     /* as much as curl reads of HTTP/2 at once */
    SEND_BUFFER_LEAST = 16 * 1024,
    SEND_BUFFER_MOST = 512 * 1024,
};

static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && strchr("!#$%&'*+-.^_`|~", text[i]) == NULL)
            return false;
    return length > 0;
}

static bool is_header(const char *line)
{
    const char *colon = strchr(line, ':');
    if (colon == NULL || !is_token(line, (size_t)(colon - line)))
        return false;
    for (const char *byte = colon; *byte != '\0'; byte++)
        if ((unsigned char)*byte < ' ' && *byte != '\t')
            return false;
    return true;
}

static void set_headers(struct http_call *call, const struct http_request *request)
{
    /* Without this curl waits a second for a "100 Continue" that few servers send. */
    call->headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        if (is_header(request->headers[i]))
            call->headers = curl_slist_append(call->headers, request->headers[i]);
        else if (call->refused == NULL)
            call->refused = xasprintf("%s: header %zu of the request is not of the form \"Name: value\"",
                                      call->server, i + 1);
    }
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

/* One piece for curl, so that it can send it again by itself. */
static void set_body(struct http_call *call, const struct http_request *request)
{
    size_t length = request->preamble_length + request->body_length;
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    if (length == 0) {
        curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS, "");
        return;
    }
    call->body = xmalloc(length);
    if (request->preamble_length > 0)
        memcpy(call->body, request->preamble, request->preamble_length);
    if (request->body_length > 0)
        memcpy(call->body + request->preamble_length, request->body, request->body_length);
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body);
}

static void set_method(struct http_call *call, const struct http_request *request)
{
    bool post = strcmp(request->method, "POST") == 0;
    if (request->body_streams)
        http_set_upload(call);
    else if (post || request->body != NULL)
        set_body(call, request);
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
    else if (!post && !is_token(request->method, strlen(request->method)))
        call->refused = xasprintf("%s: the method of the request is not a word", call->server);
    else if (!post && (request->body != NULL || strcmp(request->method, "GET") != 0))
        curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* A variable that is empty counts as unset. */
static const char *given(const char *value)
{
    return value != NULL && *value != '\0' ? value : NULL;
}

/* Reading all authorities takes 25 ms, and curl keeps them from one connection to the next only when there is no
 * folder as well.  The usual folder adds nothing to the usual file, nor to any that is as large. */
static bool folder_adds_nothing(const char *file, const char *folder)
{
    const curl_version_info_data *usual = curl_version_info(CURLVERSION_NOW);
    struct stat status;
    if (folder != NULL && (usual->capath == NULL || strcmp(folder, usual->capath) != 0))
        return false;
    if (file == NULL)
        file = usual->cainfo;
    return file != NULL && stat(file, &status) == 0 && status.st_size >= WHOLE_SET;
}

/* curl's library, other than its command, does not read these itself. */
static void set_certificates(CURL *easy)
{
    const char *file = given(getenv("CURL_CA_BUNDLE")), *folder = given(getenv("SSL_CERT_DIR"));
    if (file == NULL)
        file = given(getenv("SSL_CERT_FILE"));
    if (file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    if (folder_adds_nothing(file, folder))
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    else if (folder != NULL)
        curl_easy_setopt(easy, CURLOPT_CAPATH, folder);
}

static void set_manners(struct http_call *call, const struct http_request *request)
{
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "sandgate/" PACKAGE_VERSION);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a cancel does not wait for the name's resolution */
    int64_t connect = request->connect_timeout;
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     connect > 0 && connect < NO_CONNECT_TIMEOUT ? (long)connect : NO_CONNECT_TIMEOUT);
    set_certificates(easy);
}

static long send_buffer(const struct http_request *request)
{
    if (request->body_streams || request->body_length > SEND_BUFFER_MOST)
        return SEND_BUFFER_MOST;
    return request->body_length > SEND_BUFFER_LEAST ? (long)request->body_length : SEND_BUFFER_LEAST;
}

/* HTTP/2 streams are silent for long, and curl sends no pings: TCP finds out that a peer is gone. */
static int socket_made(void *data, curl_socket_t fd, curlsocktype purpose)
{
    unsigned timeout = SILENCE_BEFORE_END;
    (void)data, (void)purpose;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
    return CURL_SOCKOPT_OK;
}

static void set_http2(struct http_call *call, const struct http_request *request)
{
    CURL *easy = call->easy;
    call->http2 = true;
    if (strncasecmp(request->url, "http:", 5) == 0) {
        /* Some versions of curl manage one request only on a connection that began without TLS. */
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, socket_made);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, send_buffer(request));
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)CONNECTION_IDLE);
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFETIME);
}

/* HOST:PORT:ADDRESS:PORT, where nothing stands for any and for the same. */
static void set_address(struct http_call *call, const char *address)
{
    bool is_v6 = strchr(address, ':') != NULL;
    char *rule = xasprintf("::%s%s%s:", is_v6 ? "[" : "", address, is_v6 ? "]" : "");
    call->connect_to = curl_slist_append(NULL, rule);
    curl_easy_setopt(call->easy, CURLOPT_CONNECT_TO, call->connect_to);
    free(rule);
}

static void set_connection(struct http_call *call, const struct http_request *request)
{
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)IDLE_BEFORE_PROBE);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)PROBE_INTERVAL);
    if (request->fresh)
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    if (request->http2)
        set_http2(call, request);
    if (request->address != NULL)
        set_address(call, request->address);
}

void http_set_request(struct http_call *call, const struct http_request *request)
{
    set_manners(call, request);
    set_connection(call, request);
    set_method(call, request);
    set_headers(call, request);
}
