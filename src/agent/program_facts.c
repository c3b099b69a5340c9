/* program_facts.c - facts by construction: bubblewrap's sandbox has /usr of the host, read-only and not as root, so
 * what a fixed PATH below it finds is what was installed.  Elsewhere commands are root and may replace anything:
 * nothing is known without looking. */
#include "agent/program_facts.h"

#include "base/memory.h"
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <string.h>

static bool is_fixed_folder(const char *folder)
{
    static const char *const folders[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                           "/usr/bin",        "/sbin",          "/bin" };
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (strcmp(folders[i], folder) == 0)
            return true;
    return false;
}

static bool is_fixed_path(const char *path)
{
    char *copy = xstrdup(path), *rest = copy;
    bool fixed = *path != '\0';
    for (const char *folder; fixed && (folder = strsep(&rest, ":"));)
        fixed = is_fixed_folder(folder);
    free(copy);
    return fixed;
}

enum policy_fact program_facts_of_image(const struct sandbox_facts *facts, const char *const *environment)
{
    if (strcmp(facts->backend, "bubblewrap") != 0)
        return FACT_UNKNOWN;
    for (size_t i = 0; environment && environment[i]; i++)
        if (strncmp(environment[i], "PATH=", 5) == 0)
            return is_fixed_path(environment[i] + 5) ? FACT_YES : FACT_NO;
    return FACT_YES; /* the sandbox's own */
}
