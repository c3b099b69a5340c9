/* http_failure.c - curl's results as our failures, and as sentences for people.
 *
 * A sentence names the server, says what is wrong in our words, and adds curl's own in brackets, because they
 * hold the detail (which port, which certificate).  URLs never appear: they may hold secrets. */
#include "wire/http_private.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct row {
    CURLcode result;
    enum http_failure failure;
    const char *words;
};

static const struct row rows[] = {
    { CURLE_URL_MALFORMAT, HTTP_FAILED_REQUEST, "the URL is not well formed" },
    { CURLE_UNSUPPORTED_PROTOCOL, HTTP_FAILED_REQUEST, "the URL must begin with http:// or https://" },
    { CURLE_COULDNT_RESOLVE_HOST, HTTP_FAILED_RESOLVE,
      "no such server was found; check its name and the network" },
    { CURLE_COULDNT_RESOLVE_PROXY, HTTP_FAILED_RESOLVE,
      "the proxy was not found; check HTTPS_PROXY and HTTP_PROXY" },
    { CURLE_COULDNT_CONNECT, HTTP_FAILED_CONNECT, "no connection could be made" },
    { CURLE_OPERATION_TIMEDOUT, HTTP_FAILED_CONNECT, "no connection could be made in time" },
    { CURLE_PROXY, HTTP_FAILED_CONNECT, "the proxy made no connection" },
    { CURLE_SSL_CONNECT_ERROR, HTTP_FAILED_TLS, "no secure connection could be made" },
    { CURLE_PEER_FAILED_VERIFICATION, HTTP_FAILED_TLS,
      "its certificate is not trusted; SSL_CERT_FILE can name the authority's" },
    { CURLE_SSL_CACERT_BADFILE, HTTP_FAILED_TLS,
      "the file of trusted certificates cannot be read; check SSL_CERT_FILE and CURL_CA_BUNDLE" },
    { CURLE_SSL_CERTPROBLEM, HTTP_FAILED_TLS, "no secure connection could be made" },
    { CURLE_SSL_CIPHER, HTTP_FAILED_TLS, "no secure connection could be made" },
    { CURLE_SSL_ISSUER_ERROR, HTTP_FAILED_TLS, "its certificate is not trusted" },
    { CURLE_GOT_NOTHING, HTTP_FAILED_BROKEN, "the connection was closed without an answer" },
    { CURLE_PARTIAL_FILE, HTTP_FAILED_BROKEN, "the connection was closed before the answer was whole" },
};

static const struct row other = { CURLE_OK, HTTP_FAILED_BROKEN, "the connection broke" };

static const struct row *find(CURLcode result)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].result == result)
            return &rows[i];
    return &other;
}

enum http_failure http_failure_of(CURLcode result)
{
    return find(result)->failure;
}

void http_failure_sentence(struct buffer *sentence, const struct http_call *call, CURLcode result)
{
    if (call->server != NULL)
        buffer_append_format(sentence, "%s: ", call->server);
    if (call->reason != NULL)
        buffer_append_text(sentence, call->reason);
    else
        buffer_append_format(sentence, "%s (%s)", find(result)->words,
                             call->problem[0] != '\0' ? call->problem : curl_easy_strerror(result));
}

char *http_server_of(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL, *server = NULL;
    if (curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        bool has_port = curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK;
        server = xasprintf("%s%s%s", host, has_port ? ":" : "", has_port ? port : "");
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return server;
}
