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

static const struct knowledge *find_row(const char *program, const char *subcommand)
{
    size_t length = strlen(program), size = subcommand ? strlen(subcommand) : 0;
    const struct knowledge *row;
    for (size_t i = 0; (row = knowledge_at(i)); i++)
        if (!row->subcommand == !subcommand && is_among(row->program, program, length) &&
            (!subcommand || is_among(row->subcommand, subcommand, size)))
            return row;
    return NULL;
}

/* --- the index, for scripts of many commands --- */

enum { FEW_LOOKUPS = 64, SLOTS = 8192 /* a power of two, several times the names */ };

struct index {
    struct slot {
        const char *name; /* ends at a | or NUL; NULL: free */
        size_t length;
        const struct knowledge *row;
    } slots[SLOTS];
};

static size_t hash_of(const char *name, size_t length)
{
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619;
    return hash % SLOTS;
}

static struct slot *find_slot(struct index *index, const char *name, size_t length)
{
    size_t at = hash_of(name, length);
    struct slot *slot;
    while ((slot = &index->slots[at])->name &&
           (slot->length != length || memcmp(slot->name, name, length) != 0))
        at = (at + 1) % SLOTS;
    return slot;
}

static struct index *new_index(struct pool *pool)
{
    struct index *index = pool_take(pool, sizeof *index);
    const struct knowledge *row;
    for (size_t i = 0; (row = knowledge_at(i)); i++) {
        for (const char *name = row->program; *name && !row->subcommand;) {
            size_t length = strcspn(name, "|");
            struct slot *slot = find_slot(index, name, length);
            if (!slot->name)
                *slot = (struct slot){ name, length, row };
            name += length + (name[length] == '|');
        }
    }
    return index;
}

const struct knowledge *knowledge_find(struct scan *scan, const char *program, const char *subcommand)
{
    if (subcommand || ++scan->lookups < FEW_LOOKUPS)
        return find_row(program, subcommand);
    if (!scan->index)
        scan->index = new_index(&scan->pool);
    return find_slot(scan->index, program, strlen(program))->row;
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
