/* knowledge.c - finding a program's row. */
#include "policy/knowledge.h"

#include "base/memory.h"

#include <string.h>

static const struct knowledge_table *const tables[] = {
    &knowledge_shell,    &knowledge_files,  &knowledge_text,     &knowledge_git,     &knowledge_code,
    &knowledge_packages, &knowledge_system, &knowledge_wrappers, &knowledge_network,
};

/* NAME is one of "a|b|c"? No patterns: programs are found by their names. */
static bool is_among(const char *names, const char *name, size_t length)
{
    while (*names) {
        size_t size = strcspn(names, "|");
        if (size == length && memcmp(names, name, length) == 0)
            return true;
        names += size + (names[size] == '|');
    }
    return false;
}

const struct knowledge *knowledge_find(const char *program, const char *subcommand)
{
    size_t length = strlen(program), size = subcommand ? strlen(subcommand) : 0;
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct knowledge *row = &tables[i]->rows[j];
            if (!row->subcommand == !subcommand && is_among(row->program, program, length) &&
                (!subcommand || is_among(row->subcommand, subcommand, size)))
                return row;
        }
    return NULL;
}

bool knowledge_is_builtin(const char *name)
{
    const struct knowledge *row = knowledge_find(name, NULL);
    return row && (row->flags & KNOWS_BUILTIN);
}

const struct knowledge *knowledge_at(size_t index)
{
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        if (index < tables[i]->count)
            return &tables[i]->rows[index];
        index -= tables[i]->count;
    }
    return NULL;
}
