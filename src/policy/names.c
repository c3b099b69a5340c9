/* names.c - a hash table with open addressing; it only grows. */
#include "policy/names.h"

#include "policy/pool.h"

#include <string.h>

enum { FIRST_SLOTS = 64 };

struct name_slot {
    const char *name; /* NULL: free */
    size_t length, place;
};

static size_t hash_of(const char *name, size_t length)
{
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619;
    return hash;
}

static struct name_slot *find_slot(const struct names *names, const char *name, size_t length)
{
    size_t at = hash_of(name, length) & (names->capacity - 1);
    struct name_slot *slot;
    while ((slot = &names->slots[at])->name &&
           (slot->length != length || memcmp(slot->name, name, length) != 0))
        at = (at + 1) & (names->capacity - 1);
    return slot;
}

size_t names_find(const struct names *names, const char *name, size_t length)
{
    if (!names->capacity)
        return NAMES_NOT_FOUND;
    const struct name_slot *slot = find_slot(names, name, length);
    return slot->name ? slot->place : NAMES_NOT_FOUND;
}

static void grow(struct names *names, struct pool *pool)
{
    struct names wider = { .count = names->count };
    wider.capacity = names->capacity ? names->capacity * 2 : FIRST_SLOTS;
    wider.slots = pool_take(pool, wider.capacity * sizeof *wider.slots);
    for (size_t i = 0; i < names->capacity; i++)
        if (names->slots[i].name)
            *find_slot(&wider, names->slots[i].name, names->slots[i].length) = names->slots[i];
    *names = wider;
}

void names_add(struct names *names, struct pool *pool, const char *name, size_t length, size_t place)
{
    if (names->count * 2 >= names->capacity)
        grow(names, pool);
    names->count++;
    *find_slot(names, name, length) = (struct name_slot){ name, length, place };
}
