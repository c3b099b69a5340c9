/* sandbox_cp.c - `sandgate sandbox cp`: put or get, told apart by which word is SANDBOX:PATH. */
#include "base/memory.h"
#include "face/sandbox_copy.h"
#include "face/setup.h"

#include <stdlib.h>
#include <string.h>

/* The path in "SANDBOX:/PATH"; NULL: WORD is a file of this machine. */
static const char *remote_path(const char *word)
{
    const char *colon = strchr(word, ':');

    return colon && colon > word && colon[1] == '/' && !memchr(word, '/', (size_t)(colon - word)) ? colon + 1
                                                                                                  : NULL;
}

static void copy(struct errand *errand)
{
    const char *from = remote_path(errand->words[0]), *to = remote_path(errand->words[1]);

    if (from)
        copy_out(errand, from, errand->words[1]);
    else
        copy_in(errand, errand->words[0], to);
}

void verb_cp(struct errand *errand)
{
    const char *from = remote_path(errand->words[0]), *to = remote_path(errand->words[1]);

    if (!from == !to) {
        errand_fail_with(errand, EXIT_USAGE, "Exactly one of \"%s\" and \"%s\" must be SANDBOX:/PATH",
                         errand->words[0], errand->words[1]);
        return;
    }
    const char *word = errand->words[from ? 0 : 1];
    char *sandbox = xstrndup(word, (size_t)(strchr(word, ':') - word));
    errand_attach(errand, sandbox, false, copy);
    free(sandbox);
}
