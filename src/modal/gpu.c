/* gpu.c - the type goes in capitals, the count is 1 when it is not said. */
#include "modal/gpu.h"

#include "base/error.h"

#include <string.h>

enum { COUNT_MAX = 64 };

/* The whole of TEXT as 1 ... COUNT_MAX; 0: it is not. */
static unsigned read_count(const char *text)
{
    unsigned count = 0;

    if (!*text)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        count = count * 10 + (unsigned)(*text - '0');
        if (count > COUNT_MAX)
            return 0;
    }
    return count;
}

Modal__GPUConfig *gpu_config(struct arena *arena, const char *text, struct error *error)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-!_";
    Modal__GPUConfig *config = arena_message(arena, &modal__gpuconfig__descriptor);

    if (!text)
        return config;
    size_t length = strspn(text, letters);
    unsigned count = text[length] == ':' ? read_count(text + length + 1) : text[length] ? 0 : 1;
    if (length == 0 || count == 0) {
        error_set(error, "\"%s\" is not a GPU; it is TYPE or TYPE:COUNT, such as T4 or H100:2", text);
        return NULL;
    }
    config->has_count = true;
    config->count = count;
    config->gpu_type = arena_copy(arena, text, length + 1);
    config->gpu_type[length] = '\0';
    for (char *at = config->gpu_type; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return config;
}
