/* map.c - an ordered map from strings to pointers.
 *
 * Entries stand in an array in order of insertion; beside it an open-addressed index of their numbers, at
 * most half full.  Removal closes the gap in the array and builds the index anew: it is rare, and order and
 * look-up by number stay simple.  The hash is seeded, since keys come from models and sandboxes. */
#include "base/map.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct entry {
    char *key;
    void *value;
    uint64_t hash;
};

struct map {
    struct entry *entries;
    size_t count, capacity;
    uint32_t *slots;   /* number of an entry + 1; 0: free */
    size_t slot_count; /* a power of two, or 0 before the first entry */
    uint64_t seed;
    void (*free_value)(void *value);
};

/* FNV-1a from a secret start, then a mix that brings the high bits down to where the index looks. */
static uint64_t hash_key(const struct map *map, const char *key)
{
    uint64_t hash = map->seed;
    for (const unsigned char *byte = (const unsigned char *)key; *byte; byte++)
        hash = (hash ^ *byte) * UINT64_C(0x100000001b3);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 33;
}

/* The slot that holds KEY, or the free one where it would go. */
static uint32_t *find_slot(const struct map *map, const char *key, uint64_t hash)
{
    size_t mask = map->slot_count - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &map->slots[at];
        if (!*slot)
            return slot;
        const struct entry *entry = &map->entries[*slot - 1];
        if (entry->hash == hash && strcmp(entry->key, key) == 0)
            return slot;
    }
}

static struct entry *find(const struct map *map, const char *key)
{
    if (!map->count)
        return NULL;
    uint32_t number = *find_slot(map, key, hash_key(map, key));
    return number ? &map->entries[number - 1] : NULL;
}

static void build_index(struct map *map, size_t slot_count)
{
    free(map->slots);
    map->slots = xcalloc(slot_count, sizeof *map->slots);
    map->slot_count = slot_count;
    for (size_t i = 0; i < map->count; i++)
        *find_slot(map, map->entries[i].key, map->entries[i].hash) = (uint32_t)i + 1;
}

static void free_value(const struct map *map, void *value)
{
    if (map->free_value && value)
        map->free_value(value);
}

struct map *map_new(void (*free_value_with)(void *value))
{
    struct map *map = xcalloc(1, sizeof *map);
    map->free_value = free_value_with;
    if (getrandom(&map->seed, sizeof map->seed, GRND_NONBLOCK) != (ssize_t)sizeof map->seed)
        map->seed = (uint64_t)(uintptr_t)map;
    return map;
}

void map_free(struct map *map)
{
    if (!map)
        return;
    for (size_t i = 0; i < map->count; i++) {
        free(map->entries[i].key);
        free_value(map, map->entries[i].value);
    }
    free(map->entries);
    free(map->slots);
    free(map);
}

size_t map_count(const struct map *map)
{
    return map ? map->count : 0;
}

void *map_get(const struct map *map, const char *key)
{
    const struct entry *entry = map ? find(map, key) : NULL;
    return entry ? entry->value : NULL;
}

bool map_has(const struct map *map, const char *key)
{
    return map && find(map, key);
}

void map_set(struct map *map, const char *key, void *value)
{
    struct entry *former = find(map, key);
    if (former) {
        if (former->value != value)
            free_value(map, former->value);
        former->value = value;
        return;
    }
    if ((map->count + 1) * 2 > map->slot_count)
        build_index(map, map->slot_count ? map->slot_count * 2 : 16);
    map->entries = array_reserve(map->entries, &map->capacity, map->count + 1, sizeof *map->entries);
    uint64_t hash = hash_key(map, key);
    uint32_t *slot = find_slot(map, key, hash);
    map->entries[map->count] = (struct entry){ xstrdup(key), value, hash };
    *slot = (uint32_t)++map->count;
}

bool map_remove(struct map *map, const char *key)
{
    struct entry *entry = find(map, key);
    if (!entry)
        return false;
    free(entry->key);
    free_value(map, entry->value);
    size_t behind = map->count - (size_t)(entry - map->entries) - 1;
    memmove(entry, entry + 1, behind * sizeof *entry);
    map->count--;
    build_index(map, map->slot_count);
    return true;
}

const char *map_key_at(const struct map *map, size_t index)
{
    return map && index < map->count ? map->entries[index].key : NULL;
}

void *map_value_at(const struct map *map, size_t index)
{
    return map && index < map->count ? map->entries[index].value : NULL;
}
