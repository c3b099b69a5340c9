/* sandbox_environment.c - the environment that every program in a sandbox of any backend begins with. */
#include "sandbox/sandbox_backend.h"

#include "base/memory.h"
#include "base/texts.h"

#include <string.h>

static bool is_fixed(const char *variable)
{
    static const char *const names[] = { "PATH=", "HOME=", "LANG=", "TERM=" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return !strchr(variable, '=') || variable[0] == '=';
}

char **sandbox_environment(const char *const *more)
{
    static const char *const fixed[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "LANG=C.UTF-8",
                                         NULL };
    char **list = texts_copy(fixed);
    for (; more && *more; more++)
        if (!is_fixed(*more))
            texts_add(&list, *more);
    return list;
}
