/* names.c - names, and the variables that no sandbox is given.
 *
 * A judged command must mean in the sandbox what it meant to the policy, so whatever makes a shell, the linker,
 * git or Python load or run something else is refused here, in the file, rather than dropped later. */
#include "conf/names.h"

#include "base/memory.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static bool is_name(const char *text, bool variable)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && *text != '_' && (variable || *text != '-'))
            return false;
    return true;
}

static bool is_reserved(const char *name)
{
    static const char *const names[] = { "PATH", "ENV", "BASH_ENV", "BASHOPTS", "SHELLOPTS" };
    static const char *const prefixes[] = { "BASH_FUNC_", "LD_", "GIT_", "PYTHON" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

const char *name_problem(const char *name, bool variable)
{
    if (!is_name(name, variable))
        return variable ? "is not a name; letters, digits and _ make one, a digit not first"
                        : "is not a name; letters, digits, _ and - make one, a letter first";
    if (variable && is_reserved(name))
        return "is not given to a sandbox: it changes what a command does after it was judged";
    return NULL;
}
