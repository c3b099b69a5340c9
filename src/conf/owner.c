/* owner.c - which source's secrets may go to which URL.
 *
 * A key in the person's file was meant for the server that the same file names.  When the environment, a flag
 * or a trusted project points elsewhere, that key stays at home. */
#include "conf/settings.h"

#include "base/memory.h"
#include "conf/options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Scheme and host in small letters, no port that is the scheme's own, no slash at the end. Caller frees. */
static char *normalize(const char *url)
{
    char *text = xstrdup(url);
    char *host = strstr(text, "://");
    host = host ? host + 3 : text;
    char *path = host + strcspn(host, "/");
    for (char *at = text; at < path; at++)
        *at = (char)tolower((unsigned char)*at);
    const char *port = strncmp(text, "https:", 6) == 0 ? ":443" : ":80";
    size_t length = strlen(port);
    if ((size_t)(path - host) > length && strncmp(path - length, port, length) == 0)
        memmove(path - length, path, strlen(path) + 1);
    for (size_t end = strlen(text); end && text[end - 1] == '/'; end--)
        text[end - 1] = '\0';
    return text;
}

/* The base is tried without its /v1 too, so that is the same server's. */
static bool is_same_base(const char *url, const char *owner)
{
    char *asked = normalize(url), *own = normalize(owner);
    size_t length = strlen(asked);
    bool same = strncmp(asked, own, length) == 0 && (!own[length] || strcmp(own + length, "/v1") == 0);
    free(asked);
    free(own);
    return same;
}

/* The URL that the source itself names; what comes from a shell belongs to what is in force there. */
static const char *url_of_source(const struct conf *conf, enum conf_source source)
{
    const struct option *option = conf_option("model.url");
    enum conf_source from = SOURCE_DEFAULT;
    const struct setting *setting = source == SOURCE_ENVIRONMENT || source == SOURCE_FLAG
                                        ? setting_in_force(conf, option, &from)
                                        : setting_from(conf, source, option);
    return setting && from != SOURCE_PROJECT ? setting->value.text : NULL;
}

bool setting_owns_url(const struct conf *conf, enum conf_source source, const char *url)
{
    const char *owner = url_of_source(conf, source);
    return url && owner && is_same_base(url, owner);
}
