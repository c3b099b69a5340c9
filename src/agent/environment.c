/* environment.c - the environment of every exec of a session. */
#include "agent/session_private.h"

#include "base/memory.h"
#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

struct variables {
    char **list; /* NAME=value, NULL-terminated */
    size_t count, capacity;
};

/* Sets NAME in the list, in place of a former value of it. */
static void set_variable(struct variables *variables, const char *name, size_t length, const char *value)
{
    char *entry = xasprintf("%.*s=%s", (int)length, name, value);

    for (size_t i = 0; i < variables->count; i++)
        if (strncmp(variables->list[i], entry, length + 1) == 0) {
            free(variables->list[i]);
            variables->list[i] = entry;
            return;
        }
    variables->list =
        array_reserve(variables->list, &variables->capacity, variables->count + 2, sizeof *variables->list);
    variables->list[variables->count++] = entry;
    variables->list[variables->count] = NULL;
}

char **session_make_environment(const struct conf *conf)
{
    static const char *const fixed[][2] = { { "PATH", "/usr/local/bin:/usr/bin:/bin" },
                                            { "HOME", "/root" },
                                            { "LANG", "C.UTF-8" },
                                            { "TERM", "dumb" } };
    const char *const *passed = conf_list(conf, "terminal.env_passthrough");
    const char *const *given = conf_list(conf, "terminal.env");
    struct variables variables = { 0 };

    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        set_variable(&variables, fixed[i][0], strlen(fixed[i][0]), fixed[i][1]);
    for (size_t i = 0; passed[i]; i++)
        if (getenv(passed[i]))
            set_variable(&variables, passed[i], strlen(passed[i]), getenv(passed[i]));
    for (size_t i = 0; given[i]; i++) { /* "NAME: value" */
        const char *colon = strstr(given[i], ": ");
        if (colon)
            set_variable(&variables, given[i], (size_t)(colon - given[i]), colon + 2);
    }
    return variables.list;
}
