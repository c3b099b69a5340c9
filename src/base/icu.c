/* icu.c - see icu.h.  The handle is never closed: it is counted, and the functions stay. */
#include "base/icu.h"

#include "base/memory.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libicui18n.so." U_ICU_VERSION_SHORT

#define QUOTED(text) #text
#define NAME(function) QUOTED(function)

/* SLOT is a pointer to a function, which dlsym tells as one to an object. */
static void find(void *library, const char *name, void *slot)
{
    void *found = library ? dlsym(library, name) : NULL;

    if (!found)
        bug("ICU is needed and cannot be opened: %s. It is in the package libicu" U_ICU_VERSION_SHORT ".",
            dlerror());
    memcpy(slot, &found, sizeof found);
}

void icu_open(struct icu *icu)
{
    void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);

#define FIND(function) find(library, NAME(function), &icu->function);
    ICU_FUNCTIONS(FIND)
#undef FIND
}
