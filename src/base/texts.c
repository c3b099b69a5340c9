/* texts.c - see texts.h. */
#include "base/texts.h"

#include "base/memory.h"

#include <stdlib.h>

size_t texts_count(const char *const *texts)
{
    size_t count = 0;

    while (texts && texts[count])
        count++;
    return count;
}

char **texts_copy(const char *const *texts)
{
    size_t count = texts_count(texts);
    char **copy = xcalloc(count + 1, sizeof *copy);

    for (size_t i = 0; i < count; i++)
        copy[i] = xstrdup(texts[i]);
    return copy;
}

void texts_add(char ***texts, const char *text)
{
    size_t count = texts_count((const char *const *)*texts);

    *texts = xrealloc(*texts, (count + 2) * sizeof **texts);
    (*texts)[count] = xstrdup(text);
    (*texts)[count + 1] = NULL;
}

void texts_free(char **texts)
{
    for (size_t i = 0; texts && texts[i]; i++)
        free(texts[i]);
    free(texts);
}
