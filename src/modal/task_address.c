/* task_address.c - the router's URL comes from the service, but a token goes there: it is read strictly. */
#include "modal/task_address.h"

#include "base/memory.h"
#include "modal/settings.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char host_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The bytes of host[:port] at AUTHORITY, 0 when it is none. */
static size_t authority_length(const char *authority)
{
    size_t length = 0;
    if (authority[0] == '[') {
        length = 1 + strspn(authority + 1, "0123456789abcdefABCDEF:.");
        if (authority[length++] != ']')
            return 0;
    } else {
        length = strspn(authority, host_letters);
    }
    if (length == 0)
        return 0;
    if (authority[length] == ':')
        length += 1 + strspn(authority + length + 1, "0123456789");
    return authority[length] == '\0' || authority[length] == '/' ? length : 0;
}

static bool is_this_machine(const char *authority)
{
    static const char *const hosts[] = { "localhost", "127.0.0.1", "[::1]", "172.21.0.1" };
    for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
        size_t length = strlen(hosts[i]);
        if (starts(authority, hosts[i]) && strchr(":/", authority[length]))
            return true;
    }
    return false;
}

char *task_server(const struct modal_settings *settings, const char *url)
{
    bool secure = starts(url, "https://");
    if (!secure && !starts(url, "http://"))
        return NULL;
    const char *authority = strstr(url, "://") + 3;
    size_t length = authority_length(authority);
    if (length == 0)
        return NULL;
    bool here = modal_settings_local(settings) && is_this_machine(authority);
    if (!secure && !here)
        return NULL;
    if (here && starts(settings->server_url, "http://"))
        secure = false;
    return xasprintf("%s://%.*s", secure ? "https" : "http", (int)length, authority);
}

const char *task_worker_address(const char *address)
{
    struct in_addr parsed;
    return address && inet_pton(AF_INET, address, &parsed) == 1 ? address : NULL;
}
